"""Signing in, people, groups, spaces and keys."""

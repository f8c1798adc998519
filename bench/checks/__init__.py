"""Measurements of checks."""

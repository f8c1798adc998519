"""Drafts and templates."""

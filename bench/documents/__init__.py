"""Measurements of reading documents."""

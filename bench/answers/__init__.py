"""Measurements of search and evidence."""

"""Asking, and reading answers."""

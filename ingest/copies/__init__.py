"""Copies of one document: which is likely the valid one, what a person decided, and how they differ."""

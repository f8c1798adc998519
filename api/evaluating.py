"""Builds a library of its own for a question set and measures it: what `shoko eval` runs."""

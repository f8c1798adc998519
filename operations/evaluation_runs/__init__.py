"""Evaluations that a running library starts: the question sets it keeps, and the run under way."""

"""Evaluations: the libraries they are made with, and their reports."""

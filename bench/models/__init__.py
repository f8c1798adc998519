"""Measurements of models and engines."""

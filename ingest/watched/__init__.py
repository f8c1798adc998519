"""Watched folders: what lies there, what changed, and when to look again."""

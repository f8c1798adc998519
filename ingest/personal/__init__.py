"""Warnings about personal data in documents: where there seems to be some, and no promise of no other."""

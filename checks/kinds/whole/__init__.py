"""Kinds that look at a document as a whole, before it leaves the house."""

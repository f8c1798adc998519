"""The document as rules see it."""

"""What changed between versions of a document, and which documents say almost the same."""

"""Pages that are pictures: which they are, and the recognition of their text."""

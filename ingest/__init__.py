"""Files in, searchable passages out."""

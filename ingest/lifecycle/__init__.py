"""What happens to a document after it was taken in: dates in force, retention, erasure, recovery."""

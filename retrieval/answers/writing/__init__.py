"""The model's part of an answer: what it is told, what it wrote, and what of that may be shown."""

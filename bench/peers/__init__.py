"""What a user would pick instead, side by side on the same documents, with the same embedder."""

"""Text recognition by two small networks: where lines of text stand, and what they say."""

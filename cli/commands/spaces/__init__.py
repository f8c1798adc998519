"""Commands of those who keep a space."""

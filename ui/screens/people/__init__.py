"""People, spaces, keys and signing in."""

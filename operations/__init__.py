"""What keeps a library running: setting up, looking after it."""

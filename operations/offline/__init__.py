"""What installs Shoko without a network."""

"""What is new, as a feed and as a mail."""

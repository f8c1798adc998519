"""One file for each part of the screens that a person would name."""

"""Rules of style, in files of their own."""

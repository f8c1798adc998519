"""Answers that leave the screens: as Word, PDF, Markdown and mail, and many of them as a file for an
audit."""

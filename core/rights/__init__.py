"""Who may read a file, as its file system says it: read, brought to one form, and evaluated."""

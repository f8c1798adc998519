"""One reader for each format: a path in, pages out. They run in the sandbox's child process."""

"""One module for each kind of file: bytes in, a checked document out. Word, Excel, PowerPoint and PDF are
read in the sandbox's child process alone (`checks.readers.reading`)."""

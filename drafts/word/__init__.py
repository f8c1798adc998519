"""What a filled Word document takes besides text. In a child process."""

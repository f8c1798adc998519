"""Which models there are, which are installed, and what each would cost on this machine."""

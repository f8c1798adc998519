"""How a back-end or a worker stands among others over the same records."""

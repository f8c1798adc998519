"""The doors: HTTP and the command line. The only floor that knows FastAPI."""

"""What both sides of HTTP speak: pydantic models, imported by the API, the command line and the screens."""

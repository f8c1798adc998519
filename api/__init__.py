"""HTTP alone: the only floor that knows FastAPI."""

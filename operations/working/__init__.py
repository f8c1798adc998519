"""The process that carries work out beside the back-ends."""

"""The rights of a watched folder's files: read where they lie, and taken over by their documents."""

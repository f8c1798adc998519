"""The records as files and databases of their own: moving them."""

"""Tables as relations, and what is computed over them."""

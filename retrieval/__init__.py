"""A question in; evidence with its place and a checked answer out."""

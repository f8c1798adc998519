"""Which sentences of the passages answer the question, and whether they do."""

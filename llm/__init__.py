"""Everything that holds weights: the language model's child process, the embedder, their catalogue."""

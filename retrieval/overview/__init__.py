"""What answers a question about whole documents: summaries, comparisons, records. See `answering`."""

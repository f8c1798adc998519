"""Both retrievers and what joins them: passages in, ranked passages out."""

"""Rule packs: read, merged, learnt, and kept for spaces."""

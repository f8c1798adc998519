"""Rule packs: read, merged, and kept for spaces."""

"""How well Shoko does: on public question sets, or on a company's own."""

"""Documents held against the company's rules: every finding with its place, every rule with what became of
it."""

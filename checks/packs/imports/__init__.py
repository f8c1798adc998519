"""Rules that a company already has in another tool's form. Each keeps the semantics of its tool; what a tool
can and this project cannot is refused by name, never passed in silence."""

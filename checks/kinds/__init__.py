"""The kinds of rule, each in a file of its own: what a pack may write, and how it is looked for."""

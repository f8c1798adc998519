"""Documents in the company's format: its own Word templates, filled from a brief and from documents."""

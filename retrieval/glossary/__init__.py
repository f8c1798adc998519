"""The words of the company, by space: what things are called, what people call them, what is not to be
written."""

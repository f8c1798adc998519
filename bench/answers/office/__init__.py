"""The project's own questions for whole answers, with the documents made up for them; see README.md."""

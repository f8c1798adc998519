"""Text, Markdown, HTML, CSV and mail."""

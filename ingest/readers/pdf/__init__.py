"""PDF: text with places, fields, hidden text and outline."""

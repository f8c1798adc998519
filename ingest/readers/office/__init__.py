"""Word, Excel, PowerPoint and OpenDocument, and the formats before them."""

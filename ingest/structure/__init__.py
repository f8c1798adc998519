"""The tree of a document, made from its pages: furniture, lines, headings, lists, tables. Pure."""

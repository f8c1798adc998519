"""What a text is made of: tokens, sentences, headings, numerals, dates, amounts and encodings. Pure."""

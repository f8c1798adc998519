"""Plain text as a checked document: headings by how they are written, paragraphs between blank lines."""

from __future__ import annotations

import re

from checks.document.document import CheckedDocument, DocumentFormat, DocumentPiece, Zone
from language.headings import heading_level

_ITEM = re.compile(r"^[ \t　]*(?:[-*+・•‣▪]|\(?\d+[.)])[ \t　]+|^[ \t　]*・")
_CAPTION = re.compile(r"^[ \t　]*(?:図|表|图|圖|Figure|Table|Fig\.)\s*[0-9０-９]+", re.IGNORECASE)


def read_text(text: str, name: str) -> CheckedDocument:
    """The document; `text` has line feeds alone, a form feed ends a page."""
    pieces: list[DocumentPiece] = []
    open_lines: list[tuple[int, str]] = []
    offset, page, group = 0, 1, 0

    def close() -> None:
        if open_lines:
            first = open_lines[0][0]
            last, line = open_lines[-1]
            pieces.append(DocumentPiece(text[first : last + len(line)], start=first, page=page))
            open_lines.clear()

    for number, line in enumerate(text.split("\n")):
        shown = line.rstrip("\r")
        begin = offset + len(shown) - len(shown.lstrip(" \t　\f"))
        stripped = shown.strip(" \t　\f")
        if "\f" in line:
            close()
            page += line.count("\f")
        if not stripped:
            close()
            group += 1
        elif level := heading_level(stripped):
            close()
            pieces.append(DocumentPiece(stripped, Zone.HEADING, level=level, start=begin, page=page))
        elif mark := _ITEM.match(shown):
            close()
            body = shown[mark.end() :]
            pieces.append(DocumentPiece(body, Zone.LIST, start=offset + mark.end(), group=group, page=page))
        elif _CAPTION.match(shown) and len(stripped) < 80:
            close()
            pieces.append(DocumentPiece(stripped, Zone.CAPTION, start=begin, page=page))
        elif number == 0 and 0 < len(stripped) <= 40 and _alone(text, offset + len(line)):
            pieces.append(DocumentPiece(stripped, Zone.HEADING, level=0, start=begin, page=page))
        else:
            open_lines.append((offset, shown))
        offset += len(line) + 1
    close()
    return CheckedDocument(
        name=name, format=DocumentFormat.TEXT, pieces=tuple(pieces), source=text, pages=page
    )


def _alone(text: str, end: int) -> bool:
    """Whether a blank line follows, so that a first line is a title."""
    return text[end : end + 2] == "\n\n"

"""Reads plain text and Markdown: a page is what stands between two form feeds, else the whole file; what is
too long for a person to look at is several."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.errors import TooManyPages
from ingest.pages import Block, PageContent, PageKind, Spot, Unit
from ingest.readers.plain.markdown import markdown_page
from language.encodings import decoded

LONGEST_PAGE = 100_000  # characters: a book's chapter
_ITEM = re.compile(r"^\s*(?:[-*+・•]|\d+[.)])\s+")


def read_plain(content: bytes, name: str, *, markdown: bool, page_limit: int) -> Iterator[PageContent]:
    """The pages. Plain text is the file's own but for line ends, NUL and form feeds; Markdown is as it is
    shown. Raises TooManyPages."""
    text = decoded(content).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    pages = [part for page in text.split("\f") for part in _cut(page)]
    if len(pages) > page_limit:
        raise TooManyPages(name=name, pages=len(pages), limit=page_limit)
    line = 1
    for number, page in enumerate(pages, start=1):
        if markdown:
            yield markdown_page(page, number, line)
        else:
            yield PageContent(number, page, blocks=list(_plain(page, line)), kind=PageKind.TEXT)
        line += page.count("\n")


def _cut(text: str) -> Iterator[str]:
    """A page, in parts of at most LONGEST_PAGE characters: between paragraphs, lines, or anywhere."""
    start = 0
    while len(text) - start > LONGEST_PAGE:
        end = start + LONGEST_PAGE
        for mark in ("\n\n", "\n"):
            position = text.rfind(mark, start + LONGEST_PAGE // 2, end)
            if position >= 0:
                end = position + len(mark)
                break
        yield text[start:end]
        start = end
    yield text[start:]


def _plain(text: str, line: int) -> Iterator[Block]:
    offset, start, first = 0, -1, line
    for number, content in enumerate([*text.split("\n"), ""], start=line):
        if start >= 0 and (not content.strip() or _ITEM.match(content)):
            yield Block(start, offset - 1, spot=_lines(first, number - 1))
            start = -1
        if content.strip() and start < 0:
            start, first = offset, number
        offset += len(content) + 1


def _lines(first: int, last: int) -> Spot:
    return Spot(Unit.LINE, str(first), str(max(first, last)))

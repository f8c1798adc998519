"""Reads plain text and Markdown: a page is what stands between two form feeds, else the whole file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.errors import TooManyPages
from ingest.pages import Block, BlockKind, PageContent

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(r"^\s*(?:[-*+・•]|\d+[.)])\s+")
# Japanese and Chinese office files of the last decades; UTF-8 is tried first and cannot be mistaken.
ENCODINGS = ("utf-8-sig", "utf-16", "cp932", "gb18030", "big5", "latin-1")


def decoded(content: bytes) -> str:
    """The text of a file, by the first encoding that fits it without an error."""
    for encoding in ENCODINGS:
        if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")


def read_plain(content: bytes, name: str, *, markdown: bool, page_limit: int) -> Iterator[PageContent]:
    """The pages; the text is the file's own but for line ends, NUL and form feeds. Raises TooManyPages."""
    text = decoded(content).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    pages = text.split("\f")
    if len(pages) > page_limit:
        raise TooManyPages(name=name, pages=len(pages), limit=page_limit)
    for number, page in enumerate(pages, start=1):
        yield PageContent(number, page, blocks=list(_blocks(page, markdown)))


def _blocks(text: str, markdown: bool) -> Iterator[Block]:
    at, start = 0, -1
    for line in [*text.split("\n"), ""]:
        heading = _HEADING.match(line) if markdown else None
        if start >= 0 and (not line.strip() or heading or _ITEM.match(line)):
            yield Block(start, at - 1)
            start = -1
        if heading:
            first = at + heading.start(2)
            if heading.group(2):
                level = len(heading.group(1))
                yield Block(first, at + heading.end(2), BlockKind.HEADING, level=level)
        elif line.strip() and start < 0:
            start = at
        at += len(line) + 1

"""Pages out of the paragraphs and rows of formats that have no pages. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest.pages import Block, BlockKind, PageContent, PageKind, Spot

PAGE_CHARACTERS = 6000  # of a text without pages: what a person reads on one screen or two
LONGEST_PIECE = 100_000  # characters of one block
# Control signs, private signs that only one font knows, and signs of writing direction that hide text.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ue000-\uf8ff]"
)


@dataclass(frozen=True)
class Piece:
    """A paragraph, heading or row as a reader found it. `kind` None: it stands in the page's text, and in
    no passage (a table of contents, say)."""

    text: str
    spot: Spot | None = None
    kind: BlockKind | None = BlockKind.PARAGRAPH
    level: int = 0


def shown(text: str) -> str:
    """The text without signs that nobody sees, lines trimmed."""
    text = _UNSHOWN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n"))
    text = text.replace("\u00a0", " ").replace("\u00ad", "")
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def compose_pages(
    pieces: Iterable[Piece],
    *,
    kind: PageKind = PageKind.TEXT,
    name: str = "",
    title: str = "",
    longest: int = PAGE_CHARACTERS,
) -> Iterator[PageContent]:
    """Pages of about `longest` characters, cut between pieces; none where nothing stands in the pieces.
    Their numbers count from 1."""
    text: list[str] = []
    blocks: list[Block] = []
    at, number = 0, 1
    for piece in pieces:
        content = shown(piece.text)
        for start in range(0, len(content), LONGEST_PIECE):
            part = content[start : start + LONGEST_PIECE]
            if text and at + len(part) > longest:
                yield _page(number, text, blocks, kind, name, title)
                text, blocks, at, number = [], [], 0, number + 1
            if piece.kind is not None:
                blocks.append(Block(at, at + len(part), piece.kind, level=piece.level, spot=piece.spot))
            text.append(part)
            at += len(part) + 1
    if text:
        yield _page(number, text, blocks, kind, name, title)


def _page(
    number: int, text: list[str], blocks: list[Block], kind: PageKind, name: str, title: str
) -> PageContent:
    return PageContent(number, "\n".join(text), blocks=blocks, kind=kind, name=name, title=title)


def row_text(headers: list[str], cells: list[str], *, longest: int = 400) -> str:
    """A row as one line, each cell with its header: `Item: Pump | Price: 1,200`.

    A row longer than `longest` characters is several lines, each with the first cell, so that a quote of
    one line still says what it is about.
    """
    parts = [
        f"{header}: {cell}" if header and header != cell else cell
        for header, cell in zip(headers, cells, strict=True)
        if cell
    ]
    lines: list[str] = []
    line = ""
    for part in parts:
        if line and len(line) + 3 + len(part) > longest:
            lines.append(line)
            line = f"{parts[0]} | {part}" if len(parts[0]) < longest // 4 else part
        else:
            line = f"{line} | {part}" if line else part
    return "\n".join([*lines, line])

"""Pages out of the paragraphs and rows of formats that have no pages. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ingest.pages import Block, BlockKind, CellSpan, PageContent, PageKind, Spot

PAGE_CHARACTERS = 6000  # of a text without pages: what a person reads on one screen or two
LONGEST_PIECE = 100_000  # characters of one block
# Control signs, private signs that only one font knows, and signs of writing direction that hide text.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ue000-\uf8ff]"
)


@dataclass(frozen=True)
class TextBlock:
    """A paragraph, heading, item or row as a reader found it. `kind` None: it stands in the page's text, and
    in no passage (a table of contents, say). The other fields are those of its block."""

    text: str
    spot: Spot | None = None
    kind: BlockKind | None = BlockKind.PARAGRAPH
    level: int = 0
    cells: tuple[CellSpan, ...] = ()
    header: bool = False
    label: str = ""


def shown(text: str) -> str:
    """The text without signs that nobody sees, lines trimmed."""
    text = _UNSHOWN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n"))
    text = text.replace("\u00a0", " ").replace("\u00ad", "")
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def compose_pages(
    pieces: Iterable[TextBlock],
    *,
    kind: PageKind = PageKind.TEXT,
    name: str = "",
    title: str = "",
    longest: int = PAGE_CHARACTERS,
) -> Iterator[PageContent]:
    """Pages of about `longest` characters, cut between pieces; none if nothing stands in the pieces.
    Their numbers count from 1."""
    text: list[str] = []
    blocks: list[Block] = []
    offset, number = 0, 1
    for piece in pieces:
        content = shown(piece.text)
        for start in range(0, len(content), LONGEST_PIECE):
            part = content[start : start + LONGEST_PIECE]
            if text and offset + len(part) > longest:
                yield _page(number, text, blocks, kind, name, title)
                text, blocks, offset, number = [], [], 0, number + 1
            if piece.kind is not None:
                whole = part == piece.text  # signs that were left out would move the cells
                blocks.append(
                    Block(
                        offset, offset + len(part), piece.kind, level=piece.level, spot=piece.spot,
                        cells=piece.cells if whole else (), header=piece.header, label=piece.label,
                    )
                )  # fmt: skip
            text.append(part)
            offset += len(part) + 1
    if text:
        yield _page(number, text, blocks, kind, name, title)


def _page(
    number: int, text: list[str], blocks: list[Block], kind: PageKind, name: str, title: str
) -> PageContent:
    return PageContent(number, "\n".join(text), blocks=blocks, kind=kind, name=name, title=title)


def pieces_of_page(page: PageContent) -> Iterator[TextBlock]:
    """The blocks of a page as pieces of another file, in which their places do not count."""
    for block in page.blocks:
        yield TextBlock(
            page.text[block.start : block.end], None, block.kind, block.level, block.cells, block.header,
            block.label,
        )  # fmt: skip


class TableRow(NamedTuple):
    """A row's text, and the places of its cells in it."""

    text: str
    cells: tuple[CellSpan, ...] = ()


def table_row(
    headers: Sequence[str],
    cells: Sequence[str],
    *,
    columns: Sequence[int] = (),
    spans: Sequence[int] = (),
    names_row: bool = False,
    longest: int = 400,
) -> TableRow:
    """A row as one line, each cell with its header: `Item: Pump | Price: 1,200`, and where its cells are.

    `headers` may be fewer than the cells; `columns` and `spans` say where each cell stands, if that is not
    one after another; `names_row`: the first cell names the row. A row longer than `longest` characters is
    several lines, each with the first cell, so that a quote of one line still says what it is about.
    """
    parts: list[tuple[str, str, int]] = []  # what stands before a cell, the cell, and its number
    for number, cell in enumerate(cells):
        text, header = shown(cell), shown(headers[number]) if number < len(headers) else ""
        if text:
            parts.append((f"{header}: " if header and header != text else "", text, number))
    lines, line = [""], 0
    spans_of_cells: list[CellSpan] = []
    offset = 0
    for before, text, number in parts:
        whole = before + text
        if lines[line] and len(lines[line]) + 3 + len(whole) > longest:
            offset += len(lines[line]) + 1
            first = parts[0][0] + parts[0][1]
            lines.append(first if len(first) < longest // 4 else "")
            line += 1
        if lines[line]:
            lines[line] += " | "
        start = offset + len(lines[line]) + len(before)
        lines[line] += whole
        column = columns[number] if columns else number
        span = spans[number] if spans else 1
        spans_of_cells.append(
            CellSpan(start, start + len(text), column, span, names_row and number == parts[0][2])
        )
    return TableRow("\n".join(lines), tuple(spans_of_cells))

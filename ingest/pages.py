"""What a reader hands over: pages with their text, a box for each character, and blocks. Pure.

Boxes are packed as four unsigned 16-bit numbers a character (left, top, right, bottom, in tenths of a
point from the page's upper left corner; all zero if a character has no place, such as a space that
joins two lines), compressed with zlib.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TENTHS = 10
MOST = 65535
LEAST_HEIGHT = 3.0  # points of a marked box

Box = tuple[float, float, float, float]  # left, top, right, bottom in points from the upper left


class BlockKind(StrEnum):
    """What a block of a page is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"  # the format itself says so (Markdown, Word); else the splitter decides by size
    ITEM = "item"
    ROW = "row"
    HIDDEN = "hidden"  # nobody sees it on the page: kept out of search and prompts, and reported
    FURNITURE = "furniture"  # the file itself says so: a running header or footer, kept out of passages


class PageKind(StrEnum):
    """What a page is in its format."""

    PAGE = "page"  # of paper: PDF, a picture
    SHEET = "sheet"  # of a workbook; a long one is several pages of one name
    SLIDE = "slide"
    TEXT = "text"  # a stretch of a file that has no pages: Word, HTML, mail, text


class Unit(StrEnum):
    """What the places on a page are counted in. The numbers of each stand beside it."""

    PARAGRAPH = "paragraph"  # n: the n-th paragraph of the file's body (in Word: the n-th `w:p`)
    ROW = "row"  # t.r: row r of the body's t-th table
    CELLS = "cells"  # A5 to F5
    LINE = "line"  # n: the file's n-th line
    SHAPE = "shape"  # n: the shape with the id n on the slide
    NOTES = "notes"  # the speaker's notes of the slide
    HEADER = "header"  # n: the n-th of the file
    FOOTER = "footer"
    FOOTNOTE = "footnote"  # n: the number that readers see
    ENDNOTE = "endnote"
    COMMENT = "comment"  # n: the n-th of the file, or the cell that it is on
    PAGE = "page"  # n: the n-th page of a file that stands in another
    EARLIER = "earlier"  # n: the n-th line, of an earlier mail that a mail carries along


@dataclass(frozen=True)
class Spot:
    """The exact place of a block where the format has no boxes: from `first` to `last` of that unit."""

    unit: Unit
    first: str = ""
    last: str = ""

    def packed(self) -> list[str]:
        """As a JSON list."""
        return [str(self.unit), self.first, self.last]


class CellSpan(NamedTuple):
    """A cell of a row: its text in the block's at [start, end), its column from 0, how many columns it goes
    over, and whether it names the row."""

    start: int
    end: int
    column: int
    span: int = 1
    names_row: bool = False


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, list item or table row: the page's text at [start, end).

    `size` is the height of its letters in points, 0 if the format has none; `level` counts for headings,
    and for items of nested lists, from 1 (0: the format does not say); `box` is its place on the page. A row
    has its `cells` if the reader knows them, and `header` if it names the columns; an item has its
    `label` if its sign is not in its text.
    """

    start: int
    end: int
    kind: BlockKind = BlockKind.PARAGRAPH
    size: float = 0.0
    level: int = 0
    box: Box = (0.0, 0.0, 0.0, 0.0)
    bold: bool = False
    spot: Spot | None = None
    cells: tuple[CellSpan, ...] = ()
    header: bool = False
    label: str = ""

    def packed(self) -> list[Any]:
        """As a JSON list."""
        values: list[Any] = [
            self.start, self.end, str(self.kind), round(self.size, 1), self.level,
            [round(side, 1) for side in self.box], self.bold,
        ]  # fmt: skip
        spot = self.spot.packed() if self.spot is not None else None
        if self.cells or self.header or self.label:
            return [*values, spot, [[list(cell) for cell in self.cells], self.header, self.label]]
        return [*values, spot] if spot is not None else values

    @classmethod
    def unpacked(cls, values: Sequence[Any]) -> Block:
        """From its JSON list."""
        start, end, kind, size, level, box, bold, *more = values
        left, top, right, bottom = box
        spot = Spot(Unit(more[0][0]), str(more[0][1]), str(more[0][2])) if more and more[0] else None
        block = cls(start, end, BlockKind(kind), size, level, (left, top, right, bottom), bold, spot)
        if len(more) < 2:
            return block
        cells, header, label = more[1]
        spans = tuple(CellSpan(*cell) for cell in cells)
        return replace(block, cells=spans, header=header, label=label)


@dataclass(frozen=True)
class PageContent:
    """One page as a reader found it. Widths and heights in points; `boxes` packed, or empty.

    `name` is what the format calls it (a sheet's name, a slide's title), `title` what the file says of
    itself as a whole; the first page that has one names the document. `of` is how many pages the file has,
    0 if its reader does not know beforehand. `quality` says how far the text can be trusted, from 0 (a
    picture, or letters that no font explains) to 1; `hidden` counts what nobody sees on the page, by reason.
    `properties` are those of the whole file that name a day in force; the first page has them. `left_out`
    names what the reader left out of the file, by kind (see `ingest.left_out`).
    """

    number: int
    text: str
    width: float = 0.0
    height: float = 0.0
    label: str = ""
    boxes: bytes = b""
    blocks: list[Block] = field(default_factory=list)
    source: str = "layer"
    kind: PageKind = PageKind.PAGE
    name: str = ""
    title: str = ""
    of: int = 0
    quality: float = 1.0
    hidden: dict[str, int] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)


def pack_boxes(boxes: Sequence[Box] | npt.NDArray[np.float64]) -> bytes:
    """Boxes in points to their packed form; what is outside the page, or not a number, goes to its edge."""
    import numpy as np  # a file without places is read by a process that needs none of it

    sides = np.asarray(boxes, np.float64).reshape(-1, 4)
    sides = np.clip(np.nan_to_num(sides, nan=0.0, posinf=MOST, neginf=0.0), 0, MOST / TENTHS)
    numbers = np.minimum(sides * TENTHS + 0.5, MOST).astype("<u2")
    return zlib.compress(numbers.tobytes(), 1)


def unpack_boxes(packed: bytes) -> list[Box]:
    """The boxes of a page, one for each character; empty if the page has none."""
    if not packed:
        return []
    numbers = array("H")
    numbers.frombytes(zlib.decompress(packed))
    if sys.byteorder == "big":
        numbers.byteswap()
    sides = [number / TENTHS for number in numbers]
    return [
        (sides[index], sides[index + 1], sides[index + 2], sides[index + 3])
        for index in range(0, len(sides), 4)
    ]


def marked_boxes(packed: bytes, start: int, end: int) -> list[Box]:
    """The boxes to draw for the characters at [start, end): one for each line that they stand on."""
    lines: list[list[float]] = []
    for left, top, right, bottom in unpack_boxes(packed)[start:end]:
        if right <= left or (bottom <= top and top <= 0):
            continue
        if lines and _same_line(lines[-1], left, top, right, bottom):
            last = lines[-1]
            last[0], last[1] = min(last[0], left), min(last[1], top)
            last[2], last[3] = max(last[2], right), max(last[3], bottom)
        else:
            lines.append([left, top, right, bottom])
    for line in lines:  # a stretch of nothing but a dash is to be seen all the same
        if line[3] - line[1] < LEAST_HEIGHT:
            middle = (line[1] + line[3]) / 2
            line[1], line[3] = max(0.0, middle - LEAST_HEIGHT / 2), middle + LEAST_HEIGHT / 2
    return [(line[0], line[1], line[2], line[3]) for line in lines]


def _same_line(line: list[float], left: float, top: float, right: float, bottom: float) -> bool:
    """Whether a character goes on in the line: beside it (or below it, in vertical writing), near it."""
    height = max(bottom - top, line[3] - line[1], LEAST_HEIGHT)
    width = max(right - left, 1.0)
    middle, line_middle = (top + bottom) / 2, (line[1] + line[3]) / 2
    # A dash or a comma is a flat box somewhere in the line's height: comparing middles is more reliable than
    # overlap.
    slack = 0.3 * height
    beside = line[1] - slack <= middle <= line[3] + slack or top - slack <= line_middle <= bottom + slack
    if beside and -0.5 * height < left - line[2] < 6 * height:
        return True
    narrow = line[2] - line[0] < 2.2 * width
    across = min(right, line[2]) - max(left, line[0])
    return narrow and across > 0.5 * width and -0.2 * height <= top - line[3] < 0.8 * (bottom - top)

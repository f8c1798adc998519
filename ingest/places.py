"""Where in its original a stretch of text stands, in the words of its format: page, sheet and cells, slide,
paragraph. Pure; `docs/documents.md` says how to find each again in another program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ingest.pages import Block, PageContent, PageKind, Spot, Unit

_CELL = re.compile(r"([A-Z]+)([0-9]+)")


@dataclass(frozen=True)
class Place:
    """A place in an original: page `number` of kind `kind` (1 for a text without pages), named `name`, and
    there from `first` to `last` of `unit`; the last three are empty if the page is all that is known."""

    kind: str
    number: int
    name: str = ""
    unit: str = ""
    first: str = ""
    last: str = ""

    def packed(self) -> dict[str, Any]:
        """As a JSON object, the same in the records and in the API."""
        return asdict(self)

    @property
    def shown(self) -> str:
        """In English words, for the command line."""
        match self.kind:
            case PageKind.PAGE:
                whole = f"p. {self.number}"
            case PageKind.SHEET:
                whole = f"sheet {self.name}"
            case PageKind.SLIDE:
                whole = f"slide {self.number}"
            case _:
                whole = self.name
        return ", ".join(part for part in (whole, self._spot) if part) or f"part {self.number}"

    @property
    def _spot(self) -> str:
        span = self.first if self.last in ("", self.first) else f"{self.first}–{self.last}"
        match self.unit:
            case "" | Unit.SHAPE:
                return ""
            case Unit.CELLS:
                return self.first if self.last in ("", self.first) else f"{self.first}:{self.last}"
            case Unit.ROW:
                table, _, row = self.first.partition(".")
                last = self.last.rpartition(".")[2]
                return f"table {table}, row {row}" + (f"–{last}" if last not in ("", row) else "")
            case Unit.NOTES:
                return "notes"
            case _:
                return f"{self.unit} {span}".rstrip()


def place_of(page: PageContent, start: int, end: int) -> Place:
    """Where the text of that page at [start, end) stands."""
    return place_in(page.kind, page.number, page.name, page.blocks, start, end)


def place_in(kind: str, number: int, name: str, blocks: Iterable[Block], start: int, end: int) -> Place:
    """Where the text at [start, end) of a page with those blocks stands."""
    spots = [
        block.spot for block in blocks if block.spot is not None and block.start < end and block.end > start
    ]
    if not spots:
        return Place(kind, number, name)
    unit = spots[0].unit
    alike = [spot for spot in spots if spot.unit == unit]
    first, last = _around(alike) if unit == Unit.CELLS else (alike[0].first, alike[-1].last)
    return Place(kind, number, name, str(unit), first, last)


def _around(spots: Sequence[Spot]) -> tuple[str, str]:
    """The corners of the range that holds all of those cells; an invalid address stays as it is."""
    cells = [_CELL.fullmatch(cell) for spot in spots for cell in (spot.first, spot.last)]
    corners = [(_column(cell[1]), int(cell[2]), cell[1]) for cell in cells if cell]
    if not corners:
        return spots[0].first, spots[-1].last
    left, right = min(corners), max(corners)
    top, bottom = min(row for _, row, _ in corners), max(row for _, row, _ in corners)
    return f"{left[2]}{top}", f"{right[2]}{bottom}"


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number

"""Pivot tables of old workbooks (.xls) that LibreOffice leaves empty: it draws them anew from their source,
and where it cannot, the cells that Excel saved are gone without a word. Says which; reads no cell itself."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import olefile

from ingest.left_out import LeftOut, LeftOutKind
from ingest.pages import PageContent, Unit
from ingest.readers.office.grid import column_name
from ingest.readers.office.workbook import bounds_of

MOST_RECORDS = 5_000_000
MOST_PIVOTS = 500
_HEADER = struct.Struct("<HH")
_SHEET, _PIVOT = 0x0085, 0x00B0  # records of [MS-XLS]: BoundSheet8, SxView
_CELLS = frozenset((0x0006, 0x00BD, 0x00FD, 0x0203, 0x0204, 0x027E))  # of a value, or of several in one row


@dataclass(frozen=True)
class _Pivot:
    """A pivot table as Excel drew it last: rows and columns count from 0."""

    sheet: str
    top: int
    bottom: int
    left: int
    right: int

    @property
    def place(self) -> str:
        return f"{column_name(self.left)}{self.top + 1}:{column_name(self.right)}{self.bottom + 1}"

    def covers(self, first: str, last: str) -> bool:
        """Whether a stretch of cells touches it."""
        mine, other = bounds_of(self.place), bounds_of(f"{first}:{last}" if last else first)
        return mine[0] <= other[2] and other[0] <= mine[2] and mine[1] <= other[3] and other[1] <= mine[3]


def with_emptied_pivots(path: Path, pages: Iterator[PageContent]) -> Iterator[PageContent]:
    """The pages of a workbook as LibreOffice saved it; a pivot table of which they show no cell, though the
    file at `path` has some, is named as left out."""
    pivots = _pivots_of(path)
    left_out = LeftOut()
    yield from left_out.beside(_watched(pages, pivots, left_out)) if pivots else pages


def _watched(pages: Iterator[PageContent], pivots: list[_Pivot], left_out: LeftOut) -> Iterator[PageContent]:
    left = list(pivots)
    for page in pages:
        spots = [block.spot for block in page.blocks if block.spot is not None]
        cells = [(spot.first, spot.last) for spot in spots if spot.unit == Unit.CELLS and spot.first]
        left = [
            pivot
            for pivot in left
            if pivot.sheet != page.name or not any(pivot.covers(*stretch) for stretch in cells)
        ]
        yield page
    for pivot in left:
        left_out.add(LeftOutKind.PARTS, f"pivot table {pivot.sheet}!{pivot.place}")


def _pivots_of(path: Path) -> list[_Pivot]:
    """The pivot tables of which the file holds values; none where it cannot be read as one of Excel 97."""
    try:
        with olefile.OleFileIO(str(path)) as archive:
            if not archive.exists("Workbook"):
                return []
            content: bytes = archive.openstream("Workbook").read()
    except (OSError, ValueError, IndexError, struct.error):
        return []
    sheets: list[tuple[int, str]] = []
    pivots: list[_Pivot] = []
    rows: dict[str, list[tuple[int, int]]] = {}
    for start, kind, body in _records(content):
        if kind == _SHEET and len(body) > 8:
            wide, name = body[7] & 1, body[8:]
            text = name.decode("utf-16-le" if wide else "latin-1", "replace")
            sheets.append((struct.unpack_from("<I", body)[0], text))
            continue
        sheet = next((name for begin, name in sorted(sheets, reverse=True) if begin <= start), "")
        if kind == _PIVOT and len(body) >= 8 and len(pivots) < MOST_PIVOTS:
            pivots.append(_Pivot(sheet, *struct.unpack_from("<4H", body)))
        elif kind in _CELLS and len(body) >= 4:
            rows.setdefault(sheet, []).append(struct.unpack_from("<HH", body))
    return [pivot for pivot in pivots if _has_values(pivot, rows.get(pivot.sheet, []))]


def _has_values(pivot: _Pivot, cells: list[tuple[int, int]]) -> bool:
    return any(
        pivot.top <= row <= pivot.bottom and pivot.left <= column <= pivot.right for row, column in cells
    )


def _records(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    position = 0
    for _ in range(MOST_RECORDS):
        if position + _HEADER.size > len(content):
            return
        kind, length = _HEADER.unpack_from(content, position)
        yield position, kind, content[position + _HEADER.size : position + _HEADER.size + length]
        position += _HEADER.size + length

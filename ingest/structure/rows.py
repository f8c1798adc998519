"""The rows of a document's tables: which name the columns, which say a unit, and their cells. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ingest.pages import BlockKind, CellSpan, Unit
from ingest.structure.lines import TextLine

ROWS_LOOKED_AT = 5  # below a table's first one, to decide whether it names the columns
LONGEST_HEADER = 200  # characters of a row that names the columns
MOST_HEADER_ROWS = 3
LOOKED_BACK = 1000  # characters before a cell for its name: rows may have thousands of cells
LEAST_WIDE = 3  # cells of each of two rows of which the first names the columns
_DIGITS = re.compile(r"\d+")
_UNIT = re.compile(
    r"[（(〔\[]?\s*(?:(?:金額の?)?単位|单位|單位|units?|amounts? in|in (?:thousands|millions))\s*[:：]?"
    r"[^。]{0,40}",
    re.I,
)
_BETWEEN = " | "
_LABELLED = re.compile(r"(?P<label>[^:：|]{1,80})[:：] (?P<value>.+)", re.S)


@dataclass(frozen=True)
class RowCell:
    """A cell of a row: its place on the page, its column, and what the row itself says its column is."""

    start: int
    end: int
    column: int
    span: int = 1
    names_row: bool = False
    label: str = ""


def cells_of(line: TextLine) -> list[RowCell]:
    """The cells of a row: as its reader gave them, or as the signs in its text part them; none if nothing
    parts them."""
    text, start = line.text, line.start
    if line.block.cells:
        shift = line.block.start
        return [
            RowCell(
                shift + cell.start,
                shift + cell.end,
                cell.column,
                cell.span,
                cell.names_row,
                _label(line, cell),
            )
            for cell in line.block.cells
        ]
    if "\n" in text or _BETWEEN not in text:
        labelled = _LABELLED.fullmatch(text) if line.block.spot is not None and "\n" not in text else None
        if labelled is None:
            return []
        value = start + labelled.start("value")
        return [
            RowCell(start, start + labelled.end("label"), 0, names_row=True),
            RowCell(value, line.end, 1, label=labelled["label"].strip()),
        ]
    cells: list[RowCell] = []
    offset = start
    for column, part in enumerate(text.split(_BETWEEN)):
        labelled = _LABELLED.fullmatch(part) if line.block.spot is not None else None
        begin = offset + (labelled.start("value") if labelled else 0)
        label = labelled["label"].strip() if labelled else ""
        if offset + len(part) > begin:
            cells.append(RowCell(begin, offset + len(part), column, label=label))
        offset += len(part) + len(_BETWEEN)
    return cells


def _label(line: TextLine, cell: CellSpan) -> str:
    """What the row's own text says before a cell: `Price: ` before `1,200`."""
    end = line.block.start + cell.start
    text = line.page.text[max(line.block.start, end - LOOKED_BACK) : end]
    part = text.rpartition(_BETWEEN)[2].rpartition("\n")[2]
    return part.strip().rstrip(":：").strip() if part.rstrip().endswith((":", "：")) else ""


def says_unit(text: str) -> bool:
    """Whether a line above or in a table says what its figures are counted in: （単位：千円）."""
    return bool(_UNIT.fullmatch(text.strip())) and len(text) <= 60


def names_columns(rows: Sequence[TextLine], number: int, *, first: bool) -> bool:
    """Whether that row names the columns of those below it; `first` for the first of its table. `rows` are
    the rows that follow one another."""
    line = rows[number]
    if line.block.header:
        return True
    below = rows[number + 1 : number + 1 + ROWS_LOOKED_AT]
    if line.block.spot is not None:
        return _is_named_below(line, below)
    if first and len(rows) == 2 and _stands_over(line, below[0]):
        return True
    if len(line.text) > LONGEST_HEADER:
        return False
    if not below or _DIGITS.search(line.text):
        return bool(below) and line.block.bold and not any(row.block.bold for row in below)
    figures = sum(bool(_DIGITS.search(row.text)) for row in below)
    lone = first and line.block.bold and not any(row.block.bold for row in below)
    return lone or 2 * figures > len(below)


def _stands_over(line: TextLine, below: TextLine) -> bool:
    """Whether two rows that are a whole table say values with their names above: each begins with a label."""
    cells = [[row.page.text[cell.start : cell.end] for cell in cells_of(row)] for row in (line, below)]
    return len(cells[0]) == len(cells[1]) >= LEAST_WIDE and not any(_DIGITS.search(row[0]) for row in cells)


def _is_named_below(line: TextLine, below: Sequence[TextLine]) -> bool:
    """Whether rows below say a cell of this row as the name of a value, as rows with their headers do."""
    for row in below[:MOST_HEADER_ROWS]:
        labels = {part.strip() for cell in cells_of(row) for part in cell.label.split(" > ") if cell.label}
        if labels:
            return any(
                line.page.text[cell.start : cell.end].strip() in labels
                for cell in cells_of(line)
                if not cell.label
            )
    return False


class ColumnNames:
    """What one row of a table's header calls the columns; looked up without going through all of them."""

    def __init__(self, line: TextLine, cells: Sequence[RowCell]) -> None:
        self._cells = sorted(cells, key=lambda cell: cell.column)
        self._text = line.page.text
        self._firsts = [cell.column for cell in self._cells]
        self._ends = list(accumulate((cell.column + cell.span for cell in self._cells), max))

    def __len__(self) -> int:
        return len(self._cells)

    def over(self, cell: RowCell) -> Iterator[str]:
        """The names over that cell's columns, from left to right."""
        begin = bisect_right(self._ends, cell.column)
        for above in self._cells[begin : bisect_left(self._firsts, cell.column + cell.span)]:
            if cell.column < above.column + above.span:
                yield self._text[above.start : above.end]


def goes_on(before: TextLine, line: TextLine) -> bool:
    """Whether a row is of the table of the row before it, with no other text between the two."""
    first, second = before.block.spot, line.block.spot
    if (first is None) != (second is None):
        return False
    if first is None or second is None:
        return not line.block.header or before.block.header
    if first.unit != second.unit:
        return False
    if first.unit == Unit.ROW:
        return first.last.partition(".")[0] == second.first.partition(".")[0]
    if first.unit == Unit.CELLS:
        return _row_number(second.first) <= _row_number(first.last) + 1
    return not line.block.header or before.block.header


def _row_number(cell: str) -> int:
    digits = _DIGITS.search(cell)
    return int(digits[0]) if digits else 0


def is_row(line: TextLine) -> bool:
    """Whether it is a row of a table."""
    return line.block.kind == BlockKind.ROW

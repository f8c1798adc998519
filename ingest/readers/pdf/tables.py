"""The rows of a page's ruled tables: each cell whole, however many lines it has, and each in its column.

PDFium gives a page's text line by line. Of a row whose cells have several lines it gives the first line of
all cells, or one cell after another, so that a value would stand beside what it is not the value of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import regex

from ingest.readers.pdf.glyphs import Glyphs
from ingest.readers.pdf.layout import Line, around, cut, together
from ingest.readers.pdf.lines import lines_of, mended
from ingest.readers.pdf.rulings import Grid
from language.tokens import is_cjk

LONGEST_CELL = 400  # characters: if cells are longer, and there are two columns, boxes arrange the page
LONGEST_REPEATED = 80  # characters of a cell that is said again in each row it goes over
LEAST_FILLED = 0.25  # share of a table's cells with text; a chart's lines have less
PLACE = "\ufffc"  # stands for a table among the lines of its page
LEAST_RECORDS = 3  # of one ruled row; two figures below one another may be this year's and last year's
LEAST_FIGURES = 2  # columns of figures that say so
OFF_ITS_LINE = 0.5  # of its size, that a line of a record may stand above or below the others
FIRST_TABLE = 1000  # numbers of ruled tables; those that gaps make count from 1

_FIGURE = regex.compile(r"[-−–△▲+(（]{0,2}[¥￥$€£]?(?:\d[\d.,]*+|[-−–])[%％)）]{0,2}")
Cells = dict[tuple[int, int], list[Line]]  # by the upper left part of each


@dataclass(frozen=True)
class RuledTable:
    """A table with its rows, from top to bottom."""

    grid: Grid
    rows: tuple[Line, ...]

    def place(self) -> Line:
        """What stands for it among the lines of its page."""
        left, top, right, bottom = self.grid.box
        boxes = np.array([[left, top, right, bottom]])
        return Line(PLACE, boxes, (left, top, right, bottom), self.rows[0].size)


def without_tables(
    glyphs: Glyphs, hidden: Sequence[str], grids: Sequence[Grid]
) -> tuple[Glyphs, list[RuledTable]]:
    """The page's characters outside its ruled tables, and those tables."""
    tables: list[RuledTable] = []
    for number, grid in enumerate(grids):
        inside = _inside(glyphs, grid)
        if not inside.any():
            continue
        table = _table(glyphs.where(inside), hidden, grid, FIRST_TABLE + number)
        if table is not None:
            tables.append(table)
            glyphs = glyphs.where(~inside)
    return glyphs, tables


def with_places(lines: Sequence[Line], tables: Sequence[RuledTable]) -> list[Line]:
    """The lines with the place of each table before the first line that stands below its beginning."""
    placed = list(lines)
    for table in tables:
        left, top, right, _ = table.grid.box
        above = -1
        position = None
        for number, line in enumerate(placed):
            if line.hidden or line.box[2] <= left or line.box[0] >= right:
                continue
            if line.box[1] >= top - 1:
                position = number
                break
            above = number
        placed.insert(above + 1 if position is None else position, table.place())
    return placed


def with_rows(lines: Sequence[Line], tables: Sequence[RuledTable]) -> list[Line]:
    """The lines with each table's rows in its place."""
    by_box = {table.grid.box: table.rows for table in tables}
    return [
        row for line in lines for row in (by_box.get(line.box, (line,)) if line.text == PLACE else (line,))
    ]


def _inside(glyphs: Glyphs, grid: Grid) -> npt.NDArray[np.bool_]:
    """Which characters stand in a table; other characters go with the letter before them."""
    left, top, right, bottom = grid.box
    letters = glyphs.run_of >= 0
    x, y = glyphs.boxes[:, [0, 2]].mean(axis=1), glyphs.boxes[:, [1, 3]].mean(axis=1)
    return _with_followers(letters, (x > left) & (x < right) & (y > top) & (y < bottom))


def _with_followers(letters: npt.NDArray[np.bool_], marked: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    last = np.maximum.accumulate(np.where(letters, np.arange(len(letters)), -1))
    return np.where(last >= 0, (letters & marked)[np.maximum(last, 0)], False)


def _table(glyphs: Glyphs, hidden: Sequence[str], grid: Grid, number: int) -> RuledTable | None:
    cells = _cells(glyphs, hidden, grid)
    shapes = {cell for row in grid.owner for cell in row}
    shown = {cell: joined for cell, lines in cells.items() if (joined := _joined(lines)) is not None}
    if len(shown) < max(2, LEAST_FILLED * len(shapes)):
        return None
    longest = max(len(line.text) for line in shown.values())
    if longest > LONGEST_CELL and len(grid.xs) <= 3:
        return None
    rows: list[Line] = []
    for place, row in enumerate(grid.owner):
        for part in _records(row, cells, place) or (shown,):
            line = _row(row, part, place)
            if line is not None:
                rows.append(replace(line, row=number))
    unseen = [line for lines in cells.values() for line in lines if line.hidden]
    return RuledTable(grid, (*_with_header(rows), *unseen)) if rows else None


def _cells(glyphs: Glyphs, hidden: Sequence[str], grid: Grid) -> Cells:
    """The lines of each cell, by its upper left part."""
    letters = glyphs.run_of >= 0
    x, y = glyphs.boxes[:, [0, 2]].mean(axis=1), glyphs.boxes[:, [1, 3]].mean(axis=1)
    columns = np.clip(np.searchsorted(np.array(grid.xs), x) - 1, 0, len(grid.xs) - 2)
    rows = np.clip(np.searchsorted(np.array(grid.ys), y) - 1, 0, len(grid.ys) - 2)
    wide = len(grid.xs)
    owners = np.array([[row * wide + column for row, column in line] for line in grid.owner])
    places = np.where(letters, owners[rows, columns], -1)
    last = np.maximum.accumulate(np.where(letters, np.arange(len(letters)), -1))
    places = np.where(last >= 0, places[np.maximum(last, 0)], -1)
    cells: Cells = {}
    for place in np.unique(places[places >= 0]).tolist():
        members = np.flatnonzero(places == place)
        # Where PDFium went to another cell and came back, a line ends: nothing else would say so.
        stretches = np.split(members, np.flatnonzero(np.diff(members) > 1) + 1)
        lines = [
            part
            for stretch in stretches
            for line in lines_of(_only(glyphs, stretch), hidden)
            for part in _broken(line)
        ]
        cells[divmod(place, wide)] = mended(_from_top(lines))
    return cells


def _broken(line: Line) -> list[Line]:
    """A line where it goes on below what it came from: PDFium does not end one before a letter or figure that
    stands alone, so that 18 above 7 would be 187. Characters that are written downwards stay together."""
    letters = np.flatnonzero(line.boxes[:, 2] > 0)
    if line.vertical or len(letters) < 2:
        return [line]
    before, behind = line.boxes[letters[:-1]], line.boxes[letters[1:]]
    below = (behind[:, 1] > before[:, 3]) & (behind[:, 0] < before[:, 2])
    ends = [
        int(letters[place + 1])
        for place in np.flatnonzero(below)
        if not (is_cjk(line.text[letters[place]]) and is_cjk(line.text[letters[place + 1]]))
    ]
    return [cut(line, start, end) for start, end in zip([0, *ends], [*ends, len(line.text)], strict=True)]


def _only(glyphs: Glyphs, members: npt.NDArray[np.int64]) -> Glyphs:
    kept = np.zeros(len(glyphs.codes), bool)
    kept[members] = True
    return glyphs.where(kept)


def _from_top(lines: Sequence[Line]) -> list[Line]:
    """Lines of a cell in their order, unless they stand upright."""
    if any(line.box[3] - line.box[1] > 2.5 * max(line.size, 1.0) for line in lines):
        return list(lines)
    ordered: list[Line] = []
    for line in sorted(lines, key=lambda line: (line.box[1] + line.box[3]) / 2):
        middle = (line.box[1] + line.box[3]) / 2
        place = len(ordered)
        while place and ordered[place - 1].box[3] > middle and ordered[place - 1].box[0] > line.box[0]:
            place -= 1
        ordered.insert(place, line)
    return ordered


def _joined(lines: Sequence[Line]) -> Line | None:
    """The seen lines of a cell as one."""
    joined: Line | None = None
    for line in lines:
        line = _stripped(line)
        if line.hidden or not line.text:
            continue
        if joined is None:
            joined = replace(line, cells=(), vertical=False)
            continue
        last, first = joined.text[-1], line.text[0]
        between = "" if is_cjk(last) and is_cjk(first) else " "
        both = together(joined, replace(line, cells=()), between)
        joined = replace(both, size=max(joined.size, line.size), bold=joined.bold and line.bold)
    return joined


def _records(row: Sequence[tuple[int, int]], cells: Cells, number: int) -> list[dict[tuple[int, int], Line]]:
    """The records of one ruled row, where lines are ruled below every third or fifth alone: figures one below
    another in several cells, and no line of a cell between them. Empty where the row is one record."""
    own = {
        cell: [line for line in cells[cell] if not line.hidden and line.text.strip()]
        for cell in dict.fromkeys(row)
        if cell in cells
    }
    figures = [
        lines
        for cell, lines in own.items()
        if cell[0] == number and lines and all(_FIGURE.fullmatch(line.text.strip()) for line in lines)
    ]
    places = [_middle(line) for line in max(figures, key=len, default=[])]
    if len(places) < LEAST_RECORDS or sum(len(lines) == len(places) for lines in figures) < LEAST_FIGURES:
        return []
    records: list[dict[tuple[int, int], Line]] = [{} for _ in places]
    for cell, lines in own.items():
        taken: dict[int, list[Line]] = {}
        for line in lines:
            nearest = min(range(len(places)), key=lambda place: abs(places[place] - _middle(line)))
            if abs(places[nearest] - _middle(line)) > OFF_ITS_LINE * line.size:
                return []
            taken.setdefault(nearest, []).append(line)
        for place, beside in taken.items():
            joined = _joined(sorted(beside, key=lambda line: line.box[0]))
            if joined is not None:
                records[place][cell] = joined
    return [record for record in records if record]


def _middle(line: Line) -> float:
    return (line.box[1] + line.box[3]) / 2


def _stripped(line: Line) -> Line:
    end = len(line.text.rstrip())
    start = end - len(line.text[:end].lstrip())
    return replace(line, text=line.text[start:end], boxes=line.boxes[start:end])


def _row(row: Sequence[tuple[int, int]], shown: dict[tuple[int, int], Line], number: int) -> Line | None:
    """A row with the places of its cells. A short cell that goes over several rows is said in each."""
    line: Line | None = None
    starts: list[int] = []
    columns: list[tuple[int, int]] = []
    for column, cell in enumerate(row):
        part = shown.get(cell)
        if part is None or (column and row[column - 1] == cell):
            continue
        if cell[0] != number and len(part.text) > LONGEST_REPEATED:
            continue
        columns.append((column, sum(other == cell for other in row[column:])))
        if line is None:
            line = part
            continue
        starts.append(len(line.text) + 1)
        line = replace(
            together(line, part, " "), bold=line.bold and part.bold, size=max(line.size, part.size)
        )
    if line is None or all(cell[0] != number for cell in row if cell in shown):
        return None
    return replace(line, cells=tuple(starts), columns=tuple(columns), box=around(line.boxes))


def _with_header(rows: Sequence[Line]) -> list[Line]:
    """The rows, of which the first that are bold name the columns if what follows is not."""
    bold = 0
    while bold < min(3, len(rows) - 1) and rows[bold].bold:
        bold += 1
    headers = bold if bold and not rows[bold].bold else 0
    return [replace(line, header=number < headers) for number, line in enumerate(rows)]

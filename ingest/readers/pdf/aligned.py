"""The rows of tables that no lines rule: which column each cell stands in, and what names the columns. Pure.

Such a table is known by gaps that go through several lines below one another (`order`). Its cells have no
number yet, and what stands above them in pieces ("July 1," over "2023", "Three Months Ended" over two
columns) is given by PDFium as lines of their own. Here each cell gets its column, and the pieces become
header rows. Where the columns are not clear, the rows stay as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import regex

from ingest.pages import Box
from ingest.readers.pdf.layout import Line, around, parts, together

LEAST_ROWS = 2  # of a table, with a value in a column
MOST_COLUMNS = 16
ROW_HEIGHT = 4.0  # letter heights from a row to the next at the most
HEADER_HEIGHT = 6.0  # in which the names of columns stand above the first
MOST_LABELS = 3  # that stand alone one after another
LONGEST_LABEL = 60  # characters of one
OFF_MIDDLE = 0.25  # of its columns' width that a name of several may stand off their middle
LONGEST_NAME = 40  # characters of a piece of a column's name
_SIGN = regex.compile(r"^[$€£¥￥]$|^US\$$")
_TRAILING_SIGN = regex.compile(r"(?<=[\d)%％—–-] )[$€£¥￥](?=\s|$)")
_VALUE = regex.compile(r"^[(（▲△+−–—-]*[$€£¥￥]?\s?[\d０-９].{0,24}$|^[—–−-]{1,3}$|^N/?[AM]\.?$")
_UNIT_NOTE = regex.compile(r"^[（(\[【]?\s?(?:単位|单位|單位|Unit)")
# What begins with a digit and names a column all the same: years, days, months, quarters.
_YEAR = regex.compile(
    r"^(?:FY\s?)?(?:19|20)\d\d(?:年度?)?$|^\d{1,2}(?:月期?|Q)$|^\d{4}[/.-]\d{1,2}(?:[/.-]\d{1,2})?$"
    r"|^\d{4}年\d{1,2}月(?:\d{1,2}日|期|末)?$"
)
_CLOSING = regex.compile(r"^[)）%％]{1,2}$")
Gap = tuple[float, float]


@dataclass(frozen=True)
class _Cell:
    """A cell of a row: its text in the line's at [start, end), and its box."""

    start: int
    end: int
    box: Box
    text: str


def with_columns(lines: Sequence[Line]) -> list[Line]:
    """The lines, in which cells of rows have their columns and the names above them are header rows."""
    arranged: list[Line] = []
    number = done = 0
    while number < len(lines):
        table = _table_at(lines, number, done)
        if table is None:
            arranged.append(lines[number])
            number += 1
            continue
        begin, last, rows = table
        del arranged[len(arranged) - (number - begin) :]
        arranged += rows
        number = done = last
    return arranged


def _table_at(lines: Sequence[Line], first: int, done: int) -> tuple[int, int, list[Line]] | None:
    """The table whose first row stands at that number: where it begins, names of columns included, where it
    ends, and its rows as they are to be; lines before `done` belong to another one."""
    row = lines[first].row
    if not row or lines[first].columns:
        return None
    last = next((n for n in range(first, len(lines)) if lines[n].row != row), len(lines))
    if last - first < LEAST_ROWS or any(line.columns for line in lines[first:last]):
        return None
    columns = _columns_of([_cells_of(line) for line in lines[first:last]])
    if columns is None:
        return None
    start = first
    while first < last and _names_columns(lines[first], columns):
        first += 1
    if first == last:
        return None
    last = _reach(lines, last, columns)
    placed = [_with_places(line, columns, row) for line in lines[first:last]]
    for number, line in enumerate(placed):  # "(in millions) | July 1, 2023 | December 31, 2022"
        if line is None or len(line.columns) < 2 or not _holds_no_value(line):
            break
        placed[number] = replace(line, header=True)
    begin = max(done, min(start, _header_begins(lines, first, columns)))
    above = [line for line in lines[begin:first] if _names_columns(line, columns)]
    beside = [line for line in lines[begin:first] if not _names_columns(line, columns)]
    header = _header_rows(above, columns, row)
    if header is None:
        if start < first:
            return None
        begin, header, beside = first, [], []
    labels = [_with_places(line, columns, row) for line in beside if _is_label(line, columns)]
    for line in beside:
        if not _is_label(line, columns) and (named := _with_places(line, columns, row)) is not None:
            placed.insert(0, replace(named, header=True))
    headed = [line for line in placed if line is not None and line.header]
    below = [line for line in placed if line is None or not line.header]
    rows = [line for line in (*header, *headed, *labels, *below) if line is not None]
    return (begin, last, rows) if None not in below and None not in labels else None


def _names_columns(line: Line, columns: Sequence[Gap]) -> bool:
    """Whether a line holds only short pieces right of the labels, and no values."""
    pieces = [part for part in parts(line) if part.text.strip()]
    return all(
        len(piece.text.strip()) <= LONGEST_NAME
        and piece.box[0] >= columns[0][1] - line.size
        and not _UNIT_NOTE.match(piece.text.strip())
        and (_YEAR.match(piece.text.strip()) or not _VALUE.match(piece.text.strip()))
        for piece in pieces
    )


def _holds_no_value(line: Line) -> bool:
    """Whether the cells behind a row's first are names: words, dates and years."""
    texts = [cell.text for cell in _cells_of(line)[1:]]
    return not any(_VALUE.match(text) and not _YEAR.match(text) for text in texts)


def _reach(lines: Sequence[Line], last: int, columns: Sequence[Gap]) -> int:
    """Where a table ends whose rows are known up to `last`: rows in its columns go on, and so do a few labels
    that stand alone before such a row."""
    end = last
    for number in range(last, len(lines)):
        line, before = lines[number], lines[number - 1]
        down = line.box[1] - before.box[1]
        if not 0 < down < ROW_HEIGHT * max(line.size, before.size, 1.0) or line.columns:
            break
        if _is_label(line, columns) and number - end < MOST_LABELS:
            continue
        if not line.cells or _with_places(line, columns, 1) is None or line.hidden or line.level:
            break
        end = number + 1
    return end


def _is_label(line: Line, columns: Sequence[Gap]) -> bool:
    """Whether a line is a label that stands alone: short, and wholly left of the values."""
    text = line.text.strip()
    plain = not (line.cells or line.row or line.level or line.hidden or line.vertical)
    inside = columns[0][0] - 2 * line.size <= line.box[0] and line.box[2] <= columns[1][0]
    return plain and inside and 0 < len(text) <= LONGEST_LABEL and not text.endswith((".", "。"))


def _cells_of(line: Line) -> list[_Cell]:
    """The cells of a row; a currency's sign goes with the amount behind it, a bracket with the one before."""
    bounds = {0, len(line.text), *line.cells}
    for sign in _TRAILING_SIGN.finditer(line.text):
        bounds.add(sign.start())
    ends = sorted(bounds)
    spans: list[tuple[int, int]] = []
    for start, end in itertools.pairwise(ends):
        text = line.text[start:end].strip()
        before = line.text[slice(*spans[-1])].strip() if spans else ""
        if spans and (_SIGN.match(before) or _CLOSING.match(text) or not text):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [
        _Cell(start, end, around(line.boxes[start:end]), line.text[start:end].strip()) for start, end in spans
    ]


def _columns_of(rows: Sequence[Sequence[_Cell]]) -> list[Gap] | None:
    """From where to where each column reaches, the labels' first; None if values overlap labels, or most
    cells are not values."""
    values = sorted((cell.box[0], cell.box[2]) for row in rows for cell in row[1:] if _VALUE.match(cell.text))
    named = itertools.dropwhile(lambda row: not any(_VALUE.match(cell.text) for cell in row[1:]), rows)
    rest = sum(1 for row in named for cell in row[1:] if not _VALUE.match(cell.text))
    if not values or rest > len(values) // 4:
        return None
    columns: list[Gap] = []
    for left, right in values:
        if columns and left < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    labels = [row[0].box for row in rows if row and not _VALUE.match(row[0].text)]
    if not labels or len(columns) >= MOST_COLUMNS:
        return None
    reach = max(box[2] for box in labels)
    if reach > columns[0][0]:
        return None
    return [(min(box[0] for box in labels), reach), *columns]


def _with_places(line: Line, columns: Sequence[Gap], row: int) -> Line | None:
    """The row with the columns of its cells; None if two would share one, or one stands in none."""
    cells = _cells_of(line)
    places = [_column_at(cell.box, columns) for cell in cells]
    if len(set(places)) < len(places) or places != sorted(places):
        return None
    for cell, place in zip(cells, places, strict=True):
        left, right = columns[place]
        if place and (cell.box[2] < left or cell.box[0] > right):
            return None
    return replace(
        line,
        cells=tuple(cell.start for cell in cells[1:]),
        columns=tuple((place, 1) for place in places),
        row=row,
    )


def _column_at(box: Box, columns: Sequence[Gap]) -> int:
    """The column that a box shares most with, or else the nearest."""
    return max(
        range(len(columns)),
        key=lambda number: min(box[2], columns[number][1]) - max(box[0], columns[number][0]),
    )


def _header_begins(lines: Sequence[Line], first: int, columns: Sequence[Gap]) -> int:
    """The number of the first line above a table that names columns: short pieces right of the labels, with
    labels that stand alone between them and the first row."""
    begin, beneath = first, lines[first]
    for number in range(first - 1, -1, -1):
        line = lines[number]
        apart, height = beneath.box[1] - line.box[1], max(line.size, beneath.size, 1.0)
        if not 0 < apart < HEADER_HEIGHT * height or line.level or line.hidden or line.vertical:
            break
        if line.row not in (0, lines[first].row) and not _holds_no_value(line):
            break
        if _names_columns(line, columns) or (
            line.cells and _holds_no_value(line) and _with_places(line, columns, 1) is not None
        ):
            begin = number
        elif begin == first and first - number <= MOST_LABELS and _is_label(line, columns):
            beneath = line
        else:
            break
    return begin


def _header_rows(lines: Sequence[Line], columns: Sequence[Gap], row: int) -> list[Line] | None:
    """Rows that name the columns: those whose pieces span several first, then one name for each column."""
    levels = _levels([part for line in lines for part in parts(line) if part.text.strip()])
    stacks: dict[int, list[Line]] = {}
    spanning: list[list[tuple[Line, tuple[int, int]]]] = []
    for level in reversed(levels):  # the lowest stand right above the values, one for each column
        groups = _spans(level, columns)
        if groups is not None:
            spanning.append(groups)
            continue
        for piece in level:
            column = _stack_under(piece, stacks, columns)
            if column == 0:
                return None
            stacks.setdefault(column, []).append(piece)
    rows = [_row_of(groups, row) for groups in reversed(spanning)]
    if stacks:
        rows.append(_row_of([(_stacked(stacks[column]), (column, 1)) for column in sorted(stacks)], row))
    return rows


def _spans(level: Sequence[Line], columns: Sequence[Gap]) -> list[tuple[Line, tuple[int, int]]] | None:
    """The pieces of a level with the columns that each names, if each names as many and stands over their
    middle; None if they name one each."""
    values = len(columns) - 1
    if len(level) >= values or values % len(level):
        return None
    each = values // len(level)
    groups: list[tuple[Line, tuple[int, int]]] = []
    for number, piece in enumerate(level):
        first = 1 + number * each
        left, right = columns[first][0], columns[first + each - 1][1]
        middle = (piece.box[0] + piece.box[2]) / 2
        if abs(middle - (left + right) / 2) > OFF_MIDDLE * (right - left):
            return None
        groups.append((piece, (first, each)))
    return groups


def _stack_under(piece: Line, stacks: dict[int, list[Line]], columns: Sequence[Gap]) -> int:
    """The column whose name a piece continues: that of the pieces below it, else by its place."""
    middle = (piece.box[0] + piece.box[2]) / 2
    for column, pieces in stacks.items():
        if min(other.box[0] for other in pieces) <= middle <= max(other.box[2] for other in pieces):
            return column
    return _column_at(piece.box, columns)


def _levels(pieces: Sequence[Line]) -> list[list[Line]]:
    """Pieces that stand beside one another, the upper ones first, each level from left to right."""
    levels: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda piece: piece.box[1]):
        if levels and piece.box[1] - levels[-1][0].box[1] < 0.6 * max(piece.size, 1.0):
            levels[-1].append(piece)
        else:
            levels.append([piece])
    return [sorted(level, key=lambda piece: piece.box[0]) for level in levels]


def _stacked(pieces: Sequence[Line]) -> Line:
    """The pieces of one column's name as one line, from top to bottom."""
    ordered = sorted(pieces, key=lambda piece: (piece.box[1], piece.box[0]))
    joined = _bare(ordered[0])
    for piece in ordered[1:]:
        joined = together(joined, _bare(piece), " ")
    return joined


def _bare(piece: Line) -> Line:
    text = piece.text.strip()
    start = len(piece.text) - len(piece.text.lstrip())
    return replace(piece, text=text, boxes=piece.boxes[start : start + len(text)], cells=())


def _row_of(cells: Sequence[tuple[Line, tuple[int, int]]], row: int) -> Line:
    line, starts = _bare(cells[0][0]), []
    for piece, _ in cells[1:]:
        starts.append(len(line.text) + 1)
        line = together(line, _bare(piece), " ")
    return replace(
        line,
        cells=tuple(starts),
        columns=tuple(place for _, place in cells),
        box=around(line.boxes),
        row=row,
        header=True,
    )

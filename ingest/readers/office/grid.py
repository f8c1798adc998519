"""Rows of cells into lines that say what each value is: `Item: AP-200 | Price: 128,000`. Pure.

A block of rows between blank ones has its header found by what the file declares and by what stands in it;
a line without a header is its values alone. Rows are looked at in the order they come, a few ahead.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.pages import BlockKind, CellSpan, Spot, Unit
from ingest.readers.assembly import TableRow, TextBlock, shown, table_row
from ingest.readers.headers import (
    BOX,
    LONGEST_HEADER,
    Cell,
    Row,
    goes_with,
    header_rows_of,
    is_blank,
    is_of_names,
    looks_like_number,
    named_columns,
    stand_below,
    table_inside,
)

LOOKED_AT = 15  # rows of a block, to find its header
MOST_COLUMNS = 16_384  # that cells may go over, as in spreadsheets; one beyond them is itself alone
WIDEST_GAP = 2  # columns between a label and a text that is its value
LONGEST_LABEL = 30  # characters of what names the value beside it in a form


def column_name(column: int) -> str:
    """0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    return name


def cells_of(row: Row) -> Spot:
    """The place of a row in a sheet."""
    first, last = row.cells[0], row.cells[-1]
    end = last.column + last.spread - 1
    return Spot(Unit.CELLS, f"{column_name(first.column)}{row.number}", f"{column_name(end)}{row.number}")


def pieces_of(rows: Iterable[Row], spot_of: Callable[[Row], Spot] = cells_of) -> Iterator[TextBlock]:
    """The lines of a table, header and title lines included; `spot_of` says where a row stands."""
    for line in _lines(_under_labels(map(_fitted, rows))):
        yield TextBlock(
            line.made.text, spot_of(line.row), line.kind, line.level, line.made.cells, header=line.header
        )


def _under_labels(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, with the labels above what is filled in, or to be, in the same columns as they."""
    over: dict[tuple[int, int], Cell] = {}
    last = 0
    for row in rows:
        labels = over if row.number == last + 1 else {}
        over = {(cell.column, cell.spread): cell for cell in row.cells if cell.spread > 1}
        last = row.number
        if not any(place in labels for place in over):
            yield row
            continue
        yield replace(row, cells=tuple(_labelled_above(cell, labels) for cell in row.cells))


def _labelled_above(cell: Cell, labels: dict[tuple[int, int], Cell]) -> Cell:
    label = labels.get((cell.column, cell.spread))
    if label is None or not label.is_text or is_blank(label.text) or looks_like_number(label.text):
        return cell
    filled = not cell.is_text or is_blank(cell.text) or looks_like_number(cell.text)
    return replace(cell, above=label.text) if filled and len(label.text) <= LONGEST_HEADER else cell


def in_areas(rows: Sequence[Row], areas: Sequence[tuple[int, int, int, int]]) -> Iterator[list[Row]]:
    """The rows in each of those areas (left, top, right, bottom from 1), then what stands in none."""
    left: dict[int, list[Cell]] = {row.number: list(row.cells) for row in rows}
    for first, top, last, bottom in areas:
        inside: list[Row] = []
        for row in rows:
            if top <= row.number <= bottom:
                cells = [cell for cell in left[row.number] if first <= cell.column + 1 <= last]
                if cells:
                    inside.append(replace(row, cells=tuple(cells)))
                    left[row.number] = [cell for cell in left[row.number] if cell not in cells]
        yield inside
    yield [replace(row, cells=tuple(left[row.number])) for row in rows if left[row.number]]


def _fitted(row: Row) -> Row:
    """The row with each cell ending where the next begins: a file may say that all go over thousands."""
    if all(cell.spread == 1 for cell in row.cells):
        return row
    starts = [cell.column for cell in row.cells[1:]] + [MOST_COLUMNS]
    cells = (
        replace(cell, spread=max(1, min(cell.spread, start - cell.column, MOST_COLUMNS - cell.column)))
        for cell, start in zip(row.cells, starts, strict=True)
    )
    return replace(row, cells=tuple(cells))


@dataclass(frozen=True)
class _Line:
    """A row as it is written."""

    row: Row
    made: TableRow
    kind: BlockKind = BlockKind.ROW
    level: int = 0
    header: bool = False


def _lines(rows: Iterable[Row]) -> Iterator[_Line]:
    headers: dict[int, str] = {}
    waiting: dict[int, str] = {}  # names of a row that stood alone, for what may follow behind a blank one
    for block in _blocks(rows):
        ahead = [row for _, row in zip(range(LOOKED_AT), block, strict=False)]
        while ahead and len(ahead[0].cells) == 1 and not ahead[0].declared:
            row = ahead.pop(0)
            more = bool(ahead) and len(ahead[0].cells) > 1
            yield _alone(row, heading=more)
        above, header_rows = header_rows_of(ahead)
        inside = 0 if header_rows else table_inside(ahead)
        for row in ahead[: inside or above]:
            yield _row(row, {}, False)
        ahead = ahead[inside or above :]
        if inside:
            header_rows = 1
        if header_rows:
            headers = named_columns(ahead[:header_rows])
            for row in ahead[:header_rows]:
                yield _line(row, {}, header=True)
        elif waiting and ahead and stand_below(ahead, waiting):
            headers = waiting
        elif not goes_with(ahead, headers):
            headers = {}
        waiting = named_columns(ahead[-1:]) if not header_rows and is_of_names(ahead) else {}
        pairs = not headers and bool(ahead) and all(len(row.cells) == 2 for row in ahead)
        for row in itertools.chain(ahead[header_rows:], block):
            if row.declared and row not in ahead:
                headers = named_columns([row])
                yield _line(row, {}, header=True)
                continue
            if inside and not goes_with([row], headers):
                headers = {}  # the table in a form ends where a row has other columns
            yield _row(row, headers, pairs)


def _blocks(rows: Iterable[Row]) -> Iterator[Iterator[Row]]:
    """Stretches of rows without a blank one between them; each is to be used up before the next."""
    source = iter(rows)
    waiting = next(source, None)

    def block() -> Iterator[Row]:
        nonlocal waiting
        while waiting is not None:
            row = waiting
            waiting = next(source, None)
            yield row
            if waiting is not None and waiting.number > max(row.number, row.reaches) + 1:
                return

    while waiting is not None:
        stretch = block()
        yield stretch
        for _ in stretch:  # what was left unread
            pass


def _row(row: Row, headers: dict[int, str], pairs: bool) -> _Line:
    if len(row.cells) == 1 and (not headers or _lies_across(row.cells[0], headers)):
        return _alone(row, heading=False)
    if pairs and len(row.cells) == 2 and row.cells[0].is_text and _are_beside(*row.cells):
        return _Line(row, _pair(*row.cells))
    return _line(row, headers)


def _lies_across(cell: Cell, headers: dict[int, str]) -> bool:
    """Whether the only cell of a row goes over other columns than a name of the header does: a line of the
    form that goes on below a table."""
    if cell.spread == 1:
        return False
    named = headers.get(cell.column, "")
    columns = itertools.takewhile(lambda column: headers.get(column) == named, itertools.count(cell.column))
    return sum(1 for _ in itertools.islice(columns, cell.spread + 1)) != cell.spread


def _are_beside(name: Cell, value: Cell) -> bool:
    """Whether a label and its value touch if cells are merged; otherwise there may be gaps."""
    gap = value.column - name.column - name.spread
    return gap == 0 or (name.spread == value.spread == 1 and (gap <= WIDEST_GAP or not value.is_text))


def _pair(name: Cell, value: Cell) -> TableRow:
    """A label with its value."""
    label, text = shown(_flat(name.text).rstrip(":： ")), shown(_flat(value.text))
    start = len(label) + 2
    cells = (
        CellSpan(0, len(label), name.column, 1, names_row=True),
        CellSpan(start, start + len(text), value.column, value.spread),
    )
    return TableRow(f"{label}: {text}", cells)


def _line(row: Row, headers: dict[int, str], *, header: bool = False) -> _Line:
    if headers:
        names = [headers.get(cell.column, "") for cell in row.cells]
        texts, cells = [_flat(cell.text) for cell in row.cells], list(row.cells)
    else:
        names, texts, cells = _labelled(row.cells)
    columns, spans = [cell.column for cell in cells], [cell.spread for cell in cells]
    first = bool(headers) and len(cells) > 1 and cells[0].is_text
    return _Line(row, table_row(names, texts, columns=columns, spans=spans, names_row=first), header=header)


def _labelled(cells: tuple[Cell, ...]) -> tuple[list[str], list[str], list[Cell]]:
    """The cells of a form, in which a cell that stands out names the plain one behind it."""
    names: list[str] = []
    texts: list[str] = []
    named: list[Cell] = []
    name = ""
    for index, cell in enumerate(cells):
        if not name and index + 1 < len(cells) and _names_value(cells, index):
            name = _flat(cell.text).rstrip(":： ")
            continue
        names.append(name or _flat(cell.above).rstrip(":： "))
        texts.append(_flat(cell.text))
        named.append(cell)
        name = ""
    return names, texts, named


def _names_value(cells: tuple[Cell, ...], index: int) -> bool:
    """Whether a cell of a form names the one behind it: it stands out and that does not; or it ends in a
    colon; or it stands beside a number, or a blank to be filled, behind which the next label begins."""
    cell, value = cells[index], cells[index + 1]
    if not cell.is_text or is_blank(cell.text):
        return False
    if cell.stands_out:
        return not value.stands_out
    beside = cell.column + cell.spread == value.column and len(cell.text) <= LONGEST_LABEL
    if not beside or value.stands_out or BOX.match(value.text):
        return False
    if cell.text.rstrip().endswith((":", "：")):
        return True
    behind = cells[index + 2] if index + 2 < len(cells) else None
    ends = behind is None or (behind.is_text and not is_blank(behind.text))
    return (
        len(cells) > 2
        and ends
        and (is_blank(value.text) or not value.is_text or looks_like_number(value.text))
    )


def _alone(row: Row, *, heading: bool) -> _Line:
    text = row.cells[0].text
    if heading and len(text) <= 60 and row.cells[0].is_text:
        return _Line(row, TableRow(_flat(text)), BlockKind.HEADING, 2)
    return _Line(row, TableRow(text), BlockKind.PARAGRAPH)


def _flat(text: str) -> str:
    return " ".join(text.split())

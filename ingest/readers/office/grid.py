"""Rows of cells into lines that say what each value is: `Item: AP-200 | Price: 128,000`. Pure.

A block of rows between blank ones has its header found by what the file declares and by what stands in it;
a line without a header is its values alone. Rows are looked at in the order they come, a few ahead.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.pages import BlockKind, CellSpan, Spot, Unit
from ingest.readers.assembly import TableRow, TextBlock, shown, table_row

LOOKED_AT = 15  # rows of a block, to find its header
LONGEST_HEADER = 40  # characters of a column's name, if nothing but its looks says that it is one
LATEST_HEADER = 5  # rows that may stand above a header in its block
MOST_CAPTIONS = 2  # cells of a row above a table's header that is not part of it
MOST_COLUMNS = 16_384  # that cells may go over, as in spreadsheets; one beyond them is itself alone
LONGEST_NAME = 400  # characters of a column's name, which is repeated with each of its cells
NUMERIC_SHARE = 0.6  # of a column's cells must be numbers for its first, a text, to be a header's
WIDEST_GAP = 2  # columns between a label and a text that is its value
TALL = 3  # rows below its own that a label at the side goes on in
LEAST_PLACED = 0.75  # of the cells of a table with merged ones begin where one of its header does
LONGEST_LABEL = 30  # characters of what names the value beside it in a form
_BOX = re.compile(r"[□■☐☑☒◯]|〒\s{0,9}$")
_BLANK = re.compile(
    r"[\s（(]{0,20}(?:(?:年|月|日|円|人|回|歳|時|分|％|%|印|㊞|から|まで|[-－ー]|[明大昭平令西暦]{1,2}|・)"
    r"[\s）)]{0,20}){1,9}|[\s（(]{0,9}有[\s・／/]{1,9}無[\s）)]{0,9}"
)
_DAY = re.compile(r"(?:\d{4}[-/.年])?\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[月日]")
_YEAR = re.compile(r"(?:FY\s?)?(?:19|20)\d\d(?:年度?|\s?[FCE]|/\d\d)?")
_NUMBER = re.compile(
    r"[\s¥￥$€£+(△▲-]*\d[\d,.\s]*+(?:[%％円元台個件名人]|[A-Za-z]{1,3})?\)?"
    r"|\d{1,4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?.*"
)


@dataclass(frozen=True)
class Cell:
    """A cell with something in it: its column (0: A), what it shows, and how.

    `spread`: how many columns it goes over. `stands_out`: bold or shaded. `above`: the label that stands over
    it in a form, in merged cells of the same columns.
    """

    column: int
    text: str
    is_text: bool = True
    spread: int = 1
    stands_out: bool = False
    above: str = ""


@dataclass(frozen=True)
class Row:
    """A row that is not blank. `declared`: the file says that it is a header."""

    number: int
    cells: tuple[Cell, ...]
    declared: bool = False


def column_name(column: int) -> str:
    """0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    return name


def looks_like_number(text: str) -> bool:
    """Whether a text is a number, an amount or a date: for formats that do not say."""
    return bool(_NUMBER.fullmatch(text.strip()))


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
    if label is None or not label.is_text or _is_blank(label.text) or looks_like_number(label.text):
        return cell
    filled = not cell.is_text or _is_blank(cell.text) or looks_like_number(cell.text)
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
    for block in _blocks(rows):
        ahead = [row for _, row in zip(range(LOOKED_AT), block, strict=False)]
        while ahead and len(ahead[0].cells) == 1 and not ahead[0].declared:
            row = ahead.pop(0)
            more = bool(ahead) and len(ahead[0].cells) > 1
            yield _alone(row, heading=more)
        above, header_rows = _headers(ahead)
        for row in ahead[:above]:
            yield _row(row, {}, False)
        ahead = ahead[above:]
        if header_rows:
            headers = _named(ahead[:header_rows])
            for row in ahead[:header_rows]:
                yield _line(row, {}, header=True)
        elif not _fits(ahead, headers):
            headers = {}
        pairs = not headers and bool(ahead) and all(len(row.cells) == 2 for row in ahead)
        for row in ahead[header_rows:]:
            yield _row(row, headers, pairs)
        for row in block:
            if row.declared:
                headers = _named([row])
                yield _line(row, {}, header=True)
            else:
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
            if waiting is not None and waiting.number > row.number + 1:
                return

    while waiting is not None:
        stretch = block()
        yield stretch
        for _ in stretch:  # what was left unread
            pass


def _headers(rows: list[Row]) -> tuple[int, int]:
    """How many of the first rows stand above the header, and how many are it (0: there is none)."""
    captions = True  # whether all rows above are such as stand over a table: its title, its unit
    for above, first in enumerate(rows[: LATEST_HEADER + 1]):
        below = rows[above + 1 :]
        if first.declared:
            return above, _depth(rows[above:])
        if not below or _is_of_a_form(first, below):
            break
        if captions and _names_groups(first, below):
            return above, max(2, _depth(rows[above:]))
        caption = _is_caption(first, below)
        if captions and not caption and _looks_like_header(first, below):
            return above, _depth(rows[above:])
        if above and _is_marked(first, below):
            return above, _depth(rows[above:])
        captions = captions and caption
    return 0, 0


def _is_of_a_form(first: Row, below: list[Row]) -> bool:
    """Whether a row and those below it are a form laid out in cells, as on paper, and no table: boxes to tick
    stand in it, a label reaches down along many rows, or the cells below begin elsewhere."""
    if any(_BOX.match(cell.text) for cell in first.cells):
        return True
    if len(below) >= TALL and any(
        all(
            (cell.column, cell.text) in {(other.column, other.text) for other in row.cells}
            for row in below[:TALL]
        )
        for cell in first.cells
    ):
        return True
    if all(cell.spread == 1 for row in (first, *below) for cell in row.cells):
        return False
    edges = {cell.column for cell in (*first.cells, *below[0].cells)}
    placed = [cell.column in edges for row in below[1:] for cell in row.cells]
    return len(placed) > len(edges) and sum(placed) < LEAST_PLACED * len(placed)


def _is_caption(row: Row, below: list[Row]) -> bool:
    """Whether a row with few cells stands over the header of a table: a period, a unit, a date."""
    if len(row.cells) > MOST_CAPTIONS or any(cell.spread > 1 for cell in row.cells[1:]):
        return False
    after = below[1:]
    header = after and (_looks_like_header(below[0], after) or _names_groups(below[0], after))
    wider = len(below[0].cells) > max(2, len(row.cells))
    return bool(wider and header) or (len(below) > 2 and _is_caption(below[0], after))


def _names_groups(first: Row, below: list[Row]) -> bool:
    """Whether a row names groups of columns, and the row below it the columns: alike in each group."""
    names = below[0].cells
    if len(below) < 2 or len(names) <= len(first.cells) or not all(map(_may_name, (*first.cells, *names))):
        return False
    if len({cell.text for cell in first.cells}) < len(first.cells):
        return False
    groups = _group_names(first, below[0])
    if len(set(groups.values())) < 2:
        return False
    named = [(groups.get(cell.column, ""), cell.text) for cell in names]
    repeated = len({cell.text for cell in names}) < len(names) == len(set(named))
    values = [cell for row in below[1:] for cell in row.cells if cell.column in groups]
    numbers = sum(not cell.is_text for cell in values)
    return repeated and numbers >= NUMERIC_SHARE * len(values) > 0


def _group_names(first: Row, below: Row) -> dict[int, str]:
    """The group of each column: what stands over it, or left of that if it is empty there."""
    end = max(cell.column + cell.spread for cell in (*first.cells, *below.cells))
    starts = [cell.column for cell in first.cells[1:]]
    names: dict[int, str] = {}
    for cell, after in zip(first.cells, [*starts, end], strict=True):
        for column in range(cell.column, max(after, cell.column + cell.spread)):
            names[column] = cell.text
    return names


def _depth(rows: list[Row]) -> int:
    """How many of those rows, of which the first is a header, are it."""
    deep = 1
    while deep < min(3, len(rows) - 1) and (
        (rows[deep].declared and rows[deep - 1].declared)
        or (
            any(cell.spread > 1 for cell in rows[deep - 1].cells)
            and all(_may_name(cell) and not _is_blank(cell.text) for cell in rows[deep].cells)
            and not _is_of_a_form(rows[deep], rows[deep + 1 :])
        )
        or _names_groups(rows[deep - 1], rows[deep:])
    ):
        deep += 1
    return deep


def _may_name(cell: Cell) -> bool:
    """Whether a cell may name a column: a text, a year, or a day that stands out."""
    if cell.is_text or _YEAR.fullmatch(cell.text):
        return True
    return cell.stands_out and _DAY.fullmatch(cell.text) is not None


def _is_marked(first: Row, below: list[Row]) -> bool:
    """Whether all of a row stands out, and the row below it does not."""
    return (
        len(first.cells) > 2
        and all(cell.is_text and cell.stands_out for cell in first.cells)
        and not all(cell.stands_out for cell in below[0].cells)
    )


def _looks_like_header(first: Row, below: list[Row]) -> bool:
    cells = first.cells
    if len(cells) < 2 or not all(map(_may_name, cells)) or not any(cell.is_text for cell in cells[:2]):
        return False
    years = {cell.column for cell in cells if not cell.is_text}
    if any(_YEAR.fullmatch(cell.text) for row in below for cell in row.cells if cell.column in years):
        return False
    if len({cell.text for cell in cells}) < len(cells):
        return False
    rows = [row for row in below if len(row.cells) > 1] or below  # a row alone names a group of rows
    if all(cell.stands_out for cell in cells) and not all(cell.stands_out for cell in rows[0].cells):
        return True
    if any(len(cell.text) > LONGEST_HEADER for cell in cells):
        return False
    columns = defaultdict[int, list[Cell]](list)
    for row in below:
        for below_cell in row.cells:
            columns[below_cell.column].append(below_cell)
    for cell in cells:
        values = columns.get(cell.column, [])
        numbers = sum(not value.is_text for value in values)
        if len(cells) > 2 and len(values) > 1 and numbers >= NUMERIC_SHARE * len(values):
            return True
        if len(cells) == 2 and len(values) > 2 and numbers == len(values):
            return True
    if any(_is_blank(cell.text) for cell in cells):
        return False
    return len(cells) >= 3 and len(below) >= 2 and all(len(row.cells) > 1 for row in below[:2])


def _is_blank(text: str) -> bool:
    """Whether a text only stands around what is to be filled in: 年 月 日, □, （　　円）, 有・無."""
    return bool(_BOX.match(text) or _BLANK.fullmatch(text))


def _named(rows: list[Row]) -> dict[int, str]:
    """The name of each column, from its header's rows: `2026 > April`."""
    names: dict[int, str] = {}
    for row, beneath in itertools.zip_longest(rows, rows[1:]):
        merged = any(cell.spread > 1 for cell in row.cells)
        reached = _group_names(row, beneath) if beneath is not None and not merged else {}
        for cell in row.cells:
            for column in range(cell.column, cell.column + cell.spread):
                reached[column] = cell.text
        for column, text in reached.items():
            above, name = names.get(column, ""), " ".join(text.split())
            whole = f"{above} > {name}" if above and above != name else name
            names[column] = whole[:LONGEST_NAME]
    return names


def _fits(rows: list[Row], headers: dict[int, str]) -> bool:
    """Whether those rows go on with a table whose header stood above a blank row."""
    return len(headers) > 2 and all(
        len(row.cells) > 1 and all(cell.column in headers for cell in row.cells) for row in rows
    )


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
    if not cell.is_text or _is_blank(cell.text):
        return False
    if cell.stands_out:
        return not value.stands_out
    beside = cell.column + cell.spread == value.column and len(cell.text) <= LONGEST_LABEL
    if not beside or value.stands_out or _BOX.match(value.text):
        return False
    if cell.text.rstrip().endswith((":", "：")):
        return True
    behind = cells[index + 2] if index + 2 < len(cells) else None
    ends = behind is None or (behind.is_text and not _is_blank(behind.text))
    return (
        len(cells) > 2
        and ends
        and (_is_blank(value.text) or not value.is_text or looks_like_number(value.text))
    )


def _alone(row: Row, *, heading: bool) -> _Line:
    text = row.cells[0].text
    if heading and len(text) <= 60 and row.cells[0].is_text:
        return _Line(row, TableRow(_flat(text)), BlockKind.HEADING, 2)
    return _Line(row, TableRow(text), BlockKind.PARAGRAPH)


def _flat(text: str) -> str:
    return " ".join(text.split())

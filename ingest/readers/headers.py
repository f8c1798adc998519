"""Which rows of a sheet are the names of columns, by what the file declares and by what stands in them. Pure.

It says what a header is and what its columns are called; how rows become lines is not its matter.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from dataclasses import dataclass

LONGEST_HEADER = 40  # characters of a column's name, if nothing but its looks says that it is one
LATEST_HEADER = 5  # rows that may stand above a header in its block
MOST_CAPTIONS = 2  # cells of a row above a table's header that is not part of it
LEAST_NAMES = 4  # cells of a row that names what follows behind a blank one
LONGEST_NAME = 400  # characters of a column's name, which is repeated with each of its cells
NUMERIC_SHARE = 0.6  # of a column's cells must be numbers for its first, a text, to be a header's
TALL = 3  # rows below its own that a label at the side goes on in
LEAST_PLACED = 0.75  # of the cells of a table with merged ones begin where one of its header does
BOX = re.compile(r"[□■☐☑☒◯]|〒\s{0,9}$")
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
    """A row that is not blank. `declared`: the file says that it is a header. `reaches`: the last row down to
    which half of its cells are merged (0: its own)."""

    number: int
    cells: tuple[Cell, ...]
    declared: bool = False
    reaches: int = 0


def looks_like_number(text: str) -> bool:
    """Whether a text is a number, an amount or a date: for formats that do not say."""
    return bool(_NUMBER.fullmatch(text.strip()))


def is_blank(text: str) -> bool:
    """Whether a text only stands around what is to be filled in: 年 月 日, □, （　　円）, 有・無."""
    return bool(BOX.match(text) or _BLANK.fullmatch(text))


def header_rows_of(rows: list[Row]) -> tuple[int, int]:
    """How many of the first rows stand above the header, and how many are it (0: there is none)."""
    captions = True  # whether all rows above are such as stand over a table: its title, its unit
    for above, first in enumerate(rows[: LATEST_HEADER + 1]):
        below = rows[above + 1 :]
        if first.declared:
            return above, _depth(rows[above:])
        if not below or _is_of_a_form(first, below):
            break
        if captions and (_names_groups(first, below) or _spans_names(first, below)):
            return above, max(2, _depth(rows[above:]))
        caption = _is_caption(first, below)
        if captions and not caption and _looks_like_header(first, below):
            return above, _depth(rows[above:])
        if above and _is_marked(first, below):
            return above, _depth(rows[above:])
        captions = captions and caption
    return 0, 0


def table_inside(rows: list[Row]) -> int:
    """Where in a form a table begins (0: nowhere): a row of names that all stand out, and below it one that
    does not, with cells in the same columns."""
    for index in range(1, len(rows) - 1):
        first, after = rows[index], rows[index + 1]
        if (
            len(first.cells) > MOST_CAPTIONS
            and all(cell.is_text and cell.stands_out for cell in first.cells)
            and not any(cell.stands_out for cell in after.cells)
            and stand_below([after], {cell.column: cell.text for cell in first.cells})
        ):
            return index
    return 0


def is_of_names(rows: list[Row]) -> bool:
    """Whether a block can only be the names of what follows behind a blank row, and captions above them."""
    if not rows or len(rows) > LATEST_HEADER or any(len(row.cells) > MOST_CAPTIONS for row in rows[:-1]):
        return False
    cells = rows[-1].cells
    return (
        len(cells) >= LEAST_NAMES
        and all(cell.is_text and not is_blank(cell.text) for cell in cells)
        and not any(looks_like_number(cell.text) for cell in cells)
        and len({cell.text for cell in cells}) == len(cells)
    )


def stand_below(rows: list[Row], headers: dict[int, str]) -> bool:
    """Whether those rows stand in the named columns, but for a name of the row left of them."""
    left = min(headers)
    return all(
        len(row.cells) > MOST_CAPTIONS
        and all(
            cell.column in headers or (cell is row.cells[0] and cell.is_text and cell.column < left)
            for cell in row.cells
        )
        for row in rows
    )


def goes_with(rows: list[Row], headers: dict[int, str]) -> bool:
    """Whether those rows go on with a table whose header stood above a blank row."""
    return len(headers) > 2 and all(
        len(row.cells) > 1 and all(cell.column in headers for cell in row.cells) for row in rows
    )


def named_columns(rows: list[Row]) -> dict[int, str]:
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


def _is_of_a_form(first: Row, below: list[Row]) -> bool:
    """Whether a row and those below it are a form laid out in cells, as on paper, and no table: boxes to tick
    stand in it, a label reaches down along many rows, or the cells below begin elsewhere."""
    if any(BOX.match(cell.text) for cell in first.cells):
        return True
    if len(below) >= TALL:
        beside = [{(cell.column, cell.text) for cell in row.cells} for row in below[:TALL]]
        if any(all((cell.column, cell.text) in texts for texts in beside) for cell in first.cells):
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


def _spans_names(first: Row, below: list[Row]) -> bool:
    """Whether a row of merged cells lies over the header of a table, and says of what its columns are."""
    names = below[0].cells
    if len(below) < 2 or len(names) <= len(first.cells) or not all(cell.is_text for cell in first.cells):
        return False
    over = {column for cell in first.cells for column in range(cell.column, cell.column + cell.spread)}
    whole = all(cell.spread > 1 for cell in first.cells) and all(cell.column in over for cell in names)
    return whole and len(first.cells) > 1 and _looks_like_header(below[0], below[1:])


def _goes_on(row: Row, after: Row, rest: list[Row]) -> bool:
    """Whether a header goes on in the row below: at least half of that row's cells are merged over both and
    stand out, and not all that follow do."""
    above = {(cell.column, cell.text) for cell in row.cells}
    shared = [cell for cell in after.cells if (cell.column, cell.text) in above]
    out = all(cell.stands_out for cell in (*row.cells, *shared))
    most = 2 * len(shared) >= len(after.cells)
    return most and out and not all(cell.stands_out for below in rest for cell in below.cells)


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
            and all(_may_name(cell) and not is_blank(cell.text) for cell in rows[deep].cells)
            and not _is_of_a_form(rows[deep], rows[deep + 1 :])
        )
        or _names_groups(rows[deep - 1], rows[deep:])
        or _goes_on(rows[deep - 1], rows[deep], rows[deep + 1 :])
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
    rows = [row for row in below if len(row.cells) > 1] or below  # a row alone names a group of rows
    deep = 0
    while deep < 2 and len(rows) > deep + 1 and _goes_on(first, rows[deep], rows[deep + 1 :]):
        deep += 1
    marked = all(cell.stands_out for cell in cells)
    if marked and not all(cell.stands_out for cell in rows[deep].cells) and len(cells) > 2:
        return True
    if len({cell.text for cell in cells}) < len(cells):
        return False
    if marked and not all(cell.stands_out for cell in rows[0].cells):
        return True
    under = {cell.column: cell.text for cell in cells}
    if len(below) == 1 and len(cells) > 2 and stand_below(below, under):
        named = not any(looks_like_number(cell.text) for cell in cells)
        if named and not any(cell.is_text for cell in below[0].cells):
            return True
    long = sum(len(cell.text) > LONGEST_HEADER for cell in cells)
    if long > (len(cells) // 2 if len(cells) > LEAST_NAMES else 0):
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
    if any(is_blank(cell.text) for cell in cells):
        return False
    if len(below) == 1 and len(cells) > 2 and stand_below(below, under):
        numeric = any(not cell.is_text or looks_like_number(cell.text) for cell in below[0].cells)
        return numeric and not any(looks_like_number(cell.text) for cell in cells)
    if not marked and len(rows[0].cells) > MOST_CAPTIONS and all(cell.stands_out for cell in rows[0].cells):
        return False  # that one is the header
    return len(cells) >= 3 and len(below) >= 2 and all(len(row.cells) > 1 for row in below[:2])

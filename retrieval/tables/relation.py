"""A table of a document as a relation: its columns, rows and cells, each with its place. Values; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import regex

from language.tokens import language_of
from retrieval.tables.values import TypedValue, ValueKind, compiled, plain_form

STOREY = " > "  # between the names of a column, from the highest
_NAME = compiled(r"名$|名称|名前|标题|\b(?:names?|titles?|items?|descriptions?|products?)\b")
_LETTERS = regex.compile(r"\p{L}")


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """A cell: its text, what that says, and its place on the page."""

    text: str
    value: TypedValue
    page: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RelationRow:
    """A row: its cells by column (None: none), its place, and whether it adds others up. `others` are rows
    of another table that were joined to it."""

    cells: tuple[PlacedCell | None, ...]
    page: int
    start: int
    end: int
    is_total: bool = False
    labelled: bool = False  # each cell says its column
    others: tuple[RelationRow, ...] = ()


@dataclass(frozen=True)
class RelationColumn:
    """A column: the names of its header, from the highest; the unit that they say; what its cells are."""

    names: tuple[str, ...]
    unit: str = ""
    kind: ValueKind = ValueKind.TEXT
    is_code: bool = False
    distinct: float = 0.0  # share of its cells that no other one equals
    is_section: bool = False  # its cells are the lines that part the rows, as "Net revenue:" above some

    @property
    def name(self) -> str:
        """As it is shown."""
        return STOREY.join(self.names)

    @property
    def is_measure(self) -> bool:
        """Whether its numbers can be added up."""
        return self.kind is ValueKind.NUMBER and not self.is_code


@dataclass(frozen=True)
class Relation:
    """A table of a version. `context` is what stands around it: the document's title, headings, caption,
    notes; `header` the stretches (page, start, end) of its header rows."""

    version_id: str
    columns: tuple[RelationColumn, ...]
    rows: tuple[RelationRow, ...]
    context: str
    title: str
    header: tuple[tuple[int, int, int], ...] = ()
    document_id: str = ""
    joined: tuple[tuple[int, int, int], ...] = ()  # the header of another table whose rows were joined
    is_cut: bool = False  # its reader may have lost rows of it: nothing is added up or counted

    @cached_property
    def language(self) -> str:
        """The language of its header and of what stands around it."""
        return language_of(f"{self.context} {' '.join(column.name for column in self.columns)}")

    @cached_property
    def values(self) -> tuple[dict[str, list[int]], ...]:
        """For each column its texts in their plain form, each with the numbers of its rows."""
        rows_by_value: tuple[dict[str, list[int]], ...] = tuple({} for _ in self.columns)
        for number, row in enumerate(self.rows):
            for column, cell in enumerate(row.cells):
                if cell is not None and not row.is_total and cell.value.kind is not ValueKind.EMPTY:
                    rows_by_value[column].setdefault(cell.value.plain, []).append(number)
        return rows_by_value

    @cached_property
    def key(self) -> int:
        """The column that names a row: the first whose cells are text or dates and differ."""
        kinds = (ValueKind.TEXT, ValueKind.DATE)
        named = [
            number
            for number, column in enumerate(self.columns)
            if column.kind in kinds and not column.is_code and not column.is_section
        ]
        for least in (0.95, 0.7):
            for number in named:
                if self.columns[number].distinct >= least:
                    return number
        return named[0] if named else 0

    @cached_property
    def label(self) -> int:
        """The column that a person calls a row by: its key, or where that holds codes, the name beside it."""
        key = self.key
        codes = [cell.text for row in self.rows[:50] if (cell := row.cells[key]) is not None]
        if 2 * sum(any(map(str.isdecimal, text)) for text in codes) <= len(codes):
            return key
        for number, column in enumerate(self.columns):
            is_name = column.kind is ValueKind.TEXT and column.distinct >= 0.7 and number != key
            if is_name and _NAME.search(plain_form(column.names[-1])):
                return number
        return key


def number_of(cell: PlacedCell | None, column: RelationColumn) -> Decimal | None:
    """The number that a cell says in its column; None where it says none."""
    if cell is None:
        return None
    if column.kind is ValueKind.NUMBER and cell.value.kind is ValueKind.DATE:
        year, month, day = cell.value.day
        return Decimal(day) if day and not year and not month else None
    return cell.value.number if cell.value.kind is column.kind else None


def unit_shown(column: RelationColumn, cells: Sequence[PlacedCell]) -> tuple[str, str] | None:
    """What stands before and behind a number of that column as its cells write it; None where they do not
    agree on a unit."""
    units = {cell.value.unit for cell in cells} - {""}
    if len(units) > 1:
        return None
    for cell in cells:
        if cell.value.kind is ValueKind.DATE:
            return "", "日"
        if cell.value.unit:
            text = cell.text.strip()
            first = next((index for index, character in enumerate(text) if character.isdigit()), 0)
            last = max(index for index, character in enumerate(text) if character.isdigit())
            before = text[:first].strip(" -−–▲△+(")
            behind = text[last + 1 :].strip(" )").lstrip("百千万億亿") if not before else ""
            space = " " if behind and _LETTERS.match(behind) and behind.isascii() else ""
            return before, f"{space}{behind}"
    if not column.unit:
        return "", ""
    if column.unit in "$¥€£":
        return column.unit, ""
    return "", f"{' ' if column.unit.isascii() and column.unit != '%' else ''}{column.unit}"

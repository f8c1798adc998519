"""table: columns that a table must have, cells that must be filled, values that are allowed, totals that
add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from checks.document.document import Table, TableCell
from checks.document.tables import Column, column, find_tables, summed
from checks.findings import CouldNotRun, NotApplicable, RuleMatch
from checks.kinds.style.date import written_dates
from checks.rules import Context, DayText, RegexText, Rule, day_of, some_of
from language.amounts import number_of, shown_number


class TableRule(Rule):
    """A table of the document."""

    kind: Literal["table"] = "table"
    table: RegexText | None = Field(None, description="Its caption, heading or sheet.")
    required: bool = False
    columns: list[str] = []
    not_empty: list[str] = []
    allowed: dict[str, list[str]] = {}
    types: dict[str, Literal["number", "money", "date"]] = {}
    totals: list[str] = Field([], description="Columns whose total row must be the sum.")
    ascending: list[str] = Field([], description="Columns of dates or numbers that never go back.")
    not_before: dict[str, DayText] = Field({}, description="By column, the first day that may stand there.")
    not_after: dict[str, DayText] = Field({}, description="By column, the last day.")
    min_rows: int | None = None

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """What is missing or wrong in it."""
        wanted = [*self.columns, *self.not_empty, *self.allowed, *self.types, *self.totals, *self.ascending,
                  *self.not_before, *self.not_after]  # fmt: skip
        tables = find_tables(context.document, self.table, wanted)
        if not tables:
            if self.required:
                yield RuleMatch(-1, 0, 0, "table_missing", {"table": self.table or ", ".join(wanted)})
                return
            raise NotApplicable("no_table", table=self.table or ", ".join(wanted))
        for table in tables:
            yield from self._table(context, table)

    def _table(self, context: Context, table: Table) -> Iterator[RuleMatch]:
        for name in self.columns:
            if column(table, name) is None:
                yield RuleMatch(table.first_piece, 0, 0, "table_column", {"column": name})
        for name in self.not_empty:
            if named_column := column(table, name):
                yield from self._empty(context, table, name, named_column)
        for name, values in self.allowed.items():
            for cell in _cells(table, name):
                if cell.text.strip() and cell.text.strip() not in values:
                    shown = {"found": cell.text.strip(), "allowed": some_of(values), "column": name}
                    yield _hit(context, cell, "table_value", shown)
        for name, kind in self.types.items():
            for cell in _cells(table, name):
                if cell.text.strip() and not _is(cell.text, kind):
                    yield _hit(context, cell, f"table_{kind}", {"found": cell.text.strip(), "column": name})
        for name in self.totals:
            named_column = column(table, name)
            if named_column is not None and named_column.total is not None:
                total, right = number_of(named_column.total.text), summed(named_column)
                if total is None or abs(total - right) > 0.005:
                    written = named_column.total.text.strip()
                    shown = {"found": written, "sum": shown_number(right, written), "column": name}
                    yield _hit(context, named_column.total, "table_total", shown)
        for name in self.ascending:
            yield from _ascending(context, table, name)
        for days, key in ((self.not_before, "before"), (self.not_after, "after")):
            for name, text in days.items():
                yield from _days(context, table, name, text, key)
        if self.min_rows is not None:
            rows = max((len(_cells(table, name)) for name in self.columns), default=len(table.rows) - 1)
            if rows < self.min_rows:
                yield RuleMatch(table.first_piece, 0, 0, "table_rows", {"rows": rows, "least": self.min_rows})

    def _empty(self, context: Context, table: Table, name: str, of_name: Column) -> Iterator[RuleMatch]:
        for cell in of_name.cells:
            if not cell.text.strip() and not cell.picture:
                near = next(
                    (c for row in table.rows for c in row if c.row == cell.row and c.pieces), of_name.head
                )
                index = (cell.pieces or near.pieces or (table.first_piece,))[0]
                row = next(
                    (c.text.strip() for r in table.rows for c in r if c.row == cell.row and c.text), ""
                )
                yield RuleMatch(index, 0, 0, "table_empty", {"column": name, "row": row[:30]})


def _cells(table: Table, name: str) -> tuple[TableCell, ...]:
    named_column = column(table, name)
    return named_column.cells if named_column else ()


def _is(text: str, kind: str) -> bool:
    if kind == "date":
        return bool(written_dates(text))
    return number_of(text) is not None


def _hit(context: Context, cell: TableCell, message: str, values: Mapping[str, object]) -> RuleMatch:
    if not cell.pieces:
        return RuleMatch(-1, 0, 0, message, dict(values), quote=cell.text)
    index = next(
        (piece for piece in cell.pieces if context.document.pieces[piece].text.strip()), cell.pieces[0]
    )
    return RuleMatch(index, 0, len(context.document.pieces[index].text), message, dict(values))


def _ascending(context: Context, table: Table, name: str) -> Iterator[RuleMatch]:
    """Each cell that lies before the one above it; cells that are no date and no number are passed over."""
    last: tuple[str, float] | None = None
    for cell in _cells(table, name):
        value = _ordered(cell.text)
        if value is None:
            continue
        if last is not None and value[0] == last[0] and value[1] < last[1]:
            yield _hit(context, cell, "table_ascending", {"found": cell.text.strip(), "column": name})
        last = value


def _ordered(text: str) -> tuple[str, float] | None:
    dates = written_dates(text)
    if dates and dates[0].date is not None:
        return "date", float(dates[0].date.toordinal())
    number = number_of(text)
    return None if number is None else ("number", number)


def _days(context: Context, table: Table, name: str, text: str, key: str) -> Iterator[RuleMatch]:
    day, shown = day_of(context, text)
    if day is None:
        raise CouldNotRun("field_no_date", label=text)
    for cell in _cells(table, name):
        dates = written_dates(cell.text)
        written = dates[0].date if dates else None
        if written is not None and (written < day if key == "before" else written > day):
            values = {"found": cell.text.strip(), "column": name, "other": shown}
            yield _hit(context, cell, f"table_{key}", values)

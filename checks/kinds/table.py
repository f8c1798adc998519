"""table: columns that a table must have, cells that must be filled, values that are allowed, totals that
add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from checks.document.document import Table, TableCell
from checks.document.tables import Column, column, find_tables, summed
from checks.findings import NotApplicable, RuleMatch
from checks.kinds.style.date import written_dates
from checks.rules import Context, RegexText, Rule
from language.amounts import number_of


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
    min_rows: int | None = None

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """What is missing or wrong in it."""
        wanted = [*self.columns, *self.not_empty, *self.allowed, *self.types, *self.totals]
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
                    shown = {"found": cell.text.strip(), "allowed": ", ".join(values), "column": name}
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
                    shown = {
                        "found": named_column.total.text.strip(),
                        "sum": f"{right:,.10g}",
                        "column": name,
                    }
                    yield _hit(context, named_column.total, "table_total", shown)
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

"""Finds a table by its caption, its heading or its columns, and reads its columns."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from checks.document.document import CheckedDocument, Table, TableCell, Zone
from checks.patterns import Pattern
from language.amounts import number_of

TOTAL = re.compile(r"^(?:小計|合計|総計|計|總計|总计|合计|小计|total|sum|subtotal|grand total)\b|^(?:合|総|小|总)\s*計",
                   re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column: its head, the cells below it, and the cell of the total where the table has one."""

    head: TableCell
    cells: tuple[TableCell, ...]
    total: TableCell | None


def folded(text: str) -> str:
    """NFKC without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def find_tables(document: CheckedDocument, named: str | None, columns: list[str]) -> list[Table]:
    """The tables whose caption, heading or name fits, or that have those columns where no name is given."""
    fitting = []
    chosen = document.tables if named is None else _named(document, named)
    for table in chosen:
        heads = head_row(table)
        if (
            named is None
            and columns
            and not all(_column_at(heads, column) is not None for column in columns[:1])
        ):
            continue
        fitting.append(table)
    if named is not None and not fitting and columns:
        # No caption says so: the table that has the columns is the one.
        return [
            t
            for t in document.tables
            if all(_column_at(head_row(t), column) is not None for column in columns)
        ]
    return fitting


def _named(document: CheckedDocument, named: str) -> list[Table]:
    """The tables of that name, or with a line beside them that says it; where there are none, those below a
    heading that does."""
    pattern = Pattern(named, ignore_case=True)
    fitting = [
        table
        for table in document.tables
        if (table.name and pattern.search(table.name))
        or any(pattern.search(document.pieces[index].text) for index in _beside(document, table))
    ]
    if fitting:
        return fitting
    return [
        table
        for table in document.tables
        if pattern.search(document.heading_path(table.first_piece).split(" > ")[-1])
    ]


def _beside(document: CheckedDocument, table: Table) -> list[int]:
    """The pieces that may name a table: its first cell, two above it, and one below it that does not stand
    above another table."""
    first, pieces = table.first_piece, document.pieces
    last = max((index for cell in table.cells for index in cell.pieces), default=first)
    near = [first, first - 1, *([first - 2] if _line(document, first - 1) else [])]
    if not (last + 2 < len(pieces) and pieces[last + 2].table >= 0 and _above(document)):
        near.append(last + 1)
    return [index for index in near if index == first or _line(document, index)]


def _line(document: CheckedDocument, index: int) -> bool:
    zones = (Zone.CAPTION, Zone.HEADING, Zone.BODY)
    return 0 <= index < len(document.pieces) and document.pieces[index].zone in zones


def _above(document: CheckedDocument) -> bool:
    """Whether the document's captions stand above their tables: those that have one table beside them tell."""
    above = below = 0
    for index, piece in enumerate(document.pieces):
        if piece.zone is Zone.CAPTION:
            before = index > 0 and document.pieces[index - 1].table >= 0
            after = index + 1 < len(document.pieces) and document.pieces[index + 1].table >= 0
            above += after and not before
            below += before and not after
    return above >= below


def head_row(table: Table) -> list[TableCell]:
    """The row of the column heads: the first with at least two cells that are filled with words."""
    for row in table.rows:
        filled = [cell for cell in row if cell.text.strip()]
        words = [
            cell for cell in filled if number_of(cell.text) is None or re.search(r"[^\d.,\s]{2}", cell.text)
        ]
        if len(filled) >= 2 and len(words) >= len(filled) - 1:
            return row
    return table.rows[0] if table.rows else []


def _column_at(heads: list[TableCell], name: str) -> TableCell | None:
    wanted = Pattern(name, ignore_case=True)
    exact = [cell for cell in heads if wanted.match(folded(cell.text)) or wanted.match(cell.text.strip())]
    return exact[0] if exact else next((cell for cell in heads if wanted.search(cell.text)), None)


def column(table: Table, name: str) -> Column | None:
    """That column; None where the table has none of that name."""
    heads = head_row(table)
    head = _column_at(heads, name)
    if head is None:
        return None
    cells, total = [], None
    for row in table.rows:
        if not row or row[0].row <= head.row:
            continue
        here = next((c for c in row if c.column <= head.column < c.column + c.column_span), None)
        if any(TOTAL.match(folded(cell.text)) for cell in row if cell.column != head.column):
            if total is None or not re.search(
                "小計|小计|subtotal", "".join(c.text for c in row), re.IGNORECASE
            ):
                total = here
            continue
        if not any(cell.text.strip() or cell.picture for cell in row):
            continue
        cells.append(here if here is not None else TableCell("", row[0].row, head.column))
    return Column(head, tuple(cells), total)


def summed(summands: Column) -> float:
    """The sum of a column's numbers; decimals do not drift."""
    return float(sum(Fraction(repr(number_of(cell.text) or 0.0)) for cell in summands.cells))

"""calculation: arithmetic of a table, row by row and in its totals, with tax and a rounding that is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from checks.document.document import Table, TableCell
from checks.document.tables import TOTAL, find_tables, folded
from checks.findings import CouldNotRun, NotApplicable, RuleMatch
from checks.kinds.whole.formulas import (
    Formula,
    FormulaBad,
    Rounding,
    Sum,
    columns_of,
    computed,
    formula,
    names_of,
    rounded,
    written_number,
)
from checks.rules import Context, RegexText, Rule
from language.amounts import shown_number

_NEAR = Fraction(1, 200)


class _Unknown(Exception):
    """There is no number of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class CalculationRule(Rule):
    """What must come to what."""

    kind: Literal["calculation"] = "calculation"
    table: RegexText | None = Field(None, description="Its caption, heading or sheet.")
    required: bool = False
    rows: list[str] = []
    totals: list[str] = []
    round: Rounding = "none"
    decimals: int = Field(0, ge=0, le=6)

    @model_validator(mode="after")
    def _sound(self) -> CalculationRule:
        if not self.rows and not self.totals:
            raise ValueError("rows or totals is expected, such as rows: [金額 = 単価 * 数量]")
        try:
            written = [formula(text) for text in (*self.rows, *self.totals)]
        except FormulaBad as error:
            raise ValueError(str(error)) from error
        for row in written[: len(self.rows)]:
            if next(columns_of(row.term), None):
                raise ValueError(f"a sum stands under totals, and not in a row: {row.text}")
        return self

    @cached_property
    def _formulas(self) -> tuple[list[Formula], list[Formula]]:
        return [formula(text) for text in self.rows], [formula(text) for text in self.totals]

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each cell that is not what the formula makes. Raises CouldNotRun for a number that is not there."""
        by_row, totals = self._formulas
        columns = {name for each in by_row for name in (each.result, *names_of(each.term))}
        columns |= {name for each in totals for name in columns_of(each.term)}
        named = self.table or ", ".join(sorted(columns))
        tables = [
            (table, heads)
            for table in find_tables(context.document, self.table, [])
            if (heads := _heads(table, columns)) is not None
        ]
        if not tables:
            if self.required:
                yield RuleMatch(-1, 0, 0, "table_missing", {"table": named})
                return
            raise NotApplicable("no_table", table=named)
        missing: list[str] = []
        for table, heads in tables:
            yield from _Sheet(self, context, table, heads, totals, missing).check(by_row)
        if missing:
            raise CouldNotRun("calculation_no_value", names=", ".join(dict.fromkeys(missing)))


class _Sheet:
    """One table under the rule: its data rows, and its rows of totals by their label."""

    def __init__(
        self, rule: CalculationRule, context: Context, table: Table, heads: dict[str, TableCell],
        totals: Sequence[Formula], missing: list[str],
    ) -> None:  # fmt: skip
        self.rule, self.context, self.heads, self.missing = rule, context, heads, missing
        self.totals_wanted = totals
        labels = {name for each in totals for name in (each.result, *names_of(each.term))}
        first = max((head.row for head in heads.values()), default=-1)
        self.rows: list[list[TableCell]] = []
        self.totals: dict[str, TableCell] = {}
        for row in table.rows:
            if not row or row[0].row <= first or not any(cell.text.strip() for cell in row):
                continue
            label = _label(row, labels)
            if label is not None:
                self.totals.update(_total(row, *label))
            elif not any(TOTAL.match(folded(cell.text)) for cell in row):
                self.rows.append(row)

    def check(self, by_row: Sequence[Formula]) -> Iterator[RuleMatch]:
        for each in by_row:
            for row in self.rows:
                yield from self._row(each, row)
        for each in self.totals_wanted:
            yield from self._total(each)

    def _cell(self, row: list[TableCell], name: str) -> TableCell | None:
        column = self.heads[name].column
        return next((c for c in row if c.column <= column < c.column + c.column_span), None)

    def _row(self, each: Formula, row: list[TableCell]) -> Iterator[RuleMatch]:
        result = self._cell(row, each.result)
        names = list(names_of(each.term))
        cells = {name: cell for name in names if (cell := self._cell(row, name)) is not None}
        given = [name for name in names if name in cells and cells[name].text.strip()]
        if result is None or (not result.text.strip() and len(given) < len(names)) or not given:
            return  # a row without amounts: a heading within the table, or one that is not filled yet

        def value_of(name: str | Sum) -> Fraction:
            value = written_number(cells[str(name)].text) if str(name) in cells else None
            if value is None:
                raise _Unknown(str(name))
            return value

        try:
            right, work = computed(each.term, value_of)
        except _Unknown as error:
            values = {"name": error.name, "result": each.result}
            yield self._hit(result if result.text.strip() else cells[given[0]], "calculation_operand", values)
            return
        except ZeroDivisionError:
            return
        yield from self._compared(each, result, cells[given[0]], right, work)

    def _total(self, each: Formula) -> Iterator[RuleMatch]:
        cell = self.totals.get(each.result)
        field = self.context.fields.get(each.result)
        if cell is None and field is None:
            self.missing.append(each.result)
            return
        try:
            right, work = computed(each.term, self._value_of)
        except _Unknown as error:
            self.missing.append(error.name)
            return
        except ZeroDivisionError:
            return
        if cell is not None:
            yield from self._compared(each, cell, cell, right, work)
        elif field is not None and field.number is not None:
            right = rounded(right, self.rule.round, self.rule.decimals)
            if abs(Fraction(str(field.number)) - right) > _NEAR:
                values = self._values(each, field.text, right, work)
                key = f"calculation_{self.rule.round}"
                yield RuleMatch(field.piece, field.start, field.end, key, values, quote=field.text)

    def _value_of(self, name: str | Sum) -> Fraction:
        if isinstance(name, Sum):
            return sum(
                (written_number(cell.text) or Fraction(0)
                 for row in self.rows
                 if self._is_meant(row, name) and (cell := self._cell(row, name.column)) is not None),
                Fraction(0),
            )  # fmt: skip
        cell = self.totals.get(name)
        value = None if cell is None else written_number(cell.text)
        field = self.context.fields.get(name)
        if value is None and field is not None and field.number is not None:
            value = Fraction(str(field.number))
        if value is None:
            raise _Unknown(name)
        return value

    def _is_meant(self, row: list[TableCell], wanted: Sum) -> bool:
        if not wanted.where:
            return True
        cell = self._cell(row, wanted.where)
        if cell is None:
            return False
        number, other = written_number(cell.text), written_number(wanted.value)
        if number is not None and other is not None:
            return number == other
        return folded(cell.text) == folded(wanted.value)

    def _compared(
        self, each: Formula, result: TableCell, near: TableCell, right: Fraction, work: str
    ) -> Iterator[RuleMatch]:
        right = rounded(right, self.rule.round, self.rule.decimals)
        number = written_number(result.text)
        if number is None or abs(number - right) > _NEAR:
            values = self._values(each, result.text.strip() or "–", right, work)
            cell = result if result.text.strip() else near
            yield self._hit(cell, f"calculation_{self.rule.round}", values)

    def _values(self, each: Formula, text: str, right: Fraction, work: str) -> dict[str, object]:
        return {
            "result": each.result, "found": text, "work": work, "right": shown_number(right, text),
            "decimals": self.rule.decimals,
        }  # fmt: skip

    def _hit(self, cell: TableCell, key: str, values: Mapping[str, object]) -> RuleMatch:
        pieces = self.context.document.pieces
        index = next((piece for piece in cell.pieces if pieces[piece].text.strip()), -1)
        if index < 0:
            return RuleMatch(-1, 0, 0, key, dict(values), quote=cell.text)
        return RuleMatch(index, 0, len(pieces[index].text), key, dict(values))


def _heads(table: Table, names: set[str]) -> dict[str, TableCell] | None:
    """The cells that head those columns, all in one row; None where no row has them all."""
    if not names:
        return {}
    for row in table.rows:
        heads = {name: cell for name in names if (cell := _head(row, folded(name))) is not None}
        if len(heads) == len(names):
            return heads
    return None


def _head(row: list[TableCell], name: str) -> TableCell | None:
    """The cell of that name; else the only one that has it with a unit or a remark: 金額（円）."""
    same = next((cell for cell in row if folded(cell.text) == name), None)
    longer = [cell for cell in row if folded(cell.text).startswith((f"{name}(", f"{name}[", f"{name}/"))]
    return same or (longer[0] if len(longer) == 1 else None)


def _label(row: list[TableCell], labels: set[str]) -> tuple[str, int] | None:
    """Which total a row is, by the longest label that one of its cells begins with, and where it ends."""
    matches = [
        (len(folded(label)), label, cell.column + cell.column_span)
        for cell in row
        for label in labels
        if folded(cell.text) == folded(label) or folded(cell.text).startswith(f"{folded(label)}(")
    ]
    return max(matches)[1:] if matches else None


def _total(row: list[TableCell], label: str, behind: int) -> dict[str, TableCell]:
    cells = [c for c in row if c.column >= behind and written_number(c.text) is not None]
    return {label: cells[-1]} if cells else {}

"""Carries out a plan in SQLite, in memory: only what the plan names is loaded, only reading is allowed, and a
statement that takes too many steps is broken off. Exact: numbers are whole multiples of a column's finest
decimal, and nothing is rounded before the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from retrieval.tables.plans import RowFilter, TablePlan
from retrieval.tables.relation import PlacedCell, Relation, number_of
from retrieval.tables.values import ValueKind, decimals_of
from retrieval.tables.vocabulary import Operation
from retrieval.tables.wishes import Day

MOST_STEPS = 400  # times that SQLite reports its work: after that a statement is broken off
STEPS = 50_000  # of SQLite's machine between two reports
MOST_LISTED = 200  # rows of an answer
MOST_TIES = 12
LARGEST = 2**62  # of a scaled number, so that SQLite's whole numbers hold it
MOST_MISSING = 0.2  # of the rows may lack a number that is added up
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION}
_FUNCTIONS = {"sum", "count", "max", "min"}

Cell = tuple[int, int]  # row and column of a relation


@dataclass(frozen=True)
class TableGroup:
    """Rows that have one value in the column by which they are put together."""

    label: str
    value: Decimal
    rows: tuple[int, ...]


@dataclass(frozen=True)
class TableResult:
    """What a plan gave: the value where it is one number, the groups where it has some, the rows it comes
    from and the cells that were computed with or are the answer, in that order. `missing`: rows without a
    number that was to be computed with; `numbers`: those of the cells, where they are numbers."""

    plan: TablePlan
    rows: tuple[int, ...]
    cells: tuple[Cell, ...]
    value: Decimal | None = None
    groups: tuple[TableGroup, ...] = ()
    numbers: tuple[Decimal, ...] = ()
    missing: int = 0


def run_plan(plan: TablePlan) -> TableResult | None:
    """What the plan gives; None where it gives nothing, or what it would give is not sure to be right."""
    try:
        with _loaded(plan) as runner:
            result = runner.result()
    except (
        sqlite3.OperationalError,
        OverflowError,
    ):  # too much work, or a number beyond what SQLite adds exactly
        return None
    if result is None:
        return None
    rows = plan.relation.rows  # a row without a value of its own counts, and has no cell to be shown
    return replace(
        result, cells=tuple(cell for cell in result.cells if rows[cell[0]].cells[cell[1]] is not None)
    )


@contextmanager
def _loaded(plan: TablePlan) -> Iterator[_Runner]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        runner = _Runner(plan, connection)
        runner.load()
        reports = 0

        def report() -> int:
            nonlocal reports
            reports += 1
            return int(reports > MOST_STEPS)

        connection.set_progress_handler(report, STEPS)
        connection.set_authorizer(_authorized)
        yield runner
    finally:
        connection.close()


def _authorized(
    action: int, _first: str | None, second: str | None, _database: str | None, _trigger: str | None
) -> int:
    if action not in _ALLOWED or (action == sqlite3.SQLITE_FUNCTION and second not in _FUNCTIONS):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


class _Runner:
    def __init__(self, plan: TablePlan, connection: sqlite3.Connection) -> None:
        self.plan, self.connection = plan, connection
        self.scale = _scale(plan)
        where = [_condition(row_filter, self.scale) for row_filter in plan.filters]
        self.where = " AND ".join(condition for condition, _ in where) or "1"
        self.values = [value for _, values in where for value in values]

    def load(self) -> None:
        """Load the columns that the plan names; rows that add up others are left out."""
        plan, relation = self.plan, self.plan.relation
        named = {*plan.measures, *(column for filter_ in plan.filters for column in filter_.read)}
        named |= {column for column in (plan.group, plan.distinct) if column is not None}
        named |= set(plan.group_in)
        columns = sorted(named)
        names = "".join(f", c{number} INTEGER, t{number} TEXT" for number in columns)
        self.connection.execute(f"CREATE TABLE t (r INTEGER PRIMARY KEY{names})")
        marks = ", ".join("?" * (1 + 2 * len(columns)))
        self.connection.executemany(
            f"INSERT INTO t VALUES ({marks})",
            (
                [number, *(part for column in columns for part in self._stored(relation, number, column))]
                for number, row in enumerate(relation.rows)
                if not row.is_total
            ),
        )

    def _stored(self, relation: Relation, row: int, column: int) -> tuple[int | None, str | None]:
        cell = relation.rows[row].cells[column]
        if cell is None or cell.value.kind is ValueKind.EMPTY:
            return None, None
        own = relation.columns[column]
        if own.kind is ValueKind.DATE:
            return (_ordinal(cell.value.day) if cell.value.kind is ValueKind.DATE else None), cell.value.plain
        value = number_of(cell, own)
        return (None if value is None else _whole(value, self.scale)), cell.value.plain

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[int, ...]]:
        return self.connection.execute(sql, values).fetchall()

    def result(self) -> TableResult | None:
        """What the plan gives."""
        plan = self.plan
        if plan.group is not None:
            grouped = self._grouped(plan.group)
            return _apart(grouped) if plan.operation is Operation.DIFFERENCE else grouped
        if plan.operation is Operation.COUNT:
            return self._counted()
        if plan.operation is Operation.LIST:
            return self._listed()
        if plan.operation in (Operation.MAX, Operation.MIN):
            return self._extreme()
        if plan.operation is Operation.PRODUCT:
            return self._multiplied()
        if plan.operation is Operation.DIFFERENCE and plan.over is Operation.SUM:
            return self._sums_apart()
        if plan.operation in (Operation.DIFFERENCE, Operation.RATIO):
            return self._compared()
        return self._aggregated()

    # The cells that are computed with: row, column, value.

    def _cells(self) -> tuple[str, list[object]]:
        """A select of the cells that pass, as (r, n, v)."""
        per_cell = [row_filter for row_filter in self.plan.filters if row_filter.per_cell]
        if per_cell and not self.plan.measures:
            texts = sorted(per_cell[0].texts)
            marks = ", ".join("?" * len(texts))
            parts = [
                f"SELECT r, {n} AS n, 1 AS v, t{n} AS t FROM t WHERE {self.where}"
                for n in per_cell[0].columns
            ]
            sql = f"SELECT r, n, v FROM ({' UNION ALL '.join(parts)}) WHERE t IN ({marks})"
            return sql, [*(self.values * len(parts)), *texts]
        parts = [f"SELECT r, {n} AS n, c{n} AS v FROM t WHERE {self.where}" for n in self.plan.measures]
        return " UNION ALL ".join(parts), self.values * len(parts)

    def _counted(self) -> TableResult | None:
        plan = self.plan
        if any(row_filter.per_cell for row_filter in plan.filters):
            sql, values = self._cells()
            cells = tuple((r, n) for r, n, _ in self._rows(f"{sql} ORDER BY 1, 2", values))
            count = self._rows(f"SELECT COUNT(*) FROM ({sql})", values)[0][0]
        else:
            what = f"DISTINCT t{plan.distinct}" if plan.distinct is not None else "*"
            count = self._rows(f"SELECT COUNT({what}) FROM t WHERE {self.where}", self.values)[0][0]
            column = plan.distinct if plan.distinct is not None else plan.relation.label
            cells = tuple(
                (r, column)
                for (r,) in self._rows(f"SELECT r FROM t WHERE {self.where} ORDER BY r", self.values)
            )
        if not count and not any(row_filter.number is not None for row_filter in plan.filters):
            return None  # there may be some under another name
        rows = tuple(dict.fromkeys(row for row, _ in cells))
        return TableResult(plan, rows, cells, Decimal(count))

    def _listed(self) -> TableResult | None:
        plan = self.plan
        per_cell = [row_filter for row_filter in plan.filters if row_filter.per_cell]
        if plan.names_columns:
            sql, values = self._cells()
            passed = tuple((r, n) for r, n, _ in self._rows(f"{sql} ORDER BY 1, 2", values))
            rows = tuple(dict.fromkeys(row for row, _ in passed))
            return TableResult(plan, rows, passed) if len(rows) == 1 else None
        rows = tuple(r for (r,) in self._rows(f"SELECT r FROM t WHERE {self.where} ORDER BY r", self.values))
        if not rows or len(rows) > MOST_LISTED:
            return None
        cells = tuple(
            (row, column)
            for row in rows
            for column in plan.measures
            if (cell := plan.relation.rows[row].cells[column]) is not None
            and (cell.value.kind is not ValueKind.EMPTY or len(rows) == 1)
        )
        if not cells or (per_cell and len(rows) > 1 and len(plan.measures) > 1):
            return None
        return TableResult(plan, rows, cells)

    def _extreme(self) -> TableResult | None:
        plan = self.plan
        sql, values = self._cells()
        order = "DESC" if plan.operation is Operation.MAX else "ASC"
        best = self._rows(
            f"SELECT r, n, v FROM ({sql}) WHERE v IS NOT NULL ORDER BY v {order}, r, n LIMIT ?",
            [*values, plan.most + MOST_TIES + 1],
        )
        if not best:
            return None
        last = best[min(plan.most, len(best)) - 1][2]
        best = [cell for number, cell in enumerate(best) if number < plan.most or cell[2] == last]
        if len(best) > plan.most + MOST_TIES:
            return None
        cells = tuple((r, n) for r, n, _ in best)
        looked_at = self._rows(f"SELECT COUNT(*), COUNT(v) FROM ({sql})", values)[0]
        if not self._complete(*looked_at):
            return None
        return self._with_numbers(cells, self._number(best[0][2]), looked_at[0] - looked_at[1])

    def _aggregated(self) -> TableResult | None:
        sql, values = self._cells()
        total, count, every = self._rows(f"SELECT SUM(v), COUNT(v), COUNT(*) FROM ({sql})", values)[0]
        if not count or not self._complete(every, count):
            return None
        cells = tuple(
            (r, n)
            for r, n, _ in self._rows(f"SELECT * FROM ({sql}) WHERE v IS NOT NULL ORDER BY 1, 2", values)
        )
        value = self._number(total)
        if self.plan.operation is Operation.MEAN:
            value /= count
        return self._with_numbers(cells, value, every - count)

    def _multiplied(self) -> TableResult | None:
        sql, values = self._cells()
        rows = self._rows(f"SELECT * FROM ({sql}) WHERE v IS NOT NULL LIMIT 2", values)
        if len(rows) != 1 or self.plan.times is None:
            return None
        (row, column, price), times = rows[0], self.plan.times
        value = self._number(price) * times
        result = self._with_numbers(((row, column),), value, 0)
        return replace(result, numbers=(self._number(price), times))

    def _compared(self) -> TableResult | None:
        plan = self.plan
        sql, values = self._cells()
        rows = self._rows(f"SELECT * FROM ({sql}) WHERE v IS NOT NULL ORDER BY 1, 2 LIMIT 3", values)
        if plan.operation is Operation.RATIO and (len(rows) == 1 or not _two_are_named(plan)):
            return self._share()
        if len(rows) != 2:
            return None
        cells = tuple((r, n) for r, n, _ in rows)
        first, second = (self._number(v) for _, _, v in rows)
        if plan.operation is Operation.DIFFERENCE:
            return self._with_numbers(cells, abs(first - second), 0)
        if not second or not first:
            return None
        if first < second:  # "how many times" asks for the larger by the smaller
            cells, first, second = cells[::-1], second, first
        return self._with_numbers(cells, first / second, 0)

    def _sums_apart(self) -> TableResult | None:
        """How far the sums of the columns below two names are apart."""
        sql, values = self._cells()
        columns = self.plan.relation.columns
        names = list(dict.fromkeys(columns[column].names[0] for column in self.plan.measures))
        rows = self._rows(f"SELECT * FROM ({sql}) ORDER BY 1, 2", values)
        if len(names) != 2 or len(rows) != len(self.plan.measures) or any(v is None for _, _, v in rows):
            return None
        first, second = (
            self._number(sum(v for _, n, v in rows if columns[n].names[0] == name)) for name in names
        )
        result = self._with_numbers(tuple((r, n) for r, n, _ in rows), abs(first - second), 0)
        return replace(result, numbers=(first, second))

    def _share(self) -> TableResult | None:
        """What those cells are of the whole column."""
        plan = self.plan
        if len(plan.measures) != 1:
            return None
        own = plan.measures[0]
        sql, values = self._cells()
        part, count, every = self._rows(f"SELECT SUM(v), COUNT(v), COUNT(*) FROM ({sql})", values)[0]
        whole, of, rows = self._rows(f"SELECT SUM(c{own}), COUNT(c{own}), COUNT(*) FROM t")[0]
        if not count or not whole or count != every or of != rows:
            return None
        cells = tuple(
            (r, n)
            for r, n, _ in self._rows(f"SELECT * FROM ({sql}) WHERE v IS NOT NULL ORDER BY 1, 2", values)
        )
        value = 100 * self._number(part) / self._number(whole)
        numbers = (self._number(part), self._number(whole))
        return TableResult(plan, tuple(dict.fromkeys(row for row, _ in cells)), cells, value, numbers=numbers)

    def _grouped(self, group: int) -> TableResult | None:
        plan, relation = self.plan, self.plan.relation
        over = plan.over or plan.operation
        values: Sequence[object]
        sql, values = (
            self._cells() if plan.measures or any(f.per_cell for f in plan.filters) else ("", self.values)
        )
        source = (
            f"(SELECT x.r AS r, x.n AS n, x.v AS v, t.t{group} AS g FROM ({sql}) AS x, t WHERE t.r = x.r)"
            if sql
            else f"(SELECT r, {group} AS n, 1 AS v, t{group} AS g FROM t WHERE {self.where})"
        )
        if plan.group_in:
            parts = [
                f"SELECT r, {n} AS n, 1 AS v, t{n} AS g FROM t WHERE {self.where}" for n in plan.group_in
            ]
            source, values = f"({' UNION ALL '.join(parts)})", self.values * len(parts)
        what = {Operation.SUM: "SUM(v)", Operation.MEAN: "SUM(v) * 1.0 / COUNT(v)"}.get(over, "COUNT(v)")
        order = "ASC" if plan.operation is Operation.MIN else "DESC"
        listed = plan.operation not in (Operation.MAX, Operation.MIN)
        by = "MIN(r)" if listed else f"{what} {order}, MIN(r)"
        grouped = self._rows(
            f"SELECT g, SUM(v), COUNT(v), COUNT(*) FROM {source} WHERE g IS NOT NULL GROUP BY g ORDER BY {by}"
            f" LIMIT {MOST_LISTED + 1}",
            values,
        )
        if not grouped or len(grouped) > MOST_LISTED or any(not row[2] for row in grouped):
            return None
        if not self._complete(sum(row[3] for row in grouped), sum(row[2] for row in grouped)):
            return None
        made: list[tuple[str, Decimal]] = []
        for label, total, count, _ in grouped:
            value = Decimal(count) if over is Operation.COUNT else self._number(total)
            made.append((str(label), value / count if over is Operation.MEAN else value))
        if not listed:
            last = made[min(plan.most, len(made)) - 1][1]
            made = [pair for number, pair in enumerate(made) if number < plan.most or pair[1] == last]
        groups = tuple(self._group(source, values, label, value, group) for label, value in made)
        rows = tuple(row for group in groups for row in group.rows)
        measured = plan.measures or plan.group_in or (group,)
        labels = {group.label for group in groups}
        cells = tuple(
            (row, column)
            for row in dict.fromkeys(rows)
            for column in measured
            if (cell := relation.rows[row].cells[column]) is not None
            and (not plan.group_in or cell.text in labels)
        )
        return TableResult(plan, rows, cells, groups[0].value, groups)

    def _group(
        self, source: str, values: Sequence[object], label: str, value: Decimal, column: int
    ) -> TableGroup:
        rows = tuple(
            dict.fromkeys(
                r
                for (r,) in self._rows(
                    f"SELECT r FROM {source} WHERE g = ? AND v IS NOT NULL ORDER BY r", [*values, label]
                )
            )
        )
        own = self.plan.relation.rows[rows[0]].cells
        cell = next(
            (
                own[n]
                for n in self.plan.group_in or (column,)
                if (c := own[n]) is not None and c.value.plain == label
            ),
            None,
        )
        return TableGroup(cell.text if cell is not None else label, value, rows)

    def _with_numbers(self, cells: tuple[Cell, ...], value: Decimal, missing: int) -> TableResult:
        relation = self.plan.relation
        numbers = []
        for row, column in cells:
            number = number_of(relation.rows[row].cells[column], relation.columns[column])
            if number is not None:
                numbers.append(number)
        rows = tuple(dict.fromkeys(row for row, _ in cells))
        return TableResult(self.plan, rows, cells, value, numbers=tuple(numbers), missing=missing)

    def _number(self, scaled: int) -> Decimal:
        return Decimal(scaled).scaleb(-self.scale)

    @staticmethod
    def _complete(every: int, count: int) -> bool:
        return every - count <= MOST_MISSING * every


def _apart(grouped: TableResult | None) -> TableResult | None:
    """How far two groups are apart."""
    if grouped is None or len(grouped.groups) != 2:
        return None
    first, second = (group.value for group in grouped.groups)
    return replace(grouped, value=abs(first - second), groups=(), numbers=(first, second))


def _two_are_named(plan: TablePlan) -> bool:
    return len(plan.measures) == 2 or any(len(row_filter.texts) > 1 for row_filter in plan.filters)


def _scale(plan: TablePlan) -> int:
    """How many decimals the numbers of the plan have, cells and limits."""
    numbers = [row_filter.number for row_filter in plan.filters if row_filter.number is not None]
    named = {*plan.measures, *(column for filter_ in plan.filters for column in filter_.read)}
    for column in named:
        own = plan.relation.columns[column]
        numbers += [
            value for row in plan.relation.rows if (value := number_of(row.cells[column], own)) is not None
        ]
    return decimals_of(numbers)


def _whole(value: Decimal, scale: int) -> int:
    scaled = int(value.scaleb(scale))
    if abs(scaled) > LARGEST:
        raise OverflowError
    return scaled


def _ordinal(day: Day) -> int:
    year, month, number = day
    return 10_000 * year + 100 * month + number


def _condition(row_filter: RowFilter, scale: int) -> tuple[str, list[object]]:
    """A filter as a condition of SQL, with its values."""
    if row_filter.texts:
        texts = sorted(row_filter.texts)
        marks = ", ".join("?" * len(texts))
        passes = " OR ".join(f"t{column} IN ({marks})" for column in row_filter.columns)
        values: list[object] = [*texts] * len(row_filter.columns)
        if row_filter.sign == "!=":
            return f"(({passes}) IS NOT 1)", values
        return f"({passes})", values
    name = f"c{row_filter.columns[0]}"
    if row_filter.other is not None:
        return f"({name} {row_filter.sign} c{row_filter.other})", []
    if row_filter.day is not None:
        return _day_condition(name, row_filter.sign, row_filter.day)
    assert row_filter.number is not None
    return f"({name} {row_filter.sign} ?)", [_whole(row_filter.number, scale)]


def _day_condition(name: str, sign: str, day: Day) -> tuple[str, list[object]]:
    parts = [
        (f"{name} / 10000", day[0]),
        (f"{name} / 100 % 100", day[1]),
        (f"{name} % 100", day[2]),
    ]
    if sign == "=":
        said = [(part, value) for part, value in parts if value]
        return f"({' AND '.join(f'{part} = ?' for part, _ in said)})", [value for _, value in said]
    year, month, number = day
    if sign in ("<=", ">"):  # until 2020 is until its end
        month, number = month or (99 if year else 0), number or 99
    return f"({name} {sign} ?)", [_ordinal((year, month, number))]


def cell_of(relation: Relation, cell: Cell) -> PlacedCell:
    """The cell at that row and column. Raises KeyError where it is empty."""
    placed = relation.rows[cell[0]].cells[cell[1]]
    if placed is None:
        raise KeyError(cell)
    return placed

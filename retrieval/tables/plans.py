"""What is computed over a table: a plan of few kinds of steps, checked against the table's header. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from retrieval.tables.relation import Relation
from retrieval.tables.vocabulary import Operation
from retrieval.tables.wishes import Day


@dataclass(frozen=True)
class RowFilter:
    """Rows pass of which a cell in one of `columns` is one of `texts`, or stands in that relation to a number
    or day, or to the cell beside it in the column `other`. `per_cell`: cells pass, not rows. `words`: how the
    question says it."""

    columns: tuple[int, ...]
    sign: str = "="
    texts: frozenset[str] = frozenset()
    number: Decimal | None = None
    day: Day | None = None
    per_cell: bool = False
    words: str = ""
    other: int | None = None

    @property
    def read(self) -> tuple[int, ...]:
        """All columns that it looks at."""
        return self.columns if self.other is None else (*self.columns, self.other)


@dataclass(frozen=True)
class TablePlan:
    """What is to be done: rows are filtered, the cells of `measures` taken, and these listed, counted,
    added up … `group`: for each value of that column by itself, and with MAX or MIN the best of these by
    `over`. `labels` are shown beside. `share` is how much of the question is accounted for, `exact` whether
    nothing of the table's names was guessed."""

    relation: Relation
    operation: Operation
    measures: tuple[int, ...] = ()
    filters: tuple[RowFilter, ...] = ()
    group: int | None = None
    over: Operation | None = None
    labels: tuple[int, ...] = ()
    distinct: int | None = None  # count the different values of that column
    most: int = 1
    counter: str = ""
    share: float = 1.0
    exact: bool = True
    times: Decimal | None = None  # how many of it, for a product
    group_in: tuple[int, ...] = ()  # columns whose cells are put together by their own values
    names_columns: bool = False  # the answer is the names of the columns whose cells pass

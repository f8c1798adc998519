"""From a question and a table to a plan, by rules. Pure.

A plan is made where the question's words are accounted for: by an operation, by the names and values of the
table, by what stands around it. A number, a name or any other word that carries much of the question and that
nothing accounts for means that the table does not answer: then there is no plan. A wrong figure is worse than
none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import regex

from retrieval.tables import vocabulary
from retrieval.tables.grounding import DIGIT, GroundedWish
from retrieval.tables.plans import TablePlan
from retrieval.tables.relation import Relation
from retrieval.tables.restrictions import MONEY, NotGrounded
from retrieval.tables.values import ValueKind, plain_form, unit_of
from retrieval.tables.vocabulary import AGE, AMOUNT, DAY, PERSON, PRICE, QUANTITY, Operation
from retrieval.tables.wishes import TableWish

LEAST_SHARE = 0.85  # of the question that must be accounted for
SURE_SHARE = 0.93  # from which a result is sure
GUESSED, OTHERWISE = 0.04, 0.01  # of the share that a guess costs, and a column named by another word
_TURNS = frozenset(("回", "次", "times"))
_ENTRIES = frozenset(("件",))  # counts rows, never the different values of a column
_TURN_NAMES = regex.compile(r"[回次]数|times|count")
_HEADCOUNT = regex.compile(r"人数|人员数|headcount|employees|people|staff|members")


def plan_for(wish: TableWish, relation: Relation) -> TablePlan | None:
    """The plan by which the table answers the question; None where it does not."""
    try:
        grounded = _Planner.of(wish, relation)
        plan = grounded.plan()
    except NotGrounded:
        return None
    if relation.is_cut and plan.operation is not Operation.LIST:
        return None
    share = grounded.share()
    if share is None or share < LEAST_SHARE:
        return None
    otherwise = sum(bool(mention.columns) for mention in grounded.mentions.concepts)
    return replace(
        plan,
        share=share - GUESSED * grounded.guesses - OTHERWISE * otherwise,
        exact=not grounded.guesses and share >= SURE_SHARE,
    )


@dataclass
class _Planner(GroundedWish):
    """The plans that a question can mean in a table."""

    def plan(self) -> TablePlan:
        """The plan that the question's words say. Raises NotGrounded."""
        aggregates = self.wish.aggregates
        if Operation.DIFFERENCE in aggregates or Operation.RATIO in aggregates:
            return self._compared()
        if self.wish.superlative is not None:
            return self._superlative(*self.wish.superlative)
        if Operation.MEAN in aggregates:
            return self._aggregated(Operation.MEAN)
        if Operation.COUNT in aggregates:
            return self._counted()
        bought = self._bought()
        if bought is not None:
            return bought
        if Operation.SUM in aggregates:
            return self._aggregated(Operation.SUM)
        return self._listed()

    def _bought(self) -> TablePlan | None:
        """What so many of one thing cost; None where that is not asked."""
        wish = self.wish
        if len(wish.figures) != 1 or wish.figures[0].unit in MONEY or not vocabulary.BUYS.search(wish.plain):
            return None
        figure = wish.figures[0]
        asks = any(concept.name in (AMOUNT, PRICE) for concept, _, _ in wish.concepts)
        free = self.covered.is_free(figure.start, figure.end)
        in_tier = (figure.start, figure.end) in self.mentions.named_figures
        if not (asks or Operation.SUM in wish.aggregates) or not (free or in_tier) or not self.filters:
            return None
        if in_tier and Operation.SUM not in wish.aggregates:  # the price of one, when so many are bought
            return None
        priced = self.measures(self._called(PRICE)) or (self.measures(self.asked) if in_tier else ())
        named = tuple(column for column in (*self.asked, *self.literal) if column in priced) or priced
        if len(set(named)) != 1:
            raise NotGrounded
        self.covered.cover(figure.start, figure.end)
        for match in vocabulary.BUYS.finditer(wish.plain):
            self.covered.cover(*match.span())
        return replace(self._made(Operation.PRODUCT, (named[0],)), times=figure.number)

    def _made(
        self,
        operation: Operation,
        measures: tuple[int, ...] = (),
        *,
        group: int | None = None,
        over: Operation | None = None,
        labels: tuple[int, ...] = (),
        distinct: int | None = None,
    ) -> TablePlan:
        return TablePlan(
            self.relation, operation, measures, tuple(self.filters), group, over, labels, distinct,
            self.wish.most, self.wish.counter,
        )  # fmt: skip

    def _labels(self, measures: Sequence[int]) -> tuple[int, ...]:
        """What names a row beside its measure: what is asked for, else the row's key."""
        asked = [column for column in (*self.asked, *self.conceived()) if column not in measures]
        named = [column for column in asked if self.relation.columns[column].kind is ValueKind.TEXT]
        if named:
            return tuple(dict.fromkeys(named))
        label = self.relation.label
        return (label,) if label not in measures else ()

    def _aggregated(self, operation: Operation) -> TablePlan:
        measures = self._measure()
        return self._made(operation, measures, group=self._each())

    def _each(self) -> int | None:
        """The column by whose values the rows are put together, where the question says so."""
        if not self.wish.each:
            return None
        columns = [
            column
            for column in (*self.asked, *self.conceived())
            if not self.relation.columns[column].is_measure and self.relation.columns[column].distinct < 1
        ]
        if not columns:
            raise NotGrounded
        return columns[0]

    def _counted(self) -> TablePlan:
        wish, relation = self.wish, self.relation
        heads = [
            number
            for number, column in enumerate(relation.columns)
            if column.is_measure and _HEADCOUNT.search(plain_form(column.names[-1]))
        ]
        people = wish.counter in ("人", "名", "人数", "位") or any(
            mention.concept is not None and mention.concept.name == PERSON
            for mention in self.mentions.concepts
        )
        measured = self.measures(self.asked) or self.measures(self.conceived(QUANTITY))
        if people and heads and not measured:
            measured = tuple(heads)
        if wish.counter in _TURNS and not any(
            _TURN_NAMES.search(plain_form(relation.columns[column].name)) for column in measured
        ):
            measured = ()  # how often is a number of rows, whatever else the rows count
        if measured and not any(row_filter.number is not None for row_filter in self.filters):
            return self._made(Operation.SUM, self._one_family(measured), group=self._each())
        counted = self._counted_in(unit_of(wish.counter)) if wish.counter else ()
        if counted:
            return self._made(Operation.SUM, counted, group=self._each())
        if people and not heads and not self._has_people():
            raise NotGrounded
        group = self._each()
        if group is not None:
            return self._made(Operation.COUNT, group=group)
        asked = [
            column
            for column in (*self.asked, *self.conceived())
            if relation.columns[column].kind in (ValueKind.TEXT, ValueKind.DATE)
        ]
        per_cell = any(row_filter.per_cell for row_filter in self.filters)
        if not self.filters and not asked and not self.mentions.concepts:
            self.guesses += 1
        repeated = [column for column in asked if relation.columns[column].distinct < 1]
        values = len(repeated) == 1 and not per_cell and not people and wish.counter not in _ENTRIES
        distinct = repeated[0] if values else None
        return self._made(Operation.COUNT, distinct=distinct)

    def _counted_in(self, unit: str) -> tuple[int, ...]:
        """The column of numbers whose unit is that by which things are counted."""
        return tuple(
            number
            for number, column in enumerate(self.relation.columns)
            if column.is_measure and column.unit and unit_of(column.unit) == unit
        )[:1]

    def _has_people(self) -> bool:
        """Whether the table's rows can be people: a column names them, or cells of a named column do."""
        named = any(
            mention.concept is not None and mention.concept.name == PERSON and mention.columns
            for mention in self.mentions.concepts
        )
        return named or bool(self._called(PERSON)) or bool(self.asked)

    def _superlative(self, largest: bool, of: str) -> TablePlan:
        operation = Operation.MAX if largest else Operation.MIN
        aggregates = self.wish.aggregates
        over = next(
            (operation for operation in (Operation.MEAN, Operation.SUM) if operation in aggregates), None
        )
        if of == AGE:
            return self._youngest()
        if of == DAY:
            measures = self._days()
        else:
            counted = self._counted_groups(of)
            if counted is not None:
                return replace(counted, operation=operation)
            measures = self.ordered(self.asked)
            measures = measures or self._measure(of=of)
        labels = self._labels(measures)
        group = labels[0] if labels else None
        if group is not None and self.relation.columns[group].distinct < 1 and group != self.relation.key:
            if over is None and of == QUANTITY:
                over = Operation.SUM
            if over is not None:
                return self._made(operation, measures, group=group, over=over, labels=(group,))
        if over is Operation.SUM and len(measures) == 1:
            over = None
        if over is not None:
            raise NotGrounded
        if self.wish.each:
            raise NotGrounded
        return self._made(operation, measures, labels=labels)

    def _youngest(self) -> TablePlan:
        ages = self.measures(self._called(AGE))
        if len(ages) != 1:
            raise NotGrounded
        return self._made(Operation.MIN, ages, labels=self._labels(ages))

    def _days(self) -> tuple[int, ...]:
        """The column of dates or times by which rows are earlier or later."""
        own = self.relation.columns
        in_time = [n for n, column in enumerate(own) if column.kind in (ValueKind.DATE, ValueKind.TIME)]
        named = [column for column in (*self.asked, *self.conceived()) if column in in_time]
        if named:
            return (named[0],)
        if len(in_time) != 1:
            raise NotGrounded
        return (in_time[0],)

    def _counted_groups(self, of: str) -> TablePlan | None:
        """Rows counted for each value of a column, of which the most are asked for; None where the table has
        numbers for it."""
        counts = Operation.COUNT in self.wish.aggregates
        if of != QUANTITY and not counts:
            return None
        per_cell = [row_filter for row_filter in self.filters if row_filter.per_cell]
        if self.ordered(self.asked) or (not counts and self.measures(self.conceived(QUANTITY))):
            return None
        relation = self.relation
        if per_cell:
            return self._made(Operation.MAX, group=relation.key, over=Operation.COUNT, labels=(relation.key,))
        heads = [
            number
            for number, column in enumerate(relation.columns)
            if column.is_measure and _HEADCOUNT.search(plain_form(column.names[-1]))
        ]
        if heads:
            labels = self._labels(heads)
            return self._made(Operation.MAX, (heads[0],), labels=labels)
        asked = [
            column
            for column in (*self.asked, *self.conceived())
            if relation.columns[column].kind is ValueKind.TEXT and relation.columns[column].distinct < 1
        ]
        family = self._family(asked)
        if len(family) > 1:
            return replace(self._made(Operation.MAX, group=family[0], over=Operation.COUNT), group_in=family)
        if len(set(asked)) != 1:
            return None
        if not counts and self.measures(self.conceived()):
            return None
        return self._made(Operation.MAX, group=asked[0], over=Operation.COUNT, labels=(asked[0],))

    def _family(self, asked: Sequence[int]) -> tuple[int, ...]:
        """Columns whose cells are of one set of values, as the names of a shift plan: those that are asked
        for, or all where only a person is asked for."""
        columns = self.relation.columns
        texts = [
            n for n, column in enumerate(columns) if column.kind is ValueKind.TEXT and column.distinct < 0.5
        ]
        texts = [n for n in texts if n not in self.filtered]
        chosen = [column for column in texts if column in asked] if asked else texts
        values = self.relation.values
        asks = any(
            mention.concept is not None and mention.concept.name == PERSON
            for mention in self.mentions.concepts
        )
        if not asks:
            return ()
        for first in chosen:
            alike = tuple(
                n for n in chosen if 2 * len(values[n].keys() & values[first].keys()) >= len(values[n]) > 1
            )
            if len(alike) > 1:
                return alike
        return ()

    def _compared(self) -> TablePlan:
        """Two cells, or a part and the whole."""
        aggregates = self.wish.aggregates
        operation = Operation.DIFFERENCE if Operation.DIFFERENCE in aggregates else Operation.RATIO
        if Operation.COUNT in aggregates and not self.measures((*self.asked, *self.conceived())):
            stock = self.measures(self._called(QUANTITY))
            if len(stock) == 1:
                return self._made(operation, stock, labels=self._labels(stock))
            columns = {own for filter_ in self.filters if len(filter_.texts) == 2 for own in filter_.columns}
            if len(columns) != 1 or operation is not Operation.DIFFERENCE:
                raise NotGrounded
            return self._made(operation, group=columns.pop(), over=Operation.COUNT)
        measures = self._measure()
        sides = [own for own in self.filters if len(own.texts) == 2 and len(own.columns) == 1]
        if operation is Operation.DIFFERENCE and len(sides) == 1 and len(measures) == 1:
            column = sides[0].columns[0]
            if self.relation.columns[column].distinct < 1:  # each side has several rows: their sums
                return self._made(operation, measures, group=column, over=Operation.SUM)
        if operation is Operation.DIFFERENCE and len(self._above(measures)) == 2 and self.filters:
            return self._made(operation, measures, over=Operation.SUM)
        if len(measures) > 2 or not self.filters:
            raise NotGrounded
        return self._made(operation, measures, labels=self._labels(measures))

    def _above(self, measures: Sequence[int]) -> set[str]:
        """The names that stand above several of the columns each: the halves above months."""
        names = [self.relation.columns[column].names for column in measures]
        above = {own[0] for own in names if len(own) > 1}
        return above if len(measures) > len(above) else set()

    def _listed(self) -> TablePlan:
        """Cells that are looked up, or rows that pass a filter."""
        if not self.filters or self.wish.each:
            raise NotGrounded
        shown = self.asked or tuple(self.conceived())
        per_cell = [row_filter for row_filter in self.filters if row_filter.per_cell]
        in_row = any(self.relation.key in filter_.columns for filter_ in self.filters)
        if per_cell and in_row and self._asks_day() and self._dated(per_cell[0].columns):
            for concept, start, end in self.wish.concepts:
                if concept.name == DAY:
                    self.covered.cover(start, end)
            return replace(self._made(Operation.LIST), names_columns=True)
        if shown and self._asks_amount() and all(self._is_day(column) for column in shown):
            raise NotGrounded  # how much is no day
        if not shown and any(own.other is not None for own in self.filters):
            shown = (self.relation.label,)
        if not shown:
            shown = self._shown_of_people()
        return self._made(Operation.LIST, shown, labels=self._labels(shown))

    def _asks_amount(self) -> bool:
        return any(concept.name == AMOUNT for concept, _, _ in self.wish.concepts)

    def _is_day(self, column: int) -> bool:
        return self.relation.columns[column].kind is ValueKind.DATE

    def _asks_day(self) -> bool:
        return any(concept.name == DAY for concept, _, _ in self.wish.concepts) or "day" in self.wish.plain

    def _dated(self, columns: Sequence[int]) -> bool:
        return all(DIGIT.search(self.relation.columns[column].name) for column in columns)

    def _shown_of_people(self) -> tuple[int, ...]:
        """Where only "who" is asked, or the rows as a whole: their key."""
        key = self.relation.key
        whole = any(mention.concept is not None for mention in self.mentions.concepts)
        limited = any(row_filter.number is not None for row_filter in self.filters)
        which = limited and vocabulary.WHICH.search(self.wish.plain)
        if key in self.filtered or not (whole or which):
            raise NotGrounded
        return (self.relation.label,)

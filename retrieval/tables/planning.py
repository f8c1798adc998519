"""From a question and a table to a plan, by rules. Pure.

A plan is made where the question's words are accounted for: by an operation, by the names and values of the
table, by what stands around it. A number, a name or any other word that carries much of the question and that
nothing accounts for means that the table does not answer: then there is no plan. A wrong figure is worse than
none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import regex

from retrieval.tables.mentions import Mentions, ValueMention, cover_context, mentions_of
from retrieval.tables.plans import RowFilter, TablePlan
from retrieval.tables.relations import Relation
from retrieval.tables.restrictions import NotGrounded, bound_filters, day_filters
from retrieval.tables.values import ValueKind, plain_form, unit_of
from retrieval.tables.vocabulary import AGE, CONCEPTS, DAY, PERSON, QUANTITY, Operation
from retrieval.tables.wishes import Covered, TableWish, weight_of

LEAST_SHARE = 0.85  # of the question that must be accounted for
SURE_SHARE = 0.93  # from which a result is sure
GUESSED, OTHERWISE = 0.04, 0.01  # of the share that a guess costs, and a column named by another word
ORDERED = (ValueKind.NUMBER, ValueKind.DATE, ValueKind.TIME)
_DIGIT = regex.compile(r"\d")
_LATIN = regex.compile(r"[\p{Latin}]{2}")
_HEADCOUNT = regex.compile(r"人数|人员数|headcount|employees|people|staff|members")


def plan_for(wish: TableWish, relation: Relation) -> TablePlan | None:
    """The plan by which the table answers the question; None where it does not."""
    try:
        grounded = _Grounded.of(wish, relation)
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
class _Grounded:
    """A wish in a table: what it names there, and what is still to be told apart."""

    wish: TableWish
    relation: Relation
    mentions: Mentions
    covered: Covered
    filters: list[RowFilter]
    guesses: int = 0

    @classmethod
    def of(cls, wish: TableWish, relation: Relation) -> _Grounded:
        covered = wish.covered.copy()
        mentions = mentions_of(wish, relation, covered)
        made = cls(wish, relation, mentions, covered, [])
        made._restrict()
        return made

    # What restricts the rows.

    def _restrict(self) -> None:
        wish, relation = self.wish, self.relation
        dated = cover_context(wish, relation, self.covered)
        literal = self.literal
        self.filters += day_filters(wish, relation, literal, self.mentions, dated, self.covered)
        self.filters += bound_filters(wish, relation, self.mentions, self.covered)
        for mention in self.mentions.values:
            self.guesses += not mention.exact
        by_columns: dict[tuple[int, ...], list[ValueMention]] = {}
        for mention in self.mentions.values:
            by_columns.setdefault(self._columns_of(mention), []).append(mention)
        for columns, mentions in by_columns.items():
            self._add_values(columns, mentions)
        self._codes()
        people = any(
            mention.concept is not None and mention.concept.name == PERSON and not mention.columns
            for mention in self.mentions.concepts
        )
        texts = [column for column in self.literal if relation.columns[column].kind is ValueKind.TEXT]
        self.guesses += people and not texts  # nothing says that the table is about people
        if any(self.covered.is_free(start, end) for start, end in wish.negations):
            raise NotGrounded

    def _columns_of(self, mention: ValueMention) -> tuple[int, ...]:
        """The columns that a value is meant in: of several, those that are named."""
        columns = tuple(mention.columns)
        if len(columns) == 1:
            return columns
        named = tuple(column for column in columns if column in self.literal)
        if named:
            return named
        if self.relation.key in columns:
            return (self.relation.key,)
        return columns

    def _add_values(self, columns: tuple[int, ...], mentions: Sequence[ValueMention]) -> None:
        wish = self.wish
        for negated in (False, True):
            own = [mention for mention in mentions if bool(self._negation_of(mention)) is negated]
            if not own:
                continue
            texts = frozenset(
                text for mention in own for column in columns for text in mention.columns[column]
            )
            for mention in own:
                if negation := self._negation_of(mention):
                    self.covered.cover(*negation)
            words = "・".join(wish.text_at(mention.start, mention.end) for mention in own)
            per_cell = len(columns) > 1
            self.filters.append(
                RowFilter(columns, "!=" if negated else "=", texts, per_cell=per_cell, words=words)
            )

    def _negation_of(self, mention: ValueMention) -> tuple[int, int] | None:
        """The words that exclude a value: behind it in Japanese, before it in the others."""
        for start, end in self.wish.negations:
            behind = self.wish.plain[mention.end : start].strip("のをは ")
            before = self.wish.plain[end : mention.start]
            near = mention.end <= start and not behind
            if near or (end <= mention.start and before.strip() in ("", "the", "for", "in", "in the")):
                return start, end
        return None

    def _codes(self) -> None:
        """Numbers of the question that stand in a column of codes: extension 201."""
        for figure in self.wish.figures:
            if not self.covered.is_free(figure.start, figure.end):
                continue
            columns = [
                number
                for number, column in enumerate(self.relation.columns)
                if column.is_code and str(figure.number) in self.relation.values[number]
            ]
            if len(columns) == 1:
                self.filters.append(
                    RowFilter((columns[0],), "=", frozenset((str(figure.number),)), words=str(figure.number))
                )
                self.covered.cover(figure.start, figure.end)

    # What is asked for.

    @cached_property
    def literal(self) -> tuple[int, ...]:
        """The columns that are named by their own names, in the question's order."""
        ordered = sorted(self.mentions.columns, key=lambda mention: mention.start)
        return tuple(dict.fromkeys(column for mention in ordered for column in mention.columns))

    @cached_property
    def _narrower(self) -> tuple[int, ...]:
        """Of several columns that are named, those that another word of the question means too."""
        meant = {column for mention in self.mentions.concepts for column in mention.columns}
        several = [column for column in self.literal if len(self.relation.columns[column].names) > 1]
        inside = [column for column in several if column in meant]
        if len(several) > 1 and inside and len(inside) < len(several):
            return tuple(column for column in self.literal if column not in several or column in inside)
        return self.literal

    @property
    def filtered(self) -> set[int]:
        """The columns that rows are filtered by."""
        return {column for row_filter in self.filters for column in row_filter.columns}

    @property
    def asked(self) -> tuple[int, ...]:
        """The named columns that filter nothing."""
        filtered = self.filtered
        return tuple(column for column in self._narrower if column not in filtered)

    def conceived(self, *names: str) -> tuple[int, ...]:
        """The columns that are named by another word; only for those things, where some are given."""
        return tuple(
            dict.fromkeys(
                column
                for mention in self.mentions.concepts
                if mention.concept is not None and (not names or mention.concept.name in names)
                for column in mention.columns
                if column not in self.filtered
            )
        )

    def ordered(self, columns: Iterable[int]) -> tuple[int, ...]:
        """Those of the columns whose cells can be compared."""
        own = self.relation.columns
        return tuple(n for n in columns if own[n].kind in ORDERED and not own[n].is_code)

    def measures(self, columns: Iterable[int]) -> tuple[int, ...]:
        """Those of the columns whose numbers can be added up."""
        return tuple(n for n in columns if self.relation.columns[n].is_measure)

    def _measure(self, *, of: str = "") -> tuple[int, ...]:
        """The columns of numbers that are computed with: those that are named, else the one that can be
        meant, else all that are of one family."""
        named = self.measures(self.asked) or self.measures(self._narrower)
        if named:
            return named
        meant = self.measures(self.conceived())
        if meant:
            self._several(meant)
            return self._one_family(meant)
        if of:
            meant = self.measures(self._called(of))
            if not meant:  # "the most" of what the table does not say
                raise NotGrounded
            self._several(meant)
            return self._one_family(meant)
        every = self.measures(range(len(self.relation.columns)))
        every = tuple(column for column in every if column not in self.filtered)
        if len(every) > 1:
            self.guesses += 1
        if not every:
            raise NotGrounded
        return self._one_family(every)

    def _several(self, columns: tuple[int, ...]) -> None:
        self.guesses += len(columns) > 1

    def _one_family(self, columns: tuple[int, ...]) -> tuple[int, ...]:
        """Those columns where they are of one kind: below one name, or all named by dates. Raises
        NotGrounded where one of them would have to be guessed."""
        if len(columns) == 1:
            return columns
        own = [self.relation.columns[column] for column in columns]
        if len({column.unit for column in own}) > 1:
            raise NotGrounded
        dated = all(_DIGIT.search(column.names[-1]) for column in own)
        deep = all(len(column.names) > 1 for column in own) and (
            len({column.names[0] for column in own}) == 1 or len({len(column.names) for column in own}) == 1
        )
        if not dated and not deep:
            raise NotGrounded
        return columns

    def _called(self, concept: str) -> tuple[int, ...]:
        known = next((one for one in CONCEPTS if one.name == concept), None)
        if known is None:
            return ()
        return tuple(
            number
            for number, column in enumerate(self.relation.columns)
            if known.named.search(plain_form(column.names[-1])) or column.kind is known.kind
        )

    # Plans.

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
        if Operation.SUM in aggregates:
            return self._aggregated(Operation.SUM)
        return self._listed()

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
        key = self.relation.key
        return (key,) if key not in measures else ()

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
        distinct = repeated[0] if len(repeated) == 1 and not per_cell and not people else None
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
        over = next((one for one in (Operation.MEAN, Operation.SUM) if one in aggregates), None)
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
            columns = {own for one in self.filters if len(one.texts) == 2 for own in one.columns}
            if len(columns) != 1 or operation is not Operation.DIFFERENCE:
                raise NotGrounded
            return self._made(operation, group=columns.pop(), over=Operation.COUNT)
        measures = self._measure()
        if len(measures) > 2 or not self.filters:
            raise NotGrounded
        return self._made(operation, measures, labels=self._labels(measures))

    def _listed(self) -> TablePlan:
        """Cells that are looked up, or rows that pass a filter."""
        if not self.filters or self.wish.each:
            raise NotGrounded
        shown = self.asked or tuple(self.conceived())
        per_cell = [row_filter for row_filter in self.filters if row_filter.per_cell]
        in_row = any(self.relation.key in one.columns for one in self.filters)
        if per_cell and in_row and self._asks_day() and self._dated(per_cell[0].columns):
            for concept, start, end in self.wish.concepts:
                if concept.name == DAY:
                    self.covered.cover(start, end)
            return replace(self._made(Operation.LIST), names_columns=True)
        if not shown:
            shown = self._shown_of_people()
        return self._made(Operation.LIST, shown, labels=self._labels(shown))

    def _asks_day(self) -> bool:
        return any(concept.name == DAY for concept, _, _ in self.wish.concepts) or "day" in self.wish.plain

    def _dated(self, columns: Sequence[int]) -> bool:
        return all(_DIGIT.search(self.relation.columns[column].name) for column in columns)

    def _shown_of_people(self) -> tuple[int, ...]:
        """Where only "who" is asked, or the rows as a whole: their key."""
        key = self.relation.key
        whole = any(mention.concept is not None for mention in self.mentions.concepts)
        if key in self.filtered or not whole:
            raise NotGrounded
        return (key,)

    # How much is accounted for.

    def _is_common(self, word: str) -> bool:
        """Whether the question writes an English word as no name is written."""
        return bool(regex.search(rf"(?<!\p{{L}}){regex.escape(word)}(?!\p{{L}})", self.wish.text))

    def share(self) -> float | None:
        """The share of the question's words that is accounted for; None where a word is not that may be a
        name or a number."""
        left = 0.0
        spaced = self.wish.language == "en"
        for word in self.covered.without_weak().left():
            weight = weight_of(word)
            if not weight:
                continue
            if _DIGIT.search(word) or (_LATIN.search(word) and not (spaced and self._is_common(word))):
                return None
            left += weight
        return 1 - left / self.wish.weight()

"""A question in a table: which of its columns and values are named, which rows that leaves, and how much of
the question is accounted for by it. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Self

import regex

from retrieval.tables.mentions import Mentions, ValueMention, cover_context, mentions_of
from retrieval.tables.plans import RowFilter
from retrieval.tables.relation import Relation
from retrieval.tables.restrictions import NotGrounded, bound_filters, day_filters
from retrieval.tables.values import ValueKind, plain_form
from retrieval.tables.vocabulary import CONCEPTS, PERSON
from retrieval.tables.wishes import Covered, TableWish, weight_of

ORDERED = (ValueKind.NUMBER, ValueKind.DATE, ValueKind.TIME)
DIGIT = regex.compile(r"\d")
# What stands between two columns that are compared, and behind the second one in Japanese.
BETWEEN_COLUMNS = regex.compile(
    r"(?P<below>低于|少于|小于|不足|未达|未达到"
    r"| (?:is |are |was |were )?(?:below|under|less than|lower than|fewer than)(?: the| its| their)? )"
    r"|(?P<above>高于|超过|超出|大于|多于"
    r"| (?:is |are |was |were )?(?:above|over|more than|higher than|greater than)(?: the| its| their)? "
    r"| exceeds?(?: the| its| their)? )"
)
BEHIND_COLUMNS = regex.compile(
    r"(?P<below>(?:を|より(?:も)?)(?:下回|割|切|少な|低))|(?P<above>(?:を|より(?:も)?)(?:上回|超|越|多|高))"
)
LEAST_TURNS = 3  # columns of months or quarters
_IN_TURN = regex.compile(
    r"q[1-4]|第?[1-4一二三四](?:四半期|季度)|\d{1,2}月|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\p{L}{0,6}"
)
_LATIN = regex.compile(r"[\p{Latin}]{2}")


@dataclass
class GroundedWish:
    """A wish in a table: what it names there, and what is still to be told apart."""

    wish: TableWish
    relation: Relation
    mentions: Mentions
    covered: Covered
    filters: list[RowFilter]
    guesses: int = 0

    @classmethod
    def of(cls, wish: TableWish, relation: Relation) -> Self:
        """The wish in that table. Raises NotGrounded."""
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
        self._columns_apart()
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
        said = Counter(column for mention in self.mentions.columns for column in set(mention.columns))
        most = max((said[column] for column in columns), default=0)
        named = tuple(column for column in columns if said[column] == most > 0)
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

    def _columns_apart(self) -> None:
        """Rows in which one named column is below or above another one: stock below its minimum."""
        ordered = sorted(
            (mention for mention in self.mentions.columns if len(self.measures(mention.columns)) == 1),
            key=lambda mention: mention.start,
        )
        for first, second in pairwise(ordered):
            between = self.wish.plain[first.end : second.start]
            match = BETWEEN_COLUMNS.fullmatch(between) or (
                BEHIND_COLUMNS.match(self.wish.plain, second.end) if between.strip() in ("が", "は") else None
            )
            if match is None:
                continue
            (own,), (other,) = self.measures(first.columns), self.measures(second.columns)
            sign = "<" if match["below"] else ">"
            words = self.wish.text_at(
                first.start, max(second.end, match.end() if between.strip() in ("が", "は") else 0)
            )
            self.filters.append(RowFilter((own,), sign, words=words, other=other))
            self.covered.cover(first.start, second.end)
            if between.strip() in ("が", "は"):
                self.covered.cover(*match.span())
            return

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
        if parts := self._parts_of_others():
            return tuple(column for column in self.literal if column not in parts)
        if len(several) > 1 and inside and len(inside) < len(several):
            return tuple(column for column in self.literal if column not in several or column in inside)
        return self.literal

    def _parts_of_others(self) -> set[int]:
        """Columns of which the question says no more than what another one's name holds too, of which it says
        more: 泵壳产量 where 叶轮总产量 is asked for."""
        said: dict[int, set[str]] = {}
        for mention in self.mentions.columns:
            for column in mention.columns:
                said.setdefault(column, set()).add(self.wish.plain[mention.start : mention.end])
        names = {column: plain_form(self.relation.columns[column].names[-1]) for column in said}
        return {
            column
            for column, own in said.items()
            for other, theirs in said.items()
            if other != column
            and all(text in names[other] and text != names[column] for text in own)
            and not all(text in names[column] for text in theirs)
        }

    @property
    def filtered(self) -> set[int]:
        """The columns that rows are filtered by."""
        return {column for row_filter in self.filters for column in row_filter.read}

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
        every = self._in_turn(every) or every
        if len(every) > 1:
            self.guesses += 1
        if not every:
            raise NotGrounded
        return self._one_family(every)

    def _in_turn(self, columns: tuple[int, ...]) -> tuple[int, ...]:
        """Those of the columns that are months or quarters of one year, where there are some."""
        named = [plain_form(self.relation.columns[column].names[-1]) for column in columns]
        turns = tuple(column for column, name in zip(columns, named, strict=True) if _IN_TURN.fullmatch(name))
        return turns if len(turns) >= LEAST_TURNS else ()

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
        dated = all(DIGIT.search(column.names[-1]) for column in own)
        deep = all(len(column.names) > 1 for column in own) and (
            len({column.names[0] for column in own}) == 1 or len({len(column.names) for column in own}) == 1
        )
        if not dated and not deep:
            raise NotGrounded
        return columns

    def _called(self, concept: str) -> tuple[int, ...]:
        known = next((known_concept for known_concept in CONCEPTS if known_concept.name == concept), None)
        if known is None:
            return ()
        return tuple(
            number
            for number, column in enumerate(self.relation.columns)
            if any(known.named.search(plain_form(name)) for name in column.names) or column.kind is known.kind
        )

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
            if not spaced and len(word) == 1 and word.isascii() and word.isalpha():
                return None  # a grade, a class, a building
            weight = weight_of(word)
            if not weight:
                continue
            if DIGIT.search(word) or (_LATIN.search(word) and not (spaced and self._is_common(word))):
                return None
            left += weight
        return 1 - left / self.wish.weight()

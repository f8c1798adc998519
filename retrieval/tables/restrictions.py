"""The numbers and dates of a question as filters of a table's typed columns. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from retrieval.tables.mentions import Mentions, Span
from retrieval.tables.plans import RowFilter
from retrieval.tables.relation import Relation
from retrieval.tables.values import ValueKind, compiled, plain_form, unit_of, unit_scale
from retrieval.tables.vocabulary import CONCEPTS, PRICE
from retrieval.tables.wishes import Bound, Covered, Day, TableWish

MONEY = frozenset(unit_of(unit) for unit in ("円", "元", "$", "¥", "€", "£"))


class NotGrounded(Exception):  # no error: the table does not have what the question says
    """The question speaks of something that the table does not say."""


def day_filters(
    wish: TableWish,
    relation: Relation,
    literal: Sequence[int],
    mentions: Mentions,
    dated: Collection[Span],
    covered: Covered,
) -> Iterator[RowFilter]:
    """Filters by the question's dates; those that the table's surroundings say filter nothing. Raises
    NotGrounded where a date cannot be looked up."""
    days = [n for n, column in enumerate(relation.columns) if column.kind is ValueKind.DATE]
    conceived = {column for mention in mentions.concepts for column in mention.columns}
    bounds = [bound for bound in wish.bounds if bound.day is not None]
    alone = [span for span in wish.days if span[:2] not in mentions.named_days]
    alone = [span for span in alone if covered.is_free(span[0], span[1])]
    for start, end, day in alone:
        column = _column(days, literal, conceived)
        if column is None:
            if (start, end) not in dated:
                raise NotGrounded
            covered.cover(start, end)
            continue
        covered.cover(start, end)
        fitted = _fitted(day, relation, column, (start, end) in dated)
        if fitted is not None:
            yield RowFilter((column,), "=", day=fitted, words=wish.text_at(start, end))
    for bound in bounds:
        column = _column(days, literal, conceived)
        assert bound.day is not None
        if column is None:
            raise NotGrounded
        fitted = _fitted(bound.day, relation, column, False, comparing=True)
        if fitted is not None:
            words = wish.text_at(bound.start, bound.end)
            yield RowFilter((column,), bound.sign, day=fitted, words=words)


def _column(days: Sequence[int], literal: Sequence[int], conceived: Collection[int]) -> int | None:
    named = [column for column in days if column in literal] or [
        column for column in days if column in conceived
    ]
    if named:
        return named[0]
    return days[0] if len(days) == 1 else None


def _fitted(day: Day, relation: Relation, column: int, dated: bool, *, comparing: bool = False) -> Day | None:
    """A day of the question as the column's cells can be compared with it; None where it says nothing of
    them. What the cells leave out must stand around the table, and what the day leaves out be one for all
    cells that are compared with it."""
    cells = [
        cell.value.day
        for row in relation.rows
        if (cell := row.cells[column]) is not None and cell.value.kind is ValueKind.DATE
    ]
    fitted = list(day)
    context = plain_form(f"{relation.context} {relation.title}")
    for place, part in enumerate(day):
        said = [cell[place] for cell in cells if cell[place]]
        if part and not said:  # the cells leave it out
            named = str(part) in context if place == 0 else f"{part}月" in context or dated
            if not named:
                raise NotGrounded
            fitted[place] = 0
        elif not part and said and comparing and any(day[:place] or cells) and place < _last(day):
            if len(set(said)) != 1:
                raise NotGrounded
            fitted[place] = said[0]
    made = (fitted[0], fitted[1], fitted[2])
    return made if any(made) else None


def _last(day: Day) -> int:
    """The finest part that a date says: 2 for a day, 1 for a month, 0 for a year."""
    return max((place for place, part in enumerate(day) if part), default=0)


def bound_filters(
    wish: TableWish, relation: Relation, mentions: Mentions, covered: Covered
) -> Iterator[RowFilter]:
    """Filters by the question's limits on numbers. Raises NotGrounded where a column would have to be
    guessed."""
    for bound in wish.bounds:
        if bound.number is None or (bound.start, bound.end) in mentions.named_figures:
            continue
        column = _measured(bound, wish, relation, mentions)
        words = wish.text_at(bound.start, bound.end)
        scale, _ = unit_scale(relation.columns[column].unit or _stated_unit(relation))
        number = bound.number / scale if bound.unit in MONEY else bound.number
        yield RowFilter((column,), bound.sign, number=number, words=words)


def _measured(bound: Bound, wish: TableWish, relation: Relation, mentions: Mentions) -> int:
    numbers = [n for n in range(len(relation.columns)) if _fits(relation, n, bound.unit)]
    if len(numbers) == 1:
        return numbers[0]
    same = [column for column in numbers if bound.unit in _units(relation, column)]
    if bound.unit and len(same) == 1:
        return same[0]
    named = [
        (min(abs(bound.start - mention.end), abs(mention.start - bound.end)), column)
        for mention in (*mentions.columns, *mentions.concepts)
        for column in mention.columns
        if column in (same or numbers)
    ]
    nearest = min((far for far, _ in named), default=0)
    columns = {column for far, column in named if far == nearest}
    if len(columns) != 1:
        raise NotGrounded
    return columns.pop()


def _fits(relation: Relation, column: int, unit: str) -> bool:
    """Whether numbers of that unit can be compared with a column's: amounts of money with amounts, shares
    with shares."""
    own = relation.columns[column]
    if not own.is_measure:
        return False
    units = _units(relation, column)
    if not unit or unit in units:
        return not (unit == "" and units == {"%"})
    if units:  # 12 kg are not 12 人
        return False
    if unit in MONEY and unit_scale(_stated_unit(relation))[1] == unit:
        return True
    return bool(_PRICED.search(plain_form(own.name))) if unit in MONEY else unit != "%"


def _stated_unit(relation: Relation) -> str:
    """The unit of money that stands in brackets beside the table's title: 商品別売上（万円）."""
    match = _IN_BRACKETS.search(plain_form(f"{relation.title} {relation.context}"))
    return match["unit"] if match is not None else ""


_IN_BRACKETS = compiled(r"[(\[](?:单位|単位)?[:：]?\s?(?P<unit>[百千万億亿]{0,2}[円元])[)\]]")


_PRICED = next(concept for concept in CONCEPTS if concept.name == PRICE).named


def _units(relation: Relation, column: int) -> set[str]:
    own = relation.columns[column]
    units = {cell.value.unit for row in relation.rows[:50] if (cell := row.cells[column]) is not None}
    return ({unit_of(own.unit), unit_scale(own.unit)[1]} if own.unit else set()) | (units - {""})

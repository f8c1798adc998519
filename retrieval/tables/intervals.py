"""Columns for intervals of numbers, as prices by how many are bought: 1～9, 10～49, 50以上. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from retrieval.tables.relation import Relation
from retrieval.tables.values import compiled, plain_form, unit_of
from retrieval.tables.wishes import TableWish

_MONEY = frozenset(unit_of(unit) for unit in ("円", "元", "$", "¥", "€", "£"))
_INTERVAL = compiled(
    r"(?P<least>\d{1,9})(?:\s?\p{L}{1,3})?\s?[~～–—-]\s?(?P<most>\d{1,9})?(?:\s?\p{L}{1,6})?"
    r"|(?P<from>\d{1,9})(?:\s?\p{L}{1,3})?\s?(?:以上|\+|or more|and over|起)|(?P<until>\d{1,9})(?:\s?\p{L}{1,3})?\s?(?:以下|未满|以内|or less|or fewer)"
)


@dataclass(frozen=True)
class Interval:
    """What a column's name says of the numbers that it is for: 10～49, 50以上."""

    least: Decimal
    most: Decimal


def in_intervals(wish: TableWish, relation: Relation) -> Iterator[tuple[int, int, int]]:
    """Where the question says a number for which one of several columns is: [start, end) and the column."""
    intervals = {
        number: made
        for number, column in enumerate(relation.columns)
        if (made := _interval(column.names[-1])) is not None
    }
    if len(intervals) > 1:
        units = {
            unit_of(column.unit)
            for number, column in enumerate(relation.columns)
            if column.unit and number not in intervals
        }
        yield from _inside(wish, intervals, _MONEY | units)


def _interval(name: str) -> Interval | None:
    match = _INTERVAL.fullmatch(plain_form(name).replace(",", ""))
    if match is None:
        return None
    least = match["least"] or match["from"] or "0"
    return Interval(Decimal(least), Decimal(match["most"] or match["until"] or "Infinity"))


def _inside(
    wish: TableWish, intervals: Mapping[int, Interval], of_others: Collection[str]
) -> Iterator[tuple[int, int, int]]:
    """The column whose interval the question's number, or its two limits, lie in; numbers of the units
    `of_others` are none of these."""
    limits = [bound for bound in wish.bounds if bound.number is not None and bound.unit not in of_others]
    figures = [figure for figure in wish.figures if figure.unit not in of_others]
    if limits:
        start, end = min(limit.start for limit in limits), max(limit.end for limit in limits)
        numbers = [limit.number for limit in limits if limit.number is not None]
        wide = any(limit.sign[0] == ">" for limit in limits) and len(limits) == 1
        inside = [
            column
            for column, interval in intervals.items()
            if all(interval.least <= number <= interval.most for number in numbers)
            and (not wide or interval.most.is_infinite())
        ]
    elif len(figures) == 1 and figures[0].number is not None:
        start, end, number = figures[0].start, figures[0].end, figures[0].number
        inside = [column for column, own in intervals.items() if own.least <= number <= own.most]
    else:
        return
    if len(inside) == 1:
        yield start, end, inside[0]

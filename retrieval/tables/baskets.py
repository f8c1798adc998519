"""What several things cost together, each in a number of its own: "12 boxes of paper and two toners". Pure.

Each is asked for by itself in the question's own words, and the products are added up: where the table does
not price one of them, or nothing accounts for a word, there is no sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from retrieval.tables.running import TableResult
from retrieval.tables.vocabulary import BUYS, Operation
from retrieval.tables.wishes import TableWish

MOST_ITEMS = 6
_ASKS = {"ja": "買うといくらですか", "en": " how much to buy", "zh": "买多少钱"}
_MARKS = " \t\u3000、，,"
_JOINTS = ("および", "及び", "以及", "还有", "plus ", "and ", "と", "和")  # between two things


@dataclass(frozen=True)
class Basket:
    """The results of the things by themselves, and the one of all: the sum, with their rows and cells."""

    each: tuple[TableResult, ...]
    whole: TableResult


def basket_of(wish: TableWish, result_of: Callable[[str], TableResult | None]) -> Basket | None:
    """What the things that are asked for cost together; `result_of` gives what a table says to a question.
    None where it is no such question, or one of them has no price."""
    figures = sorted(figure.start for figure in wish.figures)
    if not 1 < len(figures) <= MOST_ITEMS or len(wish.text) != len(wish.plain):
        return None
    if not BUYS.search(wish.plain) and not any(name.name == "amount" for name, _, _ in wish.concepts):
        return None
    results: list[TableResult] = []
    for question in _questions(wish):
        result = result_of(question)
        if result is None or result.plan.operation is not Operation.PRODUCT or result.value is None:
            return None
        results.append(result)
    first = results[0]
    same = all(
        result.plan.relation is first.plan.relation and _unit_of(result) == _unit_of(first)
        for result in results
    )
    if not same or len({result.rows for result in results}) < len(results):
        return None
    whole = replace(
        first,
        rows=tuple(sorted({row for result in results for row in result.rows})),
        cells=tuple(cell for result in results for cell in result.cells),
        value=sum((result.value for result in results if result.value is not None), start=first.value * 0)
        if first.value is not None
        else None,
        numbers=tuple(number for result in results for number in result.numbers),
    )
    return Basket(tuple(results), whole)


def _unit_of(result: TableResult) -> str:
    return result.plan.relation.columns[result.plan.measures[0]].unit


def _questions(wish: TableWish) -> Iterator[str]:
    """The question for each thing by itself. In Japanese the number stands behind the thing, and what is
    asked of all of them behind the last; in English and Chinese the number stands before it."""
    text, figures = wish.text, sorted(wish.figures, key=lambda figure: figure.start)
    if wish.language == "ja":
        starts = [0, *(figure.end for figure in figures[:-1])]
        tail = text[figures[-1].end :]
        for start, figure in zip(starts, figures, strict=True):
            yield _alone(text[start : figure.end]) + tail
        return
    head = text[: figures[0].start]
    ends = [*(figure.start for figure in figures[1:]), len(text)]
    for number, (figure, end) in enumerate(zip(figures, ends, strict=True)):
        part = text[figure.start : end]
        last = number == len(figures) - 1
        yield head + (part if last else _alone(part) + _ASKS[wish.language])


def _alone(part: str) -> str:
    """The words for one thing without what joins it to the one before or behind."""
    part = part.strip(_MARKS)
    before = next((joint for joint in _JOINTS if part.startswith(joint)), "")
    part = part.removeprefix(before).strip(_MARKS)
    behind = next((joint.rstrip() for joint in _JOINTS if part.endswith(joint.rstrip())), "")
    if behind.isascii() and not part.removesuffix(behind).endswith(" "):
        return part  # a word that ends so
    return part.removesuffix(behind).rstrip(_MARKS)

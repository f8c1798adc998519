"""From a question and what search found to a figure out of a table, or the cells that are asked for.

Which documents may be used was decided by the search. Here their tables are looked at, a plan is made by
rules (`planning`), run in SQLite (`running`), and its rows become a quote, word for word. Where the tables do
not answer there is nothing: the sentences of the documents are then all the evidence there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import regex
from sqlalchemy.orm import Session

from core.access import Access
from language.characters import one_form
from language.tokens import normalised
from retrieval.evidence.computed import ComputedCell, ComputedFromTable
from retrieval.evidence.question_kinds import QuestionKind, question_kind
from retrieval.evidence.types import Evidence, Quote, Stretch
from retrieval.evidence.units import UnitKind
from retrieval.index.search import Hit
from retrieval.tables.baskets import basket_of
from retrieval.tables.joins import joined_relations
from retrieval.tables.planning import plan_for
from retrieval.tables.plans import TablePlan
from retrieval.tables.relation import Relation
from retrieval.tables.running import TableResult, cell_of, run_plan
from retrieval.tables.sources import page_texts, passage_with, relations_found
from retrieval.tables.values import ValueKind
from retrieval.tables.vocabulary import Operation
from retrieval.tables.wishes import TableWish, wish_of
from retrieval.tables.wording import basket_words, how_words, value_words

ROWS_SHOWN = 50  # of the rows that a result comes from
ROWS_QUOTED, QUOTED = 12, 360  # rows and characters of the quote, header included
SURE, LIKELY = 0.95, 0.6  # the probability that a result answers
RUNS = 6  # plans that are tried, best first
BEHIND = 0.02  # of the share that a table of the next document loses
_NEVER = frozenset({QuestionKind.SUMMARY, QuestionKind.ABOUT_DOCUMENTS, QuestionKind.YES_NO})
_COMPUTED_ONLY = frozenset({QuestionKind.PROCEDURE, QuestionKind.CONDITIONS, QuestionKind.COMPARISON})
_KINDS = regex.compile(r"種類|何種|几种|幾種|\b(?:kinds?|types?|different|distinct)\b", regex.I)
_LONGEST = 240  # characters of a question that is looked at


@dataclass(frozen=True)
class Computation:
    """A result with the quote of its rows, and the probability that it answers."""

    computed: ComputedFromTable
    quote: Quote
    probability: float


def compute(
    access: Access, session: Session, question: str, hits: Sequence[Hit], on: date | None = None
) -> Computation | None:
    """What the tables of the documents found say to the question; None where they do not answer it."""
    kind = question_kind(question)
    if kind in _NEVER or not hits or len(question) > _LONGEST:
        return None
    wish = wish_of(question)
    if kind in _COMPUTED_ONLY and not wish.computes:
        return None
    relations = relations_found(session, hits)
    tables = [relation for relation, _ in relations]
    best = best_result(wish, tables)
    how = ""
    if best is None:
        basket = basket_of(wish, lambda part: (best_result(wish_of(part), tables) or [None])[0])
        value = value_words(basket.whole, wish.language) if basket is not None else None
        if basket is None or not value:
            return None
        how = basket_words(basket.each, value, wish.language)
        best = basket.whole, value, all(each.plan.exact for each in basket.each)
    result, value, sure = best
    if result.plan.operation is Operation.COUNT and _says_a_column_with_gaps(question, result.plan):
        return None
    version_id = result.plan.relation.version_id
    hit = next(hit for relation, hit in relations if relation.version_id == version_id)
    how = how or how_words(result, wish.language)
    return _computation(access, session, result, Said(value, how, sure), hit, on)


def asks_a_figure(question: str) -> bool:
    """Whether the question asks for what only a table's figures together say: a sum, a count, the most."""
    return len(question) <= _LONGEST and question_kind(question) not in _NEVER and wish_of(question).computes


def _says_a_column_with_gaps(question: str, plan: TablePlan) -> bool:
    """Whether the question names a column that is empty in some rows, and no value of it. Whether all rows,
    the filled ones or the different values are to be counted is not told then, unless it asks for kinds."""
    if _KINDS.search(question):
        return False
    plain, relation = one_form(normalised(question)), plan.relation
    filtered = {column for row_filter in plan.filters for column in row_filter.columns}
    named = [
        number
        for number, column in enumerate(relation.columns)
        if number not in filtered
        and len(column.names[-1]) > 1
        and one_form(normalised(column.names[-1])) in plain
    ]
    return any(
        (cell := row.cells[number]) is None or cell.value.kind is ValueKind.EMPTY
        for row in relation.rows
        for number in named
    )


def with_computed(evidence: Evidence, computation: Computation) -> Evidence:
    """The evidence with what was computed: alone where that is sure, else before the best quote."""
    quotes = [computation.quote]
    if not computation.computed.sure:
        quotes += [quote for quote in evidence.quotes if not _overlap(quote, computation.quote)][:1]
    return Evidence(quotes, max(computation.probability, evidence.probability), computation.computed)


def _overlap(quote: Quote, other: Quote) -> bool:
    return quote.hit.passage.version_id == other.hit.passage.version_id and any(
        mine.page == theirs.page and mine.start < theirs.end and theirs.start < mine.end
        for mine in quote.stretches
        for theirs in other.stretches
    )


def best_result(wish: TableWish, relations: Sequence[Relation]) -> tuple[TableResult, str, bool] | None:
    """The result of the table that accounts for most of the question, its value in words, and whether it is
    sure; the tables come best document first."""
    order = list(dict.fromkeys(relation.version_id for relation in relations))
    plans: list[tuple[float, int, TablePlan]] = []
    for number, relation in enumerate(relations):
        plan = plan_for(wish, relation)
        if plan is not None:
            other = BEHIND * (relation.language != wish.language)
            plans.append((plan.share - BEHIND * order.index(relation.version_id) - other, number, plan))
    if not any(plan.exact for _, _, plan in plans):
        for joined in joined_relations(relations):
            plan = plan_for(wish, joined)
            if plan is not None:
                share = plan.share - BEHIND * order.index(joined.version_id)
                plans.append((share, len(relations), plan))
    plans.sort(key=lambda plan: (not plan[2].exact, -plan[0], plan[1]))
    given: list[tuple[float, TableResult, str]] = []
    for share, _, plan in plans[:RUNS]:
        result = run_plan(plan)
        value = value_words(result, wish.language) if result is not None else None
        if result is not None and value:
            given.append((share, result, value))
    if not given:
        return None
    share, result, value = given[0]
    rivals = {
        other
        for own, rival, other in given[1:]
        if own >= share - BEHIND / 2 and (rival.plan.exact or not result.plan.exact)
    }
    sure = result.plan.exact and not rivals - {value}
    if rivals - {value} and result.plan.operation is not Operation.LIST:
        return None  # two tables that fit equally say two figures
    return result, value, sure


@dataclass(frozen=True)
class Said:
    """A result in words: its value, how it comes about, and whether it is sure."""

    value: str
    how: str
    sure: bool


def _computation(
    access: Access, session: Session, result: TableResult, said: Said, hit: Hit, on: date | None
) -> Computation | None:
    relation = result.plan.relation
    if not result.rows:
        return None
    first = relation.rows[result.rows[0]]
    hit = passage_with(access, session, hit, first.page, first.start, on)
    quote = _quote(session, result, hit)
    if quote is None:
        return None
    used = set(result.cells)
    rows = tuple(
        tuple(
            ComputedCell(cell.text if cell is not None else "", (row, column) in used)
            for column, cell in enumerate(relation.rows[row].cells)
        )
        for row in result.rows[:ROWS_SHOWN]
    )
    computed = ComputedFromTable(
        str(result.plan.operation), said.value, said.how, relation.title,
        tuple(column.name for column in relation.columns), rows, len(result.rows), said.sure,
    )  # fmt: skip
    return Computation(computed, quote, SURE if said.sure else LIKELY)


def _quote(session: Session, result: TableResult, hit: Hit) -> Quote | None:
    """The rows that the result comes from, below their header where they do not name their columns
    themselves: the first of them that fit."""
    relation = result.plan.relation
    places: list[tuple[int, int, int]] = []
    length = 0
    for number in result.rows[:ROWS_QUOTED]:
        row = relation.rows[number]
        if not row.labelled and not places:
            places += relation.header
            length += sum(end - start for _, start, end in relation.header)
        if places and length + row.end - row.start > QUOTED and number != result.rows[0]:
            break
        places.append((row.page, row.start, row.end))
        length += row.end - row.start
        for other in row.others:
            places += () if other.labelled else relation.joined
            places.append((other.page, other.start, other.end))
            length += other.end - other.start
    places = sorted(set(places))
    texts = page_texts(session, relation.version_id, {page for page, _, _ in places})
    stretches = [
        Stretch(page, start, end, texts[page][start:end]) for page, start, end in places if page in texts
    ]
    if not stretches or any(not stretch.text for stretch in stretches):
        return None
    return Quote.of(hit, stretches, SURE, unit=UnitKind.ROWS, emphasis=_emphasis(result, stretches))


def _emphasis(result: TableResult, stretches: Sequence[Stretch]) -> list[tuple[int, int]]:
    """Where in the quote the cells stand that the value comes from."""
    spans: list[tuple[int, int]] = []
    offset = 0
    cells = [cell_of(result.plan.relation, cell) for cell in result.cells]
    for stretch in stretches:
        for cell in cells:
            if (
                cell.page == stretch.page
                and stretch.start <= cell.start
                and cell.end <= stretch.end
                and cell.value.kind is not ValueKind.EMPTY
            ):
                spans.append((offset + cell.start - stretch.start, offset + cell.end - stretch.start))
        offset += len(stretch.text) + 1
    return sorted(set(spans))

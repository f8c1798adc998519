"""Random tables: what SQLite gives is what plain Python gives, and every cell that is shown is one of them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.tables.computing import best_result
from retrieval.tables.plans import RowFilter, TablePlan
from retrieval.tables.relation import (
    PlacedCell,
    Relation,
    RelationColumn,
    RelationRow,
)
from retrieval.tables.running import TableResult, run_plan
from retrieval.tables.values import ValueKind, typed
from retrieval.tables.vocabulary import Operation
from retrieval.tables.wishes import wish_of

pytestmark = pytest.mark.fast
GROUPS = ["Sales", "Legal", "Support", "Archive"]
amounts = st.decimals(-100_000, 100_000, places=2, allow_nan=False)
rows = st.lists(st.tuples(st.sampled_from(GROUPS), amounts), min_size=1, max_size=40)


def relation_of(content: list[tuple[str, Decimal]]) -> Relation:
    """A table of items, their groups and amounts."""
    made = []
    for number, (group, amount) in enumerate(content):
        texts = [f"Item{chr(97 + number // 26)}{chr(97 + number % 26)}", group, f"{amount:,}"]
        cells = tuple(PlacedCell(text, typed(text), 1, 0, len(text)) for text in texts)
        made.append(RelationRow(cells, 1, 100 * number, 100 * number + 40, labelled=True))
    columns = (
        RelationColumn(("Item",), "", ValueKind.TEXT, False, 1.0),
        RelationColumn(("Department",), "", ValueKind.TEXT, False, 0.0),
        RelationColumn(("Amount",), "", ValueKind.NUMBER, False, 0.5),
    )
    return Relation("v", columns, tuple(made), "costs", "costs")


def ask(question: str, content: list[tuple[str, Decimal]]) -> TableResult | None:
    best = best_result(wish_of(question), [relation_of(content)])
    return None if best is None else best[0]


@given(rows, st.sampled_from(GROUPS))
def test_sums_counts_and_means_of_a_group(content: list[tuple[str, Decimal]], group: str) -> None:
    own = [amount for name, amount in content if name == group]
    total = ask(f"What is the total amount of {group}?", content)
    count = ask(f"How many items are in {group}?", content)
    mean = ask(f"What is the average amount of {group}?", content)
    if not own:
        assert total is None and count is None and mean is None
        return
    assert total is not None and total.value == sum(own)
    assert len(total.cells) == len(own)
    assert count is not None and count.value == len(own)
    assert mean is not None and mean.value == sum(own) / len(own)


@given(rows, st.booleans())
def test_the_extreme_is_one_and_all_that_share_it_are_shown(
    content: list[tuple[str, Decimal]], largest: bool
) -> None:
    result = ask(f"Which item has the {'highest' if largest else 'lowest'} amount?", content)
    every = [amount for _, amount in content]
    best = max(every) if largest else min(every)
    places = [number for number, amount in enumerate(every) if amount == best]
    if result is None:  # too many share it for one of them to be an answer
        assert len(places) > 13
        return
    assert result.value == best
    assert [row for row, _ in result.cells] == places


@given(rows, st.integers(-100_000, 100_000))
def test_limits_pass_what_python_passes(content: list[tuple[str, Decimal]], limit: int) -> None:
    plan = TablePlan(
        relation_of(content), Operation.COUNT, filters=(RowFilter((2,), ">=", number=Decimal(limit)),)
    )
    result = run_plan(plan)
    expected = [number for number, (_, amount) in enumerate(content) if amount >= limit]
    assert result is not None and result.value == len(expected)
    assert list(result.rows) == expected


@given(rows)
def test_groups_are_those_of_python(content: list[tuple[str, Decimal]]) -> None:
    plan = TablePlan(relation_of(content), Operation.SUM, (2,), group=1)
    result = run_plan(plan)
    expected: dict[str, Decimal] = {}
    for group, amount in content:
        expected[group] = expected.get(group, Decimal(0)) + amount
    assert result is not None
    assert {group.label: group.value for group in result.groups} == expected


@given(rows)
def test_rows_of_totals_are_never_added_to_the_rest(content: list[tuple[str, Decimal]]) -> None:
    plain = relation_of(content)
    total = sum(amount for _, amount in content)
    text = f"{total:,}"
    last = RelationRow(
        (PlacedCell("Total", typed("Total"), 1, 9000, 9005), None, PlacedCell(text, typed(text), 1, 9006, 9030)),
        1, 9000, 9030, is_total=True,
    )  # fmt: skip
    with_total = Relation("v", plain.columns, (*plain.rows, last), "costs", "costs")
    result = run_plan(TablePlan(with_total, Operation.SUM, (2,)))
    assert result is not None and result.value == total


@given(st.text(max_size=60))
def test_no_question_breaks_it(question: str) -> None:
    content = [("Sales", Decimal(3)), ("Legal", Decimal("4.50"))]
    best = best_result(wish_of(question), [relation_of(content)])
    assert best is None or best[1]


@given(st.text(min_size=1, max_size=30))
def test_a_cell_is_a_value_and_never_sql(text: str) -> None:
    hostile = text + "'; DROP TABLE t; --"
    plan = TablePlan(
        relation_of([("Sales", Decimal(1))]),
        Operation.COUNT,
        filters=(RowFilter((1,), "!=", frozenset((hostile,))),),
    )
    result = run_plan(plan)
    assert result is not None and result.value == 1


def test_numbers_beyond_what_sqlite_adds_exactly_give_nothing() -> None:
    huge = Decimal("999999999999999")
    content = [("Sales", huge)] * 3
    relation = relation_of(content)
    plan = TablePlan(relation, Operation.SUM, (2,), (RowFilter((2,), ">", number=Decimal("0.00000001")),))
    result = run_plan(plan)
    assert result is None or result.value == 3 * huge


def test_work_without_end_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval.tables import running

    content = [("Sales", Decimal(number)) for number in range(30)]
    plan = TablePlan(relation_of(content), Operation.SUM, (2,), group=1)
    assert run_plan(plan) is not None
    monkeypatch.setattr(running, "STEPS", 1)
    monkeypatch.setattr(running, "MOST_STEPS", 3)
    assert run_plan(plan) is None

"""A cell is read whole, as one thing, or as text."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.tables.values import ValueKind, dates_in, plain_form, typed, unit_scale

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,200円", "1200"), ("１，２００円", "1200"), ("¥1,200", "1200"), ("$0.25", "0.25"), ("(40)", "-40"), ("△50", "-50"),
        ("▲1,000", "-1000"), ("−3.5", "-3.5"), ("12%", "12"), ("3万円", "30000"), ("1.5億円", "150000000"), ("2 million", "2000000"),
        ("25人", "25"), ("1200 kg", "1200"), ("0", "0"), ("4,280元", "4280"),
    ],
)  # fmt: skip
def test_a_number_is_read_with_its_sign_scale_and_unit(text: str, number: str) -> None:
    value = typed(text)
    assert value.kind is ValueKind.NUMBER
    assert value.number == Decimal(number)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-04-01", (2026, 4, 1)), ("2026/4/1", (2026, 4, 1)), ("令和8年4月1日", (2026, 4, 1)), ("R8.4.1以降", None),
        ("8月1日(木)", (0, 8, 1)), ("9/15", (0, 9, 15)), ("3 June 2019", (2019, 6, 3)), ("June 3, 2019", (2019, 6, 3)),
        ("5月", (0, 5, 0)), ("2025年度", (2025, 0, 0)), ("1 Oct", (0, 10, 1)), ("十月三日", (0, 10, 3)), ("3/45", None), ("0120-1", None),
    ],
)  # fmt: skip
def test_a_date_is_read_with_what_it_leaves_out(text: str, day: tuple[int, int, int] | None) -> None:
    value = typed(text)
    assert (value.day if value.kind is ValueKind.DATE else None) == day


@pytest.mark.parametrize(
    "text", ["1,200～1,500円", "A4用紙", "約100円から", "0120-444-444", "12,34", "1.2.3", "=SUM(A1:A3)"]
)
def test_what_is_no_one_thing_is_text(text: str) -> None:
    assert typed(text).kind is ValueKind.TEXT


@pytest.mark.parametrize("text", ["-", "―", "N/A", "なし", "无", "", "…"])
def test_a_sign_of_nothing_is_empty(text: str) -> None:
    assert typed(text).kind is ValueKind.EMPTY


def test_dates_of_a_question_have_their_places() -> None:
    plain = plain_form("2026年8月10日以降と8月の2日")
    assert [(plain[start:end], day) for start, end, day in dates_in(plain)] == [
        ("2026年8月10日", (2026, 8, 10)),
        ("8月の2日", (0, 8, 2)),
    ]


def test_a_unit_may_be_a_thousand_of_another() -> None:
    assert unit_scale("千円")[0] == 1000
    assert unit_scale("thousands of dollars") == (Decimal(1000), "$")
    assert unit_scale("円")[0] == 1


@given(st.integers(-(10**12), 10**12), st.sampled_from(["", "円", "元", "人", "%"]))
def test_every_whole_number_comes_back_with_its_thousands_apart(number: int, unit: str) -> None:
    value = typed(f"{number:,}{unit}")
    assert value.kind is ValueKind.NUMBER
    assert value.number == number

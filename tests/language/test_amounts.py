"""Amounts in cells: one value however it is written, and shown as a person writes it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from language.amounts import number_of, shown_number
from language.figures import figures


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,006.2", 1006.2), ("1,006.20", 1006.2), ("￥1,006.20", 1006.2), ("1，006.20元", 1006.2),
        ("人民币1,006.20元整", 1006.2), ("1,006元2角", 1006.2), ("1,006元2角5分", 1006.25),
        ("壹仟零陆元贰角整", 1006.2), ("壹仟零陆元零伍分", 1006.05), ("柒仟柒佰肆拾元整", 7740),
        ("3億5,000万円", 350_000_000), ("一百二十万円", 1_200_000), ("1.2万元", 12_000),
        ("(12,400)", -12_400), ("($1,006.20)", -1006.2), ("▲5,000", -5000), ("△1.5", -1.5),
        ("(1)", 1), ("10 m", 10), ("100円/個", 100), ("12台", 12), ("5分", 5), ("第3回", 3),
    ],
)  # fmt: skip
def test_an_amount_has_one_value_however_it_is_written(text: str, value: float) -> None:
    assert number_of(text) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("text", ["", "一式", "別途", "–", "金額", "千円", "角"])
def test_words_are_no_number(text: str) -> None:
    assert number_of(text) is None


@pytest.mark.parametrize(
    ("value", "like", "shown"),
    [
        (1006.2, "1,006.30", "1,006.20"), (1006.2, "￥1,006.3", "1,006.2"), (1006.2, "1,006", "1,006.2"),
        (Fraction(12_345_678_901), "12,345,678,900", "12,345,678,901"), (Fraction(-1, 2), "", "-0.5"),
        (1006.0, "1,005.50元", "1,006.00"), (Fraction(1, 3), "", "0.333333"), (Fraction(0), "", "0"),
        (0.08, "10.0%", "0.08"),
    ],
)  # fmt: skip
def test_a_number_is_shown_with_the_decimals_of_the_one_beside_it(
    value: float | Fraction, like: str, shown: str
) -> None:
    assert shown_number(value, like) == shown


def test_zeros_behind_the_point_make_no_other_amount() -> None:
    assert figures("1,006.20元") == figures("1,006.2元") == figures("1006.2元")
    assert figures("3.0%") == figures("3%")
    assert figures("1.10") != figures("1.1")  # sections, versions

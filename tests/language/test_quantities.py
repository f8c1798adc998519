"""Numbers and years have one form, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import texts

from language.amounts import amount_of
from language.characters import one_form
from language.quantities import written
from language.tokens import normalised, query_tokens, tokens

pytestmark = pytest.mark.fast


def forms(text: str) -> list[str]:
    return [number.form for number in written(one_form(normalised(text)))]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("45,000円", "45000"),
        ("￥４５，０００", "45000"),
        ("4万5千円", "45000"),
        ("4.5万円", "45000"),
        ("四万五千円", "45000"),
        ("45千円", "45000"),
        ("45 thousand yen", "45000"),
        ("2億5000万円", "250000000"),
        ("2.5亿元", "250000000"),
        ("3百万円", "3000000"),
        ("3 million yen", "3000000"),
        ("$3m", "3000000"),
        ("金弐拾参萬円也", "230000"),
        ("叁拾万元", "300000"),
        ("二十五", "25"),
        ("一百零五", "105"),
        ("1,234.50", "1234.5"),
        ("昭和55年", "1980"),
        ("昭和五十五年", "1980"),
        ("平成元年度", "1989"),
        ("令和7年4月1日", "2025"),
        ("H12.3.31", "2000"),
        ("R7/4/1", "2025"),
        ("一九八〇年", "1980"),
        ("二〇二五年", "2025"),
        ("民國114年", "2025"),
    ],
)
def test_a_number_has_one_form(text: str, form: str) -> None:
    assert forms(text) == [form]


@pytest.mark.parametrize(
    "text",
    [
        "45000", "1980年", "万一の場合", "一般", "千万不要", "十日", "三四日", "十二三人", "10 m", "T-12", "S55", "H12",
        "1.2.3", "百科", "03-1234-5678", "平成", "室内",
    ],
)  # fmt: skip
def test_what_is_a_plain_number_or_none_is_left_alone(text: str) -> None:
    assert forms(text) == []


@given(st.integers(1_000, 10**12))
def test_every_amount_is_found_by_its_grouped_form(value: int) -> None:
    assert forms(f"{value:,}") == [str(value)]
    assert str(value) in query_tokens(f"{value}円はいくら")
    assert str(value) in tokens(f"金{value:,}円")


@given(texts)
def test_numbers_lie_in_order_inside_the_text(text: str) -> None:
    plain = one_form(normalised(text))
    before = 0
    for number in written(plain):
        assert before <= number.start < number.end <= len(plain)
        before = number.end


def test_a_question_in_another_form_has_nothing_that_the_text_lacks() -> None:
    text = set(tokens("出張の日当は5,000円とする。昭和55年10月に始めた。"))
    assert set(query_tokens("日当5千円")) <= text
    assert set(query_tokens("日当五千円")) <= text
    assert set(query_tokens("1980年")) <= text
    assert set(query_tokens("５０００円")) <= text


@pytest.mark.parametrize(
    "text", ["9" * 28 + " million", "9" * 50 + "万円", "九" * 50 + "億", "1" * 18 + "." + "1" * 9 + " bn"]
)
def test_digits_that_no_amount_has_are_none(text: str) -> None:
    assert amount_of(text) is None


def test_the_largest_amounts_are_read_to_the_last_digit() -> None:
    largest = amount_of("999999999999999999兆円")
    assert largest is not None and largest.value == 999999999999999999 * 10**12
    small = amount_of("48.6万元")
    assert small is not None and str(small.value) == "486000"

"""A section that a model wrote says all that its quotes say, what it left out in the documents' words."""

from __future__ import annotations

import pytest

from drafts.completing import Said, completed

CONTACT = "搬迁事宜请联系后勤部何军，分机号3306。"
DEADLINE = "员工应在10月20日下班前将个人物品装箱并贴好标签。电脑由信息部统一搬运。"


def texts(written: list[Said], quotes: list[str]) -> list[str]:
    return [sentence.text for sentence in completed(written, quotes)]


@pytest.mark.parametrize(
    ("written", "quote"),
    [
        ("搬迁事宜请联系后勤部。", CONTACT),  # without the name and the number
        (
            "見逃しを減らすことを目的とする。",
            "検品カメラを更新し、見逃しを月3件以下に減らすことを目的とする。",
        ),
        ("Call the help desk.", "Call the help desk on extension 4410."),
        ("Call the help desk.", "Call the help desk of Ardent Systems."),
        (
            "現在の検品カメラは2015年に導入した。",
            "現在の検品カメラは2015年に導入した機種で、部品の供給が2026年9月に終わる。",
        ),
    ],
)
def test_a_sentence_that_says_less_than_its_quote_gives_way_to_it(written: str, quote: str) -> None:
    assert completed([Said(written, (1,))], [quote]) == [Said(quote, (1,))]


@pytest.mark.parametrize(
    ("written", "quote"),
    [
        ("搬迁事宜请联系后勤部何军，分机号为3306。", CONTACT),
        ("部品の供給は2026年9月に終わります。", "部品の供給は2026年9月に終わる。"),
        ("Employees call the help desk on extension 4410.", "Call the help desk on extension 4410."),
    ],
)
def test_a_sentence_that_says_all_of_its_quote_stays_as_it_was_written(written: str, quote: str) -> None:
    assert texts([Said(written, (1,))], [quote]) == [written]


def test_sentences_that_were_torn_at_an_abbreviation_give_way() -> None:
    quote = "Employees register visitors at reception by 5 p.m. on the day before."
    torn = [Said("Employees register visitors at reception by 5 p.", (1,)), Said("on the day before.", (1,))]
    assert texts(torn, [quote]) == [quote]


def test_the_second_sentence_of_a_quote_follows_the_first() -> None:
    first = "员工应在10月20日下班前将个人物品装箱并贴好标签。"
    assert texts([Said(first, (1,))], [DEADLINE]) == [first, "电脑由信息部统一搬运。"]
    second = [Said("电脑由信息部统一搬运。", (1,))]
    assert texts(second, [DEADLINE]) == [first, "电脑由信息部统一搬运。"]


def test_a_quote_that_no_sentence_rests_on_is_said_as_well() -> None:
    whole = completed([Said(CONTACT, (2,))], [DEADLINE, CONTACT])
    assert [sentence.marks for sentence in whole] == [(1,), (1,), (2,)]
    assert whole[-1].text == CONTACT


def test_the_same_words_of_two_quotes_are_said_once() -> None:
    assert texts([Said("请联系后勤部。", (1,))], [CONTACT, CONTACT]) == [CONTACT]


def test_a_sentence_that_joins_two_parts_stays_beside_what_it_left_out() -> None:
    quotes = ["The room is on floor 3. It has 40 seats. Parking is at gate 7."]
    written = [Said("The room is on floor 3 and has 40 seats.", (1,))]
    assert texts(written, quotes) == ["The room is on floor 3 and has 40 seats.", "Parking is at gate 7."]

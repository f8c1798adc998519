"""What a question looks for and its evidence does not say."""

from __future__ import annotations

import pytest

from language.characters import one_form
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.missing import missing_figures, missing_terms, terms_of
from retrieval.index.widening import shipped, widened

pytestmark = pytest.mark.fast


def asked(text: str) -> AskedQuestion:
    return AskedQuestion.parse(text, {}, 100, widened(text, shipped()))


@pytest.mark.parametrize(
    ("question", "language", "terms"),
    [
        ("社宅の家賃は月いくらですか", "ja", ("社宅", "家賃")),
        ("自転車通勤の保険加入は必要ですか", "ja", ("自転車通勤", "保険加入")),
        ("员工宿舍的房租每月多少？", "zh", ("员工宿舍", "房租")),
        ("What is the home address of the warehouse?", "en", ("home", "address", "warehous")),
    ],
)
def test_the_terms_of_a_question(question: str, language: str, terms: tuple[str, ...]) -> None:
    assert {one_form(term) for term in terms} <= set(terms_of(question, language))


def test_a_term_that_no_text_says_is_missing() -> None:
    question = asked("望遠鏡の倍率はいくらですか")
    assert missing_terms(question, ["望遠鏡の手入れは毎週行う。"]).last == 1.0
    assert missing_terms(question, ["望遠鏡の倍率は40倍である。"]).most == 0.0


def test_each_term_is_looked_for_in_all_texts() -> None:
    question = asked("望遠鏡の倍率はいくらですか")
    assert missing_terms(question, ["望遠鏡の手入れ", "倍率の一覧"]).most == 0.0


def test_a_thing_under_another_word_is_not_missing() -> None:
    question = asked("有休の繰越はできますか")
    assert missing_terms(question, ["年次有給休暇は翌年に限り繰越すことができる。"]).most == 0.0
    english = asked("Can I carry over PTO?")
    assert missing_terms(english, ["Annual leave is carried over to the next year."]).most == 0.0


def test_the_first_time_is_no_number_that_a_page_must_say() -> None:
    assert missing_figures(asked("第一次借相机要办什么手续"), "新借用者须填写登记表。") == 0
    assert missing_figures(asked("第二期班什么时候开课"), "第一期班三月开课。") == 1


def test_a_question_without_terms_misses_nothing() -> None:
    assert missing_terms(asked("いくらですか"), ["何か。"]).most == 0.0


@pytest.mark.parametrize(
    ("question", "text", "missing"),
    [
        ("2019年度の売上はいくらでしたか", "2020年度の売上は12億円であった。", 1),
        ("2019年度の売上はいくらでしたか", "2019年度の売上は12億円であった。", 0),
        ("1988年に何を始めましたか", "昭和63年、倉庫業を始めた。", 0),
        ("1989年に何を始めましたか", "昭和63年、倉庫業を始めた。", 1),
        ("令和3年度の売上はいくらでしたか", "2021年度の売上は12億円であった。", 0),
        ("第二倉庫の鍵はどこですか", "第一倉庫の鍵は守衛室にある。", 1),
        ("12月3日の当番は誰ですか", "12月4日の当番は宮川である。", 1),
        ("当番は誰ですか", "12月4日の当番は宮川である。", 0),
    ],
)
def test_dates_and_ordinals_that_a_text_does_not_say(question: str, text: str, missing: int) -> None:
    assert missing_figures(asked(question), text) == missing

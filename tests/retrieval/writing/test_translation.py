"""A sentence from quotes in another language stands by its figures, names, denials and meaning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from evaluation.writing import _quote, writing_cases
from language.tokens import language_of
from llm.fakes import ScriptedModel
from llm.gate import Gate
from retrieval.answers.writing.generation import Limits, Sentence, Struck, Writing, generate_answer
from retrieval.answers.writing.prompts import TRANSLATING
from retrieval.answers.writing.translation import (
    DIRECTIONS,
    Translating,
    numbers_of,
    translating,
    verify_translated,
)
from retrieval.answers.writing.verification import Flaw

pytestmark = pytest.mark.fast


def alike(said: str, texts: Sequence[str]) -> list[float]:
    return [0.9] * len(texts)


@pytest.mark.parametrize(
    ("sentence", "quote", "flaw"),
    [
        ("Applications must be submitted within three months. [1]", "申請は三か月以内に行う。", None),
        ("Applications must be submitted within four months. [1]", "申請は三か月以内に行う。", Flaw.NUMBER),
        ("13:00から開きます。[1]", "It opens at 1 p.m.", None),
        ("The allowance is 12,000 yen. [1]", "手当は1万2千円とする。", None),
        ("The allowance is 12,000 dollars. [1]", "手当は12,000円とする。", Flaw.NUMBER),
        ("12月30日から1月3日まで休みます。[1]", "The office is closed from 30 December to 3 January.", None),
        ("30日以上前に申請します。[1]", "Apply within 30 days.", Flaw.NUMBER),
        ("社員は员工です。[1]", "This is about employees.", Flaw.UNSUPPORTED),
        ("育児休業は1个月前に申請します。[1]", "Apply one month before.", Flaw.UNSUPPORTED),
        ("Hand in these papers: [1]", "次の書類を提出する。", Flaw.UNSUPPORTED),
        ("報告書を月末までに出します。[1]", "Hand in the report by the 25th.", Flaw.NUMBER),
        ("Hand it in by the 25th. [1]", "25日までに提出する。", None),
        ("A token for the VPN is lent. [1]", "認証トークンを貸与する。", Flaw.NAME),
        ("A token for the VPN is lent. [1]", "VPN用の認証トークンを貸与する。", None),
        ("可以带宠物。[1]", "ペットを連れて入ってはならない。", Flaw.DENIAL),
        ("不得携带宠物进入。[1]", "ペットを連れて入ってはならない。", None),
        ("不得携带宠物进入。", "ペットを連れて入ってはならない。", Flaw.NO_MARK),
        ("不得携带宠物进入。[2]", "ペットを連れて入ってはならない。", Flaw.UNKNOWN_MARK),
        ("可以带宠物吗？[1]", "ペットを連れて入ってはならない。", Flaw.UNSUPPORTED),
        ("The committee meets on Mondays. [1]", "委員会は火曜日に開く。", Flaw.NUMBER),
        ("The committee meets on Tuesdays. [1]", "委员会星期二召开会议。", None),
        ("厨房的 stove 要关掉。[1]", "The stove in the kitchen must be off.", Flaw.NAME),
        ("。[1]", "ペットを連れて入ってはならない。", Flaw.EMPTY),
    ],
)
def test_what_can_be_compared_between_languages_is(sentence: str, quote: str, flaw: Flaw | None) -> None:
    verdict = verify_translated(sentence, [quote], language_of(sentence), alike, 0.8)
    assert verdict.flaw == flaw, verdict


def test_a_sentence_that_means_something_else_is_struck() -> None:
    verdict = verify_translated("Pets are fed. [1]", ["餌は毎日与える。"], "en", alike, 0.95)
    assert (verdict.flaw, verdict.detail) == (Flaw.UNSUPPORTED, "0.900")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("三か月", {"3"}),
        ("二十五日", {"25"}),
        ("within ten days of march 3", {"10", "3"}),
        ("午後3時30分", {"3", "30", "15"}),
        ("1億円", {"1", "100000000"}),
        ("两周", {"2"}),
    ],
)
def test_numbers_are_read_however_they_are_written(text: str, numbers: set[str]) -> None:
    assert numbers_of(text) == numbers


ROWS = [
    json.loads(line)
    for line in Path(__file__)
    .with_name("translated_sentences.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
CASES = {(case.language, case.id): case for case in writing_cases()}
LEAST_RIGHT = 0.97


def stands(row: dict[str, str]) -> bool:
    """Whether figures, names, denials and script let it stand, its meaning taken as near."""
    quotes = CASES[row["quoted"], row["case"]].quotes
    return any(
        verify_translated(f"{row['text']}[{mark}]", quotes, row["language"], alike, 0.0).stands
        for mark in range(1, len(quotes) + 1)
    )


def test_only_directions_that_are_right_without_counting_on_meaning_are_written() -> None:
    directions = {(row["quoted"], row["language"]) for row in ROWS}
    assert len(ROWS) >= 90
    assert len(directions) == 6
    for direction in directions:
        shown = [row for row in ROWS if (row["quoted"], row["language"]) == direction and stands(row)]
        right = sum(row["right"] == "yes" for row in shown) / max(1, len(shown))
        assert direction not in DIRECTIONS or (len(shown) >= 10 and right >= LEAST_RIGHT)


def test_of_what_a_small_model_translated_wrongly_more_is_struck_than_of_what_is_right() -> None:
    wrong = [row for row in ROWS if row["right"] == "no"]
    right = [row for row in ROWS if row["right"] == "yes"]
    assert sum(map(stands, wrong)) <= 0.45 * len(wrong)
    assert sum(map(stands, right)) >= 0.65 * len(right)


class Knowing:
    """An embedder that knows those languages; it is not asked for vectors here."""

    def __init__(self, *languages: str) -> None:
        self.languages = frozenset(languages)


def test_a_direction_is_written_where_it_was_judged_right_or_all_are_wanted() -> None:
    everything = Knowing("ja", "en", "zh")
    for quoted, language in (("ja", "en"), ("zh", "ja")):
        known = (quoted, language) in DIRECTIONS
        assert (translating(quoted, language, everything, "auto") is not None) == known  # type: ignore[arg-type]
        assert translating(quoted, language, everything, "all") is not None  # type: ignore[arg-type]
        assert translating(quoted, language, everything, "none") is None  # type: ignore[arg-type]
        assert translating(quoted, language, Knowing("en"), "all") is None  # type: ignore[arg-type]
        assert translating(quoted, language, None, "all") is None
    assert translating("", "en", everything, "all") is None  # type: ignore[arg-type]


def test_an_answer_from_quotes_in_another_language_is_written_and_marked_as_a_translation() -> None:
    quotes = [
        _quote(0, "出張の終了後10営業日以内に精算する。", "ja"),
        _quote(1, "Claims are paid monthly.", "en"),
    ]
    model = ScriptedModel(
        "The claim must be submitted within 10 business days. [1] It must be submitted within 99 days. [1]"
    )
    written = Writing()
    events = list(
        generate_answer(
            model, Gate(1), "test", "When must I claim?", "en", quotes, Limits(100, 60), written,
            translating=Translating("ja", "en", alike, 0.5),
        )
    )  # fmt: skip
    assert [event.text for event in events if isinstance(event, Sentence)] == [
        "The claim must be submitted within 10 business days."
    ]
    assert [event.flaw for event in events if isinstance(event, Struck)] == [Flaw.NUMBER]
    assert written.record()["translated"] == "ja"
    prompt = model.requests[0].messages[-1].content
    assert TRANSLATING["en"] in prompt
    assert "精算する" in prompt
    assert "paid monthly" not in prompt  # what is in the question's own language is not compared so


@pytest.mark.parametrize("text", ["9" * 400 + " million", "9" * 5000 + "万1千", "九" * 5000 + "日"])
def test_thousands_of_digits_in_a_document_are_no_fault(text: str) -> None:
    assert len(numbers_of(text)) <= 3

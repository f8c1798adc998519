"""Two documents that do not agree are shown as such, and two that speak of different things are not."""

from __future__ import annotations

import pytest
from making import add, administrator

from core.models import AnswerStatus
from llm.fakes import ScriptedModel
from operations.library import Library
from retrieval.answers.conflicts import disagree
from retrieval.answers.events import Done, Quotes

CAR = "What is reimbursed per kilometer for the use of a private car?"


@pytest.mark.parametrize(
    ("question", "sentence", "other"),
    [
        (CAR, "The use of a private car is reimbursed at JPY 25 per kilometer.",
         "A private car used for business is reimbursed at JPY 30 per kilometer."),
        (CAR, "The use of a private car is reimbursed at 25 yen per kilometer.",
         "The use of a private car is reimbursed at JPY 30 per kilometer."),
        ("有給休暇は何日付与されますか", "年次有給休暇は、勤続6か月で10日付与する。",
         "年次有給休暇は、勤続6か月で12日を付与する。"),
        ("密码长度至少要多少位？", "密码长度不得少于12位。", "密码长度不得少于８位，并含数字。"),
    ],
)  # fmt: skip
def test_other_figures_for_the_same_thing_are_a_conflict(question: str, sentence: str, other: str) -> None:
    assert disagree(question, sentence, other)
    assert disagree(question, other, sentence)


@pytest.mark.parametrize(
    ("question", "sentence", "other"),
    [
        (CAR, "The use of a private car is reimbursed at JPY 25 per kilometer.",
         "The use of a private car is reimbursed at JPY 25.00 and JPY 25 per kilometer."),
        # The asker's word stands in one of them alone: they speak of different cases.
        ("What is the per-diem for grade A in Munich?", "The per-diem in Munich is 10,500 yen.",
         "The per-diem in Singapore is 9,000 yen."),
        # Another unit is another thing.
        ("有給休暇は何日付与されますか", "年次有給休暇は10日付与する。",
         "年次有給休暇は1時間を単位として付与する。"),
        # A figure of the question itself is no value of an answer.
        ("What happens after 3 late arrivals?", "After 3 late arrivals a warning is given.",
         "After 3 late arrivals a warning is written."),
        ("密码", "密码长度不得少于12位。", "账户在连续5次输入错误后锁定30分钟。"),
        (CAR, "", "The use of a private car is reimbursed at JPY 25 per kilometer."),
    ],
)  # fmt: skip
def test_what_can_both_be_true_is_none(question: str, sentence: str, other: str) -> None:
    assert not disagree(question, sentence, other)
    assert not disagree(question, other, sentence)


def test_both_quotes_are_shown_and_no_model_chooses_between_them(library: Library) -> None:
    add(library, "travel.md", "The use of a private car is reimbursed at JPY 25 per kilometer.")
    add(library, "osaka.md", "A private car used for business is reimbursed at JPY 30 per kilometer.")
    library.answerer.model = model = ScriptedModel("A private car is reimbursed at JPY 30 per kilometer [1].")
    events = list(library.answerer.ask(administrator(library), CAR))
    quotes, done = events[0], events[-1]
    assert isinstance(quotes, Quotes)
    assert isinstance(done, Done)
    assert quotes.conflicts == [(1, 2)]
    assert {quote.hit.document.name for quote in quotes.quotes} == {"travel.md", "osaka.md"}
    assert (done.status, done.text, done.why) == (AnswerStatus.QUOTED, "", "conflict")
    assert model.requests == []


def test_two_figures_within_one_document_are_the_document_s_own_business(library: Library) -> None:
    add(library, "car.md", "A private car is reimbursed at JPY 25 per kilometer.\n\n"
        "A private car of the night shift is reimbursed at JPY 30 per kilometer.")  # fmt: skip
    events = list(library.answerer.ask(administrator(library), CAR))
    assert isinstance(events[0], Quotes)
    assert events[0].conflicts == []

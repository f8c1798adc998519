"""Answers on whole documents, as a person sees them."""

from __future__ import annotations

import pytest
from test_ask_and_documents import _signed_in, ask, opened, text

from contract.answers import CitationOut
from contract.overviews import (
    ComparedRowOut,
    ComparedSideOut,
    ComparisonTableOut,
    RecordCardOut,
    SummaryOut,
    SummarySectionOut,
)
from core.models import now
from ui.client import Backend
from ui.language import LANGUAGES, words_of
from ui.screens.ask.overviews import coverage, record_card, table_html

__all__ = ["_signed_in"]  # a fixture that each test here uses too


def test_a_summary_has_its_headings_and_says_what_it_leaves_out(filled: Backend) -> None:
    page = ask(opened(), "Summarize the travel and expense policy")
    shown = text(page)
    assert "8. Payment and claims" in shown
    assert "An expense claim must be submitted within 10 business days" in shown
    assert "Left out:" in shown and "“11. Revision history”" in shown
    assert any(button.key == "show-1" for button in page.button)


def test_what_the_records_say_stands_on_a_card(filled: Backend) -> None:
    shown = text(ask(opened(), "Since when is the travel and expense policy in force?"))
    assert "travel-expense-policy.pdf" in shown and "1 Apr 2026" in shown
    assert "from its text" in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_sides_stand_side_by_side_with_what_differs_set_off(language: str) -> None:
    texts = {1: "You get <10 days>.", 2: "You get 12 days."}
    citations = {mark: CitationOut.model_construct(mark=mark, quote=quote) for mark, quote in texts.items()}
    row = ComparedRowOut(topic="Days", first=[1], second=[2], only_first=["10 days"], only_second=["12 days"])
    gone = ComparedRowOut(topic="Notice", first=[], second=[2], only_first=[], only_second=[])
    sides = [ComparedSideOut(name="Rules", version=1), ComparedSideOut(name="Rules", version=2)]
    table = ComparisonTableOut(sides=sides, rows=[row, gone], more=0, versions=[1, 2])
    words = words_of(language)
    shown = table_html(words, table, citations)
    assert "&lt;<strong>10 days</strong>&gt;" in shown and "<strong>12 days</strong>" in shown
    assert words("overview.nothing") in shown
    assert words("documents.version", number=2) in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_coverage_line_names_what_is_left_out(language: str) -> None:
    section = SummarySectionOut(title="Rules", heading="Fees", marks=[1], more=0)
    words = words_of(language)
    some = coverage(words, SummaryOut(sections=[section], shown=1, total=3, left_out=["Aim", "History"]))
    assert "Aim" in some and "History" in some and "1" in some and "3" in some
    everything = coverage(words, SummaryOut(sections=[section], shown=1, total=1, left_out=[]))
    assert "1" in everything and everything != some


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_shows_exactly_its_characters(language: str) -> None:
    card = RecordCardOut(
        document_id="d", version_id="v", title="<b>Rules</b>", document="rules.md", space="General",
        version=2, versions=3, in_force_from=None, in_force_until=None, source="",
        added_by="Ines", added_at=now(),
    )  # fmt: skip
    shown = record_card(words_of(language), card)
    assert "&lt;b&gt;Rules" in shown and "<b>" not in shown
    assert "Ines" in shown and words_of(language)("versions.no_dates") in shown

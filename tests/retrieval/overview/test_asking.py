"""Questions on whole documents, asked of a library: the rights, dates and promises of every answer hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import add, administrator, finish_work, person, space_named, upload
from sqlalchemy import select

from contract.values import Role
from core.access import Access
from core.models import AnswerStatus, Document, Version
from ingest.lifecycle.erasure import erase_document
from operations.library import Library
from retrieval.answers import history
from retrieval.answers.events import Done, Quotes
from retrieval.answers.quoted import stands_on_its_pages
from retrieval.answers.shown import shown_text
from retrieval.overview.records import recorded_again

POLICY = """# Bicycle policy

Effective date: 2025-03-01

## Lending

Every employee may borrow a bicycle for up to {days} days.

## Damage

Report damage to Ines Roth within 24 hours. The owner of this policy is Fleet Services.

## Purpose

This page describes how we lend bicycles.
"""


def ask(library: Library, question: str, access: Access | None = None) -> tuple[Quotes, Done]:
    events = list(library.answerer.ask(access or administrator(library), question))
    first, last = events[0], events[-1]
    assert isinstance(first, Quotes) and isinstance(last, Done)
    return first, last


def check_quotes(library: Library, done: Done) -> None:
    with library.sessions.read() as session:
        assert done.quotes
        assert all(stands_on_its_pages(session, quote) for quote in done.quotes)


def test_a_summary_is_told_saved_and_read_again(library: Library) -> None:
    add(library, "bicycle.md", POLICY.format(days=5))
    quotes, done = ask(library, "Summarize the bicycle policy")
    assert quotes.answers and done.status == AnswerStatus.QUOTED
    assert done.overview is not None and done.overview == quotes.overview
    summary = done.overview.summary
    assert summary is not None
    assert [section.heading for section in summary.sections] == ["Bicycle policy", "Lending", "Damage"]
    assert summary.left_out == ("Purpose",)
    assert len(summary.sections) + len(summary.left_out) == summary.total
    assert "up to 5 days" in shown_text(done) and "This page describes" not in shown_text(done)
    check_quotes(library, done)
    with library.sessions.read() as session:
        saved = history.own_answer(administrator(library), session, done.question_id)
    assert saved.answer.overview == done.overview.packed()
    assert [citation.citation.mark for citation in saved.citations] == list(range(1, len(done.quotes) + 1))


def test_a_summary_is_answered_again_from_what_was_kept(library: Library) -> None:
    add(library, "bicycle.md", POLICY.format(days=5))
    first, _ = ask(library, "Summarize the bicycle policy")
    again, _ = ask(library, "Summarize the bicycle policy")
    assert again.overview == first.overview and not again.hits


def test_what_is_not_there_is_not_summarised(library: Library) -> None:
    add(library, "bicycle.md", POLICY.format(days=5))
    _, done = ask(library, "Summarize the stock option plan")
    assert done.status == AnswerStatus.NOT_FOUND


def test_nobody_gets_a_summary_of_what_he_may_not_read(library: Library) -> None:
    space_named(library.sessions, "Board")
    add(library, "bicycle.md", POLICY.format(days=5), space="Board")
    reader = person(library.sessions, "Sato", General=Role.READER)
    for question in (
        "Summarize the bicycle policy",
        "Since when is the bicycle policy in force?",
        "What changed in the bicycle policy?",
    ):
        quotes, done = ask(library, question, reader)
        assert done.status == AnswerStatus.NOT_FOUND and not quotes.quotes and not quotes.hits
        assert "bicycle" not in str(done.overview).lower()


def test_an_erased_document_takes_its_summary_along(library: Library) -> None:
    document = add(library, "bicycle.md", POLICY.format(days=5))
    _, done = ask(library, "Summarize the bicycle policy")
    access = administrator(library)
    erase_document(access, library.sessions, library.files, library.index, document)
    with library.sessions.read() as session:
        saved = history.own_answer(access, session, done.question_id)
    assert saved.answer.overview == {} and saved.citations == []


def test_what_changed_is_the_difference_of_the_versions(library: Library) -> None:
    add(library, "bicycle.md", POLICY.format(days=5))
    add(library, "bicycle.md", POLICY.format(days=9).replace("24 hours", "48 hours"))
    _, done = ask(library, "What changed in the bicycle policy?")
    assert done.overview is not None and done.overview.table is not None
    table = done.overview.table
    assert table.versions == (1, 2)
    assert [row.topic for row in table.rows] == ["Lending", "Damage"]
    assert [row.only_first + row.only_second for row in table.rows] == [
        ("5 days", "9 days"), ("24 hours", "48 hours")
    ]  # fmt: skip
    for row in table.rows:
        old, new = done.quotes[row.first[0] - 1], done.quotes[row.second[0] - 1]
        assert old.hit.passage.version_id != new.hit.passage.version_id
    check_quotes(library, done)


def test_documents_that_differ_on_purpose_are_no_conflict(library: Library) -> None:
    for name, limit in (("Northwind", 120), ("Southridge", 95)):
        add(
            library, f"{name}.md",
            f"# {name} travel rules\n\n## Hotels\n\nThe hotel limit is {limit} dollars a night.\n",
        )  # fmt: skip
    quotes, done = ask(library, "Compare the hotel limit of Northwind and Southridge")
    assert done.overview is not None and done.overview.table is not None
    assert quotes.conflicts == [] and done.why == ""


def test_since_when_is_answered_from_the_records_with_its_place(library: Library) -> None:
    document = add(library, "bicycle.md", POLICY.format(days=5))
    _, done = ask(library, "Since when is the bicycle policy in force?")
    assert done.overview is not None
    (card,) = done.overview.records
    assert (card.document_id, card.version, card.versions) == (document, 1, 1)
    assert str(card.in_force_from) == "2025-03-01" and card.source == "text"
    assert "Effective date: 2025-03-01" in done.quotes[card.date_mark - 1].text
    assert card.space == "General" and card.added_by == administrator_name(library)
    check_quotes(library, done)


def administrator_name(library: Library) -> str:
    from core.models import User

    with library.sessions.read() as session:
        return str(session.scalar(select(User.name).where(User.id == administrator(library).user_id)))


def test_who_keeps_it_is_a_quote_of_the_document(library: Library) -> None:
    add(library, "bicycle.md", POLICY.format(days=5))
    _, done = ask(library, "Who owns the bicycle policy?")
    assert done.overview is not None
    (card,) = done.overview.records
    assert "Fleet Services" in done.quotes[card.keeper_mark - 1].text


def test_a_card_is_never_answered_from_what_was_kept(library: Library) -> None:
    document = add(library, "bicycle.md", POLICY.format(days=5))
    ask(library, "Since when is the bicycle policy in force?")
    with library.sessions.write() as session:
        session.get_one(Document, document).title = "Another title"
    quotes, _ = ask(library, "Since when is the bicycle policy in force?")
    assert quotes.overview is not None and quotes.overview.records[0].title == "Another title"


def test_a_kept_card_says_what_the_records_say_now_to_who_may_read_them(library: Library) -> None:
    document = add(library, "bicycle.md", POLICY.format(days=5))
    _, done = ask(library, "Which document describes the lending of a bicycle?")
    assert done.overview is not None and done.overview.records
    packed = done.overview.packed()["records"]
    stranger = person(library.sessions, "Mori", Elsewhere=Role.READER)
    with library.sessions.write() as session:
        session.get_one(Document, document).title = "Another title"
    with library.sessions.read() as session:
        assert [card.title for card in recorded_again(administrator(library), session, packed)] == [
            "Another title"
        ]
        assert recorded_again(stranger, session, packed) == ()


def test_a_version_that_is_not_in_force_is_not_summarised(library: Library) -> None:
    add(library, "bicycle.md", POLICY.format(days=5))
    upload(library, "bicycle.md", POLICY.format(days=9).replace("2025-03-01", "2999-01-01"))
    finish_work(library)
    _, done = ask(library, "Summarize the bicycle policy")
    assert "up to 5 days" in shown_text(done) and "up to 9 days" not in shown_text(done)
    with library.sessions.read() as session:
        assert len(list(session.scalars(select(Version.id)))) == 2


@pytest.mark.parametrize("question", ["要約して", "Summarize", "总结一下", "What changed?", "いつから？"])
def test_a_question_that_names_nothing_is_borne(library: Library, question: str, tmp_path: Path) -> None:
    add(library, "bicycle.md", POLICY.format(days=5))
    _, done = ask(library, question)
    with library.sessions.read() as session:
        assert all(stands_on_its_pages(session, quote) for quote in done.quotes)

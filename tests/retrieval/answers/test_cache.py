"""A question that comes again is answered from memory, and nobody through another's."""

from __future__ import annotations

from datetime import date, timedelta
from unittest.mock import patch

import pytest
from making import add, administrator, person, space_named
from sqlalchemy import delete, update

from contract.values import Role
from core.access import access_of
from core.models import Answer, Document, Grant, Question
from ingest.lifecycle.erasure import erase_document
from llm.fakes import ScriptedModel
from operations.library import Library
from retrieval.answers.cache import AnswerCache, Kept, Key
from retrieval.answers.events import Done, Event, Quotes
from retrieval.answers.writing.generation import Writing
from retrieval.evidence.types import Evidence

FEE = "The fee for a lost card is 50 yuan."
ASKED = "What is the fee for a lost card?"
GOOD = f"{FEE} [1]"


def ask(library: Library, question: str = ASKED, asker: str = "") -> tuple[list[Event], int]:
    """The events, and how often the index was searched for them."""
    if asker:
        with library.sessions.read() as session:
            access = access_of(session, asker)
    else:
        access = administrator(library)
    with patch.object(library.index, "search", wraps=library.index.search) as searched:
        return list(library.answerer.ask(access, question)), searched.call_count


def quotes(events: list[Event]) -> list[str]:
    assert isinstance(events[0], Quotes)
    return [quote.text for quote in events[0].quotes]


def test_the_same_question_costs_no_search_and_no_model(library: Library) -> None:
    add(library, "fee.txt", FEE)
    library.answerer.model = model = ScriptedModel(GOOD)
    first, searched = ask(library)
    assert searched == 1
    again, searched = ask(library, "  WHAT is the fee for a lost card? ")
    assert (searched, len(model.requests)) == (0, 1)
    assert [type(event) for event in again] == [type(event) for event in first]
    first_end, other = first[-1], again[-1]
    assert isinstance(first_end, Done)
    assert isinstance(other, Done)
    assert (other.text, other.status) == (first_end.text, first_end.status)
    assert other.question_id != first_end.question_id
    with library.sessions.read() as session:
        assert session.query(Question).count() == session.query(Answer).count() == 2


def test_another_model_or_a_new_document_is_asked_anew(library: Library) -> None:
    add(library, "fee.txt", FEE)
    ask(library)
    assert ask(library)[1] == 0
    library.answerer.model = ScriptedModel(GOOD)
    assert ask(library)[1] == 1
    add(library, "other.txt", "The fee for a lost card of the night shift is 70 yuan.")
    events, searched = ask(library)
    assert searched == 1
    assert any("70 yuan" in text for text in quotes(events))


def test_a_failure_of_the_model_is_not_kept(library: Library) -> None:
    add(library, "fee.txt", FEE)
    library.answerer.model = model = ScriptedModel("DIE", GOOD)
    ask(library)
    events, _ = ask(library)
    assert len(model.requests) == 2
    done = events[-1]
    assert isinstance(done, Done)
    assert done.why == ""


def test_nobody_is_served_through_another_s_cache(library: Library) -> None:
    add(library, "fee.txt", FEE)
    space = space_named(library.sessions, "Board")
    secret = "The fee for a lost card of the board is 900 yuan."
    add(library, "board.txt", secret, space="Board")
    board = person(library.sessions, "Mori", General=Role.READER, Board=Role.READER)
    reader = person(library.sessions, "Sato", General=Role.READER)
    twin = person(library.sessions, "Abe", General=Role.READER)

    assert secret in quotes(ask(library, asker=board.user_id)[0])
    events, searched = ask(library, asker=reader.user_id)
    assert searched == 1
    assert quotes(events) == [FEE]
    events, searched = ask(library, asker=twin.user_id)  # reads the same: may share
    assert (quotes(events), searched) == ([FEE], 0)
    # The right to read ends: so does what was kept by it.
    with library.sessions.write() as session:
        held = Grant.user_id == board.user_id, Grant.space_id == space
        session.execute(delete(Grant).where(*held))
    assert quotes(ask(library, asker=board.user_id)[0]) == [FEE]


def test_a_reader_list_acts_at_once(library: Library) -> None:
    document = add(library, "fee.txt", FEE)
    reader = person(library.sessions, "Sato", General=Role.READER)
    assert quotes(ask(library, asker=reader.user_id)[0]) == [FEE]
    with library.sessions.write() as session:
        session.execute(update(Document).where(Document.id == document).values(restricted=True))
    assert quotes(ask(library, asker=reader.user_id)[0]) == []


def test_what_was_erased_is_not_kept(library: Library) -> None:
    document = add(library, "fee.txt", FEE)
    ask(library)
    erase_document(administrator(library), library.sessions, library.files, library.index, document)
    assert quotes(ask(library)[0]) == []
    assert all(not kept.evidence.quotes for kept in library.answerer.cache._kept.values())


@pytest.mark.parametrize("size", [0, 2])
def test_no_more_is_kept_than_was_said(size: int) -> None:
    cache = AnswerCache(size)
    keys = [Key(str(n), "", None, date(2026, 1, 1), 0, "", "") for n in range(4)]
    for key in keys:
        cache.keep(key, Kept(Evidence([], 0.0), Writing()))
    assert [cache.find(key) is not None for key in keys] == [False, False, size > 1, size > 0]


def test_another_day_is_another_key() -> None:
    cache, day = AnswerCache(4), date(2026, 1, 1)
    key = Key("q", "", None, day, 0, "", "")
    cache.keep(key, Kept(Evidence([], 0.0), Writing()))
    assert cache.find(Key("q", "", None, day + timedelta(days=1), 0, "", "")) is None
    cache.keep(Key("q", "", None, day, 1, "", ""), Kept(Evidence([], 0.0), Writing()))
    assert cache.find(key) is None  # the index went on

"""What no document in force answers, one that has ended or is to come may: it is named, and never quoted."""

from __future__ import annotations

from datetime import timedelta

from making import add, administrator, person
from sqlalchemy import select, update

from contract.values import Certainty, Role
from core.access import Access
from core.models import Document, Question, Version, today
from ingest.lifecycle.effective_dates import set_dates
from operations.library import Library
from retrieval.answers.events import Quotes

FEE = "How much is the fee for a lost card?"
YESTERDAY, TOMORROW = today() - timedelta(1), today() + timedelta(1)
OTHER = "The canteen opens at noon and serves soup on weekdays."


def asked(library: Library, question: str = FEE, access: Access | None = None) -> Quotes:
    events = library.answerer.ask(access or administrator(library), question)
    quotes = next(event for event in events if isinstance(event, Quotes))
    for _ in events:
        pass
    return quotes


def fee(dates: str) -> str:
    return f"The fee for a lost card is 50 yuan.\n\n{dates}"


def ended_by_a_person(library: Library) -> str:
    document = add(library, "fee.txt", fee(""))
    with library.sessions.read() as session:
        version = session.scalars(select(Version.id).where(Version.document_id == document)).one()
    set_dates(administrator(library), library.sessions, library.index, document, version, last=YESTERDAY)
    return document


def test_a_document_that_a_person_ended_is_named_with_its_last_day_and_not_quoted(library: Library) -> None:
    add(library, "canteen.txt", OTHER)
    document = ended_by_a_person(library)
    quotes = asked(library)
    assert not quotes.answers
    assert quotes.as_of is None
    assert all("50 yuan" not in quote.text for quote in quotes.quotes)
    (other,) = quotes.other_days
    assert (other.document.id, other.last, other.day) == (document, YESTERDAY, YESTERDAY)
    then = next(iter(library.answerer.ask(administrator(library), FEE, as_of=other.day)))
    assert isinstance(then, Quotes)
    assert "50 yuan" in then.quotes[0].text
    assert not then.other_days


def test_one_that_has_ended_by_its_own_text_is_shown_as_of_its_last_day_and_in_doubt(
    library: Library,
) -> None:
    add(library, "canteen.txt", OTHER)
    document = add(library, "fee.txt", fee(f"Valid until: {YESTERDAY}"))
    quotes = asked(library)
    assert "50 yuan" in quotes.quotes[0].text
    assert (quotes.as_of, quotes.certainty) == (YESTERDAY, Certainty.MAYBE)
    assert [other.document.id for other in quotes.other_days] == [document]
    with library.sessions.read() as session:
        assert session.get_one(Question, quotes.question_id).as_of == YESTERDAY
    again = asked(library)  # not from the cache of what holds today
    assert (again.as_of, again.quotes[0].text) == (YESTERDAY, quotes.quotes[0].text)


def test_a_sum_is_taken_from_a_list_that_has_ended_rather_than_not_at_all(library: Library) -> None:
    add(
        library,
        "office.txt",
        "The copier of the office is bought new each year. Items of the office are kept.",
    )
    rows = "\n".join(
        f"| {item} | {price} |" for item, price in (("Helmet", 3020), ("Gloves", 480), ("Vest", 900))
    )
    add(
        library, "prices.md", f"# Prices\n\nValid until: {YESTERDAY}\n\n| Item | Price |\n|---|---|\n{rows}\n"
    )
    quotes = asked(library, "What is the total price of all items?")
    assert quotes.computed is not None
    assert "4,400" in quotes.computed.value
    assert quotes.as_of == YESTERDAY
    assert quotes.certainty is Certainty.MAYBE


def test_one_that_is_to_come_is_named_with_its_first_day(library: Library) -> None:
    add(library, "fee.txt", fee(f"Effective date: {TOMORROW}"))
    (other,) = asked(library).other_days
    assert (other.first, other.day) == (TOMORROW, TOMORROW)


def test_nothing_is_named_where_a_version_in_force_answers(library: Library) -> None:
    add(library, "old.txt", fee(f"Valid until: {YESTERDAY}"))
    add(library, "new.txt", "The fee for a lost card is 80 yuan.")
    quotes = asked(library)
    assert quotes.answers
    assert quotes.other_days == []


def test_a_document_that_does_not_answer_is_not_named(library: Library) -> None:
    add(library, "fee.txt", fee(f"Valid until: {YESTERDAY}"))
    assert asked(library, "Who repairs the lift on the third floor?").other_days == []


def test_who_may_not_read_a_document_does_not_learn_of_it(library: Library) -> None:
    document = ended_by_a_person(library)
    with library.sessions.write() as session:
        session.execute(update(Document).where(Document.id == document).values(restricted=True))
    assert asked(library).other_days
    assert asked(library, access=person(library.sessions, "Sato", General=Role.READER)).other_days == []


def test_a_file_that_was_taken_away_is_not_named(library: Library) -> None:
    document = add(library, "fee.txt", fee(f"Valid until: {YESTERDAY}"))
    with library.sessions.write() as session:
        ended = {"until": {"source": "file_deleted", "quote": "", "page": 0}}
        session.execute(update(Version).where(Version.document_id == document).values(in_force_sources=ended))
    assert asked(library).other_days == []

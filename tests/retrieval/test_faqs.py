"""Approved answers: served before any search, bound to their sources, and gone when those change."""

from __future__ import annotations

from datetime import date, timedelta

import httpx
import pytest
from making import add, administrator, client_of, person, space_named
from sqlalchemy import delete, update

from contract.values import Role
from core.access import access_of
from core.errors import BadValue, NotFound, NotPermitted
from core.identity.accounts import sign_in
from core.models import (
    Answer,
    AnswerStatus,
    Document,
    DocumentReader,
    Faq,
    FaqSource,
    FaqState,
    Feedback,
    Grant,
    today,
)
from ingest.lifecycle.erasure import erase_document
from llm.fakes import ScriptedModel
from operations.library import Library
from retrieval.answers.events import Done, Event, Quotes
from retrieval.answers.writing.generation import Sentence
from retrieval.faq import faqs
from retrieval.faq.csv_table import FaqRow, SourceRow, read, written
from retrieval.faq.faqs import Content, Source, same_question

LEAVE = (
    "# Leave\n\nEmployees get 10 days of paid leave after six months.\n\nUnused days lapse after two years."
)
QUOTE = "Employees get 10 days of paid leave after six months."
ASKED = "How many days of paid leave do employees get?"
ANSWER = "Ten days, after half a year with us."


def approved(library: Library, **more: object) -> tuple[str, str]:
    """A document and an approved answer that rests on it: their ids."""
    document = add(library, "leave.md", LEAVE)
    asker = administrator(library)
    with library.sessions.write() as session:
        content = Content(ASKED, ANSWER, sources=[Source(document, 1, 0, QUOTE)], **more)  # type: ignore[arg-type]
        faq = faqs.add(asker, session, "General", content)
        faqs.approve(asker, session, faq.id, today=today())
        return document, faq.id


def ask(library: Library, question: str) -> list[Event]:
    return list(library.answerer.ask(administrator(library), question))


def state(library: Library, faq_id: str) -> tuple[str, str]:
    with library.sessions.read() as session:
        faq = session.get_one(Faq, faq_id)
        return faq.state, faq.reason


@pytest.mark.parametrize(
    "question",
    [
        ASKED,
        "how many days of PAID leave do employees get",
        "How many days of paid leave would an employee get?",
    ],
)
def test_an_approved_answer_comes_first_with_its_quotes_and_without_a_model(
    library: Library, question: str
) -> None:
    _, faq_id = approved(library)
    library.answerer.model = model = ScriptedModel("never asked [1]")
    first, sentence, done = ask(library, question)
    assert isinstance(first, Quotes)
    assert isinstance(done, Done)
    assert (first.faq_id, [quote.text for quote in first.quotes]) == (faq_id, [QUOTE])
    assert sentence == Sentence(ANSWER, (1,))
    assert (done.status, done.text, done.model, done.faq_id) == (
        AnswerStatus.ANSWERED, f"{ANSWER} [1]", "none", faq_id
    )  # fmt: skip
    assert model.requests == []
    with library.sessions.read() as session:
        assert session.get_one(Answer, done.question_id).faq_id == faq_id
        assert session.get_one(Faq, faq_id).served == 1


@pytest.mark.parametrize(
    ("wording", "other"),
    [
        ("年次有給休暇は何日付与されますか。", "年次有給休暇は何日付与されるか？"),
        ("密码长度至少要多少位？", "密码长度至少要多少位"),
        ("Ｗｈａｔ is the per-diem?", "what is the per-diem"),
    ],
)
def test_two_wordings_of_one_question_are_known(wording: str, other: str) -> None:
    assert same_question(wording, other)


@pytest.mark.parametrize(
    ("wording", "other"),
    [
        ("When was the office founded?", "Who founded the office?"),
        ("有給休暇は何日ですか", "有給休暇はいつ付与されますか"),
        ("What applies after 6 months?", "What applies after 12 months?"),
        ("What is the limit for grade A?", "What is the limit for grade B?"),
        ("年假有几天？", "病假有几天？"),
        ("", "What?"),
    ],
)
def test_questions_that_ask_for_something_else_are_not_taken_for_one(wording: str, other: str) -> None:
    assert not same_question(wording, other)


def test_other_wordings_that_a_person_wrote_fit_too(library: Library) -> None:
    approved(library, wordings=["Holiday entitlement?", "休暇は何日？"])
    assert isinstance(ask(library, "holiday entitlement")[1], Sentence)
    assert ask(library, "休暇は何日？")[1] == Sentence(ANSWER, (1,))


@pytest.mark.parametrize("new_state", [FaqState.DRAFT, FaqState.REVIEW, FaqState.WITHDRAWN])
def test_only_what_is_approved_answers(library: Library, new_state: FaqState) -> None:
    _, faq_id = approved(library)
    with library.sessions.write() as session:
        session.execute(update(Faq).where(Faq.id == faq_id).values(state=new_state))
    first = ask(library, ASKED)[0]
    assert isinstance(first, Quotes)
    assert first.faq_id is None
    assert first.quotes[0].text.startswith(QUOTE)


def test_a_date_that_has_passed_ends_it(library: Library) -> None:
    _, faq_id = approved(library, valid_until=today())
    first = ask(library, ASKED)[0]
    assert isinstance(first, Quotes)
    assert first.faq_id == faq_id
    asker = administrator(library)
    with library.sessions.read() as session:
        match = faqs.match(asker, session, ASKED, today=today() + timedelta(days=1))
    assert match is None
    with library.sessions.write() as session:
        assert faqs.put_into_review(session, today=today() + timedelta(days=1)) == 1
    assert state(library, faq_id) == (FaqState.REVIEW, "expired")


def test_a_new_version_that_still_says_it_is_bound_anew(library: Library) -> None:
    _, faq_id = approved(library)
    add(library, "leave.md", "# Leave\n\nThis is new.\n\n" + LEAVE)
    first = ask(library, ASKED)[0]
    assert isinstance(first, Quotes)
    assert first.faq_id == faq_id
    with library.sessions.read() as session:
        source = session.get_one(FaqSource, (faq_id, 1))
        document = session.get_one(Document, source.document_id)
    assert source.version_id == document.current_version_id
    assert state(library, faq_id) == (FaqState.APPROVED, "")


def test_a_new_version_that_says_otherwise_puts_it_into_review(library: Library) -> None:
    _, faq_id = approved(library)
    add(library, "leave.md", LEAVE.replace("10 days", "14 days"))
    assert state(library, faq_id) == (FaqState.REVIEW, "source_changed")
    first = ask(library, ASKED)[0]
    assert isinstance(first, Quotes)
    assert first.faq_id is None
    assert "14 days" in first.quotes[0].text


def test_an_erased_document_takes_the_answer_s_text_with_it(library: Library) -> None:
    document, faq_id = approved(library)
    erase_document(administrator(library), library.sessions, library.files, library.index, document)
    assert state(library, faq_id) == (FaqState.REVIEW, "source_erased")
    with library.sessions.read() as session:
        assert session.get_one(Faq, faq_id).answer == ""


def test_who_may_not_read_a_source_gets_neither_the_answer_nor_its_listing(library: Library) -> None:
    document, faq_id = approved(library)
    with library.sessions.write() as session:
        session.execute(update(Document).where(Document.id == document).values(restricted=True))
    reader = person(library.sessions, "Mori", General=Role.READER)
    other = person(library.sessions, "Sato", Board=Role.MANAGER)
    for asker in (reader, other):
        first = next(iter(library.answerer.ask(asker, ASKED)))
        assert isinstance(first, Quotes)
        assert (first.faq_id, first.quotes) == (None, [])
        with library.sessions.read() as session:
            assert faqs.listed(asker, session) == []
            with pytest.raises(NotFound):
                faqs.one(asker, session, faq_id)
    with library.sessions.write() as session:
        session.add(DocumentReader(document_id=document, user_id=reader.user_id))
    with library.sessions.read() as session:
        first = next(iter(library.answerer.ask(access_of(session, reader.user_id), ASKED)))
    assert isinstance(first, Quotes)
    assert first.faq_id == faq_id


def test_each_role_does_what_it_may(library: Library) -> None:
    document, faq_id = approved(library)
    reader = person(library.sessions, "Reader", General=Role.READER)
    author = person(library.sessions, "Author", General=Role.AUTHOR)
    content = Content("Do days lapse?", "After two years.", sources=[
        Source(document, 1, 0, "Unused days lapse after two years.")])  # fmt: skip
    with library.sessions.write() as session:
        with pytest.raises(NotPermitted):
            faqs.add(reader, session, "General", content)
        draft = faqs.add(author, session, "General", content).id
        with pytest.raises(NotPermitted):
            faqs.approve(author, session, draft, today=today())
        with pytest.raises(NotPermitted):
            faqs.withdraw(author, session, faq_id)
        with pytest.raises(NotFound):  # a draft is for those who write
            faqs.one(reader, session, draft)
        faqs.change(author, session, faq_id, content)
    assert state(library, faq_id)[0] == FaqState.DRAFT


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (Content("", "An answer"), "question"),
        (Content("Q?", " "), "answer"),
        (Content("Q?", "A" * 5000), "answer"),
        (Content("Q?", "A.", wordings=["x"] * 51), "wordings"),
    ],
)
def test_what_is_empty_or_too_long_is_told(library: Library, content: Content, sentence: str) -> None:
    asker = administrator(library)
    with library.sessions.write() as session, pytest.raises(BadValue, match=sentence):
        faqs.add(asker, session, "General", content)


def test_a_quote_that_does_not_stand_is_refused(library: Library) -> None:
    document = add(library, "leave.md", LEAVE)
    add(library, "other.md", "Something else.", space=space_named(library.sessions, "Board"))
    asker = administrator(library)
    for source in (Source(document, 1, 0, "Employees get 99 days."), Source(document, 1, 0, "")):
        with library.sessions.write() as session, pytest.raises(BadValue, match="does not stand"):
            faqs.add(asker, session, "General", Content("Q?", "A.", sources=[source]))
    with library.sessions.write() as session, pytest.raises(BadValue, match="another space"):
        faqs.add(asker, session, "Board", Content("Q?", "A.", sources=[Source(document, 1, 0, QUOTE)]))
    with library.sessions.write() as session:
        draft = faqs.add(asker, session, "General", Content("Q?", "A.")).id
        with pytest.raises(BadValue, match="needs quotes"):
            faqs.approve(asker, session, draft, today=today())


def test_a_table_comes_back_as_it_went_out() -> None:
    rows = [
        FaqRow(0, "=1+1?", "@cmd\nand more", ["a", "-b"], date(2027, 3, 31),
               [SourceRow("leave.md", 2, "+3 days"), SourceRow("b,c.md", 1, 'say "x"')]),
        FaqRow(0, "休暇は？", "10日", [], None, []),
    ]  # fmt: skip
    text = written(rows)
    assert "\n=1" not in text
    assert "'=1+1?" in text
    back = list(read(text))
    for row in back:
        row.line = 0
    assert back == [
        FaqRow(0, "=1+1?", "@cmd\nand more", ["a", "-b"], date(2027, 3, 31), rows[0].sources),
        rows[1],
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no column question or answer"),
        ("question,answer\n,x", "line 2: it has no question"),
        ("question,answer,valid_until\nq,a,soon", "soon is no day"),
        ("question,answer,page,quote\nq,a,one,x", "one is no page number"),
    ],
)
def test_a_table_that_is_wrong_is_told_by_its_line(text: str, sentence: str) -> None:
    with pytest.raises(BadValue, match="line") as raised:
        list(read(text))
    assert sentence.split(": ")[-1] in str(raised.value)


def test_the_desk_works_through_its_door(library: Library, client: httpx.Client) -> None:
    document = add(library, "leave.md", LEAVE)
    order = {"space": "General", "question": ASKED, "answer": ANSWER,
             "sources": [{"document_id": document, "page": 1, "quote": QUOTE}]}  # fmt: skip
    made = client.post("/api/faqs", json=order)
    assert made.status_code == 201, made.text
    faq = made.json()
    assert (faq["state"], faq["sources"][0]["document"]) == ("draft", "leave.md")
    assert client.post(f"/api/faqs/{faq['id']}/approve").json()["state"] == "approved"
    answer = client.post("/api/questions", json={"question": ASKED, "stream": False}).json()
    assert (answer["faq_id"], answer["answer"]) == (faq["id"], f"{ANSWER} [1]")
    old = client.get(f"/api/questions/{answer['question_id']}").json()
    assert (old["faq_id"], old["citations"][0]["quote"]) == (faq["id"], QUOTE)

    table = client.get("/api/faqs/table")
    assert table.headers["content-type"].startswith("text/csv")
    assert client.delete(f"/api/faqs/{faq['id']}").status_code == 204
    content = table.text + "No such thing?,,An answer,,missing.md,1,words\r\n"
    taken = client.post(
        "/api/faqs/table", files={"file": ("faqs.csv", content.encode())}, data={"space": "General"}
    ).json()
    assert len(taken["added"]) == 1
    assert "missing.md" in taken["problems"][0]["problem"]
    (again,) = client.get("/api/faqs", params={"state": "draft"}).json()["faqs"]
    assert (again["question"], again["sources"][0]["quote"]) == (ASKED, QUOTE)
    assert client.post(f"/api/faqs/{again['id']}/withdraw").json()["state"] == "withdrawn"
    bad = client.post(
        "/api/faqs/table", files={"file": ("x.csv", b"\xff\xfe\x00")}, data={"space": "General"}
    )
    assert bad.status_code == 422


def test_candidates_are_what_failed_most_people(library: Library, client: httpx.Client, door: str) -> None:
    add(library, "leave.md", LEAVE)
    lost = "Which insurance company covers the helicopter of the chairman?"
    for name in ("Mori", "Sato"):
        other = person(library.sessions, name, General=Role.READER)
        list(library.answerer.ask(other, lost))
    list(library.answerer.ask(administrator(library), "Who owns the submarine of the treasurer?"))
    first = ask(library, ASKED)[0]
    assert isinstance(first, Quotes)
    with library.sessions.write() as session:
        session.add(Feedback(question_id=first.question_id, helpful=False))
    candidates = client.get("/api/faqs/candidates").json()["candidates"]
    assert [
        (candidate["question"], candidate["people"], candidate["unanswered"], candidate["unhelpful"])
        for candidate in candidates
    ] == [
        (lost, 2, 2, 0),
        (ASKED, 1, 0, 1),
        ("Who owns the submarine of the treasurer?", 1, 1, 0),
    ]
    manager = person(library.sessions, "Abe", General=Role.MANAGER)
    with library.sessions.write() as session:
        token = sign_in(session, manager.user_id)
    with client_of(door, token) as other_client:
        assert other_client.get("/api/faqs/candidates").status_code == 403


def test_a_grant_that_ends_ends_the_answer(library: Library) -> None:
    approved(library)
    reader = person(library.sessions, "Mori", General=Role.READER)
    with library.sessions.write() as session:
        session.execute(delete(Grant))
    with library.sessions.read() as session:
        access = access_of(session, reader.user_id)
        assert faqs.match(access, session, ASKED, today=today()) is None

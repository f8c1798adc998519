"""Opinions on answers, questions told to those who keep a space, things to ask about, usage and storage."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from making import LIBRARY, add, client_of, person, space_named
from sqlalchemy import select, update

from contract.values import Role
from core.identity.accounts import sign_in
from core.models import AuditEntry, Feedback, Gap, Question, now
from operations.library import Library
from retrieval.suggestions import Suggestion, one_of_each, subject_of

POLICY = (LIBRARY / "travel-expense-policy.pdf").read_bytes()
QUESTION = "Within how many business days after a trip must an expense claim be submitted?"
NOWHERE = "Who won the chess tournament of the year 1851?"

Enter = Callable[..., httpx.Client]


@pytest.fixture
def enter(library: Library, door: str) -> Iterator[Enter]:
    """A client of a new person with those roles."""
    with contextlib.ExitStack() as opened:

        def came(name: str, **roles: Role) -> httpx.Client:
            access = person(library.sessions, name, **roles)
            with library.sessions.write() as session:
                token = sign_in(session, access.user_id)
            return opened.enter_context(client_of(door, token))

        yield came


def asked(client: httpx.Client, question: str) -> str:
    answer = client.post("/api/questions", json={"question": question, "stream": False})
    return str(answer.json()["question_id"])


def test_the_last_opinion_counts_and_can_be_taken_back(library: Library, client: httpx.Client) -> None:
    add(library, "policy.pdf", POLICY)
    question = asked(client, QUESTION)
    place = f"/api/questions/{question}/feedback"
    assert client.get(f"/api/questions/{question}").json()["feedback"] is None
    given = client.put(place, json={"helpful": False, "reason": "outdated", "comment": " since May "}).json()
    assert (given["helpful"], given["reason"], given["comment"]) == (False, "outdated", "since May")
    given = client.put(place, json={"helpful": True, "reason": "outdated"}).json()
    assert given["helpful"] and given["reason"] == ""
    assert client.get(f"/api/questions/{question}").json()["feedback"] == given
    with library.sessions.read() as session:
        assert len(session.scalars(select(Feedback)).all()) == 1
        actions = [entry.action for entry in session.scalars(select(AuditEntry))]
        assert actions.count("feedback.given") == 2
    assert client.delete(place).status_code == 204 == client.delete(place).status_code
    assert client.get(f"/api/questions/{question}").json()["feedback"] is None


def test_an_unknown_reason_is_refused(library: Library, client: httpx.Client) -> None:
    question = asked(client, NOWHERE)
    answer = client.put(f"/api/questions/{question}/feedback", json={"helpful": False, "reason": "because"})
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "bad_value"


def test_nobody_judges_or_tells_anothers_question(
    library: Library, client: httpx.Client, enter: Enter
) -> None:
    question = asked(client, NOWHERE)
    other = enter("other", General=Role.MANAGER)
    for answer in (
        other.put(f"/api/questions/{question}/feedback", json={"helpful": True}),
        other.delete(f"/api/questions/{question}/feedback"),
        other.post(f"/api/questions/{question}/gaps", json={"space": "General"}),
    ):
        assert answer.status_code == 404 and answer.json()["error"]["code"] == "not_found"


def test_those_who_manage_a_space_read_what_was_told_to_it_and_close_it(
    library: Library, enter: Enter
) -> None:
    space_named(library.sessions, "Sales")
    asker, author = enter("asker", General=Role.READER), enter("author", General=Role.AUTHOR)
    manager = enter("manager", General=Role.MANAGER)
    elsewhere = enter("elsewhere", Sales=Role.MANAGER)
    question = asked(asker, NOWHERE)
    place = f"/api/questions/{question}/gaps"
    assert asker.post(place, json={"space": "Sales"}).status_code == 404
    reported = asker.post(place, json={"space": "General", "note": "needed on Friday"})
    assert reported.status_code == 201
    again = asker.post(place, json={"space": "General", "note": "needed on Monday"}).json()
    assert again["id"] == reported.json()["id"]

    read = manager.get("/api/gaps").json()["gaps"]
    assert [(gap["question"], gap["asked_by"], gap["note"]) for gap in read] == [
        (NOWHERE, "asker", "needed on Monday")
    ]
    for nosy in (asker, author, elsewhere):
        assert nosy.get("/api/gaps").json()["gaps"] == []
    assert asker.post(f"/api/gaps/{again['id']}/close").status_code == 403
    assert elsewhere.post(f"/api/gaps/{again['id']}/close").status_code == 404
    assert manager.post(f"/api/gaps/{again['id']}/close").json()["closed_at"]
    assert manager.get("/api/gaps").json()["gaps"] == []
    assert len(manager.get("/api/gaps", params={"closed": True}).json()["gaps"]) == 1
    asker.post(place, json={"space": "General"})  # told once more: open again
    assert len(manager.get("/api/gaps").json()["gaps"]) == 1
    with library.sessions.read() as session:
        assert len(session.scalars(select(Gap)).all()) == 1


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("就業規則 > 第4章　休暇 > 第15条（年次有給休暇）", "年次有給休暇"),
        ("Travel and Expense Policy > 8. Payment and claims", "Payment and claims"),
        ("信息安全管理规定 > 第三章 账户与密码", "账户与密码"),
        ("Rules > Article 12 Remote work", "Remote work"),
        ("FAQ > Q16 Which holidays does the company observe?", "Which holidays does the company observe?"),
        ("Policy", ""),  # the document's own title
        ("Rules > 目录", ""),
        ("Rules > 第1章 総則", ""),
        ("Rules > Table of Contents", ""),
        ("Rules > Sheet1", ""),
        ("Rules > 3.2", ""),
        ("Rules > (", ""),
        ("Rules > " + "x" * 41, ""),
    ],
)
def test_a_heading_is_something_to_ask_about_without_its_number(path: str, subject: str) -> None:
    assert subject_of(path, "Policy") == subject


def test_a_long_document_does_not_crowd_out_the_others() -> None:
    def of(document: str, heading: str) -> Suggestion:
        return Suggestion(
            heading=heading, document=document, document_id=document, title=document, language="en"
        )

    mixed = one_of_each([of("a", "1"), of("a", "2"), of("a", "3"), of("b", "4")])
    assert [suggestion.heading for suggestion in mixed] == ["1", "4", "2", "3"]


def test_only_headings_of_readable_documents_are_suggested(
    library: Library, client: httpx.Client, enter: Enter
) -> None:
    add(library, "policy.pdf", POLICY)
    add(library, "work-rules.pdf", (LIBRARY / "work-rules.pdf").read_bytes())
    suggestions = client.get("/api/suggestions", params={"language": "en", "limit": 20}).json()["suggestions"]
    languages = [suggestion["language"] for suggestion in suggestions]
    assert "ja" in languages and "en" in languages and languages == sorted(languages)
    assert (
        suggestions
        == client.get("/api/suggestions", params={"language": "en", "limit": 20}).json()["suggestions"]
    )
    space_named(library.sessions, "Sales")
    assert enter("outsider", Sales=Role.READER).get("/api/suggestions").json()["suggestions"] == []


def test_usage_counts_days_and_names_nobody(library: Library, client: httpx.Client, enter: Enter) -> None:
    add(library, "policy.pdf", POLICY)
    first, second = asked(client, QUESTION), asked(enter("asker", General=Role.READER), NOWHERE)
    client.put(f"/api/questions/{first}/feedback", json={"helpful": True})
    old = asked(client, NOWHERE)
    with library.sessions.write() as session:
        long_ago = now() - timedelta(days=9)
        session.execute(update(Question).where(Question.id == old).values(asked_at=long_ago))
    answer = client.get("/api/usage", params={"days": 7})
    days = answer.json()["days"]
    assert len(days) == 7 and [day["day"] for day in days] == sorted(day["day"] for day in days)
    today = days[-1]
    assert (today["questions"], today["people"], today["quoted"], today["not_found"]) == (2, 2, 1, 1)
    assert (today["helpful"], today["not_helpful"]) == (1, 0) and today["quotes_ms"] > 0
    assert sum(day["questions"] for day in days[:-1]) == 0 and days[0]["quotes_ms"] is None
    assert second not in answer.text and "asker" not in answer.text


def test_storage_tells_what_each_part_takes(library: Library, client: httpx.Client) -> None:
    add(library, "policy.pdf", POLICY)
    answer = client.get("/api/storage").json()
    parts = {part["part"]: part for part in answer["parts"]}
    assert parts["originals"] == {"part": "originals", "bytes": len(POLICY), "files": 1}
    assert parts["words"]["bytes"] > 0 and parts["records"]["bytes"] > 0
    assert 0 < answer["free_bytes"] <= answer["total_bytes"]


def test_usage_and_storage_are_for_administrators(library: Library, enter: Enter) -> None:
    manager = enter("manager", General=Role.MANAGER)
    for path in ("/api/usage", "/api/storage"):
        assert manager.get(path).status_code == 403


def test_erasing_a_question_takes_opinion_and_report_with_it(library: Library, client: httpx.Client) -> None:
    question = asked(client, NOWHERE)
    client.put(f"/api/questions/{question}/feedback", json={"helpful": False, "reason": "missing"})
    client.post(f"/api/questions/{question}/gaps", json={"space": "General"})
    with library.sessions.write() as session:
        session.delete(session.get_one(Question, question))
    with library.sessions.read() as session:
        assert not session.scalars(select(Feedback)).all() and not session.scalars(select(Gap)).all()

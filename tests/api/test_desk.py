"""What is done at the desk: invitations, spaces that end, replies, approvals; and one's own history."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import httpx
import pytest
from making import add, client_of, person, space_named
from sqlalchemy import select

from contract.values import Role
from core.identity.accounts import sign_in
from core.models import AuditEntry, Document, Folder, Space, User
from operations.library import Library

QUOTE = "Employees get 10 days of paid leave after six months."
LEAVE = f"# Leave\n\n{QUOTE}\n\n## Lapse\n\nUnused days lapse after two years."
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


def actions(library: Library) -> list[str]:
    with library.sessions.read() as session:
        return [entry.action for entry in session.scalars(select(AuditEntry))]


def test_many_are_invited_at_once_with_groups_and_spaces(
    library: Library, client: httpx.Client, door: str
) -> None:
    client.post("/api/users", json={"name": "old@a.example"})
    order = {
        "people": [
            {"name": "new@a.example", "groups": ["Sales"]},
            {"name": "old@a.example", "groups": ["Sales", "Leads"]},
            {"name": " new@a.example "},
        ],
        "spaces": ["General"],
        "make_groups": True,
    }
    invited = client.post("/api/invitations", json=order)
    assert invited.status_code == 201
    assert [(person["name"], person["is_new"]) for person in invited.json()] == [
        ("new@a.example", True), ("old@a.example", False),
    ]  # fmt: skip
    groups = {group["name"]: group["members"] for group in client.get("/api/groups").json()}
    assert groups == {"Sales": ["new@a.example", "old@a.example"], "Leads": ["old@a.example"]}
    secret = invited.json()[0]["address"].rsplit("/", 1)[1]
    with client_of(door) as browser:
        token = browser.post("/api/session", json={"link": secret}).json()["token"]
    with client_of(door, token) as guest:
        assert [space["name"] for space in guest.get("/api/spaces").json()] == ["General"]
    held = client.get("/api/users/new@a.example/spaces").json()
    assert [(grant["space"], grant["role"], grant["group"]) for grant in held] == [("General", "reader", "")]
    again = client.post("/api/invitations", json=order | {"people": [{"name": "old@a.example"}]})
    assert again.status_code == 201
    assert actions(library).count("grant.given") == 2


def test_nothing_is_done_where_one_of_many_is_wrong(library: Library, client: httpx.Client) -> None:
    people = [{"name": "a"}, {"name": "b", "groups": ["Nowhere"]}]
    assert client.post("/api/invitations", json={"people": people}).status_code == 404
    made = client.post("/api/users", json={"name": "shut"}).json()
    client.patch(f"/api/users/{made['id']}", json={"disabled": True})
    refused = client.post("/api/invitations", json={"people": [{"name": "a"}, {"name": "shut"}]})
    assert refused.status_code == 422 and "shut" in refused.json()["error"]["message"]
    with library.sessions.read() as session:
        assert session.scalar(select(User.id).where(User.name == "a")) is None


def test_a_space_goes_with_what_is_in_it_once_its_name_is_typed(
    library: Library, client: httpx.Client, enter: Enter
) -> None:
    space = client.post("/api/spaces", json={"name": "Old project"}).json()["id"]
    document = add(library, "leave.md", LEAVE, space="Old project")
    with library.sessions.write() as session:
        session.add(Folder(space_id=space, path="/nowhere/at/all", created_by="x"))
    manager = enter("manager", **{"Old project": Role.MANAGER})
    assert manager.delete(f"/api/spaces/{space}", params={"name": "Old project"}).status_code == 403
    assert client.delete(f"/api/spaces/{space}").status_code == 422
    assert client.delete(f"/api/spaces/{space}", params={"name": "old project"}).status_code == 422
    hold = client.post(
        "/api/holds", json={"kind": "document", "subject": document, "reason": "a trial"}
    ).json()
    assert client.delete(f"/api/spaces/{space}", params={"name": "Old project"}).status_code == 409
    with library.sessions.read() as session:
        assert session.scalar(select(Folder.id)) is not None
    client.delete(f"/api/holds/{hold['id']}")
    assert client.delete(f"/api/spaces/{space}", params={"name": "Old project"}).status_code == 204
    with library.sessions.read() as session:
        for table in (Document, Folder):
            assert session.scalars(select(table.id).where(table.space_id == space)).all() == []
        assert session.scalar(select(Space.id).where(Space.id == space)) is None
    assert {"document.erased", "space.removed", "folder.removed"} <= set(actions(library))
    assert client.get("/api/search", params={"q": "paid leave"}).json()["hits"] == []


def asked(client: httpx.Client, question: str) -> str:
    answer = client.post("/api/questions", json={"question": question, "stream": False})
    return str(answer.json()["question_id"])


def test_a_reply_reaches_who_reported_the_question_and_nobody_else(
    library: Library, client: httpx.Client, enter: Enter
) -> None:
    reader, other = enter("reader", General=Role.READER), enter("other", General=Role.READER)
    gap = reader.post(f"/api/questions/{asked(reader, NOWHERE)}/gaps", json={"space": "General"}).json()
    assert reader.get("/api/gaps/mine").json()["gaps"][0]["closed_at"] is None
    assert reader.post(f"/api/gaps/{gap['id']}/close", json={"reply": "no"}).status_code == 403
    client.post(f"/api/gaps/{gap['id']}/close", json={"reply": " Adolf Anderssen. "})
    mine = reader.get("/api/gaps/mine").json()["gaps"]
    assert [(gap["reply"], gap["read_at"]) for gap in mine] == [("Adolf Anderssen.", None)]
    assert other.get("/api/gaps/mine").json()["gaps"] == []
    assert other.post(f"/api/gaps/{gap['id']}/read").status_code == 404
    assert reader.post(f"/api/gaps/{gap['id']}/read").json()["read_at"] is not None


def test_approving_the_answer_of_a_reported_question_closes_it_and_says_who_stands_for_it(
    library: Library, client: httpx.Client, enter: Enter
) -> None:
    document = add(library, "leave.md", LEAVE)
    reader = enter("reader", General=Role.READER)
    question = "How long is the yearly holiday?"
    gap = reader.post(f"/api/questions/{asked(reader, question)}/gaps", json={"space": "General"}).json()
    sources = client.post(
        "/api/faqs/sources", json={"text": "Ten days of paid leave after six months."}
    ).json()
    assert sources[0]["quote"] == QUOTE
    assert client.get("/api/questions").json()["questions"] == []  # to look for sources is no question
    order = {
        "space": "General", "question": question, "answer": "Ten days.", "gap": gap["id"],
        "sources": [{"document_id": document, "page": 1, "start": 0, "quote": QUOTE}],
    }  # fmt: skip
    faq = client.post("/api/faqs", json=order).json()
    assert reader.get("/api/gaps/mine").json()["gaps"][0]["closed_at"] is None
    approved = client.post(f"/api/faqs/{faq['id']}/approve").json()
    assert approved["approved_by"] == "administrator" and approved["approved_at"]
    mine_now = reader.get("/api/gaps/mine").json()["gaps"][0]
    assert (mine_now["reply"], mine_now["faq_id"]) == ("Ten days.", faq["id"])
    answer = reader.post("/api/questions", json={"question": question, "stream": False}).json()
    assert answer["faq_id"] == faq["id"] and answer["approved"]["by"] == "administrator"
    assert answer["citations"][0]["space"] == "General"
    again = f"/api/questions/{answer['question_id']}"
    assert reader.get(again).json()["approved"] == answer["approved"]
    client.put(
        f"/api/faqs/{faq['id']}", json={name: order[name] for name in ("question", "answer", "sources")}
    )
    client.post(f"/api/faqs/{faq['id']}/approve")
    assert (
        reader.get(again).json()["approved"] is None
    )  # approved anew since: who stood for it then is not known


def test_ones_own_questions_are_searched_and_deleted(
    library: Library, client: httpx.Client, enter: Enter
) -> None:
    add(library, "leave.md", LEAVE)
    reader = enter("reader", General=Role.READER)
    first, second = asked(reader, "How many days of paid leave?"), asked(reader, NOWHERE)
    others = asked(client, NOWHERE)

    def found(words: str) -> list[str]:
        return [
            question["id"]
            for question in reader.get("/api/questions", params={"q": words}).json()["questions"]
        ]

    assert found("chess 1851") == [second] and found("chess leave") == [] and found("") == [second, first]
    assert reader.delete(f"/api/questions/{others}").status_code == 404
    assert reader.delete(f"/api/questions/{first}").status_code == 204
    assert reader.get(f"/api/questions/{first}").status_code == 404 and found("") == [second]
    assert reader.delete("/api/questions").status_code == 204 and found("") == []
    assert client.get(f"/api/questions/{others}").status_code == 200
    hold = {"kind": "user", "subject": "reader", "reason": "a trial"}
    client.post("/api/holds", json=hold)
    kept = asked(reader, NOWHERE)
    assert reader.delete("/api/questions").status_code == 409 and found("") == [kept]


def test_a_page_says_what_its_text_is_made_of_and_a_document_its_key_facts(
    library: Library, client: httpx.Client
) -> None:
    document = add(library, "leave.md", LEAVE)
    page = client.get(f"/api/documents/{document}/pages/1", params={"blocks": True}).json()
    kinds = [(page["text"][block["start"] : block["end"]], block["kind"]) for block in page["blocks"]]
    assert kinds[:2] == [("Leave", "heading"), (QUOTE, "paragraph")]
    assert client.get(f"/api/documents/{document}/pages/1").json()["blocks"] == []
    made = client.get(f"/api/documents/{document}/summary").json()
    assert made["summary"]["total"] >= 1
    assert QUOTE in [citation["quote"] for citation in made["citations"]]
    assert client.get("/api/questions").json()["questions"] == []


def test_what_changed_is_told_with_its_heading(library: Library, client: httpx.Client) -> None:
    document = add(library, "leave.md", LEAVE)
    add(library, "leave.md", LEAVE.replace("two years", "three years"))
    changes = client.get(f"/api/documents/{document}/differences").json()["changes"]
    assert [(change["kind"], change["new"]["heading"]) for change in changes] == [
        ("changed", "Leave > Lapse")
    ]
    assert space_named(library.sessions, "General")

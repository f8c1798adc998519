"""For random spaces, groups, roles and reader lists: no answer of the door, and no line of the log, shows
a byte of an unreadable document. Each document carries words that stand in no other."""

from __future__ import annotations

import http.client
import json
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from making import add_all, administrator, client_of, settings_in, space_named
from serving import served
from sqlalchemy import delete, select, update

from api.app import make_app
from contract.values import Role
from core.identity.accounts import sign_in
from core.models import Document, DocumentReader, Grant, Group, Membership, Space, User
from llm.fakes import HashEmbedder
from operations.library import Library, open_library

SPACES, EACH, USERS, GROUPS = 3, 2, 2, 2
# Users asked, over all examples; PROPERTY_CASES=10000 for a long run.
CASES = int(os.environ.get("PROPERTY_CASES", "8"))
QUESTION = "What does the project cost?"
CANARY = re.compile(r"w\dx\dz\w*")


@dataclass
class Door:
    """The server, asked by one user after the other over one connection. Python's own client costs a quarter
    of what the tests' usual one does, and a person asked is some 90 requests."""

    connection: http.client.HTTPConnection
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, order: object = None) -> str:
        """All that comes back: the answer's body and its headers. Fails where the server does."""
        body = json.dumps(order) if order is not None else None
        self.connection.request(method, quote(path, safe="/?&="), body, self.headers)
        answer = self.connection.getresponse()
        shown = answer.read().decode("utf-8", "replace")
        assert answer.status < 500 and answer.status not in (401, 429), (method, path, answer.status)
        return f"{shown}\n{answer.getheaders()}"


@dataclass
class Company:
    """A server, who may ask it, and its documents by their canary."""

    library: Library
    door: Door
    tokens: list[str]
    documents: dict[str, str]
    spaces: list[str]
    faqs: list[str]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    settings = settings_in(tmp_path_factory.mktemp("doors"), requests_a_minute=10**9)
    with open_library(settings, embedder=HashEmbedder(), load_models=False) as library:
        for space in range(SPACES):
            space_named(library.sessions, f"space {space}")
            names = [f"w{space}x{n}z" for n in range(EACH)]
            texts = [
                (f"{name}.txt", f"# The {name}heading\n\nThe project {name} costs 5 yen.") for name in names
            ]
            add_all(library, texts, space=f"space {space}")
        admin = administrator(library)
        with library.sessions.write() as session:
            session.add_all(User(id=f"u{number}", name=f"user {number}") for number in range(USERS))
            session.add_all(Group(id=f"g{number}", name=f"group {number}") for number in range(GROUPS))
            session.flush()
            tokens = [sign_in(session, f"u{number}") for number in range(USERS)]
            master = sign_in(session, admin.user_id)
            documents = {
                document.name.removesuffix(".txt"): document.id
                for document in session.scalars(select(Document))
            }
            spaces = [
                space.id
                for space in session.scalars(select(Space).order_by(Space.name))
                if space.name != "General"
            ]
        app = make_app(library, work=False)
        with served(app, timeout_keep_alive=600) as address, client_of(address, master) as client:
            faqs = []
            for name, document in documents.items():
                source = {"document_id": document, "page": 1, "quote": f"The project {name} costs 5 yen."}
                order = {
                    "space": f"space {name[1]}", "question": QUESTION, "answer": f"{name} yen.",
                    "sources": [source],
                }  # fmt: skip
                made = client.post("/api/faqs", json=order)
                assert made.status_code == 201, made.text
                faqs.append(made.json()["id"])
                assert client.post(f"/api/faqs/{faqs[-1]}/approve").status_code == 200
            port = int(address.rpartition(":")[2])
            door = Door(http.client.HTTPConnection("127.0.0.1", port))
            yield Company(library, door, tokens, documents, spaces, faqs)
            door.connection.close()


holders = st.one_of(
    st.tuples(st.just("user_id"), st.integers(0, USERS - 1)),
    st.tuples(st.just("group_id"), st.integers(0, GROUPS - 1)),
)
grants = st.lists(st.tuples(holders, st.integers(0, SPACES - 1), st.sampled_from(list(Role))), max_size=4)
memberships = st.sets(st.tuples(st.integers(0, GROUPS - 1), st.integers(0, USERS - 1)), max_size=3)
restricted = st.sets(st.integers(0, SPACES * EACH - 1), max_size=4)
lists = st.lists(st.tuples(holders, st.integers(0, SPACES * EACH - 1)), max_size=4)


@examples(max_examples=max(CASES // USERS, 1))
@given(grants, memberships, restricted, lists)
def test_no_answer_of_the_door_shows_a_byte_of_an_unreadable_document(
    company: Company,
    caplog: pytest.LogCaptureFixture,
    given_: list[tuple[tuple[str, int], int, Role]],
    members: set[tuple[int, int]],
    closed: set[int],
    listed: list[tuple[tuple[str, int], int]],
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    names = sorted(company.documents)
    with company.library.sessions.write() as session:
        for table in (Grant, Membership, DocumentReader):
            session.execute(delete(table))
        for number, name in enumerate(names):
            wanted = update(Document).where(Document.id == company.documents[name])
            session.execute(wanted.values(restricted=number in closed))
        session.add_all(Membership(group_id=f"g{g}", user_id=f"u{u}") for g, u in members)
        session.add_all(
            Grant(space_id=company.spaces[space], role=role, **{kind: f"{kind[0]}{number}"})
            for (kind, number), space, role in given_
        )
        session.add_all(
            DocumentReader(document_id=company.documents[names[place]], **{kind: f"{kind[0]}{number}"})
            for (kind, number), place in listed
        )
    for user in range(USERS):
        mine = {("user_id", user), *(("group_id", g) for g, u in members if u == user)}
        readable = set()
        for place, name in enumerate(names):
            roles = {role for holder, space, role in given_ if holder in mine and space == int(name[1])}
            on_list = any(granted == place and holder in mine for holder, granted in listed)
            if roles and (place not in closed or roles & {Role.MANAGER, Role.ADMINISTRATOR} or on_list):
                readable.add(name)
        company.door.headers = {"Authorization": f"Bearer {company.tokens[user]}"}
        for path, shown in _everything(company):
            seen = {canary[:5] for canary in CANARY.findall(shown)}
            assert seen <= readable, (path, seen - readable)
            if path.startswith(("/api/documents?", "/api/search")):
                assert seen == readable, path
    assert not CANARY.search(" ".join(line.getMessage() for line in caplog.records))


def _everything(company: Company) -> Iterator[tuple[str, str]]:
    """Every door that shows something of documents, with what it shows this user: of all, and of each."""
    ask = company.door.ask
    yield "/api/questions", ask("POST", "/api/questions", {"question": QUESTION, "stream": False})
    yield "/api/questions (stream)", ask("POST", "/api/questions", {"question": QUESTION})
    for path in (
        "/api/documents?limit=500", f"/api/search?q={QUESTION}&limit=50", "/api/spaces", "/api/suggestions",
        "/api/faqs", "/api/faqs/candidates", "/api/duplicates", "/api/jobs", "/api/gaps", "/api/holders?q=w",
        "/api/audit", "/api/audit/export", "/api/usage", "/api/storage", "/api/erasures", "/api/packs",
    ):  # fmt: skip
        yield path, ask("GET", path)
    history = ask("GET", "/api/questions")
    yield "/api/questions (history)", history
    for question in re.findall(r'"id":\s*"(\w{16})"', history)[:6]:
        yield f"/api/questions/{question}", ask("GET", f"/api/questions/{question}")
    for space in range(SPACES):
        yield "/api/faqs/table", ask("GET", f"/api/faqs/table?space=space {space}")
    for faq in company.faqs:
        yield f"/api/faqs/{faq}", ask("GET", f"/api/faqs/{faq}")
    for document in company.documents.values():
        base = f"/api/documents/{document}"
        for path in ("", "/versions", "/pages/1", "/pages/1/picture", "/pages/1/marks?q=project", "/readers",
                     "/differences", "/original", "/pages/99"):  # fmt: skip
            yield base + path, ask("GET", base + path)
        yield f"{base}/check", ask("POST", f"{base}/check?pack=x")

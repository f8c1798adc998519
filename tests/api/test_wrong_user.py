"""The wrong-user walk: every route, asked by everyone, answers what its row says; every command is known.

A route or command that stands in no row fails here. Everything is asked of a real server over HTTP.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer.main
from making import add, administrator, client_of, person, settings_in, space_named, upload
from serving import served

from api.app import OPENAPI, make_app
from cli import main
from contract.values import Role, Scope
from core.identity import people
from core.identity.accounts import sign_in
from core.identity.keys import make_key
from core.models import Document, FileRights, Question, Template, UserSid, now
from core.rights.gates import gate, id_of, packed, together
from drafts.outline import DraftOutline, Field
from operations.library import Library, announce, open_library, running_server
from operations.library import RunningServer as Running

TABLE = Path(__file__).with_name("routes.txt")  # its head says what its columns are

# How each command reaches the library. http: through the routes above, by the token in `server.json`, which
# only the user who runs the server can read; files: it reads or writes files of this user.
COMMANDS = {
    "http": """ingest search ask jobs users groups spaces keys audit retention holds erase documents folders
        faqs draft templates mcp answers
        glossary copies personal feeds""",
    "files": """check packs serve eval doctor reindex setup models backup restore migrate bundle sbom advisories
        worker""",
}

SECRET = "48213"
SID = "S-1-5-21-1-1-1-7"
ORDER = ["reader", "author", "manager", "administrator", "admin"]
EVERYONE = ["nobody", "outsider", *ORDER, *(f"key {scope}" for scope in Scope)]
# `test_postgresql.py` has a few walk once more, with their records there.
WALKED_BY = [
    who for who in os.environ.get("WALKED_BY", "everyone").split(",") if who != "everyone"
] or EVERYONE


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    route: str
    least: str
    seen: int
    scope: str
    body: str

    @property
    def path(self) -> str:
        """The path as the program knows it."""
        path = self.route.split(" ")[1].partition("?")[0].replace("{x}", "{document_id}")
        return re.sub(r"{(template|draft)_id}", r"{\1}", path)

    def expected(self, who: str, hidden: bool = False, file_readers: tuple[str, ...] | None = None) -> int:
        """The status that this asker must get; `hidden`: of a document that only managers read;
        `file_readers`: of one whose file's own rights let only those in."""
        if file_readers is not None and who in ORDER and who not in file_readers:
            return 404 if self.least in ORDER[:4] else self.expected(who)
        if self.least == "open":
            return self.seen
        if who == "nobody":
            return 401
        if who.startswith("key "):
            if self.scope.startswith("*"):
                return int(self.scope[1:])
            return self.seen if who == f"key {self.scope}" else 403
        if self.least == "anyone":
            return self.seen
        if self.least == "admin":
            return self.seen if who == "admin" else 403
        in_space = (
            "{" in self.route or "Secret" in self.route or self.body in ("form", "table", "faq", "template")
        )
        if who == "outsider":
            return 404 if in_space else 403
        if hidden and ORDER.index(who) < ORDER.index("manager"):
            return 404
        return self.seen if ORDER.index(who) >= ORDER.index(self.least) else 403


def rows() -> list[Row]:
    table = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        route, least, seen, *more = (part.strip() for part in line.split(" | "))
        scope, body = [*more, "", ""][:2]
        table.append(Row(route, least, int(seen), scope, body))
    return table


ROWS = rows()


@dataclass
class Company:
    """A running server with a space, a secret document in it, and one of everybody."""

    library: Library
    door: str
    users: dict[str, str]
    document: str
    restricted: str
    narrowed: str
    job: str
    question: str
    http: httpx.Client
    made: int = 0
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, who: str) -> str:
        if who == "nobody":
            return ""
        if who not in self.tokens:
            access = administrator(self.library)
            with self.library.sessions.write() as session:
                if who.startswith("key "):
                    scopes, end = [Scope(who.removeprefix("key "))], now() + timedelta(days=1)
                    _, self.tokens[who] = make_key(
                        access, session, who, scopes=scopes, expires_at=end, requests_a_minute=10_000
                    )
                else:
                    self.tokens[who] = sign_in(session, self.users[who])
        return self.tokens[who]

    def ask(self, who: str, row: Row, document: str) -> httpx.Response:
        token = self.token(who)
        self.http.headers["authorization"] = f"Bearer {token}" if token else ""
        self.http.cookies.clear()
        try:
            return self._asked(self.http, row, document)
        finally:
            if "/api/session" in row.route:  # it may have ended this sign-in
                self.tokens.pop(who, None)

    def new_template(self) -> str:
        """A template of the space, whose field tells the secret."""
        self.made += 1
        outline = DraftOutline("en", fields=(Field("cost", f"Cost ({SECRET})"),)).packed()
        space = space_named(self.library.sessions, "Secret")
        with self.library.sessions.write() as session:
            made = Template(
                space_id=space, name=f"t {self.made}", outline=outline, content=b"x", created_by="x"
            )
            session.add(made)
            session.flush()
            return made.id

    def _asked(self, client: httpx.Client, row: Row, document: str) -> httpx.Response:
        method, _, path = row.route.partition(" ")
        if "{x}" in path:
            self.made += 1
            new = upload(self.library, f"new {self.made}.txt", "A new document.", space="Secret")
            path = path.replace("{x}", new.document.id)
        known = {"document_id": document, "space": "Secret", "number": "1", "job_id": self.job}
        known["question_id"] = self.question
        known["template_id"] = self.new_template() if "{template_id}" in path else ""
        path = re.sub(r"\{(\w+)\}", lambda match: known.get(match[1], "x"), path)
        if row.body in ("form", "table", "template"):
            self.made += 1
            content = b"A new document." if row.body == "form" else b"no,table\n"
            file = {"file": (f"form {self.made}.txt", content)}
            return client.request(method, path, files=file, data={"space": "Secret"})
        if row.body == "faq":
            source = {"document_id": "x", "page": 1, "quote": "x"}
            order = {"space": "Secret", "question": "x?", "answer": "x", "sources": [source]}
            return client.request(method, path, json=order)
        return client.request(method, path, json=json.loads(row.body) if row.body else None)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("company")
    settings = settings_in(folder, embedder="none", requests_a_minute=10_000)
    with open_library(settings, load_models=False) as library:
        space = space_named(library.sessions, "Secret")
        document = add(library, "costs.txt", f"The pangolin project costs {SECRET} yen.", space="Secret")
        restricted = add(library, "more.txt", f"The pangolin project costs {SECRET} euros.", space="Secret")
        narrowed = add(library, "rights.txt", f"The pangolin project costs {SECRET} pesos.", space="Secret")
        accepted = upload(library, "waiting.txt", "Waits.", space="Secret")
        admin = administrator(library)
        users = {"admin": admin.user_id, "outsider": person(library.sessions, "outsider").user_id}
        for role in Role:
            users[role] = person(library.sessions, f"the {role}").user_id
        with library.sessions.write() as session:
            for role in Role:
                reads = role != Role.READER  # the reader reads and does not download
                people.grant(admin, session, space, "user", users[role], role, may_download=reads)
            people.set_reader_list(admin, session, restricted, restricted=True)
            # By its file's rights the author reads it, and of those who manage the space nobody.
            text = packed(together(frozenset({gate([(True, SID)])})))
            session.add_all(
                [FileRights(id=id_of(text), gates=text), UserSid(user_id=users[Role.AUTHOR], sid=SID)]
            )
            session.add(UserSid(user_id=users[Role.MANAGER], sid="S-1-5-21-1-1-1-8"))
            session.get_one(Document, narrowed).file_rights_id = id_of(text)
            question = Question(user_id="somebody", text=f"Is it {SECRET}?", standalone="", language="en")
            session.add(question)
            session.flush()
        assert accepted.job is not None
        app = make_app(library, work=False)
        with served(app, log_level="error", timeout_keep_alive=600) as door, client_of(door) as http:
            yield Company(
                library, door, users, document, restricted, narrowed, accepted.job.id, question.id, http
            )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.route))
def test_everyone_gets_what_the_table_says_and_nothing_of_the_secret(company: Company, row: Row) -> None:
    statuses, expected = {}, {}
    for who in WALKED_BY:
        answer = company.ask(who, row, company.document)
        statuses[who], expected[who] = answer.status_code, row.expected(who)
        if who in ("nobody", "outsider") or answer.status_code >= 400:
            assert SECRET not in answer.text, who
    assert statuses == expected


@pytest.mark.parametrize(
    "row", [row for row in ROWS if "{document_id}" in row.route], ids=lambda row: str(row.route)
)
def test_a_restricted_document_is_not_there_for_those_not_on_its_list(company: Company, row: Row) -> None:
    statuses, expected = {}, {}
    for who in [who for who in ("outsider", *ORDER) if who in WALKED_BY]:
        answer = company.ask(who, row, company.restricted)
        statuses[who], expected[who] = answer.status_code, row.expected(who, hidden=True)
        if who in ("outsider", "reader", "author"):
            assert SECRET not in answer.text
    assert statuses == expected


@pytest.mark.parametrize(
    "row", [row for row in ROWS if "{document_id}" in row.route], ids=lambda row: str(row.route)
)
def test_a_document_is_not_there_for_those_whom_its_files_rights_keep_out(company: Company, row: Row) -> None:
    statuses, expected = {}, {}
    for who in [who for who in ("outsider", *ORDER) if who in WALKED_BY]:
        answer = company.ask(who, row, company.narrowed)
        statuses[who] = answer.status_code
        expected[who] = row.expected(who, file_readers=("author", "admin"))
        if who not in ("author", "admin"):
            assert SECRET not in answer.text
    assert statuses == expected


def test_lists_searches_and_answers_hold_nothing_of_a_restricted_document(company: Company) -> None:
    for who in ("reader", "author"):
        for row in ROWS:
            if row.least == "anyone" and row.seen == 200 and "{" not in row.route:
                assert "euros" not in company.ask(who, row, company.document).text, row.route
    for who in ("reader", "manager", "administrator"):
        for row in ROWS:
            if row.least == "anyone" and row.seen == 200 and "{" not in row.route:
                assert "pesos" not in company.ask(who, row, company.document).text, row.route
    (search,) = [row for row in ROWS if "/api/search" in row.route]
    assert "euros" in company.ask("manager", search, company.document).text
    assert "pesos" in company.ask("author", search, company.document).text


def test_every_route_stands_in_the_table(company: Company) -> None:
    app = make_app(company.library, work=False)
    in_table = {f"{row.route.split(' ')[0]} {row.path}" for row in ROWS}
    described = {f"{way.upper()} {path}" for path, ways in app.openapi()["paths"].items() for way in ways}
    assert described - in_table == set(), "add a row for each to TABLE above"
    assert in_table - described == {f"GET {OPENAPI}", "GET /"}  # what the description leaves out


def test_every_command_stands_in_the_table() -> None:
    known = {name for names in COMMANDS.values() for name in names.split()}
    command: Any = typer.main.get_command(main.app)
    assert set(command.commands) - known == set(), "say how each reaches the library, in COMMANDS above"


def test_what_lets_commands_in_is_for_the_servers_user_alone(tmp_path: Path) -> None:
    announce(tmp_path, Running("http://127.0.0.1:1", "token"))
    assert (tmp_path / "server.json").stat().st_mode & 0o777 == 0o600
    assert running_server(tmp_path) == Running("http://127.0.0.1:1", "token")

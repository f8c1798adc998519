"""A key that is narrowed to one space, of every role, walks every route with every noun of another space.

Routes, their parameters and the shapes of their bodies are the application's own, so that a new route is
walked by itself; one with a parameter that nobody here knows fails until it is told what to put there.
"""

from __future__ import annotations

import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import docx
import httpx
import pytest
from making import add, administrator, client_of, person, settings_in, space_named
from serving import served
from sqlalchemy import select

from api.app import make_app
from contract.values import Role
from core.identity import people
from core.identity.accounts import sign_in
from core.identity.keys import Scope, make_key
from core.models import (
    Check,
    Document,
    Draft,
    Grant,
    Job,
    Question,
    RetentionRule,
    SpacePack,
    SpaceWaiver,
    Version,
    now,
)
from operations.library import Library, open_library

# Stands in every name and text of the other space, and nowhere else.
SECRET = "zebrafish"
TEXT = f"The striped pool costs {SECRET} nine yen. The {SECRET} is kept in room two.\n"
QUESTION = "What does the striped pool cost?"
PACK = f"""version: 1
pack: {SECRET}-rules
rules:
- id: no-{SECRET}
  kind: pattern
  pattern: room
  message: {{en: 'Not a {SECRET}: {{match}}'}}
"""
WHO = [*Role, "admin"]
# Parameters and fields that name no thing: the same for every asker.
PLAIN: dict[str, Any] = {
    "number": 1, "q": "striped", "question": QUESTION, "answer": "x", "role": "reader", "kind": "user",
    "reason": "none", "until": "2030-01-01", "days": 400, "name": "x", "text": "x", "link": "x" * 30,
    "run": "x", "report": "x",
    "secret": "x" * 30,
    "part": "page.js", "scopes": ["read"], "messages": [{"role": "user", "content": QUESTION}],
    "model": "x", "input": "striped", "stream": False, "requests_a_minute": 60, "level": "error", "limit": 20,
    "offset": 0, "width": 300, "new": "a long enough password", "form": "html",
}  # fmt: skip


@dataclass
class Office:
    """A running server with two spaces, whose people have something of their own from both."""

    library: Library
    door: str
    http: httpx.Client
    alpha: str
    beta: str
    users: dict[str, str]
    tokens: dict[str, str]
    keys: dict[str, str]
    common: dict[str, list[str]]
    own: dict[str, dict[str, str]] = field(default_factory=dict)

    def ask(self, token: str, method: str, path: str, **sent: Any) -> httpx.Response:
        self.http.cookies.clear()
        self.http.headers["authorization"] = f"Bearer {token}"
        return self.http.request(method, path, **sent)

    def nouns(self, who: str) -> dict[str, list[str]]:
        """Ids and names of the other space's things, by the parameter that takes them."""
        return self.common | {name: [value] for name, value in self.own[who].items()}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    settings = settings_in(tmp_path_factory.mktemp("office"), embedder="none", requests_a_minute=100_000)
    with open_library(settings, load_models=False) as library:
        app = make_app(library, work=False)
        with served(app, log_level="error", timeout_keep_alive=600) as door, client_of(door) as http:
            yield _furnished(library, door, http, tmp_path_factory.mktemp("watched"))


def _furnished(library: Library, door: str, http: httpx.Client, watched: Path) -> Office:
    alpha, beta = space_named(library.sessions, "Alpha"), space_named(library.sessions, f"Beta {SECRET}")
    add(library, "open.txt", "The open plan costs ten yen.", space=alpha)
    document = add(library, f"{SECRET}.txt", TEXT, space=beta)
    admin = administrator(library)
    users: dict[str, str] = {"admin": admin.user_id}
    for role in Role:
        users[role] = person(library.sessions, f"the {role}").user_id
    tokens, keys = {}, {}
    with library.sessions.write() as session:
        for role, space in itertools.product(Role, (alpha, beta)):
            people.grant(admin, session, space, "user", users[role], role, may_download=True)
        group = people.add_group(admin, session, f"{SECRET} team")
        people.grant(admin, session, beta, "group", group.id, Role.READER, may_download=True)
    with library.sessions.write() as session:
        for who, user in users.items():
            tokens[who] = sign_in(session, user)
    for who in WHO:
        scopes = [scope.value for scope in Scope if scope != Scope.ADMIN or who == "admin"]
        order = {"name": f"key of {who}", "scopes": scopes, "spaces": [alpha], "requests_a_minute": 10_000}
        made = http.post("/api/keys", json=order, headers={"authorization": f"Bearer {tokens[who]}"})
        keys[who] = made.json()["secret"]
    common = {"document_id": [document], "document": [document], "subject": [document], "group": [group.id]}
    common |= {"space": [beta, f"Beta {SECRET}"], "space_id": [beta], "spaces": [beta], "into": [beta]}
    made = Office(library, door, http, alpha, beta, users, tokens, keys, common)
    _made_by_the_administrator(made, watched)
    for who in WHO:
        made.own[who] = _own_things(made, who)
    return made


def _made_by_the_administrator(office: Office, watched: Path) -> None:
    def post(path: str, *, method: str = "POST", **sent: Any) -> Any:
        answer = office.ask(office.tokens["admin"], method, path, **sent)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    document, beta, common = office.common["document_id"][0], office.beta, office.common
    pack = {"rules": (f"{SECRET}.yaml", PACK.encode())}
    common["pack"] = [post(f"/api/spaces/{beta}/packs", files=pack)["id"]]
    entry = {"words": [{"text": f"{SECRET} term", "language": "en"}]}
    common["entry_id"] = [post(f"/api/spaces/{beta}/glossary", json=entry)["id"]]
    waiver = {"rule": "none", "reason": f"the {SECRET} knows", "until": "2030-01-01"}
    common["waiver"] = [post(f"/api/spaces/{beta}/waivers", json=waiver)["id"]]
    content = io.BytesIO()
    form = docx.Document()
    form.add_paragraph("{{ cost }} {{ body }}")
    form.save(content)
    sidecar = f"fields:\n  cost:\n    label: Cost of the {SECRET}\n"
    files = {"file": (f"{SECRET}.docx", content.getvalue()), "sidecar": ("s.yaml", sidecar.encode())}
    common["template"] = [post("/api/templates", files=files, data={"space": beta})["id"]]
    source = {"document_id": document, "page": 1, "quote": f"The {SECRET} is kept in room two."}
    faq = {"space": beta, "question": f"Where is the {SECRET}?", "answer": "There.", "sources": [source]}
    common["faq_id"] = [post("/api/faqs", json=faq)["id"]]
    post(f"/api/faqs/{common['faq_id'][0]}/approve")
    (watched / SECRET).mkdir()
    folder = post("/api/folders", json={"path": str(watched / SECRET), "space": beta})
    common["folder_id"] = [folder["id"]]
    hold = post("/api/holds", json={"kind": "document", "subject": document, "reason": f"a {SECRET} suit"})
    common["hold"] = [hold["id"]]
    post("/api/retention", method="PUT", json={"kind": "superseded", "days": 400, "space": beta})
    with office.library.sessions.read() as session:
        common["rule"] = [session.scalars(select(RetentionRule.id)).one()]
        versions = session.scalars(select(Version.id).where(Version.document_id == document)).all()
        common["version_id"] = common["version"] = list(versions)
        job = select(Job.id).where(Job.subject_id.in_(versions)).order_by(Job.created_at)
        common["job_id"] = common["id"] = list(session.scalars(job))[:1]
        common["grant"] = list(session.scalars(select(Grant.id).where(Grant.space_id == beta)))[:1]
    common["user"] = common["member"] = common["holder"] = [office.users["reader"]]
    post("/api/erasures", json={"kind": "user", "subject": person(office.library.sessions, "gone").user_id})
    common["erasure"] = ["x"]
    common["sid"] = ["S-1-5-21-1-1-1-7"]


def _own_things(office: Office, who: str) -> dict[str, str]:
    """What that person has from the other space, made on the screens: questions, checks, a draft, a key."""

    def made(path: str, **sent: Any) -> Any:
        answer = office.ask(office.tokens[who], "POST", path, **sent)
        assert answer.status_code in (200, 201), (who, path, answer.text)
        return answer.json()

    question = made("/api/questions", json={"question": f"{QUESTION} ({SECRET})", "stream": False})
    pack = office.common["pack"][0]
    sent = {"file": (f"my {SECRET}.txt", f"The {SECRET} is in room two.".encode())}
    check = made("/api/checks", files=sent, data={"pack": pack})
    made(f"/api/documents/{office.common['document_id'][0]}/check")
    gap = made(f"/api/questions/{question['question_id']}/gaps", json={"space": office.beta})
    draft = made("/api/drafts", json={
        "template": office.common["template"][0], "fields": {"cost": SECRET}, "prose": False, "stream": False,
    })  # fmt: skip
    feed = made("/api/feeds", json={"name": f"{SECRET} feed", "spaces": [office.beta]})
    key = made("/api/keys", json={"name": f"{SECRET} key", "scopes": ["read"], "spaces": [office.beta]})
    return {
        "question_id": question["question_id"], "follows": question["question_id"], "gap_id": gap["id"],
        "check_id": check["id"], "draft": draft["id"], "key": key["key"]["id"],
        "feed": feed["feed"]["id"],
    }  # fmt: skip


def operations(library: Library) -> tuple[list[tuple[str, str, dict[str, Any]]], dict[str, Any]]:
    """Every operation of the application, and the shapes that their bodies refer to."""
    described = make_app(library, work=False).openapi()
    listed = [
        (way.upper(), path, operation)
        for path, ways in described["paths"].items()
        for way, operation in ways.items()
    ]
    return listed, described["components"]["schemas"]


def filled(
    schema: dict[str, Any], shapes: dict[str, Any], nouns: dict[str, list[str]], name: str = ""
) -> Any:
    """A value of that shape that names the other space's things wherever it can."""
    if "$ref" in schema:
        return filled(shapes[schema["$ref"].rsplit("/", 1)[1]], shapes, nouns, name)
    for kind in ("anyOf", "oneOf", "allOf"):
        if kind in schema:
            real = [choice for choice in schema[kind] if choice.get("type") != "null"]
            return filled(real[0], shapes, nouns, name)
    kind = schema.get("type")
    if name in nouns and kind != "object":
        return nouns[name] if kind == "array" else nouns[name][0]
    if name in PLAIN and kind != "object":
        return PLAIN[name]
    if kind == "object":
        needed, known = schema.get("required", []), schema.get("properties", {})
        return {
            key: filled(shape, shapes, nouns, key)
            for key, shape in known.items()
            if key in needed or key in nouns or key in ("stream",)
        }
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if kind == "array":
        return [filled(schema["items"], shapes, nouns)] if schema.get("minItems") else []
    return {"integer": 1, "number": 1.0, "boolean": False, "string": "x"}.get(str(kind), "x")


def requests_of(
    method: str, path: str, operation: dict[str, Any], shapes: dict[str, Any], nouns: dict[str, list[str]]
) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """The requests of an operation that name the other space's things: path, what is sent, and the names in
    it, which an answer may say back."""
    inside = re.findall(r"{(\w+)}", path)
    unknown = [name for name in inside if name not in nouns and name not in PLAIN]
    assert not unknown, f"say what to put for {unknown} of {method} {path}"
    query: dict[str, Any] = {}
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query" and (parameter.get("required") or parameter["name"] in nouns):
            query[parameter["name"]] = filled(parameter.get("schema", {}), shapes, nouns, parameter["name"])
    sent: dict[str, Any] = {}
    for media, described in operation.get("requestBody", {}).get("content", {}).items():
        body = filled(described["schema"], shapes, nouns)
        if media == "application/json":
            sent["json"] = body
        else:
            files = {
                key: ("new.txt", b"The new plan costs two yen.") for key in body if key in ("file", "picture")
            }
            sent |= {"files": files, "data": {key: value for key, value in body.items() if key not in files}}
    values = [nouns.get(name) or [str(PLAIN[name])] for name in inside]
    for chosen in itertools.product(*values):
        place = path
        for name, value in zip(inside, chosen, strict=True):
            place = place.replace(f"{{{name}}}", str(value))
        for asked in [query, {}] if query else [{}]:
            yield place, {**sent, "params": asked}, [value for value in chosen if SECRET in value]


def without_what_was_sent(text: str, names: list[str]) -> str:
    for name in names:
        text = text.replace(name, "")
    return text


@pytest.mark.parametrize("who", WHO)
def test_a_narrowed_key_reads_and_changes_nothing_of_another_space(office: Office, who: str) -> None:
    described, shapes = operations(office.library)
    nouns = office.nouns(who)
    before = what_there_is(office)
    leaks, broken, statuses = [], [], Counter[int]()
    for method, path, operation in described:
        for place, sent, names in requests_of(method, path, operation, shapes, nouns):
            answer = office.ask(office.keys[who], method, place, **sent)
            statuses[answer.status_code] += 1
            shown = without_what_was_sent(answer.text + str(answer.headers), names)
            if SECRET in shown.lower():
                leaks.append((method, place, sent.get("params"), answer.status_code, shown[:300]))
            if answer.status_code >= 500:
                broken.append((method, place, answer.status_code, answer.text[:300]))
    assert not leaks
    assert not broken
    assert what_there_is(office) == before
    assert statuses[200] > 20  # it does read what is its own space's


def what_there_is(office: Office) -> dict[str, int]:
    """How many rows the tables of the other space's things have that no asker of another space may change."""
    beta = office.beta
    versions = select(Version.id).join(Document, Document.id == Version.document_id)
    queries = {
        "versions": versions.where(Document.space_id == beta),
        "grants": select(Grant.id).where(Grant.space_id == beta),
        "packs": select(SpacePack.id).where(SpacePack.space_id == beta),
        "waivers": select(SpaceWaiver.id).where(SpaceWaiver.space_id == beta),
    }
    with office.library.sessions.read() as session:
        counts = {name: len(session.scalars(query).all()) for name, query in queries.items()}
        for table in (Check, Draft, Question):
            ids = {things[key] for things in office.own.values()
                   for key in ("check_id", "draft", "question_id")}  # fmt: skip
            counts[table.__tablename__] = len(
                session.scalars(select(table.id).where(table.id.in_(ids))).all()
            )
    return counts


def test_the_same_walk_by_the_person_finds_what_the_key_must_not(office: Office) -> None:
    """Else the walk above could not fail: every noun is there, and its own person reads it."""
    described, shapes = operations(office.library)
    seen: set[str] = set()
    for method, path, operation in described:
        if method != "GET":
            continue
        for place, sent, names in requests_of(method, path, operation, shapes, office.nouns("admin")):
            answer = office.ask(office.tokens["admin"], method, place, **sent)
            if answer.status_code == 200 and SECRET in without_what_was_sent(answer.text, names).lower():
                seen.add(path)
    expected = """/api/documents /api/documents/{document_id} /api/documents/{document_id}/pages/{number}
        /api/search /api/questions /api/questions/{question_id} /api/gaps /api/checks /api/checks/{check_id}
        /api/checks/{check_id}/pages/{number} /api/checks/{check_id}/report
        /api/checks/{check_id}/baseline /api/drafts /api/drafts/{draft} /api/faqs /api/faqs/{faq_id}
        /api/faqs/table /api/templates /api/templates/{template} /api/packs /api/packs/{pack}
        /api/spaces /api/spaces/{space}/packs /api/spaces/{space}/waivers /api/spaces/{space}/grants
        /api/spaces/{space}/glossary /api/spaces/{space}/glossary/table
        /api/jobs /api/jobs/{job_id} /api/folders /api/keys /api/groups /api/holders /api/audit /api/holds"""
    assert set(expected.split()) - seen == set()


def test_what_a_narrowed_key_makes_is_there_for_it_and_for_its_person(office: Office) -> None:
    key, token = office.keys["manager"], office.tokens["manager"]
    order = {"question": "What does the open plan cost?", "stream": False}
    question = office.ask(key, "POST", "/api/questions", json=order).json()["question_id"]
    file = {"file": ("mine.txt", b"The open plan costs ten yen.")}
    check = office.ask(key, "POST", "/api/checks", files=file, data={"pack": "english-report"}).json()["id"]
    for asker in (key, token):
        assert office.ask(asker, "GET", f"/api/questions/{question}").status_code == 200
        assert office.ask(asker, "GET", f"/api/checks/{check}").status_code == 200
    follow = {"question": "And the pool?", "stream": False, "follows": question}
    assert office.ask(key, "POST", "/api/questions", json=follow).status_code == 200
    other = {"question": "And the pool?", "stream": False, "follows": office.own["manager"]["question_id"]}
    assert office.ask(key, "POST", "/api/questions", json=other).status_code == 404
    assert [report["id"] for report in office.ask(key, "GET", "/api/checks").json()] == [check]


def test_a_question_about_one_space_asked_on_the_screens_is_there_for_the_key_of_that_space(
    office: Office,
) -> None:
    order = {"question": "What does the open plan cost?", "stream": False, "spaces": [office.alpha]}
    question = office.ask(office.tokens["author"], "POST", "/api/questions", json=order).json()["question_id"]
    assert office.ask(office.keys["author"], "GET", f"/api/questions/{question}").status_code == 200


def test_a_key_sees_its_persons_things_no_more_when_a_space_of_theirs_is_not_its_own(office: Office) -> None:
    """A key of both spaces makes a check; that of one of them does not see it."""
    access = administrator(office.library)
    with office.library.sessions.write() as session:
        _, both = make_key(
            access, session, "both", scopes=list(Scope), expires_at=now() + timedelta(1),
            spaces=[office.alpha, office.beta],
        )  # fmt: skip
    file = {"file": ("both.txt", b"The open plan.")}
    data = {"pack": "english-report"}
    check = office.ask(both, "POST", "/api/checks", files=file, data=data).json()["id"]
    assert office.ask(both, "GET", f"/api/checks/{check}").status_code == 200
    assert office.ask(office.keys["admin"], "GET", f"/api/checks/{check}").status_code == 404

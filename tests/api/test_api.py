"""The HTTP door: shapes, errors, the order of an answer's events, and who may see what."""

from __future__ import annotations

import json
import socket
from typing import Any

import httpx
import pytest
from making import LIBRARY, add, client_of, finish_work, pdf, person, picture_pdf, stored_originals

from contract.values import Role
from core.identity.accounts import first_administrator, make_link, sign_in
from llm.fakes import ScriptedModel
from operations.library import Library

POLICY = (LIBRARY / "travel-expense-policy.pdf").read_bytes()
QUESTION = "Within how many business days after a trip must an expense claim be submitted?"


def _upload(client: httpx.Client, name: str, content: bytes, **form: str) -> httpx.Response:
    return client.post("/api/documents", files={"file": (name, content)}, data=form)


def _events(client: httpx.Client, question: str) -> list[tuple[str, dict[str, Any]]]:
    sent = []
    with client.stream("POST", "/api/questions", json={"question": question}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                sent.append((name, json.loads(line[6:])))
    return sent


def test_upload_read_ask_and_erase(library: Library, client: httpx.Client) -> None:
    answer = _upload(client, "policy.pdf", POLICY)
    assert answer.status_code == 201 and not answer.json()["duplicate"]
    finish_work(library)
    document = answer.json()["document"]["id"]
    got = client.get(f"/api/documents/{document}").json()
    assert got["version"]["state"] == "embedded" and got["version"]["pages"] == 4 and got["current"] == 1
    assert client.get(f"/api/jobs/{answer.json()['job']}").json()["state"] == "done"

    events = _events(client, QUESTION)
    assert [name for name, _ in events] == ["quotes", "done"]
    quote = events[0][1]["citations"][0]
    page = client.get(f"/api/documents/{document}/pages/{quote['page']}").json()
    assert page["text"][quote["start"] : quote["end"]] == quote["quote"] and quote["boxes"]
    assert "10 business days" in quote["quote"]
    done = events[1][1]
    assert done["status"] == "quoted" and done["citations"][0] == quote
    again = client.get(f"/api/questions/{done['question_id']}").json()
    assert again["citations"][0]["quote"] == quote["quote"] and again["question"] == QUESTION

    picture = client.get(f"/api/documents/{document}/pages/{quote['page']}/picture", params={"width": 300})
    assert picture.headers["content-type"] == "image/png" and picture.content.startswith(b"\x89PNG")
    original = client.get(f"/api/documents/{document}/original")
    assert original.content == POLICY and "attachment" in original.headers["content-disposition"]

    assert client.delete(f"/api/documents/{document}").status_code == 204
    assert client.get(f"/api/documents/{document}").status_code == 404
    assert client.get("/api/search", params={"q": QUESTION}).json()["hits"] == []
    assert stored_originals(library) == []


def test_quotes_come_before_the_models_first_word_and_unproven_sentences_are_struck(
    library: Library, client: httpx.Client
) -> None:
    add(library, "policy.pdf", POLICY)
    library.answerer.model = ScriptedModel(
        "A claim must be submitted within 10 business days after the end of the trip [1]."
        "A claim must be submitted within 99 business days [1]."
    )
    events = _events(client, QUESTION)
    assert [name for name, _ in events] == ["quotes", "sentence", "struck", "done"]
    done = events[-1][1]
    assert (
        done["status"] == "answered" and "10 business days" in done["answer"] and "99" not in done["answer"]
    )
    assert [sentence["flaw"] for sentence in done["struck"]] == ["number"]


def test_a_model_that_dies_leaves_the_quotes_and_says_why(library: Library, client: httpx.Client) -> None:
    add(library, "policy.pdf", POLICY)
    library.answerer.model = ScriptedModel("DIE")
    events = _events(client, QUESTION)
    assert [name for name, _ in events] == ["quotes", "done"]
    assert events[-1][1]["status"] == "quoted" and events[-1][1]["why"] == "model_died"


def test_what_no_document_answers_is_said_without_asking_the_model(
    library: Library, client: httpx.Client
) -> None:
    add(library, "policy.pdf", POLICY)
    library.answerer.model = model = ScriptedModel("Everything is fine [1].")
    done = _events(client, "Who won the chess tournament of the year 1851?")[-1][1]
    assert done["status"] == "not_found" and done["citations"] == [] and done["nearest"]
    assert model.requests == []


BAD_FILES = [
    ("empty.pdf", b"", 422, "file_empty"),
    ("picture.gif", b"GIF89a" + bytes(50), 415, "file_type_unknown"),
    ("program.pdf", b"MZ" + bytes(100), 415, "file_type_unknown"),
    ("", b"text", 422, "bad_value"),
]


@pytest.mark.parametrize(("name", "content", "status", "code"), BAD_FILES)
def test_a_bad_file_is_refused_with_its_reason_and_leaves_nothing(
    library: Library, client: httpx.Client, name: str, content: bytes, status: int, code: str
) -> None:
    answer = _upload(client, name, content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert client.get("/api/documents").json()["total"] == 0 and stored_originals(library) == []


UNREADABLE = [
    ("locked.pdf", pdf("secret", password="pass"), "file_encrypted"),
    ("cut.pdf", POLICY[:3000], "file_damaged"),
    ("scan.pdf", picture_pdf(), "no_text_in_file"),
    ("not.pdf", b"%PDF-1.7\n" + b"this is no PDF at all " * 40, "file_damaged"),
]


@pytest.mark.parametrize(("name", "content", "code"), UNREADABLE)
def test_a_file_that_cannot_be_read_fails_with_a_reason_a_person_can_act_on(
    library: Library, client: httpx.Client, name: str, content: bytes, code: str
) -> None:
    document = _upload(client, name, content).json()["document"]["id"]
    finish_work(library)
    version = client.get(f"/api/documents/{document}").json()["version"]
    assert version["state"] == "failed" and version["error"]["code"] == code
    assert name in version["error"]["message"]
    assert client.get("/api/search", params={"q": "secret"}).json()["hits"] == []


def test_a_file_of_too_many_pages_fails(library: Library, client: httpx.Client) -> None:
    library.pipeline.limits = type(library.pipeline.limits)(pages=3)
    document = _upload(client, "long.pdf", POLICY).json()["document"]["id"]
    finish_work(library)
    assert client.get(f"/api/documents/{document}").json()["version"]["error"]["code"] == "too_many_pages"


def test_an_upload_over_the_limit_is_refused_before_it_is_sent(
    library: Library, door: str, client: httpx.Client
) -> None:
    length = (library.settings.upload_limit_mb + 2) * 2**20
    host, _, port = door.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=480) as line:
        line.sendall(
            f"POST /api/documents HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n".encode()
        )
        answer = line.recv(4000)
    assert b" 413 " in answer.split(b"\r\n")[0]
    assert stored_originals(library) == []


def test_an_upload_that_grows_over_the_limit_leaves_nothing(library: Library, client: httpx.Client) -> None:
    library.settings = library.settings.model_copy(update={"upload_limit_mb": 1})
    answer = _upload(client, "big.txt", b"x" * 1_100_000)
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "file_too_large"
    assert client.get("/api/documents").json()["total"] == 0 and stored_originals(library) == []


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [
        ("", 422, "question_empty"),
        ("  \n ", 422, "question_empty"),
        ("x" * 100_000, 413, "question_too_long"),
    ],
)
def test_a_bad_question_is_refused(client: httpx.Client, question: str, status: int, code: str) -> None:
    answer = client.post("/api/questions", json={"question": question})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_nobody_without_a_sign_in_sees_anything(door: str) -> None:
    with client_of(door) as client:
        paths = client.get("/openapi.json").json()["paths"]
        open_to_all = {"/health", "/ready", "/api/session", "/api/sign-in-ways", "/sign-in/{link}"}
        open_to_all |= {"/sign-in/oidc", "/sign-in/oidc/callback", "/embed", "/embed/{part}"}
        for path, operations in paths.items():
            for method in operations:
                if path in open_to_all:
                    continue
                answer = client.request(method, path.replace("{number}", "1"), json={"question": "x"})
                assert answer.status_code in (401, 422), (method, path, answer.status_code)
                assert answer.status_code == 401 or method == "post"
        assert client.get("/health").status_code == 200


def test_an_outsider_finds_nothing_of_a_space_that_is_not_theirs(library: Library, door: str) -> None:
    document = add(library, "policy.pdf", POLICY)
    outsider = person(library.sessions, "outsider", Elsewhere=Role.MANAGER)
    with library.sessions.write() as session:
        token = sign_in(session, outsider.user_id)
    with client_of(door, token) as client:
        assert client.get("/api/documents").json() == {"documents": [], "total": 0}
        assert client.get("/api/search", params={"q": QUESTION}).json()["hits"] == []
        for path in ("", "/versions", "/pages/1", "/pages/1/picture", "/original"):
            assert client.get(f"/api/documents/{document}{path}").status_code == 404
        assert client.delete(f"/api/documents/{document}").status_code == 404
        done = client.post("/api/questions", json={"question": QUESTION, "stream": False}).json()
        assert done["status"] == "not_found" and done["nearest"] == []
        assert _upload(client, "mine.txt", b"mine", space="General").status_code == 404


def test_a_reader_may_read_and_not_write(library: Library, door: str) -> None:
    document = add(library, "policy.pdf", POLICY)
    reader = person(library.sessions, "reader", General=Role.READER)
    with library.sessions.write() as session:
        token = sign_in(session, reader.user_id)
    with client_of(door, token) as client:
        assert client.get(f"/api/documents/{document}").status_code == 200
        assert client.delete(f"/api/documents/{document}").status_code == 403
        assert _upload(client, "mine.txt", b"mine").status_code == 403
        assert client.post("/api/sign-in-links").status_code == 403


def test_a_link_signs_a_browser_in_once(library: Library, door: str) -> None:
    with library.sessions.write() as session:
        link = make_link(session, first_administrator(session).id)
    with client_of(door) as client:
        answer = client.get(f"/sign-in/{link}")
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie
        assert client.get("/api/session").json()["is_admin"]
        assert client.post("/api/session", json={"link": link}).status_code == 401


def test_the_description_is_complete(client: httpx.Client) -> None:
    description = client.get("/openapi.json").json()
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), (method, path)
            assert {"401", "404", "422"} <= set(operation["responses"]), (method, path)
            assert operation["responses"]["404"]["content"], (method, path)

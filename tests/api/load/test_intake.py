"""What a request may bring: bodies that are too long, too deep or of too many parts are refused before they
are taken in, whoever sends them."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from making import administrator, client_of, error_of, person

from api.app import make_app
from api.intake import LIMIT, LONG, MOST_VALUES, OPEN_LIMIT, limit_of
from core.identity.accounts import sign_in
from operations.library import Library

MB = 2**20
SIGN_IN = "/api/session"


def endless(
    door: str, path: str, *, token: str = "", head: str, piece: bytes, most: int
) -> tuple[bytes, int]:
    """What the door answers to a body without a length, piece by piece, and how many bytes it took until
    then."""
    host, _, port = door.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=240) as connection:
        bearer = f"Authorization: Bearer {token}\r\n" if token else ""
        begin = f"POST {path} HTTP/1.1\r\nHost: x\r\n{bearer}{head}\r\n"
        connection.sendall(f"{begin}Transfer-Encoding: chunked\r\n\r\n".encode())
        answer, sent = b"", 0
        connection.settimeout(0.0)
        while sent < most:
            try:
                answer = connection.recv(65536)
                break
            except BlockingIOError:
                connection.settimeout(60)
                try:
                    connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
                except OSError:
                    break
                sent += len(piece)
                connection.settimeout(0.0)
        connection.settimeout(60)
        while not answer:
            answer = connection.recv(65536)
        return answer, sent


@pytest.fixture
def token(library: Library) -> str:
    user = administrator(library).user_id
    with library.sessions.write() as session:
        return sign_in(session, user)


@pytest.fixture
def nobody(door: str) -> Iterator[httpx.Client]:
    with client_of(door) as opened:
        yield opened


@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_long_body_to_the_sign_in_is_refused_by_its_length_alone(nobody: httpx.Client, kind: str) -> None:
    answer = nobody.post(SIGN_IN, content=b"x" * (20 * MB), headers={"Content-Type": kind})
    assert (answer.status_code, error_of(answer)) == (413, "body_too_large")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_body_without_a_length_is_cut_off_at_the_limit(door: str) -> None:
    answer, sent = endless(
        door, SIGN_IN, head="Content-Type: application/json", piece=b" " * 8192, most=50 * MB
    )
    assert b" 413 " in answer.split(b"\r\n")[0]
    assert sent < 20 * MB  # what stood in the sockets between


def test_every_route_has_a_limit_and_a_long_one_only_where_it_takes_files(library: Library) -> None:
    description = make_app(library, work=False).openapi()
    for path, operations in description["paths"].items():
        bodies = [order.get("requestBody", {}).get("content", {}) for order in operations.values()]
        forms = any("multipart/form-data" in body for body in bodies)
        limit = limit_of(path, 500 * MB)
        carries_pictures = path == "/api/drafts"  # in its JSON
        assert limit <= LIMIT or forms or carries_pictures or path.startswith("/v1/"), path
        assert not forms or limit > LIMIT, path
    assert limit_of(SIGN_IN, 500 * MB) == OPEN_LIMIT
    for pattern, _ in LONG:
        assert any(pattern.fullmatch(path) for path in description["paths"]), pattern.pattern


@pytest.mark.parametrize("path", ["/api/documents", "/api/checks", "/v1/chat/completions", "/api/faqs"])
def test_nobody_in_particular_sends_no_more_than_a_sign_in(
    nobody: httpx.Client, door: str, path: str
) -> None:
    answer = nobody.post(path, content=b"x" * (200 * 1024), headers={"Content-Type": "application/json"})
    assert (answer.status_code, error_of(answer)) == (401, "not_signed_in")
    wrong = nobody.post(path, content=b"x" * 20_000, headers={"Authorization": "Bearer nothing"})
    assert wrong.status_code == 401
    received, sent = endless(
        door, path, head="Content-Type: application/json", piece=b" " * 8192, most=50 * MB
    )
    assert b" 401 " in received.split(b"\r\n")[0]
    assert sent < 20 * MB


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("path", [SIGN_IN, "/api/questions", "/v1/chat/completions"])
def test_json_that_is_nested_deeply_is_refused(client: httpx.Client, path: str, opening: str) -> None:
    deep = opening * 2500
    answer = client.post(path, content=deep, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert error_of(answer) == "bad_value" if not path.startswith("/v1") else "error" in answer.json()
    assert client.get("/health").status_code == 200


def test_json_of_very_many_values_is_refused_before_it_is_taken_apart(client: httpx.Client) -> None:
    content = b'{"model": "shoko", "messages": [' + b"[]," * MOST_VALUES + b"[]]}"
    answer = client.post(
        "/v1/chat/completions", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert "values" in answer.json()["error"]["message"]
    text = "a, b, c, " * 30_000  # a text may have commas
    asked = client.post("/api/questions", json={"question": text})
    assert error_of(asked) == "question_too_long"


def _form(parts: int, *, size: int = 1) -> bytes:
    part = b'--x\r\nContent-Disposition: form-data; name="pack"\r\n\r\n' + b"y" * size + b"\r\n"
    return part * parts + b"--x--\r\n"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (_form(100_000), "multipart/form-data; boundary=x"),
        (_form(2, size=200_000), "multipart/form-data; boundary=x"),
        (b"pack=y&" * 200_000, "application/x-www-form-urlencoded"),
        (b"no form", "multipart/form-data; boundary=x"),
    ],
    ids=["parts", "long", "urlencoded", "none"],
)
@pytest.mark.parametrize("path", ["/api/checks", "/api/documents", "/api/templates"])
def test_a_form_of_very_many_parts_or_a_long_one_is_refused(
    client: httpx.Client, path: str, content: bytes, kind: str
) -> None:
    answer = client.post(path, content=content, headers={"Content-Type": kind})
    assert answer.status_code == 422, answer.text
    assert error_of(answer) == "bad_value"


def test_the_screens_and_programs_still_send_what_they_may(client: httpx.Client, tmp_path: Path) -> None:
    packs = [("pack", "ja-business")] * 20
    content = {"file": ("a.txt", b"A text.", "text/plain")}
    answer = client.post("/api/documents", files=content, data={"space": "General"})
    assert answer.status_code == 201
    sent = client.post("/api/checks", files=[("file", ("a.txt", b"A text.", "text/plain"))], data=dict(packs))
    assert sent.status_code in (200, 422)
    assert json.loads(sent.text)


def test_requests_of_one_asker_leave_room_for_others(library: Library, door: str, token: str) -> None:
    """More requests of one person than are looked up at once, which all hang: another one's is answered."""
    release, begun = threading.Event(), threading.Semaphore(0)
    real = library.answerer.check

    def hanging(question: str) -> str:
        if question == "hang":
            begun.release()
            assert release.wait(120)
        return real(question)

    library.answerer.check = hanging  # type: ignore[method-assign]
    stranger = person(library.sessions, "stranger").user_id
    with library.sessions.write() as session:
        other = sign_in(session, stranger)

    def hang() -> None:
        with client_of(door, token) as own:
            own.get("/api/search", params={"q": "hang"})

    askers = [threading.Thread(target=hang) for _ in range(library.lookups.each_waiting)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(library.lookups.each):
            assert begun.acquire(timeout=240)
        with client_of(door, other) as client:
            assert client.get("/api/search", params={"q": "text"}).status_code == 200
            assert client.get("/health").status_code == 200
        assert not begun.acquire(blocking=False)  # the others wait, and hold no thread
    finally:
        release.set()
        for asker in askers:
            asker.join()


def test_what_was_sent_is_not_sent_back_whole(client: httpx.Client) -> None:
    order = {"question": "What is the fee?", "stream": False}
    for more in ({"spaces": ["x"] * 1001}, {"follows": "x" * 900_000}):
        answer = client.post("/api/questions", json={**order, **more})
        assert (answer.status_code, error_of(answer)) == (422, "bad_value")
        assert len(answer.content) < 3000
    named = client.get("/api/spaces/" + "x" * 20_000 + "/grants")
    assert named.status_code == 404
    assert len(named.content) < 3000

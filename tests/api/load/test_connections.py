"""Connections that are held open: whoever sends or reads too slowly is ended, and nobody else notices."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest
from making import administrator, client_of

from api.connections import Connection
from api.streaming import Event
from core.identity.accounts import sign_in
from operations.library import Library


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.connections.LOOK_SECONDS", 0.05)
    monkeypatch.setattr(Connection, "HEAD_SECONDS", 1.0)
    monkeypatch.setattr(Connection, "BODY_SECONDS", 1.0)
    monkeypatch.setattr(Connection, "READ_SECONDS", 1.0)


@pytest.fixture
def dial(door: str) -> Iterator[Callable[[], socket.socket]]:
    host, _, port = door.removeprefix("http://").partition(":")
    with ExitStack() as stack:

        def connect() -> socket.socket:
            return stack.enter_context(socket.create_connection((host, int(port)), timeout=60))

        yield connect


def dripped(connection: socket.socket, text: bytes) -> bytes:
    """What is answered to a text that is sent a byte at a time, each within any pause that is waited for."""
    connection.settimeout(0.1)
    answer = b""
    for byte in text * 50:
        try:
            connection.sendall(bytes([byte]))
            answer += connection.recv(65536) or b"(end)"
        except TimeoutError:
            continue
        except OSError:
            break
        if answer.endswith((b"}", b"(end)")):
            break
    return answer


def test_a_head_that_comes_a_byte_at_a_time_is_ended(dial: Callable[[], socket.socket]) -> None:
    answer = dripped(dial(), b"GET /health HTTP/1.1\r\nHost: x\r\nX-More: " + b"y" * 2000)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code": "too_slow"' in answer


def test_a_body_that_comes_a_byte_at_a_time_is_ended(dial: Callable[[], socket.socket]) -> None:
    connection = dial()
    head = b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    connection.sendall(head + b"Content-Length: 9000\r\n\r\n")
    answer = dripped(connection, b"{" + b" " * 2000)
    assert answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "begin", [b"GET /health?q=", b"GET /health HTTP/1.1\r\nHost: x\r\nX-More: ", b"X" * 20]
)
def test_a_head_without_end_is_refused(dial: Callable[[], socket.socket], begin: bytes) -> None:
    connection, sent, answer = dial(), 0, b""
    with suppress(OSError):
        connection.sendall(begin)
        while sent < 50 * 2**20:
            connection.sendall(b"y" * 65536)
            sent += 65536
    with suppress(OSError):
        answer = connection.recv(65536)
    assert sent < 20 * 2**20  # what stood in the sockets between
    assert answer == b"" or answer.split()[1] in (b"413", b"400")


def test_a_long_head_that_ends_is_taken_and_so_is_the_next_one(dial: Callable[[], socket.socket]) -> None:
    connection = dial()
    for _ in range(4):  # together longer than one may be
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-More: " + b"y" * 50_000 + b"\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_connection_that_says_nothing_is_ended(dial: Callable[[], socket.socket]) -> None:
    assert dial().recv(100).startswith(b"HTTP/1.1 408 ")


def test_slow_senders_take_nobody_elses_place(
    dial: Callable[[], socket.socket], door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "HEAD_SECONDS", 600.0)
    monkeypatch.setattr(Connection, "MOST", 50)
    slow = [dial() for _ in range(120)]
    for connection in slow:
        try:
            connection.sendall(b"GET /health HT")
        except OSError:  # one that gave its place up already
            continue
    with client_of(door) as client:
        assert client.get("/health").status_code == 200
    slow[0].settimeout(60)
    with suppress(ConnectionResetError):
        assert slow[0].recv(100) == b""  # the oldest gave its place up


def test_where_every_place_is_in_use_a_newcomer_is_told_when_to_come_again(
    dial: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "BODY_SECONDS", 600.0)
    monkeypatch.setattr(Connection, "MOST", 3)
    head = b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += b"Expect: 100-continue\r\nContent-Length: 90\r\n\r\n"
    for _ in range(3):
        connection = dial()
        connection.sendall(head)
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")  # its body is waited for
    answer = dial().recv(4000)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: " in answer
    assert b'"code": "crowded"' in answer


def test_a_stream_that_is_not_read_is_ended_and_gives_its_place_up(
    library: Library, door: str, dial: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The generator behind an event stream is closed, so that it holds the model for nobody."""
    closed = threading.Event()

    def endless(*_: object) -> Iterator[Event]:
        try:
            while True:
                yield "sentence", {"text": "x" * 100_000, "marks": []}
        finally:
            closed.set()

    monkeypatch.setattr("api.routes.answers.questions._events", endless)
    user = administrator(library).user_id
    with library.sessions.write() as session:
        token = sign_in(session, user)
    connection = dial()
    body = b'{"question": "What is the fee?"}'
    connection.sendall(
        b"POST /api/questions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        + f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    assert connection.recv(100).startswith(b"HTTP/1.1 200")
    assert closed.wait(240)


def test_a_long_wait_for_an_answer_is_no_slowness(
    library: Library, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = library.answerer.check

    def slow(question: str) -> str:
        time.sleep(2.5)
        return real(question)

    monkeypatch.setattr(library.answerer, "check", slow)
    assert client.get("/api/search", params={"q": "fee"}).status_code == 200


def test_no_websocket_is_opened(dial: Callable[[], socket.socket]) -> None:
    connection = dial()
    connection.sendall(
        b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert not connection.recv(4000).startswith(b"HTTP/1.1 101")

"""Many who ask for something costly at once: in turn, bounded, and others are answered meanwhile."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from making import add, administrator, client_of, error_of, person

from contract.values import Role
from core.fair_queue import FairQueue
from core.identity import passwords
from core.identity.accounts import set_password, sign_in
from core.models import User
from operations.library import Library

PASSWORD = "four words apart together"
SECONDS = 120  # after which a test that hangs ends; no property is measured by it


class Planted:
    """A function that takes as long as the test wants, in place of a costly one."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.at_once, self.most = 0, 0
        self._lock = threading.Lock()

    def __call__(self, *given: Any) -> Any:
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.begun.release()
        try:
            assert self.go.wait(SECONDS)
            return self.real(*given)
        finally:
            with self._lock:
                self.at_once -= 1


@contextmanager
def crowd(door: str, number: int, ask: Any, token: str = "") -> Iterator[list[httpx.Response]]:
    """That many who ask at once for the time of the block; their answers, complete at its end."""
    answers: list[httpx.Response] = []

    def one() -> None:
        with client_of(door, token) as client:
            answers.append(ask(client))

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        for thread in threads:
            thread.join()


def by_password(client: httpx.Client) -> httpx.Response:
    return client.post("/api/session", json={"name": "Aoki", "password": PASSWORD})


@pytest.fixture
def aoki(library: Library) -> str:
    user = person(library.sessions, "Aoki", General=Role.READER).user_id
    with library.sessions.write() as session:
        set_password(session, session.get_one(User, user), PASSWORD)
    with library.sessions.write() as session:
        return sign_in(session, user)


@pytest.fixture
def other(library: Library) -> str:
    user = administrator(library).user_id
    with library.sessions.write() as session:
        return sign_in(session, user)


def test_a_hundred_and_twenty_sign_ins_at_once_hold_no_signed_in_person_up(
    library: Library, door: str, aoki: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, "card.txt", "The fee for a lost card is 50 yuan.")
    planted = Planted(passwords.fits)
    monkeypatch.setattr("core.identity.passwords.fits", planted)
    with crowd(door, 120, by_password) as answers:
        try:
            assert planted.begun.acquire(timeout=SECONDS)
            with client_of(door, other) as client:  # while every password check takes for ever
                assert client.get("/api/search", params={"q": "fee"}).json()["hits"]
                asked = client.post("/api/questions", json={"question": "What is the fee?", "stream": False})
                assert asked.status_code == 200
                assert client.get("/health").status_code == 200
        finally:
            planted.go.set()
    assert Counter(answer.status_code for answer in answers) == {200: 120}
    assert planted.most <= library.passwords.at_once


def test_more_sign_ins_than_may_wait_are_told_when_to_come_again(
    library: Library, door: str, aoki: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.passwords = FairQueue(1, each=1, waiting=3, each_waiting=3)
    planted = Planted(passwords.fits)
    monkeypatch.setattr("core.identity.passwords.fits", planted)
    with crowd(door, 15, by_password) as answers:
        assert planted.begun.acquire(timeout=SECONDS)
        while len(answers) < 11:  # those who are refused need not wait for the others
            threading.Event().wait(0.01)
        planted.go.set()
    codes = Counter(answer.status_code for answer in answers)
    assert codes == {200: 4, 429: 11}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {error_of(answer) for answer in refused} == {"too_many_at_once"}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)


def check(client: httpx.Client) -> httpx.Response:
    files = {"file": ("a.txt", b"A text.", "text/plain")}
    return client.post("/api/checks", files=files, data={"pack": "jtf", "keep": "false"})


def test_forty_five_slow_checks_of_one_reader_starve_nobody(
    library: Library, door: str, aoki: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, "card.txt", "The fee for a lost card is 50 yuan.")
    real = library.checks.checked
    slow = Planted(real)
    readers = administrator(library).user_id

    def checked(access: Any, *given: Any) -> Any:
        return real(access, *given) if access.user_id == readers else slow(access, *given)

    monkeypatch.setattr(library.checks, "checked", checked)
    with crowd(door, 45, check, aoki) as answers:
        try:
            assert slow.begun.acquire(timeout=SECONDS)
            with client_of(door, other) as client:
                assert check(client).status_code == 200
                assert client.get("/api/search", params={"q": "fee"}).json()["hits"]
                asked = client.post("/api/questions", json={"question": "What is the fee?", "stream": False})
                assert asked.status_code == 200
                assert client.get("/health").status_code == 200
        finally:
            slow.go.set()
    assert slow.most == 1  # one at a time of one person
    codes = Counter(answer.status_code for answer in answers)
    assert set(codes) <= {200, 429}
    assert codes[200] >= 1 + library.long_work.each_waiting
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers if answer.status_code == 429)


def test_more_questions_than_can_be_looked_up_wait_or_are_told_when_to_come_again(
    library: Library, door: str, aoki: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, "card.txt", "The fee for a lost card is 50 yuan.")
    library.lookups = FairQueue(1, each=1, waiting=3, each_waiting=3)
    planted = Planted(library.answerer.overviews.of)
    monkeypatch.setattr("retrieval.answers.overviews.Overviews.of", lambda _, *given: planted(*given))

    def ask(client: httpx.Client) -> httpx.Response:
        return client.post("/api/questions", json={"question": "What is the fee?"})

    with crowd(door, 9, ask, aoki) as answers:
        try:
            assert planted.begun.acquire(timeout=SECONDS)
            with client_of(door, other) as client:  # lists and pages take none of their turns
                assert client.get("/api/documents").status_code == 200
            while len(answers) < 5:
                threading.Event().wait(0.01)
        finally:
            planted.go.set()
    codes = Counter(answer.status_code for answer in answers)
    assert codes == {200: 4, 429: 5}
    assert planted.most == 1
    for answer in answers:
        if answer.status_code == 200:
            assert "event: quotes" in answer.text and "event: done" in answer.text
        else:
            assert int(answer.headers["Retry-After"]) >= 1

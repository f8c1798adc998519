"""Accounts: links that sign in once, tokens that end, and nothing secret in the records."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from core.accounts import (
    LINK_LIFE,
    SIGN_IN_LIFE,
    first_administrator,
    make_link,
    sign_in,
    sign_in_by_link,
    sign_out,
    user_of,
)
from core.db import Sessions, open_database
from core.errors import LinkUsedUp, NotSignedIn
from core.models import SignIn, SignInLink, User, now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.sqlite3"


@pytest.fixture
def sessions(path: Path) -> Iterator[Sessions]:
    opened = open_database(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def user_id(sessions: Sessions) -> str:
    with sessions.write() as session:
        return first_administrator(session).id


def test_there_is_one_first_administrator_however_often_one_is_asked_for(
    sessions: Sessions, user_id: str
) -> None:
    with sessions.write() as session:
        assert first_administrator(session).id == user_id
    with sessions.read() as session:
        assert [user.is_admin for user in session.scalars(select(User))] == [True]


def test_a_link_signs_in_once(sessions: Sessions, user_id: str) -> None:
    with sessions.write() as session:
        link = make_link(session, user_id)
    with sessions.write() as session:
        token = sign_in_by_link(session, link)
    with sessions.read() as session:
        assert user_of(session, token).id == user_id
    with pytest.raises(LinkUsedUp), sessions.write() as session:
        sign_in_by_link(session, link)


def test_of_many_who_follow_one_link_at_once_one_gets_in(sessions: Sessions, user_id: str) -> None:
    with sessions.write() as session:
        link = make_link(session, user_id)
    results: list[str] = []
    start = threading.Barrier(6)

    def follow() -> None:
        start.wait()
        try:
            with sessions.write() as session:
                sign_in_by_link(session, link)
            results.append("in")
        except LinkUsedUp:
            results.append("refused")

    threads = [threading.Thread(target=follow) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["in"] + ["refused"] * 5


def test_an_unknown_link_is_refused(sessions: Sessions) -> None:
    with pytest.raises(LinkUsedUp), sessions.write() as session:
        sign_in_by_link(session, "guess")


def test_a_link_ends_after_its_life(sessions: Sessions, user_id: str) -> None:
    with sessions.write() as session:
        link = make_link(session, user_id)
        stored = session.scalars(select(SignInLink)).one()
        assert timedelta(0) < stored.expires_at - now() <= LINK_LIFE
        session.execute(update(SignInLink).values(expires_at=now() - timedelta(seconds=1)))
    with pytest.raises(LinkUsedUp), sessions.write() as session:
        sign_in_by_link(session, link)


def test_a_sign_in_ends_after_its_life(sessions: Sessions, user_id: str) -> None:
    with sessions.write() as session:
        token = sign_in(session, user_id)
        session.flush()
        stored = session.scalars(select(SignIn)).one()
        assert timedelta(0) < stored.expires_at - now() <= SIGN_IN_LIFE
        assert user_of(session, token).id == user_id
        session.execute(update(SignIn).values(expires_at=now() - timedelta(seconds=1)))
    with sessions.read() as session, pytest.raises(NotSignedIn):
        user_of(session, token)


def test_who_signs_out_is_out_and_others_stay(sessions: Sessions, user_id: str) -> None:
    with sessions.write() as session:
        here, there = sign_in(session, user_id), sign_in(session, user_id)
    with sessions.write() as session:
        sign_out(session, here)
        sign_out(session, "no token at all")
    with sessions.read() as session:
        assert user_of(session, there).id == user_id
        with pytest.raises(NotSignedIn):
            user_of(session, here)


def test_no_secret_stands_in_the_records(sessions: Sessions, user_id: str, path: Path) -> None:
    with sessions.write() as session:
        link, token = make_link(session, user_id), sign_in(session, user_id)
    written = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert user_id.encode() in written
    assert link.encode() not in written
    assert token.encode() not in written
    assert len(link) >= 40
    assert len(token) >= 40

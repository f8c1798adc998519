"""Accounts: links that sign in once, tokens that end, and nothing secret in the records."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher, Type
from making import records_in
from sqlalchemy import select, update

from core.db import Sessions, open_database
from core.errors import LinkUsedUp, NotSignedIn, PasswordTooWeak, SignInRefused
from core.identity.accounts import (
    LINK_LIFE,
    STANDARD,
    SignInRules,
    first_administrator,
    make_link,
    password_sign_in,
    renew,
    set_password,
    sign_in,
    sign_in_by_link,
    sign_out,
    user_of,
)
from core.models import AuditEntry, SignIn, SignInLink, User, now

pytestmark = pytest.mark.fast


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.sqlite3"


@pytest.fixture
def sessions(path: Path) -> Iterator[Sessions]:
    opened = open_database(records_in(path.parent))
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
        assert timedelta(0) < stored.expires_at - now() <= STANDARD.life
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


PASSWORD = "correct horse battery staple"


@pytest.fixture
def mori(sessions: Sessions) -> str:
    with sessions.write() as session:
        user = User(name="Mori")
        session.add(user)
        session.flush()
        set_password(session, user, PASSWORD)
        return user.id


def test_a_guess_costs_what_the_rfc_asks_for(real_hasher: PasswordHasher) -> None:
    assert real_hasher.type is Type.ID
    assert (real_hasher.memory_cost, real_hasher.time_cost) >= (64 * 1024, 3)  # RFC 9106, the second choice


def test_a_password_signs_in_its_owner_and_is_kept_as_argon2id_alone(
    sessions: Sessions, mori: str, path: Path
) -> None:
    token = password_sign_in(sessions, "Mori", PASSWORD)
    with sessions.read() as session:
        assert user_of(session, token).id == mori
        assert (session.get_one(User, mori).password_hash or "").startswith("$argon2id$")
    written = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert PASSWORD.encode() not in written


@pytest.mark.parametrize(
    ("name", "password"),
    [("Mori", "wrong"), ("Mori", ""), ("mori ", PASSWORD), ("Nobody", PASSWORD), ("administrator", "")],
)
def test_every_refusal_looks_the_same(sessions: Sessions, mori: str, name: str, password: str) -> None:
    with sessions.write() as session:
        first_administrator(session)  # who has no password
    with pytest.raises(SignInRefused) as refused:
        password_sign_in(sessions, name, password)
    assert str(refused.value) == str(SignInRefused(minutes=15))


def test_an_account_is_locked_after_wrong_passwords_and_opens_again(sessions: Sessions, mori: str) -> None:
    rules = SignInRules(most_failures=3)
    for _ in range(3):
        with pytest.raises(SignInRefused):
            password_sign_in(sessions, "Mori", "wrong", rules)
    with pytest.raises(SignInRefused):
        password_sign_in(sessions, "Mori", PASSWORD, rules)
    with sessions.write() as session:
        actions = [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.number))]
        assert actions == ["session.refused"] * 2 + ["account.locked"] + ["session.refused"] * 2
        link = make_link(session, mori)
        assert sign_in_by_link(session, link)  # an attacker who locks accounts shuts nobody out for good
        session.execute(update(User).values(locked_until=now() - timedelta(seconds=1)))
    assert password_sign_in(sessions, "Mori", PASSWORD, rules)


def test_a_right_password_forgets_the_wrong_ones_before_it(sessions: Sessions, mori: str) -> None:
    rules = SignInRules(most_failures=3)
    for _ in range(3):
        for _ in range(2):
            with pytest.raises(SignInRefused):
                password_sign_in(sessions, "Mori", "wrong", rules)
        assert password_sign_in(sessions, "Mori", PASSWORD, rules)


def test_what_was_typed_as_a_name_stays_out_of_the_log(sessions: Sessions) -> None:
    with pytest.raises(SignInRefused):
        password_sign_in(sessions, "my-secret-in-the-wrong-field", "x")
    with sessions.read() as session:
        (entry,) = session.scalars(select(AuditEntry))
        assert (entry.action, entry.user_id, entry.detail) == ("session.refused", "", {"way": "password"})


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "a" * 30,
        "aabbaabbaabbaabb",
        "Password1234",
        "Mori is my name",
        "x" * 300,
        "012345678901",
        "qwertyuiop!!",
    ],
)
def test_a_weak_password_is_refused(sessions: Sessions, mori: str, password: str) -> None:
    with sessions.write() as session, pytest.raises(PasswordTooWeak):
        set_password(session, session.get_one(User, mori), password)


def test_a_new_password_ends_every_sign_in_and_link(sessions: Sessions, mori: str) -> None:
    token = password_sign_in(sessions, "Mori", PASSWORD)
    with sessions.write() as session:
        link = make_link(session, mori)
    with sessions.write() as session:
        set_password(session, session.get_one(User, mori), "another long enough one")
    with sessions.write() as session:
        with pytest.raises(NotSignedIn):
            user_of(session, token)
        with pytest.raises(LinkUsedUp):
            sign_in_by_link(session, link)


def test_an_idle_sign_in_ends(sessions: Sessions, mori: str) -> None:
    with sessions.write() as session:
        token = sign_in(session, mori)
        session.execute(update(SignIn).values(last_used_at=now() - STANDARD.idle))
    with sessions.read() as session, pytest.raises(NotSignedIn):
        user_of(session, token)


def test_a_renewed_token_replaces_the_old_one_after_a_minute(sessions: Sessions, mori: str) -> None:
    with sessions.write() as session:
        old = sign_in(session, mori)
        fresh = renew(session, old)
        assert {user_of(session, token).id for token in (old, fresh)} == {mori}
        session.execute(update(SignIn).values(renewed_at=now() - timedelta(minutes=2)))
        assert user_of(session, fresh).id == mori
        with pytest.raises(NotSignedIn):
            user_of(session, old)


def test_a_disabled_user_is_out_at_once(sessions: Sessions, mori: str) -> None:
    with sessions.write() as session:
        token, link = sign_in(session, mori), make_link(session, mori)
        session.execute(update(User).where(User.id == mori).values(disabled_at=now()))
    with sessions.write() as session:
        with pytest.raises(NotSignedIn):
            user_of(session, token)
        with pytest.raises(LinkUsedUp):
            sign_in_by_link(session, link)
    with pytest.raises(SignInRefused):
        password_sign_in(sessions, "Mori", PASSWORD)

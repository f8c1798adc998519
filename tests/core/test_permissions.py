"""What was worked out of the rights is kept, and every change of a right counts at once all the same."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from making import records_in
from sqlalchemy import event, select, text
from sqlalchemy.dialects import postgresql

from contract.values import Role
from core import access as access_rules
from core.access import Access, access_of, may_read
from core.db import Sessions, open_database
from core.models import (
    Document,
    DocumentReader,
    FileRights,
    Grant,
    Group,
    Membership,
    Principal,
    Space,
    User,
    UserSid,
)
from core.permissions import CHANGES, mark

pytestmark = pytest.mark.fast


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    opened = open_database(records_in(tmp_path))
    with opened.write() as session:
        session.add_all([User(id="u", name="u"), User(id="other", name="other"), Group(id="g", name="g")])
        session.add_all([Space(id="s", name="s"), Space(id="t", name="t")])
        session.flush()
        session.add(Document(id="d", space_id="s", name="d.txt", restricted=True))
        session.add(Membership(group_id="g", user_id="u"))
        session.add(Grant(id="own", space_id="s", user_id="u", role=Role.READER))
        session.add(Grant(id="by group", space_id="t", group_id="g", role=Role.MANAGER))
        session.add(DocumentReader(document_id="d", user_id="u"))
        session.add(FileRights(id="r", gates='[[[true, "S-1-5-21-1"]]]'))
        session.add(UserSid(user_id="u", sid="S-1-5-21-1"))
        session.add(Principal(sid="S-1-5-21-2", state="mapped", group_id="g"))
    yield opened
    opened.close()


def access_of_u(sessions: Sessions) -> Access:
    with sessions.read() as session:
        return access_of(session, "u")


def test_the_same_is_given_again_until_something_changes(sessions: Sessions) -> None:
    first = access_of_u(sessions)
    assert first.readable == {"s", "t"} and access_of_u(sessions) is first
    with sessions.write() as session:
        session.add(Document(id="e", space_id="s", name="e.txt"))  # no right
        session.execute(text("UPDATE users SET name = 'renamed' WHERE id = 'u'"))
    assert access_of_u(sessions) is first


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM grants WHERE id = 'own'",
        "UPDATE grants SET role = 'author' WHERE id = 'own'",
        "UPDATE grants SET may_download = 0 WHERE id = 'own'",
        "INSERT INTO grants (id, space_id, user_id, role, may_download) VALUES ('x', 's', 'u', 'manager', 1)",
        "DELETE FROM memberships",
        "DELETE FROM groups",  # takes the membership and the grant with it
        "DELETE FROM spaces WHERE id = 't'",
        "DELETE FROM document_readers",
        "UPDATE users SET disabled_at = '2026-01-01' WHERE id = 'u'",
        "UPDATE users SET is_admin = 1 WHERE id = 'u'",
        "DELETE FROM users WHERE id = 'u'",
        "DELETE FROM file_rights",
        """UPDATE file_rights SET gates = '[[[true, "S-1-5-21-3"]]]'""",
        """INSERT INTO file_rights (id, gates) VALUES ('x', '[[[true, "S-1-5-21-2"]]]')""",
        "DELETE FROM user_sids",
        """INSERT INTO file_rights (id, gates) VALUES ('x', '[[[false, "S-1-5-21-9"], [true, "S-1-1-0"]]]');
        UPDATE principals SET sid = 'S-1-5-21-9', group_id = NULL""",
    ],
)
@pytest.mark.parametrize("outside", [False, True], ids=["here", "another process"])
def test_every_change_of_a_right_counts_at_the_next_request(
    sessions: Sessions, change: str, outside: bool
) -> None:
    before = access_of_u(sessions)
    if outside:
        with sqlite3.connect(sessions.engine.url.database or "") as other:
            other.execute("PRAGMA foreign_keys = ON")
            other.executescript(change)
        other.close()
    else:
        with sessions.write() as session:
            for order in change.split(";"):
                session.execute(text(order))
    with sessions.read() as session:
        assert access_of_u(sessions) == access_rules._made(session, "u") != before


def test_an_administrator_gains_a_new_space_at_once(sessions: Sessions) -> None:
    with sessions.write() as session:
        session.execute(text("UPDATE users SET is_admin = 1 WHERE id = 'u'"))
    assert access_of_u(sessions).readable == {"s", "t"}
    with sessions.write() as session:
        session.add(Space(id="new", name="new"))
    assert access_of_u(sessions).readable == {"s", "t", "new"}


def test_a_change_that_is_taken_back_leaves_nothing_behind(sessions: Sessions) -> None:
    before = access_of_u(sessions)
    with pytest.raises(ZeroDivisionError), sessions.write() as session:
        session.execute(text("UPDATE users SET is_admin = 1 WHERE id = 'u'"))
        assert access_of(session, "u").is_admin
        raise ZeroDivisionError
    assert access_of_u(sessions) == before and not access_of_u(sessions).is_admin
    with sessions.write() as session:
        session.execute(text("UPDATE users SET is_admin = 1 WHERE id = 'other'"))
    assert not access_of_u(sessions).is_admin


def test_one_who_reads_an_older_state_keeps_to_it(sessions: Sessions) -> None:
    with sessions.read() as early:
        before = access_of(early, "u")
        with sessions.write() as session:
            session.execute(text("DELETE FROM grants"))
        assert access_of(early, "u") == before
        assert access_of_u(sessions).readable == frozenset()
        assert access_of(early, "u") == before
    assert access_of_u(sessions).readable == frozenset()


def test_a_table_that_was_made_anew_is_watched_again(sessions: Sessions) -> None:
    with sessions.write() as session:
        before = mark(session)
        session.execute(text("DROP TRIGGER rights_grants_delete"))
        session.execute(text("DELETE FROM grants"))
        assert mark(session) == before
    again = open_database(str(sessions.engine.url))
    with again.read() as session:
        assert mark(session) != before
        names = set(session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
    again.close()
    assert "rights_grants_delete" in names


def test_every_table_that_decides_is_watched(sessions: Sessions) -> None:
    asked: list[str] = []
    event.listen(sessions.engine, "before_cursor_execute", lambda *given: asked.append(str(given[2])))
    with sessions.write() as session:
        session.execute(text("UPDATE users SET is_admin = 1 WHERE id = 'other'"))
        asked.clear()
        for user in ("u", "other"):
            access_rules._made(session, user)
    read = set(re.findall(r"(?:FROM|JOIN) (\w+)", " ".join(asked)))
    of_files = {"file_rights", "user_sids", "principals"}
    assert (
        read == {"users", "memberships", "grants", "document_readers", "spaces"} | of_files == CHANGES.keys()
    )


steps = st.lists(
    st.sampled_from(
        [
            "grant",
            "revoke",
            "join",
            "leave",
            "admin",
            "no admin",
            "list",
            "unlist",
            "space",
            "undone",
            "ask",
            "rights",
            "no rights",
            "hold",
            "hold not",
            "map",
            "forget",
        ]
    ),
    max_size=12,
)


@examples(max_examples=25)
@given(steps)
def test_after_any_changes_it_is_what_the_records_say(sessions: Sessions, done: list[str]) -> None:
    orders = {
        "grant": "INSERT OR IGNORE INTO grants (id, space_id, user_id, role, may_download)"
        " VALUES ('x', 't', 'u', 'author', 1)",
        "revoke": "DELETE FROM grants WHERE user_id = 'u'",
        "join": "INSERT OR IGNORE INTO memberships (group_id, user_id) VALUES ('g', 'u')",
        "leave": "DELETE FROM memberships",
        "admin": "UPDATE users SET is_admin = 1 WHERE id = 'u'",
        "no admin": "UPDATE users SET is_admin = 0 WHERE id = 'u'",
        "list": "INSERT OR IGNORE INTO document_readers (id, document_id, group_id) VALUES ('x', 'd', 'g')",
        "unlist": "DELETE FROM document_readers",
        "rights": """INSERT OR IGNORE INTO file_rights VALUES ('x', '[[[true, "S-1-5-21-2"]]]')""",
        "no rights": "DELETE FROM file_rights",
        "hold": "INSERT OR IGNORE INTO user_sids (user_id, sid) VALUES ('u', 'S-1-5-21-2')",
        "hold not": "DELETE FROM user_sids",
        "map": "UPDATE principals SET state = 'mapped'",
        "forget": "UPDATE principals SET state = 'unknown'",
        "space": "INSERT OR IGNORE INTO spaces (id, name, created_at) VALUES ('n', 'n', '2026-01-01')",
    }
    for step in done:
        if step == "undone":
            with sessions.read() as session:
                session.execute(text(orders["revoke"]))
                access_of(session, "u")
        elif step != "ask":
            with sessions.write() as session:
                session.execute(text(orders[step]))
        with sessions.read() as session:
            assert access_of(session, "u") == access_rules._made(session, "u")


def test_the_condition_is_one_parameter_in_both_kinds_of_database() -> None:
    access = Access(
        "u", frozenset({"a", "b"}), frozenset(), False, frozenset({"a"}),
        listed=frozenset({"d"}), let_in=frozenset({"r"}),
    )  # fmt: skip
    query: Any = select(Document.id).where(may_read(access))
    compiled = query.compile(dialect=postgresql.dialect())
    assert "json_array_elements_text(CAST(%" in str(compiled)
    assert sorted(compiled.params.values()) == ['["a", "b"]', '["a"]', '["d"]', '["r"]']

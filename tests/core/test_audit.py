"""The audit log: whatever is changed, removed, moved or put in later is found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from making import records_in
from sqlalchemy import delete, select, update

from core.audit import entries, first_broken_entry, hash_of, record
from core.db import Sessions, open_database
from core.models import AuditEntry

pytestmark = pytest.mark.fast

ENTRIES = 6


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    opened = open_database(records_in(tmp_path))
    with opened.write() as session:
        for number in range(1, ENTRIES + 1):
            record(
                session, "u1", "document.uploaded", f"d{number}", name=f"計画 {number}.pdf", version=number
            )
    yield opened
    opened.close()


def broken(sessions: Sessions) -> int | None:
    with sessions.read() as session:
        return first_broken_entry(session)


def test_a_log_that_nobody_touched_is_whole(sessions: Sessions) -> None:
    assert broken(sessions) is None
    with sessions.write() as session:
        record(session, "u2", "question.asked", "q1")
    assert broken(sessions) is None


def test_an_empty_log_is_whole(tmp_path: Path) -> None:
    opened = open_database(records_in(tmp_path, "empty.sqlite3"))
    try:
        assert broken(opened) is None
    finally:
        opened.close()


def changed(entry: AuditEntry) -> dict[str, Any]:
    """For each column a value that is nearly the one that stands there."""
    flipped = "0" if entry.hash[0] != "0" else "1"
    return {
        "number": entry.number + 100,
        "at": entry.at + timedelta(microseconds=1),
        "user_id": entry.user_id + " ",
        "action": entry.action.upper(),
        "subject": entry.subject + "x",
        "detail": entry.detail | {"version": str(entry.detail["version"])},
        "previous_hash": "f" * 64,
        "hash": flipped + entry.hash[1:],
    }


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
@pytest.mark.parametrize("column", [column.name for column in AuditEntry.__table__.columns])
def test_a_change_of_any_field_of_any_entry_is_found(sessions: Sessions, number: int, column: str) -> None:
    with sessions.write() as session:
        entry = session.get_one(AuditEntry, number)
        value = changed(entry)[column]
        session.execute(update(AuditEntry).where(AuditEntry.number == number).values({column: value}))
    assert broken(sessions) == number


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
def test_a_changed_entry_with_its_hash_made_anew_is_found(sessions: Sessions, number: int) -> None:
    with sessions.write() as session:
        entry = session.get_one(AuditEntry, number)
        entry.subject = "another"
        entry.hash = hash_of(entry)
    assert broken(sessions) in (number + 1, number)


@pytest.mark.parametrize("first", range(1, ENTRIES + 1))
@pytest.mark.parametrize("last", range(1, ENTRIES + 1))
def test_removed_entries_are_found_wherever_they_stood(sessions: Sessions, first: int, last: int) -> None:
    if first > last:
        first, last = last, first
    with sessions.write() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.number.between(first, last)))
    assert broken(sessions) == first


def test_entries_that_changed_places_are_found(sessions: Sessions) -> None:
    with sessions.write() as session:
        for source, target in ((2, 100), (3, 2), (100, 3)):
            session.execute(update(AuditEntry).where(AuditEntry.number == source).values(number=target))
    assert broken(sessions) == 2


def test_an_entry_that_was_put_in_is_found(sessions: Sessions) -> None:
    with sessions.write() as session:
        last = session.get_one(AuditEntry, ENTRIES)
        forged = AuditEntry(
            number=ENTRIES + 1, at=last.at, user_id="u1", action="document.erased", subject="d1", detail={},
            previous_hash=last.hash,
        )  # fmt: skip
        forged.hash = hash_of(forged)
        session.add(forged)
    assert broken(sessions) == ENTRIES + 1


def test_entries_of_a_deed_that_failed_are_not_there_and_the_log_stays_whole(sessions: Sessions) -> None:
    with pytest.raises(ZeroDivisionError), sessions.write() as session:
        record(session, "u1", "document.erased", "d1")
        raise ZeroDivisionError
    assert broken(sessions) is None
    with sessions.read() as session:
        assert [entry.number for entry in session.scalars(select(AuditEntry))] == list(range(1, ENTRIES + 1))


def test_details_of_every_json_kind_are_whole_after_they_were_stored(sessions: Sessions) -> None:
    with sessions.write() as session:
        record(
            session, "u1", "x", "y", text="表\u2028\n\"'\\ \U0001f600", number=1.1, large=2**60, none=None,
            yes=True, list=[1, "二", [None]], inner={"b": 1, "a": {"ü": 2}},
        )  # fmt: skip
    assert broken(sessions) is None


def test_one_deed_is_told_alone_and_a_noun_with_all_its_deeds(sessions: Sessions) -> None:
    with sessions.write() as session:
        for deed in ("folder.made", "folder.made_anew", "folder.gone"):
            record(session, "u1", deed, "f1")
    with sessions.read() as session:
        for asked, number in (("folder.made", 1), ("folder.", 3), ("fold", 3), ("folder.mad", 0)):
            assert len(entries(session, action=asked)) == number, asked

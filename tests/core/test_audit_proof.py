"""The log as proof: any change is found, checkpoints hold it, and it leaves as OCSF events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from making import add, records_in
from sqlalchemy import text

from core import audit
from core.audit import Seal, record
from core.db import Sessions, open_database
from core.errors import BadValue
from core.models import AuditCheckpoint, now
from operations.library import Library
from operations.maintenance import keep_once

COLUMNS = ["at", "user_id", "action", "subject", "detail", "previous_hash", "hash"]
ENTRIES = 12


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sessions, Seal]]:
    folder = tmp_path_factory.mktemp("log")
    sessions, seal = open_database(records_in(folder)), Seal(folder / "audit.key")
    with sessions.write() as session:
        for number in range(ENTRIES):
            record(session, "0" * 16, "document.uploaded", f"d{number}", name="規程 é.pdf", pages=number)
            if number in (4, 8):
                audit.checkpoint(session, seal)
    yield sessions, seal
    sessions.close()


def test_an_untouched_log_is_whole(kept: tuple[Sessions, Seal]) -> None:
    sessions, seal = kept
    with sessions.read() as session:
        verified = audit.verify(session, seal.public)
    assert verified.whole and (verified.entries, verified.checkpoints) == (ENTRIES, 2)


@examples(max_examples=150)
@given(number=st.integers(1, ENTRIES), column=st.sampled_from(COLUMNS), data=st.data())
def test_any_single_changed_character_is_found(
    kept: tuple[Sessions, Seal], number: int, column: str, data: st.DataObject
) -> None:
    sessions, seal = kept
    with sessions.read() as session:  # nothing of it is kept
        where = {"n": number}
        old = session.scalar(text(f"SELECT {column} FROM audit WHERE number = :n"), where)
        assert isinstance(old, str)
        place = data.draw(st.integers(0, len(old) - 1))
        other = data.draw(
            st.characters(codec="ascii", min_codepoint=32).filter(lambda character: character != old[place])
        )
        new = old[:place] + other + old[place + 1 :]
        session.execute(text(f"UPDATE audit SET {column} = :v WHERE number = :n"), where | {"v": new})
        try:
            broken_entry = audit.verify(session, seal.public).broken_entry
        except (ValueError, TypeError):
            return  # it cannot even be read as a time or as JSON any more
        assert broken_entry in (number, number + 1)


def test_a_log_that_was_written_anew_does_not_fit_its_checkpoints(tmp_path: Path) -> None:
    sessions, seal = open_database(records_in(tmp_path, "r.sqlite3")), Seal(tmp_path / "audit.key")
    try:
        with sessions.write() as session:
            record(session, "mallory", "document.erased", "d1")
            audit.checkpoint(session, seal)
        with (
            sessions.write() as session
        ):  # the whole chain is forged, and its checkpoint too, with another key
            session.execute(text("DELETE FROM audit"))
            session.execute(text("DELETE FROM facts"))
            record(session, "alice", "document.erased", "d1")
        with sessions.read() as session:
            verified = audit.verify(session, seal.public)
            assert (verified.broken_entry, verified.broken_checkpoint) == (None, 1)
        with sessions.write() as session:
            session.execute(text("DELETE FROM audit_checkpoints"))
            audit.checkpoint(session, Seal(tmp_path / "another.key"))
            assert audit.verify(session, seal.public).broken_checkpoint == 1
    finally:
        sessions.close()


def test_what_was_forgotten_by_rule_leaves_the_rest_whole(tmp_path: Path) -> None:
    sessions, seal = open_database(records_in(tmp_path, "r.sqlite3")), Seal(tmp_path / "audit.key")
    try:
        with sessions.write() as session:
            for number in range(3):
                record(session, "u", "document.read", f"d{number}")
            assert audit.forget_before(session, now() + timedelta(days=1)) == 0  # no checkpoint covers it
            audit.checkpoint(session, seal)
            record(session, "u", "document.read", "d3")
            assert audit.forget_before(session, now() + timedelta(days=1)) == 3
            verified = audit.verify(session, seal.public)
            assert verified.whole and verified.entries == 1
            session.execute(text("DELETE FROM audit WHERE number = 4"))
            assert audit.verify(session, seal.public).broken_entry == 4
    finally:
        sessions.close()


def test_the_key_is_made_once_for_its_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "audit.key"
    assert Seal(file).public == Seal(file).public
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(b"short")
    with pytest.raises(BadValue):
        Seal(file)


def test_the_log_at_the_door(library: Library, client: httpx.Client) -> None:
    document = add(library, "gate.txt", "The gate opens at seven.")
    client.get(f"/api/documents/{document}/original")
    client.post("/api/questions", json={"question": "When does the gate open?", "stream": False})
    keep_once(library)
    with library.sessions.read() as session:
        assert len(session.query(AuditCheckpoint).all()) == 1
    actions = [entry["action"] for entry in client.get("/api/audit", params={"limit": 1000}).json()]
    for action in ("session.opened", "document.uploaded", "document.downloaded", "question.asked"):
        assert action in actions
    answered = client.get("/api/audit", params={"action": "question.answered"}).json()[0]
    assert answered["detail"]["documents"] == [document]
    assert client.get("/api/audit/verification").json()["whole"]
    events = [json.loads(line) for line in client.get("/api/audit/export").text.splitlines()]
    for event in events:
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert event["class_uid"] // 1000 == event["category_uid"]
    classes = {event["message"]: event["class_uid"] for event in events}
    assert (classes["session.opened"], classes["document.downloaded"]) == (3002, 6006)
    sealed = client.post("/api/audit/checkpoints").json()
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(sealed["key"]))
    key.verify(bytes.fromhex(sealed["signature"]), sealed["signed"].encode())


@pytest.mark.parametrize(("texts", "hashes"), [("stored", 0), ("hashed", 1), ("none", 0)])
def test_what_is_kept_of_a_question_is_the_companys_choice(tmp_path: Path, texts: str, hashes: int) -> None:
    from making import administrator, settings_in

    from operations.library import open_library

    question = "Where do the pangolins sleep in winter?"
    settings = settings_in(tmp_path, question_texts=texts, embedder="none")
    with open_library(settings, load_models=False) as library:
        list(library.answerer.ask(administrator(library), question))
        with library.sessions.read() as session:
            details = [entry.detail for entry, _ in audit.entries(session, action="question.asked")]
    assert sum("question_hash" in detail for detail in details) == hashes
    written = b"".join(path.read_bytes() for path in tmp_path.glob("shoko.sqlite3*"))
    assert (b"pangolins" in written) == (texts == "stored")

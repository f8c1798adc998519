"""Erasure down to the files: no file of the data folder has a word or a number of what was erased."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from making import add, administrator, finish_work, person, settings_in, upload
from sqlalchemy import select, update

from contract.values import Held, RetentionKind, Role
from core import holds
from core.errors import BadValue, LastAdministrator, NotFound, UnderLegalHold
from core.models import AuditEntry, Document, Erasure, Question, User, Version, now
from ingest.lifecycle.erasure import erase_document, erase_user, erase_with_certificate
from ingest.lifecycle.retention import apply_rules
from llm.fakes import HashEmbedder, ScriptedModel
from operations.library import Library, open_library
from retrieval.answers.events import Done

SECRET = "The pangolin vault of Okayama opens with xylograph quinces."
WORDS = [b"pangolin", b"Okayama", b"okayama", b"xylograph", b"quinc"]


def files_with(folder: Path, *needles: bytes) -> list[str]:
    """The files beneath a folder that have one of those bytes."""
    matches = []
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            matches += [f"{path.relative_to(folder)}: {needle!r}" for needle in needles if needle in content]
    return matches


def test_no_word_and_no_vector_of_an_erased_document_is_left_in_any_file(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    settings = settings_in(tmp_path, refusal_threshold=0.0)
    with open_library(settings, embedder=embedder, load_models=False) as library:
        document = add(library, "safe.txt", SECRET)
        upload(library, "safe.txt", SECRET + " Twice.")
        finish_work(library)
        other = add(library, "gate.txt", "The gate opens at seven.")
        library.answerer.model = ScriptedModel(f"{SECRET} [1]")
        done = list(library.answerer.ask(administrator(library), "With what does the vault open?"))[-1]
        assert isinstance(done, Done) and "pangolin" in done.text
        assert library.index.vectors is not None
        hits = library.index.vectors.search(embedder.query("vault"), library.index.vectors.ids(), 10)
        assert len(hits) == 3
        with library.sessions.read() as session:
            passages = [hit[0] for hit in hits if not hit[0].startswith(version_of(session, other))]
        assert len(passages) == 2
        numbers = [
            row.astype("float32").tobytes()
            for _, _, collection in library.index.vectors._every()  # type: ignore[attr-defined]
            for row in collection.get(ids=passages, include=["embeddings"])["embeddings"]
        ]
        traces = [*WORDS, *(passage.encode() for passage in passages), *numbers]
        assert len(numbers) == 2 and files_with(tmp_path, *numbers)  # else the test proves nothing
        args = administrator(library), library.sessions, library.files, library.index
        made = erase_with_certificate(*args, document)
        assert made.certificate["left"]["passages"] is False
        # While it is open still: no end of the process is needed.
        assert files_with(tmp_path, *traces) == []
        assert library.index.vectors.count() == 1
        assert [
            hit[0]
            for hit in library.index.vectors.search(embedder.query("gate"), library.index.vectors.ids(), 9)
        ]
        library.answerer.model = None
        asked = list(library.answerer.ask(administrator(library), "When does the gate open?"))[-1]
        assert isinstance(asked, Done) and asked.quotes[0].hit.document.id == other
    assert files_with(tmp_path, *WORDS) == []
    with open_library(settings_in(tmp_path), embedder=HashEmbedder(), load_models=False) as library:
        assert library.index.keywords.count() == 1


def version_of(session: object, document_id: str) -> str:
    return str(session.scalar(select(Version.id).where(Version.document_id == document_id)))  # type: ignore[attr-defined]


def test_a_person_is_erased_with_what_they_asked(tmp_path: Path) -> None:
    with open_library(settings_in(tmp_path, embedder="none"), load_models=False) as library:
        mori = person(library.sessions, "Pangolina Mori", General=Role.READER)
        list(library.answerer.ask(mori, "Where is the xylograph?"))
        erase_user(administrator(library), library.sessions, mori.user_id)
        with library.sessions.read() as session:
            assert session.get(User, mori.user_id) is None
            assert session.scalars(select(Question)).all() == []
            assert session.scalars(select(Erasure.kind)).all() == ["user"]
        assert files_with(tmp_path, b"xylograph", b"Pangolina") == []
        with pytest.raises(LastAdministrator):
            erase_user(administrator(library), library.sessions, administrator(library).user_id)


def test_what_is_held_stays_until_the_hold_is_lifted(library: Library) -> None:
    admin = administrator(library)
    document = add(library, "gate.txt", "The gate opens at seven.")
    with library.sessions.read() as session:
        space = session.get_one(Document, document).space_id
    for kind, subject in ((Held.DOCUMENT, document), (Held.SPACE, space)):
        with library.sessions.write() as session:
            held = holds.place(admin, session, kind, subject, "case 12")
        with pytest.raises(UnderLegalHold, match="case 12"):
            erase_document(admin, library.sessions, library.files, library.index, document)
        with library.sessions.write() as session:
            holds.lift(admin, session, held.id)
    mori = person(library.sessions, "Mori")
    with library.sessions.write() as session:
        holds.place(admin, session, Held.USER, "Mori", "case 13")
    with pytest.raises(UnderLegalHold):
        erase_user(admin, library.sessions, mori.user_id)
    erase_document(admin, library.sessions, library.files, library.index, document)


def test_rules_remove_what_is_old_and_nothing_else(library: Library) -> None:
    admin = administrator(library)
    kept, old = (add(library, name, "The gate opens at seven.") for name in ("kept.txt", "old.txt"))
    replaced = upload(library, "kept.txt", "The gate opens at eight.").document.id
    finish_work(library)
    assert replaced == kept
    held = person(library.sessions, "Held")
    for access in (admin, held):
        for _ in range(2):
            list(library.answerer.ask(access, "When does the gate close?"))
    with library.sessions.write() as session:
        holds.set_rule(admin, session, RetentionKind.QUESTIONS, 30)
        holds.set_rule(admin, session, RetentionKind.SUPERSEDED, 30, "General")
        holds.set_rule(admin, session, RetentionKind.EXPIRED, 30, "General")
        holds.place(admin, session, Held.USER, "Held", "case 12")
        for space, kind in (("", RetentionKind.EXPIRED), ("General", RetentionKind.QUESTIONS)):
            with pytest.raises(BadValue):
                holds.set_rule(admin, session, kind, 30, space)
    args = admin, library.sessions, library.files, library.index
    assert set(apply_rules(*args).values()) == {0}
    with library.sessions.write() as session:
        long_ago = now() - timedelta(days=31)
        session.execute(update(Question).values(asked_at=long_ago))
        session.execute(update(Version).values(published_at=long_ago))
        session.execute(
            update(Version)
            .where(Version.document_id == old)
            .values(in_force_until=date.today() - timedelta(40))
        )
    assert apply_rules(*args) == {"questions": 2, "superseded": 1, "expired": 1}
    with library.sessions.read() as session:
        assert session.scalars(select(Question.user_id)).all() == [held.user_id] * 2
        assert session.scalars(select(Document.id)).all() == [kept]
        assert [version.number for version in session.scalars(select(Version))] == [2]
        applied = select(AuditEntry.action).where(
            AuditEntry.action.in_(["retention.applied", "version.erased"])
        )
        assert sorted(session.scalars(applied)) == ["retention.applied", "version.erased"]


def test_erasure_at_the_door_gives_a_certificate(library: Library, client: httpx.Client) -> None:
    document = add(library, "safe.txt", SECRET)
    answer = client.post("/api/erasures", json={"kind": "document", "subject": document})
    assert answer.status_code == 201
    sha256 = answer.json()["certificate"]["versions"][0]["sha256"]
    assert len(sha256) == 64 and client.get("/api/erasures").json() == [answer.json()]
    assert client.post("/api/erasures", json={"kind": "document", "subject": document}).status_code == 404
    assert files_with(library.settings.data, *WORDS) == []
    with library.sessions.read() as session, pytest.raises(NotFound):
        holds.lift(administrator(library), session, "x")

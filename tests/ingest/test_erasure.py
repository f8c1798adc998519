"""A document is erased: from the records, from what was answered, from both retrievers, and from the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import (
    add,
    administrator,
    finish_work,
    passages_of,
    pdf,
    person,
    settings_in,
    stored_originals,
    upload,
)
from sqlalchemy import select, text

from contract.values import Role
from core.errors import BadValue, NotFound, NotPermitted
from core.models import Answer, AuditEntry, Citation, Document, Job, Page, Passage, Version
from ingest.lifecycle.erasure import erase_document, erase_version
from llm.fakes import HashEmbedder, ScriptedModel
from operations.library import Library, open_library
from retrieval.answers.events import Done

SECRET = "The safe of the plant opens with the number 48213."


def erase(library: Library, document_id: str) -> None:
    erase_document(administrator(library), library.sessions, library.files, library.index, document_id)


def ask(library: Library, question: str) -> Done:
    end = list(library.answerer.ask(administrator(library), question))[-1]
    assert isinstance(end, Done)
    return end


def test_nothing_of_it_is_left_and_nothing_else_is_touched(library: Library) -> None:
    document = add(library, "safe.txt", SECRET)
    add(library, "safe.txt", SECRET.replace("48213", "99999"))
    other = add(library, "other.txt", "The gate opens at seven.")
    kept = passages_of(library, other)
    erase(library, document)
    with library.sessions.read() as session:
        assert session.scalars(select(Document.id)).all() == [other]
        for table in (Version, Job, Page, Passage):
            assert len(session.scalars(select(table)).all()) == (2 if table is Job else 1)
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert entry is not None
    assert (entry.action, entry.subject) == ("document.erased", document)
    assert [passage.id for passage in passages_of(library, other)] == [passage.id for passage in kept]
    assert len(stored_originals(library)) == 1
    assert library.index.keywords.count() == 1
    assert library.index.vectors is not None
    assert library.index.vectors.count() == 1
    assert ask(library, "What number opens the safe of the plant?").quotes == [] or all(
        "48213" not in quote.text for quote in ask(library, "What number opens the safe?").quotes
    )


def test_what_was_answered_from_it_goes_with_it(library: Library) -> None:
    document = add(library, "safe.txt", SECRET)
    library.answerer.model = ScriptedModel(f"{SECRET} [1] The safe opens with 777 [1].")
    asked = ask(library, "With which number does the safe of the plant open?")
    assert (asked.text, len(asked.struck)) == (f"{SECRET} [1]", 1)
    erase(library, document)
    with library.sessions.read() as session:
        answer = session.get_one(Answer, asked.question_id)
        assert (answer.text, answer.struck, answer.why) == ("", [], "document_erased")
        assert session.scalars(select(Citation)).all() == []


def test_no_word_of_it_stays_in_the_records_file(tmp_path: Path) -> None:
    with open_library(settings_in(tmp_path), embedder=HashEmbedder(), load_models=False) as library:
        document = add(library, "safe.txt", SECRET)
        library.answerer.model = ScriptedModel(f"{SECRET} [1]")
        ask(library, "With which number does the safe of the plant open?")
        erase(library, document)
    left = b"".join(path.read_bytes() for path in tmp_path.glob("shoko.sqlite3*"))
    assert b"safe of the plant open?" in left  # the question that was asked is kept
    assert b"48213" not in left


def test_an_original_that_another_document_has_too_stays(library: Library) -> None:
    document = add(library, "a.txt", SECRET)
    other = add(library, "b.txt", SECRET)
    erase(library, document)
    assert len(stored_originals(library)) == 1
    erase(library, other)
    assert stored_originals(library) == []


def test_its_pictures_go_with_it(library: Library) -> None:
    accepted = upload(library, "a.pdf", pdf("The gate opens at seven."))
    finish_work(library)
    folder = library.files.pictures(accepted.version.id)
    folder.mkdir(parents=True)
    (folder / "1-300.png").write_bytes(b"x")
    erase(library, accepted.document.id)
    assert not folder.exists()


def test_only_who_may_write_erases(library: Library) -> None:
    document = add(library, "a.txt", SECRET)
    reader = person(library.sessions, "Mori", General=Role.READER)
    nobody = person(library.sessions, "Abe")
    for access, error in ((reader, NotPermitted), (nobody, NotFound)):
        with pytest.raises(error):
            erase_document(access, library.sessions, library.files, library.index, document)
    assert passages_of(library, document)
    author = person(library.sessions, "Sato", General=Role.AUTHOR)
    erase_document(author, library.sessions, library.files, library.index, document)
    with pytest.raises(NotFound):
        erase(library, document)


def test_an_erasure_that_was_killed_half_way_is_ended_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Stands for the end of the process."""

    def killed(*_: object) -> None:
        raise Killed

    with open_library(settings_in(tmp_path), embedder=HashEmbedder(), load_models=False) as library:
        document = add(library, "a.pdf", pdf(SECRET))
        add(library, "other.txt", "The gate opens at seven.")
        version = passages_of(library, document)[0].version_id
        library.files.pictures(version).mkdir(parents=True)
        (library.files.pictures(version) / "1-300.png").write_bytes(b"x")
        monkeypatch.setattr(
            type(library.files), "remove", killed
        )  # the first of what goes behind the records
        with pytest.raises(Killed):
            erase(library, document)
        monkeypatch.undo()
        assert len(stored_originals(library)) == 2
    with open_library(settings_in(tmp_path), embedder=HashEmbedder(), load_models=False) as library:
        assert len(stored_originals(library)) == 1
        assert not library.files.pictures(version).exists()
        assert library.index.keywords.count() == 1
        assert library.index.vectors is not None
        assert library.index.vectors.count() == 1


def test_erased_while_the_embedder_is_not_there_yet_its_vectors_go_when_it_comes(tmp_path: Path) -> None:
    with open_library(settings_in(tmp_path), embedder=HashEmbedder(), load_models=False) as library:
        document = add(library, "a.txt", SECRET)
    with open_library(settings_in(tmp_path), load_models=False) as library:
        erase(library, document)
    with open_library(settings_in(tmp_path), embedder=HashEmbedder(), load_models=False) as library:
        assert library.index.vectors is not None
        assert library.index.vectors.count() == 0
        with library.sessions.read() as session:
            assert session.scalar(text("SELECT count(*) FROM passages")) == 0


def versions_of(library: Library, document: str) -> dict[int, str]:
    with library.sessions.read() as session:
        rows = session.execute(select(Version.number, Version.id).where(Version.document_id == document))
        return dict(rows.all())


def erase_one(library: Library, document: str, version_id: str) -> None:
    erase_version(
        administrator(library), library.sessions, library.files, library.index, document, version_id
    )


def test_one_version_goes_and_the_one_before_it_answers_again(library: Library) -> None:
    document = add(library, "safe.txt", SECRET.replace("48213", "11111"))
    add(library, "safe.txt", SECRET)
    first, second = versions_of(library, document)[1], versions_of(library, document)[2]
    asked = ask(library, "With which number does the safe of the plant open?")
    assert [quote.hit.passage.version_id for quote in asked.quotes] == [second]
    erase_one(library, document, second)
    with library.sessions.read() as session:
        assert session.get_one(Document, document).current_version_id == first
        assert session.get_one(Answer, asked.question_id).why == "document_erased"
        assert session.scalars(select(Citation)).all() == []
    assert {passage.version_id for passage in passages_of(library, document)} == {first}
    assert len(stored_originals(library)) == 1
    again = ask(library, "With which number does the safe of the plant open?")
    assert [quote.hit.passage.version_id for quote in again.quotes] == [first]
    with pytest.raises(BadValue, match="the only one"):
        erase_one(library, document, first)
    with pytest.raises(NotFound):
        erase_one(library, document, second)


def test_a_superseded_version_goes_and_the_one_in_force_stays(library: Library) -> None:
    document = add(library, "safe.txt", SECRET.replace("48213", "11111"))
    add(library, "safe.txt", SECRET)
    first, second = versions_of(library, document)[1], versions_of(library, document)[2]
    erase_one(library, document, first)
    with library.sessions.read() as session:
        assert session.get_one(Document, document).current_version_id == second
    assert library.index.archive.count() == 0
    assert library.index.keywords.count() == 1

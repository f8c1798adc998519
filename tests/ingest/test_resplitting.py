"""A library of an older program: its versions are split again from their pages, and nothing is lost."""

from __future__ import annotations

import pytest
from making import add, administrator, finish_work, passages_of, upload
from sqlalchemy import delete, select, update

from core.models import Answer, Citation, Passage, Question, Version, VersionState, VersionStructure
from core.structures import structure_of
from ingest import resplitting
from ingest.splitter import SPLITTER_VERSION
from language.structure import NodeKind
from operations.library import Library
from retrieval.index.index import differences

RULES = """第2章 休日

第5条（休日）
休日は、次のとおりとする。
(1) 日曜日
(2) 祝日

第6条（副業）
副業は届け出る。
"""


def as_before(library: Library, document_id: str) -> str:
    """Make a document's records those of an older program: other passages, other ids, no structure."""
    with library.sessions.write() as session:
        version_id = session.scalars(select(Version.id).where(Version.document_id == document_id)).one()
        session.execute(delete(VersionStructure).where(VersionStructure.version_id == version_id))
        query = select(Passage.id).where(Passage.version_id == version_id).order_by(Passage.ordinal)
        for number, passage_id in enumerate(session.scalars(query).all()):
            older = update(Passage).where(Passage.id == passage_id)
            session.execute(older.values(id=f"{version_id}-{number:05d}", heading="old"))
    library.pipeline.all_renewed = False
    return version_id


def ask(library: Library, question: str) -> list[str]:
    _, hits, _ = library.answerer.evidence(administrator(library), question)
    return [hit.passage.text for hit in hits]


def quote(library: Library, document_id: str, version_id: str) -> None:
    """Keep an answer that quotes the second item."""
    old, asker = f"{version_id}-00000", administrator(library)
    with library.sessions.write() as session:
        session.add(Question(id="q", user_id=asker.user_id, text="?", language="ja"))
        session.flush()
        session.add(Answer(question_id="q", status="quoted", text="", probability=1.0))
        session.flush()
        start = RULES.index("(2)")
        session.add(
            Citation(
                question_id="q", mark=1, document_id=document_id, version_id=version_id, passage_id=old,
                page=1, start=start, end=start + 6, quote="(2) 祝日", score=1.0,
            )
        )  # fmt: skip


def test_an_older_library_is_split_again_in_the_background(library: Library) -> None:
    document_id = add(library, "rules.txt", RULES)
    new = {passage.text for passage in passages_of(library, document_id)}
    version_id = as_before(library, document_id)
    quote(library, document_id, version_id)
    finish_work(library)
    passages = passages_of(library, document_id)
    assert {passage.text for passage in passages} == new
    assert [passage.heading.split(" > ")[-1] for passage in passages] == ["第5条（休日）", "第6条（副業）"]
    with library.sessions.read() as session:
        structure = structure_of(session, version_id)
        assert structure is not None
        assert [node.label for node in structure if node.kind == NodeKind.ITEM] == ["(1)", "(2)"]
        assert session.get_one(VersionStructure, version_id).edition == SPLITTER_VERSION
        assert session.get_one(Version, version_id).state == VersionState.EMBEDDED
        citation = session.scalars(select(Citation)).one()
        assert citation.passage_id == passages[0].id
    assert any("副業は届け出る" in text for text in ask(library, "副業"))
    counts = differences(library.sessions, library.index)
    assert counts.records == counts.words == counts.vectors == counts.embedded


def test_what_says_the_same_keeps_its_passages_and_vectors(library: Library) -> None:
    document_id = add(library, "note.txt", "休暇は十日とする。")
    (before,) = passages_of(library, document_id)
    with library.sessions.write() as session:
        session.execute(delete(VersionStructure))
    library.pipeline.all_renewed = False
    assert library.index.vectors is not None
    vectors = library.index.vectors.ids()
    finish_work(library)
    (after,) = passages_of(library, document_id)
    assert after.id == before.id
    assert library.index.vectors.ids() == vectors
    with library.sessions.read() as session:
        assert structure_of(session, before.version_id) is not None


def test_what_a_killed_process_left_half_done_is_done_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = add(library, "rules.txt", RULES)
    version_id = as_before(library, document_id)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(library.index, "add_words", killed)
        with pytest.raises(Killed):
            resplitting.split_again(library.sessions, library.index, version_id)
    finish_work(library)
    assert any("副業は届け出る" in text for text in ask(library, "副業"))
    counts = differences(library.sessions, library.index)
    assert counts.records == counts.words == counts.vectors
    with library.sessions.read() as session:
        assert session.get_one(VersionStructure, version_id).edition == SPLITTER_VERSION


def test_a_version_that_cannot_be_split_stays_as_it_is(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = add(library, "rules.txt", RULES)
    version_id = as_before(library, document_id)

    def broken(*_: object) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr("ingest.resplitting.build", broken)
    finish_work(library)
    assert library.pipeline.not_renewed == [version_id]
    assert {passage.heading for passage in passages_of(library, document_id)} == {"old"}
    upload(library, "next.txt", "more")

"""Brings versions that an older program split to this one's passages and structure, from their stored pages,
one at a time in the background. Answers, quotes and approved answers stay bound to the places they quote.

A passage that says the same at the same place keeps its id, and with it its vector. The edition is written
last: work that a killed process left half done is repeated at the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from core import jobs
from core.db import Sessions
from core.effective_dates import PUBLISHED
from core.models import Citation, Document, FaqSource, Passage, Version, VersionState, VersionStructure
from core.structures import store_structure
from ingest.passages import passage_row
from ingest.splitter import SPLITTER_VERSION, split
from ingest.stored_pages import stored_pages
from ingest.structure.tree import build
from ingest.uploads import EMBED
from retrieval.index.index import SearchIndex, published

HALF_DONE = "half done"  # the records have the new passages, and the indexes may not


def outdated(session: Session, besides: Collection[str] = ()) -> str | None:
    """A published version that another edition split, not one of `besides`; those that answer today first."""
    current = exists().where(
        VersionStructure.version_id == Version.id, VersionStructure.edition == SPLITTER_VERSION
    )
    return session.scalar(
        select(Version.id)
        .join(Document, Document.id == Version.document_id)
        .where(Version.state.in_(PUBLISHED), Version.id.not_in(besides), ~current)
        .order_by((Document.current_version_id == Version.id).desc(), Version.id)
        .limit(1)
    )


def split_again(
    sessions: Sessions, index: SearchIndex, version_id: str, step: Callable[[], None] = lambda: None
) -> None:
    """Rebuild that version's passages and structure, and what the indexes hold of it. `step` is called now
    and then before anything is written, and may end the work with an error of its own."""
    with sessions.read() as session:
        pages = list(stored_pages(session, version_id))
    structure = build(pages, step=step)
    passages = split(pages, structure, step)
    with sessions.write() as session:
        version = session.get(Version, version_id)
        if version is None or version.state not in PUBLISHED:
            return
        old = list(
            session.scalars(select(Passage).where(Passage.version_id == version_id).order_by(Passage.ordinal))
        )
        kept = {_said(passage.pieces, passage.heading, passage.text): passage.id for passage in old}
        rows = [passage_row(version, ordinal, passage) for ordinal, passage in enumerate(passages)]
        for row in rows:
            row.id = kept.pop(_said(row.pieces, row.heading, row.text), row.id)
        before = session.get(VersionStructure, version_id)
        half_done = before is not None and before.edition == HALF_DONE
        same = [row.id for row in rows] == [passage.id for passage in old] and not half_done
        gone = sorted({passage.id for passage in old} - {row.id for row in rows})
        if not same:
            session.execute(delete(Passage).where(Passage.version_id == version_id))
            session.expunge_all()
            session.add_all(rows)
            session.flush()
            _bind(session, version_id, rows)
            store_structure(session, version_id, structure, HALF_DONE)
            session.execute(
                update(Version)
                .where(Version.id == version_id)
                .values(passages=len(rows), state=VersionState.SEARCHABLE)
            )
    if not same:
        with sessions.read() as session:
            in_index = published(session, [version_id])
        index.add_words(in_index, [version_id])
        if index.vectors is not None and gone and in_index:
            index.vectors.remove(in_index[0].scope, gone)
    with sessions.write() as session:
        space_id = session.scalar(
            select(Document.space_id)
            .join(Version, Version.document_id == Document.id)
            .where(Version.id == version_id)
        )
        if space_id is None:  # erased meanwhile
            return
        store_structure(session, version_id, structure, SPLITTER_VERSION)
        if not same:
            jobs.enqueue(session, EMBED, version_id, space_id)
    index.changed()


def _said(pieces: Sequence[Any], heading: str, text: str) -> tuple[str, str, str]:
    return str([list(piece) for piece in pieces]), heading, text


def _bind(session: Session, version_id: str, rows: Sequence[Passage]) -> None:
    """Bind what quotes that version to the passages in which the quoted places stand now."""
    quoted: list[Citation | FaqSource] = [
        *session.scalars(select(Citation).where(Citation.version_id == version_id)),
        *session.scalars(select(FaqSource).where(FaqSource.version_id == version_id)),
    ]
    for source in quoted:
        source.passage_id = _holding(rows, source.page, source.start, source.end) or source.passage_id


def _holding(rows: Sequence[Passage], page: int, start: int, end: int) -> str:
    """The passage that has most of that stretch; the last one that begins before it if none has any."""
    best, most, before = "", 0, rows[0].id if rows else ""
    for row in rows:
        for number, first, last in row.pieces:
            if (number, first) <= (page, start):
                before = row.id
            shared = min(end, last) - max(start, first) if number == page else 0
            if shared > most:
                best, most = row.id, shared
    return best or before

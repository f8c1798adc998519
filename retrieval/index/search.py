"""A question in, readable passages out: access, both legs, fusion, and access once more from the records."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.access import Access, published_passages
from core.models import Document, Passage, Version, today
from retrieval.index.index import SearchIndex, archive_of

WIDER = 10  # times as many are asked for where some of the best may not be read


@dataclass(frozen=True)
class Hit:
    """A passage that was found, with its document; the score is comparable within one search only."""

    passage: Passage
    document: Document
    score: float
    words: float = 0.0  # the keyword leg's own score (BM25), 0 where it did not find the passage
    meaning: float = 0.0  # the vector leg's (cosine), 0 likewise

    @property
    def title(self) -> str:
        """What a person calls the document."""
        return self.document.title or self.document.name


def search(
    access: Access,
    session: Session,
    index: SearchIndex,
    question: str,
    *,
    limit: int,
    spaces: Collection[str] | None = None,
    as_of: date | None = None,
    documents: Collection[str] | None = None,
) -> list[Hit]:
    """The best passages that may be read and are in force on the day `as_of` (None: today), best first;
    `spaces` (ids) narrows where it looks, and so does `documents` (ids), which are then weighed as if there
    were no others. Both take away and never add: what may be read is said by `access` alone."""
    scopes = access.readable if spaces is None else access.readable.intersection(spaces)
    if not scopes:
        return []
    day = None if as_of == today() else as_of
    if day is not None:
        scopes = scopes | {archive_of(scope) for scope in scopes}
    only = None if documents is None else _passages_of(session, documents)
    # Restricted documents of others, or versions of another day, must not crowd out what may be seen.
    for wanted in (limit, WIDER * limit):
        legs = index.search(question, scopes, wanted, only)
        fused, words, meaning = legs.fused, dict(legs.keyword), dict(legs.dense)
        rows = session.execute(published_passages(access, [passage for passage, _ in fused], day))
        by_id = {passage.id: (passage, document) for passage, document in rows}
        found = [
            Hit(*by_id[passage], score, words.get(passage, 0.0), meaning.get(passage, 0.0))
            for passage, score in fused
            if passage in by_id
        ]
        if len(found) >= limit or len(found) == len(fused):
            break
    return found[:limit]


def _passages_of(session: Session, documents: Collection[str]) -> dict[str, str]:
    """The passages of those documents, each with its version."""
    rows = session.execute(
        select(Passage.id, Passage.version_id)
        .join(Version, Version.id == Passage.version_id)
        .where(Version.document_id.in_(documents))
    )
    return dict(rows.all())

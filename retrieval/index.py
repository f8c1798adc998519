"""Both legs as one index over the records: add, remove, search, compare, rebuild.

The records are the authority. What the legs hold too much is never shown (every hit is loaded through
access from the records), and what they hold too little is found by `differences` and mended by `rebuild`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import Sessions
from core.models import Document, Passage, Version, VersionState
from llm.embedder import Embedder
from retrieval.fusion import dense_weight, fuse
from retrieval.keywords import IndexedPassage, Keywords
from retrieval.text import language_of, query_tokens
from retrieval.vectors import VectorStore

EMBED_BATCH = 32
LEG_LIMIT = 60  # hits asked of each leg


@dataclass(frozen=True)
class LegHits:
    """What a search found: fused hits (passage id, score), and each leg's own for the record."""

    fused: list[tuple[str, float]]
    keyword: list[tuple[str, float]]
    dense: list[tuple[str, float]]


class SearchIndex:
    """The two legs. `embedder` comes late (it loads in the background) or never."""

    def __init__(self, keywords: Keywords) -> None:
        self.keywords = keywords
        self.embedder: Embedder | None = None
        self.vectors: VectorStore | None = None
        self._writing = threading.Lock()

    def attach(self, embedder: Embedder, vectors: VectorStore) -> None:
        """Search by meaning too, from now on."""
        self.vectors = vectors
        self.embedder = embedder

    def add_words(self, passages: Sequence[IndexedPassage], versions: Collection[str]) -> None:
        """Make those versions searchable by words: these passages, and no others of theirs."""
        with self._writing:
            for version in versions:
                self.keywords.remove(version)
            self.keywords.add(passages)
            self.keywords.commit()

    def replace_words(self, passages: Sequence[IndexedPassage]) -> None:
        """Make the keyword leg hold those passages and no others."""
        with self._writing:
            self.keywords.clear()
            self.keywords.add(passages)
            self.keywords.commit()

    def add_vectors(self, passages: Sequence[IndexedPassage], progress: Callable[[int], bool]) -> bool:
        """Embed what has no vector yet, in batches; `progress` is told how many are done and stops it
        by saying False. Whether everything was done."""
        if self.embedder is None or self.vectors is None:
            return False
        done = 0
        for start in range(0, len(passages), EMBED_BATCH):
            batch = passages[start : start + EMBED_BATCH]
            for scope in {passage.scope for passage in batch}:
                mine = [passage for passage in batch if passage.scope == scope]
                have = self.vectors.have(scope, [passage.id for passage in mine])
                new = [passage for passage in mine if passage.id not in have]
                if new:
                    vectors = self.embedder.passages([passage.embedded_text for passage in new])
                    self.vectors.add(scope, [passage.id for passage in new], vectors)
            done += len(batch)
            if not progress(done):
                return False
        return True

    def remove(self, version: str, scope: str, passage_ids: Sequence[str]) -> None:
        """Take a version out of both legs."""
        with self._writing:
            self.keywords.remove(version)
            self.keywords.commit()
        if self.vectors is not None:
            self.vectors.remove(scope, passage_ids)

    def search(self, question: str, scopes: Collection[str], limit: int) -> LegHits:
        """The best passages of those scopes."""
        keyword = self.keywords.search(query_tokens(question), scopes, max(limit, LEG_LIMIT))
        dense: list[tuple[str, float]] = []
        weight = 0.0
        if self.embedder is not None and self.vectors is not None:
            weight = dense_weight(language_of(question), self.embedder.languages)
            if weight > 0 or not keyword:
                vector = self.embedder.query(question)
                dense = self.vectors.search(vector, scopes, max(limit, LEG_LIMIT))
                weight = weight or 1.0  # no word matched at all: the meaning is all there is
        return LegHits(fuse(keyword, dense, weight)[:limit], keyword, dense)


def indexed(passage: Passage, document: Document) -> IndexedPassage:
    """What the legs are told of a passage."""
    title = document.title or Path(document.name).stem
    return IndexedPassage(
        passage.id, passage.version_id, document.space_id, title, passage.heading, passage.text
    )


def published(session: Session, version_ids: Collection[str] | None = None) -> list[IndexedPassage]:
    """Every passage in force, or those of some versions whether in force or not, in their order."""
    query = (
        select(Passage, Document)
        .join(Version, Version.id == Passage.version_id)
        .join(Document, Document.id == Version.document_id)
        .order_by(Passage.version_id, Passage.ordinal)
    )
    if version_ids is None:
        query = query.where(Document.current_version_id == Version.id)
    else:
        query = query.where(Version.id.in_(version_ids))
    return [indexed(passage, document) for passage, document in session.execute(query)]


@dataclass(frozen=True)
class Differences:
    """How many passages the records hold in force, and how many each leg holds."""

    records: int
    words: int
    vectors: int
    embedded: int  # passages in force whose version says that it has vectors

    @property
    def words_differ(self) -> bool:
        """Whether the keyword leg must be rebuilt."""
        return self.words != self.records


def differences(sessions: Sessions, index: SearchIndex) -> Differences:
    """Compare the records with both legs by count; cheap enough for every start."""
    with sessions.read() as session:
        in_force = (
            select(func.count(Passage.id))
            .join(Version, Version.id == Passage.version_id)
            .join(Document, Document.current_version_id == Version.id)
        )
        records = session.scalar(in_force) or 0
        embedded = session.scalar(in_force.where(Version.state == VersionState.EMBEDDED)) or 0
    vectors = index.vectors.count() if index.vectors is not None else 0
    return Differences(records, index.keywords.count(), vectors, embedded)


def rebuild_words(sessions: Sessions, index: SearchIndex) -> int:
    """Make the keyword leg anew from the records; returns the number of passages."""
    with sessions.read() as session:
        passages = published(session)
    index.replace_words(passages)
    return len(passages)

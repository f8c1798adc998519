"""Both retrievers as one index over the records: add, remove, search, compare, rebuild.

The records are the authority. What the retrievers hold too much is never shown (every hit is loaded through
access from the records), and what they hold too little is found by `differences` and mended by `rebuild`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.backpressure import Traffic, in_steps
from core.db import Sessions
from core.effective_dates import PUBLISHED
from core.models import Document, Passage, Version, VersionState
from core.sharing.counting import Generation, OwnGeneration
from core.sharing.turns import OwnTurns, Turns
from language.terms import Terms
from language.tokens import language_of, query_tokens
from llm.embedder import Embedder, Vectors
from retrieval.index.fusion import dense_weight, fuse
from retrieval.index.retrievers import IndexedPassage, VectorStore, WordStore
from retrieval.index.widening import NOT_WIDENED, Widening, widened

ARCHIVE = ".archive"  # after a space's id: the scope of its versions that are not in force today
EMBED_BATCH = 32
EMBED_BATCH_BESIDE_QUESTIONS = 2  # a question's own embedding waits for the batch in hand
RETRIEVER_LIMIT = 60  # hits asked of each retriever
VECTORS_KEPT = 256  # of questions that were asked last
DENSE_LIMIT = 200  # and of the dense one for those of other languages than the question's


@dataclass(frozen=True)
class RetrieverHits:
    """What a search found: fused hits (passage id, score), and each retriever's own for the record."""

    fused: list[tuple[str, float]]
    keyword: list[tuple[str, float]]
    dense: list[tuple[str, float]]


class SearchIndex:
    """The two retrievers. `embedder` comes late (it loads in the background) or never.

    What is not in force today has an index of words of its own, `archive`: old versions, each almost the
    same as the new one, would make today's words look common and its passages less worth.
    """

    def __init__(
        self,
        keywords: WordStore,
        archive: WordStore | None = None,
        terms: Callable[[], Terms] = Terms,
        turns: Turns | None = None,
        generation: Generation | None = None,
    ) -> None:
        """`terms` gives the words that questions are widened by; it is called for each question. `turns` and
        `generation` are those of all processes that write this index, where there are several."""
        self.terms = terms
        self.keywords = keywords
        self.archive = archive if archive is not None else keywords
        self.embedder: Embedder | None = None
        self.vectors: VectorStore | None = None
        self.turns: Turns = turns if turns is not None else OwnTurns()
        self.traffic = Traffic()
        self._asked: dict[tuple[str, str], Vectors] = {}
        self._asked_lock = threading.Lock()
        self._generation: Generation = generation if generation is not None else OwnGeneration()

    @property
    def generation(self) -> int:
        """Counts the changes after which a search may find something else."""
        return self._generation.now()

    def changed(self) -> None:
        """Say that a search may find something else from now on."""
        self._generation.grow()

    def attach(self, embedder: Embedder, vectors: VectorStore) -> None:
        """Search by meaning too, from now on."""
        self.vectors = vectors
        self.embedder = embedder
        self.changed()

    def add_words(self, passages: Sequence[IndexedPassage], versions: Collection[str]) -> None:
        """Make those versions searchable by words: these passages, and no others of theirs."""
        with self.turns.beside():
            for words, mine in self._by_place(passages):
                if not mine and words is not self.keywords:
                    continue
                for version in versions:
                    words.remove(version)
                words.add(in_steps(mine, self.traffic))
                words.commit()
        self.changed()

    def replace_words(self, passages: Sequence[IndexedPassage]) -> None:
        """Make the keyword retriever hold those passages and no others."""
        self.replace_words_by(lambda: passages)

    def replace_words_by(self, read: Callable[[], Sequence[IndexedPassage]]) -> int:
        """Make the keyword retriever hold what `read` gives and nothing else; returns how many. Nothing else
        is written between the reading and its end, so what is published meanwhile is not lost."""
        with self.turns.alone():
            passages = read()
            for words, mine in self._by_place(passages):
                words.clear()
                words.add(in_steps(mine, self.traffic))
                words.commit()
        self.changed()
        return len(passages)

    def move(self, passages: Sequence[IndexedPassage]) -> None:
        """Bring whole versions into the scope that their passages carry, from a space to its archive or
        back. They are found in one of the two all the time."""
        if not passages:
            return
        with self.turns.beside():
            places = self._by_place(passages)
            for words, mine in places:
                for version in {passage.version for passage in mine}:
                    words.remove(version)
                words.add(in_steps(mine, self.traffic))
                words.commit()
            for (words, _), (_, elsewhere) in zip(places, reversed(places), strict=True):
                for version in {passage.version for passage in elsewhere}:
                    words.remove(version)
                words.commit()
        if self.vectors is not None:
            for scope in {passage.scope for passage in passages}:
                ids = [passage.id for passage in passages if passage.scope == scope]
                self.vectors.move(_other_place(scope), scope, ids)
        self.changed()

    def _by_place(
        self, passages: Sequence[IndexedPassage]
    ) -> list[tuple[WordStore, Sequence[IndexedPassage]]]:
        """Today's index of words and that of the archive, each with those of the passages that belong in."""
        if self.archive is self.keywords:
            return [(self.keywords, passages)]
        archived = [passage for passage in passages if passage.scope.endswith(ARCHIVE)]
        todays = [passage for passage in passages if not passage.scope.endswith(ARCHIVE)]
        return [(self.keywords, todays), (self.archive, archived)]

    def add_vectors(self, passages: Sequence[IndexedPassage], progress: Callable[[int], bool]) -> bool:
        """Embed what has no vector yet, in batches; `progress` is told how many are done and stops it
        by saying False. Whether everything was done."""
        if self.embedder is None or self.vectors is None:
            return False

        def size() -> int:
            self.traffic.give_way()
            return EMBED_BATCH_BESIDE_QUESTIONS if self.traffic.lately() else EMBED_BATCH

        def told(done: int) -> bool:
            self.changed()
            return progress(done)

        return add_missing_vectors(self.embedder, self.vectors, passages, told, size)

    def remove(self, version: str, scope: str, passage_ids: Sequence[str]) -> None:
        """Take a version out of both retrievers."""
        with self.turns.beside():
            for words, _ in self._by_place([]):
                words.remove(version)
                words.commit()
        if self.vectors is not None:
            for place in (scope, _other_place(scope)):
                self.vectors.remove(place, passage_ids)
        self.changed()

    def widened(self, question: str, glossaries: Sequence[Terms] = ()) -> Widening:
        """What else that question is looked up with: by the shipped lexicon and by those glossaries."""
        return widened(question, self.terms(), *glossaries)

    def search(
        self,
        question: str,
        scopes: Collection[str],
        limit: int,
        widening: Widening = NOT_WIDENED,
        only: Mapping[str, str] | None = None,
    ) -> RetrieverHits:
        """The best passages of those scopes, which may be archives too; `only`: of those passages alone (ids,
        each with its version), which are weighed as if there were no others."""
        versions = None if only is None else set(only.values())
        keyword = self._by_words(question, scopes, max(limit, RETRIEVER_LIMIT), widening, versions)
        dense: list[tuple[str, float]] = []
        weight = 0.0
        if self.embedder is not None and self.vectors is not None:
            weight = dense_weight(language_of(question), self.embedder.languages)
            if weight > 0 or not keyword:
                vector = self._vector_of(question, self.embedder)
                if only is None:
                    dense = self.vectors.search(vector, scopes, max(limit, DENSE_LIMIT))
                else:
                    dense = self.vectors.search_among(vector, scopes, list(only))
                weight = weight or 1.0  # no word matched at all: the meaning is all there is
        fused = fuse(keyword, dense[: max(limit, RETRIEVER_LIMIT)], weight)
        return RetrieverHits(fused[:limit], keyword, dense)

    def _vector_of(self, question: str, embedder: Embedder) -> Vectors:
        """Its vector, of which the last ones are kept: a question is looked up in several ways."""
        key = (embedder.name, question)
        vector = self._asked.get(key)
        if vector is None:
            vector = embedder.query(question)
            with self._asked_lock:
                while len(self._asked) >= VECTORS_KEPT:
                    del self._asked[next(iter(self._asked))]
                self._asked[key] = vector
        return vector

    def _by_words(
        self,
        question: str,
        scopes: Collection[str],
        limit: int,
        widening: Widening,
        versions: Collection[str] | None,
    ) -> list[tuple[str, float]]:
        words = query_tokens(question)
        archives = [scope for scope in scopes if scope.endswith(ARCHIVE)]
        todays = [scope for scope in scopes if scope not in archives]
        match = self.keywords.search(words, todays, limit, widening, versions)
        if archives:
            match += self.archive.search(words, archives, limit, widening, versions)
            match = sorted(match, key=lambda hit: -hit[1])[:limit]
        return match


def archive_of(space_id: str) -> str:
    """The scope of a space's versions that are not in force today."""
    return space_id + ARCHIVE


def _other_place(scope: str) -> str:
    return scope.removesuffix(ARCHIVE) if scope.endswith(ARCHIVE) else archive_of(scope)


def indexed(passage: Passage, document: Document, *, answers: bool | None = None) -> IndexedPassage:
    """What the retrievers are told of a passage; in the scope of its space where its version answers today
    (as the records say, or as told), else in that of the archive."""
    title = document.title or Path(document.name).stem
    if answers is None:
        answers = document.current_version_id == passage.version_id
    scope = document.space_id if answers else archive_of(document.space_id)
    return IndexedPassage(passage.id, passage.version_id, scope, title, passage.heading, passage.text)


def published(
    session: Session,
    version_ids: Collection[str] | None = None,
    *,
    answering: Collection[str] | None = None,
) -> list[IndexedPassage]:
    """Every passage of every published version, or those of some versions whether published or not, in
    their order. `answering`: the versions to be placed as those that answer today; None: as recorded."""
    query = (
        select(Passage, Document)
        .join(Version, Version.id == Passage.version_id)
        .join(Document, Document.id == Version.document_id)
        .order_by(Passage.version_id, Passage.ordinal)
    )
    if version_ids is None:
        query = query.where(Version.state.in_(PUBLISHED))
    else:
        query = query.where(Version.id.in_(version_ids))
    return [
        indexed(passage, document, answers=None if answering is None else passage.version_id in answering)
        for passage, document in session.execute(query)
    ]


def add_missing_vectors(
    embedder: Embedder,
    vectors: VectorStore,
    passages: Sequence[IndexedPassage],
    progress: Callable[[int], bool],
    size: Callable[[], int] = lambda: EMBED_BATCH,
) -> bool:
    """Embed those passages that have no vector there yet, in batches of that `size`; `progress` is told how
    many are done and stops it by saying False. Whether everything was done."""
    done = 0
    while done < len(passages):
        batch = passages[done : done + size()]
        for scope in {passage.scope for passage in batch}:
            mine = [passage for passage in batch if passage.scope == scope]
            have = vectors.have(scope, [passage.id for passage in mine])
            new = [passage for passage in mine if passage.id not in have]
            if new:
                made = embedder.passages([passage.embedded_text for passage in new])
                vectors.add(scope, [passage.id for passage in new], made)
        done += len(batch)
        if not progress(done):
            return False
    return True


@dataclass(frozen=True)
class Differences:
    """How many published passages the records hold, and how many each retriever holds; in force today, and in
    all."""

    records: int
    words: int
    vectors: int
    embedded: int  # published passages whose version says that it has vectors
    records_in_force: int
    words_in_force: int

    @property
    def words_differ(self) -> bool:
        """Whether the keyword retriever must be rebuilt."""
        return (self.words, self.words_in_force) != (self.records, self.records_in_force)


def differences(sessions: Sessions, index: SearchIndex) -> Differences:
    """Compare the records with both retrievers by count; cheap enough for every start."""
    with sessions.read() as session:
        held = (
            select(func.count(Passage.id))
            .join(Version, Version.id == Passage.version_id)
            .where(Version.state.in_(PUBLISHED))
        )
        records = session.scalar(held) or 0
        embedded = session.scalar(held.where(Version.state == VersionState.EMBEDDED)) or 0
        in_force = session.scalar(held.join(Document, Document.current_version_id == Version.id)) or 0
    vectors = index.vectors.count() if index.vectors is not None else 0
    words_in_force, archived = index.keywords.count(), index.archive.count()
    return Differences(records, words_in_force + archived, vectors, embedded, in_force, words_in_force)


def rebuild_words(sessions: Sessions, index: SearchIndex) -> int:
    """Make the keyword retriever anew from the records; returns the number of passages."""

    def read() -> list[IndexedPassage]:
        with sessions.read() as session:
            return published(session)

    return index.replace_words_by(read)

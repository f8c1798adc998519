"""A question in, readable passages out: access, both retrievers, fusion, and access once more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.access import Access, published_passages
from core.models import Document, Passage, Version, today
from language.characters import one_form, radicals_joined
from language.tokens import language_of
from retrieval.index.fusion import Hits
from retrieval.index.index import RetrieverHits, SearchIndex, archive_of
from retrieval.index.naming import named_documents
from retrieval.index.widening import NOT_WIDENED, Widening

WIDER = 10  # times as many are asked for where some of the best may not be read
NOT_NAMED = 0.8  # what a passage keeps of its score where the question names other documents
OTHER_LANGUAGE = 4  # passages of each language but the question's that are looked at, if meaning finds some
MOST_NAMED = 2000  # passages of the documents that the question names
STRAY = 0.02  # of the passages of documents in another language, that may be in the question's
BEHIND = 12  # the best of the question's own language, which those of others stand behind


@dataclass(frozen=True)
class Hit:
    """A passage that was found, with its document; the score is comparable within one search only."""

    passage: Passage
    document: Document
    score: float
    words: float = 0.0  # the keyword retriever's own score (BM25), 0 where it did not find the passage
    meaning: float = 0.0  # the dense retriever's (cosine), 0 likewise
    named: bool | None = None  # whether the question names its document; None where it names none

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
    widening: Widening = NOT_WIDENED,
) -> list[Hit]:
    """The best passages that may be read and are in force on the day `as_of` (None: today), best first;
    `spaces` (ids) narrows where it looks, and so does `documents` (ids), which are then weighed as if there
    were no others. Both take away and never add: what may be read is said by `access` alone. `widening` is
    what else the question is looked up with."""
    scopes = access.readable if spaces is None else access.readable.intersection(spaces)
    if not scopes:
        return []
    day = None if as_of == today() else as_of
    if day is not None:
        scopes = scopes | {archive_of(scope) for scope in scopes}
    only = None if documents is None else _passages_of(session, documents)
    named = named_documents(access, session, index, question, scopes) if only is None else frozenset()
    among = dict(islice(_passages_of(session, named).items(), MOST_NAMED)) if named else {}
    if named and not _written_in(session, named, language_of(question)):
        only = among  # what they say has no word of the question: beside others' words it would not be seen
    # Restricted documents of others, or versions of another day, must not crowd out what may be seen.
    for wanted in (limit, WIDER * limit):
        retrieved = index.search(question, scopes, wanted, widening, only)
        order = _with_other_languages(session, retrieved, language_of(question))
        words, meaning = dict(retrieved.keyword), dict(retrieved.dense)
        if among and only is None:
            theirs = index.search(question, scopes, wanted, widening, among)
            order = _named_first(order, theirs.fused)
            words, meaning = dict(theirs.keyword) | words, dict(theirs.dense) | meaning
        rows = session.execute(published_passages(access, [passage for passage, _ in order], day))
        by_id = {passage.id: (passage, document) for passage, document in rows}
        hits = [
            Hit(
                *by_id[passage],
                score,
                words.get(passage, 0.0),
                meaning.get(passage, 0.0),
                by_id[passage][1].id in named if named else None,
            )
            for passage, score in order
            if passage in by_id
        ]
        if len(hits) >= limit or len(hits) == len(order):
            break
    return _newest_of_the_same(hits[:limit])


def _newest_of_the_same(hits: list[Hit]) -> list[Hit]:
    """The hits; among those that say the same, letter for letter but for forms of characters, that of the
    document that was added last comes first, and within a document the better one. One whose document the
    question names gives its place to no other. Each place keeps its score."""
    places: dict[tuple[bool | None, str], list[int]] = {}
    for place, hit in enumerate(hits):
        said = one_form(radicals_joined(hit.passage.text))
        places.setdefault((hit.named, said), []).append(place)
    ordered = list(hits)
    for same in places.values():
        newest = sorted((hits[place] for place in same), key=_added_at, reverse=True)  # stable
        for place, hit in zip(same, newest, strict=True):
            ordered[place] = replace(hit, score=hits[place].score)
    return ordered


def _added_at(hit: Hit) -> datetime:
    return hit.document.created_at


def _named_first(every: Hits, theirs: Hits) -> list[tuple[str, float]]:
    """All hits with those of the documents that the question names, which their own search found, ahead."""
    best = max((score for _, score in every), default=1.0) or 1.0
    highest = max((score for _, score in theirs), default=1.0) or 1.0
    scores = {passage: NOT_NAMED * score for passage, score in every}
    own = dict(every)
    for passage, score in theirs:
        scores[passage] = max(own.get(passage, 0.0), best * score / highest)
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))


def _with_other_languages(
    session: Session, retrieved: RetrieverHits, language: str
) -> list[tuple[str, float]]:
    """The fused hits, and behind the best of them the nearest by meaning of each other language: an embedder
    puts texts of the question's language nearer, whatever they say."""
    if not retrieved.dense:
        return retrieved.fused
    rows = session.execute(
        select(Passage.id, Passage.language).where(
            Passage.id.in_([passage for passage, _ in retrieved.dense])
        )
    )
    languages = dict(rows.all())
    ahead = {passage for passage, _ in retrieved.fused[:BEHIND]}
    others: dict[str, list[str]] = {}
    for passage, _ in retrieved.dense:
        own = languages.get(passage, language)
        if own != language and len(others.setdefault(own, [])) < OTHER_LANGUAGE:
            others[own].append(passage)
    added = [passage for each in others.values() for passage in each if passage not in ahead]
    if not added:
        return retrieved.fused
    score = retrieved.fused[min(BEHIND, len(retrieved.fused)) - 1][1]
    rest = [hit for hit in retrieved.fused[BEHIND:] if hit[0] not in set(added)]
    return [*retrieved.fused[:BEHIND], *((passage, score) for passage in added), *rest]


def _written_in(session: Session, documents: Collection[str], language: str) -> bool:
    """Whether more than a stray passage of those documents is in that language."""
    counts = dict(
        session.execute(
            select(Passage.language, func.count(Passage.id))
            .join(Version, Version.id == Passage.version_id)
            .where(Version.document_id.in_(documents))
            .group_by(Passage.language)
        ).all()
    )
    return counts.get(language, 0) > STRAY * sum(counts.values())


def _passages_of(session: Session, documents: Collection[str]) -> dict[str, str]:
    """The passages of those documents, each with its version."""
    rows = session.execute(
        select(Passage.id, Passage.version_id)
        .join(Version, Version.id == Passage.version_id)
        .where(Version.document_id.in_(documents))
    )
    return dict(rows.all())

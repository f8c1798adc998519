"""A question in, readable passages out: access, both legs, fusion, and access once more from the records."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.access import Access, published_passages
from core.models import Document, Passage
from retrieval.index import SearchIndex


@dataclass(frozen=True)
class Hit:
    """A passage that was found, with its document; the score is comparable within one search only."""

    passage: Passage
    document: Document
    score: float

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
) -> list[Hit]:
    """The best passages that may be read, best first; `spaces` (ids) narrows where it looks."""
    scopes = access.readable if spaces is None else access.readable.intersection(spaces)
    if not scopes:
        return []
    fused = index.search(question, scopes, limit).fused
    rows = session.execute(published_passages(access, [passage for passage, _ in fused]))
    by_id = {passage.id: (passage, document) for passage, document in rows}
    return [Hit(*by_id[passage], score) for passage, score in fused if passage in by_id]

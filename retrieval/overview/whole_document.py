"""A whole version of a document: its tree, its pages' texts and its passages, read from the records.

It grants nothing: who asks for a version has come to it through access (a hit of a search, or
`core.access.document`). What is read is bounded; sections beyond it count as left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.models import Document, Page, Passage, Version
from core.structures import structure_of
from language.structure import HEADS, NodeKind, Structure
from language.structure import PageStretch as Place
from retrieval.evidence.types import Quote, Stretch
from retrieval.evidence.units import UnitKind
from retrieval.index.search import Hit

MOST_PAGES = 400
MOST_CHARACTERS = 600_000
NAMES = 60  # characters at the most that name a document above its first section
SAYING_SO = 300  # characters at a document's beginning that may name it too: its company, its number


@dataclass(frozen=True)
class WholeDocument:
    """A version with its tree; `texts` has the text of each page that was read."""

    document: Document
    version: Version
    structure: Structure
    texts: Mapping[int, str]
    passages: Sequence[Passage]
    _places: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.document.title or self.document.name

    @property
    def opening(self) -> str:
        """How it begins."""
        first = min(self.texts, default=0)
        return self.texts.get(first, "")[:SAYING_SO]

    @cached_property
    def called(self) -> str:
        """What stands above its first section: its title, the company, its number."""
        first = min(self.texts, default=0)
        end = NAMES
        for node in range(1, len(self.structure)):
            if self.structure.kind(node) in HEADS and (place := self.structure.stretch(node)).page == first:
                end = min(end, place.start)
                break
        return self.texts.get(first, "")[:end]

    def text(self, place: Place) -> str:
        """The page's text there; empty where the page was not read."""
        return self.texts.get(place.page, "")[place.start : place.end]

    def own_text(self, node: int) -> str:
        """A node's own text."""
        if self.structure.kind(node) in (NodeKind.PART, NodeKind.TABLE):
            return ""
        return self.text(self.structure.stretch(node))

    def heading(self, node: int) -> str:
        """The headings above a node, from the highest and itself where it is one."""
        above = [*self.structure.path(node), node]
        parts = (" ".join(self.own_text(node).split())[:120] for node in above)
        return " > ".join(part for part in parts if part)

    def heads(self, node: int) -> list[int]:
        """The headings and articles directly under a node (-1: those at the top)."""
        return [child for child in self.structure.children(node) if self.structure.kind(child) in HEADS]

    def quote(self, places: Sequence[Place], score: float, unit: UnitKind) -> Quote | None:
        """Those places as a quote; None where no passage has the first: hidden text, or a running header."""
        stretches = tuple(
            Stretch(place.page, place.start, place.end, text)
            for place in places
            if (text := self.text(place))
        )
        passage = self._passage_of(places[0]) if stretches else None
        if passage is None:
            return None
        return Quote.of(Hit(passage, self.document, score), stretches, score, unit=unit)

    def _passage_of(self, place: Place) -> Passage | None:
        if not self._places:
            for number, passage in enumerate(self.passages):
                for page, start, end in passage.pieces:
                    self._places.setdefault(page, []).append((start, end, number))
        for start, end, number in self._places.get(place.page, ()):
            if start < place.end and place.start < end:
                return self.passages[number]
        return None


def read_whole(session: Session, document: Document, version_id: str) -> WholeDocument | None:
    """That version of a document that the asker may read; None where it has no tree yet."""
    structure = structure_of(session, version_id)
    version = session.get(Version, version_id)
    if structure is None or version is None or version.document_id != document.id:
        return None
    lengths = session.execute(
        select(Page.number, func.length(Page.text))
        .where(Page.version_id == version_id, Page.number <= MOST_PAGES)
        .order_by(Page.number)
    )
    wanted: list[int] = []
    left = MOST_CHARACTERS
    for number, length in lengths:
        left -= length
        if left < 0 and wanted:
            break
        wanted.append(number)
    rows = session.execute(
        select(Page.number, Page.text).where(
            Page.version_id == version_id, Page.number <= (wanted[-1] if wanted else 0)
        )
    )
    passages = session.scalars(
        select(Passage).where(Passage.version_id == version_id).order_by(Passage.ordinal)
    )
    return WholeDocument(document, version, structure, dict(rows.all()), passages.all())


def versions_of(session: Session, document_id: str) -> list[Version]:
    """The versions of a document that were read, the oldest first; the caller may read the document."""
    return list(
        session.scalars(
            select(Version)
            .where(Version.document_id == document_id, Version.pages > 0, Version.passages > 0)
            .order_by(Version.number)
        )
    )

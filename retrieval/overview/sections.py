"""The sections of a document that a summary goes through: neither a whole chapter of forty nor each of two
hundred articles for itself. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.overview.facts import Fact, facts_of
from retrieval.overview.telling import is_empty_heading, size
from retrieval.overview.whole_document import WholeDocument

FEW, MANY = 3, 40  # sections below which those beneath them are taken, where they are not more than that
FAR_LONGER = 2.0  # than the mean section: one that is divided


@dataclass(frozen=True)
class Section:
    """A heading of a document (-1: what stands under none) with the facts under it; an `empty` one has
    nothing for a summary: the purpose, the table of contents, the history of revisions."""

    whole: WholeDocument
    node: int
    facts: tuple[Fact, ...]
    empty: bool = False

    @property
    def heading(self) -> str:
        """Its own heading on one line; the document's title where it stands under none."""
        if self.node < 0:
            return self.whole.title
        return " ".join(self.whole.own_text(self.node).split())[:120] or self.whole.title


def sections_of(whole: WholeDocument, scope: Sequence[int] = ()) -> list[Section]:
    """The sections of a document, or of those headings of it, that say something, in reading order."""
    roots = list(scope) or whole.heads(-1)
    loose = [] if scope else [-1]
    while len(roots) < FEW:
        deeper = [whole.heads(root) for root in roots]
        below = [node for heads in deeper for node in heads]
        if not below or len(below) > MANY:
            break
        loose += [root for root, heads in zip(roots, deeper, strict=True) if heads]
        roots = [node for root, heads in zip(roots, deeper, strict=True) for node in heads or [root]]
    sections = [Section(whole, node, tuple(facts_of(whole, node))) for node in roots]
    sections = [part for section in sections for part in _parts(section, sections)]
    sections += [Section(whole, node, tuple(_loose(whole, node))) for node in loose]
    with_facts = [section for section in sections if section.facts]
    return [_marked(section) for section in sorted(with_facts, key=lambda section: section.node)]


def _parts(section: Section, beside: Sequence[Section]) -> list[Section]:
    """A section, or those beneath it where it is far longer than the others."""
    whole, heads = section.whole, section.whole.heads(section.node)
    mean = sum(map(_length, beside)) / len(beside)
    if not 1 < len(heads) <= MANY or _length(section) < FAR_LONGER * mean:
        return [section]
    below = [Section(whole, node, tuple(facts_of(whole, node))) for node in heads]
    return [Section(whole, section.node, tuple(_loose(whole, section.node))), *below]


def _length(section: Section) -> float:
    return sum(size(fact.text) for fact in section.facts)


def _loose(whole: WholeDocument, node: int) -> list[Fact]:
    """The facts directly under a heading that others stand under."""
    return [fact for fact in facts_of(whole, node) if fact.head == node]


def _marked(section: Section) -> Section:
    empty = section.node >= 0 and is_empty_heading(section.whole.own_text(section.node))
    return Section(section.whole, section.node, section.facts, empty)

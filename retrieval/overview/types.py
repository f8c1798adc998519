"""What is shown of whole documents: a summary by sections, a table of two sides, cards of the records. Pure.

Each names quotes by their marks, the places (from 1) in the evidence that it is shown with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from retrieval.evidence.types import Evidence, Quote

MOST_LEFT_OUT = 40  # headings of sections that are named as left out; of more the number alone is told


@dataclass(frozen=True)
class SummarySection:
    """What is shown of a section: `more` facts of it were left out."""

    title: str  # of its document
    heading: str
    marks: tuple[int, ...]
    more: int


@dataclass(frozen=True)
class Summary:
    """Sections with their key facts. Of `total` sections those in `sections` are shown and the others left
    out, `left_out` says which of them."""

    sections: tuple[SummarySection, ...]
    total: int
    left_out: tuple[str, ...]

    def packed(self) -> dict[str, Any]:
        """As a JSON object, the same in the records and at the doors."""
        return {
            "sections": [
                {
                    "title": section.title,
                    "heading": section.heading,
                    "marks": list(section.marks),
                    "more": section.more,
                }
                for section in self.sections
            ],
            "shown": len(self.sections),
            "total": self.total,
            "left_out": list(self.left_out[:MOST_LEFT_OUT]),
        }


@dataclass(frozen=True)
class ComparedSide:
    """One of the two that are compared: a document, a version of it, or a case that documents tell apart."""

    name: str
    document_id: str = ""
    version: int = 0


@dataclass(frozen=True)
class ComparedRow:
    """The marks of what each side says of a topic, and what of it only one side says (figures and words)."""

    topic: str
    first: tuple[int, ...]
    second: tuple[int, ...]
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComparisonTable:
    """Two sides, a row for each topic. `versions` are the numbers of the two versions of the document whose
    differences these are, None where it is no document's history; `more` rows were left out."""

    first: ComparedSide
    second: ComparedSide
    rows: tuple[ComparedRow, ...]
    more: int = 0
    versions: tuple[int, int] | None = None

    def packed(self) -> dict[str, Any]:
        """As a JSON object, the same in the records and at the doors."""
        return {
            "sides": [
                {"name": side.name, "document_id": side.document_id, "version": side.version}
                for side in (self.first, self.second)
            ],
            "rows": [
                {
                    "topic": row.topic,
                    "first": list(row.first),
                    "second": list(row.second),
                    "only_first": list(row.only_first),
                    "only_second": list(row.only_second),
                }
                for row in self.rows
            ],
            "more": self.more,
            "versions": list(self.versions) if self.versions else None,
        }


@dataclass(frozen=True)
class RecordCard:
    """What the records say of a document: not a claim of its text. `date_mark` and `keeper_mark` are the
    quotes that say its date in force and who keeps it, 0 where no page does."""

    document_id: str
    version_id: str
    title: str
    name: str
    space: str
    version: int
    versions: int  # how many there are
    in_force_from: date | None
    in_force_until: date | None
    source: str  # where `in_force_from` comes from, as `ingest/dates.py` names it; empty where there is none
    added_by: str
    added_at: datetime
    date_mark: int = 0
    keeper_mark: int = 0

    @property
    def text(self) -> str:
        """What a person reads of it, without labels."""
        days = [day.isoformat() for day in (self.in_force_from, self.in_force_until) if day is not None]
        parts = [self.title, self.name if self.name != self.title else "", self.space, str(self.version)]
        return " ".join(filter(None, [*parts, *days]))

    def packed(self) -> dict[str, Any]:
        """As it is kept with an answer: the records say the rest anew whenever it is shown."""
        return {
            "document_id": self.document_id,
            "version_id": self.version_id,
            "date_mark": self.date_mark,
            "keeper_mark": self.keeper_mark,
        }


@dataclass(frozen=True)
class Overview:
    """What is shown of whole documents; mostly one of the three."""

    summary: Summary | None = None
    table: ComparisonTable | None = None
    records: tuple[RecordCard, ...] = ()

    def packed(self) -> dict[str, Any]:
        """As it is kept with an answer."""
        return {
            **({"summary": self.summary.packed()} if self.summary else {}),
            **({"table": self.table.packed()} if self.table else {}),
            **({"records": [card.packed() for card in self.records]} if self.records else {}),
        }


@dataclass(frozen=True)
class OverviewEvidence(Evidence):
    """Evidence whose quotes are the parts of an overview."""

    overview: Overview = Overview()


def overview_of(evidence: Evidence) -> Overview | None:
    """The overview that the evidence is shown as; None where it is quotes alone."""
    return evidence.overview if isinstance(evidence, OverviewEvidence) else None


def overlaps(quote: Quote, others: Sequence[Quote]) -> bool:
    """Whether a part of the quote is shown by one of the others."""
    return any(
        quote.hit.passage.version_id == other.hit.passage.version_id
        and mine.page == theirs.page
        and mine.start < theirs.end
        and theirs.start < mine.end
        for other in others
        for mine in quote.stretches
        for theirs in other.stretches
    )


@dataclass(frozen=True)
class ChangedParagraph:
    """A paragraph of a version as it stands on that page; `marks` are the [start, end) of what differs."""

    page: int
    text: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Difference:
    """What was and what is: without `old` it was added, without `new` removed."""

    old: ChangedParagraph | None
    new: ChangedParagraph | None

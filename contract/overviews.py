"""What is shown of whole documents: summaries, comparisons, and what the records say. Quotes are named by the
marks of the answer's citations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from contract.base import Schema


class SummarySectionOut(Schema):
    """A section of a document with its key facts."""

    title: str = Field(description="What its document is called")
    heading: str
    marks: list[int] = Field(description="The citations that are its key facts, in reading order")
    more: int = Field(description="How many facts of it are not shown")


class SummaryOut(Schema):
    """A summary: `shown` sections of `total`, and the headings of those that were left out."""

    sections: list[SummarySectionOut]
    shown: int
    total: int
    left_out: list[str] = Field(description="At most 40 headings")


class ComparedSideOut(Schema):
    """One of two that are compared; a case that the documents distinguish has no document of its own."""

    name: str
    document_id: str = ""
    version: int = Field(default=0, description="The number of the version; 0 for a case")


class ComparedRowOut(Schema):
    """What each side says of a topic; a side that says nothing has no mark."""

    topic: str
    first: list[int]
    second: list[int]
    only_first: list[str] = Field(description="Figures or words that only the first side has")
    only_second: list[str]


class ComparisonTableOut(Schema):
    """Two sides, a row for each topic. `versions`: the numbers of the two versions of a document whose
    differences these are; all of them stand at /api/documents/{document_id}/differences."""

    sides: list[ComparedSideOut]
    rows: list[ComparedRowOut]
    more: int = Field(description="How many rows are not shown")
    versions: list[int] | None = None


class RecordCardOut(Schema):
    """What the records say of a document that is asked about, and of the version that answers."""

    document_id: str
    version_id: str
    title: str
    document: str = Field(description="File name")
    space: str = Field(description="Name of its space")
    version: int
    versions: int = Field(description="How many versions there are")
    in_force_from: date | None
    in_force_until: date | None
    source: str = Field(
        description="Where `in_force_from` is from: person, properties, metadata, file_name, text; or empty"
    )
    added_by: str = Field(description="Who added this version; empty where the account is gone")
    added_at: datetime
    date_mark: int = Field(default=0, description="The citation that says the date; 0: none does")
    keeper_mark: int = Field(default=0, description="The citation that says who keeps it; 0: none does")


class OverviewOut(Schema):
    """An answer on whole documents; mostly one of the three."""

    summary: SummaryOut | None = None
    table: ComparisonTableOut | None = None
    records: list[RecordCardOut] = Field(default=[])

    @classmethod
    def of(cls, packed: dict[str, Any], records: list[RecordCardOut]) -> OverviewOut:
        """From what is kept with an answer, and its cards as the records have them now."""
        return cls.model_validate(packed | {"records": records})

"""Documents, their versions, pages and duplicates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from contract.base import ErrorDetail, Shape


class VersionOut(Shape):
    """A version of a document, and where it is on its way (stored, read, searchable, embedded, failed)."""

    id: str
    number: int
    state: str
    media_type: str
    size: int = Field(description="Bytes")
    pages: int
    passages: int
    created_at: datetime
    published_at: datetime | None
    in_force_from: date | None = Field(description="First day in force")
    in_force_until: date | None = Field(description="Last day in force")
    in_force_sources: dict[str, Any] = Field(
        default={},
        description="Where `from` and `until` come from: {source, quote, page}; the source is person,"
        " properties, metadata, file_name, text or file_deleted",
    )
    error: ErrorDetail | None
    warnings: list[dict[str, Any]]


class DatesIn(Shape):
    """Dates in force; what is left out stays, null takes a date away."""

    in_force_from: date | None = None
    in_force_until: date | None = None


class ParagraphOut(Shape):
    """A paragraph of a version; `marks` are the [start, end) of what differs in it."""

    text: str
    page: int
    marks: list[tuple[int, int]]


class ChangeOut(Shape):
    """A paragraph that was added, removed, changed or moved."""

    kind: str
    old: ParagraphOut | None
    new: ParagraphOut | None


class DifferencesOut(Shape):
    """What changed between two versions, in the order of the new one."""

    old: VersionOut
    new: VersionOut
    counts: dict[str, int] = Field(description="How many were added, removed, changed, moved")
    changes: list[ChangeOut]


class DocumentCheckOut(Shape):
    """What a version was found to breach of its space's rule packs."""

    levels: dict[str, int] = Field(description="Findings by level: error, warning, info")
    waived: int
    could_not_run: int = Field(description="Rules that should have run and could not")
    packs: list[str]
    error: ErrorDetail | None = Field(description="Why it could not be checked")
    checked_at: datetime


class DocumentOut(Shape):
    """A document with its newest version; `current` is the number of the one that answers questions."""

    id: str
    name: str
    title: str
    space: str = Field(description="Name of its space")
    space_id: str
    current: int | None
    version: VersionOut
    created_at: datetime
    check: DocumentCheckOut | None = Field(
        default=None, description="Of that version; null where its space has no rule pack, or not yet"
    )


class DocumentList(Shape):
    """Documents, newest first."""

    documents: list[DocumentOut]
    total: int


class UploadAnswer(Shape):
    """What became of an upload. `duplicate`: nothing was done, the content is there already."""

    document: DocumentOut
    job: str | None
    duplicate: bool


class PlaceOut(Shape):
    """Where in its original a quote stands. `unit`, `first` and `last` are empty where its page is all
    that is known; `docs/documents.md` says how to find each place again."""

    kind: str = Field(description="page, sheet, slide or text")
    number: int = Field(description="The page's number in the records, from 1")
    name: str = Field(
        default="", description="The sheet's name, the slide's title, the attachment's file name"
    )
    unit: str = Field(default="", description="cells, row, paragraph, line, shape, notes, footnote, …")
    first: str = ""
    last: str = ""
    shown: str = Field(default="", description="All of it in English words")


class PageOut(Shape):
    """A page's text, as quotes are taken from it."""

    number: int
    kind: str = Field(description="page, sheet, slide or text")
    name: str
    label: str
    width: float = Field(description="Points")
    height: float = Field(description="Points")
    text: str
    source: str
    quality: float = Field(1.0, description="How far the text can be trusted: 0 to 1")
    hidden: dict[str, int] = Field(
        default={}, description="How much of the text nobody sees on the page, by reason; it is in no quote"
    )


class DuplicateOut(Shape):
    """A document of a group; `likeness` to the group's first, 1.0 for that one and for the same file."""

    document_id: str
    document: str
    space: str
    likeness: float


class DuplicateGroup(Shape):
    """Documents that are the same, or almost; the oldest first."""

    documents: list[DuplicateOut]


class DuplicatesOut(Shape):
    """The same files, and documents that say almost the same."""

    same: list[DuplicateGroup]
    alike: list[DuplicateGroup]

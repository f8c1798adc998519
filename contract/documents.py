"""Documents, their versions, pages and duplicates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from contract.base import ErrorDetail, Schema


class VersionOut(Schema):
    """A version of a document, and where it is on its way (stored, read, searchable, embedded, failed)."""

    id: str
    number: int
    state: str
    media_type: str
    size: int = Field(description="Bytes")
    sha256: str = Field(default="", description="Of the file as it was sent")
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


class DatesIn(Schema):
    """Dates in force; what is left out stays, null takes a date away."""

    in_force_from: date | None = None
    in_force_until: date | None = None


class ParagraphOut(Schema):
    """A paragraph of a version; `marks` are the [start, end) of what differs in it."""

    text: str
    page: int
    marks: list[tuple[int, int]]
    heading: str = Field(default="", description="The path of headings above it; empty where there is none")


class ChangeOut(Schema):
    """A paragraph that was added, removed, changed or moved."""

    kind: str
    old: ParagraphOut | None
    new: ParagraphOut | None


class DifferencesOut(Schema):
    """What changed between two versions, in the order of the new one."""

    old: VersionOut
    new: VersionOut
    counts: dict[str, int] = Field(description="How many were added, removed, changed, moved")
    changes: list[ChangeOut]


class DocumentCheckOut(Schema):
    """What a version was found to breach of its space's rule packs."""

    levels: dict[str, int] = Field(description="Findings by level: error, warning, info")
    waived: int
    could_not_run: int = Field(description="Rules that should have run and could not")
    packs: list[str]
    error: ErrorDetail | None = Field(description="Why it could not be checked")
    checked_at: datetime


class WarningOut(Schema):
    """What a person should know of a version's text: a part that was not read, hidden or doubtful text."""

    code: str
    message: str = Field(description="An English sentence that names what it is about")
    count: int
    names: list[str] = Field(default=[], description="Files, cells, parts or fonts; 50 at most")
    pages: list[int] = Field(default=[], description="Pages that it is about; 50 at most")


class DocumentOut(Schema):
    """A document with its newest version; `current` is the number of the one that answers questions."""

    id: str
    name: str
    title: str
    space: str = Field(description="Name of its space")
    space_id: str
    current: int | None
    version: VersionOut
    warnings: list[WarningOut] = Field(default=[], description="Of that version")
    created_at: datetime
    check: DocumentCheckOut | None = Field(
        default=None, description="Of that version; null where its space has no rule pack, or not yet"
    )


class DocumentList(Schema):
    """Documents, newest first."""

    documents: list[DocumentOut]
    total: int


class UploadAnswer(Schema):
    """What became of an upload. `duplicate`: nothing was done, the content is there already."""

    document: DocumentOut
    job: str | None
    duplicate: bool


class PlaceOut(Schema):
    """Where in its original a quote stands. `unit`, `first` and `last` are empty if its page is all
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


class PageCellOut(Schema):
    """A cell of a table's row: the row's text at [start, end), its column from 0, how many it goes over."""

    start: int
    end: int
    column: int
    span: int = 1
    names_row: bool = False


class PageBlockOut(Schema):
    """What a stretch of a page is: the page's text at [start, end)."""

    start: int
    end: int
    kind: str = Field(description="paragraph, heading, item, row, hidden or furniture")
    level: int = Field(default=0, description="Of headings and nested items, from 1; 0: not known")
    bold: bool = False
    label: str = Field(default="", description="An item's sign, where it is not in its text")
    header: bool = Field(default=False, description="A row that names the columns")
    cells: list[PageCellOut] = Field(default=[])
    unit: str = Field(default="", description="What `first` counts: paragraph, line, cells, …")
    first: str = ""


class PageOut(Schema):
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
    version: int = Field(default=0, description="The number of the version that it is of")
    version_id: str = ""
    blocks: list[PageBlockOut] = Field(
        default=[], description="What its text is made of, in order; asked for with `blocks`"
    )


class DuplicateOut(Schema):
    """A document of a group; `likeness` to the group's first, 1.0 for that one and for the same file."""

    document_id: str
    document: str
    space: str
    likeness: float


class DuplicateGroup(Schema):
    """Documents that are the same, or almost; the oldest first."""

    documents: list[DuplicateOut]


class DuplicatesOut(Schema):
    """The same files, and documents that say almost the same."""

    same: list[DuplicateGroup]
    alike: list[DuplicateGroup]


class PrintedVersionOut(Schema):
    """An Office file as it is printed: the size of each page in points, the page on which the quote stands
    (0: it was not found there) and its boxes. Without pages `why` says why: no_printer (LibreOffice is not
    installed), failed, no_paper (no Office file)."""

    pages: list[tuple[float, float]]
    quote_page: int
    boxes: list[tuple[float, float, float, float]]
    why: Literal["", "no_printer", "failed", "no_paper"]

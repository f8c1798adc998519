"""The shapes that the doors speak. Every field says what it is; the screens know nothing else."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from contract.values import Certainty, FeedbackReason


class Shape(BaseModel):
    """What all shapes have in common: a field that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid")


class ErrorDetail(Shape):
    """What went wrong: a stable code, a sentence with the fix, and the values in it."""

    code: str
    message: str
    values: dict[str, Any] = {}


class ErrorBody(Shape):
    """The one shape of every error."""

    error: ErrorDetail


class LinkAnswer(Shape):
    """The address of a one-time link."""

    address: str


class Me(Shape):
    """Who is signed in."""

    id: str
    name: str
    is_admin: bool
    source: str = Field(description="Who vouches for the person: local, oidc or ldap")
    manages: bool = Field(description="Whether they give rights in a space")


class SpaceOut(Shape):
    """A space that may be read."""

    id: str
    name: str
    writable: bool
    documents: int
    may_download: bool
    managed: bool
    administered: bool


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


class JobOut(Shape):
    """A piece of work: `done` of `total` (0: not known yet), in pages or passages."""

    id: str
    kind: str
    state: str
    document: str
    document_id: str
    done: int
    total: int
    attempts: int
    error: ErrorDetail | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds_left: float | None = Field(description="At the pace so far; null where it is not known")


class JobList(Shape):
    """Jobs, newest first; `total` is how many were asked for, `counts` how many of all are in each state."""

    jobs: list[JobOut]
    total: int
    counts: dict[str, int]


class PlaceOut(Shape):
    """Where in its original a quote stands. `unit`, `first` and `last` are empty where its page is all
    that is known; `docs/documents.md` says how to find each place again."""

    kind: str = Field(description="page, sheet, slide or text")
    number: int = Field(description="The page's number in the records, from 1")
    name: str = Field(description="The sheet's name, the slide's title, the attachment's file name")
    unit: str = Field(description="cells, row, paragraph, line, shape, notes, footnote, …")
    first: str
    last: str
    shown: str = Field(description="All of it in English words")


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


class MarksOut(Shape):
    """Where a search's words stand on a page, in the shapes of a citation's."""

    width: float = Field(description="Points")
    height: float = Field(description="Points")
    marks: list[tuple[int, int]] = Field(description="[start, end) in the page's text")
    boxes: list[tuple[float, float, float, float]]


class SearchHit(Shape):
    """A passage that was found."""

    document: str = Field(description="File name")
    document_id: str
    title: str
    space: str
    page: int
    last_page: int
    passage: str = Field(description="Its text")
    heading: str
    score: float
    place: PlaceOut | None = Field(description="Where it begins; null for what was read before places were")
    marks: list[tuple[int, int]] = Field(description="[start, end) of the query's words in the passage")
    version_id: str
    version: int
    media_type: str
    day: date = Field(description="Since when it is in force, else when it was uploaded")
    in_force_from: date | None
    in_force_until: date | None


class SearchAnswer(Shape):
    """Passages, best first."""

    hits: list[SearchHit]
    timings_ms: dict[str, float]


class AskRequest(Shape):
    """A question; `spaces` (ids) narrows where the answer is looked for. `follows` is the id of one's own
    question of before, of which this one may leave something out ("What about managers?"). `as_of`: the
    answer is what was in force on that day."""

    question: str
    spaces: list[str] | None = None
    follows: str | None = None
    as_of: date | None = Field(
        default=None, description="The day that is asked about; null: that of `follows`, or today"
    )
    stream: bool = True


class StretchOut(Shape):
    """A part of a quote: word for word the text of that page at [start, end)."""

    page: int
    start: int
    end: int
    text: str
    boxes: list[tuple[float, float, float, float]] = Field(
        description="Left, top, right, bottom in points from the page's upper left corner"
    )


class CitationOut(Shape):
    """A quote: one or more stretches of pages, each word for word. `page`, `start` and `end` are those of the
    first, `boxes` are all that stand on its page."""

    mark: int = Field(description="The number by which the answer's sentences cite it")
    document: str = Field(description="File name")
    document_id: str
    version_id: str
    title: str
    heading: str
    page: int
    quote: str = Field(description="The texts of its stretches, joined by a line's end")
    unit: str = Field(description="sentence, paragraph, list, section or rows")
    stretches: list[StretchOut]
    emphasis: list[tuple[int, int]] = Field(description="[start, end) of `quote`: the words that decide")
    start: int
    end: int
    boxes: list[tuple[float, float, float, float]] = Field(
        description="Left, top, right, bottom in points from the page's upper left corner"
    )
    page_width: float
    page_height: float
    source: str = Field(description="layer: the file's own text; ocr: recognised from a picture")
    ocr: bool = Field(description="Recognised from a picture: compare it with the page")
    place: PlaceOut
    score: float
    version: int = Field(description="The number of the version that is quoted")
    superseded: bool = Field(description="A newer version answers questions now")
    in_force_from: date | None
    in_force_until: date | None


class StruckOut(Shape):
    """A sentence of the model that did not pass the check, and why."""

    text: str
    flaw: str
    detail: str = ""


class FeedbackIn(Shape):
    """What the asker thought of an answer."""

    helpful: bool
    reason: FeedbackReason = Field(default=FeedbackReason.NONE, description="Why it did not help")
    comment: str = Field(default="", max_length=1000)


class FeedbackOut(Shape):
    """The opinion that is kept of an answer; the last one given counts."""

    helpful: bool
    reason: str
    comment: str
    given_at: datetime


class AnswerOut(Shape):
    """An answer. `status`: answered (by a model, checked), quoted (quotes alone) or not_found."""

    question_id: str
    question: str
    asked: str = Field(description="The question as it was looked up: a follow-up is made whole")
    status: str
    answer: str
    citations: list[CitationOut]
    nearest: list[CitationOut] = Field(
        default=[], description="Where nothing answers: the nearest that there is"
    )
    probability: float
    certainty: Certainty = Field(Certainty.NONE, description="sure, likely or maybe; empty where not found")
    struck: list[StruckOut]
    timings_ms: dict[str, float]
    model: str
    why: str = Field(description="Code of the reason why no model wrote, or empty")
    conflicts: list[tuple[int, int]] = Field([], description="Pairs of marks whose quotes do not agree")
    writing: dict[str, Any] = Field(default={}, description="The model's tokens, and what had no room")
    faq_id: str | None = Field(None, description="The approved answer that this is")
    language: str
    asked_at: datetime | None = None
    as_of: date | None = Field(default=None, description="The day that was asked about; null: that of asking")
    feedback: FeedbackOut | None = None


class QuestionList(Shape):
    """One's own questions, newest first."""

    questions: list[dict[str, Any]]


class Health(Shape):
    """Whether the back-end works, and what is not as it should be."""

    status: str
    version: str
    passages: int
    vectors: int
    chat_model: str
    chat_ready: bool
    embedder: str
    waiting: int = Field(description="Questions that hold or await the chat model")
    problems: list[str]


class GapIn(Shape):
    """To whom a question without an answer is told; `space` is an id or a name."""

    space: str
    note: str = Field(default="", max_length=1000, description="What the asker adds")


class GapOut(Shape):
    """A question that the documents do not answer, as those who keep a space read it."""

    id: str
    question: str
    space: str
    space_id: str
    asked_by: str
    note: str
    told_at: datetime
    closed_at: datetime | None


class GapList(Shape):
    """Newest first."""

    gaps: list[GapOut]


class SuggestionOut(Shape):
    """A heading of a document that may be read: something to ask about."""

    heading: str
    document: str = Field(description="File name")
    document_id: str
    title: str
    language: str


class SuggestionList(Shape):
    """One of each document before a second of any."""

    suggestions: list[SuggestionOut]


class UsageDay(Shape):
    """What was asked on one day, in the time zone of the computer that serves."""

    day: date
    questions: int
    people: int
    answered: int
    quoted: int
    not_found: int
    helpful: int
    not_helpful: int
    quotes_ms: float | None = Field(description="Median until the quotes were there; null: nothing asked")
    total_ms: float | None = Field(description="Median until the whole answer was there")


class UsageOut(Shape):
    """Every day of the span, the days without a question too; oldest first."""

    days: list[UsageDay]


class StoragePart(Shape):
    """How much one part of the library takes."""

    part: str = Field(description="originals, pictures, words, vectors, records, logs, models or other")
    bytes: int
    files: int


class StorageOut(Shape):
    """What the library takes on the disk, and what is left there."""

    parts: list[StoragePart]
    free_bytes: int
    total_bytes: int


class DuplicateOut(Shape):
    """A document of a group; `likeness` to the group's first, 1.0 for that one and for the same file."""

    document_id: str
    document: str
    space: str
    likeness: float


class GroupOut(Shape):
    """Documents that are the same, or almost; the oldest first."""

    documents: list[DuplicateOut]


class DuplicatesOut(Shape):
    """The same files, and documents that say almost the same."""

    same: list[GroupOut]
    alike: list[GroupOut]


class ReindexOut(Shape):
    """Passages that are searchable by words again, and the jobs that make their vectors anew."""

    passages: int
    jobs: list[str]

"""What the back-end tells the screens, as values. They mirror `contract/base.py`; fields that a newer
back-end adds are passed over, a field that is missing is an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Problem:
    """What went wrong with a document or a job: a code, the sentence in English, the values in it."""

    code: str
    message: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Me:
    """Who is signed in."""

    id: str
    name: str
    is_admin: bool
    source: str = "local"
    manages: bool = False


@dataclass(frozen=True)
class Space:
    """A space that may be read."""

    id: str
    name: str
    writable: bool
    documents: int
    may_download: bool = True
    managed: bool = False
    administered: bool = False


@dataclass(frozen=True)
class Version:
    """A version of a document; `state` is stored, read, searchable, embedded or failed."""

    id: str
    number: int
    state: str
    media_type: str
    size: int  # bytes
    pages: int
    passages: int
    created_at: datetime
    published_at: datetime | None = None
    in_force_from: date | None = None
    in_force_until: date | None = None
    error: Problem | None = None
    warnings: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Document:
    """A document with its newest version; `current` is the number of the one that answers questions."""

    id: str
    name: str
    title: str
    space: str
    space_id: str
    current: int | None
    version: Version
    created_at: datetime


@dataclass(frozen=True)
class Documents:
    """One part of the list of documents, and how many there are in all."""

    documents: list[Document]
    total: int


@dataclass(frozen=True)
class Uploaded:
    """What became of an upload."""

    document: Document
    job: str | None
    duplicate: bool


@dataclass(frozen=True)
class Job:
    """A piece of work: `done` of `total` (0: not known yet), in pages or passages."""

    id: str
    kind: str
    state: str
    document: str
    document_id: str
    done: int
    total: int
    attempts: int
    error: Problem | None
    created_at: datetime
    finished_at: datetime | None
    seconds_left: float | None = None  # at the pace so far, where the end is known


@dataclass(frozen=True)
class Page:
    """A page's text; width and height in points."""

    number: int
    label: str
    width: float
    height: float
    text: str
    source: str


@dataclass(frozen=True)
class Place:
    """Where in its original something stands: `kind` is page, sheet, slide or text."""

    kind: str
    number: int
    name: str = ""
    unit: str = ""
    first: str = ""
    last: str = ""


@dataclass(frozen=True)
class Hit:
    """A passage that a search found; `marks` are the [start, end) of the query's words in it."""

    document: str
    document_id: str
    title: str
    space: str
    page: int
    last_page: int
    passage: str
    heading: str
    score: float
    marks: list[tuple[int, int]]
    version_id: str
    version: int
    media_type: str
    day: date
    in_force_from: date | None
    in_force_until: date | None
    place: Place | None = None


@dataclass(frozen=True)
class Marks:
    """Where a search's words stand on a page, in its text and on its picture."""

    width: float
    height: float
    marks: list[tuple[int, int]]
    boxes: list[tuple[float, float, float, float]]


@dataclass(frozen=True)
class Found:
    """What a search found, best first."""

    hits: list[Hit]
    timings_ms: dict[str, float]


@dataclass(frozen=True)
class Stretch:
    """A part of a quote: that page's text at [start, end). Boxes as in `Citation`."""

    page: int
    start: int
    end: int
    text: str
    boxes: list[tuple[float, float, float, float]]


@dataclass(frozen=True)
class Citation:
    """A quote and its place. Boxes: left, top, right, bottom in points from the page's upper left corner."""

    mark: int
    document: str
    document_id: str
    version_id: str
    title: str
    heading: str
    page: int
    quote: str
    start: int
    end: int
    boxes: list[tuple[float, float, float, float]]
    page_width: float
    page_height: float
    source: str  # layer: the file's own text; ocr: recognised from a picture
    score: float
    version: int
    superseded: bool  # a newer version answers questions now
    in_force_from: date | None
    in_force_until: date | None
    place: Place
    ocr: bool = False
    unit: str = "sentence"  # sentence, paragraph, list, section or rows
    stretches: list[Stretch] = field(default_factory=list)
    emphasis: list[tuple[int, int]] = field(default_factory=list)  # [start, end) of the quote that decide


@dataclass(frozen=True)
class Quotes:
    """The first event of an answer: the evidence. `answers` False: these are only the nearest places."""

    question_id: str
    answers: bool
    probability: float
    language: str
    citations: list[Citation]
    timings_ms: dict[str, float]
    asked: str = ""  # the question as it was looked up: a follow-up is made whole
    certainty: str = ""  # sure, likely or maybe
    conflicts: list[tuple[int, int]] = field(default_factory=list)  # pairs of marks that do not agree


@dataclass(frozen=True)
class Waiting:
    """The place in the language model's queue, and the wait to be expected in seconds."""

    ahead: int
    seconds: float


@dataclass(frozen=True)
class Sentence:
    """A sentence of the model that passed the check."""

    text: str
    marks: list[int]


@dataclass(frozen=True)
class Struck:
    """A sentence of the model that did not pass, and the code of the reason."""

    text: str
    flaw: str
    detail: str = ""


@dataclass(frozen=True)
class Feedback:
    """What one thought of an answer; `reason` is a code, empty where it helped."""

    helpful: bool
    reason: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Answer:
    """A whole answer; the last event of a stream, or one of before."""

    question_id: str
    question: str
    status: str
    answer: str
    citations: list[Citation]
    probability: float
    struck: list[Struck]
    timings_ms: dict[str, float]
    model: str
    why: str
    language: str
    nearest: list[Citation] = field(default_factory=list)
    asked_at: datetime | None = None
    asked: str = ""
    conflicts: list[tuple[int, int]] = field(default_factory=list)
    feedback: Feedback | None = None
    as_of: date | None = None  # the day that was asked about
    certainty: str = ""


Event = Quotes | Waiting | Sentence | Struck | Answer


@dataclass(frozen=True)
class PastQuestion:
    """One's own question of before; `status` None where its answer never came."""

    id: str
    question: str
    asked_at: datetime
    status: str | None


@dataclass(frozen=True)
class Suggestion:
    """A heading of a document that may be read: something to ask about."""

    heading: str
    document: str
    title: str
    language: str


@dataclass(frozen=True)
class Gap:
    """A question without an answer, told to those who manage a space."""

    id: str
    question: str
    space: str
    asked_by: str
    note: str
    told_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class UsageDay:
    """What was asked on one day; the waits are medians in milliseconds."""

    day: date
    questions: int
    people: int
    answered: int
    quoted: int
    not_found: int
    helpful: int
    not_helpful: int
    quotes_ms: float | None
    total_ms: float | None


@dataclass(frozen=True)
class StoragePart:
    """How much one part of the library takes."""

    part: str
    bytes: int
    files: int


@dataclass(frozen=True)
class Storage:
    """What the library takes on the disk, and what is left there."""

    parts: list[StoragePart]
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class Health:
    """Whether the back-end works, and what is not as it should be."""

    status: str
    version: str
    passages: int
    vectors: int
    chat_model: str
    chat_ready: bool
    embedder: str
    waiting: int
    problems: list[str]

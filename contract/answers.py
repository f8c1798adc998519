"""Search, questions with their answers, what people think of them, and what one might ask."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from contract.base import Schema
from contract.copies import CopyBesideOut
from contract.documents import PlaceOut
from contract.overviews import OverviewOut, SummaryOut
from contract.values import Certainty, CopyStandingCode, FeedbackReason


class MarksOut(Schema):
    """Where a search's words stand on a page, as a citation has them."""

    width: float = Field(description="Points")
    height: float = Field(description="Points")
    marks: list[tuple[int, int]] = Field(description="[start, end) in the page's text")
    boxes: list[tuple[float, float, float, float]]


class SearchHit(Schema):
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
    place: PlaceOut | None = Field(description="Where it begins; null for documents read by an older version")
    marks: list[tuple[int, int]] = Field(description="[start, end) of the query's words in the passage")
    version_id: str
    version: int
    media_type: str
    day: date = Field(description="Since when it is in force, else when it was uploaded")
    in_force_from: date | None
    in_force_until: date | None


class SearchAnswer(Schema):
    """Passages, best first."""

    hits: list[SearchHit]
    widened: list[str] = Field(default=[], description="What was looked up beside the query's own words")
    timings_ms: dict[str, float]


class AskRequest(Schema):
    """A question; `spaces` (ids) narrows where the answer is looked for. `follows` is the id of your own
    earlier question, of which this one may leave something out ("What about managers?"). `as_of`: the
    answer is what was in force on that day."""

    question: str
    spaces: list[str] | None = Field(None, max_length=1000)
    follows: str | None = Field(None, max_length=200)
    as_of: date | None = Field(
        default=None, description="The day that is asked about; null: that of `follows`, or today"
    )
    stream: bool = True


class StretchOut(Schema):
    """A part of a quote: word for word the text of that page at [start, end)."""

    page: int
    start: int
    end: int
    text: str
    boxes: list[tuple[float, float, float, float]] = Field(
        description="Left, top, right, bottom in points from the page's upper left corner"
    )


class CitationOut(Schema):
    """A quote: one or more stretches of pages, each word for word. `page`, `start` and `end` are those of
    the first, `boxes` are all that stand on its page."""

    mark: int = Field(description="The number by which the answer's sentences cite it")
    document: str = Field(description="File name")
    document_id: str
    version_id: str
    title: str
    heading: str
    space: str = Field(default="", description="Name of its space")
    page: int
    quote: str = Field(description="The texts of its stretches, joined by a line's end")
    unit: str = Field(default="sentence", description="sentence, paragraph, list, section or rows")
    stretches: list[StretchOut] = Field(default=[], description="In reading order")
    emphasis: list[tuple[int, int]] = Field(
        default=[], description="[start, end) of `quote`: the words that decide; none where all of it does"
    )
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
    standing: CopyStandingCode = Field(
        default=CopyStandingCode.UNKNOWN,
        description="Among copies: valid or copy (decided), likely_valid or likely_copy; or empty",
    )
    copies: list[CopyBesideOut] = Field(
        default=[], description="Other copies of the document that say something else in its place"
    )


class ComputedCellOut(Schema):
    """A cell of a row that was computed with."""

    text: str
    used: bool = Field(description="One of the cells that the value comes from")


class ComputedOut(Schema):
    """What was computed from a table, never by a model: its rows are those of the first citation."""

    operation: str = Field(description="list, count, sum, mean, max, min, difference or ratio")
    value: str = Field(description="The answer in a few words, in the question's language")
    words: str = Field(description="How it comes about: which rows, and the arithmetic")
    table: str = Field(description="What the table is called; may be empty")
    columns: list[str]
    rows: list[list[ComputedCellOut]] = Field(description="The first of the rows that it comes from")
    row_count: int = Field(description="How many rows it comes from")
    sure: bool = Field(description="Nothing of the question was left over, and nothing was guessed")


class StruckOut(Schema):
    """A sentence of the model that did not pass the check, and why."""

    text: str
    flaw: str
    detail: str = ""


class FeedbackIn(Schema):
    """What the asker thought of an answer."""

    helpful: bool
    reason: FeedbackReason = Field(default=FeedbackReason.NONE, description="Why it did not help")
    comment: str = Field(default="", max_length=1000)


class FeedbackOut(Schema):
    """The stored opinion of an answer; the last one counts."""

    helpful: bool
    reason: str
    comment: str
    given_at: datetime


class OtherDayOut(Schema):
    """A document that is not in force today and that would answer, asked as of `day`."""

    document_id: str
    document: str
    title: str
    in_force_from: date | None
    in_force_until: date | None
    day: date


class ApprovalOut(Schema):
    """Who stands for an approved answer (empty: gone), and since when."""

    by: str
    at: datetime


class AnswerOut(Schema):
    """An answer. `status`: answered (by a model and checked, or, with `faq_id`, by a person), quoted (quotes
    alone) or not_found."""

    question_id: str
    question: str
    asked: str = Field(description="The question as it was looked up: a follow-up is made whole")
    status: str
    answer: str
    citations: list[CitationOut]
    nearest: list[CitationOut] = Field(default=[], description="If nothing answers: the nearest passages")
    probability: float
    certainty: Certainty = Field(
        default=Certainty.NONE, description="sure, likely or maybe; empty where nothing answers"
    )
    struck: list[StruckOut]
    timings_ms: dict[str, float]
    model: str
    why: str = Field(description="Code of the reason why no model wrote, or empty")
    conflicts: list[tuple[int, int]] = Field([], description="Pairs of marks whose quotes do not agree")
    widened: list[str] = Field(
        default=[], description="What was looked up beside the question's own words; empty for an earlier one"
    )
    other_days: list[OtherDayOut] = Field(
        default=[],
        description="Documents not in force today that would answer where nothing else does, or that the"
        " citations are of, shown as of their last day",
    )
    writing: dict[str, Any] = Field(default={}, description="The model's tokens, and what had no room")
    computed: ComputedOut | None = Field(default=None, description="What was computed from a table")
    faq_id: str | None = Field(None, description="The approved answer that this is")
    approved: ApprovalOut | None = Field(
        default=None, description="Of an approved answer: null where that is not known any more"
    )
    overview: OverviewOut | None = Field(
        default=None, description="How the citations stand in a summary, a comparison or cards of the records"
    )
    language: str
    asked_at: datetime | None = None
    left_out: int = Field(
        default=0, description="Quotes of documents that may not be read any more, or were erased"
    )
    as_of: date | None = Field(default=None, description="The day that was asked about; null: that of asking")
    feedback: FeedbackOut | None = None


class PastQuestionOut(Schema):
    """A past question of your own; `status` is null if it was never answered."""

    id: str
    question: str
    asked_at: datetime
    status: str | None


class QuestionList(Schema):
    """Your own questions, newest first."""

    questions: list[PastQuestionOut]


class GapIn(Schema):
    """The space (id or name) whose managers a question without an answer is reported to."""

    space: str
    note: str = Field(default="", max_length=1000, description="What the asker adds")


class GapOut(Schema):
    """A question that the documents do not answer, as the managers of a space read it."""

    id: str
    question: str
    space: str
    space_id: str
    asked_by: str
    note: str
    told_at: datetime
    closed_at: datetime | None
    reply: str = Field(default="", description="What its asker was told when it was closed")
    faq_id: str | None = Field(default=None, description="The approved answer, or draft, written for it")
    read_at: datetime | None = Field(default=None, description="When its asker saw that it was closed")


class GapReplyIn(Schema):
    """What the asker is told; may be empty."""

    reply: str = Field(default="", max_length=4000)


class GapList(Schema):
    """Newest first."""

    gaps: list[GapOut]


class SuggestionOut(Schema):
    """A heading of a document that may be read: something to ask about."""

    heading: str
    document: str = Field(description="File name")
    document_id: str
    title: str
    language: str


class SuggestionList(Schema):
    """One of each document before a second of any."""

    suggestions: list[SuggestionOut]


class QuotesOut(Schema):
    """The first event of an answer: the evidence. `answers` false: these are only the nearest places."""

    question_id: str
    asked: str = Field(default="", description="As it was looked up: a follow-up is made whole")
    answers: bool
    probability: float
    certainty: Certainty = Field(
        default=Certainty.NONE, description="sure, likely or maybe; empty where nothing answers"
    )
    language: str
    citations: list[CitationOut]
    conflicts: list[tuple[int, int]] = Field(default=[], description="Pairs of marks that do not agree")
    widened: list[str] = Field(default=[], description="What was looked up beside the question's own words")
    timings_ms: dict[str, float]
    computed: ComputedOut | None = None
    faq_id: str | None = None
    as_of: date | None = None
    overview: OverviewOut | None = None
    other_days: list[OtherDayOut] = Field(default=[], description="As in the whole answer")
    writing: bool = Field(
        default=False, description="Whether a language model now writes an answer from them"
    )


class WaitingOut(Schema):
    """An event: the place in the language model's queue, and the wait to be expected in seconds."""

    ahead: int
    seconds: float


class SentenceOut(Schema):
    """An event: a sentence of the model that passed the check."""

    text: str
    marks: list[int]


class DocumentSummaryOut(Schema):
    """A document's key facts: how they stand under its headings, and the quotes. `summary` null: there is
    nothing that can be quoted."""

    summary: SummaryOut | None
    citations: list[CitationOut]

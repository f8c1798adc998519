"""What is told while a question is answered, in its order: the quotes, the sentences, the whole answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from contract.values import Certainty
from core.models import AnswerStatus
from retrieval.answers.writing.generation import Sentence, Struck, Waiting
from retrieval.evidence.computed import ComputedFromTable
from retrieval.evidence.types import Quote
from retrieval.index.other_days import OtherDay
from retrieval.index.search import Hit
from retrieval.overview.types import Overview

ERASED = "document_erased"  # why an answer has no text: what it was written from is gone
COMPUTED = "computed"  # why no model wrote: the answer is a figure of a table, and no figure is a model's
CONFLICT = "conflict"  # why no model wrote: the documents do not agree, and no model decides who is right


@dataclass(frozen=True)
class Quotes:
    """The evidence, checked against the pages. `answers` is False where the documents do not answer:
    then the quotes are the nearest that there is. `asked` is the question as it was looked up, whole where
    it was a follow-up; `conflicts` are pairs of marks whose quotes do not agree."""

    question_id: str
    asked: str
    quotes: list[Quote]
    probability: float
    answers: bool
    language: str
    timings_ms: dict[str, float]
    conflicts: list[tuple[int, int]] = field(default_factory=list)
    faq_id: str | None = None  # the approved answer that these are the sources of
    as_of: date | None = None
    certainty: Certainty = Certainty.NONE
    widened: list[str] = field(default_factory=list)  # what it was looked up with beside its own words
    hits: list[Hit] = field(default_factory=list)  # the passages found, best first; none of a kept answer
    overview: Overview | None = None  # how the quotes stand in a summary, a table or cards of the records
    computed: ComputedFromTable | None = None  # its rows are the first quote
    other_days: list[OtherDay] = field(default_factory=list)  # what would answer, asked as of another day
    writing: bool = False  # a model now writes an answer from them


@dataclass(frozen=True)
class Done:
    """The whole answer as it was saved. `why` is an error's code where a model could not write it; `writing`
    counts its tokens and says what of the quotes and the conversation had no room."""

    question_id: str
    status: AnswerStatus
    text: str
    quotes: list[Quote]
    struck: list[dict[str, str]]
    timings_ms: dict[str, float]
    model: str
    why: str = ""
    writing: dict[str, Any] = field(default_factory=dict)
    faq_id: str | None = None
    overview: Overview | None = None
    computed: ComputedFromTable | None = None


Event = Quotes | Waiting | Sentence | Struck | Done

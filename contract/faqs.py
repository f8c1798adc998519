"""The shapes of approved answers at the doors."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from contract.base import Shape


class FaqSourceOut(Shape):
    """A quote that an approved answer rests on."""

    mark: int
    document: str
    document_id: str
    page: int
    start: int
    end: int
    quote: str


class FaqOut(Shape):
    """An answer for many. `state`: draft, approved, review or withdrawn; `reason`: why it is in review."""

    id: str
    space: str = Field(description="Name of its space")
    space_id: str
    question: str
    wordings: list[str] = Field(description="Other ways to ask it")
    answer: str
    language: str
    state: str
    reason: str
    owner: str = Field(description="Name of who stands for it")
    owner_id: str
    valid_until: date | None
    served: int = Field(description="How often it answered")
    sources: list[FaqSourceOut]
    created_at: datetime
    changed_at: datetime


class FaqList(Shape):
    """Answers for many, the latest change first."""

    faqs: list[FaqOut]


class FaqSourceIn(Shape):
    """A quote, word for word from that page; `start` tells which of several places is meant."""

    document_id: str
    page: int = Field(ge=1)
    start: int = Field(0, ge=0)
    quote: str = Field(max_length=4000)


class FaqIn(Shape):
    """An answer for many, as a person writes it."""

    question: str
    answer: str
    wordings: list[str] = Field([])
    valid_until: date | None = None
    owner_id: str = Field("", description="Empty: who writes it")
    sources: list[FaqSourceIn] = Field([])


class NewFaq(FaqIn):
    """An answer for many in a space (id or name)."""

    space: str


class CandidateOut(Shape):
    """A question that failed people: nothing answered it, or the answer was of no use."""

    question: str
    language: str
    people: int
    unanswered: int
    unhelpful: int
    last_asked: datetime


class CandidateList(Shape):
    """Candidates for an approved answer, the most wanted first."""

    candidates: list[CandidateOut]


class FaqProblem(Shape):
    """A row of a table that was not taken in."""

    line: int
    problem: str


class FaqImport(Shape):
    """What became of a table: the drafts that it gave, and the rows that it did not."""

    added: list[str] = Field(description="Ids of the new drafts")
    problems: list[FaqProblem]

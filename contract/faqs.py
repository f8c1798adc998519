"""Approved answers, their sources, and candidates for new ones."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from contract.base import Schema


class FaqSourceOut(Schema):
    """A quote that an approved answer rests on."""

    mark: int
    document: str
    document_id: str
    page: int
    start: int
    end: int
    quote: str


class FaqOut(Schema):
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
    owner: str = Field(description="Name of the person responsible for it")
    owner_id: str
    valid_until: date | None
    served: int = Field(description="How often it answered")
    approved_by: str = Field(default="", description="Name of who approved it; empty: nobody yet, or gone")
    approved_at: datetime | None = None
    sources: list[FaqSourceOut]
    created_at: datetime
    changed_at: datetime


class FaqList(Schema):
    """Answers for many, the latest change first."""

    faqs: list[FaqOut]


class FaqSourceIn(Schema):
    """A quote, word for word from that page; `start` says which of several places is meant."""

    document_id: str
    page: int = Field(ge=1)
    start: int = Field(0, ge=0)
    quote: str = Field(max_length=4000)


class FaqIn(Schema):
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
    gap: str = Field(
        default="", description="Id of a reported question that it answers: approving it closes that one too"
    )


class SourceSearch(Schema):
    """A text that a source is looked for with: a question, or an answer as a person wrote it."""

    text: str
    spaces: list[str] | None = Field(None, max_length=1000, description="Ids; null: every one you read")


class CandidateOut(Schema):
    """A question without an answer, or whose answer did not help."""

    question: str
    language: str
    people: int
    unanswered: int
    unhelpful: int
    last_asked: datetime
    space_id: str = Field(default="", description="Where most of the nearest places lie; may be empty")


class CandidateList(Schema):
    """Candidates for an approved answer, the most wanted first."""

    candidates: list[CandidateOut]


class FaqProblem(Schema):
    """A row of a table that was not taken in."""

    line: int
    problem: str


class FaqImport(Schema):
    """What became of a table: the drafts that were made, and the rows that were not taken in."""

    added: list[str] = Field(description="Ids of the new drafts")
    problems: list[FaqProblem]

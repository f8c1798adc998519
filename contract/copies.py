"""Copies of one document: which is likely valid and why, what was decided, where they differ; and what the
keeper of a space should look at."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from contract.base import Schema
from contract.values import CopyReasonCode, CopyStandingCode


class CopyReasonOut(Schema):
    """What speaks for or against a copy; `value` is the word or the day that gives it."""

    code: CopyReasonCode
    value: str


class CopyDifferenceOut(Schema):
    """[start, end) of the quote; what the other copy says in its place, word for word, and its page (null
    and empty: it lacks that). `changes`: [start, end) of the quote and [start, end) of `text` that differ."""

    start: int
    end: int
    page: int | None
    text: str
    changes: list[tuple[int, int, int, int]]


class CopyBesideOut(Schema):
    """Another copy of a quoted document that says something else in place of the quote."""

    document: str = Field(description="File name")
    document_id: str
    version_id: str
    title: str
    space: str
    standing: CopyStandingCode = Field(description="valid, likely_valid, copy, likely_copy or empty")
    reasons: list[CopyReasonOut]
    differences: list[CopyDifferenceOut]


class CopyDecidedOut(Schema):
    """What was decided of a document. `valid_id` null: it holds by itself, beside its copies."""

    valid_id: str | None
    by: str = Field(description="Empty: gone")
    at: datetime


class CopyMemberOut(Schema):
    """One of several copies, with what speaks for and against it."""

    document_id: str
    document: str = Field(description="File name, with its folders")
    title: str
    likeness: float = Field(description="To the oldest of its group, 0 to 1; estimated")
    in_force_from: date | None
    in_force_until: date | None
    added: date
    reasons: list[CopyReasonOut]
    decided: CopyDecidedOut | None


class CopyGroupOut(Schema):
    """Documents that say almost the same, likeliest valid first. `likely`: id of the one that is proposed;
    null where nothing tells them apart. `open`: a decision is missing for one of them."""

    likely: str | None
    open: bool
    copies: list[CopyMemberOut]


class CopiesOut(Schema):
    """The groups of a space, as far as you may read its documents."""

    groups: list[CopyGroupOut]


class CopyDecisionIn(Schema):
    """`valid` is the id of the copy that holds, null where each holds by itself; `copies` are all of them."""

    valid: str | None = Field(default=None, max_length=200)
    copies: list[str] = Field(max_length=200)


class ListedDocument(Schema):
    """A document in a list."""

    document_id: str
    document: str = Field(description="File name")
    title: str


class SaidOut(ListedDocument):
    """What a document says, word for word, and on which page."""

    page: int
    text: str


class ContradictionOut(Schema):
    """Two documents that give different values for what seems to be the same."""

    one: SaidOut
    other: SaidOut


class SuccessorOut(Schema):
    """A document that still answers, and another that seems to follow it."""

    older: ListedDocument
    newer: ListedDocument
    reason: CopyReasonOut


class UpkeepOut(Schema):
    """What the keeper of a space should look at. `unasked`: no answer quoted them for `unasked_days` days,
    of those answers that are still kept."""

    overlapping: list[CopyGroupOut]
    contradicting: list[ContradictionOut]
    outdated: list[SuccessorOut]
    unasked: list[ListedDocument]
    unasked_days: int

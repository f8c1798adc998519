"""The audit log, retention rules, legal holds and erasures."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from contract.base import Schema
from contract.values import Held, PersonalKind, RetentionKind


class AuditEntryOut(Schema):
    """Who did what, when, to what. `user` is empty if the account is gone."""

    number: int
    at: datetime
    user_id: str
    user: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


class VerificationOut(Schema):
    """Whether the log is unchanged, and if not, from which entry on."""

    whole: bool
    entries: int
    checkpoints: int
    broken_entry: int | None
    broken_checkpoint: int | None
    key: str = Field(description="Public key of the checkpoints, Ed25519, hexadecimal")


class CheckpointOut(Schema):
    """A signature over the log's end; `signed` is the text that was signed."""

    number: int
    at: datetime
    hash: str
    key: str
    signature: str
    signed: str


class RetentionRuleOut(Schema):
    """For how many days something is kept; `space` is set for documents."""

    id: str
    kind: str
    space_id: str
    space: str
    days: int


class NewRule(Schema):
    """`superseded` and `expired` are for a space (name or id), `questions` and `audit` for all."""

    kind: RetentionKind
    days: int = Field(ge=1, le=36_500)
    space: str = Field("", max_length=200)


class HoldOut(Schema):
    """A legal hold in force."""

    id: str
    kind: str
    subject_id: str
    reason: str
    placed_by: str
    placed_at: datetime


class NewHold(Schema):
    """A space or person (name or id) or a document (id) that must not be erased, and why."""

    kind: Held
    subject: str = Field(max_length=200)
    reason: str = Field(max_length=500)


class NewErasure(Schema):
    """A document (id) or a person (name or id)."""

    kind: Literal["document", "user"]
    subject: str = Field(max_length=200)


class ErasureOut(Schema):
    """A certificate of erasure."""

    id: str
    at: datetime
    by: str
    kind: str
    subject_id: str
    certificate: dict[str, Any]


class PersonalDataChoice(Schema):
    """Whether a space's documents are looked through for personal data."""

    on: bool


class PersonalDatumOut(Schema):
    """A place that looks like personal data. `shown` is its text with all but its ends hidden."""

    document_id: str
    document: str = Field(description="File name")
    title: str
    version: int
    answers: bool = Field(description="This version answers questions today")
    page: int
    kind: PersonalKind
    shown: str


class PersonalDataOut(Schema):
    """What a space's documents seem to hold: a warning, and never a promise that there is no other."""

    on: bool
    since: datetime | None
    found: list[PersonalDatumOut] = Field(description="The first 1,000, by document")
    more: int

"""The shapes of the log, of what is kept, and of erasures at the doors."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from contract.base import Shape
from contract.values import Held, Kept


class AuditEntryOut(Shape):
    """Who did what, when, to what. `user` is empty where the account is gone."""

    number: int
    at: datetime
    user_id: str
    user: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


class VerificationOut(Shape):
    """Whether the log is as it was written, and if not, from where on."""

    whole: bool
    entries: int
    checkpoints: int
    broken_entry: int | None
    broken_checkpoint: int | None
    key: str = Field(description="Public key of the checkpoints, Ed25519, hexadecimal")


class CheckpointOut(Shape):
    """A signature over the log's end; `signed` is the text that was signed."""

    number: int
    at: datetime
    hash: str
    key: str
    signature: str
    signed: str


class RetentionRuleOut(Shape):
    """So many days something is kept; `space` is set for documents."""

    id: str
    kind: str
    space_id: str
    space: str
    days: int


class NewRule(Shape):
    """`superseded` and `expired` are of a space (name or id), `questions` and `audit` of the whole."""

    kind: Kept
    days: int = Field(ge=1, le=36_500)
    space: str = Field("", max_length=200)


class HoldOut(Shape):
    """A legal hold that was not lifted."""

    id: str
    kind: str
    subject_id: str
    reason: str
    placed_by: str
    placed_at: datetime


class NewHold(Shape):
    """A space or person (name or id) or a document (id) that must not be erased, and why."""

    kind: Held
    subject: str = Field(max_length=200)
    reason: str = Field(max_length=500)


class NewErasure(Shape):
    """A document (id) or a person (name or id)."""

    kind: Literal["document", "user"]
    subject: str = Field(max_length=200)


class ErasureOut(Shape):
    """A certificate of erasure."""

    id: str
    at: datetime
    by: str
    kind: str
    subject_id: str
    certificate: dict[str, Any]

"""The shapes of the log, of what is kept, and of erasures at the doors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from api.schemas import _Shape as Shape


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

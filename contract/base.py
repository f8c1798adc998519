"""What all schemas have in common, and the one schema of every error."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    """What all schemas have in common: an unknown field is refused."""

    model_config = ConfigDict(extra="forbid")


class ErrorDetail(Schema):
    """What went wrong: a stable code, a sentence with the fix, and the values in it."""

    code: str
    message: str
    values: dict[str, Any] = {}


class ErrorBody(Schema):
    """The one schema of every error."""

    error: ErrorDetail

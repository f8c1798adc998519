"""What all shapes have in common, and the one shape of every error."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """What all shapes have in common: a field that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid")


class ErrorDetail(Shape):
    """What went wrong: a stable code, a sentence with the fix, and the values in it."""

    code: str
    message: str
    values: dict[str, Any] = {}


class ErrorBody(Shape):
    """The one shape of every error."""

    error: ErrorDetail

"""Work on its way."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from contract.base import ErrorDetail, Shape


class JobOut(Shape):
    """A piece of work: `done` of `total` (0: not known yet), in pages or passages."""

    id: str
    kind: str
    state: str
    document: str
    document_id: str
    done: int
    total: int
    attempts: int
    error: ErrorDetail | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds_left: float | None = Field(description="At the pace so far; null where it is not known")


class JobList(Shape):
    """Jobs, newest first; `total` is how many were asked for, `counts` how many of all are in each state."""

    jobs: list[JobOut]
    total: int
    counts: dict[str, int]

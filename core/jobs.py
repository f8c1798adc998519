"""The list of work to be done: enqueued in the caller's transaction, claimed by one worker at a time.

A worker that dies leaves its job RUNNING; `give_back` at the next start makes it WAITING again. After
`MOST_ATTEMPTS` it fails with the last error instead of being tried for ever.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from core.models import Job, JobState, now

MOST_ATTEMPTS = 3


def enqueue(session: Session, kind: str, subject_id: str, space_id: str) -> Job:
    """A new waiting job, visible to workers when the caller's transaction commits."""
    job = Job(kind=kind, subject_id=subject_id, space_id=space_id)
    session.add(job)
    session.flush()
    return job


def claim(session: Session, kind: str) -> Job | None:
    """The oldest waiting job of that kind, now RUNNING and this worker's; None where nothing waits."""
    job = session.scalar(
        select(Job)
        .where(Job.state == JobState.WAITING, Job.kind == kind)
        .order_by(Job.created_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if job is not None:
        job.state, job.started_at, job.attempts = JobState.RUNNING, now(), job.attempts + 1
    return job


def give_back(session: Session) -> int:
    """Make every RUNNING job WAITING again: its worker is gone. Returns how many."""
    result = session.execute(update(Job).where(Job.state == JobState.RUNNING).values(state=JobState.WAITING))
    return int(cast(CursorResult[Any], result).rowcount)


def give_back_one(session: Session, job_id: str) -> None:
    """Make a RUNNING job WAITING again; one that was cancelled meanwhile stays so."""
    session.execute(
        update(Job).where(Job.id == job_id, Job.state == JobState.RUNNING).values(state=JobState.WAITING)
    )


def finish(session: Session, job_id: str, state: JobState, *, code: str = "", message: str = "") -> None:
    """Write down how a RUNNING job ended."""
    session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.RUNNING)
        .values(
            state=state,
            finished_at=now(),
            error_code=code or None,
            error_message=message or None,
        )
    )


def progress(session: Session, job_id: str, done: int, total: int) -> bool:
    """Write down how far a job is, in pages. False when a person has cancelled it meanwhile."""
    result = session.execute(
        update(Job).where(Job.id == job_id, Job.state == JobState.RUNNING).values(done=done, total=total)
    )
    return bool(cast(CursorResult[Any], result).rowcount)

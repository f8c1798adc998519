"""The list of work to be done: enqueued in the caller's transaction, claimed by one worker at a time.

A worker that dies leaves its jobs RUNNING; `give_back` at the next start makes them WAITING again. A job
that stumbled `MOST_ATTEMPTS` times, or whose worker died `MOST_DEATHS` times, fails instead of being tried
for ever.

A worker may die for reasons that no file has (a power cut, too little memory, kill -9), and then everything
in its hands looks guilty. So an attempt that got further than those before it begins the count anew, and a
job that was in hand at several deaths is tried last and alone: what dies there again was the reason.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, case, func, select, update
from sqlalchemy.orm import Session

from contract.values import JobState
from core.errors import WorkerDied
from core.models import Job, now

log = logging.getLogger("shoko.jobs")
IDLE_SECONDS = 0.5  # between two looks at an empty list, and after a stumble
MOST_ATTEMPTS = 3
MOST_DEATHS = 5
SUSPECT = 2  # attempts that came to nothing, from which on a job is tried last and alone


def work(once: Callable[[], bool], stopping: threading.Event) -> None:
    """Call `once`, which says whether there was work, until `stopping` is set. No fault of it ends that."""
    while not stopping.is_set():
        try:
            if not once():
                stopping.wait(IDLE_SECONDS)
        except Exception:  # a worker must outlive any fault; it is in the log
            log.exception("a worker stumbled; it goes on")
            stopping.wait(IDLE_SECONDS)


def enqueue(session: Session, kind: str, subject_id: str, space_id: str, *, ahead: bool = False) -> Job:
    """A new waiting job, visible to workers when the caller's transaction commits. One that somebody waits
    for goes `ahead` of the others."""
    job = Job(kind=kind, subject_id=subject_id, space_id=space_id, ahead=ahead)
    session.add(job)
    session.flush()
    return job


def claim(session: Session, kind: str) -> Job | None:
    """The oldest waiting job of that kind, of those that somebody waits for first, now RUNNING and this
    worker's; None where nothing waits. Those that came to nothing several times come after all others."""
    job = session.scalar(
        select(Job)
        .where(Job.state == JobState.WAITING, Job.kind == kind)
        .order_by(case((Job.attempts >= SUSPECT, 1), else_=0), Job.ahead.desc(), Job.created_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if job is not None:
        job.state, job.started_at, job.attempts = JobState.RUNNING, now(), job.attempts + 1
    return job


def is_suspect(job: Job) -> bool:
    """Whether a claimed job came to nothing so often before that nothing else should be in hand beside it."""
    return job.attempts > SUSPECT


def give_back(session: Session) -> list[Job]:
    """Make every RUNNING job WAITING again: its worker is gone. Returns those that FAILED instead, because
    that was their last attempt."""
    held = list(session.scalars(select(Job).where(Job.state == JobState.RUNNING)))
    error = WorkerDied(times=MOST_DEATHS)
    for job in held:
        job.state = JobState.WAITING
        if job.attempts >= MOST_DEATHS:
            job.state, job.finished_at = JobState.FAILED, now()
            job.error_code, job.error_message = error.code, str(error)
    return [job for job in held if job.state == JobState.FAILED]


def give_back_one(session: Session, job_id: str, *, failed: bool) -> None:
    """Make a RUNNING job WAITING again; one that was cancelled meanwhile stays so. It counts as an attempt
    where it `failed`, and not where it gave way or was stopped."""
    session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.RUNNING)
        .values(state=JobState.WAITING, attempts=Job.attempts - (0 if failed else 1))
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
    further = case((Job.done < done, 1), else_=Job.attempts)
    result = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.RUNNING)
        .values(attempts=further, done=done, total=total)
    )
    return bool(cast(CursorResult[Any], result).rowcount)


@dataclass(frozen=True)
class JobCount:
    """How many jobs of a kind are in a state."""

    kind: str
    state: str
    count: int


def states(session: Session) -> list[JobCount]:
    """How many jobs there are, by kind and state."""
    rows = session.execute(select(Job.kind, Job.state, func.count()).group_by(Job.kind, Job.state))
    return [JobCount(kind, str(state), count) for kind, state, count in rows]


def oldest_waiting(session: Session) -> datetime | None:
    """When the oldest job that waits was put on the list; None where nothing waits."""
    return session.scalar(select(func.min(Job.created_at)).where(Job.state == JobState.WAITING))

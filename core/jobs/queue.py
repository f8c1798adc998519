"""The list of work to be done: enqueued in the caller's transaction, claimed by one worker at a time.

A worker that dies leaves its jobs RUNNING; `give_back` makes them WAITING again: at the next start, or, where
several processes work, when the dead one's heartbeat is missed (`core.jobs.processes`). A job
that stumbled `MOST_ATTEMPTS` times, or whose worker died `MOST_DEATHS` times, fails instead of being tried
for ever.

A worker may die for reasons that no file has (a power cut, too little memory, kill -9), and then everything
in its hands looks guilty. So an attempt that got further than those before it begins the count anew, and a
job that was in hand at several deaths is tried last and alone: what dies there again was the reason.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, case, func, or_, select, true, update
from sqlalchemy.orm import Session

from contract.values import JobState
from core.errors import WorkerDied
from core.models import Job, now

IDLE_SECONDS = 0.5  # between two looks at an empty list, and after a stumble
MOST_ATTEMPTS = 3
MOST_DEATHS = 5
SUSPECT = 2  # attempts that came to nothing, from which on a job is tried last and alone
NOWHERE = ""  # the process of a job that any may take


@dataclass
class Taker:
    """In whose name jobs are claimed: the process's id among those that share the records. It changes where
    the others took this process for dead, and what it claimed before is no longer its own then."""

    id: str = NOWHERE


def enqueue(
    session: Session, kind: str, subject_id: str, space_id: str, *, ahead: bool = False, only: str = NOWHERE
) -> Job:
    """A new waiting job, visible to workers when the caller's transaction commits. One that somebody waits
    for goes `ahead` of the others; `only`: the one process that can do it, since it alone has a password."""
    job = Job(kind=kind, subject_id=subject_id, space_id=space_id, ahead=ahead, only=only or None)
    session.add(job)
    session.flush()
    return job


def pin(session: Session, subject_id: str, only: str) -> None:
    """Let that process alone carry out what waits to be done with that subject: it alone has its password."""
    waits = (Job.subject_id == subject_id, Job.state == JobState.WAITING)
    session.execute(update(Job).where(*waits).values(only=only or None))


def claim(
    session: Session, kind: str, taker: Taker | None = None, stages: Collection[str] | None = None
) -> Job | None:
    """The oldest waiting job of that kind, of those that somebody waits for first, now RUNNING and the
    taker's; None where nothing waits. Those that came to nothing several times come after all others.

    `stages`: of those alone that are so far along, and of those that are for this process only.
    """
    mine = taker.id if taker is not None else NOWHERE
    wanted: ColumnElement[bool] = Job.only.is_(None) if stages is None else and_(
        Job.only.is_(None), Job.stage.in_(stages)
    )  # fmt: skip
    job = session.scalar(
        select(Job)
        .where(Job.state == JobState.WAITING, Job.kind == kind, or_(wanted, Job.only == mine))
        .order_by(case((Job.attempts >= SUSPECT, 1), else_=0), Job.ahead.desc(), Job.created_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if job is not None:
        job.state, job.started_at, job.attempts = JobState.RUNNING, now(), job.attempts + 1
        job.worker_id = mine or None
    return job


def is_suspect(job: Job) -> bool:
    """Whether a claimed job came to nothing so often before that nothing else should be in hand beside it."""
    return job.attempts > SUSPECT


def give_back(session: Session, workers: Collection[str] | None = None) -> list[Job]:
    """Make every RUNNING job WAITING again whose worker is gone: of those processes, or, at the start of the
    only one, all. Returns those that FAILED instead, because that was their last attempt."""
    unknown = Job.worker_id.is_(None)  # it was claimed when one process was alone
    of_the_gone = true() if workers is None else or_(unknown, Job.worker_id.in_(workers))
    held = list(session.scalars(select(Job).where(Job.state == JobState.RUNNING, of_the_gone)))
    only = true() if workers is None else Job.only.in_(workers)
    session.execute(  # whoever takes it says that the password is asked for again
        update(Job).where(Job.only.is_not(None), only, Job.state == JobState.WAITING).values(only=None)
    )
    error = WorkerDied(times=MOST_DEATHS)
    for job in held:
        job.state, job.worker_id, job.only = JobState.WAITING, None, None
        if job.attempts >= MOST_DEATHS:
            job.state, job.finished_at = JobState.FAILED, now()
            job.error_code, job.error_message = error.code, str(error)
    return [job for job in held if job.state == JobState.FAILED]


def _held(job_id: str, worker: str | None) -> ColumnElement[bool]:
    """That the job is in work, and, where it is said by whom, still that process's."""
    running = and_(Job.id == job_id, Job.state == JobState.RUNNING)
    return running if worker is None else and_(running, Job.worker_id == worker)


def give_back_one(session: Session, job_id: str, *, failed: bool, worker: str | None = None) -> None:
    """Make a RUNNING job WAITING again; one that was cancelled meanwhile stays so. It counts as an attempt
    where it `failed`, and not where it gave way or was stopped."""
    session.execute(
        update(Job)
        .where(_held(job_id, worker))
        .values(state=JobState.WAITING, worker_id=None, attempts=Job.attempts - (0 if failed else 1))
    )


def pass_on(session: Session, job_id: str, stage: str, *, worker: str | None = None) -> None:
    """Make a RUNNING job WAITING for whoever does what comes next: it is as far as that stage now."""
    session.execute(
        update(Job)
        .where(_held(job_id, worker))
        .values(state=JobState.WAITING, worker_id=None, attempts=0, stage=stage)
    )


def finish(
    session: Session,
    job_id: str,
    state: JobState,
    *,
    code: str = "",
    message: str = "",
    worker: str | None = None,
) -> bool:
    """Write down how a RUNNING job ended. False where it is not that worker's any more, or was cancelled."""
    result = session.execute(
        update(Job)
        .where(_held(job_id, worker))
        .values(
            state=state,
            finished_at=now(),
            error_code=code or None,
            error_message=message or None,
        )
    )
    return bool(cast(CursorResult[Any], result).rowcount)


def progress(session: Session, job_id: str, done: int, total: int, *, worker: str | None = None) -> bool:
    """Write down how far a job is, in pages. False when a person has cancelled it meanwhile, or it was given
    to another worker."""
    further = case((Job.done < done, 1), else_=Job.attempts)
    result = session.execute(
        update(Job).where(_held(job_id, worker)).values(attempts=further, done=done, total=total)
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

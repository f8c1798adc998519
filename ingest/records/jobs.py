"""Work on documents: list it, look at a job, cancel it, try it again. Nothing here carries a job out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from contract.values import JobState
from core import jobs
from core.access import Access, may_read, space_to_write
from core.audit import record
from core.errors import NotFound
from core.models import Document, Job, Version, VersionState, now
from ingest.uploads import CHECK, EMBED, INGEST, retry


@dataclass(frozen=True)
class DocumentJob:
    """A job with the version and the document that it works on."""

    job: Job
    version: Version
    document: Document


@dataclass(frozen=True)
class JobPage:
    """Jobs, newest first; `total` counts what the filters chose, `counts` all readable jobs by state."""

    jobs: list[DocumentJob]
    total: int
    counts: dict[str, int]


@dataclass(frozen=True)
class Backlog:
    """What is to be done still, over the whole library: documents to read and to be found by meaning,
    passages that are found by their words alone so far; and those of versions that are not in force."""

    reading: int
    embedding: int
    without_vectors: int
    older_passages: int


def backlog(session: Session) -> Backlog:
    """In figures that name no document."""
    open_jobs = select(Job.kind, func.count()).where(Job.state.in_([JobState.WAITING, JobState.RUNNING]))
    waiting = {row[0]: row[1] for row in session.execute(open_jobs.group_by(Job.kind))}
    in_force = Document.current_version_id == Version.id
    rows = session.execute(
        select(in_force, Version.state, func.sum(Version.passages))
        .join(Document, Document.id == Version.document_id)
        .where(Version.state.in_([VersionState.SEARCHABLE, VersionState.EMBEDDED]))
        .group_by(in_force, Version.state)
    ).all()
    return Backlog(
        reading=waiting.get(INGEST, 0),
        embedding=waiting.get(EMBED, 0),
        without_vectors=sum(int(count) for _, state, count in rows if state == VersionState.SEARCHABLE),
        older_passages=sum(int(count) for current, _, count in rows if not current),
    )


def _readable(access: Access) -> Select[Job, Version, Document]:
    return (
        select(Job, Version, Document)
        .join(Version, Version.id == Job.subject_id)
        .join(Document, Document.id == Version.document_id)
        .where(may_read(access))
    )


def listed(
    access: Access,
    session: Session,
    *,
    state: JobState | None = None,
    kind: str | None = None,
    document_id: str | None = None,
    job_ids: Collection[str] | None = None,
    limit: int,
) -> JobPage:
    """The jobs on documents that may be read, chosen by whatever is given."""
    query = _readable(access).order_by(Job.created_at.desc(), Job.id)
    if state is not None:
        query = query.where(Job.state == state)
    if kind is not None:
        query = query.where(Job.kind == kind)
    if document_id is not None:
        query = query.where(Document.id == document_id)
    if job_ids is not None:
        query = query.where(Job.id.in_(job_ids))
    by_state = _readable(access).with_only_columns(Job.state, func.count()).group_by(Job.state)
    counts = {str(job_state): count for job_state, count in session.execute(by_state)}
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    return JobPage(
        jobs=[DocumentJob(*row) for row in session.execute(query.limit(limit))],
        total=total,
        counts={str(job_state): counts.get(job_state, 0) for job_state in JobState},
    )


def one(access: Access, session: Session, job_id: str) -> DocumentJob:
    """That job. Raises NotFound."""
    row = session.execute(_readable(access).where(Job.id == job_id)).one_or_none()
    if row is None:
        raise NotFound(what="job", name=job_id)
    return DocumentJob(*row)


def cancel(access: Access, session: Session, job_id: str) -> DocumentJob:
    """Cancel a job that waits or runs; any other stays as it is. Raises NotFound or NotPermitted."""
    cancelled = one(access, session, job_id)
    job, document = cancelled.job, cancelled.document
    space_to_write(access, session, document.space_id)
    if job.state in (JobState.WAITING, JobState.RUNNING):
        job.state, job.finished_at = JobState.CANCELLED, now()
        record(session, access.user_id, "job.cancelled", job_id, document=document.id)
    return cancelled


def try_again(access: Access, session: Session, job_id: str) -> DocumentJob:
    """A new job in place of one that failed or was cancelled. Raises NotFound, NotPermitted or BadValue."""
    old = one(access, session, job_id)
    space_id = old.document.space_id
    if old.job.kind == CHECK:
        space_to_write(access, session, space_id)
        new = jobs.enqueue(session, CHECK, old.version.id, space_id)
    else:
        new = retry(access, session, old.version, space_id)
    return DocumentJob(new, old.version, old.document)

"""Work on its way: list, look at, cancel, try again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import Select, func, select

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from api.routes.documents.documents import error_out
from contract.base import ErrorDetail
from contract.jobs import JobList, JobOut
from contract.values import JobState
from core.access import Access, may_read, space_to_write
from core.audit import record
from core.errors import NotFound
from core.jobs import enqueue
from core.models import Document, Job, Version, now
from ingest.uploads import CHECK, retry

router = APIRouter(tags=["jobs"], responses=REFUSALS)


def _select(access: Access) -> Select[Job, Version, Document]:
    return (
        select(Job, Version, Document)
        .join(Version, Version.id == Job.subject_id)
        .join(Document, Document.id == Version.document_id)
        .where(may_read(access))
    )


def _out(job: Job, version: Version, document: Document) -> JobOut:
    error: ErrorDetail | None = None
    if job.error_code:
        error = error_out(version.error_code, version.error_values) or ErrorDetail(
            code=job.error_code, message=job.error_message or job.error_code
        )
    return JobOut(
        id=job.id, kind=job.kind, state=job.state, document=document.name, document_id=document.id,
        done=job.done, total=job.total, attempts=job.attempts, error=error, created_at=job.created_at,
        started_at=job.started_at, finished_at=job.finished_at, seconds_left=seconds_left(job),
    )  # fmt: skip


def seconds_left(job: Job) -> float | None:
    """At the pace so far; None where there is no pace yet or no known end."""
    if job.state != JobState.RUNNING or not job.done or not job.total or job.started_at is None:
        return None
    return round((now() - job.started_at).total_seconds() / job.done * max(0, job.total - job.done), 1)


@router.get("/api/jobs", summary="Work on the documents that you may read")
def list_jobs(
    library: LibraryDep,
    access: AccessDep,
    state: Annotated[JobState | None, Query(description="Only jobs in this state")] = None,
    kind: Annotated[str | None, Query(description="ingest or embed", max_length=32)] = None,
    document: Annotated[str | None, Query(description="Id of a document", max_length=16)] = None,
    job: Annotated[list[str] | None, Query(alias="id", description="Ids of jobs", max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> JobList:
    """Newest first; the counts are those of all jobs."""
    query = _select(access).order_by(Job.created_at.desc(), Job.id).limit(limit)
    if state is not None:
        query = query.where(Job.state == state)
    if kind is not None:
        query = query.where(Job.kind == kind)
    if document is not None:
        query = query.where(Document.id == document)
    if job is not None:
        query = query.where(Job.id.in_(job))
    counting = (
        select(Job.state, func.count())
        .join(Version, Version.id == Job.subject_id)
        .join(Document, Document.id == Version.document_id)
        .where(may_read(access))
        .group_by(Job.state)
    )
    with library.sessions.read() as session:
        counts = {str(one): count for one, count in session.execute(counting)}
        total = select(func.count()).select_from(query.limit(None).order_by(None).subquery())
        return JobList(
            jobs=[_out(*row) for row in session.execute(query)],
            total=session.scalar(total) or 0,
            counts={str(one): counts.get(one, 0) for one in JobState},
        )


@router.get("/api/jobs/{job_id}", summary="One job")
def read(library: LibraryDep, access: AccessDep, job_id: str) -> JobOut:
    """Where it is."""
    with library.sessions.read() as session:
        row = session.execute(_select(access).where(Job.id == job_id)).one_or_none()
    if row is None:
        raise NotFound(what="job", name=job_id)
    return _out(*row)


@router.delete("/api/jobs/{job_id}", summary="Cancel a job")
def cancel(library: LibraryDep, access: AccessDep, job_id: str) -> JobOut:
    """A waiting job is not begun; a running one stops after its next batch. What is done stays."""
    with library.sessions.write() as session:
        row = session.execute(_select(access).where(Job.id == job_id)).one_or_none()
        if row is None:
            raise NotFound(what="job", name=job_id)
        space_to_write(access, session, row[2].space_id)
        if row[0].state in (JobState.WAITING, JobState.RUNNING):
            row[0].state, row[0].finished_at = JobState.CANCELLED, now()
            record(session, access.user_id, "job.cancelled", job_id, document=row[2].id)
        return _out(*row)


@router.post("/api/jobs/{job_id}/retry", summary="Try a failed or cancelled job again")
def try_again(library: LibraryDep, access: AccessDep, job_id: str) -> JobOut:
    """Puts its version on the list of work once more; answers with the new job."""
    with library.sessions.write() as session:
        row = session.execute(_select(access).where(Job.id == job_id)).one_or_none()
        if row is None:
            raise NotFound(what="job", name=job_id)
        job, version, document = row
        if job.kind == CHECK:
            space_to_write(access, session, document.space_id)
            return _out(enqueue(session, CHECK, version.id, document.space_id), version, document)
        return _out(retry(access, session, version, document.space_id), version, document)

"""Jobs on documents: list, look at, cancel, try again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from api.render import error_out, seconds_left
from contract.base import ErrorDetail
from contract.jobs import JobList, JobOut
from contract.values import JobState
from ingest.records import jobs
from ingest.records.jobs import DocumentJob

router = APIRouter(tags=["jobs"], responses=REFUSALS)


def _out(listed: DocumentJob) -> JobOut:
    job, version, document = listed.job, listed.version, listed.document
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


@router.get("/api/jobs", summary="Jobs on the documents that you may read")
def list_jobs(
    library: LibraryDep,
    access: AccessDep,
    state: Annotated[JobState | None, Query(description="Only jobs in this state")] = None,
    kind: Annotated[str | None, Query(description="ingest or embed", max_length=32)] = None,
    document: Annotated[str | None, Query(description="Id of a document", max_length=16)] = None,
    job: Annotated[list[str] | None, Query(alias="id", description="Ids of jobs", max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> JobList:
    """Newest first; `counts` are over all jobs, whatever the filters."""
    with library.sessions.read() as session:
        page = jobs.listed(
            access, session, state=state, kind=kind, document_id=document, job_ids=job, limit=limit
        )
    return JobList(jobs=[_out(listed) for listed in page.jobs], total=page.total, counts=page.counts)


@router.get("/api/jobs/{job_id}", summary="One job")
def read(library: LibraryDep, access: AccessDep, job_id: str) -> JobOut:
    """Its state, how far it is, and what went wrong."""
    with library.sessions.read() as session:
        return _out(jobs.one(access, session, job_id))


@router.delete("/api/jobs/{job_id}", summary="Cancel a job")
def cancel(library: LibraryDep, access: AccessDep, job_id: str) -> JobOut:
    """A waiting job is not started; a running one stops after its current batch. What is done stays."""
    with library.sessions.write() as session:
        return _out(jobs.cancel(access, session, job_id))


@router.post("/api/jobs/{job_id}/retry", summary="Try a failed or cancelled job again")
def try_again(library: LibraryDep, access: AccessDep, job_id: str) -> JobOut:
    """Queues its version again; the answer is the new job."""
    with library.sessions.write() as session:
        return _out(jobs.try_again(access, session, job_id))

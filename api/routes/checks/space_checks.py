"""Whole spaces against their packs: check every document, read the figures, accept what is known."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import AccessDep, LanguageQuery, LibraryDep
from api.downloads import download_headers
from api.errors import REFUSALS
from api.render import check_out, document_check_out, error_out, seconds_left
from checks.findings import Level
from checks.reports.forms import MEDIA_TYPES, SUFFIXES, written
from checks.reports.forms import ReportForm as ReportForm
from checks.service.checker import cancel, newest_job, start
from checks.service.space_packs import listed
from checks.service.space_reports import (
    checked_documents,
    department_of,
    forget_baseline,
    outcomes,
    set_baseline,
    stored_report,
    summary,
)
from contract.checks import (
    BaselineOut,
    CheckedDocumentList,
    CheckedDocumentOut,
    CheckOut,
    DepartmentOut,
    RuleTallyOut,
    SpaceCheckOut,
    SpaceJobOut,
)
from core import access as access_rules
from core.access import Access
from core.audit import record
from core.models import Document, Job, VersionCheck
from operations.library import Library

router = APIRouter(tags=["checks"], responses=REFUSALS)


def _job(job: Job) -> SpaceJobOut:
    error = error_out(job.error_code, {}) if job.error_code else None
    if error is not None and job.error_message:
        error.message = job.error_message
    return SpaceJobOut(
        id=job.id, state=job.state, done=job.done, total=job.total, error=error, created_at=job.created_at,
        finished_at=job.finished_at, seconds_left=seconds_left(job),
    )  # fmt: skip


def _space(library: Library, access: Access, name: str) -> SpaceCheckOut:
    with library.sessions.read() as session:
        space = access_rules.space(access, session, name)
        figures = summary(access, session, space.id)
        job = newest_job(session, space.id)
        packs = listed(access, session, space.id)
    return SpaceCheckOut(
        space=space.name,
        space_id=space.id,
        packs=[pack.name for pack in packs],
        job=_job(job) if job is not None else None,
        documents=figures.documents,
        checked=figures.checked,
        unreadable=figures.unreadable,
        unchecked=figures.documents - figures.checked - figures.unreadable,
        waived=figures.waived,
        levels=figures.levels,
        rules=[RuleTallyOut.model_validate(vars(tally)) for tally in figures.rules],
        departments=[DepartmentOut.model_validate(vars(department)) for department in figures.departments],
    )


@router.get("/api/spaces/{space}/check", summary="The findings of a space in figures")
def read(library: LibraryDep, access: AccessDep, space: str) -> SpaceCheckOut:
    """By rule, department and severity, over the documents that you may read; and how far a check of the
    whole space is."""
    return _space(library, access, space)


@router.post("/api/spaces/{space}/check", summary="Check a whole space", status_code=202)
def check_space(library: LibraryDep, access: AccessDep, space: str) -> SpaceCheckOut:
    """For its managers. Every version in force is checked by the space's packs, one after another, while
    people go on asking; GET reports its progress. No model is used: judged rules say so."""
    with library.sessions.write() as session:
        start(access, session, space)
    return _space(library, access, space)


@router.delete("/api/spaces/{space}/check", summary="Stop the check of a space")
def cancel_check(library: LibraryDep, access: AccessDep, space: str) -> SpaceCheckOut:
    """For its managers. What has been checked stays."""
    with library.sessions.write() as session:
        cancel(access, session, space)
    return _space(library, access, space)


@router.get("/api/spaces/{space}/check/documents", summary="The checked documents of a space")
def documents(
    library: LibraryDep,
    access: AccessDep,
    space: str,
    rule: Annotated[str | None, Query(description="Only with findings of this rule")] = None,
    level: Annotated[Level | None, Query(description="Only with findings of this level")] = None,
    department: Annotated[str | None, Query(description="Only of this one")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> CheckedDocumentList:
    """Those that you may read, most errors first; those without a check come last."""
    with library.sessions.read() as session:
        shelf = access_rules.space(access, session, space)
        checked = checked_documents(access, session, shelf.id, rule=rule, level=level, department=department)
    return CheckedDocumentList(
        documents=[_document(check, document) for check, document in checked[offset : offset + limit]],
        total=len(checked),
    )


def _document(check: VersionCheck | None, document: Document) -> CheckedDocumentOut:
    figures = document_check_out(check) if check is not None else None
    return CheckedDocumentOut(
        document_id=document.id,
        document=document.name,
        department=department_of(document.name),
        levels=figures.levels if figures else {},
        waived=figures.waived if figures else 0,
        could_not_run=figures.could_not_run if figures else 0,
        error=figures.error if figures else None,
        checked_at=figures.checked_at if figures else None,
    )


@router.get(
    "/api/spaces/{space}/check/report",
    summary="The report on a space",
    response_class=Response,
    responses={200: {"content": {"*/*": {}}, "description": "The report, as a download"}},
)
def report(
    library: LibraryDep,
    access: AccessDep,
    space: str,
    form: Annotated[ReportForm, Query(description="html, json, sarif or junit")] = ReportForm.HTML,
    language: LanguageQuery = "en",
) -> Response:
    """Over the documents that you may read: bars by rule and department, then each document."""
    with library.sessions.read() as session:
        shelf = access_rules.space(access, session, space)
        checked = outcomes(access, session, library.files, shelf.id, language)
    content = written(form, checked, language, library.limits)
    name = f"{shelf.name}-check{SUFFIXES[form]}"
    return Response(content, media_type=MEDIA_TYPES[form], headers=download_headers(name))


@router.put("/api/spaces/{space}/baseline", summary="Accept the findings of a space as known")
def put_baseline(library: LibraryDep, access: AccessDep, space: str) -> BaselineOut:
    """For its managers: from now on only new findings of its documents are reported."""
    with library.sessions.write() as session:
        shelf = access_rules.space_to_manage(access, session, space)
        count = set_baseline(session, shelf.id)
        record(session, access.user_id, "baseline.set", shelf.id, findings=count)
    return BaselineOut(findings=count)


@router.delete(
    "/api/spaces/{space}/baseline", summary="Report all findings of a space again", status_code=204
)
def remove_baseline(library: LibraryDep, access: AccessDep, space: str) -> None:
    """For its managers."""
    with library.sessions.write() as session:
        shelf = access_rules.space_to_manage(access, session, space)
        forget_baseline(session, shelf.id)
        record(session, access.user_id, "baseline.removed", shelf.id)


@router.get("/api/documents/{document_id}/findings", summary="The stored findings of a document")
def findings(
    library: LibraryDep,
    access: AccessDep,
    document_id: str,
    version: Annotated[str | None, Query(description="Id; else the version in force", max_length=16)] = None,
    language: LanguageQuery = "en",
    rule: Annotated[list[str] | None, Query(description="Only findings of these rules")] = None,
    level: Annotated[list[Level] | None, Query(description="Only findings of these levels")] = None,
) -> CheckOut:
    """As it was checked when it was uploaded, or with its space; 404 if it was not. Without pages: a check of
    the document has those."""
    with library.sessions.read() as session:
        row, stored = stored_report(access, session, document_id, version)
    out = check_out(stored, language)
    out.document_id, out.created_at = document_id, row.checked_at
    out.can_fix, out.reports, out.fixable = False, [], 0
    out.findings = [
        finding
        for finding in out.findings
        if (not rule or finding.rule in rule) and (not level or finding.level in level)
    ]
    return out

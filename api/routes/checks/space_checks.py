"""Whole spaces against their packs: check them all, look at the figures, take what there is as known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import undefer

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from api.routes.administration.jobs import seconds_left
from api.routes.checks.checks import Spoken, check_shape, download
from api.routes.documents.documents import check_out, error_out
from checks.findings import Level
from checks.reports.forms import MEDIA_TYPES, SUFFIXES, written
from checks.reports.forms import Form as ReportForm
from checks.service.checker import cancel, newest_job, start
from checks.service.folders import FileOutcome
from checks.service.space_reports import (
    department_of,
    error_of,
    forget_baseline,
    readable_checks,
    set_baseline,
    shown,
    stored_report,
    summary,
    unpacked,
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
from core.models import Job, SpacePack, VersionCheck
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
        found = summary(access, session, space.id)
        job = newest_job(session, space.id)
        packs = select(SpacePack.name).where(SpacePack.space_id == space.id).order_by(SpacePack.name)
        return SpaceCheckOut(
            space=space.name,
            space_id=space.id,
            packs=list(session.scalars(packs)),
            job=_job(job) if job is not None else None,
            documents=found.documents,
            checked=found.checked,
            unreadable=found.unreadable,
            unchecked=found.documents - found.checked - found.unreadable,
            waived=found.waived,
            levels=found.levels,
            rules=[RuleTallyOut.model_validate(vars(one)) for one in found.rules],
            departments=[DepartmentOut.model_validate(vars(one)) for one in found.departments],
        )


@router.get("/api/spaces/{space}/check", summary="What is found in a space")
def read(library: LibraryDep, access: AccessDep, space: str) -> SpaceCheckOut:
    """By rule, department and severity, over the documents that you may read; and how far a check of the
    whole space is."""
    return _space(library, access, space)


@router.post("/api/spaces/{space}/check", summary="Check a whole space", status_code=202)
def check_space(library: LibraryDep, access: AccessDep, space: str) -> SpaceCheckOut:
    """For its managers. Every version in force is checked by the space's packs, one after another, while
    people go on asking; GET tells how far it is. No model is asked: judged rules say so."""
    with library.sessions.write() as session:
        start(access, session, space)
    return _space(library, access, space)


@router.delete("/api/spaces/{space}/check", summary="Stop the check of a space")
def cancel_check(library: LibraryDep, access: AccessDep, space: str) -> SpaceCheckOut:
    """For its managers. What was checked stays."""
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
    """That you may read, most errors first; those that were not checked yet come last."""
    with library.sessions.read() as session:
        found = access_rules.space(access, session, space)
        rows = session.execute(readable_checks(access, found.id)).all()
    chosen = [
        (check, document)
        for check, _, document in rows
        if (rule is None or (check is not None and rule in check.rules))
        and (level is None or (check is not None and check.levels.get(level)))
        and (department is None or department_of(document.name) == department)
    ]
    chosen.sort(key=lambda one: (_order(one[0]), one[1].name))
    return CheckedDocumentList(
        documents=[
            _document(check, document.id, document.name)
            for check, document in chosen[offset : offset + limit]
        ],
        total=len(chosen),
    )


def _order(check: VersionCheck | None) -> tuple[bool, Any]:
    if check is None:
        return True, ()
    return False, tuple(-check.levels.get(level, 0) for level in ("error", "warning", "info"))


def _document(check: VersionCheck | None, document_id: str, name: str) -> CheckedDocumentOut:
    known = check_out(check) if check is not None else None
    return CheckedDocumentOut(
        document_id=document_id,
        document=name,
        department=department_of(name),
        levels=known.levels if known else {},
        waived=known.waived if known else 0,
        could_not_run=known.could_not_run if known else 0,
        error=known.error if known else None,
        checked_at=known.checked_at if known else None,
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
    language: Spoken = "en",
) -> Response:
    """Over the documents that you may read: bars by rule and department, then each document."""
    outcomes = []
    with library.sessions.read() as session:
        found = access_rules.space(access, session, space)
        query = readable_checks(access, found.id).options(undefer(VersionCheck.report))
        for check, version, document in session.execute(query):
            if check is None:
                continue
            path, place = library.files.path(version.sha256), department_of(document.name)
            if check.report is None:
                outcomes.append(FileOutcome(Path(document.name), error=error_of(check), department=place))
                continue
            told = shown(session, check, unpacked(check.report)).spoken(language)
            outcomes.append(FileOutcome(path, told, department=place))
    content = written(form, outcomes, language, library.limits)
    name = f"{found.name}-check{SUFFIXES[form]}"
    return Response(content, media_type=MEDIA_TYPES[form], headers=download(name))


@router.put("/api/spaces/{space}/baseline", summary="Take what is found in a space as known")
def put_baseline(library: LibraryDep, access: AccessDep, space: str) -> BaselineOut:
    """For its managers: from now on only new findings of its documents are told."""
    with library.sessions.write() as session:
        found = access_rules.space_to_manage(access, session, space)
        count = set_baseline(session, found.id)
        record(session, access.user_id, "baseline.set", found.id, findings=count)
    return BaselineOut(findings=count)


@router.delete("/api/spaces/{space}/baseline", summary="Tell everything in a space again", status_code=204)
def remove_baseline(library: LibraryDep, access: AccessDep, space: str) -> None:
    """For its managers."""
    with library.sessions.write() as session:
        found = access_rules.space_to_manage(access, session, space)
        forget_baseline(session, found.id)
        record(session, access.user_id, "baseline.removed", found.id)


@router.get("/api/documents/{document_id}/findings", summary="What a document was found to breach")
def findings(
    library: LibraryDep,
    access: AccessDep,
    document_id: str,
    version: Annotated[str | None, Query(description="Id; else the version in force", max_length=16)] = None,
    language: Spoken = "en",
    rule: Annotated[list[str] | None, Query(description="Only findings of these rules")] = None,
    level: Annotated[list[Level] | None, Query(description="Only findings of these levels")] = None,
) -> CheckOut:
    """As it was checked when it came, or with its space; 404 where it was not. Without pages: a check of the
    document gives those."""
    with library.sessions.read() as session:
        row, told = stored_report(access, session, document_id, version)
    out = check_shape(None, told, language)
    out.document_id, out.created_at = document_id, row.checked_at
    out.can_fix, out.reports, out.fixable = False, [], 0
    out.findings = [
        one for one in out.findings if (not rule or one.rule in rule) and (not level or one.level in level)
    ]
    return out

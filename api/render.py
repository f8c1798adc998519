"""Records as the schemas of the contract: what more than one route answers with."""

from __future__ import annotations

from typing import Any

from checks.findings import CheckReport, Finding, grouped
from checks.reports.forms import forms_for
from checks.service.pages import page_of
from checks.service.settling import MENDED, Choice, around, can_be_fixed, progress, settled_of
from contract.answers import FeedbackOut
from contract.base import ErrorDetail
from contract.checks import (
    CheckOut,
    ChosenFindings,
    FindingGroupOut,
    FindingOut,
    Language,
    RuleOut,
    UnverifiedOut,
)
from contract.documents import DocumentCheckOut, VersionOut, WarningOut
from contract.values import JobState
from core.errors import ShokoError, restored
from core.models import Check, Feedback, Job, Version, VersionCheck, now
from ingest.left_out import sentence_of


def error_out(code: str | None, values: dict[str, Any] | None) -> ErrorDetail | None:
    """A stored error with its sentence."""
    if not code:
        return None
    error = restored(code, values)
    return ErrorDetail(code=code, message=str(error) if error else code, values=values or {})


def error_values(error: Exception) -> dict[str, Any]:
    """The fields of an `error` event, for a stream that has begun: no status can be sent any more."""
    if isinstance(error, ShokoError):
        return {"code": error.code, "message": str(error), "values": error.values}
    unknown = ShokoError()
    return {"code": unknown.code, "message": str(unknown), "values": {"kind": type(error).__name__}}


def version_out(version: Version) -> VersionOut:
    """A version of a document."""
    return VersionOut(
        id=version.id,
        number=version.number,
        state=version.state,
        media_type=version.media_type,
        size=version.size,
        sha256=version.sha256,
        pages=version.pages,
        passages=version.passages,
        created_at=version.created_at,
        published_at=version.published_at,
        in_force_from=version.in_force_from,
        in_force_until=version.in_force_until,
        in_force_sources=version.in_force_sources,
        error=error_out(version.error_code, version.error_values),
        warnings=version.warnings,
    )


def warnings_out(version: Version) -> list[WarningOut]:
    """What a person should know of a version's text."""
    return [
        WarningOut(
            code=str(warning.get("code", "")), message=sentence_of(warning),
            count=int(warning.get("count", 0)),
            names=list(warning.get("names", ())), pages=list(warning.get("pages", ())),
        )
        for warning in version.warnings
    ]  # fmt: skip


def document_check_out(check: VersionCheck) -> DocumentCheckOut:
    """The stored check of a version, in figures."""
    return DocumentCheckOut(
        levels=check.levels, waived=check.waived, packs=check.packs, checked_at=check.checked_at,
        could_not_run=sum(state[2] == "could_not_run" for state in check.states.values()),
        error=error_out(check.error_code, check.error_values),
    )  # fmt: skip


def finding_out(finding: Finding, number: int = 0, page: int = 0) -> FindingOut:
    """A finding under its number in the report, on that page of the document; 0: it has none."""
    return FindingOut(**finding.as_dict(), number=number, shown_place=finding.place.shown(), page=page)


def check_out(report: CheckReport, language: Language, check: Check | None = None) -> CheckOut:
    """A report in that language, with what is known of its `check` if that is kept."""
    report = report.spoken(language)
    entries = check.settled if check is not None else []
    states, how_far = settled_of(entries), progress(report, entries)

    def of_page(finding: Finding, number: int = 0) -> FindingOut:
        out = finding_out(finding, number, page_of(report.document, finding.place))
        if (state := states.get(finding.fingerprint)) in ("accepted", "ignored"):
            out.state = state
        if finding.fix is not None:
            out.can_fix = report.document.format in MENDED and can_be_fixed(finding)
            out.before, out.after = around(report, finding)
        return out

    return CheckOut(
        document=report.document.name,
        format=str(report.document.format),
        pack=report.pack,
        doctypes=list(report.doctypes),
        findings=[of_page(finding, number) for number, finding in enumerate(report.findings, start=1)],
        rules=[RuleOut.model_validate(rule.as_dict()) for rule in report.rules],
        waived=[of_page(finding) for finding in report.waived],
        unverified=[UnverifiedOut.model_validate(opinion) for opinion in report.unverified],
        notes=list(report.document.notes),
        groups=[FindingGroupOut.model_validate(group.as_dict()) for group in grouped(report.findings)],
        id=check.id if check is not None else "",
        document_id=check.document_id if check is not None else None,
        created_at=check.created_at if check is not None else None,
        expires_at=check.expires_at if check is not None else None,
        total=len(report.findings),
        levels=report.levels(),
        fixable=sum(finding.fix is not None and finding.fix_is_safe for finding in report.findings),
        can_fix=report.document.format in MENDED,
        reports=[str(form) for form in forms_for(report.document.format)],
        fixes=check.fixes if check is not None else 0,
        settled=how_far.done,
        to_settle=how_far.total,
    )


def choice_in(order: ChosenFindings) -> Choice | None:
    """The findings that a request names; None where it names none."""
    choice = Choice(tuple(order.findings), tuple(order.fingerprints), tuple(order.rules))
    return choice or None


def feedback_out(feedback: Feedback) -> FeedbackOut:
    """What the asker thought of an answer."""
    return FeedbackOut(
        helpful=feedback.helpful,
        reason=feedback.reason,
        comment=feedback.comment,
        given_at=feedback.given_at,
    )


def seconds_left(job: Job) -> float | None:
    """At the pace so far; None while there is no pace yet, or no known end."""
    if job.state != JobState.RUNNING or not job.done or not job.total or job.started_at is None:
        return None
    return round((now() - job.started_at).total_seconds() / job.done * max(0, job.total - job.done), 1)

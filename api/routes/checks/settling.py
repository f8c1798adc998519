"""Findings of a kept check, one after another: accept or ignore them, see what a fix would change, and take
the file with the fixes that were chosen."""

from __future__ import annotations

from pathlib import PurePath

from fastapi import APIRouter
from fastapi.responses import FileResponse

from api.deps import AccessDep, LanguageQuery, LibraryDep, LongWork
from api.downloads import original_file
from api.errors import REFUSALS
from api.render import check_out, choice_in
from checks.service.settling import previews
from contract.checks import CheckOut, FixesIn, FixPreviewOut, SettleIn
from core.errors import BadValue

router = APIRouter(tags=["checks"], responses=REFUSALS)


@router.post("/api/checks/{check_id}/settled", summary="Accept or ignore findings of a check")
def settle(
    library: LibraryDep, access: AccessDep, check_id: str, order: SettleIn, language: LanguageQuery = "en"
) -> CheckOut:
    """One, several, or all of a rule; `open` takes it back. `settled` of `to_settle` says how far you are. It
    stays with the check, and with one that is made `after` it or of its mended copy."""
    choice = choice_in(order)
    if choice is None:
        fix = "Name findings, fingerprints or rules."
        raise BadValue(name="findings", problem="none are chosen", fix=fix)
    how = None if order.state == "open" else order.state
    kept = library.checks.settle(access, check_id, choice, how)
    return check_out(kept.report, language, kept.check)


@router.get("/api/checks/{check_id}/fixes", summary="What each fix would change")
def preview(library: LibraryDep, access: AccessDep, check_id: str) -> list[FixPreviewOut]:
    """Every fix that can be made, with the text around it; those that are not `safe` are made only where they
    are chosen."""
    return [
        FixPreviewOut(
            finding=each.number, fingerprint=each.finding.fingerprint, rule=each.finding.rule,
            shown_place=each.finding.place.shown(), before=each.before, quote=each.finding.quote,
            fix=each.finding.fix or "", after=each.after, safe=each.safe,
        )
        for each in previews(library.checks.find(access, check_id).report)
    ]  # fmt: skip


@router.post(
    "/api/checks/{check_id}/fixed-file",
    summary="The file with the fixes that are chosen",
    response_class=FileResponse,
    dependencies=[LongWork],
)
def fixed_file(
    library: LibraryDep, access: AccessDep, check_id: str, order: FixesIn | None = None
) -> FileResponse:
    """As `fixes`, and the file itself as the answer; its check is named in the header `X-Check`."""
    order = order or FixesIn()
    check, _, _ = library.checks.mended(access, check_id, tracked=order.tracked, choice=choice_in(order))
    kept = library.checks.find(access, check.id, download=True)
    name = PurePath(kept.check.name)
    answer = original_file(kept.path, f"{name.stem}-fixed{name.suffix}")
    answer.headers["X-Check"] = check.id
    return answer

"""Checks: a file that is sent, or a document of the library, against rule packs; what was found page by page,
reports, mended copies and waivers. What is sent is kept for a short time, for its sender alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.responses import FileResponse
from sqlalchemy import select

from api.deps import AccessDep, LibraryDep, LongWork, png
from api.errors import REFUSALS
from checks.document.document import DocumentFormat
from checks.findings import Finding, Level, Report
from checks.packs.loading import load_packs, shipped
from checks.packs.waivers import Waiver, baseline_text, load_baseline, load_waivers, waivers_text
from checks.reports.forms import MEDIA_TYPES, SUFFIXES, forms_for, written
from checks.reports.forms import Form as ReportForm
from checks.service.fixes import MENDED
from checks.service.folders import Outcome
from checks.service.pages import PageView, page_boxes, page_of, page_text, page_views
from checks.service.received_files import MOST_PACK, pack_alone, plain_name, received, take
from checks.service.saved_checks import FILE, Kept, Rules, version_to_check
from checks.service.space_packs import name_of
from checks.service.space_packs import written as pack_file
from contract.checks import (
    CheckOut,
    FindingOut,
    FixesIn,
    FixesOut,
    KeptCheckOut,
    Language,
    PageBoxOut,
    PageDetailOut,
    PageViewOut,
    RuleOut,
    TextPieceOut,
    UnverifiedOut,
    WaiverIn,
)
from core import access as access_rules
from core.access import Access
from core.errors import BadValue, NotFound
from core.models import Check, SpacePack
from operations.library import Library

router = APIRouter(tags=["checks"], responses=REFUSALS)
MOST_LIST = 2**20  # bytes of waivers or a baseline that are sent

Spoken = Annotated[Language, Query(description="Of the messages")]


@router.post("/api/checks", summary="Check a file that is sent", dependencies=[LongWork])
def check_file(
    library: LibraryDep,
    access: AccessDep,
    file: Annotated[UploadFile, File(description="The document")],
    pack: Annotated[list[str] | None, Form(description="Names or ids from GET /api/packs")] = None,
    rules: Annotated[UploadFile | None, File(description="A pack of your own: YAML, CSV or TSV")] = None,
    language: Annotated[Language, Form(description="Of the messages")] = "en",
    waivers: Annotated[UploadFile | None, File(description="A YAML list of waivers")] = None,
    baseline: Annotated[UploadFile | None, File(description="Findings that were there before")] = None,
    keep: Annotated[
        bool, Form(description="Keep the file and its report for a short time, for you alone")
    ] = True,
) -> CheckOut:
    """The file and its report are kept until `expires_at`, for who sent it alone, so that pages, reports and
    a mended copy can be asked for by `id`; with `keep` false they are gone when this is answered."""
    name = plain_name(file.filename or "")
    with library.checks.making() as folder:
        take(file.file, folder / FILE, name, library.settings.upload_limit_mb * 2**20)
        chosen = _rules(library, access, folder, pack or [], rules, waivers, baseline)
        report = library.checks.checked(access, folder / FILE, name, chosen.pack)
        if keep:
            library.checks.keep(access, folder, report, chosen)
            kept = library.checks.find(access, folder.name)
            return check_shape(kept.check, kept.report, language)
        return check_shape(None, library.checks.shown(chosen, report), language)


@router.post(
    "/api/documents/{document_id}/check", summary="Check a document of the library", dependencies=[LongWork]
)
def check_document(
    library: LibraryDep,
    access: AccessDep,
    document_id: str,
    pack: Annotated[
        list[str] | None, Query(description="Names or ids from GET /api/packs; none: those of its space")
    ] = None,
    language: Spoken = "en",
) -> CheckOut:
    """The version in force; its original must be of a kind that can be checked. The waivers of its space
    count."""
    with library.sessions.read() as session:
        document, version = version_to_check(access, session, document_id)
        if not pack:
            query = select(SpacePack).where(SpacePack.space_id == document.space_id).order_by(SpacePack.name)
            pack = [row.id if row.suffix else row.name for row in session.scalars(query)]
    with library.checks.making() as folder:
        chosen = _rules(library, access, folder, pack, None, None, None)
        path = library.files.path(version.sha256)
        report = library.checks.checked(access, path, document.name, chosen.pack)
        library.checks.keep(access, folder, report, chosen, document_id=document_id)
        kept = library.checks.find(access, folder.name)
        return check_shape(kept.check, kept.report, language)


@router.get("/api/checks", summary="Your checks that are still kept")
def list_checks(library: LibraryDep, access: AccessDep) -> list[KeptCheckOut]:
    """Newest first; nobody sees another person's."""
    return [
        KeptCheckOut(
            id=check.id, document=check.name, document_id=check.document_id, format=check.format,
            packs=[pack["name"] for pack in check.packs], levels=check.levels, fixes=check.fixes,
            created_at=check.created_at, expires_at=check.expires_at,
        )
        for check in library.checks.list(access)
    ]  # fmt: skip


@router.get("/api/checks/{check_id}", summary="A check that is still kept")
def read(
    library: LibraryDep,
    access: AccessDep,
    check_id: str,
    language: Spoken = "en",
    rule: Annotated[list[str] | None, Query(description="Only findings of these rules")] = None,
    level: Annotated[list[Level] | None, Query(description="Only findings of these levels")] = None,
    page: Annotated[int | None, Query(description="Only findings on this page", ge=0)] = None,
    opinion: Annotated[bool | None, Query(description="Only a model's opinions, or only others")] = None,
) -> CheckOut:
    """With its findings, filtered; the counts are those of all."""
    kept = library.checks.find(access, check_id)
    out = check_shape(kept.check, kept.report, language)
    out.findings = [
        finding
        for finding in out.findings
        if (not rule or finding.rule in rule)
        and (not level or finding.level in level)
        and (page is None or finding.page == page)
        and (opinion is None or finding.opinion == opinion)
    ]
    return out


@router.delete("/api/checks/{check_id}", summary="Erase a check now", status_code=204)
def remove(library: LibraryDep, access: AccessDep, check_id: str) -> None:
    """The file that was sent, its report and its pages."""
    library.checks.remove(access, check_id)


@router.get("/api/checks/{check_id}/pages", summary="The pages of a checked document")
def pages(library: LibraryDep, access: AccessDep, check_id: str) -> list[PageViewOut]:
    """Pages of a PDF, sheets, slides, or the whole text as one, each with the number of its findings."""
    kept = library.checks.find(access, check_id)
    return [_page(kept, view) for view in page_views(kept.report)]


@router.get("/api/checks/{check_id}/pages/{number}", summary="A page of a checked document")
def page(
    library: LibraryDep,
    access: AccessDep,
    check_id: str,
    number: int,
    limit: Annotated[int, Query(ge=1, le=2000, description="Most pieces of text")] = 500,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> PageDetailOut:
    """Boxes for its picture where it has one, and its text with what was found marked, by finding."""
    kept = library.checks.find(access, check_id)
    view = _view(kept, number)
    pieces = page_text(kept.report, number)
    return PageDetailOut(
        **_page(kept, view).model_dump(),
        boxes=[PageBoxOut(finding=one.finding, box=one.box) for one in page_boxes(kept.report, number)],
        pieces=[
            TextPieceOut(
                index=one.index, zone=one.zone, level=one.level, place=one.place, text=one.text,
                marks=list(one.marks),
            )
            for one in pieces[offset : offset + limit]
        ],
        total=len(pieces),
    )  # fmt: skip


@router.get(
    "/api/checks/{check_id}/pages/{number}/picture",
    summary="The picture of a page of a checked document",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "PNG"}},
)
def picture(
    library: LibraryDep,
    access: AccessDep,
    check_id: str,
    number: int,
    width: Annotated[int, Query(ge=100, le=2400, description="Pixels")] = 1000,
) -> Response:
    """PNG of that width, without marks; 404 where the format has no pages to draw: then there is its text."""
    kept = library.checks.find(access, check_id)
    if not _page(kept, _view(kept, number)).picture:
        raise NotFound(what="picture of page", name=number)
    return png(kept.picture(kept.path, number, width, library.limits))


@router.get(
    "/api/checks/{check_id}/report",
    summary="The report on a checked document",
    response_class=Response,
    responses={200: {"content": {"*/*": {}}, "description": "The report, as a download"}},
    dependencies=[LongWork],
)
def report(
    library: LibraryDep,
    access: AccessDep,
    check_id: str,
    form: Annotated[ReportForm, Query(description="One of the check's `reports`")] = ReportForm.HTML,
    language: Spoken = "en",
) -> Response:
    """HTML, JSON, SARIF, JUnit; a PDF with highlights; a Word document with comments. The last two are copies
    of the file: 403 for who may read it and not download it."""
    copies = form in (ReportForm.PDF, ReportForm.DOCX)
    kept = library.checks.find(access, check_id, download=copies)
    told = kept.report.spoken(language)
    content = written(form, [Outcome(kept.path, told)], language, library.limits, folder=kept.folder)
    name = f"{PurePath(kept.check.name).stem}-check{SUFFIXES[form]}"
    return Response(content, media_type=MEDIA_TYPES[form], headers=download(name))


@router.post(
    "/api/checks/{check_id}/fixes",
    summary="Make the safe fixes in a copy",
    status_code=201,
    dependencies=[LongWork],
)
def fixes(library: LibraryDep, access: AccessDep, check_id: str, order: FixesIn | None = None) -> FixesOut:
    """The copy is checked again and is a check of its own: read it, look at its pages, download its file. 409
    where the copy would be worse, or the format cannot be mended."""
    check, applied, left = library.checks.mended(access, check_id, tracked=(order or FixesIn()).tracked)
    return FixesOut(check=check.id, applied=applied, left=left)


@router.get("/api/checks/{check_id}/file", summary="The checked file", response_class=FileResponse)
def file(library: LibraryDep, access: AccessDep, check_id: str) -> FileResponse:
    """As it was sent, or the mended copy; always as a download."""
    kept = library.checks.find(access, check_id, download=True)
    name = PurePath(kept.check.name)
    shown = f"{name.stem}-fixed{name.suffix}" if kept.check.fixes else name.name
    return FileResponse(
        kept.path, media_type="application/octet-stream", filename=shown,
        headers={"X-Content-Type-Options": "nosniff"},
    )  # fmt: skip


@router.post("/api/checks/{check_id}/waivers", summary="Let findings of a check pass", status_code=201)
def waive(
    library: LibraryDep, access: AccessDep, check_id: str, order: WaiverIn, language: Spoken = "en"
) -> CheckOut:
    """For this check alone, with a reason and an end; GET gives them as a file for the next one. Those of a
    whole space stand at /api/spaces/{space}/waivers."""
    if not order.fingerprint and not order.rule:
        fix = "Name a fingerprint or a rule."
        raise BadValue(name="waiver", problem="it names no finding", fix=fix)
    with library.sessions.read() as session:
        by = name_of(session, access)
    kept = library.checks.waive(access, check_id, Waiver(**order.model_dump(), by=by))
    return check_shape(kept.check, kept.report, language)


@router.get(
    "/api/checks/{check_id}/waivers",
    summary="The waivers of a check as a file",
    response_class=Response,
    responses={200: {"content": {"application/yaml": {}}, "description": "YAML"}},
)
def waivers_file(library: LibraryDep, access: AccessDep, check_id: str) -> Response:
    """As `waivers` of a check and `shoko check --waivers` take it."""
    kept = library.checks.find(access, check_id)
    text = waivers_text(kept.rules.waivers)
    return Response(text, media_type="application/yaml", headers=download("waivers.yml"))


@router.get(
    "/api/checks/{check_id}/baseline",
    summary="The findings of a check as a baseline",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}, "description": "JSON"}},
)
def baseline_file(library: LibraryDep, access: AccessDep, check_id: str) -> Response:
    """As `baseline` of a check and `shoko check --baseline` take it: these findings are not told again."""
    kept = library.checks.find(access, check_id)
    text = baseline_text([kept.report])
    return Response(text, media_type="application/json", headers=download("baseline.json"))


def _rules(
    library: Library,
    access: Access,
    folder: Path,
    names: list[str],
    sent: UploadFile | None,
    waivers: UploadFile | None,
    baseline: UploadFile | None,
) -> Rules:
    """The packs that were named, by name or id, and the one that was sent. No name is taken for a path."""
    packs: list[dict[str, str]] = []
    spaces: set[str] = set()
    for name in names:
        if name in shipped():
            packs.append({"name": name})
            continue
        try:
            with library.sessions.read() as session:
                row = access_rules.space_pack(access, session, name)
                packs.append({"name": row.name, "file": pack_file(session, row, folder).name})
                spaces.add(row.space_id)
        except NotFound as error:
            problem = f"there is no pack {name[:200]}"
            raise BadValue(name="pack", problem=problem, fix="See GET /api/packs.") from error
    if sent is not None and sent.filename:
        path = pack_alone(received(folder, sent.filename, sent.file, MOST_PACK))
        packs.append({"name": path.stem, "file": path.name})
    if not packs:
        fix = "Name a pack, or send one as `rules`."
        raise BadValue(name="pack", problem="no rules are named", fix=fix)
    loaded = load_packs([str(folder / one["file"]) if "file" in one else one["name"] for one in packs])
    passes: list[Waiver] = []
    known: frozenset[str] = frozenset()
    if waivers is not None and waivers.filename:
        with _sent(waivers) as path:
            passes = load_waivers(path)
    if baseline is not None and baseline.filename:
        with _sent(baseline) as path:
            known = frozenset().union(*load_baseline(path).values())
    return Rules(loaded, packs, passes, known, frozenset(spaces))


@contextmanager
def _sent(sent: UploadFile) -> Iterator[Path]:
    """A small file that was sent, for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="shoko-check-") as place:
        path = Path(place) / "sent.yml"
        take(sent.file, path, plain_name(sent.filename or ""), MOST_LIST)
        yield path


def _finding(finding: Finding, number: int, report: Report) -> FindingOut:
    return FindingOut(
        **finding.as_dict(), number=number, shown_place=finding.place.shown(),
        page=page_of(report.document, finding.place),
    )  # fmt: skip


def check_shape(check: Check | None, report: Report, language: Language) -> CheckOut:
    """A report in the doors' shape; `check` where it is kept."""
    report = report.spoken(language)
    return CheckOut(
        document=report.document.name,
        format=str(report.document.format),
        pack=report.pack,
        doctypes=list(report.doctypes),
        findings=[_finding(one, at, report) for at, one in enumerate(report.findings, start=1)],
        rules=[RuleOut.model_validate(rule.as_dict()) for rule in report.rules],
        waived=[_finding(one, 0, report) for one in report.waived],
        unverified=[UnverifiedOut.model_validate(one) for one in report.unverified],
        notes=list(report.document.notes),
        id=check.id if check is not None else "",
        document_id=check.document_id if check is not None else None,
        created_at=check.created_at if check is not None else None,
        expires_at=check.expires_at if check is not None else None,
        total=len(report.findings),
        levels=report.levels(),
        fixable=sum(one.fix is not None and one.fix_is_safe for one in report.findings),
        can_fix=report.document.format in MENDED,
        reports=[str(form) for form in forms_for(report.document.format)],
        fixes=check.fixes if check is not None else 0,
    )


def _page(kept: Kept, view: PageView) -> PageViewOut:
    return PageViewOut(
        number=view.number, kind=view.kind.value, name=view.name, width=view.width, height=view.height,
        findings=view.findings, picture=kept.report.document.format is DocumentFormat.PDF,
    )  # fmt: skip


def _view(kept: Kept, number: int) -> PageView:
    for view in page_views(kept.report):
        if view.number == number:
            return view
    raise NotFound(what="page", name=number)


def download(name: str) -> dict[str, str]:
    """The headers of a file to be kept under that name."""
    return {"Content-Disposition": f"attachment; filename*=utf-8''{quote(name)}"}

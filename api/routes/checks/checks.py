"""Checks: a file that is sent, or a document of the library, against rule packs; findings page by page,
reports, mended copies and waivers. What is sent is kept for a short time, for its sender alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.responses import FileResponse

from api.deps import AccessDep, LanguageQuery, LibraryDep, LongWork, sent_file
from api.downloads import download_headers, original_file, png
from api.errors import REFUSALS
from api.render import check_out, choice_in
from checks.document.document import DocumentFormat
from checks.findings import Level
from checks.packs.waivers import baseline_text, waivers_text
from checks.reports.forms import MEDIA_TYPES, SUFFIXES, ReportForm, written
from checks.service.chosen_rules import chosen_rules
from checks.service.folders import FileOutcome
from checks.service.pages import PageView, page_boxes, page_text, page_views
from checks.service.received_files import plain_name, take
from checks.service.saved_checks import FILE, SavedCheck, version_to_check
from checks.service.space_packs import pack_names
from checks.service.usual_pack import AUTO
from contract.checks import (
    CheckOut,
    FixesIn,
    FixesOut,
    KeptCheckOut,
    Language,
    PageBoxOut,
    PageDetailOut,
    PageViewOut,
    TextPieceOut,
    WaiverIn,
)
from core.errors import BadValue, NotFound

router = APIRouter(tags=["checks"], responses=REFUSALS)


@router.post("/api/checks", summary="Check a file that is sent", dependencies=[LongWork])
def check_file(
    library: LibraryDep,
    access: AccessDep,
    file: Annotated[UploadFile, File(description="The document")],
    pack: Annotated[
        list[str] | None,
        Form(description="Names or ids from GET /api/packs; `auto`: what ships for the document's language"),
    ] = None,
    rules: Annotated[UploadFile | None, File(description="A pack of your own: YAML, CSV or TSV")] = None,
    language: Annotated[Language, Form(description="Of the messages")] = "en",
    waivers: Annotated[UploadFile | None, File(description="A YAML list of waivers")] = None,
    baseline: Annotated[UploadFile | None, File(description="Known findings, as a baseline")] = None,
    keep: Annotated[
        bool, Form(description="Keep the file and its report for a short time, for you alone")
    ] = True,
    after: Annotated[str | None, Form(description="Id of a kept check of the same document")] = None,
) -> CheckOut:
    """The file and its report are kept until `expires_at`, for its sender alone, so that pages, reports and a
    mended copy can be requested by `id`; with `keep` false nothing is kept once this is answered. What was
    settled or waived in the check `after` which it comes stays so."""
    name = plain_name(file.filename or "")
    earlier = library.checks.find(access, after) if after else None
    with library.checks.making() as folder:
        take(file.file, folder / FILE, name, library.settings.upload_limit_mb * 2**20)
        if AUTO in (pack or []):
            usual = library.checks.usual_pack(folder / FILE, name)
            pack = list(dict.fromkeys(usual if named == AUTO else named for named in pack or []))
        chosen = chosen_rules(
            access, library.sessions, folder, pack or [],
            own_pack=sent_file(rules), waivers=sent_file(waivers), baseline=sent_file(baseline),
        )  # fmt: skip
        report = library.checks.checked(access, folder / FILE, name, chosen.sources)
        if not keep:
            return check_out(library.checks.shown(chosen, report), language)
        if earlier is not None and waivers is None:
            chosen = replace(chosen, waivers=earlier.rules.waivers)
        kept = library.checks.keep(access, folder, report, chosen, after=earlier)
    return check_out(kept.report, language, kept.check)


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
    language: LanguageQuery = "en",
) -> CheckOut:
    """The version in force; its original must be of a kind that can be checked. The waivers of its space
    count."""
    with library.sessions.read() as session:
        document, version = version_to_check(access, session, document_id)
        if not pack:
            pack = pack_names(session, document.space_id)
    with library.checks.making() as folder:
        chosen = chosen_rules(access, library.sessions, folder, pack)
        path = library.files.path(version.sha256)
        report = library.checks.checked(access, path, document.name, chosen.sources)
        kept = library.checks.keep(access, folder, report, chosen, document_id=document_id)
    return check_out(kept.report, language, kept.check)


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
    language: LanguageQuery = "en",
    rule: Annotated[list[str] | None, Query(description="Only findings of these rules")] = None,
    level: Annotated[list[Level] | None, Query(description="Only findings of these levels")] = None,
    page: Annotated[int | None, Query(description="Only findings on this page", ge=0)] = None,
    opinion: Annotated[bool | None, Query(description="Only a model's opinions, or only others")] = None,
) -> CheckOut:
    """With its findings, filtered; the counts are those of all."""
    kept = library.checks.find(access, check_id)
    out = check_out(kept.report, language, kept.check)
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
    """With the file that was sent, its report and its pages."""
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
    """Boxes for its picture if it has one, and its text with the findings marked."""
    kept = library.checks.find(access, check_id)
    view = _view(kept, number)
    pieces = page_text(kept.report, number)
    return PageDetailOut(
        **_page(kept, view).model_dump(),
        boxes=[PageBoxOut(finding=box.finding, box=box.box) for box in page_boxes(kept.report, number)],
        pieces=[
            TextPieceOut(
                index=piece.index, zone=piece.zone, level=piece.level, place=piece.place, text=piece.text,
                marks=list(piece.marks),
            )
            for piece in pieces[offset : offset + limit]
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
    """PNG of that width, without marks; 404 if the format has no pages to draw: its text is there instead."""
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
    language: LanguageQuery = "en",
) -> Response:
    """HTML, JSON, SARIF, JUnit; a PDF with highlights; a Word document with comments. The last two are copies
    of the file: 403 for anyone who may read it but not download it."""
    copies = form in (ReportForm.PDF, ReportForm.DOCX)
    kept = library.checks.find(access, check_id, download=copies)
    outcome = FileOutcome(kept.path, kept.report.spoken(language))
    content = written(form, [outcome], language, library.limits, folder=kept.folder)
    name = f"{PurePath(kept.check.name).stem}-check{SUFFIXES[form]}"
    return Response(content, media_type=MEDIA_TYPES[form], headers=download_headers(name))


@router.post(
    "/api/checks/{check_id}/fixes",
    summary="Make the safe fixes in a copy",
    status_code=201,
    dependencies=[LongWork],
)
def fixes(library: LibraryDep, access: AccessDep, check_id: str, order: FixesIn | None = None) -> FixesOut:
    """The safe ones, or those of the findings that are chosen. The copy is checked again and is a check of
    its own: read it, see its pages, download its file. 409 if the copy would be worse, or the format cannot
    be mended, or nothing chosen has a fix."""
    order = order or FixesIn()
    check, applied, left = library.checks.mended(
        access, check_id, tracked=order.tracked, choice=choice_in(order)
    )
    return FixesOut(check=check.id, applied=applied, left=left)


@router.get("/api/checks/{check_id}/file", summary="The checked file", response_class=FileResponse)
def file(library: LibraryDep, access: AccessDep, check_id: str) -> FileResponse:
    """As it was sent, or the mended copy; always as a download."""
    kept = library.checks.find(access, check_id, download=True)
    name = PurePath(kept.check.name)
    return original_file(kept.path, f"{name.stem}-fixed{name.suffix}" if kept.check.fixes else name.name)


@router.post("/api/checks/{check_id}/waivers", summary="Waive findings of a check", status_code=201)
def waive(
    library: LibraryDep, access: AccessDep, check_id: str, order: WaiverIn, language: LanguageQuery = "en"
) -> CheckOut:
    """For this check alone, with a reason and an end; GET gives them as a file for the next one. Those of a
    whole space stand at /api/spaces/{space}/waivers."""
    if not order.fingerprint and not order.rule:
        fix = "Name a fingerprint or a rule."
        raise BadValue(name="waiver", problem="it names no finding", fix=fix)
    kept = library.checks.waive(access, check_id, **order.model_dump())
    return check_out(kept.report, language, kept.check)


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
    return Response(text, media_type="application/yaml", headers=download_headers("waivers.yml"))


@router.get(
    "/api/checks/{check_id}/baseline",
    summary="The findings of a check as a baseline",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}, "description": "JSON"}},
)
def baseline_file(library: LibraryDep, access: AccessDep, check_id: str) -> Response:
    """As `baseline` of a check and `shoko check --baseline` take it: they are not reported again."""
    kept = library.checks.find(access, check_id)
    text = baseline_text([kept.report])
    return Response(text, media_type="application/json", headers=download_headers("baseline.json"))


def _page(kept: SavedCheck, view: PageView) -> PageViewOut:
    return PageViewOut(
        number=view.number, kind=view.kind.value, name=view.name, width=view.width, height=view.height,
        findings=view.findings, picture=kept.report.document.format is DocumentFormat.PDF,
    )  # fmt: skip


def _view(kept: SavedCheck, number: int) -> PageView:
    for view in page_views(kept.report):
        if view.number == number:
            return view
    raise NotFound(what="page", name=number)

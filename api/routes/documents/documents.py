"""Documents: upload, list, pages with pictures, originals, erase."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.responses import FileResponse
from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from contract.answers import MarksOut
from contract.base import ErrorDetail
from contract.documents import DocumentCheckOut, DocumentList, DocumentOut, PageOut, UploadAnswer, VersionOut
from core import access as access_rules
from core.access import Access
from core.audit import record
from core.errors import NotFound
from core.models import Document, Page, Space, Version, VersionCheck, VersionState
from ingest.formats import PDF, PICTURES
from ingest.lifecycle.effective_dates import UNCHANGED, set_dates
from ingest.lifecycle.erasure import erase_document
from ingest.pages import marked_boxes
from ingest.sandbox import render_page
from ingest.uploads import accept, retry
from operations.library import FIRST_SPACE, Library
from retrieval.highlight import marked_words

router = APIRouter(tags=["documents"], responses=REFUSALS)
CHUNK = 2**20
PICTURE_WIDTHS = Query(ge=100, le=2400, description="Pixels")


def error_out(code: str | None, values: dict[str, Any] | None) -> ErrorDetail | None:
    """A stored error as a sentence again."""
    if not code:
        return None
    from core import errors

    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.ShokoError) and kind.code == code:
            return ErrorDetail(code=code, message=str(kind(**(values or {}))), values=values or {})
    return ErrorDetail(code=code, message=code, values=values or {})


def version_out(version: Version) -> VersionOut:
    """A version in the doors' shape."""
    return VersionOut(
        id=version.id,
        number=version.number,
        state=version.state,
        media_type=version.media_type,
        size=version.size,
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


def check_out(check: VersionCheck) -> DocumentCheckOut:
    """The check of a version in the doors' shape."""
    return DocumentCheckOut(
        levels=check.levels, waived=check.waived, packs=check.packs, checked_at=check.checked_at,
        could_not_run=sum(state[2] == "could_not_run" for state in check.states.values()),
        error=error_out(check.error_code, check.error_values),
    )  # fmt: skip


def _documents(
    access: Access, session: Session, *, document_id: str | None = None, space: str | None = None,
    name: str | None = None, state: str | None = None, limit: int = 1, offset: int = 0,
) -> list[DocumentOut]:  # fmt: skip
    current = (
        select(Version.number)
        .where(Version.id == Document.current_version_id)
        .correlate(Document)
        .scalar_subquery()
    )
    query = (
        select(Document, Version, Space.name, current, VersionCheck)
        .join(Version, Version.document_id == Document.id)
        .outerjoin(VersionCheck, VersionCheck.version_id == Version.id)
        .join(Space, Space.id == Document.space_id)
        .where(access_rules.may_read(access), Version.number == newest_number())
        .order_by(Version.created_at.desc(), Document.id)
        .limit(limit)
        .offset(offset)
    )
    if document_id is not None:
        query = query.where(Document.id == document_id)
    if space is not None:
        query = query.where(Space.id == space)
    if name:
        query = query.where(Document.name.icontains(name, autoescape=True))
    if state is not None:
        query = query.where(Version.state == state)
    return [
        DocumentOut(
            id=document.id,
            name=document.name,
            title=document.title,
            space=space_name,
            space_id=document.space_id,
            current=number,
            version=version_out(version),
            created_at=document.created_at,
            check=check_out(check) if check is not None else None,
        )
        for document, version, space_name, number, check in session.execute(query)
    ]


def newest_number() -> ScalarSelect[int]:
    """The number of a Document's newest version, for a select of documents."""
    return (
        select(func.max(Version.number))
        .where(Version.document_id == Document.id)
        .correlate(Document)
        .scalar_subquery()
    )


@router.get("/api/documents", summary="The documents that you may read")
def list_documents(
    library: LibraryDep,
    access: AccessDep,
    space: Annotated[str | None, Query(description="Id of a space")] = None,
    name: Annotated[str | None, Query(description="Part of the file name", max_length=255)] = None,
    state: Annotated[VersionState | None, Query(description="State of the newest version")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> DocumentList:
    """Newest first."""
    name = unicodedata.normalize("NFC", name) if name else name  # as names are kept
    with library.sessions.read() as session:
        found = _documents(access, session, space=space, name=name, state=state, limit=limit, offset=offset)
        count = select(func.count(Document.id)).where(access_rules.may_read(access))
        if space is not None:
            count = count.where(Document.space_id == space)
        if name:
            count = count.where(Document.name.icontains(name, autoescape=True))
        if state is not None:
            count = count.join(Version, Version.document_id == Document.id).where(
                Version.number == newest_number(), Version.state == state
            )
        total = session.scalar(count) or 0
    return DocumentList(documents=found, total=total)


@router.post("/api/documents", summary="Upload a document", status_code=201)
def upload(
    library: LibraryDep,
    access: AccessDep,
    file: Annotated[UploadFile, File(description="The document")],
    space: Annotated[str, Form(description="Name or id of the space")] = FIRST_SPACE,
    title: Annotated[str, Form(description="What people call it; empty: its file name", max_length=500)] = "",
    password: Annotated[
        str, Form(description="Of a protected file; used once, in memory, and kept nowhere", max_length=200)
    ] = "",
    valid_from: Annotated[date | None, Form(description="First day in force")] = None,
    valid_until: Annotated[date | None, Form(description="Last day in force")] = None,
) -> UploadAnswer:
    """Store a file and put it on the list of work. A file of the same name becomes a new version. Days that
    are given here count more than what the file says of itself; where it is there already, they are set."""

    def chunks() -> Iterator[bytes]:
        while chunk := file.file.read(CHUNK):
            yield chunk

    taken = accept(
        access,
        library.sessions,
        library.files,
        space,
        file.filename or "",
        chunks(),
        limit_bytes=library.settings.upload_limit_mb * 2**20,
        title=title,
        valid=(valid_from, valid_until),
        keep=lambda version_id: library.pipeline.passwords.keep(version_id, password),
    )
    if taken.duplicate and (valid_from or valid_until):
        set_dates(
            access, library.sessions, library.index, taken.document.id, taken.version.id,
            first=valid_from or UNCHANGED, last=valid_until or UNCHANGED,
        )  # fmt: skip
    return UploadAnswer(
        document=read(library, access, taken.document.id),
        job=taken.job.id if taken.job else None,
        duplicate=taken.duplicate,
    )


@router.get("/api/documents/{document_id}", summary="One document")
def read(library: LibraryDep, access: AccessDep, document_id: str) -> DocumentOut:
    """With its newest version."""
    with library.sessions.read() as session:
        found = _documents(access, session, document_id=document_id)
    if not found:
        raise NotFound(what="document", name=document_id)
    return found[0]


@router.delete("/api/documents/{document_id}", summary="Erase a document", status_code=204)
def erase(library: LibraryDep, access: AccessDep, document_id: str) -> None:
    """Remove it with all its versions, from the records, the index and the disk."""
    erase_document(access, library.sessions, library.files, library.index, document_id)


@router.post("/api/documents/{document_id}/retry", summary="Try a failed document again")
def try_again(
    library: LibraryDep,
    access: AccessDep,
    document_id: str,
    password: Annotated[
        str, Form(description="Of a protected file; used once, in memory, and kept nowhere", max_length=200)
    ] = "",
) -> DocumentOut:
    """Put its newest version on the list of work once more."""
    with library.sessions.write() as session:
        document = access_rules.document_to_change(access, session, document_id)
        version = _newest(session, document)
        retry(access, session, version, document.space_id)
        library.pipeline.passwords.keep(version.id, password)
        record(session, access.user_id, "document.retried", document_id, version=version.number)
    return read(library, access, document_id)


@router.get("/api/documents/{document_id}/versions", summary="A document's versions")
def versions(library: LibraryDep, access: AccessDep, document_id: str) -> list[VersionOut]:
    """Newest first."""
    with library.sessions.read() as session:
        access_rules.document(access, session, document_id)
        rows = session.scalars(
            select(Version).where(Version.document_id == document_id).order_by(Version.number.desc())
        )
        return [version_out(version) for version in rows]


@router.get("/api/documents/{document_id}/pages/{number}", summary="A page's text")
def page(
    library: LibraryDep,
    access: AccessDep,
    document_id: str,
    number: int,
    version: str | None = None,
) -> PageOut:
    """Of the version in force, or of another one by its id. The log records it, once an hour for a page."""
    with library.sessions.read() as session:
        _, found = _version(access, session, document_id, version)
        row = session.get(Page, (found.id, number)) if 0 < number < 2**31 else None
        if row is None:
            raise NotFound(what="page", name=number)
        _record_read(library, access, found, number)
        return PageOut(
            number=row.number, kind=row.kind, name=row.name, label=row.label, width=row.width,
            height=row.height, text=row.text, source=row.source, quality=row.quality, hidden=row.hidden,
        )  # fmt: skip


@router.get("/api/documents/{document_id}/pages/{number}/marks", summary="Where words stand on a page")
def marks(
    library: LibraryDep,
    access: AccessDep,
    document_id: str,
    number: int,
    q: Annotated[str, Query(description="The words of a search", max_length=4000)],
    version: str | None = None,
) -> MarksOut:
    """The places of a search's words on a page, to be drawn on its picture."""
    with library.sessions.read() as session:
        _, found = _version(access, session, document_id, version)
        row = session.get(Page, (found.id, number)) if 0 < number < 2**31 else None
        if row is None:
            raise NotFound(what="page", name=number)
        spans = marked_words(q, row.text)
        boxes = [box for start, end in spans for box in marked_boxes(row.boxes, start, end)]
        return MarksOut(width=row.width, height=row.height, marks=spans, boxes=boxes)


@router.get(
    "/api/documents/{document_id}/pages/{number}/picture",
    summary="A page's picture",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "PNG"}},
)
def picture(
    library: LibraryDep,
    access: AccessDep,
    document_id: str,
    number: int,
    version: str | None = None,
    width: Annotated[int, PICTURE_WIDTHS] = 1000,
) -> Response:
    """PNG of that width; drawn in the sandbox once, then kept."""
    with library.sessions.read() as session:
        document, found = _version(access, session, document_id, version)
    if found.media_type not in (PDF, *PICTURES) or not 1 <= number <= max(found.pages, 1):
        raise NotFound(what="picture of page", name=number)
    _record_read(library, access, found, number)
    content = _picture(library, document, found, number, width)
    return Response(content, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


def _record_read(library: Library, access: Access, version: Version, number: int) -> None:
    """Before it is shown; once an hour, for a page that is read on comes as picture and text many times."""
    if library.reads.first(access.user_id, version.id, number):
        with library.sessions.write() as session:
            record(
                session, access.user_id, "document.read", version.document_id, version=version.number,
                page=number,
            )  # fmt: skip


def _picture(library: Library, document: Document, version: Version, number: int, width: int) -> bytes:
    kept = library.files.pictures(version.id) / f"{number}-{width}.png"
    try:
        return kept.read_bytes()
    except FileNotFoundError:
        content = render_page(
            library.files.path(version.sha256), document.name, version.media_type, number, width,
            library.limits,
        )  # fmt: skip
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}")  # two may draw it at once
        part.write_bytes(content)
        part.replace(kept)
        return content


@router.get(
    "/api/documents/{document_id}/original",
    summary="The original file",
    response_class=FileResponse,
)
def original(
    library: LibraryDep, access: AccessDep, document_id: str, version: str | None = None
) -> FileResponse:
    """As it was uploaded; always as a download, so that no browser runs what is in it. Who may only read
    the document gets 403."""
    with library.sessions.write() as session:
        access_rules.document_to_download(access, session, document_id)
        document, found = _version(access, session, document_id, version)
        record(session, access.user_id, "document.downloaded", document_id, version=found.number)
    return FileResponse(
        library.files.path(found.sha256),
        media_type="application/octet-stream",
        filename=document.name,
        headers={"X-Content-Type-Options": "nosniff"},
    )


def _newest(session: Session, document: Document) -> Version:
    return session.scalars(
        select(Version).where(Version.document_id == document.id).order_by(Version.number.desc()).limit(1)
    ).one()


def _version(
    access: Access, session: Session, document_id: str, version_id: str | None
) -> tuple[Document, Version]:
    document = access_rules.document(access, session, document_id)
    wanted = version_id or document.current_version_id
    if wanted is None:
        return document, _newest(session, document)
    found = session.get(Version, wanted)
    if found is None or found.document_id != document.id:
        raise NotFound(what="version", name=wanted)
    return document, found

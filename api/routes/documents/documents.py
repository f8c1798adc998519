"""Documents: upload, list, pages with pictures, originals, erase."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.responses import FileResponse

from api.deps import AccessDep, LibraryDep
from api.downloads import original_file, png
from api.errors import REFUSALS
from api.reads import record_read
from api.render import document_check_out, version_out, warnings_out
from contract.answers import MarksOut
from contract.documents import (
    DocumentList,
    DocumentOut,
    PageBlockOut,
    PageCellOut,
    PageOut,
    UploadAnswer,
    VersionOut,
)
from core import access as access_rules
from core import jobs
from core.audit import record
from core.models import VersionState
from ingest.lifecycle.effective_dates import UNCHANGED, set_dates
from ingest.lifecycle.erasure import erase_document
from ingest.pages import Block, marked_boxes
from ingest.records import documents
from ingest.records.documents import ListedDocument
from ingest.records.page_pictures import must_have_picture
from ingest.records.page_pictures import picture as picture_of
from ingest.uploads import accept
from operations.library import FIRST_SPACE
from retrieval.highlight import marked_words

router = APIRouter(tags=["documents"], responses=REFUSALS)
CHUNK = 2**20
PICTURE_SECONDS = 3600  # that a browser may keep a page's picture: a version never changes


def _out(listed: ListedDocument) -> DocumentOut:
    document = listed.document
    return DocumentOut(
        warnings=warnings_out(listed.version),
        id=document.id,
        name=document.name,
        title=document.title,
        space=listed.space,
        space_id=document.space_id,
        current=listed.current,
        version=version_out(listed.version),
        created_at=document.created_at,
        check=document_check_out(listed.check) if listed.check is not None else None,
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
    with library.sessions.read() as session:
        page_of_list, total = documents.listed(
            access, session, space_id=space, name=name, state=state, limit=limit, offset=offset
        )
    return DocumentList(documents=[_out(listed) for listed in page_of_list], total=total)


@router.post("/api/documents", summary="Upload a document", status_code=201)
def upload(
    library: LibraryDep,
    access: AccessDep,
    file: Annotated[UploadFile, File(description="The document")],
    space: Annotated[str, Form(description="Name or id of the space")] = FIRST_SPACE,
    path: Annotated[
        str,
        Form(
            description="Where it lies below a folder that is sent as a whole, with `/`; the document is"
            " called so. Empty: its file name",
            max_length=1000,
        ),
    ] = "",
    title: Annotated[str, Form(description="What people call it; empty: its file name", max_length=500)] = "",
    password: Annotated[
        str, Form(description="Of a protected file; used once, in memory, and kept nowhere", max_length=200)
    ] = "",
    valid_from: Annotated[date | None, Form(description="First day in force")] = None,
    valid_until: Annotated[date | None, Form(description="Last day in force")] = None,
) -> UploadAnswer:
    """Stores the file and queues it to be read. A file of the same name becomes a new version. Dates that are
    sent count more than what the file says of itself; if the same file is already there, they are set."""

    def chunks() -> Iterator[bytes]:
        while chunk := file.file.read(CHUNK):
            yield chunk

    accepted = accept(
        access,
        library.sessions,
        library.files,
        space,
        (file.filename or "").replace("%22", '"'),  # as browsers and HTTP libraries write one in a form
        chunks(),
        path=path,
        limit_bytes=library.settings.upload_limit_mb * 2**20,
        title=title,
        valid=(valid_from, valid_until),
        keep=lambda version_id: library.pipeline.passwords.keep(version_id, password),
        only=library.pipeline.taker.id if password else "",
    )
    if accepted.duplicate and (valid_from or valid_until):
        set_dates(
            access, library.sessions, library.index, accepted.document.id, accepted.version.id,
            first=valid_from or UNCHANGED, last=valid_until or UNCHANGED,
        )  # fmt: skip
    return UploadAnswer(
        document=read(library, access, accepted.document.id),
        job=accepted.job.id if accepted.job else None,
        duplicate=accepted.duplicate,
    )


@router.get("/api/documents/{document_id}", summary="One document")
def read(library: LibraryDep, access: AccessDep, document_id: str) -> DocumentOut:
    """With its newest version."""
    with library.sessions.read() as session:
        return _out(documents.one(access, session, document_id))


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
    """Queues its newest version to be read once more."""
    with library.sessions.write() as session:
        version = documents.try_again(access, session, document_id)
        library.pipeline.passwords.keep(version.id, password)
        if password:
            jobs.pin(session, version.id, library.pipeline.taker.id)
    return read(library, access, document_id)


@router.get("/api/documents/{document_id}/versions", summary="A document's versions")
def versions(library: LibraryDep, access: AccessDep, document_id: str) -> list[VersionOut]:
    """Newest first."""
    with library.sessions.read() as session:
        return [version_out(version) for version in documents.versions(access, session, document_id)]


@router.get("/api/documents/{document_id}/pages/{number}", summary="A page's text")
def page(
    library: LibraryDep,
    access: AccessDep,
    document_id: str,
    number: int,
    version: str | None = None,
    blocks: Annotated[bool, Query(description="With its headings, paragraphs, items and rows")] = False,
) -> PageOut:
    """Of the version in force, or of another one by its id. The log records it, once an hour for a page."""
    with library.sessions.read() as session:
        page_version, row = documents.page(access, session, document_id, number, version)
        record_read(library, access, page_version, number)
        return PageOut(
            number=row.number, kind=row.kind, name=row.name, label=row.label, width=row.width,
            height=row.height, text=row.text, source=row.source, quality=row.quality, hidden=row.hidden,
            version=page_version.number, version_id=page_version.id,
            blocks=[_block(Block.unpacked(block)) for block in row.blocks] if blocks else [],
        )  # fmt: skip


def _block(block: Block) -> PageBlockOut:
    return PageBlockOut(
        start=block.start, end=block.end, kind=block.kind, level=block.level, bold=block.bold,
        label=block.label, header=block.header, cells=[PageCellOut(**cell._asdict()) for cell in block.cells],
        unit=block.spot.unit if block.spot else "", first=block.spot.first if block.spot else "",
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
        _, row = documents.page(access, session, document_id, number, version)
        spans = marked_words(q, row.text, library.answerer.widened(access, q).words)
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
    width: Annotated[int, Query(ge=100, le=2400, description="Pixels")] = 1000,
) -> Response:
    """PNG of that width; drawn in the sandbox once, then kept."""
    with library.sessions.read() as session:
        document, page_version = documents.version(access, session, document_id, version)
    must_have_picture(page_version, number)
    record_read(library, access, page_version, number)
    content = picture_of(library.files, document, page_version, number, width, library.limits)
    return png(content, seconds=PICTURE_SECONDS)


@router.get(
    "/api/documents/{document_id}/original",
    summary="The original file",
    response_class=FileResponse,
)
def original(
    library: LibraryDep, access: AccessDep, document_id: str, version: str | None = None
) -> FileResponse:
    """As it was uploaded; always as a download, so that no browser runs what is in it. Anyone who may only
    read the document gets 403."""
    with library.sessions.write() as session:
        access_rules.document_to_download(access, session, document_id)
        document, file_version = documents.version(access, session, document_id, version)
        record(session, access.user_id, "document.downloaded", document_id, version=file_version.number)
    return original_file(library.files.path(file_version.sha256), document.name)

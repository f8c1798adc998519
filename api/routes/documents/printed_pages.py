"""Office files of the library as LibreOffice prints them, with the place of a quote on their pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import AccessDep, LibraryDep, LongWork
from api.downloads import png
from api.errors import REFUSALS
from api.reads import record_read
from contract.documents import PrintedVersionOut
from ingest.records import documents
from ingest.records.printed_pages import printed, printed_picture

router = APIRouter(tags=["documents"], responses=REFUSALS)


@router.get(
    "/api/documents/{document_id}/printed",
    summary="An Office file as it is printed",
    dependencies=[LongWork],
)
def printed_version(
    library: LibraryDep,
    access: AccessDep,
    document_id: str,
    page: Annotated[int, Query(ge=1, description="Page of the quote, as citations have it")] = 1,
    start: Annotated[int, Query(ge=0)] = 0,
    end: Annotated[int, Query(ge=0)] = 0,
    version: str | None = None,
) -> PrintedVersionOut:
    """Of Word, Excel and PowerPoint, with the place of the quote [start, end) of that page. The first time it
    takes seconds. Without pages `why` says why."""
    with library.sessions.read() as session:
        document, file_version = documents.version(access, session, document_id, version)
        _, row = documents.page(access, session, document_id, page, file_version.id)
        quote = row.text[start:end]
    record_read(library, access, file_version, page)
    pages = printed(library.files, document, file_version, quote, library.limits)
    return PrintedVersionOut(
        pages=list(pages.sizes), quote_page=pages.page, boxes=list(pages.boxes), why=pages.why.value
    )


@router.get(
    "/api/documents/{document_id}/printed/{number}/picture",
    summary="The picture of a printed page",
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
    """PNG of that width, without marks; 404 until its pages were requested."""
    with library.sessions.read() as session:
        document, file_version = documents.version(access, session, document_id, version)
    record_read(library, access, file_version, number)
    return png(printed_picture(library.files, document, file_version, number, width, library.limits))

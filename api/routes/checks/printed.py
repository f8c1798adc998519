"""A checked Office file as LibreOffice prints it: pages with boxes where the findings' text stands."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import AccessDep, LibraryDep, LongWork
from api.downloads import png
from api.errors import REFUSALS
from checks.service.printed import printed
from contract.checks import PageBoxOut, PrintedOut, PrintedPageOut
from core.errors import NotFound
from ingest.records.printing import FILE

router = APIRouter(tags=["checks"], responses=REFUSALS)


@router.get(
    "/api/checks/{check_id}/printed",
    summary="The printed pages of a checked Office file",
    dependencies=[LongWork],
)
def pages(library: LibraryDep, access: AccessDep, check_id: str) -> PrintedOut:
    """Of Word, Excel and PowerPoint. The first time it takes seconds. Without pages `why` says why: the
    text of its sheets, slides or paragraphs is there instead."""
    kept = library.checks.find(access, check_id)
    paper = printed(kept.path, kept.report, kept.folder, library.limits)
    return PrintedOut(
        pages=[
            PrintedPageOut(
                number=page.number, width=page.width, height=page.height,
                boxes=[PageBoxOut(finding=box.finding, box=box.box) for box in paper.on(page.number)],
            )
            for page in paper.pages
        ],
        why=paper.why.value,
    )  # fmt: skip


@router.get(
    "/api/checks/{check_id}/printed/{number}/picture",
    summary="The picture of a printed page",
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
    """PNG of that width, without marks; 404 until its pages were requested."""
    kept = library.checks.find(access, check_id)
    file = kept.folder / FILE
    if number < 1 or not file.exists():
        raise NotFound(what="printed page", name=number)
    return png(kept.picture(file, number, width, library.limits))

"""A document's versions: their dates in force, and what changed from one to another."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from api.deps import AccessDep, LibraryDep, LongWork
from api.errors import REFUSALS
from api.routes.documents.documents import version_out
from contract.documents import ChangeOut, DatesIn, DifferencesOut, ParagraphOut, VersionOut
from core import access as access_rules
from core.errors import NotFound
from core.models import Page, Version
from ingest.comparing import compared
from ingest.comparison import ChangeKind, Paragraph, paragraphs
from ingest.lifecycle.effective_dates import UNCHANGED, set_dates
from ingest.lifecycle.erasure import erase_version
from ingest.pages import Block, PageContent

router = APIRouter(tags=["documents"], responses=REFUSALS)


@router.patch("/api/documents/{document_id}/versions/{version_id}", summary="Set a version's dates in force")
def change_dates(
    library: LibraryDep, access: AccessDep, document_id: str, version_id: str, order: DatesIn
) -> VersionOut:
    """A field that is left out stays as it is; null takes the date away. Answers follow at once."""
    given = order.model_fields_set
    set_dates(
        access, library.sessions, library.index, document_id, version_id,
        first=order.in_force_from if "in_force_from" in given else UNCHANGED,
        last=order.in_force_until if "in_force_until" in given else UNCHANGED,
    )  # fmt: skip
    with library.sessions.read() as session:
        return version_out(session.get_one(Version, version_id))


@router.delete(
    "/api/documents/{document_id}/versions/{version_id}", summary="Erase one version", status_code=204
)
def erase_one(library: LibraryDep, access: AccessDep, document_id: str, version_id: str) -> None:
    """Remove it, and what was answered from it; the others stay, and the one then in force answers."""
    erase_version(access, library.sessions, library.files, library.index, document_id, version_id)


@router.get(
    "/api/documents/{document_id}/differences",
    summary="What changed between two versions",
    dependencies=[LongWork],
)
def differences(
    library: LibraryDep,
    access: AccessDep,
    document_id: str,
    old: Annotated[int | None, Query(description="Number of a version; else the one before `new`")] = None,
    new: Annotated[
        int | None, Query(description="Number of a version; else the newest that was read")
    ] = None,
) -> DifferencesOut:
    """Paragraph by paragraph, in the order of the new version. 422 where the comparison takes a minute."""
    with library.sessions.read() as session:
        name = access_rules.document(access, session, document_id).name
        after = _version(session, document_id, new, below=None)
        before = _version(session, document_id, old, below=after.number)
        pages = _pages(session, before.id), _pages(session, after.id)
    found = compared(name, paragraphs(pages[0]), paragraphs(pages[1]))
    counts = Counter(change.kind for change in found)
    return DifferencesOut(
        old=version_out(before),
        new=version_out(after),
        counts={str(kind): counts[kind] for kind in ChangeKind},
        changes=[
            ChangeOut(kind=change.kind, old=_paragraph(change.old), new=_paragraph(change.new))
            for change in found
        ],
    )


def _version(session: Session, document_id: str, number: int | None, *, below: int | None) -> Version:
    """The version of that number, or the highest that was read (below another)."""
    query = select(Version).where(Version.document_id == document_id, Version.pages > 0)
    if number is not None:
        query = query.where(Version.number == number)
    elif below is not None:
        query = query.where(Version.number < below)
    found = session.scalar(query.order_by(Version.number.desc()).limit(1))
    if found is None:
        raise NotFound(what="version", name=number if number is not None else f"before {below}")
    return found


def _pages(session: Session, version_id: str) -> list[PageContent]:
    rows = session.scalars(
        select(Page).where(Page.version_id == version_id).options(undefer(Page.blocks)).order_by(Page.number)
    )
    return [
        PageContent(
            page.number, page.text, page.width, page.height,
            blocks=[Block.unpacked(block) for block in page.blocks],
        )
        for page in rows
    ]  # fmt: skip


def _paragraph(one: Paragraph | None) -> ParagraphOut | None:
    return ParagraphOut(text=one.text, page=one.page, marks=list(one.marks)) if one else None

"""Copies of a space's documents: proposed, decided on, and the page of who keeps the space."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.copies import group_out, reason_out
from api.deps import AccessDep, LibraryDep, LongWork
from api.errors import REFUSALS
from contract.copies import (
    ContradictionOut,
    CopiesOut,
    CopyDecisionIn,
    ListedDocument,
    SaidOut,
    SuccessorOut,
    UpkeepOut,
)
from ingest.copies import decisions, groups
from ingest.copies.upkeep import UNASKED_DAYS, NamedDocument, SaidOf
from ingest.copies.upkeep import upkeep as upkeep_of

router = APIRouter(tags=["documents"], responses=REFUSALS)


@router.get("/api/spaces/{space}/copies", summary="Copies of one document", dependencies=[LongWork])
def list_copies(library: LibraryDep, access: AccessDep, space: str) -> CopiesOut:
    """Documents of the space that say almost the same, among those that you may read: in groups, each with
    the copy that is likely valid, the reasons, and what was decided."""
    with library.sessions.read() as session:
        listed = groups.copy_groups(access, session, space)
    return CopiesOut(groups=[group_out(group) for group in listed])


@router.put("/api/spaces/{space}/copies", summary="Decide which copy is valid", status_code=204)
def decide(library: LibraryDep, access: AccessDep, space: str, order: CopyDecisionIn) -> None:
    """For the space's managers. Quotes from the others then say so; nothing is removed."""
    with library.sessions.write() as session:
        decisions.decide(access, session, space, order.valid, order.copies)


@router.delete(
    "/api/spaces/{space}/copies/{document_id}", summary="Take a decision on copies back", status_code=204
)
def take_back(library: LibraryDep, access: AccessDep, space: str, document_id: str) -> None:
    """For the space's managers: what was decided of that document and those decided on with it."""
    with library.sessions.write() as session:
        decisions.take_back(access, session, space, document_id)


@router.get(
    "/api/spaces/{space}/upkeep", summary="What a space's keeper should look at", dependencies=[LongWork]
)
def upkeep(
    library: LibraryDep,
    access: AccessDep,
    space: str,
    days: Annotated[int, Query(ge=7, le=3650, description="For how long nobody asked")] = UNASKED_DAYS,
) -> UpkeepOut:
    """For its managers: what overlaps, contradicts, seems older than its successor, and what no answer
    quoted, among the documents that you may read."""
    with library.sessions.read() as session:
        state = upkeep_of(access, session, space, days=days)
    return UpkeepOut(
        overlapping=[group_out(group) for group in state.overlapping],
        contradicting=[
            ContradictionOut(one=_said(first), other=_said(other)) for first, other in state.contradicting
        ],
        outdated=[
            SuccessorOut(older=_listed(pair.older), newer=_listed(pair.newer), reason=reason_out(pair.reason))
            for pair in state.outdated
        ],
        unasked=[_listed(document) for document in state.unasked],
        unasked_days=state.unasked_days,
    )


def _listed(document: NamedDocument) -> ListedDocument:
    return ListedDocument(document_id=document.id, document=document.name, title=document.title)


def _said(said: SaidOf) -> SaidOut:
    listed = said.document
    return SaidOut(
        document_id=listed.id, document=listed.name, title=listed.title, page=said.page, text=said.text
    )

"""Spaces: which there are, who does what in them, and which documents have a reader list."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from contract.people import GrantOut, NewGrant, NewSpace, Reader, ReaderListIn, ReaderListOut, SpaceOut
from core.access import Access, may_read, renewed
from core.identity import people
from core.identity.people import ReaderList
from core.models import Document, Space

router = APIRouter(tags=["spaces"], responses=REFUSALS)


def _spaces(access: Access, session: Session) -> list[SpaceOut]:
    rows = session.execute(
        select(Space, func.count(Document.id))
        .outerjoin(Document, (Document.space_id == Space.id) & may_read(access))
        .where(Space.id.in_(access.readable))
        .group_by(Space.id)
        .order_by(Space.name)
    ).all()
    return [
        SpaceOut(
            id=space.id,
            name=space.name,
            writable=space.id in access.writable,
            documents=count,
            may_download=space.id in access.downloadable,
            managed=space.id in access.managed & access.writable,
            administered=space.id in access.administered,
        )
        for space, count in rows
    ]


@router.get("/api/spaces", summary="The spaces that you may read")
def list_spaces(library: LibraryDep, access: AccessDep) -> list[SpaceOut]:
    """By name, each with the number of its documents that you may read."""
    with library.sessions.read() as session:
        return _spaces(access, session)


@router.post("/api/spaces", summary="Make a space", status_code=201)
def add_space(library: LibraryDep, access: AccessDep, order: NewSpace) -> SpaceOut:
    """Empty, and read by nobody but administrators until rights are given. For administrators."""
    with library.sessions.write() as session:
        added = people.add_space(access, session, order.name)
        return next(one for one in _spaces(renewed(access, session), session) if one.id == added.id)


@router.patch("/api/spaces/{space}", summary="Rename a space")
def rename_space(library: LibraryDep, access: AccessDep, space: str, order: NewSpace) -> SpaceOut:
    """By name or id, for its administrators."""
    with library.sessions.write() as session:
        renamed = people.rename_space(access, session, space, order.name)
        session.flush()
        return next(one for one in _spaces(access, session) if one.id == renamed.id)


@router.delete("/api/spaces/{space}", summary="Remove an empty space", status_code=204)
def remove_space(library: LibraryDep, access: AccessDep, space: str) -> None:
    """By name or id, for its administrators; its documents are erased first."""
    with library.sessions.write() as session:
        people.remove_space(access, session, space)


@router.get("/api/spaces/{space}/grants", summary="Who does what in a space")
def list_grants(library: LibraryDep, access: AccessDep, space: str) -> list[GrantOut]:
    """For those who manage it."""
    with library.sessions.read() as session:
        return [GrantOut(**asdict(one)) for one in people.grants(access, session, space)]


@router.put("/api/spaces/{space}/grants", summary="Give a role in a space")
def give(library: LibraryDep, access: AccessDep, space: str, order: NewGrant) -> GrantOut:
    """Managers give reader and author; the space's administrators give every role. Counts at once."""
    with library.sessions.write() as session:
        given = people.grant(
            access, session, space, order.kind, order.holder, order.role, may_download=order.may_download
        )
        return GrantOut(**asdict(given))


@router.delete("/api/spaces/{space}/grants/{grant}", summary="Take a role away", status_code=204)
def revoke(library: LibraryDep, access: AccessDep, space: str, grant: str) -> None:
    """Counts from the next request on."""
    with library.sessions.write() as session:
        people.revoke(access, session, space, grant)


def _list_out(found: ReaderList) -> ReaderListOut:
    return ReaderListOut(
        restricted=found.restricted,
        users=[Reader(id=number, name=name) for number, name in found.users],
        groups=[Reader(id=number, name=name) for number, name in found.groups],
    )


@router.get("/api/documents/{document_id}/readers", summary="A document's reader list")
def readers(library: LibraryDep, access: AccessDep, document_id: str) -> ReaderListOut:
    """For those who manage its space."""
    with library.sessions.read() as session:
        return _list_out(people.reader_list(access, session, document_id))


@router.put("/api/documents/{document_id}/readers", summary="Say who reads a document")
def set_readers(
    library: LibraryDep, access: AccessDep, document_id: str, order: ReaderListIn
) -> ReaderListOut:
    """Restricted: the space's managers, and of its readers those on the list. Counts at once."""
    with library.sessions.write() as session:
        found = people.set_reader_list(
            access, session, document_id,
            restricted=order.restricted, users=order.users, groups=order.groups,
        )  # fmt: skip
        return _list_out(found)

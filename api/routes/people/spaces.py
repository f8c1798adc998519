"""Spaces: list and change them, say who does what in them, and who reads a restricted document."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from contract.people import GrantOut, NewGrant, NewSpace, Reader, ReaderListIn, ReaderListOut, SpaceOut
from core.access import Access, renewed
from core.identity import people
from core.identity.people import ReaderList
from core.models import Space
from ingest.lifecycle.erasure import erase_space

router = APIRouter(tags=["spaces"], responses=REFUSALS)


def _space(access: Access, space: Space, documents: int) -> SpaceOut:
    return SpaceOut(
        id=space.id,
        name=space.name,
        writable=space.id in access.writable,
        documents=documents,
        may_download=space.id in access.downloadable,
        managed=space.id in access.managed & access.writable,
        administered=space.id in access.administered,
    )


@router.get("/api/spaces", summary="The spaces that you may read")
def list_spaces(library: LibraryDep, access: AccessDep) -> list[SpaceOut]:
    """By name, each with the number of its documents that you may read."""
    with library.sessions.read() as session:
        return [_space(access, space, count) for space, count in people.spaces(access, session)]


@router.post("/api/spaces", summary="Make a space", status_code=201)
def add_space(library: LibraryDep, access: AccessDep, order: NewSpace) -> SpaceOut:
    """Empty, and readable by administrators alone until roles are granted. For administrators."""
    with library.sessions.write() as session:
        added = people.add_space(access, session, order.name)
        return _space(renewed(access, session), added, documents=0)


@router.patch("/api/spaces/{space}", summary="Rename a space")
def rename_space(library: LibraryDep, access: AccessDep, space: str, order: NewSpace) -> SpaceOut:
    """By name or id, for its administrators."""
    with library.sessions.write() as session:
        renamed = people.rename_space(access, session, space, order.name)
        counts = {row.id: count for row, count in people.spaces(access, session)}
        return _space(access, renamed, counts[renamed.id])


@router.delete("/api/spaces/{space}", summary="Remove a space", status_code=204)
def remove_space(
    library: LibraryDep,
    access: AccessDep,
    space: str,
    name: Annotated[
        str | None, Query(description="Its name once more: what is in it is erased too", max_length=200)
    ] = None,
) -> None:
    """By name or id, for its administrators. Without `name` an empty one alone. With it every document in it
    is erased, and its rules, templates, approved answers, rights and watched folders end. A legal hold on
    anything in it refuses all of it."""
    if name is not None:
        erase_space(access, library.sessions, library.files, library.index, space, name)
        return
    with library.sessions.write() as session:
        people.remove_space(access, session, space)


@router.get("/api/spaces/{space}/grants", summary="Who does what in a space")
def list_grants(library: LibraryDep, access: AccessDep, space: str) -> list[GrantOut]:
    """For those who manage it."""
    with library.sessions.read() as session:
        return [GrantOut(**asdict(granted)) for granted in people.grants(access, session, space)]


@router.put("/api/spaces/{space}/grants", summary="Give a role in a space")
def give(library: LibraryDep, access: AccessDep, space: str, order: NewGrant) -> GrantOut:
    """Managers give reader and author; the space's administrators give every role. Takes effect at once."""
    with library.sessions.write() as session:
        granted = people.grant(
            access, session, space, order.kind, order.holder, order.role, may_download=order.may_download
        )
        return GrantOut(**asdict(granted))


@router.delete("/api/spaces/{space}/grants/{grant}", summary="Take a role away", status_code=204)
def revoke(library: LibraryDep, access: AccessDep, space: str, grant: str) -> None:
    """Takes effect at the next request."""
    with library.sessions.write() as session:
        people.revoke(access, session, space, grant)


def _list_out(readers: ReaderList) -> ReaderListOut:
    return ReaderListOut(
        restricted=readers.restricted,
        users=[Reader(id=user_id, name=name) for user_id, name in readers.users],
        groups=[Reader(id=group_id, name=name) for group_id, name in readers.groups],
        file_readers=readers.file_readers,
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
    """A restricted document is read by the space's managers, and by those of its readers who are on the list.
    Takes effect at once."""
    with library.sessions.write() as session:
        changed = people.set_reader_list(
            access, session, document_id,
            restricted=order.restricted, users=order.users, groups=order.groups,
        )  # fmt: skip
        return _list_out(changed)

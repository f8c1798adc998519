"""Warnings about personal data in a space's documents, for its managers alone."""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import AccessDep, LibraryDep, LongWork
from api.errors import REFUSALS
from contract.safety import PersonalDataChoice, PersonalDataOut, PersonalDatumOut
from core.access import Access
from ingest.personal import watch
from operations.library import Library

router = APIRouter(tags=["documents"], responses=REFUSALS)


@router.get("/api/spaces/{space}/personal-data", summary="Personal data that documents seem to hold")
def list_personal_data(library: LibraryDep, access: AccessDep, space: str) -> PersonalDataOut:
    """For the space's managers: places in documents that they may read. A warning: what is written otherwise
    is not found, and what is found may be something else."""
    return _listed(library, access, space)


@router.put(
    "/api/spaces/{space}/personal-data", summary="Warn of personal data, or not", dependencies=[LongWork]
)
def choose(library: LibraryDep, access: AccessDep, space: str, order: PersonalDataChoice) -> PersonalDataOut:
    """For the space's managers. Turned on, the documents that are there are looked through before this
    answers; turned off, what was found is forgotten."""
    with library.sessions.write() as session:
        space_id = watch.choose(access, session, space, on=order.on)
    if order.on:
        watch.look_through(library.sessions, space_id)
    return _listed(library, access, space)


def _listed(library: Library, access: Access, space: str) -> PersonalDataOut:
    with library.sessions.read() as session:
        listed = watch.listed(access, session, space)
    return PersonalDataOut(
        on=listed.since is not None,
        since=listed.since,
        more=listed.more,
        found=[
            PersonalDatumOut(
                document_id=place.document_id, document=place.name, title=place.title, version=place.version,
                answers=place.answers, page=place.page, kind=place.kind, shown=place.masked,
            )
            for place in listed.found
        ],
    )  # fmt: skip

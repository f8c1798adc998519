"""Documents that are the same as others, or almost. They are shown, and nothing is done to them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from contract.documents import DuplicateGroup, DuplicateOut, DuplicatesOut
from ingest.records.duplicates import Duplicates
from ingest.records.duplicates import duplicates as duplicates_of
from ingest.versions.near_duplicates import Alike

router = APIRouter(tags=["documents"], responses=REFUSALS)


@router.get("/api/duplicates", summary="Documents that are the same, or almost")
def duplicates(
    library: LibraryDep,
    access: AccessDep,
    space: Annotated[str | None, Query(description="Id of a space; else all that you may read")] = None,
    least: Annotated[
        float,
        Query(ge=0.5, le=1, description="How similar two documents must be to count as almost the same"),
    ] = 0.8,
) -> DuplicatesOut:
    """Among the versions that answer today: the same file, or texts that share most runs of words."""
    with library.sessions.read() as session:
        groups = duplicates_of(access, session, space_id=space, least=least)
    return DuplicatesOut(
        same=[_group(groups, alike) for alike in groups.same],
        alike=[_group(groups, alike) for alike in groups.alike],
    )


def _group(groups: Duplicates, alike: Alike) -> DuplicateGroup:
    return DuplicateGroup(
        documents=[
            DuplicateOut(
                document_id=document_id,
                document=groups.names[document_id][0],
                space=groups.names[document_id][1],
                likeness=likeness,
            )
            for document_id, likeness in zip(alike.ids, alike.likeness, strict=True)
        ]
    )

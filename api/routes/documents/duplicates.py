"""Documents that are the same as others, or almost. They are shown, and nothing is done to them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from contract.documents import DuplicateGroup, DuplicateOut, DuplicatesOut
from core.access import may_read
from core.models import Document, Space, Version
from ingest.near_duplicates import Alike, alike

router = APIRouter(tags=["documents"], responses=REFUSALS)


@router.get("/api/duplicates", summary="Documents that are the same, or almost")
def duplicates(
    library: LibraryDep,
    access: AccessDep,
    space: Annotated[str | None, Query(description="Id of a space; else all that you may read")] = None,
    least: Annotated[float, Query(ge=0.5, le=1, description="How alike almost the same is")] = 0.8,
) -> DuplicatesOut:
    """By what answers today: the same file, or texts that have most runs of words in common."""
    query = (
        select(Document.id, Document.name, Space.name, Version.sha256, Version.signature)
        .join(Version, Version.id == Document.current_version_id)
        .join(Space, Space.id == Document.space_id)
        .where(may_read(access))
        .order_by(Document.created_at, Document.id)
    )
    if space is not None:
        query = query.where(Document.space_id == space)
    with library.sessions.read() as session:
        rows = session.execute(query).all()
    shown = {document: (name, shelf) for document, name, shelf, _, _ in rows}
    by_content: dict[str, list[str]] = {}
    for document, _, _, sha256, _ in rows:
        by_content.setdefault(sha256, []).append(document)
    # Of files that are the same one stands for all.
    signed = [
        (document, signature)
        for document, _, _, sha256, signature in rows
        if signature is not None and by_content[sha256][0] == document
    ]

    def group(one: Alike) -> DuplicateGroup:
        documents = [
            DuplicateOut(
                document_id=document, document=shown[document][0], space=shown[document][1], likeness=share
            )
            for document, share in zip(one.ids, one.likeness, strict=True)
        ]
        return DuplicateGroup(documents=documents)

    same = [
        Alike(tuple(documents), (1.0,) * len(documents))
        for documents in by_content.values()
        if len(documents) > 1
    ]
    return DuplicatesOut(
        same=[group(one) for one in same], alike=[group(one) for one in alike(signed, least)]
    )

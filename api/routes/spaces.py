"""The spaces that may be read."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import func, select

from api.deps import AccessDep, LibraryDep
from api.schemas import SpaceOut
from core.access import may_read
from core.models import Document, Space

router = APIRouter(tags=["spaces"])


@router.get("/api/spaces", summary="The spaces that you may read")
def list_spaces(library: LibraryDep, access: AccessDep) -> list[SpaceOut]:
    """By name, each with the number of its documents."""
    with library.sessions.read() as session:
        rows = session.execute(
            select(Space, func.count(Document.id))
            .outerjoin(Document, (Document.space_id == Space.id) & may_read(access))
            .where(Space.id.in_(access.readable))
            .group_by(Space.id)
            .order_by(Space.name)
        ).all()
    return [
        SpaceOut(id=space.id, name=space.name, writable=space.id in access.writable, documents=count)
        for space, count in rows
    ]

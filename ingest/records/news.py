"""What is new or changed in the spaces that one reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.access import Access, may_read
from core.models import Document, Space, Version

MOST_NEWS = 200


@dataclass(frozen=True)
class News:
    """A version that was published: `number` 1 is a new document, more is a changed one."""

    version_id: str
    document_id: str
    name: str
    title: str
    space: str
    number: int
    at: datetime
    in_force_from: date | None


def news(
    access: Access,
    session: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = MOST_NEWS,
) -> list[News]:
    """Versions that were published between those moments (from the first on, before the second), newest
    first, of documents that may be read now."""
    query = (
        select(Version, Document, Space.name)
        .join(Document, Document.id == Version.document_id)
        .join(Space, Space.id == Document.space_id)
        .where(Version.published_at.is_not(None), may_read(access))
    )
    if since is not None:
        query = query.where(Version.published_at >= since)
    if until is not None:
        query = query.where(Version.published_at < until)
    rows = session.execute(query.order_by(Version.published_at.desc(), Version.id).limit(limit))
    return [
        News(
            version.id, document.id, document.name, document.title or document.name, space, version.number,
            version.published_at, version.in_force_from,
        )
        for version, document, space in rows
        if version.published_at is not None
    ]  # fmt: skip

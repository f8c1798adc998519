"""Documents that are the same as others, or almost, among those that may be read."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.access import Access, may_read
from core.models import Document, Space, Version
from ingest.versions.near_duplicates import Alike, alike


@dataclass(frozen=True)
class Duplicates:
    """Groups of the same file and of almost the same text, each oldest first. `names` holds the name and the
    space of each document in them, by its id."""

    same: list[Alike]
    alike: list[Alike]
    names: dict[str, tuple[str, str]]


def duplicates(access: Access, session: Session, *, space_id: str | None = None, least: float) -> Duplicates:
    """By what answers today: the same file, or texts that share at least `least` (0 to 1) of their runs of
    words."""
    query = (
        select(Document.id, Document.name, Space.name, Version.sha256, Version.signature)
        .join(Version, Version.id == Document.current_version_id)
        .join(Space, Space.id == Document.space_id)
        .where(may_read(access))
        .order_by(Document.created_at, Document.id)
    )
    if space_id is not None:
        query = query.where(Document.space_id == space_id)
    rows = session.execute(query).all()
    by_content: dict[str, list[str]] = {}
    for document_id, _, _, sha256, _ in rows:
        by_content.setdefault(sha256, []).append(document_id)
    # Of files that are the same one stands for all.
    signed = [
        (document_id, signature)
        for document_id, _, _, sha256, signature in rows
        if signature is not None and by_content[sha256][0] == document_id
    ]
    return Duplicates(
        same=[Alike(tuple(ids), (1.0,) * len(ids)) for ids in by_content.values() if len(ids) > 1],
        alike=list(alike(signed, least)),
        names={document_id: (name, space) for document_id, name, space, _, _ in rows},
    )

"""The pages of a version as its reader handed them over, out of the records."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from core.models import Page
from ingest.pages import Block, PageContent, PageKind


def stored_pages(session: Session, version_id: str) -> Iterator[PageContent]:
    """The pages in their order, without their boxes: blocks have their own."""
    rows = session.scalars(
        select(Page).where(Page.version_id == version_id).options(undefer(Page.blocks)).order_by(Page.number)
    )
    for page in rows:
        yield PageContent(
            page.number, page.text, page.width, page.height, page.label,
            blocks=[Block.unpacked(block) for block in page.blocks],
            source=page.source, kind=PageKind(page.kind), name=page.name,
            quality=page.quality, hidden=page.hidden,
        )  # fmt: skip

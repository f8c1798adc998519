"""Reading a page is written into the log, before the page is shown."""

from __future__ import annotations

from core.access import Access
from core.audit import record
from core.models import Version
from operations.library import Library


def record_read(library: Library, access: Access, version: Version, number: int) -> None:
    """Once an hour, since reading a page asks for its picture and text many times."""
    if library.reads.first(access.user_id, version.id, number):
        with library.sessions.write() as session:
            record(
                session, access.user_id, "document.read", version.document_id, version=version.number,
                page=number,
            )  # fmt: skip

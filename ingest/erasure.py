"""The way back: a document leaves the records, both legs of the index, and the folder of originals."""

from __future__ import annotations

from sqlalchemy import delete, select

from core.access import Access, document_to_change
from core.audit import record
from core.db import Sessions
from core.files import Files
from core.models import Document, Job, Passage, Version
from retrieval.index import SearchIndex


def erase_document(
    access: Access, sessions: Sessions, files: Files, index: SearchIndex, document_id: str
) -> None:
    """Remove that document with all its versions. Raises NotFound or NotPermitted."""
    with sessions.write() as session:
        document = document_to_change(access, session, document_id)
        versions = session.execute(
            select(Version.id, Version.sha256).where(Version.document_id == document_id)
        ).all()
        passages = {
            version: list(session.scalars(select(Passage.id).where(Passage.version_id == version)))
            for version, _ in versions
        }
        space_id = document.space_id
        record(session, access.user_id, "document.erased", document_id)
        session.execute(delete(Job).where(Job.subject_id.in_([version for version, _ in versions])))
        session.execute(delete(Document).where(Document.id == document_id))
        session.flush()
        unused = {sha256 for _, sha256 in versions} - set(
            session.scalars(select(Version.sha256).where(Version.sha256.in_([sha for _, sha in versions])))
        )
    for version, ids in passages.items():
        index.remove(version, space_id, ids)
    for sha256 in unused:
        files.remove(sha256)

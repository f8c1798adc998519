"""The way back: a document leaves the records with what was answered from it, both legs of the index, and
the folders of originals and pictures."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from core.access import Access, document_to_change
from core.audit import record
from core.db import Sessions
from core.files import Files
from core.models import Answer, Citation, Document, Job, Passage, Version
from retrieval import faqs
from retrieval.answering import ERASED
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
        passages: dict[str, list[str]] = {version: [] for version, _ in versions}
        for version, passage_id in session.execute(
            select(Passage.version_id, Passage.id).where(Passage.version_id.in_(passages))
        ):
            passages[version].append(passage_id)
        cited = select(Citation.question_id).where(Citation.document_id == document_id)
        # What a model wrote from it goes with it; that the question was asked stays.
        session.execute(
            update(Answer).where(Answer.question_id.in_(cited)).values(text="", struck=[], why=ERASED)
        )
        faqs.document_erased(session, document_id)
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
        files.remove_pictures(version)
    for sha256 in unused:
        files.remove(sha256)

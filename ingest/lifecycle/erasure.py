"""Erasure: a document leaves the records with the answers that were given from it, both retrievers of the
index, and the folders of originals and pictures."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core.access import Access, document_to_change, space_to_administer
from core.audit import record
from core.db import Sessions
from core.effective_dates import version_in_force
from core.errors import BadValue, LastAdministrator, NotFound, OriginalsAway
from core.files import Files
from core.holds import check_document, check_space, check_user
from core.identity.accounts import administrators
from core.identity.people import remove_space
from core.models import (
    Answer,
    AnswerStatus,
    Check,
    Citation,
    Document,
    Draft,
    DraftSource,
    Erasure,
    Fact,
    Folder,
    Job,
    Passage,
    Question,
    User,
    Version,
    today,
)
from ingest.lifecycle.effective_dates import restart, settle
from ingest.lifecycle.removals import note_unused, remove_unused
from retrieval.answers.events import ERASED
from retrieval.faq import faqs
from retrieval.index.index import SearchIndex, rebuild_words

SCRUB = "scrub_due"  # the fact that traces of something erased are still in the index's files
PARTS = (
    "records: document, versions, pages, passages, citations, jobs, approved answers bound to it",
    "answers written from it: their text",
    "drafts that quote it",
    "word index: written anew",
    "vector index: written anew",
    "originals and page pictures",
    "free space and log of the records file",
)


def erase_document(
    access: Access, sessions: Sessions, files: Files, index: SearchIndex, document_id: str
) -> None:
    """Remove that document with all its versions. Raises NotFound or NotPermitted."""
    with sessions.write() as session:
        document = document_to_change(access, session, document_id)
        check_document(session, document)
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
            update(Answer)
            .where(Answer.question_id.in_(cited), Answer.status != AnswerStatus.NOT_FOUND)
            .values(text="", struck=[], computed={}, overview={}, why=ERASED)
        )
        faqs.document_erased(session, document_id)
        quoting = select(DraftSource.draft_id).where(DraftSource.document_id == document_id)
        session.execute(delete(Draft).where(Draft.id.in_(quoting)))
        space_id = document.space_id
        checks = list(session.scalars(select(Check.id).where(Check.document_id == document_id)))
        record(session, access.user_id, "document.erased", document_id)
        session.merge(Fact(name=SCRUB, value=document_id))
        session.execute(delete(Job).where(Job.subject_id.in_([version for version, _ in versions])))
        session.execute(delete(Document).where(Document.id == document_id))
        session.flush()
        note_unused(session, {sha256 for _, sha256 in versions})
    remove_unused(sessions, files)
    for version, ids in passages.items():
        index.remove(version, space_id, ids)
        files.remove_pictures(version)
    for check_id in checks:
        with contextlib.suppress(OriginalsAway):  # what is kept of a check ends with its time
            files.remove_check(check_id)


def erase_space(
    access: Access, sessions: Sessions, files: Files, index: SearchIndex, space: str, name: str
) -> None:
    """Remove that space (name or id) with all that is in it; `name` is its name once more, as a person typed
    it. Raises NotFound, NotPermitted, UnderLegalHold, or BadValue for another name.

    Its folders stop being watched before its documents go. What is uploaded meanwhile goes too; if the
    back-end ends in the middle, the rest is still there, and the same order goes on with it.
    """
    with sessions.write() as session:
        doomed = space_to_administer(access, session, space)
        if name.strip() != doomed.name:
            fix = f"Type {doomed.name}, exactly"
            raise BadValue(name="name", problem="it is not the name of the space", fix=fix)
        check_space(session, doomed)
        space_id = doomed.id
        folders = session.execute(
            delete(Folder).where(Folder.space_id == space_id).returning(Folder.id, Folder.path)
        ).all()
        for folder_id, path in folders:
            record(session, access.user_id, "folder.removed", folder_id, path=path)
    while True:
        with sessions.read() as session:
            documents = list(session.scalars(select(Document.id).where(Document.space_id == space_id)))
        for document_id in documents:
            with contextlib.suppress(NotFound):  # somebody else erased it meanwhile
                erase_document(access, sessions, files, index, document_id)
        with sessions.write() as session:
            left = select(Document.id).where(Document.space_id == space_id).limit(1)
            if session.scalar(left) is None:
                remove_space(access, session, space_id)
                return


def erase_version(
    access: Access, sessions: Sessions, files: Files, index: SearchIndex, document_id: str, version_id: str
) -> None:
    """Remove one version of a document, with what was answered from it; the others stay, and the one that is
    in force without it answers. Raises NotFound, NotPermitted, UnderLegalHold, or BadValue for the only one.
    """
    with sessions.write() as session:
        document = document_to_change(access, session, document_id)
        check_document(session, document)
        version = session.get(Version, version_id)
        if version is None or version.document_id != document_id:
            raise NotFound(what="version", name=version_id)
        if session.scalar(select(func.count()).where(Version.document_id == document_id)) == 1:
            raise BadValue(
                name="version", problem="it is the only one of its document", fix="Erase the document"
            )
        passages = list(session.scalars(select(Passage.id).where(Passage.version_id == version_id)))
        cited = select(Citation.question_id).where(Citation.version_id == version_id)
        session.execute(
            update(Answer)
            .where(Answer.question_id.in_(cited))
            .values(text="", struck=[], computed={}, overview={}, why=ERASED)
        )
        session.execute(delete(Citation).where(Citation.version_id == version_id))
        record(session, access.user_id, "version.erased", document_id, version=version.number)
        session.merge(Fact(name=SCRUB, value=version_id))
        session.execute(delete(Job).where(Job.subject_id == version_id))
        if document.current_version_id == version_id:
            document.current_version_id = None
        sha256, space_id = version.sha256, document.space_id
        session.delete(version)
        restart(session, document_id)
        session.flush()
        following = version_in_force(session, document_id, today())
        faqs.version_erased(session, document_id, version_id, following)
        note_unused(session, [sha256])
    remove_unused(sessions, files)
    index.remove(version_id, space_id, passages)
    settle(sessions, index, [document_id])
    files.remove_pictures(version_id)


def scrub(sessions: Sessions, index: SearchIndex) -> bool:
    """Leave no trace in the files of what was erased since the last time; returns whether there was anything.

    Both retrievers keep removed entries in their files until those are rewritten, so they are rewritten
    here: some seconds for every hundred thousand passages, and searches go on meanwhile.
    """
    with sessions.read() as session:
        if session.get(Fact, SCRUB) is None:
            return False
    rebuild_words(sessions, index)
    for words in (index.keywords, index.archive):
        if words is not None:
            words.forget_removed()
    if index.vectors is not None:
        index.vectors.scrub()
    with sessions.write() as session:
        session.execute(delete(Fact).where(Fact.name == SCRUB))
    sessions.scrub()
    return True


def erasures(session: Session, *, limit: int) -> Sequence[Erasure]:
    """The certificates of erasures, newest first."""
    return session.scalars(select(Erasure).order_by(Erasure.at.desc()).limit(limit)).all()


def erase_with_certificate(
    access: Access, sessions: Sessions, files: Files, index: SearchIndex, document_id: str
) -> Erasure:
    """Erase that document, scrub the files, and certify it. Raises NotFound, NotPermitted, UnderLegalHold."""
    with sessions.read() as session:
        document = document_to_change(access, session, document_id)
        versions = session.execute(
            select(Version.number, Version.sha256).where(Version.document_id == document_id)
        ).all()
    erase_document(access, sessions, files, index, document_id)
    scrub(sessions, index)
    with sessions.read() as session:
        left = session.scalar(select(Passage.id).where(Passage.document_id == document_id).limit(1))
    later = remove_unused(sessions, files) & {sha for _, sha in versions}
    kept = [sha for _, sha in versions if sha not in later and files.has(sha)]
    certificate = {
        "document": document_id,
        # The name may give away what was erased: the certificate holds what proves it, not what it says.
        "name_sha256": hashlib.sha256(document.name.encode()).hexdigest(),
        "space": document.space_id,
        "versions": [{"number": number, "sha256": sha} for number, sha in versions],
        "removed_from": list(PARTS),
        "left": {
            "passages": left is not None,
            "originals_shared_with_another_document": kept,
            "audit": "who uploaded, read and erased it, and its file's name and hash",
            "questions": "what people asked stays until their rule or erasure",
            **({"originals_removed_when_their_store_answers": sorted(later)} if later else {}),
            "backups": "made before; theirs to be erased",
        },
    }
    return _certify(access, sessions, "document", document_id, certificate)


def erase_user(access: Access, sessions: Sessions, user_id: str) -> Erasure:
    """Remove a person: account, sign-ins, keys, memberships, rights, questions with answers, drafts. What
    the log says of them stays under a number. The caller knows that the asker is an administrator.

    Raises LastAdministrator or UnderLegalHold.
    """
    with sessions.write() as session:
        user = session.get_one(User, user_id)
        check_user(session, user)
        if user.is_admin and user.disabled_at is None and administrators(session) == 1:
            raise LastAdministrator(name=user.name)
        asked = session.execute(delete(Question).where(Question.user_id == user_id))
        session.delete(user)
        record(session, access.user_id, "user.erased", user_id)
        count = getattr(asked, "rowcount", 0)
    sessions.scrub()
    certificate = {
        "user": user_id,
        "questions": count,
        "removed_from": [
            "account, sign-ins, links, keys",
            "memberships and rights",
            "questions and answers",
            "drafts",
        ],
        "left": {"audit": "the number of the account, without its name", "backups": "theirs to be erased"},
    }
    return _certify(access, sessions, "user", user_id, certificate)


def _certify(
    access: Access, sessions: Sessions, kind: str, subject: str, certificate: dict[str, Any]
) -> Erasure:
    with sessions.write() as session:
        made = Erasure(by=access.user_id, kind=kind, subject_id=subject, certificate=certificate)
        session.add(made)
        session.flush()
        record(session, access.user_id, "erasure.certified", made.id, kind=kind, of=subject)
        return made

"""A file arrives: stored, hashed, typed by its content, and put on the list of work, or refused.

Nothing of a refused file stays. One transaction makes the document, its version, its job and the entry in
the audit log.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contract.values import JobState
from core import jobs
from core.access import Access, readable_documents, space_to_write
from core.access import document as document_of
from core.audit import record
from core.db import Sessions
from core.errors import BadValue, OriginalsAway
from core.files import Files, ReceivedFile
from core.jobs import NOWHERE
from core.models import Document, Job, Version, VersionState
from core.signs import TURNS
from ingest.formats import media_type_of
from ingest.lifecycle.effective_dates import given_dates

LONGEST_PART, LONGEST_NAME = 255, 500  # characters of a file's name, and of its path
INGEST, EMBED = "ingest", "embed"  # kinds of job
CHECK = "check"  # a version against the packs of its space: the work of `checks.service.checker`


@dataclass(frozen=True)
class Accepted:
    """What became of an upload. `duplicate`: the document in the space has this very content already."""

    document: Document
    version: Version
    job: Job | None
    duplicate: bool


def accept(
    access: Access,
    sessions: Sessions,
    files: Files,
    space: str,
    name: str,
    chunks: Iterable[bytes],
    *,
    limit_bytes: int,
    path: str = "",
    title: str = "",
    valid: tuple[date | None, date | None] = (None, None),
    keep: Callable[[str], None] = lambda version_id: None,
    only: str = NOWHERE,
) -> Accepted:
    """Take a file into a space (its name or id), as a new document or a new version of the one of that name.

    `path` is where it lies below a folder that was sent as a whole: the document is called so then, as those
    of watched folders are. `valid` are its first and last day in force, where the person says them. `keep` is
    told the new version's id before anyone can work on it: a password is put beside it there, and `only` that
    process can read it then. Raises NotFound, NotPermitted, BadValue, or an Unreadable (too large, empty,
    unknown kind).
    """
    return accept_named(
        access, sessions, files, space, document_name(name, path), chunks,
        limit_bytes=limit_bytes, title=title, valid=valid, keep=keep, ahead=True, only=only,
    )  # fmt: skip


def document_name(name: str, path: str = "") -> str:
    """What the document of a file with that name is called, or of one at that path below a folder that was
    sent with it. Raises BadValue."""
    # macOS sends が as か and a mark of its own; it is one name with what Windows sends.
    parts = unicodedata.normalize("NFC", (path or name).replace("\\", "/")).split("/")
    parts = [part for part in parts if part.strip() not in ("", ".")]
    if not path:
        parts = parts[-1:]
    called = "/".join(parts)
    if not parts or ".." in (part.strip() for part in parts):
        raise BadValue(name="name", problem="the file has no name", fix="Send it with a file name")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in called) or TURNS.search(called):
        raise BadValue(name="name", problem="it has control characters", fix="Rename the file")
    if max(map(len, parts)) > LONGEST_PART:
        raise BadValue(
            name="name", problem=f"it has more than {LONGEST_PART} characters", fix="Rename the file"
        )
    if len(called) > LONGEST_NAME:
        raise BadValue(
            name="name", problem=f"its path has more than {LONGEST_NAME} characters", fix="Move it"
        )
    return called


def accept_named(
    access: Access,
    sessions: Sessions,
    files: Files,
    space: str,
    name: str,
    chunks: Iterable[bytes],
    *,
    limit_bytes: int,
    title: str = "",
    document_id: str | None = None,
    valid: tuple[date | None, date | None] = (None, None),
    keep: Callable[[str], None] = lambda version_id: None,
    ahead: bool = False,
    file_rights_id: str | None = None,
    only: str = NOWHERE,
) -> Accepted:
    """Take a file in under a name that the caller has made; as a new version of that document, where one is
    given that is there still. `ahead`: a person waits for it; `file_rights_id`: who may read it by its file's
    own rights. Raises as `accept` does."""
    with sessions.read() as session:
        space_to_write(access, session, space)
    with files.received(name, chunks, limit_bytes=limit_bytes) as stored:
        media_type = media_type_of(stored.path, name)
        files.keep(stored)
    try:
        with sessions.write() as session:
            accepted = _enter(access, session, space, name, title, stored, media_type, document_id, ahead)
            if file_rights_id is not None:
                accepted.document.file_rights_id = file_rights_id
            if not accepted.duplicate:
                given_dates(accepted.version, *valid)
                keep(accepted.version.id)
                if only and accepted.job is not None:
                    accepted.job.only = only
            return accepted
    except BaseException:  # also an interrupt: nothing of a refused file stays
        with sessions.read() as session:
            unused = not _in_use(session, stored.sha256)
        if unused:
            with contextlib.suppress(OriginalsAway):  # what is left there is removed with all that is unknown
                files.remove(stored.sha256)
        raise


def _enter(
    access: Access,
    session: Session,
    space: str,
    name: str,
    title: str,
    stored: ReceivedFile,
    media_type: str,
    document_id: str | None,
    ahead: bool,
) -> Accepted:
    shelf = space_to_write(access, session, space)
    document = _continued(access, session, shelf.id, document_id) or _named(access, session, shelf.id, name)
    if document is None:
        document = Document(space_id=shelf.id, name=name, title=title)
        session.add(document)
        session.flush()
    same = session.scalar(
        select(Version)
        .where(
            Version.document_id == document.id,
            Version.sha256 == stored.sha256,
            Version.state != VersionState.FAILED,
        )
        .order_by(Version.number.desc())
        .limit(1)
    )
    newest = session.scalar(select(func.max(Version.number)).where(Version.document_id == document.id))
    if same is not None and same.number == newest:
        return Accepted(document, same, None, True)
    version = Version(
        document_id=document.id,
        number=(newest or 0) + 1,
        sha256=stored.sha256,
        size=stored.size,
        media_type=media_type,
        created_by=access.user_id,
    )
    session.add(version)
    session.flush()
    job = jobs.enqueue(session, INGEST, version.id, shelf.id, ahead=ahead)
    record(
        session, access.user_id, "document.uploaded", document.id,
        name=name, version=version.number, sha256=stored.sha256,
    )  # fmt: skip
    return Accepted(document, version, job, False)


def _continued(access: Access, session: Session, space_id: str, document_id: str | None) -> Document | None:
    """That document, if it is still in the space. Raises NotFound if it may not be read: its next
    version must not become a document of its own that others read."""
    there = session.get(Document, document_id) if document_id is not None else None
    if there is None or there.space_id != space_id:
        return None
    return document_of(access, session, there.id)


def _named(access: Access, session: Session, space_id: str, name: str) -> Document | None:
    """The document of that name that the asker may read. One that they may not is as if it were not there:
    the file becomes a document beside it. Of two that they read it is the one with narrower rights, so that
    what is sent is never read by more people than the other."""
    return session.scalar(
        readable_documents(access)
        .where(Document.space_id == space_id, Document.name == name)
        .order_by(
            Document.file_rights_id.is_(None), Document.restricted.desc(), Document.created_at, Document.id
        )
        .limit(1)
    )


def _in_use(session: Session, sha256: str) -> bool:
    return session.scalar(select(Version.id).where(Version.sha256 == sha256).limit(1)) is not None


def retry(access: Access, session: Session, version: Version, space_id: str) -> Job:
    """Put a version on the list of work once more that failed or whose job was cancelled.

    Raises NotFound, NotPermitted, or BadValue if there is nothing left to do.
    """
    space_to_write(access, session, space_id)
    waiting = session.scalar(
        select(Job).where(
            Job.subject_id == version.id,
            Job.kind != CHECK,
            Job.state.in_([JobState.WAITING, JobState.RUNNING]),
        )
    )
    if waiting is not None:
        return waiting
    if version.state == VersionState.SEARCHABLE:  # its vectors are missing
        return jobs.enqueue(session, EMBED, version.id, space_id)
    if version.state == VersionState.EMBEDDED:
        raise BadValue(
            name="document", problem="it is searchable already", fix="Upload the file again if it changed"
        )
    version.state, version.error_code, version.error_values = VersionState.STORED, None, None
    return jobs.enqueue(session, INGEST, version.id, space_id, ahead=True)

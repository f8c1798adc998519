"""Documents take over who may read their files, at each look at their watched folder, also where no file
changed. What cannot be read is read by nobody.

The same rights are kept once, and go when no document has them any more. Each identifier that they name is
kept too: whom it names the directory says (`core/identity/tokens.py`), or an administrator.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from contract.values import FolderRights
from core.audit import record
from core.db import Sessions
from core.identity.principals import every_named
from core.models import Document, FileRights, Folder, FolderFile, Principal, PrincipalState
from core.rights.gates import NOBODY, Rights, id_of, named_in, packed, unpacked
from ingest.watched.rights.local import local_reader
from ingest.watched.rights.reading import Reader, ReadRights, ShareAccount
from ingest.watched.rights.share import share_address, share_reader

SYSTEM = "system"
AT_ONCE = 500  # rows of one change
UNREAD = ReadRights("", NOBODY, "it was not looked at")


@dataclass(frozen=True)
class RightsSource:
    """Where the rights of watched folders are read: the account on the file server, and what makes the
    records know who holds which identifiers now."""

    account: ShareAccount = field(default_factory=ShareAccount)
    renew: Callable[[], None] = lambda: None

    def reader(self, folder: Folder) -> AbstractContextManager[Reader]:
        """A reader of that folder's rights. Opening it raises RightsAway."""
        if folder.share:
            return share_reader(share_address(folder.share), self.account)
        return local_reader(Path(folder.path))


@dataclass(frozen=True)
class FolderTakesOver:
    """The rights of a folder's files as one look found them; None: the folder takes none over."""

    read: Mapping[str, ReadRights] | None = None

    def of(self, path: str) -> ReadRights | None:
        """The rights of the file at that path. One that came after they were read waits for the next look."""
        return None if self.read is None else self.read.get(path, UNREAD)


def look(source: RightsSource, folder: Folder, paths: Collection[str]) -> FolderTakesOver:
    """Read the rights of the files at those paths. Raises RightsAway."""
    if folder.rights != FolderRights.FILE_SYSTEM:
        return FolderTakesOver()
    with source.reader(folder) as read:
        return FolderTakesOver({row.path: row for row in read(paths)})


def take(sessions: Sessions, folder: Folder, rights: FolderTakesOver) -> int:
    """Give the documents of those files their rights, and return how many have others than before."""
    if rights.read is None:
        return 0
    with sessions.read() as session:
        rows = session.execute(
            select(FolderFile.path, FolderFile.rights_error, Document.id, Document.file_rights_id)
            .join(Document, Document.id == FolderFile.document_id)
            .where(FolderFile.folder_id == folder.id)
        ).all()
        there = set(session.scalars(select(FileRights.id)))
    texts: dict[Rights, str] = {}
    changed: dict[str, list[str]] = {}
    problems: list[tuple[str, str | None]] = []
    for path, problem, document, before in rows:
        row = rights.read.get(path)
        if row is None:
            continue  # its file is gone: it keeps what was read last
        text = texts.setdefault(row.rights, packed(row.rights))
        if id_of(text) != before or before not in there:
            changed.setdefault(text, []).append(document)
        if (row.problem or None) != problem:
            problems.append((path, row.problem[:400] or None))
    if not changed and not problems:
        return 0
    with sessions.write() as session:
        if session.get(Folder, folder.id) is None:  # taken off the list meanwhile
            return 0
        keep(session, changed)
        for text, documents in changed.items():
            for start in range(0, len(documents), AT_ONCE):
                session.execute(
                    update(Document)
                    .where(Document.id.in_(documents[start : start + AT_ONCE]))
                    .values(file_rights_id=id_of(text))
                )
        if problems:
            session.execute(
                update(FolderFile),
                [
                    {"folder_id": folder.id, "path": path, "rights_error": problem}
                    for path, problem in problems
                ],
            )
        count = sum(map(len, changed.values()))
        if count:
            record(session, SYSTEM, "folder.rights_taken", folder.id, documents=count)
            forget_unused(session)
    return count


def kept(sessions: Sessions, rights: ReadRights | None) -> str | None:
    """The id of those rights, which are kept before a document has them; None where none are taken over."""
    if rights is None:
        return None
    text = packed(rights.rights)
    with sessions.write() as session:
        keep(session, [text])
    return id_of(text)


def keep(session: Session, texts: Collection[str]) -> None:
    """Keep those packed rights, and the identifiers that they name."""
    by_id = {id_of(text): text for text in texts}
    there = set(session.scalars(select(FileRights.id).where(FileRights.id.in_(list(by_id)))))
    new = [{"id": key, "gates": text} for key, text in by_id.items() if key not in there]
    if not new:
        return
    session.execute(insert(FileRights), new)
    named = set().union(*(named_in(unpacked(row["gates"])) for row in new))
    known = set(session.scalars(select(Principal.sid)))
    rows = [{"sid": sid, "state": PrincipalState.UNKNOWN} for sid in sorted(named - known)]
    if rows:
        session.execute(insert(Principal), rows)


def forget_unused(session: Session) -> None:
    """Forget rights that no document has any more, and identifiers of which nobody said whom they name, where
    no rights name them."""
    used = select(Document.file_rights_id).where(Document.file_rights_id.is_not(None)).distinct()
    session.execute(delete(FileRights).where(FileRights.id.not_in(used)))
    named = every_named(session)
    unmapped = select(Principal.sid).where(Principal.state != PrincipalState.MAPPED)
    left = sorted(set(session.scalars(unmapped)) - named)
    for start in range(0, len(left), AT_ONCE):
        session.execute(delete(Principal).where(Principal.sid.in_(left[start : start + AT_ONCE])))


def shut(session: Session, folder_id: str) -> None:
    """Let nobody read the documents of that folder, until a look has read the rights of their files."""
    text = packed(NOBODY)
    keep(session, [text])
    _set(session, folder_id, id_of(text))


def open_up(session: Session, folder_id: str) -> None:
    """Let everybody read the documents of that folder who reads their space."""
    _set(session, folder_id, None)
    forget_unused(session)


def _set(session: Session, folder_id: str, rights_id: str | None) -> None:
    documents = select(FolderFile.document_id).where(FolderFile.folder_id == folder_id)
    session.execute(update(Document).where(Document.id.in_(documents)).values(file_rights_id=rights_id))

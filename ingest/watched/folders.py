"""Watched folders: what is put there becomes documents, what changes new versions, what is deleted ends.

A look compares names, sizes and times, and reads only what differs. A file is read when two looks, a quiet
time apart, found it the same: one that is still being copied waits. What is refused is quarantined with its
reason until it changes. The end of a file is believed only where the folder itself is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path, PurePosixPath

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from contract.values import FolderRights
from core.access import access_of, space_to_write
from core.audit import record
from core.db import Sessions
from core.errors import (
    BadValue,
    DirectoryAway,
    FileEmpty,
    FileTooLarge,
    FolderEmptied,
    OriginalsAway,
    ShareNotMounted,
    ShokoError,
)
from core.files import Files
from core.models import (
    Document,
    FileState,
    Folder,
    FolderFile,
    Version,
    VersionState,
    now,
    today,
)
from core.sharing.turns import OwnTurns, Turns
from ingest.formats import media_type_of
from ingest.lifecycle.effective_dates import SYSTEM, end_with_its_file, go_on_with_its_file, settle
from ingest.uploads import accept_named
from ingest.watched import mailbox
from ingest.watched.listing import Changes, Known, Listing, Seen, compare, listing, too_many_gone
from ingest.watched.rights import taking
from ingest.watched.rights.reading import ReadRights
from ingest.watched.rights.taking import FolderTakesOver, RightsSource
from retrieval.index.index import SearchIndex, published

log = logging.getLogger("shoko.folders")

QUIET_SECONDS = 5.0
CHUNK = 2**20
LONGEST_NAME = 500


class StillChanging(Exception):  # no error: the file is looked at again
    """The file changed while it was read, or is gone."""


@dataclass
class FolderReport:
    """What one look did, in files. `waiting`: not yet quiet, or not yet believed gone."""

    folder_id: str
    new: int = 0
    changed: int = 0
    moved: int = 0
    gone: int = 0
    unchanged: int = 0
    waiting: int = 0
    quarantined: int = 0
    unreadable: int = 0
    rights_changed: int = 0  # documents that others read than before, by their files' own rights
    error: ShokoError | None = None
    seconds: float = 0.0


@dataclass
class FolderWatch:
    """Looks through the watched folders. `quiet`: seconds for which a file must stay as it is."""

    sessions: Sessions
    files: Files
    index: SearchIndex
    limit_bytes: int
    quiet: float = QUIET_SECONDS
    rights: RightsSource = field(default_factory=RightsSource)
    mail: mailbox.MailAccount = field(default_factory=mailbox.MailAccount)
    clock: Callable[[], float] = time.monotonic
    stopping: threading.Event = field(default_factory=threading.Event)
    turns: Turns = field(default_factory=OwnTurns)  # at looking: two at once would take a file twice
    _mailbox: mailbox.Mailbox | None = None  # the one that is looked through, of a folder on a mail server
    # What is not quiet yet: (folder, path) to how it was first seen so, and when; None: gone.
    _pending: dict[tuple[str, str], tuple[Seen | None, float]] = field(default_factory=dict)

    def scan(self, folder_id: str, *, retry: bool = False, accept_deletions: bool = False) -> FolderReport:
        """Look through one folder and do what follows from it. `retry`: also what was refused before;
        `accept_deletions`: also where very many files are gone at once. The report carries the error where
        the folder could not be looked through, or not all of it was believed."""
        report, began = FolderReport(folder_id), time.monotonic()
        with self.turns.alone():
            with self.sessions.read() as session:
                folder = session.get(Folder, folder_id)
            if folder is None:
                return report
            try:
                with self.sessions.read() as session:
                    access = access_of(session, folder.created_by)
                    space_to_write(access, session, folder.space_id)
                with mailbox.opened(folder.path, self.mail) as self._mailbox:
                    self._scan(folder, report, retry=retry, accept_deletions=accept_deletions)
            except ShokoError as error:
                report.error = error
            report.seconds = time.monotonic() - began
            self._note(folder, report)
        return report

    def _scan(self, folder: Folder, report: FolderReport, *, retry: bool, accept_deletions: bool) -> None:
        if self._mailbox is not None:
            seen_now = self._mailbox.listing(lambda: not self.stopping.is_set())
        else:
            seen_now = listing(Path(folder.path), folder.mount, lambda: not self.stopping.is_set())
        if self.stopping.is_set():
            return
        rights = self._rights(folder, seen_now, report)
        try:
            self._look(folder, seen_now, rights, report, retry=retry, accept_deletions=accept_deletions)
            if report.moved:  # by their new paths; of the old ones nothing was read
                report.rights_changed += taking.take(self.sessions, folder, rights)
        finally:
            self._renew(folder, report)

    def _rights(self, folder: Folder, listed: Listing, report: FolderReport) -> FolderTakesOver:
        """The rights of the folder's files, which its documents have from now on. Raises RightsAway."""
        if folder.rights == FolderRights.NONE:
            return FolderTakesOver()
        named = [path for path, seen in listed.files.items() if seen.is_named]
        rights = taking.look(self.rights, folder, named)
        report.rights_changed = taking.take(self.sessions, folder, rights)
        return rights

    def _renew(self, folder: Folder, report: FolderReport) -> None:
        """Ask the directory who holds what the rights of files name, new ones too."""
        if folder.rights == FolderRights.NONE:
            return
        try:
            self.rights.renew()
        except DirectoryAway as error:  # who is in which group stays as the directory said it last
            report.error = error

    def _look(
        self,
        folder: Folder,
        listed: Listing,
        rights: FolderTakesOver,
        report: FolderReport,
        *,
        retry: bool,
        accept_deletions: bool,
    ) -> None:
        known = self._known(folder.id)
        if retry:
            known = {path: row for path, row in known.items() if row.state != FileState.QUARANTINED}
        changes = compare(known, listed)
        report.unchanged, report.unreadable = changes.unchanged, len(listed.unreadable)
        for old, path in changes.moved:
            self._move(folder, old, path, listed.files[path], known[old].sha256)
        report.moved = len(changes.moved)
        gone = set(changes.gone)
        sizes = Counter(known[path].size for path in gone)
        for path in [*changes.new, *changes.changed]:
            if self.stopping.is_set():
                return
            seen = listed.files[path]
            if not self._is_quiet(folder.id, path, seen):
                report.waiting += 1
                continue
            try:
                came_from = None
                if sizes[seen.size] and path not in known and seen.is_named:
                    came_from = self._same_content(folder, path, seen, known, gone)
                if came_from is None:
                    self._take(folder, path, seen, known.get(path), report, rights.of(path))
                else:
                    self._move(folder, came_from, path, seen, known[came_from].sha256)
                    gone.discard(came_from)
                    report.moved += 1
            except StillChanging:
                self._pending[folder.id, path] = (None, self.clock())
                report.waiting += 1
            else:
                self._pending.pop((folder.id, path), None)
        self._end(folder, listed, known, gone, changes, report, accept_deletions=accept_deletions)

    def _is_quiet(self, folder_id: str, path: str, seen: Seen | None) -> bool:
        """Whether the file was found like this for the quiet time; None: gone. A mail never changes."""
        if self._mailbox is not None:
            return True
        before = self._pending.get((folder_id, path))
        if before is None or before[0] != seen:
            self._pending[folder_id, path] = (seen, self.clock())
            return self.quiet <= 0
        return self.clock() - before[1] >= self.quiet

    def _same_content(
        self, folder: Folder, path: str, seen: Seen, known: dict[str, Known], gone: Collection[str]
    ) -> str | None:
        """The path of a file that is gone and had this very content: it was moved where inodes tell
        nothing. Raises StillChanging."""
        digest = hashlib.sha256()
        for chunk in self._content(folder, path, seen):
            digest.update(chunk)
        sha256 = digest.hexdigest()
        return next((old for old in sorted(gone) if known[old].sha256 == sha256), None)

    def _content(self, folder: Folder, path: str, seen: Seen) -> Iterator[bytes]:
        """The file's bytes; raises StillChanging where it is not as it was seen, before or after."""
        if self._mailbox is not None:
            mail = self._mailbox.content(path)
            if mail is None:
                raise StillChanging(path)
            yield mail
            return
        place = Path(folder.path) / path
        try:
            with place.open("rb") as stream:
                while chunk := stream.read(CHUNK):
                    yield chunk
            about = place.stat()
        except OSError as error:
            raise StillChanging(path) from error
        if (about.st_size, about.st_mtime_ns) != (seen.size, seen.modified_ns):
            raise StillChanging(path)

    def _take(
        self,
        folder: Folder,
        path: str,
        seen: Seen,
        before: Known | None,
        report: FolderReport,
        rights: ReadRights | None,
    ) -> None:
        """Take a new or changed file in, or put it into quarantine. Raises StillChanging."""
        row = FolderFile(
            folder_id=folder.id, path=path, size=seen.size, modified_ns=seen.modified_ns, inode=seen.inode,
            state=FileState.TAKEN, document_id=before.document_id if before else None,
            rights_error=(rights.problem[:400] or None) if rights else None,
        )  # fmt: skip
        try:
            document, version = self._accept(folder, path, seen, row.document_id, rights)
            row.document_id, row.sha256 = document, version
        except OriginalsAway:
            raise  # it is no fault of the file: the next round takes it
        except ShokoError as error:
            row.state, row.error_code, row.error_values = FileState.QUARANTINED, error.code, error.values
            row.sha256 = before.sha256 if before else ""
            report.quarantined += 1
        except OSError as error:
            raise StillChanging(path) from error
        else:
            report.new += before is None
            report.changed += before is not None
        with self.sessions.write() as session:
            if session.get(Folder, folder.id) is not None:  # taken off the list meanwhile
                session.merge(row)

    def _accept(
        self, folder: Folder, path: str, seen: Seen, document_id: str | None, rights: ReadRights | None
    ) -> tuple[str, str]:
        """(document id, SHA-256) of a file that was taken in. Raises a ShokoError, OSError, StillChanging."""
        name = unicodedata.normalize("NFC", path)
        if not seen.is_named:
            raise BadValue(name=name, problem="its name is not written in UTF-8", fix="Rename the file")
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
            raise BadValue(name=name, problem="its name has control characters", fix="Rename the file")
        if seen.size == 0:
            raise FileEmpty(name=name)
        if seen.size > self.limit_bytes:  # before a byte of it is read
            raise FileTooLarge(name=name, limit=f"{self.limit_bytes // 2**20} MB")
        if self._mailbox is None:
            media_type_of(Path(folder.path) / path, name)  # a film is refused before it is copied
        with self.sessions.read() as session:
            access = access_of(session, folder.created_by)
            if document_id is None:
                name = free_name(session, folder, name)
        if len(name) > LONGEST_NAME:
            raise BadValue(
                name=name, problem=f"its path has more than {LONGEST_NAME} characters", fix="Move it"
            )
        accepted = accept_named(
            access, self.sessions, self.files, folder.space_id, name, self._content(folder, path, seen),
            limit_bytes=self.limit_bytes, document_id=document_id,
            file_rights_id=taking.kept(self.sessions, rights),
        )  # fmt: skip
        self._go_on(accepted.document.id)
        return accepted.document.id, accepted.version.sha256

    def _go_on(self, document_id: str) -> None:
        """Its file came back: versions that ended with it are in force as before."""
        with self.sessions.write() as session:
            rows = session.scalars(select(Version).where(Version.document_id == document_id)).all()
            back = [version for version in rows if go_on_with_its_file(version)]
        if back:
            settle(self.sessions, self.index, [document_id])

    def _move(self, folder: Folder, old: str, path: str, seen: Seen, sha256: str) -> None:
        """A file has another path: its document stays, under the new name where that is free."""
        with self.sessions.write() as session:
            before = session.get(FolderFile, (folder.id, old))
            if before is None:
                return
            row = FolderFile(
                folder_id=folder.id, path=path, size=seen.size, modified_ns=seen.modified_ns,
                inode=seen.inode, sha256=sha256, state=before.state, document_id=before.document_id,
                error_code=before.error_code, error_values=before.error_values,
            )  # fmt: skip
            session.delete(before)
            session.flush()
            session.merge(row)
            document = session.get(Document, row.document_id) if row.document_id else None
            renamed: list[str] = []
            if document is not None:
                name = free_name(session, folder, unicodedata.normalize("NFC", path))[:LONGEST_NAME]
                if PurePosixPath(name).stem != PurePosixPath(document.name).stem and not document.title:
                    renamed = list(
                        session.scalars(select(Version.id).where(Version.document_id == document.id))
                    )
                record(session, SYSTEM, "document.moved", document.id, before=document.name, name=name)
                document.name = name
        self._pending.pop((folder.id, path), None)
        if renamed:  # the name is searched too
            with self.sessions.read() as session:
                states = (VersionState.SEARCHABLE, VersionState.EMBEDDED)
                kept = session.scalars(
                    select(Version.id).where(Version.id.in_(renamed), Version.state.in_(states))
                )
                passages = published(session, list(kept))
            self.index.move(passages)

    def _end(
        self,
        folder: Folder,
        listed: Listing,
        known: dict[str, Known],
        gone: Collection[str],
        changes: Changes,
        report: FolderReport,
        *,
        accept_deletions: bool,
    ) -> None:
        """Let the documents end whose files are gone, where the folder can be believed."""
        alive = sum(row.state != FileState.GONE for row in known.values())
        if too_many_gone(len(gone), alive, len(listed.files)) and not accept_deletions:
            report.waiting += len(gone)
            raise FolderEmptied(path=folder.path, gone=len(gone), known=alive)
        arriving = {listed.files[path].size for path in changes.new if (folder.id, path) in self._pending}
        ended = []
        for path in sorted(gone):
            # A file of that size is just arriving: it may be this one at another place.
            if known[path].size in arriving or not (
                self._is_quiet(folder.id, path, None) or accept_deletions
            ):
                report.waiting += 1
                continue
            ended.append(path)
            self._pending.pop((folder.id, path), None)
        documents: list[str] = []
        yesterday = today() - timedelta(1)
        with self.sessions.write() as session:
            for path in ended:
                row = session.get(FolderFile, (folder.id, path))
                if row is None:
                    continue
                if row.state == FileState.QUARANTINED and row.document_id is None:
                    session.delete(row)
                    continue
                row.state, row.changed_at, row.error_code, row.error_values = (
                    FileState.GONE,
                    now(),
                    None,
                    None,
                )
                if row.document_id is not None:
                    documents.append(row.document_id)
                    for version in session.scalars(
                        select(Version).where(Version.document_id == row.document_id)
                    ):
                        if version.in_force_until is None or version.in_force_until > yesterday:
                            end_with_its_file(version, yesterday)
                    record(session, SYSTEM, "document.file_deleted", row.document_id, path=path)
        report.gone = len(ended)
        if documents:
            settle(self.sessions, self.index, documents)

    def _known(self, folder_id: str) -> dict[str, Known]:
        with self.sessions.read() as session:
            rows = session.execute(
                select(
                    FolderFile.path, FolderFile.size, FolderFile.modified_ns, FolderFile.inode,
                    FolderFile.sha256, FolderFile.state, FolderFile.document_id,
                ).where(FolderFile.folder_id == folder_id)
            )  # fmt: skip
            return {
                path: Known(size, modified_ns, inode, sha256, state, document_id)
                for path, size, modified_ns, inode, sha256, state, document_id in rows
            }

    def _note(self, folder: Folder, report: FolderReport) -> None:
        """Write down when the folder was looked through, and what was wrong with it."""
        error = report.error
        if error is not None and error.code != folder.error_code:
            log.warning("%s", error)
        with self.sessions.write() as session:
            if error is not None and error.code != folder.error_code:
                record(session, SYSTEM, "folder.problem", folder.id, code=error.code, path=folder.path)
            session.execute(
                update(Folder)
                .where(Folder.id == folder.id)
                .values(
                    scanned_at=now(),
                    seconds=report.seconds,
                    error_code=error.code if error else None,
                    error_values=error.values if error else None,
                )
            )


def free_name(session: Session, folder: Folder, path: str) -> str:
    """What the document of a file is called: its path beneath the folder; with the folder's name before it
    where another watched file, or another folder's, has that name in the space already."""
    for name in (path, f"{Path(folder.path).name}/{path}", f"{folder.id}/{path}"):
        taken = session.scalar(
            select(FolderFile.path)
            .join(Document, Document.id == FolderFile.document_id)
            .where(
                Document.space_id == folder.space_id,
                Document.name == name,
                FolderFile.state != FileState.GONE,
                (FolderFile.folder_id != folder.id) | (FolderFile.path != path),
            )
            .limit(1)
        )
        if taken is None:
            return name
    return f"{folder.id}/{path}"


def place_of(path: Path, data: Path, others: Sequence[str]) -> Path:
    """The whole path of a folder that may be watched. Raises BadValue."""

    def refused(problem: str, fix: str) -> BadValue:
        return BadValue(name="path", problem=f"{path}: {problem}", fix=fix)

    if os.name != "nt" and (share := _share(str(path))):
        raise ShareNotMounted(path=path, share=share, folder=f"/mnt/{share.rstrip('/').rpartition('/')[2]}")
    if not path.is_absolute():
        raise refused("it is no whole path", "Begin it at the root, or at a drive")
    with contextlib.suppress(OSError):
        path = path.resolve()
    try:
        if not path.is_dir():
            raise refused("there is no such folder on the server", "Connect the share, or correct the path")
    except OSError as error:
        raise refused(str(error.strerror), "Let the account that runs Shoko read it") from error
    data = data.resolve()
    if path == data or data in path.parents or path in data.parents:
        raise refused("it is Shoko's own data folder, or around it", "Choose a folder apart from it")
    for other in others:
        if path == Path(other) or Path(other) in path.parents or path in Path(other).parents:
            raise refused(f"{other} is watched already", "A file belongs to one watched folder")
    return path


def _share(path: str) -> str:
    """The share of a path as Windows writes it (`\\\\server\\share\\…`) or as an address, with slashes; else
    empty. A path of this server's own begins with one slash."""
    text = path.replace("\\", "/")
    if path.startswith("\\\\"):
        rest = text.lstrip("/")
    elif text.lower().startswith(("smb:/", "cifs:/")):
        rest = text.partition(":")[2].lstrip("/")
    else:
        return ""
    host, _, below = rest.partition("/")
    return f"//{host}/{below.partition('/')[0]}" if host and below else ""

"""Watched folders and their files as the records hold them: put on the list, shown, and taken off it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import and_, case, delete, func, select
from sqlalchemy.orm import Session

from contract.values import FolderRights
from core import egress
from core.access import Access, space_to_write
from core.audit import record
from core.errors import BadValue, NotFound
from core.models import Document, FileState, Folder, FolderFile, Space, Version, VersionState
from ingest.records.documents import newest_number
from ingest.watched.folders import place_of
from ingest.watched.listing import mount_of
from ingest.watched.mailbox import is_mailbox, mailbox_address
from ingest.watched.rights.local import share_of_mount
from ingest.watched.rights.share import share_address
from ingest.watched.rights.taking import open_up, shut

# A file that was taken in and could not be read waits for its change like one that was refused.
_FAILED = and_(FolderFile.state == FileState.TAKEN, Version.state == VersionState.FAILED)
_STATE = case((_FAILED, FileState.QUARANTINED), else_=FolderFile.state)


@dataclass(frozen=True)
class ListedFolder:
    """A watched folder, the name of its space, its files by state, and how many have rights that could not
    be read."""

    folder: Folder
    space: str
    files: dict[str, int]
    rights_unread: int


@dataclass(frozen=True)
class ListedFile:
    """A file of a watched folder: the state that is shown, and why it is in it, as an error's code and
    values."""

    file: FolderFile
    state: str
    error_code: str | None
    error_values: dict[str, Any] | None


def folders(session: Session, folder_id: str | None = None) -> list[ListedFolder]:
    """The watched folders by path, or that one alone."""
    query = select(Folder, Space.name).join(Space, Space.id == Folder.space_id).order_by(Folder.path)
    by_state = _with_version(
        select(FolderFile.folder_id, _STATE.label("shown"), func.count()).select_from(FolderFile)
    ).group_by(FolderFile.folder_id, "shown")  # by its name: PostgreSQL sees two expressions in two places
    if folder_id is not None:
        query = query.where(Folder.id == folder_id)
        by_state = by_state.where(FolderFile.folder_id == folder_id)
    unread = dict(
        session.execute(
            select(FolderFile.folder_id, func.count())
            .where(FolderFile.rights_error.is_not(None), FolderFile.state == FileState.TAKEN)
            .group_by(FolderFile.folder_id)
        ).all()
    )
    counts: dict[str, dict[str, int]] = {}
    for counted, state, count in session.execute(by_state):
        counts.setdefault(counted, {})[state] = count
    listed = []
    for folder, space in session.execute(query):
        counted = counts.get(folder.id, {})
        takes_over = folder.rights != FolderRights.NONE
        files = {str(state): counted.get(state, 0) for state in FileState}
        listed.append(ListedFolder(folder, space, files, unread.get(folder.id, 0) if takes_over else 0))
    return listed


def with_problems(session: Session) -> int:
    """How many watched folders have a problem."""
    return session.scalar(select(func.count()).where(Folder.error_code.is_not(None))) or 0


def folder(session: Session, folder_id: str) -> Folder:
    """That watched folder. Raises NotFound."""
    row = session.get(Folder, folder_id)
    if row is None:
        raise NotFound(what="folder", name=folder_id)
    return row


def add(
    access: Access,
    session: Session,
    path: str,
    space: str,
    *,
    data: Path,
    rights: FolderRights = FolderRights.NONE,
    share: str = "",
) -> Folder:
    """Watch that folder, or one of a mail server (`imaps://host/folder`), in the name of who asks: its files
    become documents of that space (id or name).
    `data` is Shoko's own folder; `share`: where the rights of its files are read over SMB. Raises NotFound,
    NotPermitted, BadValue, or ConnectionRefusedByPolicy where the file server may not be spoken to."""
    shelf = space_to_write(access, session, space)
    others = list(session.scalars(select(Folder.path)))
    if is_mailbox(path):
        whole, mount = _mailbox(path, others), ""
    else:
        place = place_of(Path(path), data, [other for other in others if not is_mailbox(other)])
        whole, mount = str(place), mount_of(place)
    added = Folder(
        space_id=shelf.id, path=whole, mount=mount, created_by=access.user_id,
        rights=rights, share=_share(whole, rights, share),
    )  # fmt: skip
    session.add(added)
    session.flush()
    record(
        session, access.user_id, "folder.added", added.id,
        path=whole, space=shelf.id, rights=str(rights),
    )  # fmt: skip
    return added


def change(access: Access, session: Session, folder_id: str, rights: FolderRights, share: str = "") -> Folder:
    """Take the rights of a folder's files over from now on, or no more. Where they are taken over, nobody
    reads its documents until the next look has read them. Raises as `add` does."""
    changed = folder(session, folder_id)
    changed.share = _share(changed.path, rights, share)
    if rights != changed.rights:
        changed.rights = rights
        if rights == FolderRights.NONE:
            open_up(session, folder_id)
        else:
            shut(session, folder_id)
    record(session, access.user_id, "folder.changed", folder_id, rights=str(rights), share=changed.share)
    return changed


def _mailbox(path: str, others: Sequence[str]) -> str:
    """The address of a mail folder that may be watched. Raises BadValue, or ConnectionRefusedByPolicy where
    its server may not be spoken to."""
    address = mailbox_address(path)
    if str(address) in others:
        fix = "A mail belongs to one watched folder"
        raise BadValue(name="path", problem=f"{address} is watched already", fix=fix)
    egress.require(address.host)
    return str(address)


def _share(path: str, rights: FolderRights, share: str) -> str:
    """Where rights are read over SMB: as it is given, or as a mounted share tells it itself."""
    if rights == FolderRights.NONE:
        if share:
            fix = "Take the rights over too, or leave the share out"
            raise BadValue(name="share", problem="no rights are read there", fix=fix)
        return ""
    if is_mailbox(path):
        fix = "Leave the rights out: who reads the space reads its mails"
        raise BadValue(name="rights", problem="a mail folder has no file's rights", fix=fix)
    text = share or share_of_mount(Path(path))
    if not text:
        return ""
    address = share_address(text)
    egress.require(address.server)
    return str(address)


def remove(access: Access, session: Session, folder_id: str) -> None:
    """Watch that folder no more; its documents stay as they are. Raises NotFound."""
    removed = folder(session, folder_id)
    record(session, access.user_id, "folder.removed", folder_id, path=removed.path)
    session.execute(delete(Folder).where(Folder.id == folder_id))


def files(
    session: Session,
    folder_id: str,
    *,
    state: FileState | None = None,
    rights_unread: bool = False,
    limit: int,
    offset: int = 0,
) -> tuple[list[ListedFile], int]:
    """The files of that folder by path, and how many there are beyond `limit`; `rights_unread`: only those
    whose rights could not be read. Raises NotFound."""
    folder(session, folder_id)
    query = _with_version(select(FolderFile, _STATE, Version)).where(FolderFile.folder_id == folder_id)
    if state is not None:
        query = query.where(state == _STATE)
    if rights_unread:
        query = query.where(FolderFile.rights_error.is_not(None), FolderFile.state == FileState.TAKEN)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(query.order_by(FolderFile.path).limit(limit).offset(offset))
    return [_file(*row) for row in rows], total


def _file(file: FolderFile, state: str, version: Version | None) -> ListedFile:
    if state != file.state and version is not None:
        return ListedFile(file, state, version.error_code, version.error_values)
    return ListedFile(file, state, file.error_code, file.error_values)


def _with_version(query: Any) -> Any:  # a select of files, with whatever columns
    """Each file with the newest version of its document, if it has one."""
    return query.outerjoin(Document, Document.id == FolderFile.document_id).outerjoin(
        Version, and_(Version.document_id == Document.id, Version.number == newest_number())
    )

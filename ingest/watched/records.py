"""Watched folders and their files as the records hold them: put on the list, shown, and taken off it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import and_, case, delete, func, select
from sqlalchemy.orm import Session

from core.access import Access, space_to_write
from core.audit import record
from core.errors import NotFound
from core.models import Document, FileState, Folder, FolderFile, Space, Version, VersionState
from ingest.records.documents import newest_number
from ingest.watched.folders import place_of
from ingest.watched.listing import mount_of

# A file that was taken in and could not be read waits for its change like one that was refused.
_FAILED = and_(FolderFile.state == FileState.TAKEN, Version.state == VersionState.FAILED)
_STATE = case((_FAILED, FileState.QUARANTINED), else_=FolderFile.state)


@dataclass(frozen=True)
class ListedFolder:
    """A watched folder, the name of its space, and its files by state."""

    folder: Folder
    space: str
    files: dict[str, int]


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
    counts: dict[str, dict[str, int]] = {}
    for counted, state, count in session.execute(by_state):
        counts.setdefault(counted, {})[state] = count
    return [
        ListedFolder(
            folder, space, {str(state): counts.get(folder.id, {}).get(state, 0) for state in FileState}
        )
        for folder, space in session.execute(query)
    ]


def with_problems(session: Session) -> int:
    """How many watched folders have a problem."""
    return session.scalar(select(func.count()).where(Folder.error_code.is_not(None))) or 0


def folder(session: Session, folder_id: str) -> Folder:
    """That watched folder. Raises NotFound."""
    row = session.get(Folder, folder_id)
    if row is None:
        raise NotFound(what="folder", name=folder_id)
    return row


def add(access: Access, session: Session, path: Path, space: str, *, data: Path) -> Folder:
    """Watch that folder, in the name of who asks: its files become documents of that space (id or name).
    `data` is Shoko's own folder. Raises NotFound, NotPermitted or BadValue."""
    shelf = space_to_write(access, session, space)
    whole = place_of(path, data, list(session.scalars(select(Folder.path))))
    added = Folder(space_id=shelf.id, path=str(whole), mount=mount_of(whole), created_by=access.user_id)
    session.add(added)
    session.flush()
    record(session, access.user_id, "folder.added", added.id, path=str(whole), space=shelf.id)
    return added


def remove(access: Access, session: Session, folder_id: str) -> None:
    """Watch that folder no more; its documents stay as they are. Raises NotFound."""
    removed = folder(session, folder_id)
    record(session, access.user_id, "folder.removed", folder_id, path=removed.path)
    session.execute(delete(Folder).where(Folder.id == folder_id))


def files(
    session: Session, folder_id: str, *, state: FileState | None = None, limit: int, offset: int = 0
) -> tuple[list[ListedFile], int]:
    """The files of that folder by path, and how many there are beyond `limit`. Raises NotFound."""
    folder(session, folder_id)
    query = _with_version(select(FolderFile, _STATE, Version)).where(FolderFile.folder_id == folder_id)
    if state is not None:
        query = query.where(state == _STATE)
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

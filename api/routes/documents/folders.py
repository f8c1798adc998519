"""Watched folders: put on the list, looked through, taken off. For administrators: paths are the server's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import and_, case, func, select

from api.deps import AdministratorDep, LibraryDep
from api.errors import REFUSALS
from api.routes.documents.documents import error_out, newest_number
from contract.folders import FolderFileList, FolderFileOut, FolderIn, FolderOut, ScanIn, ScanOut
from core.access import space_to_write
from core.audit import record
from core.errors import NotFound
from core.models import Document, FileState, Folder, FolderFile, Space, Version, VersionState
from ingest.watched.folders import forget, place_of
from ingest.watched.listing import mount_of
from operations.library import Library

router = APIRouter(tags=["folders"], responses=REFUSALS)

# A file that was taken in and could not be read waits for its change like one that was refused.
_FAILED = and_(FolderFile.state == FileState.TAKEN, Version.state == VersionState.FAILED)
_STATE = case((_FAILED, FileState.QUARANTINED), else_=FolderFile.state)


def _with_version(query: Any) -> Any:  # a select of files, with whatever columns
    """Each file with the newest version of its document, if it has one."""
    return query.outerjoin(Document, Document.id == FolderFile.document_id).outerjoin(
        Version, and_(Version.document_id == Document.id, Version.number == newest_number())
    )


def _folders(library: Library, folder_id: str | None = None) -> list[FolderOut]:
    query = select(Folder, Space.name).join(Space, Space.id == Folder.space_id).order_by(Folder.path)
    if folder_id is not None:
        query = query.where(Folder.id == folder_id)
    counting = _with_version(
        select(FolderFile.folder_id, _STATE.label("shown"), func.count()).select_from(FolderFile)
    ).group_by(FolderFile.folder_id, "shown")  # by its name: PostgreSQL sees two expressions in two places
    counts: dict[str, dict[str, int]] = {}
    with library.sessions.read() as session:
        for folder, state, count in session.execute(counting):
            counts.setdefault(folder, {})[state] = count
        rows = session.execute(query).all()
    return [
        FolderOut(
            id=folder.id,
            path=folder.path,
            space=space,
            space_id=folder.space_id,
            created_at=folder.created_at,
            scanned_at=folder.scanned_at,
            seconds=round(folder.seconds, 2),
            files={str(state): counts.get(folder.id, {}).get(state, 0) for state in FileState},
            error=error_out(folder.error_code, folder.error_values),
        )
        for folder, space in rows
    ]


@router.get("/api/folders", summary="The watched folders")
def list_folders(library: LibraryDep, _access: AdministratorDep) -> list[FolderOut]:
    """By path, each with its files by state, and what is wrong with it."""
    return _folders(library)


@router.post("/api/folders", summary="Watch a folder", status_code=201)
def add_folder(library: LibraryDep, access: AdministratorDep, order: FolderIn) -> FolderOut:
    """Its files become documents of that space, in the name of who asks for it. Nothing is written there."""
    with library.sessions.write() as session:
        space = space_to_write(access, session, order.space)
        others = list(session.scalars(select(Folder.path)))
        path = place_of(Path(order.path), library.settings.data, others)
        folder = Folder(space_id=space.id, path=str(path), mount=mount_of(path), created_by=access.user_id)
        session.add(folder)
        session.flush()
        record(session, access.user_id, "folder.added", folder.id, path=str(path), space=space.id)
    return _folders(library, folder.id)[0]


@router.delete("/api/folders/{folder_id}", summary="Watch a folder no more", status_code=204)
def remove_folder(library: LibraryDep, access: AdministratorDep, folder_id: str) -> None:
    """Its documents stay as they are."""
    with library.sessions.write() as session:
        folder = session.get(Folder, folder_id)
        if folder is None:
            raise NotFound(what="folder", name=folder_id)
        record(session, access.user_id, "folder.removed", folder_id, path=folder.path)
        forget(session, folder_id)


@router.post("/api/folders/{folder_id}/scan", summary="Look through a folder now")
def scan_folder(
    library: LibraryDep, access: AdministratorDep, folder_id: str, order: ScanIn | None = None
) -> ScanOut:
    """Answers when it is looked through; what is new is then on the list of work. A file is taken when two
    looks, `quiet_seconds` apart, found it the same."""
    order = order or ScanIn()
    with library.sessions.write() as session:
        if session.get(Folder, folder_id) is None:
            raise NotFound(what="folder", name=folder_id)
        if order.accept_deletions:
            record(session, access.user_id, "folder.deletions_accepted", folder_id)
    report = library.folders.scan(folder_id, retry=order.retry, accept_deletions=order.accept_deletions)
    error = report.error
    return ScanOut(
        new=report.new, changed=report.changed, moved=report.moved, gone=report.gone,
        unchanged=report.unchanged, waiting=report.waiting, quarantined=report.quarantined,
        unreadable=report.unreadable, quiet_seconds=library.folders.quiet, seconds=round(report.seconds, 3),
        error=error_out(error.code, error.values) if error is not None else None,
    )  # fmt: skip


@router.get("/api/folders/{folder_id}/files", summary="The files of a watched folder")
def list_files(
    library: LibraryDep,
    _access: AdministratorDep,
    folder_id: str,
    state: Annotated[FileState | None, Query(description="Only files in this state")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> FolderFileList:
    """By path. A file that could not be read counts as quarantined, with the reason."""
    mine = FolderFile.folder_id == folder_id
    query = _with_version(select(FolderFile, _STATE, Version)).where(mine)
    if state is not None:
        query = query.where(state == _STATE)
    with library.sessions.read() as session:
        if session.get(Folder, folder_id) is None:
            raise NotFound(what="folder", name=folder_id)
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = session.execute(query.order_by(FolderFile.path).limit(limit).offset(offset)).all()
    files = []
    for file, now_in, version in rows:
        error = error_out(file.error_code, file.error_values)
        if now_in != file.state and version is not None:
            error = error_out(version.error_code, version.error_values)
        files.append(
            FolderFileOut(
                path=file.path, state=now_in, size=file.size, document_id=file.document_id,
                changed_at=file.changed_at, error=error,
            )
        )  # fmt: skip
    return FolderFileList(files=files, total=total)

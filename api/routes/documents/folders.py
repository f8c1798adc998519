"""Watched folders: added, scanned, removed. For administrators: paths are the server's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AdministratorDep, LibraryDep
from api.errors import REFUSALS
from api.render import error_out
from contract.folders import FolderFileList, FolderFileOut, FolderIn, FolderOut, ScanIn, ScanOut
from core.audit import record
from core.models import FileState
from ingest.watched import records
from ingest.watched.records import ListedFolder

router = APIRouter(tags=["folders"], responses=REFUSALS)


def _out(listed: ListedFolder) -> FolderOut:
    folder = listed.folder
    return FolderOut(
        id=folder.id,
        path=folder.path,
        space=listed.space,
        space_id=folder.space_id,
        created_at=folder.created_at,
        scanned_at=folder.scanned_at,
        seconds=round(folder.seconds, 2),
        files=listed.files,
        error=error_out(folder.error_code, folder.error_values),
    )


@router.get("/api/folders", summary="The watched folders")
def list_folders(library: LibraryDep, _access: AdministratorDep) -> list[FolderOut]:
    """By path, each with its files by state, and what is wrong with it."""
    with library.sessions.read() as session:
        return [_out(listed) for listed in records.folders(session)]


@router.post("/api/folders", summary="Watch a folder", status_code=201)
def add_folder(library: LibraryDep, access: AdministratorDep, order: FolderIn) -> FolderOut:
    """Its files become documents of that space, in the name of whoever adds it. Nothing is written there."""
    with library.sessions.write() as session:
        added = records.add(access, session, Path(order.path), order.space, data=library.settings.data)
        return _out(records.folders(session, added.id)[0])


@router.delete("/api/folders/{folder_id}", summary="Stop watching a folder", status_code=204)
def remove_folder(library: LibraryDep, access: AdministratorDep, folder_id: str) -> None:
    """Its documents stay as they are."""
    with library.sessions.write() as session:
        records.remove(access, session, folder_id)


@router.post("/api/folders/{folder_id}/scan", summary="Scan a folder now")
def scan_folder(
    library: LibraryDep, access: AdministratorDep, folder_id: str, order: ScanIn | None = None
) -> ScanOut:
    """Answers when the scan is done; what is new is then queued. A file is taken in once two scans,
    `quiet_seconds` apart, found it the same."""
    order = order or ScanIn()
    with library.sessions.write() as session:
        records.folder(session, folder_id)
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
    with library.sessions.read() as session:
        files, total = records.files(session, folder_id, state=state, limit=limit, offset=offset)
    return FolderFileList(
        files=[
            FolderFileOut(
                path=listed.file.path,
                state=listed.state,
                size=listed.file.size,
                document_id=listed.file.document_id,
                changed_at=listed.file.changed_at,
                error=error_out(listed.error_code, listed.error_values),
            )
            for listed in files
        ],
        total=total,
    )

"""Watched folders: added, scanned, removed. For administrators: paths are the server's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AdministratorDep, LibraryDep
from api.errors import REFUSALS
from api.render import error_out
from contract.folders import (
    FolderChange,
    FolderFileList,
    FolderFileOut,
    FolderIn,
    FolderOut,
    PrincipalIn,
    PrincipalOut,
    ScanIn,
    ScanOut,
)
from contract.values import FolderRights
from core.audit import record
from core.identity import principals
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
        rights=FolderRights(folder.rights),
        share=folder.share,
        rights_unread=listed.rights_unread,
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
        added = records.add(
            access, session, order.path, order.space,
            data=library.settings.data, rights=order.rights, share=order.share,
        )  # fmt: skip
        return _out(records.folders(session, added.id)[0])


@router.patch("/api/folders/{folder_id}", summary="Take over the rights of a folder's files, or not")
def change_folder(
    library: LibraryDep, access: AdministratorDep, folder_id: str, order: FolderChange
) -> FolderOut:
    """Where they are taken over, nobody but administrators reads its documents until the next scan has read
    the rights. Where they are not any more, everybody reads them who reads the space."""
    with library.sessions.write() as session:
        records.change(access, session, folder_id, order.rights, order.share)
        return _out(records.folders(session, folder_id)[0])


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
        unreadable=report.unreadable, rights_changed=report.rights_changed,
        quiet_seconds=library.folders.quiet, seconds=round(report.seconds, 3),
        error=error_out(error.code, error.values) if error is not None else None,
    )  # fmt: skip


@router.get("/api/folders/{folder_id}/files", summary="The files of a watched folder")
def list_files(
    library: LibraryDep,
    _access: AdministratorDep,
    folder_id: str,
    state: Annotated[FileState | None, Query(description="Only files in this state")] = None,
    rights_unread: Annotated[bool, Query(description="Only files whose rights could not be read")] = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> FolderFileList:
    """By path. A file that could not be read counts as quarantined, with the reason."""
    with library.sessions.read() as session:
        files, total = records.files(
            session, folder_id, state=state, rights_unread=rights_unread, limit=limit, offset=offset
        )
    return FolderFileList(
        files=[
            FolderFileOut(
                path=listed.file.path,
                state=listed.state,
                size=listed.file.size,
                document_id=listed.file.document_id,
                changed_at=listed.file.changed_at,
                rights_error=listed.file.rights_error,
                error=error_out(listed.error_code, listed.error_values),
            )
            for listed in files
        ],
        total=total,
    )


@router.get("/api/principals", summary="Whom rights of files name")
def list_principals(
    library: LibraryDep,
    access: AdministratorDep,
    unknown: Annotated[bool, Query(description="Only those of which nobody knows whom they name")] = False,
) -> list[PrincipalOut]:
    """The identifiers of the file server, those in the rights of most documents first. By an unknown one
    nobody reads, and where an unknown one is denied, nobody reads either: map it."""
    with library.sessions.read() as session:
        listed = principals.principals(access, session, unknown=unknown)
    return [
        PrincipalOut(
            sid=principal.sid, name=principal.name, state=principal.state, kind=principal.kind,
            holder=principal.holder, documents=principal.documents,
        )
        for principal in listed
    ]  # fmt: skip


@router.put("/api/principals/{sid}", summary="Map an identifier", status_code=204)
def map_principal(library: LibraryDep, access: AdministratorDep, sid: str, order: PrincipalIn) -> None:
    """To a user, a group, everybody whom the file server knows, or nobody. Counts at the next request."""
    with library.sessions.write() as session:
        principals.map_principal(access, session, sid, order.kind, order.holder)


@router.delete("/api/principals/{sid}", summary="Map an identifier no more", status_code=204)
def forget_principal(library: LibraryDep, access: AdministratorDep, sid: str) -> None:
    """From now on the directory alone says whom it names."""
    with library.sessions.write() as session:
        principals.forget_mapping(access, session, sid)

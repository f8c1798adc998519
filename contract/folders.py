"""Watched folders and their files."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from contract.base import ErrorDetail, Schema
from contract.values import FolderRights, PrincipalKind

Rights = Field(
    FolderRights.NONE,
    description="file_system: of the space's readers only who may read a document's file reads the document",
)
Share = Field(
    "",
    description="Where rights are read over SMB: //server/share/folder. Empty: from the mounted share's own"
    " address, or from the file system that the folder lies on",
    max_length=1000,
)


class FolderIn(Schema):
    """A folder to be watched: its whole path on the server, or `imaps://host/folder` of a mail server; and
    the space that its documents go to."""

    path: str = Field(max_length=1000)
    space: str = Field(description="Name or id", max_length=200)
    rights: FolderRights = Rights
    share: str = Share


class FolderChange(Schema):
    """Whose rights count for the documents of a watched folder from now on. With `file_system` nobody reads
    them until the next scan has read the rights; with `none` everybody who reads the space."""

    rights: FolderRights
    share: str = Share


class FolderOut(Schema):
    """A watched folder. `files` counts them by state: taken, quarantined, gone."""

    id: str
    path: str
    space: str
    space_id: str
    created_at: datetime
    scanned_at: datetime | None
    seconds: float = Field(description="Of the last scan")
    files: dict[str, int]
    rights: FolderRights
    share: str
    rights_unread: int = Field(
        description="Files whose rights could not be read: nobody reads their documents"
    )
    error: ErrorDetail | None


class FolderFileOut(Schema):
    """A file of a watched folder; one in quarantine says why, and is tried again when it changes."""

    path: str
    state: str
    size: int
    document_id: str | None
    changed_at: datetime
    rights_error: str | None = Field(description="Why its rights could not be read")
    error: ErrorDetail | None


class FolderFileList(Schema):
    """Files of a watched folder by path."""

    files: list[FolderFileOut]
    total: int


class ScanIn(Schema):
    """How to scan: `retry` also tries what was refused; `accept_deletions` accepts that files are gone,
    however many."""

    retry: bool = False
    accept_deletions: bool = False


class ScanOut(Schema):
    """What one scan did, in files. `waiting` ones changed moments ago: they are taken in at a later scan."""

    new: int
    changed: int
    moved: int
    gone: int
    unchanged: int
    waiting: int
    quarantined: int
    unreadable: int = Field(description="Folders and files that could not be read")
    rights_changed: int = Field(description="Documents that others read than before, by their files' rights")
    quiet_seconds: float = Field(description="How long a file must stay as it is")
    seconds: float
    error: ErrorDetail | None


class PrincipalOut(Schema):
    """An identifier (SID) that rights of files name. `state`: unknown (nobody may read by it, and if it
    denies, nobody may read), directory, or mapped: then `kind` and `holder` say to whom."""

    sid: str
    name: str
    state: str
    kind: PrincipalKind | None
    holder: str
    documents: int = Field(description="In the rights of how many documents it stands")


class PrincipalIn(Schema):
    """Whom an identifier names; `holder` is the name or id of a user or group."""

    kind: PrincipalKind
    holder: str = Field("", max_length=200)

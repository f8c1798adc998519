"""Watched folders and their files."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from contract.base import ErrorDetail, Schema


class FolderIn(Schema):
    """A folder to be watched: its whole path on the server, and the space that its documents go to."""

    path: str = Field(max_length=1000)
    space: str = Field(description="Name or id", max_length=200)


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
    error: ErrorDetail | None


class FolderFileOut(Schema):
    """A file of a watched folder; one in quarantine says why, and is tried again when it changes."""

    path: str
    state: str
    size: int
    document_id: str | None
    changed_at: datetime
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
    quiet_seconds: float = Field(description="How long a file must stay as it is")
    seconds: float
    error: ErrorDetail | None

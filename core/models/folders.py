"""Watched folders and their files."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from contract.values import FolderRights
from core.models.base import Base, new_id, now


class FileState(StrEnum):
    """Where a file of a watched folder is. The event that leads to each stands beside it."""

    TAKEN = "taken"  # its content is a version of a document; that version says how reading went
    QUARANTINED = "quarantined"  # it was refused; error_code says why; tried again when it changes
    GONE = "gone"  # it was deleted from the folder; its document is no longer in force


class Folder(Base):
    """A folder of this computer or of a share that is looked through again and again."""

    __tablename__ = "folders"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    path: Mapped[str] = mapped_column(String(1000), unique=True)
    mount: Mapped[str] = mapped_column(String(1000), default="")  # the mount point it lay on; empty: none
    rights: Mapped[str] = mapped_column(String(16), default=FolderRights.NONE)
    # Where those are read over SMB, as //server/share/path; empty: from the folder's own file system.
    share: Mapped[str] = mapped_column(String(1000), default="")
    created_by: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)
    scanned_at: Mapped[datetime | None]
    seconds: Mapped[float] = mapped_column(default=0.0)  # that the last look took
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_values: Mapped[dict[str, Any] | None]


class FolderFile(Base):
    """A file of a watched folder as it was last seen; `path` is beneath the folder, with slashes."""

    __tablename__ = "folder_files"
    folder_id: Mapped[str] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(String(1000), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    modified_ns: Mapped[int] = mapped_column(BigInteger)
    inode: Mapped[str] = mapped_column(String(20), default="")  # more than 63 bits on some systems
    sha256: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[str] = mapped_column(String(16))
    document_id: Mapped[str | None] = mapped_column(
        ForeignKey("documents.id", ondelete="SET NULL"), index=True
    )
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_values: Mapped[dict[str, Any] | None]
    rights_error: Mapped[str | None] = mapped_column(String(400))  # why its rights could not be read
    changed_at: Mapped[datetime] = mapped_column(default=now)

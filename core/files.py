"""The company's originals, each stored once under the SHA-256 of its content, never changed.

A file appears under its name only when it is complete: it is written beside and moved.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import FileEmpty, FileTooLarge


@dataclass(frozen=True)
class StoredFile:
    """A stored original: its hash, its size in bytes and where it lies."""

    sha256: str
    size: int
    path: Path


def printable(path: str) -> str:
    """A path as it can be shown and kept: bytes that are not UTF-8 stand as `\\xff`. Old disks of Japanese
    and Chinese offices have names in other encodings."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class Files:
    """A folder of originals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.incoming = folder / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the original with that hash lies."""
        return self.folder / sha256[:2] / sha256

    def store(self, name: str, chunks: Iterable[bytes], *, limit_bytes: int) -> StoredFile:
        """Store those bytes. Raises FileTooLarge or FileEmpty and leaves nothing behind then."""
        part = self.incoming / secrets.token_hex(8)
        digest, size = hashlib.sha256(), 0
        try:
            with part.open("wb") as out:
                for chunk in chunks:
                    size += len(chunk)
                    if size > limit_bytes:
                        raise FileTooLarge(name=name, limit=f"{limit_bytes // 2**20} MB")
                    digest.update(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            if size == 0:
                raise FileEmpty(name=name)
            path = self.path(digest.hexdigest())
            path.parent.mkdir(exist_ok=True)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return StoredFile(digest.hexdigest(), size, path)

    def remove(self, sha256: str) -> None:
        """Remove that original; the caller knows that no version uses it any more."""
        self.path(sha256).unlink(missing_ok=True)

    def pictures(self, version_id: str) -> Path:
        """The folder of that version's drawn pages; missing ones are drawn again."""
        return self.folder.parent / "pictures" / version_id

    def remove_pictures(self, version_id: str) -> None:
        """Remove the drawn pages of that version."""
        shutil.rmtree(self.pictures(version_id), ignore_errors=True)

    def check(self, check_id: str) -> Path:
        """The folder of that kept check: the file that was sent, its report, its pages."""
        return self.folder.parent / "checks" / check_id

    def remove_check(self, check_id: str) -> None:
        """Remove all that is kept of that check."""
        shutil.rmtree(self.check(check_id), ignore_errors=True)

    def checks(self) -> list[Path]:
        """The folders of kept checks that are there."""
        return list(self.check("x").parent.glob("*"))

    def keep_only(
        self,
        *,
        originals: Collection[str],
        versions: Collection[str],
        checks: Collection[str],
        grace: float = 0,
    ) -> None:
        """Remove every original, every version's pictures and every kept check but these, and but what is
        younger than `grace` seconds. Without grace nothing may be stored meanwhile."""
        for folder in self.checks():
            if folder.name not in checks and _older(folder, grace):
                shutil.rmtree(folder, ignore_errors=True)
        for path in self.folder.glob("??/*"):
            if path.name not in originals and _older(path, grace):
                path.unlink(missing_ok=True)
        for folder in self.pictures("x").parent.glob("*"):
            if folder.name not in versions and _older(folder, grace):
                shutil.rmtree(folder, ignore_errors=True)

    def remove_unfinished(self, grace: float = 0) -> None:
        """Remove what a killed process left half-written more than `grace` seconds ago."""
        for part in self.incoming.iterdir():
            if _older(part, grace):
                part.unlink(missing_ok=True)


def _older(path: Path, seconds: float) -> bool:
    try:
        return seconds <= 0 or time.time() - path.stat().st_mtime > seconds
    except OSError:  # it is gone
        return False

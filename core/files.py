"""The company's originals, each stored once under the SHA-256 of its content, never changed, and what lies
beside them: drawn pages and kept checks.

A file appears under its name only when it is complete: it is written here first and then moved or sent.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import FileEmpty, FileTooLarge
from core.originals.folder import FolderOriginals
from core.originals.store import OriginalStore

MAKING_SECONDS = 3600.0  # within which a check that is being made is kept


@dataclass(frozen=True)
class ReceivedFile:
    """A file that came in whole: its hash, its size in bytes and where it lies for now."""

    sha256: str
    size: int
    path: Path


def printable(path: str) -> str:
    """A path as it can be shown and kept: bytes that are not UTF-8 stand as `\\xff`. Old disks of Japanese
    and Chinese offices have names in other encodings."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class Files:
    """A folder with what comes in, drawn pages and kept checks, and the place of the originals: that folder,
    unless they lie elsewhere. What asks that place raises OriginalsAway."""

    def __init__(self, folder: Path, originals: OriginalStore | None = None) -> None:
        self.folder = folder
        self.originals = originals or FolderOriginals(folder)
        self.incoming = folder / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """A file of this computer with the content of that original, for reading now. Raises OriginalBad."""
        return self.originals.path(sha256)

    def has(self, sha256: str) -> bool:
        """Whether that original is there."""
        return self.originals.has(sha256)

    @contextlib.contextmanager
    def received(self, name: str, chunks: Iterable[bytes], *, limit_bytes: int) -> Iterator[ReceivedFile]:
        """Those bytes as a file, for the time of the block; `keep` makes an original of it. Raises
        FileTooLarge or FileEmpty."""
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
            yield ReceivedFile(digest.hexdigest(), size, part)
        finally:
            part.unlink(missing_ok=True)

    def keep(self, received: ReceivedFile) -> None:
        """Make an original of what was received."""
        self.originals.put(received.path, received.sha256)

    def remove(self, sha256: str) -> None:
        """Remove that original; the caller knows that no version uses it any more."""
        self.originals.remove(sha256)

    def pictures(self, version_id: str) -> Path:
        """The folder of that version's drawn pages; missing ones are drawn again."""
        return self.folder.parent / "pictures" / version_id

    def remove_pictures(self, version_id: str) -> None:
        """Remove the drawn pages of that version."""
        shutil.rmtree(self.pictures(version_id), ignore_errors=True)

    def check(self, check_id: str) -> Path:
        """The folder of that kept check: the file that was sent, its report, its pages."""
        return self.folder.parent / "checks" / check_id

    def share_check(self, check_id: str) -> None:
        """Let other back-ends have that check too."""
        self.originals.share(self.check(check_id))

    def fetch_check(self, check_id: str) -> None:
        """Bring a check here that another back-end shared."""
        if not self.check(check_id).exists():
            self.originals.fetch(self.check(check_id))

    def remove_check(self, check_id: str) -> None:
        """Remove all that is kept of that check."""
        shutil.rmtree(self.check(check_id), ignore_errors=True)
        self.originals.withdraw(check_id)

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
        """Remove every version's pictures and every kept check but these, every original of a folder, and but
        what is younger than `grace` seconds. Without grace nothing may be stored meanwhile."""
        for folder in self.checks():
            if folder.name not in checks and _older(folder, grace):
                shutil.rmtree(folder, ignore_errors=True)
        if not self.originals.is_far:
            self.keep_originals(originals, grace)
        for folder in self.pictures("x").parent.glob("*"):
            if folder.name not in versions and _older(folder, grace):
                shutil.rmtree(folder, ignore_errors=True)

    def keep_originals(self, originals: Collection[str], grace: float) -> None:
        """Remove every original but these, and but what is younger than `grace` seconds: what a killed
        process left. Of a store far away all names are asked for, which takes long."""
        for sha256, age in self.originals.every():
            if sha256 not in originals and (grace <= 0 or age > grace):
                self.originals.remove(sha256)

    def keep_shared_checks(self, checks: Collection[str], grace: float) -> None:
        """Remove what was shared of every check but these, and but what is younger than `grace` seconds."""
        for name in {name for name, age in self.originals.shared() if age > grace} - set(checks):
            self.originals.withdraw(name)

    def here(self) -> tuple[list[str], list[str], list[str]]:
        """What only this process has where the originals are far: hashes of the copies, ids of the versions
        with drawn pages, ids of kept checks."""
        pictures = self.pictures("x").parent
        return (
            self.originals.copies(),
            [folder.name for folder in pictures.glob("*")],
            [folder.name for folder in self.checks() if _older(folder, MAKING_SECONDS)],
        )

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

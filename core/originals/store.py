"""What a place of originals promises, whichever it is: each lies there under the SHA-256 of its content,
whole or not at all, and is never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Protocol


class OriginalStore(Protocol):
    """A place of originals. Safe to share between threads and processes.

    Whatever asks it raises OriginalsAway where it does not answer; a folder always does."""

    @property
    def shown(self) -> str:
        """Its name for people, without a secret."""

    @property
    def is_far(self) -> bool:
        """Whether it lies past this computer's folders: then each process has copies of its own, and asking
        for everything in it takes long."""

    def remarks(self) -> list[str]:
        """What an administrator should know of it, in words."""

    def put(self, file: Path, sha256: str) -> None:
        """Take over that file, which is complete and has that hash; it is gone from its place afterwards."""

    def has(self, sha256: str) -> bool:
        """Whether that original is there."""

    def path(self, sha256: str) -> Path:
        """A file with its content on this computer, for reading now: itself, or a copy whose hash was
        compared. Raises OriginalBad where it is not there, or is not what was stored."""

    def remove(self, sha256: str) -> None:
        """Remove that original with its former versions and its copy here; none is no error."""

    def every(self) -> Iterator[tuple[str, float]]:
        """The hash of each original, and how many seconds ago it came."""

    def copies(self) -> list[str]:
        """The hashes of the originals that this computer has copies of."""

    def drop(self, sha256: Collection[str]) -> None:
        """Remove those copies, and those that were not used for long or are too many together."""

    def share(self, folder: Path) -> None:
        """Give the files of a kept check, which lie in that folder here, to all processes, under its name."""

    def fetch(self, folder: Path) -> None:
        """Bring the files that were shared under that folder's name; none is no error."""

    def shared(self) -> Iterator[tuple[str, float]]:
        """The names that something was shared under, and how many seconds ago."""

    def withdraw(self, name: str) -> None:
        """Remove what was shared under that name."""

"""Originals in a folder of this computer, or of a disk that several share: one file each, in folders of the
first two digits of their hashes. It opens none of them."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from pathlib import Path

from core.errors import OriginalBad


class FolderOriginals:
    """A folder of originals."""

    is_far = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def shown(self) -> str:
        """The folder."""
        return str(self.folder)

    def remarks(self) -> list[str]:
        """Nothing."""
        return []

    def put(self, file: Path, sha256: str) -> None:
        """Move that file, which lies on the same disk, to its place."""
        place = self._place(sha256)
        place.parent.mkdir(exist_ok=True, parents=True)
        file.replace(place)

    def has(self, sha256: str) -> bool:
        """Whether its file is there."""
        return self._place(sha256).exists()

    def path(self, sha256: str) -> Path:
        """Its file. Raises OriginalBad."""
        place = self._place(sha256)
        if not place.exists():
            raise OriginalBad(sha256=sha256, place=self.shown, problem="it is not there")
        return place

    def remove(self, sha256: str) -> None:
        """Remove its file."""
        self._place(sha256).unlink(missing_ok=True)

    def every(self) -> Iterator[tuple[str, float]]:
        """Each file with its age."""
        for file in self.folder.glob("??/*"):
            try:
                yield file.name, time.time() - file.stat().st_mtime
            except OSError:  # it went meanwhile
                continue

    def copies(self) -> list[str]:
        """None: the file itself is used."""
        return []

    def drop(self, sha256: Collection[str]) -> None:
        """Nothing: there are no copies."""

    def share(self, folder: Path) -> None:
        """Nothing: kept checks lie beside the originals, where all see them."""

    def fetch(self, folder: Path) -> None:
        """Nothing: they are there."""

    def shared(self) -> Iterator[tuple[str, float]]:
        """None."""
        return iter(())

    def withdraw(self, name: str) -> None:
        """Nothing: they went with their folder."""

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

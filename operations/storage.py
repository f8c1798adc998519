"""How much room the library takes on the disk, part by part."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass
class PartSize:
    """The bytes and the number of files of one part: originals, records, words, vectors, models, …"""

    part: str
    bytes: int = 0
    files: int = 0


@dataclass(frozen=True)
class DiskUse:
    """The parts, largest first, and the disk of the data folder, in bytes."""

    parts: list[PartSize]
    free_bytes: int
    total_bytes: int


def disk_use(data: Path, models: Path) -> DiskUse:
    """What the data folder and the folder of models hold."""
    sizes: dict[str, PartSize] = {}
    for path in _files(data):
        _count(sizes, _part(path.relative_to(data)), path)
    if not models.is_relative_to(data):
        for path in _files(models):
            _count(sizes, "models", path)
    disk = shutil.disk_usage(data)
    parts = sorted(sizes.values(), key=lambda size: -size.bytes)
    return DiskUse(parts, disk.free, disk.total)


def _files(folder: Path) -> Iterator[Path]:
    for directory, _, names in os.walk(folder):
        yield from (Path(directory, name) for name in names)


def _part(path: Path) -> str:
    top = path.parts[0]
    if top == "index" and len(path.parts) > 2:
        return path.parts[1] if path.parts[1] in ("words", "vectors") else "other"
    if top.startswith("shoko.sqlite3"):
        return "records"
    return top if top in ("originals", "pictures", "logs", "models") else "other"


def _count(sizes: dict[str, PartSize], part: str, path: Path) -> None:
    try:
        length = path.stat().st_size
    except OSError:  # a file that is being replaced
        return
    size = sizes.setdefault(part, PartSize(part))
    size.bytes += length
    size.files += 1

"""Files that are sent to be checked, and rules sent with them: taken in, and held to what they may do."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from checks.readers.reading import read_document
from core.errors import BadValue, FileTooLarge
from core.signs import TURNS
from ingest.sandbox import ReadingLimits

CHUNK = 2**20
MOST_PACK = 8 * 2**20  # bytes of a pack that is sent
PACK_SUFFIXES = (".yml", ".yaml", ".csv", ".tsv", ".xlsx")
TABLE_LIMITS = ReadingLimits(seconds=60.0, memory_mb=1500)  # that a term list in Excel may cost
LONGEST_NAME = 200  # characters


@dataclass(frozen=True)
class SentFile:
    """A file as a request brings it: its name and its bytes."""

    name: str
    stream: BinaryIO


def plain_name(name: str) -> str:
    """A file's name without folders, control characters and signs that turn the writing; `file` where
    nothing is left."""
    name = PurePath(name.replace("\\", "/")).name
    name = TURNS.sub("", re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "", name)).strip()
    if len(name) > LONGEST_NAME:
        ending = PurePath(name).suffix[:10]
        name = name[: LONGEST_NAME - len(ending)] + ending
    return name if name.strip(".") else "file"


def file_name(name: str, suffix: str) -> str:
    """A name for a pack's file: its own where a disk takes it, for a mistake is told with file and line."""
    stem = plain_name(name).removesuffix(suffix)
    return f"{stem if len(stem.encode()) <= LONGEST_NAME else 'rules'}{suffix}"


def received(folder: Path, name: str, stream: BinaryIO, limit: int) -> Path:
    """The pack that was sent, as a file in that folder; a list in Excel becomes one in CSV. Raises BadValue,
    FileTooLarge, and an Unreadable for such a list."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in PACK_SUFFIXES:
        problem = f"{plain_name(name)} is no pack"
        raise BadValue(name="rules", problem=problem, fix=f"Send {', '.join(PACK_SUFFIXES)}.")
    path = folder / file_name(PurePath(plain_name(name)).stem, suffix)
    take(stream, path, plain_name(name), limit)
    return _as_csv(path, plain_name(name)) if suffix == ".xlsx" else path


def _as_csv(path: Path, name: str) -> Path:
    """The first sheet of that file, which the sandbox's child reads, as CSV in its place."""
    tables = read_document(path, name, limits=TABLE_LIMITS).tables
    rows = tables[0].rows if tables else []
    made = path.with_suffix(".csv")
    with made.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        for row in rows:
            cells = {cell.column: cell.text.strip() for cell in row}
            writer.writerow([cells.get(index, "") for index in range(max(cells) + 1)])
    path.unlink()
    return made


def take(stream: BinaryIO, path: Path, name: str, limit: int) -> int:
    """Write what is sent there; how many bytes. Raises FileTooLarge, and leaves nothing then."""
    size = 0
    with path.open("wb") as out:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > limit:
                break
            out.write(chunk)
    if size > limit:
        path.unlink()
        raise FileTooLarge(name=name, limit=f"{limit // 2**20} MB")
    return size

"""The library of a question set that is kept between two evaluations, and what makes it stale.

Beside the library lies a note of what it was made from: the documents, and the program that read them. Where
either has changed, the library is made anew; another embedder only adds its vectors. A folder that has no
such note is somebody's own and never emptied.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import BadValue
from core.settings import PROJECT
from evaluation.sets import SetDocument

NOTE, CLAIM = "evaluation.json", "evaluation.lock"
# What makes a library's records and words: reading, splitting, tokens, tables.
READERS = ("contract", "core", "ingest", "language", "retrieval/index")


@dataclass(frozen=True)
class MadeFrom:
    """What a library was made from, each as a hash."""

    documents: str
    program: str


def made_from(documents: Sequence[SetDocument]) -> MadeFrom:
    """What a library of those documents is made from now."""
    texts = hashlib.sha256()
    for document in documents:
        content = document.file.read_bytes() if document.file else (document.text or "").encode()
        for part in (document.name.encode(), document.title.encode(), content):
            texts.update(len(part).to_bytes(8, "big") + part)
    sources = hashlib.sha256()
    for file in sorted(path for room in READERS for path in (PROJECT / room).rglob("*.py")):
        sources.update(file.relative_to(PROJECT).as_posix().encode() + b"\0" + file.read_bytes())
    return MadeFrom(texts.hexdigest(), sources.hexdigest())


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Nobody else uses or empties that folder for the time of the block. Raises BadValue where another
    evaluation does, or where the folder holds something that no evaluation made."""
    if _things(folder) and not (folder / NOTE).is_file():
        raise BadValue(
            name=folder,
            problem="it holds files, and no library of an evaluation",
            fix="Name an empty folder, or one that --library made",
        )
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / CLAIM)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BadValue(
            name=folder, problem="another evaluation uses it", fix="Wait for its end, or name another folder"
        ) from error
    try:
        yield
    finally:
        lock.release()


def stale(folder: Path, now: MadeFrom) -> str:
    """Why the library in that folder cannot be used as it is, in words; empty where it can."""
    if not _things(folder):
        return "there is none yet"
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except ValueError:
        note = {}
    if not note.get("complete"):
        return "it was not finished"
    changed = [name for name, value in asdict(now).items() if note.get(name) != value]
    words = {"documents": "the documents have changed", "program": "the program that reads them has changed"}
    return " and ".join(words[name] for name in changed)


def begin(folder: Path, now: MadeFrom) -> None:
    """Empty the folder for a library made from that."""
    _write(folder, now, complete=False)  # first: a killed run leaves no folder that nobody may empty
    for path in _things(folder):
        if path.name != NOTE:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def finish(folder: Path, now: MadeFrom) -> None:
    """Note that everything is in it."""
    _write(folder, now, complete=True)


def _things(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != CLAIM] if folder.is_dir() else []


def _write(folder: Path, now: MadeFrom, *, complete: bool) -> None:
    text = json.dumps(asdict(now) | {"complete": complete}, indent=1)
    (folder / NOTE).write_text(text + "\n", encoding="utf-8")

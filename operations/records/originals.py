"""Where the originals lie, as the settings say, and bringing all of them to another place.

What is brought is compared there with its hash before it counts; the former place stays as it was."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from core.db import Sessions
from core.errors import BadValue, OriginalBad
from core.files import Files
from core.models import Version
from core.originals.address import bucket_address
from core.originals.folder import FolderOriginals
from core.originals.store import OriginalStore
from core.settings import Settings


@dataclass(frozen=True)
class OriginalsMoved:
    """Originals that are at another place now."""

    source: str
    target: str
    originals: int
    bytes: int
    there_before: int  # of them: they were not brought again, only compared


def open_files(settings: Settings) -> Files:
    """What comes in, and the originals where the settings say. Raises BadValue, LibraryMissing,
    OriginalsAway, ConnectionRefusedByPolicy."""
    folder = settings.originals_folder
    return Files(folder, open_originals(settings.originals, settings, folder / "copies"))


def open_originals(place: str, settings: Settings, copies: Path) -> OriginalStore:
    """The originals at that place, written as SHOKO_ORIGINALS is; of a bucket `copies` holds what is in use.
    Raises as `open_files` does."""
    address = bucket_address(place)
    if address is None:
        return FolderOriginals(Path(place) if place else settings.data / "originals")
    from core.originals.bucket import Bucket  # its library is an extra

    secret = settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else ""
    return Bucket(
        address, copies, access_key=settings.s3_access_key, secret_key=secret,
        certificate=settings.s3_certificate,
    )  # fmt: skip


def move_originals(
    sessions: Sessions,
    source: OriginalStore,
    target: OriginalStore,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> OriginalsMoved:
    """Bring every original that the records know from one place to the other; a move that broke off is gone
    on with. Raises OriginalBad, OriginalsAway, BadValue for the same place."""
    if source.shown == target.shown:
        raise BadValue(
            name="--originals", problem="the originals are there already", fix="Name another place"
        )
    with sessions.read() as session:
        rows = session.execute(select(Version.sha256, Version.size).distinct().order_by(Version.sha256))
        originals = [(sha256, size) for sha256, size in rows]
    before = 0
    scratch = target.folder if isinstance(target, FolderOriginals) else Path(tempfile.gettempdir())
    scratch.mkdir(parents=True, exist_ok=True)
    for done, (sha256, _) in enumerate(originals):
        progress("originals", done, len(originals))
        if target.has(sha256):
            before += 1
        else:
            _bring(sha256, source, target, scratch / f".{secrets.token_hex(8)}")
        if _digest(target.path(sha256)) != sha256:
            raise OriginalBad(sha256=sha256, place=target.shown, problem="its content is another")
        target.drop([sha256])
    progress("originals", len(originals), len(originals))
    size = sum(size for _, size in originals)
    return OriginalsMoved(source.shown, target.shown, len(originals), size, before)


def _bring(sha256: str, source: OriginalStore, target: OriginalStore, part: Path) -> None:
    try:
        shutil.copyfile(source.path(sha256), part)
        if _digest(part) != sha256:
            raise OriginalBad(sha256=sha256, place=source.shown, problem="its content is another")
        target.put(part, sha256)
    finally:
        part.unlink(missing_ok=True)
        source.drop([sha256])


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()

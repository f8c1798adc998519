"""Backup while Shoko runs, encrypted; restore, and the drill that shows that a backup can be restored.

A backup holds what cannot be made again: the records (one consistent state of SQLite), the originals, from a
bucket too, the settings file and the key of the log. The index is rebuilt from the records at the first
start. It is one tar archive in the age format (age-encryption.org), after a short head; a passphrase or a key
opens it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pyrage

from core import audit
from core.audit import Seal
from core.db import open_database
from core.errors import BackupBad, BadValue, OriginalBad
from core.models import Document, Version, now
from core.originals.store import OriginalStore
from core.version import VERSION

RECORDS, MANIFEST, KEY, SETTINGS = "shoko.sqlite3", "manifest.json", "keys/audit.key", "shoko.toml"
ORIGINAL = re.compile(r"originals/([0-9a-f]{2})/(\1[0-9a-f]{62})")
FORMAT = 1
MAGIC = b"shoko backup 1\n"
TRIES = 3
LEAST_PASSPHRASE = 12


@dataclass(frozen=True)
class Lock:
    """What a backup is encrypted with: a passphrase, or the public age keys of those who may open it."""

    passphrase: str = ""
    recipients: Sequence[str] = ()


@dataclass(frozen=True)
class Report:
    """What is in a backup, and what was compared."""

    version: str
    made_at: str
    documents: int
    originals: int
    bytes: int
    log_entries: int
    log_whole: bool


def refuse_other_records(database_url: str) -> None:
    """Raises BadValue where the records do not lie in the data folder: a backup of it would lack them."""
    if not database_url:
        return
    kind = database_url.partition("+")[0].partition(":")[0]
    tool = {"postgresql": "pg_dump", "postgres": "pg_dump"}.get(kind, "the database's own tool")
    raise BadValue(
        name="SHOKO_DATABASE_URL",
        problem=f"the records lie in a database of their own ({kind}), not in the data folder",
        fix=f"Stop Shoko, use {tool} for them, and copy originals, keys and shoko.toml of the folder",
    )


def back_up(data: Path, target: Path, lock: Lock, bucket: OriginalStore | None = None) -> Report:
    """Write a backup of that data folder to a new file; the server may run. `bucket`: where the originals
    lie, if not in the folder; they are brought each in its turn. Raises BadValue, BackupBad,
    OriginalsAway."""
    if not lock.recipients and len(lock.passphrase) < LEAST_PASSPHRASE:
        problem = f"it has fewer than {LEAST_PASSPHRASE} characters"
        raise BadValue(
            name="passphrase", problem=problem, fix="Choose a longer one; it is all that protects it"
        )
    if target.exists():
        raise BadValue(name="file", problem=f"{target} is there already", fix="Choose another name")
    with tempfile.TemporaryDirectory(prefix="backup-", dir=data) as folder:
        part = target.with_name(f".{target.name}.part")
        snapshot, linked = Path(folder) / RECORDS, Path(folder) / "originals"
        try:
            for _ in range(TRIES):
                snapshot.unlink(missing_ok=True)
                shutil.rmtree(linked, ignore_errors=True)
                with closing(sqlite3.connect(data / RECORDS, timeout=60)) as records:
                    records.execute("VACUUM INTO ?", (str(snapshot),))
                if bucket is None and not _link_originals(data, snapshot, linked):
                    continue
                with contextlib.suppress(OriginalBad), part.open("wb") as out:  # it was erased: as above
                    hashes = _write(data, Path(folder), lock, out, bucket)
                    out.flush()
                    os.fsync(out.fileno())
                    break
            else:
                raise BackupBad(path=target, problem="originals are missing, or vanish while they are copied")
            made_at = json.loads(_manifest(Path(folder), {}))["made_at"]
            report = _examine(Path(folder), made_at, data / KEY, hashes)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return report


def _link_originals(data: Path, snapshot: Path, linked: Path) -> bool:
    """Hold every original that the snapshot names by a second link, so that no erasure takes it away."""
    for sha256 in _originals(snapshot):
        place = linked / sha256[:2] / sha256
        place.parent.mkdir(parents=True, exist_ok=True)
        source = data / "originals" / sha256[:2] / sha256
        try:
            os.link(source, place)
        except FileNotFoundError:
            return False  # erased between the two: another snapshot does not name it
        except OSError:  # a disk that has no links
            shutil.copyfile(source, place)
    return True


def _originals(snapshot: Path) -> list[str]:
    with closing(sqlite3.connect(snapshot)) as records:
        return [row[0] for row in records.execute("SELECT DISTINCT sha256 FROM versions ORDER BY sha256")]


def _manifest(folder: Path, hashes: dict[str, str]) -> bytes:
    with closing(sqlite3.connect(folder / RECORDS)) as records:
        (revision,) = records.execute("SELECT version_num FROM alembic_version").fetchone()
    manifest = {"format": FORMAT, "version": VERSION, "revision": revision, "made_at": now().isoformat()}
    return json.dumps(manifest | {"sha256": hashes}, indent=1).encode()


def _write(
    data: Path, folder: Path, lock: Lock, out: IO[bytes], bucket: OriginalStore | None
) -> dict[str, str]:
    """Write the archive; the hash of each of its parts by name. Raises OriginalBad."""
    header = b""
    try:
        keys = [pyrage.x25519.Recipient.from_str(key) for key in lock.recipients]
    except pyrage.RecipientError as error:
        raise BadValue(name="recipient", problem=error, fix="Give a public key: age1…") from error
    if not keys:  # a key of its own, locked by the passphrase: age takes long texts for a key alone
        own = pyrage.x25519.Identity.generate()
        keys, header = [own.to_public()], pyrage.passphrase.encrypt(str(own).encode(), lock.passphrase)
    out.write(MAGIC + len(header).to_bytes(4, "big") + header)
    reading, writing = os.pipe()
    failures: list[BaseException] = []
    hashes: dict[str, str] = {}

    def pack() -> None:
        try:
            with os.fdopen(writing, "wb") as sink, tarfile.open(mode="w|", fileobj=sink) as archive:
                for name, path in _parts(data, folder, bucket):
                    with path.open("rb") as content:
                        hashes[name] = hashlib.file_digest(content, "sha256").hexdigest()
                    archive.add(path, name, recursive=False, filter=_plain)
                manifest = _manifest(folder, hashes)
                entry = tarfile.TarInfo(MANIFEST)
                entry.size = len(manifest)
                archive.addfile(entry, BytesIO(manifest))
        except BaseException as error:  # noqa: BLE001  # raised in the thread that waits
            failures.append(error)

    packer = threading.Thread(target=pack, daemon=True, name="backup")
    packer.start()
    with os.fdopen(reading, "rb") as source:
        pyrage.encrypt_io(source, out, keys)
    packer.join()
    if failures:
        raise failures[0]
    return hashes


def _parts(data: Path, folder: Path, bucket: OriginalStore | None) -> Iterator[tuple[str, Path]]:
    """The parts of a backup, each with its name: originals of a bucket are brought one after the other."""
    for name, path in ((RECORDS, folder / RECORDS), (KEY, data / KEY), (SETTINGS, data / SETTINGS)):
        if path.exists():
            yield name, path
    for sha256 in _originals(folder / RECORDS):
        name = f"originals/{sha256[:2]}/{sha256}"
        yield name, folder / name if bucket is None else bucket.path(sha256)
        if bucket is not None:
            bucket.drop([sha256])


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


@dataclass(frozen=True)
class Opener:
    """What opens a backup: its passphrase, or the text of a file with private age keys."""

    passphrase: str = ""
    identities: str = ""


def restore(source: Path, data: Path, opener: Opener) -> Report:
    """Make a data folder from a backup. The folder must be new or empty; it appears when all was compared.

    Raises BackupBad (also for one that a newer version made) or BadValue, and leaves nothing behind.
    """
    if data.exists() and any(data.iterdir()):
        raise BadValue(name="folder", problem=f"{data} is not empty", fix="Restore into a new folder")
    data.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=data.parent) as temporary:
        folder = Path(temporary) / "data"
        folder.mkdir()
        made_at, hashes = _unpack(source, folder, opener)
        report = _examine(folder, made_at, folder / KEY, hashes)
        if data.exists():
            data.rmdir()
        folder.replace(data)
    return report


def drill(source: Path, opener: Opener) -> Report:
    """Restore into a folder that is thrown away, with every comparison of a real restore."""
    with tempfile.TemporaryDirectory(prefix="shoko-drill-") as folder:
        return restore(source, Path(folder) / "data", opener)


def _unpack(source: Path, folder: Path, opener: Opener) -> tuple[str, dict[str, str]]:
    """Unpack it there: when it was made, and the hash of each part as it was written. Raises BackupBad."""
    reading, writing = os.pipe()
    failures: list[BaseException] = []

    def decrypt() -> None:
        try:
            with os.fdopen(writing, "wb") as sink, source.open("rb") as locked:
                pyrage.decrypt_io(locked, sink, _keys(source, locked, opener))
        except BaseException as error:  # noqa: BLE001  # raised in the thread that waits
            failures.append(error)

    decrypter = threading.Thread(target=decrypt, daemon=True, name="restore")
    decrypter.start()
    hashes: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    problem = ""
    try:
        with os.fdopen(reading, "rb") as opened, tarfile.open(mode="r|", fileobj=opened) as archive:
            for entry in archive:
                content = archive.extractfile(entry)
                if entry.name == MANIFEST and content is not None:
                    manifest = json.load(content)
                    continue
                known = entry.name in (RECORDS, KEY, SETTINGS) or ORIGINAL.fullmatch(entry.name)
                if content is None or not known:  # nothing of a foreign archive reaches the disk
                    problem = f"it has a part that no backup has: {entry.name}"
                    break
                place = folder / entry.name
                place.parent.mkdir(parents=True, exist_ok=True)
                with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                    shutil.copyfileobj(content, out)
                with place.open("rb") as written:
                    hashes[entry.name] = hashlib.file_digest(written, "sha256").hexdigest()
    except (tarfile.TarError, OSError, ValueError) as error:
        problem = str(error)
    decrypter.join()
    if failures and not problem.startswith("it has a part"):
        raise BackupBad(path=source, problem=f"it cannot be opened: {failures[0]}") from failures[0]
    if problem:
        raise BackupBad(path=source, problem=problem)
    if manifest.get("format") != FORMAT:
        raise BackupBad(path=source, problem="a newer version of Shoko made it, or it is cut off")
    if manifest["sha256"] != hashes:
        raise BackupBad(path=source, problem="a part of it was changed")
    return str(manifest["made_at"]), hashes


def _keys(source: Path, locked: IO[bytes], opener: Opener) -> list[Any]:
    """The keys that may open it; leaves the file at the begin of what they open."""
    if locked.read(len(MAGIC)) != MAGIC:
        raise BackupBad(path=source, problem="it is not a backup of Shoko")
    header = locked.read(int.from_bytes(locked.read(4), "big"))
    texts = opener.identities.splitlines()
    if not texts:
        texts = [pyrage.passphrase.decrypt(header, opener.passphrase).decode()]
    wanted = [text.strip() for text in texts if text.strip().startswith("AGE-SECRET-KEY-")]
    return [pyrage.x25519.Identity.from_str(text) for text in wanted]


def _examine(folder: Path, made_at: str, key: Path, hashes: Mapping[str, str]) -> Report:
    """Open what was packed or unpacked, bring older tables to this version's schema, and compare it with the
    hashes of what was written.

    Raises DataFolderNewer or BackupBad.
    """
    records = folder / RECORDS
    with closing(sqlite3.connect(records)) as opened:
        (answer,) = opened.execute("PRAGMA integrity_check").fetchone()
    if answer != "ok":
        raise BackupBad(path=folder, problem=f"its records are damaged: {answer}")
    sessions = open_database(f"sqlite:///{records}")
    try:
        with sessions.read() as session:
            originals = {row.sha256: row.size for row in session.query(Version.sha256, Version.size)}
            documents = session.query(Document).count()
            verified = audit.verify(session, Seal(key).public)
    finally:
        sessions.close()
    for sha256 in originals:
        name = f"originals/{sha256[:2]}/{sha256}"
        if name not in hashes:
            raise BackupBad(path=folder, problem=f"the original {sha256} is missing")
        if hashes[name] != sha256:
            raise BackupBad(path=folder, problem=f"the original {sha256} was changed")
    return Report(
        VERSION, made_at, documents, len(originals), sum(originals.values()), verified.entries, verified.whole
    )

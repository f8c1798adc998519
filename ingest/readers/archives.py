"""Reads archives (.zip, .7z) of documents: each member by the reader of its kind, named by its path in the
archive. No name of an archive ever becomes a path on this computer, and nothing is unfolded beyond limits."""

from __future__ import annotations

import contextlib
import lzma
import re
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from py7zr import SevenZipFile
from py7zr.exceptions import PasswordRequired
from py7zr.io import Py7zIO, WriterFactory

from core.errors import FileDamaged, FileEncrypted, PasswordWrong, ShokoError, TooMuchInFile
from ingest.formats import ZIP
from ingest.left_out import LeftOut, LeftOutKind
from ingest.pages import PageContent, PageKind
from ingest.readers.parts import PartReader, part_pages
from language.encodings import encoding_of

MOST_MEMBERS = 2000
MOST_BYTES = 2 * 2**30  # of all members, unfolded
LARGEST_MEMBER = 512 * 2**20
MOST_RATIO, RATIO_FROM = 400, 20 * 2**20  # times that a member may unfold; bytes from which that counts
CHUNK = 2**20
LONGEST_NAME = 400
_UTF8, _ENCIPHERED = 0x800, 0x1  # flags of a member
_UNICODE_PATH = 0x7075  # an extra field: its name in UTF-8 (APPNOTE 4.6.9)
# What systems and programs put beside documents without anybody having written it.
_NOT_WRITTEN = re.compile(
    r"(?:^|/)(?:__MACOSX/|\.DS_Store$|\._[^/]{1,255}$|Thumbs\.db$|desktop\.ini$|~\$[^/]{1,255}$)", re.I
)
_DRIVE = re.compile(r"^[A-Za-z]:")


@dataclass(frozen=True)
class Member:
    """A file in an archive: its name there, its path as it is shown, and its sizes in bytes."""

    key: str
    path: str
    size: int
    packed: int
    enciphered: bool = False


def read_archive(
    path: Path, name: str, kind: str, read: PartReader, password: str = ""
) -> Iterator[PageContent]:
    """The pages of all members that can be read, in the order of the archive. Raises FileDamaged,
    FileEncrypted, PasswordWrong, TooMuchInFile."""
    left_out = LeftOut()
    reading = _read_zip if kind == ZIP else _read_seven_zip
    yield from left_out.beside(reading(path, name, read, password, left_out))


def safe_path(name: str) -> str:
    """A member's name as the path that a person sees: no drive, no root, no way upwards, no control signs."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    name = "".join(letter for letter in name if unicodedata.category(letter) not in ("Cc", "Cf", "Cs"))
    parts = [part.strip() for part in _DRIVE.sub("", name).split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))[:LONGEST_NAME] or "file"


def look_over(members: Sequence[Member], name: str) -> None:
    """Refuse archives made to do harm. Raises TooMuchInFile."""
    if len(members) > MOST_MEMBERS:
        raise TooMuchInFile(name=name, what="files", limit=f"{MOST_MEMBERS:,}")
    if sum(member.size for member in members) > MOST_BYTES:
        raise TooMuchInFile(name=name, what="MB of unpacked files", limit=f"{MOST_BYTES // 2**20:,}")
    for member in members:
        if member.size > RATIO_FROM and member.size > MOST_RATIO * max(member.packed, 1):
            raise TooMuchInFile(name=name, what="text for its packed size", limit=f"{MOST_RATIO}-fold")


def _unread(path: str, why: str, left_out: LeftOut) -> PageContent:
    left_out.add(LeftOutKind.ATTACHMENTS, path)
    return PageContent(0, f"Not read: {path} ({why})", kind=PageKind.TEXT)


# ZIP.


def _read_zip(
    path: Path, name: str, read: PartReader, password: str, left_out: LeftOut
) -> Iterator[PageContent]:
    try:
        archive = zipfile.ZipFile(path)
        members = _members_of_zip(archive)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
        raise FileDamaged(name=name, problem="its archive is cut off") from error
    with archive, tempfile.TemporaryDirectory() as folder:
        look_over(members, name)
        if members and not password and all(member.enciphered for member in members):
            raise FileEncrypted(name=name)
        entries = {f"{number}": entry for number, entry in enumerate(archive.infolist())}
        for member in members:
            if member.size > LARGEST_MEMBER:
                yield _unread(member.path, f"larger than {LARGEST_MEMBER // 2**20} MB", left_out)
                continue
            if member.enciphered and not password:
                yield _unread(member.path, "it is protected by a password", left_out)
                continue
            file = Path(folder) / "member"
            try:
                with archive.open(entries[member.key], pwd=password.encode() or None) as stream:
                    _copy(stream, file, member.size)
            except RuntimeError as error:
                if "password" in str(error).lower():
                    raise PasswordWrong(name=name) from error
                yield _unread(member.path, "it is damaged", left_out)
                continue
            except NotImplementedError:
                yield _unread(
                    member.path, "it is packed or enciphered in a way that is not known here", left_out
                )
                continue
            except (zipfile.BadZipFile, OSError, ValueError, EOFError, zlib.error, lzma.LZMAError):
                yield _unread(member.path, "it is damaged", left_out)
                continue
            yield from part_pages(read, file, member.path, left_out)
            file.unlink(missing_ok=True)


def _members_of_zip(archive: zipfile.ZipFile) -> list[Member]:
    entries = archive.infolist()
    plain = [entry for entry in entries if not entry.flag_bits & _UTF8]
    raw = b"\n".join(_bytes_of(entry) for entry in plain)
    encoding = encoding_of(raw) if raw else "utf-8"
    members: list[Member] = []
    for number, entry in enumerate(entries):
        shown = _path_in_utf8(entry) or (
            entry.filename if entry.flag_bits & _UTF8 else _bytes_of(entry).decode(encoding, "replace")
        )
        path = safe_path(shown)
        if entry.is_dir() or shown.endswith(("/", "\\")) or _NOT_WRITTEN.search(path):
            continue
        if (entry.external_attr >> 28) == 0xA:  # a link of Unix
            continue
        members.append(
            Member(
                str(number), path, entry.file_size, entry.compress_size, bool(entry.flag_bits & _ENCIPHERED)
            )
        )
    return members


def _bytes_of(entry: zipfile.ZipInfo) -> bytes:
    """A name as it stands in the archive; `zipfile` decoded it as code page 437."""
    try:
        return entry.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.orig_filename.encode("utf-8", "replace")


def _path_in_utf8(entry: zipfile.ZipInfo) -> str:
    """The name that a program wrote in UTF-8 beside the one in the code page of its country."""
    extra, place = entry.extra, 0
    while place + 4 <= len(extra):
        kind = int.from_bytes(extra[place : place + 2], "little")
        size = int.from_bytes(extra[place + 2 : place + 4], "little")
        if kind == _UNICODE_PATH and size > 5:
            with contextlib.suppress(UnicodeDecodeError):
                return extra[place + 9 : place + 4 + size].decode("utf-8")
        place += 4 + size
    return ""


def _copy(stream: IO[bytes], file: Path, size: int) -> None:
    """Write a member to a file of ours, at most the bytes that it claims to have. Raises ValueError."""
    left = size
    with file.open("wb") as out:
        while chunk := stream.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise ValueError("larger than it says")
            out.write(chunk)


# 7z. Members may be packed together, so all are unpacked at once, into files of ours.


class _Unpacked(Py7zIO):
    """One member, written to a file of ours."""

    def __init__(self, file: Path, room: Callable[[int], None]) -> None:
        self.stream, self.room, self.written = file.open("wb"), room, 0

    def write(self, s: bytes | bytearray) -> int:
        """The next bytes. Raises ValueError beyond the limits."""
        self.written += len(s)
        self.room(len(s))
        return self.stream.write(s)

    def read(self, size: int | None = None) -> bytes:
        """Not supported: the library only writes."""
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Nowhere, for the same reason."""
        return 0

    def flush(self) -> None:
        """Hand on what was written."""
        self.stream.flush()

    def size(self) -> int:
        """The bytes so far."""
        return self.written

    def close(self) -> None:
        """The member is whole."""
        self.stream.close()


class _Unpacking(WriterFactory):
    """Files of ours for the members of an archive, by their names in it."""

    def __init__(self, folder: Path, room: int) -> None:
        self.folder, self.left = folder, room
        self.files: dict[str, Path] = {}
        self.open: list[_Unpacked] = []

    def create(self, filename: str) -> Py7zIO:
        """A file for a member: named by a number, whatever the member is called."""
        self.files[filename] = self.folder / str(len(self.files))
        self.open.append(_Unpacked(self.files[filename], self._take))
        return self.open[-1]

    def close(self) -> None:
        """Close what a fault left open."""
        for unpacked in self.open:
            unpacked.close()

    def _take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise ValueError("more than it says")


def _read_seven_zip(
    path: Path, name: str, read: PartReader, password: str, left_out: LeftOut
) -> Iterator[PageContent]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            members, files = _unpacked(path, name, Path(folder), password)
        except PasswordRequired as error:
            raise FileEncrypted(name=name) from error
        except (ShokoError, MemoryError):
            raise
        except Exception as error:  # the library's own are many, and it knows no word for a wrong password
            if password:
                raise PasswordWrong(name=name) from error
            raise FileDamaged(name=name, problem="its archive is damaged") from error
        for member in members:
            file = files.get(member.key)
            if member.size > LARGEST_MEMBER:
                yield _unread(member.path, f"larger than {LARGEST_MEMBER // 2**20} MB", left_out)
            elif file is None:
                yield _unread(member.path, "its name leads out of the archive", left_out)
            else:
                yield from part_pages(read, file, member.path, left_out)
                file.unlink(missing_ok=True)


def _unpacked(path: Path, name: str, folder: Path, password: str) -> tuple[list[Member], dict[str, Path]]:
    """The members, and the files into which they were unpacked by their keys."""
    with SevenZipFile(path, password=password or None, max_extract_size=MOST_BYTES) as archive:
        entries = [entry for entry in archive.files if not (entry.is_directory or entry.is_symlink)]
        members = [
            Member(entry.filename, shown, int(entry.uncompressed or 0), path.stat().st_size)
            for entry in entries
            if not _NOT_WRITTEN.search(shown := safe_path(entry.filename))
        ]
        look_over(members, name)
        wanted = [
            member.key
            for member in members
            if member.size <= LARGEST_MEMBER and member.key.replace("\\", "/") == _inside(member.key)
        ]
        unpacking = _Unpacking(folder, sum(member.size for member in members))
        if wanted:
            with contextlib.closing(unpacking):
                archive.extract(targets=wanted, factory=unpacking)
    return members, unpacking.files


def _inside(key: str) -> str:
    """A member's name without what would lead out of a folder: the library refuses an archive with one."""
    parts = _DRIVE.sub("", key.replace("\\", "/")).split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))

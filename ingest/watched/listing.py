"""What lies in a watched folder, and what became of it since the last look. Looks at names, sizes and times;
opens no file.

A file counts as changed when its size or its time of change differs. Its inode alone makes no difference: a
share that is connected again numbers its files anew, and 100,000 would be read for nothing.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import FolderAway
from core.files import printable
from core.models import FileState

# What programs and systems leave lying about: never a document.
SKIPPED_ENDS = (
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".crdownload",
    ".download",
    ".swp",
    ".lock",
    ".lnk",
    "~",
)
SKIPPED_NAMES = frozenset(
    ("thumbs.db", "desktop.ini", "ehthumbs.db", "$recycle.bin", "system volume information", "lost+found",
     "#recycle", "@eadir", "__macosx")
)  # fmt: skip
FEW = 10  # so few files may go at once without a question
LOST_SHARE = 0.3  # of a folder's files; more at once looks like a share that is not whole


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as a look at the folder found it. `inode` is empty where the system numbers no files; `is_named`
    is false where its path is not UTF-8: then it is known by a path in which such bytes stand as `\\xff`."""

    size: int
    modified_ns: int
    inode: str
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """A file as the records hold it."""

    size: int
    modified_ns: int
    inode: str
    sha256: str
    state: str
    document_id: str | None

    def same_as(self, seen: Seen) -> bool:
        """Whether nothing says that its content changed."""
        return self.size == seen.size and self.modified_ns == seen.modified_ns


@dataclass
class Listing:
    """The files by their path beneath the folder, with slashes, and the folders that could not be read."""

    files: dict[str, Seen] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Changes:
    """What became of the files since the last look. `gone` is without those that moved."""

    new: list[str]
    changed: list[str]
    moved: list[tuple[str, str]]
    gone: list[str]
    unchanged: int


def listing(root: Path, mount: str, going_on: Callable[[], bool] = lambda: True) -> Listing:
    """Look through a folder. Raises FolderAway where it, or the share that it lies on, is not there."""
    if mount and not os.path.ismount(mount):
        raise FolderAway(path=root, problem=f"nothing is mounted at {mount}")
    listed = Listing()
    left = [("", root)]
    while left and going_on():
        prefix, folder = left.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    _look_at(entry, prefix, left, listed)
        except OSError as error:
            if not prefix:
                raise FolderAway(path=root, problem=error.strerror or error) from error
            listed.unreadable.append(printable(prefix))
    return listed


def _look_at(entry: os.DirEntry[str], prefix: str, left: list[tuple[str, Path]], listed: Listing) -> None:
    if skipped(entry.name) or entry.is_symlink():  # a link may lead out of the folder, or in circles
        return
    try:
        if entry.is_dir(follow_symlinks=False):
            left.append((f"{prefix}{entry.name}/", Path(entry.path)))
            return
        about = entry.stat(follow_symlinks=False)
    except OSError:
        listed.unreadable.append(printable(prefix + entry.name))
        return
    if stat.S_ISREG(about.st_mode) and not _hidden(about):
        inode = str(about.st_ino) if about.st_ino else ""
        path = prefix + entry.name
        text = printable(path)
        listed.files[text] = Seen(about.st_size, about.st_mtime_ns, inode, is_named=text == path)


def skipped(name: str) -> bool:
    """Whether a file or folder of that name is hidden or temporary."""
    low = name.lower()
    return name.startswith((".", "~$", "~WRL", ".~")) or low in SKIPPED_NAMES or low.endswith(SKIPPED_ENDS)


def _hidden(about: os.stat_result) -> bool:
    """Whether Windows calls the file hidden or a system's."""
    attributes = getattr(about, "st_file_attributes", 0)
    return bool(attributes & (stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM))


def mount_of(root: Path) -> str:
    """The mount point that a folder lies on; empty for the system's own disk."""
    for place in (root, *root.parents):
        if os.path.ismount(place):
            return "" if place == Path(place.anchor) else str(place)
    return ""


def compare(known: Mapping[str, Known], listed: Listing) -> Changes:
    """What became of the files. Pure."""
    new, changed, unchanged = [], [], 0
    for path, seen in listed.files.items():
        before = known.get(path)
        if before is None or before.state == FileState.GONE:
            new.append(path)
        elif before.same_as(seen):
            unchanged += 1
        else:
            changed.append(path)
    missing = {
        path
        for path, before in known.items()
        if before.state != FileState.GONE
        and path not in listed.files
        and not _beneath(path, listed.unreadable)
    }
    moved = _moved(known, listed, new, missing)
    left = {old for old, _ in moved}
    arrived = {path for _, path in moved}
    return Changes(
        sorted(path for path in new if path not in arrived),
        sorted(changed),
        sorted(moved),
        sorted(missing - left),
        unchanged,
    )


def _moved(
    known: Mapping[str, Known], listed: Listing, new: Collection[str], missing: Collection[str]
) -> list[tuple[str, str]]:
    """(old path, new path) of files with the same inode, size and time: renamed, and not read again. One that
    was never taken is looked at anew: its name may have been the reason."""
    by_inode: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    for path in missing:
        before = known[path]
        refused = before.state == FileState.QUARANTINED and before.document_id is None
        if before.inode and not refused:
            by_inode[before.inode, before.size, before.modified_ns].append(path)
    moved = []
    for path in new:
        seen = listed.files[path]
        old = by_inode.get((seen.inode, seen.size, seen.modified_ns), [])
        if seen.inode and len(old) == 1:
            moved.append((old.pop(), path))
    return moved


def _beneath(path: str, unreadable: Collection[str]) -> bool:
    return any(
        path == prefix or path.startswith(prefix if prefix.endswith("/") else prefix + "/")
        for prefix in unreadable
    )


def too_many_gone(gone: int, known: int, seen: int) -> bool:
    """Whether so many files are gone that the folder itself is rather not whole."""
    return gone > 0 and (seen == 0 or (gone > FEW and gone > LOST_SHARE * known))

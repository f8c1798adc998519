"""Rights of files from the file system that they lie on: a security descriptor in an extended attribute where
a mounted share or disk has one, else Unix modes and POSIX lists.

Where a file system makes its modes up (a share or a disk of Windows without its descriptors), they say
nothing of who may read, and are not taken.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import struct
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from core.errors import RightsAway
from core.rights.descriptors import parsed
from core.rights.gates import NOBODY, Rights, to_read, together
from core.rights.posix import PASS, READ, rights_of
from ingest.watched.rights.reading import Reader, ReadRights

# Of the kernel's cifs, of its ntfs3, and of ntfs-3g: each a whole security descriptor.
DESCRIPTORS = ("system.cifs_ntsd", "system.cifs_acl", "system.ntfs_security", "system.ntfs_acl")
POSIX_LIST, NFS_LIST = "system.posix_acl_access", "system.nfs4_acl"
OF_WINDOWS = frozenset(("cifs", "smb3", "smbfs", "ntfs", "ntfs3", "fuseblk", "fuse.ntfs-3g"))
# Whose modes decide who reads.
OF_UNIX = frozenset(
    ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "f2fs", "jfs", "bcachefs", "nfs",
     "nfs4", "ceph", "fuse.glusterfs", "gfs2", "ocfs2", "lustre")
)  # fmt: skip
MOUNTS = Path("/proc/self/mounts")
NO_ATTRIBUTE = frozenset((errno.ENODATA, errno.EOPNOTSUPP))
PLAIN_NAMES = (b"OWNER@", b"GROUP@", b"EVERYONE@")  # of an NFSv4 list that is no more than a mode


@contextlib.contextmanager
def local_reader(root: Path) -> Iterator[Reader]:
    """A reader of the rights of files in that folder. Raises RightsAway where its file system tells none."""
    kind, _ = file_system_of(root, _mounts())
    if kind not in OF_UNIX and kind not in OF_WINDOWS:
        problem = f"the file system there ({kind or 'unknown'}) tells none"
        raise RightsAway(path=root, problem=problem)
    folders: dict[str, Rights] = {}

    def read(paths: Collection[str]) -> Iterator[ReadRights]:
        for path in paths:
            try:
                yield ReadRights(path, _rights(root, path, kind, folders))
            except (OSError, ValueError) as error:
                yield ReadRights(path, NOBODY, str(getattr(error, "strerror", None) or error)[:300])

    yield read


def _rights(root: Path, path: str, kind: str, folders: dict[str, Rights]) -> Rights:
    place = str(root / path)
    if kind in OF_WINDOWS:
        for name in DESCRIPTORS:
            content = _attribute(place, name)
            if content is not None:
                return to_read(parsed(content))
        raise ValueError(f"the mount ({kind}) shows no security descriptor of it")
    above = [str(parent) for parent in PurePosixPath(path).parents]
    for folder in above:
        if folder not in folders:
            folders[folder] = _posix(str(root / folder), PASS)
    return together(_posix(place, READ), *(folders[folder] for folder in above))


def _posix(place: str, right: int) -> Rights:
    about = Path(place).lstat()
    nfs = _attribute(place, NFS_LIST)
    if nfs is not None and not is_plain(nfs):
        raise ValueError("its NFSv4 list says more than its mode; take the rights over from an SMB share")
    listed = _attribute(place, POSIX_LIST)
    return rights_of(right, about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode), listed)


def _attribute(place: str, name: str) -> bytes | None:
    try:
        return os.getxattr(place, name, follow_symlinks=False)
    except OSError as error:
        if error.errno in NO_ATTRIBUTE:
            return None
        raise


def is_plain(listed: bytes) -> bool:
    """Whether an NFSv4 list (RFC 7530, in XDR) names the owner, the group and everybody alone, and denies
    nothing: then the mode says the same."""
    try:
        (count,) = struct.unpack_from(">I", listed)
        place = 4
        for _ in range(count):
            kind, _, _, length = struct.unpack_from(">IIII", listed, place)
            place += 16
            if kind != 0 or listed[place : place + length] not in PLAIN_NAMES:
                return False
            place += length + -length % 4
    except struct.error:
        return False
    return True


def file_system_of(root: Path, mounts: str) -> tuple[str, str]:
    """The kind of file system that a folder lies on, and, where it is a share, the folder's address there;
    `mounts` as /proc/self/mounts has them. Pure."""
    nearest, kind, address = "", "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 4:
            continue
        device, point = (_plain(field) for field in fields[:2])
        if (root == Path(point) or Path(point) in root.parents) and len(point) >= len(nearest):
            nearest, kind, address = point, fields[2], ""
            if device.startswith("//"):
                beneath = [device, _prefix(fields[3]), *root.relative_to(point).parts]
                address = "/".join(part.rstrip("/") for part in beneath if part)
    return kind, address


def _prefix(options: str) -> str:
    """The folder of the share that is mounted, where it is not the whole: cifs tells it apart."""
    for option in options.split(","):
        if option.startswith("prefixpath="):
            return _plain(option.removeprefix("prefixpath=")).strip("/\\").replace("\\", "/")
    return ""


def _plain(field: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, character)
    return field


def _mounts() -> str:
    try:
        return MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # no Linux: nothing is known of its file systems


def share_of_mount(root: Path) -> str:
    """The address on its file server of a folder on a mounted share; empty where it lies on none."""
    return file_system_of(root, _mounts())[1]

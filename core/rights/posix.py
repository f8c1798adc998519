"""Unix modes and POSIX lists (`system.posix_acl_access`) as gates: who may read a file, or pass a folder.

The rules of POSIX.1e name one class that decides for each person: the owner, a named user, the groups
(one that lets in is enough), or the others. In this order they are entries of a gate. Pure.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from core.rights.gates import Rights, gate, together
from core.rights.sids import EVERYONE, UNIX_GROUP, UNIX_USER

READ, PASS = 4, 1  # bits of a mode
OWNER, USER, GROUP, NAMED_GROUP, MASK, OTHERS = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20  # tags of entries
VERSION = 2


def rights_of(right: int, owner: int, group: int, mode: int, listed: bytes | None = None) -> Rights:
    """Who has that right (READ or PASS) on a thing with that owner, group and mode, and its POSIX list, if
    it has one. Raises ValueError if the list cannot be read."""
    entries = _listed(listed) if listed else _of_mode(mode)
    limit = next((bits for tag, bits, _ in entries if tag == MASK), 7)
    return together(frozenset({gate(_in_order(entries, right, owner, group, limit))}))


def _of_mode(mode: int) -> list[tuple[int, int, int]]:
    return [(OWNER, mode >> 6 & 7, 0), (GROUP, mode >> 3 & 7, 0), (OTHERS, mode & 7, 0)]


def _listed(data: bytes) -> list[tuple[int, int, int]]:
    if len(data) < 4 or len(data) % 8 != 4 or struct.unpack_from("<I", data)[0] != VERSION:
        raise ValueError("its POSIX list is cut off, or of a form that is not known")
    entries = list(struct.iter_unpack("<HHI", data[4:]))
    tags = [tag for tag, _, _ in entries]
    if any(tags.count(tag) != 1 for tag in (OWNER, GROUP, OTHERS)):
        raise ValueError("its POSIX list is not whole")
    return entries


def _in_order(
    entries: list[tuple[int, int, int]], right: int, owner: int, group: int, limit: int
) -> Iterator[tuple[bool, str]]:
    users = [(bits & limit, f"{UNIX_USER}{number}") for tag, bits, number in entries if tag == USER]
    groups = [
        (bits & limit, f"{UNIX_GROUP}{group if tag == GROUP else number}")
        for tag, bits, number in entries if tag in (GROUP, NAMED_GROUP)
    ]  # fmt: skip
    for tag, bits, _ in entries:
        if tag == OWNER:
            yield bool(bits & right), f"{UNIX_USER}{owner}"
    yield from ((bool(bits & right), sid) for bits, sid in users)
    yield from ((True, sid) for bits, sid in groups if bits & right)
    yield from ((False, sid) for bits, sid in groups if not bits & right)
    for tag, bits, _ in entries:
        if tag == OTHERS and bits & right:
            yield True, EVERYONE

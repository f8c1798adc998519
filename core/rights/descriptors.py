"""A file's security descriptor as its bytes say it: the owner, and the list of who is allowed or denied what.

Only reads. What is cut off, or of a form that is not known, raises: rights are never guessed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from core.rights.sids import sid_at

LONGEST = 2**17  # bytes: the longest list has 64 kB (MS-DTYP 2.4.5), and two identifiers
LIST_PRESENT = 0x0004  # of the control bits: there is a list of rights
INHERIT_ONLY = 0x08  # of an entry's flags: not for this thing, only for what is made in it
ALLOW, DENY = (0x00, 0x05, 0x09, 0x0B), (0x01, 0x06, 0x0A, 0x0C)
FOR_AN_OBJECT = (0x05, 0x06, 0x0B, 0x0C)  # with the kinds of object that they are for
UNDER_A_CONDITION = (0x09, 0x0A, 0x0B, 0x0C)
AUDITS = (0x02, 0x03, 0x07, 0x08, 0x0D, 0x0E, 0x0F, 0x10)  # what is to be logged: no rights


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list of rights. `conditional`: it holds under a condition, or for one kind of object,
    which nothing here can judge."""

    allows: bool
    mask: int
    sid: str
    inherit_only: bool = False
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Who owns a thing, and its list of rights in order; None: there is none, and all may do all."""

    owner: str
    entries: tuple[Entry, ...] | None


def parsed(data: bytes) -> Descriptor:
    """A self-relative security descriptor (MS-DTYP 2.4.6). Raises ValueError if it cannot be read whole:
    also if it has no list, because then it is not known who may read."""
    if len(data) < 20 or len(data) > LONGEST:
        raise ValueError("it is cut off, or too long")
    revision, _, control, owner, _group, _audits, rights = struct.unpack_from("<BBHIIII", data)
    if revision != 1:
        raise ValueError("it is of a form that is not known")
    if not owner:
        raise ValueError("it names no owner")
    if not control & LIST_PRESENT:
        raise ValueError("it holds no list of rights")
    return Descriptor(sid_at(data, owner)[0], _entries(data, rights) if rights else None)


def _entries(data: bytes, start: int) -> tuple[Entry, ...]:
    if start + 8 > len(data):
        raise ValueError("its list of rights is cut off")
    revision, _, size, count, _ = struct.unpack_from("<BBHHH", data, start)
    end = start + size
    if revision not in (2, 4) or end > len(data) or size < 8:
        raise ValueError("its list of rights is cut off, or of a form that is not known")
    entries, place = [], start + 8
    for _ in range(count):
        if place + 4 > end:
            raise ValueError("an entry is cut off")
        kind, flags, length = struct.unpack_from("<BBH", data, place)
        if length < 4 or place + length > end:
            raise ValueError("an entry is cut off")
        if kind not in AUDITS:
            entries.append(_entry(data[place + 4 : place + length], kind, flags))
        place += length
    return tuple(entries)


def _entry(body: bytes, kind: int, flags: int) -> Entry:
    if kind not in ALLOW and kind not in DENY:
        raise ValueError(f"an entry is of a kind that is not known ({kind})")
    if len(body) < 4:
        raise ValueError("an entry is cut off")
    (mask,) = struct.unpack_from("<I", body)
    place = 4
    if kind in FOR_AN_OBJECT:
        if len(body) < 8:
            raise ValueError("an entry is cut off")
        (kinds,) = struct.unpack_from("<I", body, 4)
        place = 8 + 16 * ((kinds & 1) + (kinds >> 1 & 1))
    sid, _ = sid_at(body, place)
    conditional = kind in UNDER_A_CONDITION or kind in FOR_AN_OBJECT
    return Entry(kind in ALLOW, mask, sid, bool(flags & INHERIT_ONLY), conditional)

"""Security identifiers (SIDs): by these Windows and Samba know people and groups. As bytes, as text, and what
those mean that are the same on every computer."""

from __future__ import annotations

import struct

MOST_PARTS = 15  # sub-authorities of one identifier (MS-DTYP 2.4.2)
LONGEST = 8 + 4 * MOST_PARTS

EVERYONE = "S-1-1-0"
OWNER_RIGHTS = "S-1-3-4"  # in a list of rights: whoever owns the thing
# Everybody who signs in at the file server over the network holds these.
ALL_PEOPLE = frozenset((EVERYONE, "S-1-5-11", "S-1-5-2"))
# Nobody who reads a share with an account of their own holds these: they stand for ways to sign in at the
# computer itself, for its services, or for the maker of something new.
NO_PEOPLE = frozenset(
    ("S-1-0-0", "S-1-2-0", "S-1-2-1", "S-1-3-0", "S-1-3-1", "S-1-3-2", "S-1-3-3", "S-1-5-1", "S-1-5-3",
     "S-1-5-4", "S-1-5-6", "S-1-5-7", "S-1-5-8", "S-1-5-9", "S-1-5-10", "S-1-5-12", "S-1-5-13", "S-1-5-14",
     "S-1-5-17", "S-1-5-18", "S-1-5-19", "S-1-5-20", "S-1-5-113", "S-1-5-114")
)  # fmt: skip
NO_PEOPLE_BENEATH = ("S-1-5-5-", "S-1-5-80-", "S-1-5-82-", "S-1-5-83-", "S-1-5-90-", "S-1-15-", "S-1-16-")
# By Samba's convention, what has a number on a Unix system and no identifier of its own.
UNIX_USER, UNIX_GROUP = "S-1-22-1-", "S-1-22-2-"
# Groups of the file server itself. Who is in them no directory says.
NAMES = {
    "S-1-5-15": r"NT AUTHORITY\This Organization",
    "S-1-5-32-544": r"BUILTIN\Administrators",
    "S-1-5-32-545": r"BUILTIN\Users",
    "S-1-5-32-546": r"BUILTIN\Guests",
    "S-1-5-32-547": r"BUILTIN\Power Users",
    "S-1-5-32-548": r"BUILTIN\Account Operators",
    "S-1-5-32-549": r"BUILTIN\Server Operators",
    "S-1-5-32-550": r"BUILTIN\Print Operators",
    "S-1-5-32-551": r"BUILTIN\Backup Operators",
    "S-1-5-32-552": r"BUILTIN\Replicators",
}


def is_nobodys(sid: str) -> bool:
    """Whether no person who reads over the network can hold that identifier."""
    return sid in NO_PEOPLE or sid.startswith(NO_PEOPLE_BENEATH)


def sid_at(data: bytes, start: int) -> tuple[str, int]:
    """The identifier at that place, as text, and the place behind it. Raises ValueError."""
    if start < 0 or start + 8 > len(data):
        raise ValueError("an identifier is cut off")
    revision, parts = data[start], data[start + 1]
    end = start + 8 + 4 * parts
    if revision != 1 or parts > MOST_PARTS or end > len(data):
        raise ValueError("an identifier is cut off, or of a form that is not known")
    authority = int.from_bytes(data[start + 2 : start + 8], "big")
    shown = f"0x{authority:012x}" if authority >= 2**32 else str(authority)
    numbers = struct.unpack_from(f"<{parts}I", data, start + 8)
    return "-".join(("S-1", shown, *map(str, numbers))), end


def sid_text(data: bytes) -> str:
    """An identifier's bytes as text. Raises ValueError if they are not exactly one."""
    text, end = sid_at(data, 0)
    if end != len(data):
        raise ValueError("there is more than one identifier")
    return text


def sid_bytes(text: str) -> bytes:
    """An identifier's text as bytes. Raises ValueError."""
    head, *rest = text.split("-")
    if head != "S" or len(rest) < 2 or rest[0] != "1" or len(rest) > MOST_PARTS + 2:
        raise ValueError(f"{text[:100]} is no security identifier: they look like S-1-5-21-1-2-3-1000")
    if not all(part.isascii() and (part.isdigit() or part.startswith("0x")) for part in rest):
        raise ValueError(f"{text[:100]} is no security identifier: they look like S-1-5-21-1-2-3-1000")
    authority = int(rest[1], 0 if rest[1].startswith("0x") else 10)
    numbers = [int(part) for part in rest[2:]]
    if authority >= 2**48 or any(number >= 2**32 for number in numbers):
        raise ValueError(f"{text[:100]} is no security identifier: one of its numbers is too large")
    return (
        bytes((1, len(numbers))) + authority.to_bytes(6, "big") + struct.pack(f"<{len(numbers)}I", *numbers)
    )


def domain_of(sid: str) -> str:
    """The domain that an identifier was given out by: all but its last number."""
    return sid.rpartition("-")[0]

"""Rights of files: identifiers and descriptors as bytes, and gates against the documented access check."""

from __future__ import annotations

import itertools
import os
import struct

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bench.server.file_server import Ace, descriptor
from core.rights.descriptors import Descriptor, Entry, parsed
from core.rights.gates import (
    EVERYBODY,
    GENERIC,
    NOBODY,
    READING,
    gate,
    id_of,
    lets_in,
    named_in,
    packed,
    to_read,
    together,
    unpacked,
)
from core.rights.posix import PASS, READ, rights_of
from core.rights.sids import EVERYONE, domain_of, is_nobodys, sid_at, sid_bytes, sid_text
from ingest.watched.rights.local import file_system_of, is_plain
from ingest.watched.rights.share import share_address

pytestmark = pytest.mark.fast
CASES = int(os.environ.get("PROPERTY_CASES", "300"))

ANNA, BERT, SALES, BOARD = (f"S-1-5-21-1-2-3-{number}" for number in (1001, 1002, 2001, 2002))
OWNER = "S-1-3-4"
KNOWN = frozenset((ANNA, BERT, SALES, BOARD))
NAMED = (ANNA, BERT, SALES, BOARD, EVERYONE, "S-1-5-11", "S-1-5-2", OWNER, "S-1-3-0", "S-1-5-4", "S-1-5-18")
READ_ALL = sum(READING)


def documented(made: Descriptor, token: frozenset[str]) -> bool:
    """The access check of MS-DTYP 2.5.3.2 for what reading asks for, entry by entry."""
    if made.entries is None:
        return True
    entries = [entry for entry in made.entries if not entry.inherit_only]
    remaining = READ_ALL
    if made.owner in token and not any(entry.sid == OWNER for entry in entries):
        remaining &= ~0x20000
    for entry in entries:
        sid = made.owner if entry.sid == OWNER else entry.sid
        mask = entry.mask
        for general, specific in GENERIC.items():
            mask |= specific if mask & general else 0
        if sid not in token or (entry.conditional and entry.allows):
            continue
        if not entry.allows and mask & remaining:
            return False
        if entry.allows:
            remaining &= ~mask
    return remaining == 0


masks = st.one_of(
    st.sampled_from([0x120089, 0x1F01FF, 0x1200A0, 0x80000000, 0x10000000, 0x20000000]),
    st.lists(st.sampled_from([1, 8, 0x80, 0x20, 0x20000, 0x100000]), max_size=3).map(sum),
)
entries = st.builds(
    Entry, st.booleans(), masks, st.sampled_from(NAMED), st.sampled_from([False] * 4 + [True]),
    st.sampled_from([False] * 4 + [True]),
)  # fmt: skip
descriptors = st.builds(
    Descriptor, st.sampled_from((ANNA, BERT)), st.one_of(st.none(), st.lists(entries, max_size=7).map(tuple))
)
tokens = st.builds(
    lambda own, groups: frozenset((own, EVERYONE, "S-1-5-11", "S-1-5-2", *groups)),
    st.sampled_from((ANNA, BERT)),
    st.sets(st.sampled_from((SALES, BOARD))),
)


@examples(max_examples=CASES)
@given(descriptors, tokens)
def test_the_gates_let_in_whom_the_documented_check_lets_in(made: Descriptor, token: frozenset[str]) -> None:
    rights = to_read(made)
    assert lets_in(rights, token, KNOWN) == documented(made, token)
    assert unpacked(packed(rights)) == rights and id_of(packed(rights)) == id_of(
        packed(unpacked(packed(rights)))
    )
    assert named_in(rights) <= KNOWN


@examples(max_examples=CASES)
@given(descriptors, tokens, st.sets(st.sampled_from((SALES, BOARD))))
def test_what_is_not_known_lets_nobody_in_whom_it_would_not_if_it_were(
    made: Descriptor, token: frozenset[str], unknown: set[str]
) -> None:
    """Whoever is let in while some groups are unknown is let in whatever those groups turn out to hold."""
    rights, known = to_read(made), KNOWN - unknown
    seen = token - unknown
    if lets_in(rights, seen, known):
        for size in range(len(unknown) + 1):
            for held in itertools.combinations(sorted(unknown), size):
                denied = [way for way in rights if not lets_in(frozenset({way}), seen | set(held), KNOWN)]
                assert denied == []


@examples(max_examples=CASES)
@given(st.lists(descriptors, max_size=3), tokens)
def test_rights_together_let_in_whom_each_of_them_lets_in(
    made: list[Descriptor], token: frozenset[str]
) -> None:
    several = [to_read(one_of_them) for one_of_them in made]
    expected = all(lets_in(rights, token, KNOWN) for rights in several)
    assert lets_in(together(*several), token, KNOWN) == expected


def allow(sid: str, mask: int = 0x120089) -> Entry:
    return Entry(True, mask, sid)


def deny(sid: str, mask: int = 0x120089) -> Entry:
    return Entry(False, mask, sid)


def reads(sids: set[str], *entries: Entry, owner: str = BERT) -> bool:
    return lets_in(to_read(Descriptor(owner, entries)), sids | {EVERYONE}, KNOWN)


def test_the_order_of_the_entries_counts_and_nothing_else() -> None:
    assert not reads({ANNA, SALES}, deny(SALES), allow(ANNA))
    assert reads({ANNA, SALES}, allow(ANNA), deny(SALES))  # not in the order that Windows keeps, and yet
    assert reads({ANNA}, deny(SALES), allow(ANNA))
    assert not reads({ANNA}, allow(SALES)) and not reads({ANNA})
    # Inherited entries follow those of the file: what a person gave there outweighs what the folder denies.
    assert reads({ANNA, SALES}, allow(ANNA), deny(SALES), allow(EVERYONE))


def test_a_list_that_is_not_there_opens_and_an_empty_one_shuts() -> None:
    assert to_read(Descriptor(ANNA, None)) == EVERYBODY and to_read(Descriptor(ANNA, ())) == NOBODY
    assert lets_in(EVERYBODY, {ANNA}, KNOWN) and not lets_in(NOBODY, {ANNA, EVERYONE}, KNOWN)


def test_the_owner_may_read_the_rights_and_not_the_file() -> None:
    assert not reads({BERT}, allow(SALES))
    assert reads({BERT}, allow(BERT, 0x100089)) and not reads({ANNA}, allow(ANNA, 0x100089))
    assert not reads({BERT}, allow(BERT, 0x100089), allow(OWNER, 0))
    assert reads({BERT}, allow(OWNER)) and not reads({BERT}, deny(OWNER), allow(EVERYONE))


def test_a_right_in_part_is_none() -> None:
    assert not reads({ANNA}, allow(ANNA, 0x1))
    assert reads({ANNA, SALES}, allow(ANNA, 0x1), allow(SALES, 0x120088))
    assert not reads({ANNA}, deny(ANNA, 0x8), allow(ANNA))


def test_what_denies_an_unknown_group_shuts_and_what_allows_it_opens_nothing() -> None:
    stranger = "S-1-5-21-9-9-9-1"
    assert not reads({ANNA}, deny(stranger), allow(EVERYONE))
    assert reads({ANNA}, allow(ANNA), deny(stranger))
    assert not reads({ANNA}, allow(stranger))
    assert named_in(to_read(Descriptor(BERT, (deny(stranger), allow(EVERYONE))))) == {stranger}


def test_gates_that_say_the_same_are_the_same() -> None:
    assert gate([(True, ANNA), (True, BERT)]) == gate([(True, BERT), (True, ANNA), (True, BERT)])
    assert gate([(True, ANNA), (True, EVERYONE), (False, BERT)]) == gate([(True, "S-1-5-11")])
    assert gate([(False, "S-1-5-4"), (True, ANNA), (False, BERT)]) == gate([(True, ANNA)])
    assert gate([(False, EVERYONE), (True, ANNA)]) == ()


@given(st.integers(0, 2**48 - 1), st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=15))
def test_an_identifier_is_the_same_as_text_and_as_bytes(authority: int, numbers: list[int]) -> None:
    raw = bytes((1, len(numbers))) + authority.to_bytes(6, "big") + struct.pack(f"<{len(numbers)}I", *numbers)
    assert sid_bytes(sid_text(raw)) == raw and sid_at(b"xx" + raw + b"y", 2) == (sid_text(raw), len(raw) + 2)


def test_well_known_identifiers() -> None:
    assert sid_text(bytes.fromhex("010100000000000100000000")) == EVERYONE
    assert sid_bytes("S-1-5-32-545").hex() == "01020000000000052000000021020000"
    assert domain_of(ANNA) == "S-1-5-21-1-2-3"
    assert is_nobodys("S-1-5-18") and is_nobodys("S-1-5-80-1") and not is_nobodys("S-1-5-32-544")
    for bad in (
        "",
        "S-1",
        "S-2-5-1",
        "S-1-5-x",
        "S-1-5-",
        "S-1-5-4294967296",
        "s-1-5-1",
        "S-1-5" + "-1" * 16,
    ):
        with pytest.raises(ValueError, match="no security identifier"):
            sid_bytes(bad)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(NAMED), masks, st.sampled_from([0, 8, 0x10]))))
def test_a_descriptor_is_read_as_it_was_written(rows: list[tuple[bool, str, int, int]]) -> None:
    raw = descriptor([Ace(*row) for row in rows], ANNA)
    expected = tuple(Entry(allows, mask, sid, bool(flags & 8)) for allows, sid, mask, flags in rows)
    assert parsed(raw) == Descriptor(ANNA, expected)


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_any_bytes_make_a_descriptor_or_a_clear_error(noise: bytes, cut: int) -> None:
    whole = descriptor([Ace(True, ANNA), Ace(False, SALES)], BERT)
    for raw in (noise, whole[: cut % len(whole)], whole[: cut % len(whole)] + noise):
        try:
            made = parsed(raw)
        except ValueError:
            continue
        assert isinstance(to_read(made), frozenset)


def test_what_says_nothing_of_rights_is_refused_and_what_opens_all_is_not() -> None:
    whole = bytearray(descriptor([Ace(True, ANNA)], BERT))
    assert parsed(descriptor(None, BERT)).entries is None
    for place, value in ((2, 0x00), (0, 2), (4, 0)):  # no list, another form, no owner
        broken = bytearray(whole)
        broken[place] = value
        with pytest.raises(ValueError, match="it "):
            parsed(bytes(broken))
    unknown = bytes(whole).replace(b"\x00\x00\x24\x00", b"\x63\x00\x24\x00")
    with pytest.raises(ValueError, match="a kind that is not known"):
        parsed(unknown)


def test_entries_under_a_condition_shut_and_do_not_open() -> None:
    whole = descriptor([Ace(True, ANNA)], BERT)
    conditional = whole.replace(b"\x00\x00\x24\x00", b"\x09\x00\x24\x00")
    assert parsed(conditional).entries == (Entry(True, 0x120089, ANNA, conditional=True),)
    assert to_read(parsed(conditional)) == NOBODY


# Unix.

USER, GROUP = "S-1-22-1-", "S-1-22-2-"
UNIX_KNOWN = frozenset([f"{USER}{n}" for n in range(4)] + [f"{GROUP}{n}" for n in range(4)])
bits = st.integers(0, 7)


@st.composite
def lists(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """The entries of a POSIX list: tag, bits, number."""
    users = draw(st.dictionaries(st.integers(0, 3), bits, max_size=3))
    groups = draw(st.dictionaries(st.integers(0, 3), bits, max_size=3))
    rows = [
        (0x01, draw(bits), 0),
        *((0x02, value, key) for key, value in users.items()),
        (0x04, draw(bits), 0),
    ]
    rows += [(0x08, value, key) for key, value in groups.items()]
    if users or groups:
        rows.append((0x10, draw(bits), 0))
    return [*rows, (0x20, draw(bits), 0)]


def posix(
    rows: list[tuple[int, int, int]], right: int, owner: int, group: int, uid: int, gids: set[int]
) -> bool:
    """The access check of POSIX.1e 23.1.5."""
    value = {tag: row_bits for tag, row_bits, _ in rows}
    limit = value.get(0x10, 7)
    if uid == owner:
        return bool(value[0x01] & right)
    for tag, row_bits, number in rows:
        if tag == 0x02 and number == uid:
            return bool(row_bits & limit & right)
    mine = [
        b for tag, b, number in rows if (tag == 0x04 and group in gids) or (tag == 0x08 and number in gids)
    ]
    if mine:
        return any(row_bits & limit & right for row_bits in mine)
    return bool(value[0x20] & right)


@examples(max_examples=CASES)
@given(
    lists(), st.sampled_from([READ, PASS]), *[st.integers(0, 3)] * 3, st.sets(st.integers(0, 3), max_size=2)
)
def test_unix_rights_let_in_whom_posix_lets_in(
    rows: list[tuple[int, int, int]], right: int, owner: int, group: int, uid: int, gids: set[int]
) -> None:
    packed_rows = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *row) for row in rows)
    rights = rights_of(right, owner, group, 0, packed_rows)
    token = {EVERYONE, f"{USER}{uid}", *(f"{GROUP}{gid}" for gid in gids)}
    assert lets_in(rights, token, UNIX_KNOWN) == posix(rows, right, owner, group, uid, gids)


def test_modes_and_lists_that_are_broken() -> None:
    assert rights_of(READ, 1, 2, 0o644) == rights_of(READ, 1, 2, 0o444)
    assert lets_in(rights_of(READ, 1, 2, 0o640), {f"{GROUP}2", EVERYONE}, UNIX_KNOWN)
    assert not lets_in(rights_of(READ, 1, 2, 0o640), {f"{USER}3", EVERYONE}, UNIX_KNOWN)
    assert not lets_in(rights_of(READ, 1, 2, 0o604), {f"{GROUP}2", f"{USER}3", EVERYONE}, UNIX_KNOWN)
    for broken in (b"\x02\x00\x00\x00", b"\x03\x00\x00\x00" + bytes(8), b"\x02\x00\x00\x00" + bytes(7)):
        with pytest.raises(ValueError, match="POSIX list"):
            rights_of(READ, 1, 2, 0, broken)


# Where they are read.

MOUNTS = r"""/dev/vda / ext4 rw 0 0
//files/office\040papers /srv/share cifs rw,prefixpath=rules/2026 0 0
server:/export /srv/nfs nfs4 rw 0 0
tmpfs /srv/share/deep tmpfs rw 0 0"""


def test_where_a_folder_lies_is_told_by_its_mount() -> None:
    from pathlib import Path

    assert file_system_of(Path("/srv/share/a/b"), MOUNTS) == ("cifs", "//files/office papers/rules/2026/a/b")
    assert file_system_of(Path("/srv/share/deep/x"), MOUNTS) == ("tmpfs", "")
    assert file_system_of(Path("/srv/nfs"), MOUNTS) == ("nfs4", "")
    assert file_system_of(Path("/srv"), MOUNTS) == ("ext4", "") and file_system_of(Path("/x"), "") == ("", "")


def test_an_nfs_list_that_says_more_than_a_mode_is_seen() -> None:
    def row(kind: int, who: bytes) -> bytes:
        return struct.pack(">IIII", kind, 0, 1, len(who)) + who + bytes(-len(who) % 4)

    plain = struct.pack(">I", 3) + row(0, b"OWNER@") + row(0, b"GROUP@") + row(0, b"EVERYONE@")
    assert is_plain(plain) and not is_plain(plain[:-12])
    assert not is_plain(struct.pack(">I", 1) + row(0, b"anna@company.example"))
    assert not is_plain(struct.pack(">I", 1) + row(1, b"GROUP@"))


def test_addresses_of_shares() -> None:
    address = share_address(r"\\files\office\rules")
    assert (address.server, address.port, address.share, address.path) == ("files", 445, "office", "rules")
    assert str(share_address("//10.0.0.1:4455/office/a/b/")) == "//10.0.0.1:4455/office/a/b"
    for bad in ("", "files/office", "//files", "//files:x/office", "C:\\office"):
        with pytest.raises(Exception, match="no address of a share"):
            share_address(bad)

"""Rights to read in one form, whatever they were written in: gates that all must let a person in.

Of a Windows list, each right that reading needs is decided by the first entry that names one of a person's
identifiers and that right: the documented access check (MS-DTYP 2.5.3.2) asks the same of all rights at once.
So each right makes a gate, in which runs of allowing and denying identifiers follow each other. Gates of
rights that are asked for together are equal nearly always, and few are left; what Unix modes say is a gate
too (`core/rights/posix.py`). Pure.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator

from core.rights.descriptors import Descriptor, Entry
from core.rights.sids import ALL_PEOPLE, EVERYONE, OWNER_RIGHTS, is_nobodys

Run = tuple[bool, frozenset[str]]  # whether it lets in, and whom
Gate = tuple[Run, ...]  # the first run with one of a person's identifiers decides; if none has, it is shut
Rights = frozenset[Gate]  # every one of them must let a person in

NOBODY: Rights = frozenset({()})
EVERYBODY: Rights = frozenset()  # everybody who is known to the file server
OPEN: Gate = ((True, frozenset({EVERYONE})),)

READ_DATA, READ_EXTENDED, READ_CONTROL, SYNCHRONIZE = 0x1, 0x8, 0x20000, 0x100000
# What a program asks for that opens a file to read it (FILE_GENERIC_READ). The attributes are left out: a
# server gives them to whoever may list the folder.
READING = (READ_DATA, READ_EXTENDED, READ_CONTROL, SYNCHRONIZE)
GENERIC = {0x10000000: 0x1F01FF, 0x20000000: 0x1200A0, 0x40000000: 0x120116, 0x80000000: 0x120089}


def to_read(descriptor: Descriptor) -> Rights:
    """Who may open a file with that descriptor to read it. The folders above it are not asked: on Windows and
    Samba whoever knows a file's path opens it (everybody has the privilege to bypass traverse checking)."""
    if descriptor.entries is None:
        return EVERYBODY
    entries = [entry for entry in descriptor.entries if not entry.inherit_only]
    has_owner_rights = any(entry.sid == OWNER_RIGHTS for entry in entries)
    plain = {right: gate(_runs(entries, right, descriptor.owner)) for right in READING}
    others = {made for right, made in plain.items() if right != READ_CONTROL}
    if plain[READ_CONTROL] not in others:
        # The owner may always read the rights, unless an entry says what owners may. Where another right
        # is decided alike, that adds nobody: whoever passes there passes here.
        first = [] if has_owner_rights else [(True, descriptor.owner)]
        others.add(gate([*first, *_runs(entries, READ_CONTROL, descriptor.owner)]))
    return together(frozenset(others))


def _runs(entries: Iterable[Entry], right: int, owner: str) -> Iterator[tuple[bool, str]]:
    for entry in entries:
        if entry.conditional and entry.allows:
            continue  # whether its condition holds is not known: it opens nothing, and shuts what it denies
        if _specific(entry.mask) & right:
            yield entry.allows, owner if entry.sid == OWNER_RIGHTS else entry.sid


def _specific(mask: int) -> int:
    for general, specific in GENERIC.items():
        if mask & general:
            mask |= specific
    return mask


def gate(entries: Iterable[tuple[bool, str]]) -> Gate:
    """The gate of entries in order (whether it lets in, identifier): as short as it can be, so that two that
    let the same people in are mostly equal."""
    runs: list[tuple[bool, set[str]]] = []
    decided: set[str] = set()
    for allows, named in entries:
        sid = EVERYONE if named in ALL_PEOPLE else named
        if sid in decided or is_nobodys(sid):
            continue
        decided.add(sid)
        if sid == EVERYONE and not allows:
            break  # whoever comes here is kept out
        if not runs or runs[-1][0] != allows:
            runs.append((allows, set()))
        if sid == EVERYONE:
            runs[-1] = (allows, {EVERYONE})  # the others of the run hold it too
            break
        runs[-1][1].add(sid)
    while runs and not runs[-1][0]:
        runs.pop()
    return tuple((allows, frozenset(sids)) for allows, sids in runs)


def together(*several: Rights) -> Rights:
    """Rights of whoever has all of those."""
    gates = frozenset().union(*several) - {OPEN}
    return NOBODY if () in gates else gates


def lets_in(rights: Rights, sids: Collection[str], known: Collection[str]) -> bool:
    """Whether a person who holds those identifiers may read. `known` are those of which it was said whom
    they name. Any other lets nobody in, and if it denies, it may mean anybody."""
    return all(_passes(way, sids, known) for way in rights)


def _passes(way: Gate, sids: Collection[str], known: Collection[str]) -> bool:
    for allows, named in way:
        if any(sid in sids for sid in named):
            return allows
        if not allows and any(sid not in known for sid in named):
            return False
    return False


def named_in(rights: Rights) -> frozenset[str]:
    """The identifiers that decide, but those which mean everybody."""
    return frozenset(sid for way in rights for _, sids in way for sid in sids) - {EVERYONE}


def packed(rights: Rights) -> str:
    """Rights as they stand in the records: the same rights, the same text."""
    return json.dumps(sorted([[allows, *sorted(sids)] for allows, sids in way] for way in rights))


@functools.lru_cache(maxsize=20_000)
def unpacked(text: str) -> Rights:
    """Rights out of the records."""
    return frozenset(tuple((run[0], frozenset(run[1:])) for run in way) for way in json.loads(text))


def id_of(text: str) -> str:
    """The id of packed rights."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]

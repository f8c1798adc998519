"""Keeps the structure of each version in the records, and reads it quickly again.

It grants nothing: whoever asks has loaded the version's passages or pages through access before.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import VersionStructure
from language.structure import Structure

MOST_NODES_KEPT = 1_000_000  # of all structures in memory together: some 80 bytes each


class _Kept:
    """The structures that were read last, by the hash of their bytes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._structures: OrderedDict[str, Structure] = OrderedDict()
        self._nodes = 0

    def get(self, sha256: str) -> Structure | None:
        with self._lock:
            structure = self._structures.get(sha256)
            if structure is not None:
                self._structures.move_to_end(sha256)
            return structure

    def keep(self, sha256: str, structure: Structure) -> None:
        with self._lock:
            if sha256 in self._structures:
                return
            self._structures[sha256] = structure
            self._nodes += len(structure)
            while self._nodes > MOST_NODES_KEPT and len(self._structures) > 1:
                _, oldest = self._structures.popitem(last=False)
                self._nodes -= len(oldest)


_kept = _Kept()


def structures_of(session: Session, version_ids: Collection[str]) -> dict[str, Structure]:
    """The structures of those versions, by version; a version whose structure is not made yet has none."""
    if not version_ids:
        return {}
    marks = session.execute(
        select(VersionStructure.version_id, VersionStructure.sha256).where(
            VersionStructure.version_id.in_(version_ids)
        )
    )
    structures: dict[str, Structure] = {}
    to_read: list[str] = []
    for version_id, sha256 in marks:
        structure = _kept.get(sha256)
        if structure is None:
            to_read.append(version_id)
        else:
            structures[version_id] = structure
    if to_read:
        columns = (VersionStructure.version_id, VersionStructure.sha256, VersionStructure.nodes)
        rows = session.execute(select(*columns).where(VersionStructure.version_id.in_(to_read)))
        for version_id, sha256, nodes in rows:
            structures[version_id] = Structure.unpacked(nodes)
            _kept.keep(sha256, structures[version_id])
    return structures


def structure_of(session: Session, version_id: str) -> Structure | None:
    """The structure of a version; None if it is not made yet."""
    return structures_of(session, [version_id]).get(version_id)


def store_structure(session: Session, version_id: str, structure: Structure, edition: str) -> None:
    """Keep a version's structure, in place of the one before."""
    nodes = structure.packed()
    session.merge(
        VersionStructure(
            version_id=version_id, edition=edition, sha256=hashlib.sha256(nodes).hexdigest(), nodes=nodes
        )
    )

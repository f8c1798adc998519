"""Where documents that say almost the same are looked for: the bands of their signatures, in the records.

Two texts of which .7 is alike share one of 16 bands in 99 of 100 cases; what shares one is then compared.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.access import Access, may_read
from core.models import Document, SignatureBand, Version
from ingest.versions.near_duplicates import BAND, PLACES, likeness

LEAST = 0.7  # of the runs of words that copies share
MOST_COMPARED = 500
_WIDTH = 4 * BAND  # bytes of one band


@dataclass(frozen=True)
class CopyFound:
    """A document that may be read and says almost the same as another, by what answers today."""

    document_id: str
    version_id: str
    likeness: float


def bands_of(signature: bytes) -> list[int]:
    """The bands of a signature, as they are stored."""
    return [
        (number << 32) | zlib.crc32(signature[number * _WIDTH : (number + 1) * _WIDTH])
        for number in range(PLACES // BAND)
    ]


def store_bands(session: Session, version_id: str, signature: bytes | None) -> None:
    """Keep the bands of a version's signature in place of those it had."""
    session.execute(delete(SignatureBand).where(SignatureBand.version_id == version_id))
    if signature is not None:
        session.add_all(SignatureBand(band=band, version_id=version_id) for band in bands_of(signature))


def copies_of(access: Access, session: Session, document_id: str, version_id: str) -> list[CopyFound]:
    """The documents that may be read whose text of today is almost that version's, the most alike first."""
    signature = session.scalar(
        select(Version.signature).where(Version.id == version_id, Version.document_id == document_id)
    )
    if signature is None:
        return []
    near = select(SignatureBand.version_id).where(SignatureBand.band.in_(bands_of(signature))).distinct()
    rows = session.execute(
        select(Document.id, Version.id, Version.signature)
        .join(Version, Version.id == Document.current_version_id)
        .where(Version.id.in_(near), Document.id != document_id, may_read(access))
        .limit(MOST_COMPARED)
    )
    own = np.frombuffer(signature, "<u4")
    copies = [
        CopyFound(other, version, round(likeness(own, np.frombuffer(packed, "<u4")), 3))
        for other, version, packed in rows
        if packed is not None
    ]
    return sorted(
        (copy for copy in copies if copy.likeness >= LEAST),
        key=lambda copy: (-copy.likeness, copy.document_id),
    )

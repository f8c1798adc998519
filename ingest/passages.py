"""Passages as rows of the records."""

from __future__ import annotations

from core.models import Passage, Version
from ingest.splitter import SPLITTER_VERSION, SplitPassage


def passage_row(version: Version, ordinal: int, passage: SplitPassage) -> Passage:
    """The row of a version's passage; its id follows from the version, the splitter's edition and its
    number, so that a passage of another edition is another passage."""
    return Passage(
        id=f"{version.id}-{SPLITTER_VERSION}{ordinal:05d}",
        version_id=version.id,
        document_id=version.document_id,
        ordinal=ordinal,
        first_page=passage.pieces[0].page,
        last_page=passage.pieces[-1].page,
        pieces=[[piece.page, piece.start, piece.end] for piece in passage.pieces],
        heading=passage.heading,
        language=passage.language,
        text=passage.text,
        place=passage.place.packed(),
    )

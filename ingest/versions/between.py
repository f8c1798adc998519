"""What changed between two stored versions, for those who answer questions on it: quickly or not at all."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy.orm import Session

from core.errors import ShokoError
from ingest.sandbox import ReadingLimits
from ingest.stored_pages import stored_pages
from ingest.versions.comparing import compared
from ingest.versions.comparison import ChangeKind, ComparedParagraph, paragraphs
from retrieval.overview.types import ChangedParagraph, Difference

log = logging.getLogger("shoko.ingest")
LIMITS = ReadingLimits(seconds=5.0, memory_mb=800)  # somebody waits for the answer


def differences_between(session: Session, name: str, old: str, new: str) -> Sequence[Difference]:
    """The paragraphs that were added, removed or changed, in the order of the new version (ids of versions of
    a document that the asker may read); none if they cannot be compared in time."""
    before, after = (paragraphs(list(stored_pages(session, version))) for version in (old, new))
    try:
        changes = compared(name, before, after, LIMITS)
    except ShokoError as error:
        log.warning("two versions were not compared for an answer: %s", error.code)
        return []
    return [
        Difference(_paragraph(change.old), _paragraph(change.new))
        for change in changes
        if change.kind != ChangeKind.MOVED
    ]


def _paragraph(paragraph: ComparedParagraph | None) -> ChangedParagraph | None:
    if paragraph is None:
        return None
    return ChangedParagraph(paragraph.page, paragraph.text, paragraph.marks)

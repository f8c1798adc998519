"""Summaries, comparisons and cards of the records, of an answer that was made now or before."""

from __future__ import annotations

from collections.abc import Sequence

from contract.overviews import OverviewOut, RecordCardOut
from core.access import Access
from operations.library import Library
from retrieval.answers.history import SavedAnswer
from retrieval.overview.records import recorded_again
from retrieval.overview.types import Overview, RecordCard


def overview_out(overview: Overview | None, *, whole: bool = True) -> OverviewOut | None:
    """An overview; None where there is none, or not all of its quotes are there any more."""
    if overview is None or not whole:
        return None
    return OverviewOut.of(overview.packed(), _cards(overview.records))


def saved_overview(library: Library, access: Access, saved: SavedAnswer) -> OverviewOut | None:
    """That of an answer that was saved; its cards say what the records say now, to who may read them."""
    packed = saved.answer.overview
    if not packed or not saved.complete:
        return None
    with library.sessions.read() as session:
        cards = recorded_again(access, session, packed.get("records", []))
    return OverviewOut.of(packed, _cards(cards))


def _cards(cards: Sequence[RecordCard]) -> list[RecordCardOut]:
    return [
        RecordCardOut(
            document_id=card.document_id, version_id=card.version_id, title=card.title, document=card.name,
            space=card.space, version=card.version, versions=card.versions,
            in_force_from=card.in_force_from, in_force_until=card.in_force_until, source=card.source,
            added_by=card.added_by, added_at=card.added_at,
            date_mark=card.date_mark, keeper_mark=card.keeper_mark,
        )
        for card in cards
    ]  # fmt: skip

"""Quotes as citations: word for word, with their boxes on the page and a place that a person finds."""

from __future__ import annotations

from collections.abc import Sequence

from contract.answers import CitationOut
from contract.documents import PlaceOut
from core.models import Document, Passage
from ingest.pages import Block, marked_boxes
from ingest.places import Place, place_in
from operations.library import Library
from retrieval.answers.history import QuotedPage, SavedCitation, pages_of
from retrieval.evidence.types import Quote


def citations_of(library: Library, quotes: Sequence[Quote]) -> list[CitationOut]:
    """Quotes of an answer, marked from 1 in their order; one whose page was erased meanwhile is left out."""
    places = [(quote.hit.passage.version_id, quote.page) for quote in quotes]
    with library.sessions.read() as session:
        pages = pages_of(session, places)
    return [
        _citation(
            mark, quote.hit.document, quote.hit.passage, pages[place],
            page=quote.page, quote=quote.text, start=quote.start, end=quote.end, score=quote.score,
        )
        for mark, (quote, place) in enumerate(zip(quotes, places, strict=True), start=1)
        if place in pages
    ]  # fmt: skip


def saved_citation(saved: SavedCitation) -> CitationOut:
    """A citation of an answer that was saved."""
    citation = saved.citation
    return _citation(
        citation.mark, saved.document, saved.passage, saved.page,
        page=citation.page, quote=citation.quote, start=citation.start, end=citation.end,
        score=citation.score,
    )  # fmt: skip


def place_out(place: Place) -> PlaceOut:
    """A place in the original, with the few words by which a person finds it."""
    return PlaceOut(**place.packed(), shown=place.shown)


def _citation(
    mark: int, document: Document, passage: Passage, stands_on: QuotedPage, *,
    page: int, quote: str, start: int, end: int, score: float,
) -> CitationOut:  # fmt: skip
    blocks = [Block.unpacked(block) for block in stands_on.blocks]
    return CitationOut(
        mark=mark,
        document=document.name,
        document_id=document.id,
        version_id=passage.version_id,
        title=document.title or document.name,
        heading=passage.heading,
        page=page,
        quote=quote,
        start=start,
        end=end,
        boxes=marked_boxes(stands_on.boxes, start, end),
        page_width=stands_on.width,
        page_height=stands_on.height,
        source=stands_on.source,
        ocr=stands_on.source == "ocr",
        place=place_out(place_in(stands_on.kind, page, stands_on.name, blocks, start, end)),
        score=round(score, 4),
        version=stands_on.version,
        superseded=passage.version_id != document.current_version_id,
        in_force_from=stands_on.in_force_from,
        in_force_until=stands_on.in_force_until,
    )

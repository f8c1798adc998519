"""Quotes as citations: word for word, with their boxes on the page and a place that a person finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract.answers import CitationOut, ComputedOut, StretchOut
from contract.documents import PlaceOut
from ingest.pages import Block, marked_boxes
from ingest.places import Place, place_in
from operations.library import Library
from retrieval.answers.history import QuotedPage, SavedCitation, pages_of
from retrieval.evidence.computed import ComputedFromTable
from retrieval.evidence.types import Quote


def citations_of(library: Library, quotes: Sequence[Quote]) -> list[CitationOut]:
    """Quotes of an answer, marked from 1 in their order; one whose page was erased meanwhile is left out."""
    wanted = [(quote.hit.passage.version_id, stretch.page) for quote in quotes for stretch in quote.stretches]
    with library.sessions.read() as session:
        pages = pages_of(session, wanted)
    citations = []
    for mark, quote in enumerate(quotes, start=1):
        version_id = quote.hit.passage.version_id
        stands_on = {number: page for (version, number), page in pages.items() if version == version_id}
        if quote.page in stands_on:
            citations.append(_citation(mark, quote, stands_on))
    return citations


def computed_out(computed: ComputedFromTable | None) -> ComputedOut | None:
    """What was computed from a table."""
    return None if computed is None else ComputedOut(**computed.packed())


def saved_citation(saved: SavedCitation) -> CitationOut:
    """A citation of an answer that was saved."""
    return _citation(saved.citation.mark, saved.quote, saved.pages)


def place_out(place: Place) -> PlaceOut:
    """A place in the original, with the few words by which a person finds it."""
    return PlaceOut(**place.packed(), shown=place.shown)


def _citation(mark: int, quote: Quote, pages: Mapping[int, QuotedPage]) -> CitationOut:
    document, passage, page = quote.hit.document, quote.hit.passage, pages[quote.page]
    blocks = [Block.unpacked(block) for block in page.blocks]
    stretches = [
        StretchOut(
            page=stretch.page, start=stretch.start, end=stretch.end, text=stretch.text,
            boxes=marked_boxes(pages[stretch.page].boxes, stretch.start, stretch.end),
        )
        for stretch in quote.stretches
        if stretch.page in pages
    ]  # fmt: skip
    return CitationOut(
        mark=mark,
        document=document.name,
        document_id=document.id,
        version_id=passage.version_id,
        title=document.title or document.name,
        heading=passage.heading,
        space=page.space,
        page=quote.page,
        quote=quote.text,
        unit=quote.unit,
        stretches=stretches,
        emphasis=list(quote.emphasis),
        start=quote.start,
        end=quote.end,
        boxes=[box for stretch in stretches if stretch.page == quote.page for box in stretch.boxes],
        page_width=page.width,
        page_height=page.height,
        source=page.source,
        ocr=page.source == "ocr",
        place=place_out(place_in(page.kind, quote.page, page.name, blocks, quote.start, quote.end)),
        score=round(quote.score, 4),
        version=page.version,
        superseded=passage.version_id != document.current_version_id,
        in_force_from=page.in_force_from,
        in_force_until=page.in_force_until,
    )

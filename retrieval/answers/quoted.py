"""Quotes and the records: whether each stands on its pages, what is still there, and how it is saved."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.models import Citation, Document, Page
from retrieval.evidence.types import Quote


def stands_on_its_pages(session: Session, quote: Quote) -> bool:
    """The promise of the whole product: every stretch of the quote is its page's text at that place, to the
    letter."""
    if not quote.stretches or quote.text != "\n".join(stretch.text for stretch in quote.stretches):
        return False
    for stretch in quote.stretches:
        length = stretch.end - stretch.start
        text = session.scalar(
            select(func.substr(Page.text, stretch.start + 1, length)).where(
                Page.version_id == quote.hit.passage.version_id, Page.number == stretch.page
            )
        )
        if length <= 0 or text != stretch.text:
            return False
    return True


def still_there(session: Session, quotes: list[Quote]) -> list[Quote]:
    """Those quotes whose documents are still there."""
    ids = {quote.hit.document.id for quote in quotes}
    there = set(session.scalars(select(Document.id).where(Document.id.in_(ids))))
    return [quote for quote in quotes if quote.hit.document.id in there]


def citations_of(question_id: str, quotes: list[Quote]) -> list[Citation]:
    """The records of an answer's quotes, marked from 1 in their order."""
    return [
        Citation(
            question_id=question_id,
            mark=mark,
            document_id=quote.hit.document.id,
            version_id=quote.hit.passage.version_id,
            passage_id=quote.hit.passage.id,
            page=quote.page,
            start=quote.start,
            end=quote.end,
            quote=quote.text,
            score=quote.score,
            unit=str(quote.unit),
            stretches=[[stretch.page, stretch.start, stretch.end] for stretch in quote.stretches],
            emphasis=[list(span) for span in quote.emphasis],
        )
        for mark, quote in enumerate(quotes, start=1)
    ]

"""A document in its key facts: quotes under its headings, without a question and without a model."""

from __future__ import annotations

from fastapi import APIRouter

from api.citations import citations_of
from api.deps import AccessDep, LibraryDep, LongWork
from api.errors import REFUSALS
from contract.answers import DocumentSummaryOut
from contract.overviews import SummaryOut

router = APIRouter(tags=["documents"], responses=REFUSALS)


@router.get("/api/documents/{document_id}/summary", summary="A document's key facts", dependencies=[LongWork])
def summary(library: LibraryDep, access: AccessDep, document_id: str) -> DocumentSummaryOut:
    """Of the version in force: sections with the quotes that tell most of each, and what is left out.
    `summary` is null where nothing of it can be quoted."""
    made = library.answerer.overviews.summary(access, document_id)
    if made is None:
        return DocumentSummaryOut(summary=None, citations=[])
    quotes, made_summary = made
    citations = citations_of(library, quotes)
    if len(citations) < len(quotes):  # it was erased meanwhile
        return DocumentSummaryOut(summary=None, citations=[])
    return DocumentSummaryOut(summary=SummaryOut(**made_summary.packed()), citations=citations)

"""What one might ask: headings of the documents that may be read."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from contract.answers import SuggestionList, SuggestionOut
from retrieval.suggestions import suggestions as suggestions_of

router = APIRouter(tags=["questions"], responses=REFUSALS)


@router.get("/api/suggestions", summary="Things to ask about")
def suggestions(
    library: LibraryDep,
    access: AccessDep,
    language: Annotated[str, Query(description="Of the documents: ja, en or zh; others come after it")] = "",
    space: Annotated[list[str] | None, Query(description="Ids of spaces")] = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 4,
) -> SuggestionList:
    """Headings of documents that you may read, different ones every day; those in the language come first."""
    with library.sessions.read() as session:
        suggested = suggestions_of(access, session, language=language, spaces=space)
    return SuggestionList(suggestions=[SuggestionOut(**asdict(heading)) for heading in suggested[:limit]])

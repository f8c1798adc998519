"""What one might ask: headings of the documents that may be read."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from itertools import zip_longest
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select

from api.deps import AccessDep, LibraryDep
from api.errors import REFUSALS
from contract.answers import SuggestionList, SuggestionOut
from core.access import may_read
from core.models import Document, Passage, Version, now

router = APIRouter(tags=["questions"], responses=REFUSALS)

CANDIDATES = 2000  # headings looked at; a larger library gives those of its newest documents
SHORTEST, LONGEST = 2, 40  # characters
SEPARATOR = " > "
# What stands before a heading's words: "第4章", "第15条", "3.2", "Article 4"; and the brackets around them.
_NUMBER = re.compile(
    r"^(?:第\s*[0-9０-９一二三四五六七八九十百]+\s*[章節条条項编編节]"
    r"|(?:Article|Section|Chapter|Annex)\s+[0-9A-Z]+|[0-9０-９]+(?:[.．][0-9０-９]+)*[.．)）]?)[\s　:：、]*",
    re.I,
)
_OPENING, _CLOSING = "（(【［[", "）)】］]"


@router.get("/api/suggestions", summary="Things to ask about")
def suggestions(
    library: LibraryDep,
    access: AccessDep,
    language: Annotated[str, Query(description="Of the documents: ja, en or zh; others come after it")] = "",
    space: Annotated[list[str] | None, Query(description="Ids of spaces")] = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 4,
) -> SuggestionList:
    """Headings of documents that may be read, others every day; those of the language come first."""
    query = (
        select(Passage.heading, Passage.language, Document.name, Document.id, Document.title)
        .join(Version, Version.id == Passage.version_id)
        .join(Document, Document.current_version_id == Version.id)
        .where(may_read(access), Passage.heading != "")
        .order_by(Version.created_at.desc(), Passage.ordinal)
        .limit(CANDIDATES)
    )
    if space is not None:
        query = query.where(Document.space_id.in_(space))
    found: dict[tuple[str, str], SuggestionOut] = {}
    with library.sessions.read() as session:
        for path, written_in, name, document_id, title in session.execute(query):
            heading = subject_of(path, title or name)
            if heading:
                found.setdefault(
                    (document_id, heading),
                    SuggestionOut(
                        heading=heading, document=name, document_id=document_id, title=title or name,
                        language=written_in,
                    ),
                )  # fmt: skip
    mixed = list(found.values())
    random.Random(f"{access.user_id} {now().date()}").shuffle(mixed)  # the same all day long
    mixed = one_of_each(mixed)
    mixed.sort(key=lambda one: one.language != language)
    return SuggestionList(suggestions=mixed[:limit])


def subject_of(path: str, title: str) -> str:
    """The last heading of a path without its number; empty where it names nothing to ask about."""
    heading = _NUMBER.sub("", path.split(SEPARATOR)[-1].strip())
    if heading.startswith(tuple(_OPENING)) and heading.endswith(tuple(_CLOSING)):
        heading = heading.lstrip(_OPENING).rstrip(_CLOSING)
    heading = heading.strip()
    if not SHORTEST <= len(heading) <= LONGEST or heading == title or not re.search(r"[^\W\d_]{2}", heading):
        return ""
    return heading


def one_of_each(found: Iterable[SuggestionOut]) -> list[SuggestionOut]:
    """The same in an order that gives one of each document before a second of any."""
    by_document: dict[str, list[SuggestionOut]] = {}
    for one in found:
        by_document.setdefault(one.document_id, []).append(one)
    rounds = zip_longest(*by_document.values())
    return [one for each in rounds for one in each if one is not None]

"""A search whose hits are narrowed by what a person knows of the file: its type, its dates, the order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.access import Access
from core.models import Space, Version
from retrieval.index.index import SearchIndex
from retrieval.index.search import Hit, search
from retrieval.index.widening import NOT_WIDENED, Widening

MOST_FILTERED = 200  # passages among which the filters choose


class Sorting(StrEnum):
    """The order of hits."""

    BEST = "best"
    NEWEST = "newest"
    TITLE = "title"


@dataclass(frozen=True)
class Filters:
    """What a hit's version must be: of these media types, of a day since or until these (see `day_of`)."""

    media_types: Collection[str] | None = None
    since: date | None = None
    until: date | None = None

    @property
    def any(self) -> bool:
        """Whether anything is asked for."""
        return self != Filters()

    def accepts(self, version: Version) -> bool:
        """Whether that version is asked for."""
        return (
            (self.media_types is None or version.media_type in self.media_types)
            and (self.since is None or day_of(version) >= self.since)
            and (self.until is None or day_of(version) <= self.until)
        )


@dataclass(frozen=True)
class VersionHit:
    """A hit with its version and the name of its space."""

    hit: Hit
    version: Version
    space: str


def filtered_search(
    access: Access,
    session: Session,
    index: SearchIndex,
    question: str,
    *,
    filters: Filters,
    sorting: Sorting,
    limit: int,
    at_least: int,
    spaces: Collection[str] | None = None,
    as_of: date | None = None,
    widening: Widening = NOT_WIDENED,
    rank: Callable[[list[Hit]], list[Hit]],
) -> list[VersionHit]:
    """The best passages that pass the filters, in that order. Where something is filtered, the best 200 are
    looked at, else at least `at_least`; `rank` puts the hits of a search in their final order."""
    most = MOST_FILTERED if filters.any else max(limit, at_least)
    hits = rank(
        search(access, session, index, question, limit=most, spaces=spaces, as_of=as_of, widening=widening)
    )
    described = [hit for hit in _described(session, hits) if filters.accepts(hit.version)][:limit]
    if sorting is Sorting.NEWEST:
        described.sort(key=lambda hit: day_of(hit.version), reverse=True)
    elif sorting is Sorting.TITLE:
        described.sort(key=lambda hit: (hit.hit.title.casefold(), hit.hit.passage.ordinal))
    return described


def day_of(version: Version) -> date:
    """The day by which a person looks for a version: since when it is in force, else its upload."""
    return version.in_force_from or version.created_at.astimezone().date()


def _described(session: Session, hits: Sequence[Hit]) -> list[VersionHit]:
    spaces = {hit.document.space_id for hit in hits}
    rows = session.execute(select(Space.id, Space.name).where(Space.id.in_(spaces)))
    names = {row.id: row.name for row in rows}
    ids = {hit.passage.version_id for hit in hits}
    versions = {row.id: row for row in session.scalars(select(Version).where(Version.id.in_(ids)))}
    return [VersionHit(hit, versions[hit.passage.version_id], names[hit.document.space_id]) for hit in hits]

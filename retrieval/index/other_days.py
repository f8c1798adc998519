"""Documents that may be read and of which nothing is in force today, nearest to a question first.

What an answer does with them says `retrieval/answers/ended.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.access import Access, may_read
from core.effective_dates import PUBLISHED
from core.models import Document, Passage, Version, today
from retrieval.index.index import SearchIndex, archive_of
from retrieval.index.widening import NOT_WIDENED, Widening

DOCUMENTS = 300  # without a version in force, the last to end first: enough for what a question can mean
_BY_ITS_TEXT = frozenset({"text", "file_name"})
_FILE_DELETED = "file_deleted"  # whoever took the file away meant the document to be gone
PASSAGES = 30  # of them, that are looked at


@dataclass(frozen=True)
class OtherDay:
    """A document, the days between which its last version is in force, and the day to ask about;
    `by_its_text`: it has ended, and only its own text or name says so, as it was read."""

    document: Document
    first: date | None
    last: date | None
    day: date
    by_its_text: bool = False


def of_other_days(
    access: Access,
    session: Session,
    index: SearchIndex,
    question: str,
    *,
    limit: int,
    spaces: Collection[str] | None = None,
    widening: Widening = NOT_WIDENED,
) -> list[OtherDay]:
    """At most `limit` such documents, in the order in which a search among them finds their passages."""
    scopes = access.readable if spaces is None else access.readable.intersection(spaces)
    by_document = _without_a_version_today(access, session, scopes)
    if not by_document:
        return []
    versions = {version.id for _, version in by_document.values()}
    rows = session.execute(
        select(Passage.id, Passage.version_id, Passage.document_id).where(Passage.version_id.in_(versions))
    ).all()
    only = {passage: version for passage, version, _ in rows}
    document_of = {passage: document for passage, _, document in rows}
    archives = [archive_of(scope) for scope in scopes]
    fused = index.search(question, archives, PASSAGES, widening, only).fused
    nearest = dict.fromkeys(document_of[passage] for passage, _ in fused if passage in document_of)
    return [_other_day(*by_document[document]) for document in list(nearest)[:limit]]


def _without_a_version_today(
    access: Access, session: Session, scopes: Collection[str]
) -> dict[str, tuple[Document, Version]]:
    """Those documents by id, each with the version that ended last or, where none has ended, begins first."""
    this_day = today()
    rows = session.execute(
        select(Document, Version)
        .join(Version, Version.document_id == Document.id)
        .where(
            Document.space_id.in_(scopes),
            Document.current_version_id.is_(None),
            may_read(access),
            Version.state.in_(PUBLISHED),
            or_(Version.in_force_until < this_day, Version.starts_on > this_day),
        )
        .order_by(
            (Version.starts_on > this_day), Version.in_force_until.desc(), Version.starts_on, Version.number
        )
        .limit(DOCUMENTS)
    )
    by_document: dict[str, tuple[Document, Version]] = {}
    for document, version in rows:
        if _said_by(version) != _FILE_DELETED:
            by_document.setdefault(document.id, (document, version))
    return by_document


def _other_day(document: Document, version: Version) -> OtherDay:
    """The last day of what has ended, the first of what is to come."""
    first, last = version.in_force_from, version.in_force_until
    ended = last is not None and last < today()
    day = last if ended else version.starts_on
    assert day is not None  # the select asks for one of the two
    return OtherDay(document, first, last, day, ended and _said_by(version) in _BY_ITS_TEXT)


def _said_by(version: Version) -> str:
    """Who says on which day the version ends, or nothing; see `ingest/dates.py`."""
    return str((version.in_force_sources.get("until") or {}).get("source", ""))

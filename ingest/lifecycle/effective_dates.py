"""Keeps the versions that answer today in step with the dates: at publishing, when a person sets a date, and
when a day begins. The rule itself stands in `core/effective_dates.py`."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from core.access import Access, document_to_change
from core.audit import record
from core.db import Sessions
from core.effective_dates import PUBLISHED, in_force, start_of
from core.errors import BadValue, NotFound
from core.models import Document, Version, today
from ingest.dates import DateSource, FoundDate, FoundDates
from retrieval.faq import faqs
from retrieval.index.index import SearchIndex, published

log = logging.getLogger("shoko.ingest")

SYSTEM = "system"  # who stands in the log for changes that no person made
FOUND_IN_PAGES = (DateSource.METADATA, DateSource.FILE_NAME, DateSource.TEXT)
UNCHANGED = date.max  # of a date that a person leaves as it is


def will_answer(session: Session, version_id: str) -> bool:
    """Whether a READ version will answer once it is published, if that is today."""
    version = session.get(Version, version_id)
    if version is None:
        return False
    day, start = today(), start_of(session, version)
    if start > day or (version.in_force_until is not None and version.in_force_until < day):
        return False
    overtaken = exists().where(
        Version.document_id == version.document_id,
        Version.state.in_(PUBLISHED),
        Version.starts_on <= day,
        or_(
            Version.starts_on > start,
            and_(Version.starts_on == start, Version.number > version.number),
        ),
    )
    return not session.scalar(select(overtaken))


def keep_dates(version: Version, dates: FoundDates) -> None:
    """Write down what the document says of its dates; what a person, a deletion or the file's properties set
    stays."""
    sources: dict[str, Any] = {}
    for side, side_date in (("from", dates.first), ("until", dates.last)):
        before = version.in_force_sources.get(side)
        if before and before["source"] in (
            DateSource.PERSON,
            DateSource.FILE_DELETED,
            DateSource.PROPERTIES,
        ):
            sources[side] = before
            continue
        _set(version, side, side_date.day if side_date else None)
        if side_date is not None:
            sources[side] = side_date.packed()
    first, last = version.in_force_from, version.in_force_until
    if first and last and last < first:  # it cannot end before it begins: one of the two means something else
        for side in ("until", "from"):
            if sources[side]["source"] in FOUND_IN_PAGES:
                _set(version, side, None)
                del sources[side]
                break
    version.in_force_sources = sources


def given_dates(version: Version, first: date | None, last: date | None) -> None:
    """Write down the dates that a person gave with a new version. Raises BadValue."""
    _in_order(first, last)
    sources = dict(version.in_force_sources)
    for side, day in (("from", first), ("until", last)):
        if day is not None:
            _set(version, side, day)
            sources[side] = FoundDate(day, DateSource.PERSON, "").packed()
    version.in_force_sources = sources


def set_dates(
    access: Access,
    sessions: Sessions,
    index: SearchIndex,
    document_id: str,
    version_id: str,
    *,
    first: date | None = UNCHANGED,
    last: date | None = UNCHANGED,
) -> None:
    """Set the first and the last day in force of a version; None: no such day. Answers follow at once.

    Raises NotFound, NotPermitted, or BadValue if the last day would be before the first.
    """
    with sessions.write() as session:
        document_to_change(access, session, document_id)
        version = session.get(Version, version_id)
        if version is None or version.document_id != document_id:
            raise NotFound(what="version", name=version_id)
        sources = dict(version.in_force_sources)
        for side, day in (("from", first), ("until", last)):
            if day != UNCHANGED:
                _set(version, side, day)
                sources[side] = FoundDate(day or date.min, DateSource.PERSON, "").packed()
        version.in_force_sources = sources
        _in_order(version.in_force_from, version.in_force_until)
        record(
            session, access.user_id, "version.dates", document_id, version=version.number,
            first=str(version.in_force_from), last=str(version.in_force_until),
        )  # fmt: skip
        restart(session, document_id)
    settle(sessions, index, [document_id])


def end_with_its_file(version: Version, last: date) -> None:
    """The file of a version left its watched folder: the version is no longer in force. `settle` follows."""
    before = str(version.in_force_until) if version.in_force_until else None
    quote = version.in_force_sources.get("until")
    ended = FoundDate(last, DateSource.FILE_DELETED, "").packed() | {"before": [before, quote]}
    version.in_force_until = last
    version.in_force_sources = version.in_force_sources | {"until": ended}


def go_on_with_its_file(version: Version) -> bool:
    """The file came back as it was: the version is in force again as before. False: it had not ended so."""
    ended = version.in_force_sources.get("until")
    if not ended or ended["source"] != DateSource.FILE_DELETED:
        return False
    before, quote = ended["before"]
    version.in_force_until = date.fromisoformat(before) if before else None
    sources = {side: source for side, source in version.in_force_sources.items() if side != "until"}
    version.in_force_sources = sources | ({"until": quote} if quote else {})
    return True


def settle(sessions: Sessions, index: SearchIndex, document_ids: Collection[str] | None = None) -> int:
    """Let the versions answer that are in force today, of those documents or of all; returns how many
    changed.

    The index learns of a version that begins before the records do, and of one that ends after them: a
    process killed in between leaves nothing wrong visible, and the next call finishes the work.
    """
    day = today()
    query = (
        select(Document.id, Document.current_version_id, Version.id)
        .outerjoin(Version, and_(Version.document_id == Document.id, in_force(day)))
        .where(Document.current_version_id.is_distinct_from(Version.id))
    )
    if document_ids is not None:
        query = query.where(Document.id.in_(document_ids))
    with sessions.read() as session:
        changes = [(document, old, new) for document, old, new in session.execute(query)]
        begin = {new for _, _, new in changes if new is not None}
        passages = published(session, begin, answering=begin)
    if not changes:
        return 0
    index.move(passages)
    with sessions.write() as session:
        for document_id, old, new in changes:
            document = session.get(Document, document_id)
            if document is not None and document.current_version_id == old:
                document.current_version_id = new
                if new is not None:
                    faqs.document_published(session, document_id, new)
                record(session, SYSTEM, "document.in_force", document_id, version=new or "", before=old or "")
        session.flush()
        ended = published(session, {old for _, old, _ in changes if old is not None})
    index.move(ended)
    index.changed()
    return len(changes)


def turn_of_day(sessions: Sessions, index: SearchIndex) -> int:
    """A day has begun: let the versions answer that are in force from today, and those end that ended."""
    changed = settle(sessions, index)
    if changed:
        log.info("%d documents have another version in force from today", changed)
    return changed


def restart(session: Session, document_id: str) -> None:
    """Recompute from when each published version of a document counts."""
    session.flush()
    for version in session.scalars(
        select(Version).where(Version.document_id == document_id, Version.state.in_(PUBLISHED))
    ):
        version.starts_on = start_of(session, version)


def _in_order(first: date | None, last: date | None) -> None:
    if first and last and last < first:
        raise BadValue(
            name="in_force_until", problem="it lies before the first day in force", fix="Set both dates"
        )


def _set(version: Version, side: str, day: date | None) -> None:
    if side == "from":
        version.in_force_from = day
    else:
        version.in_force_until = day

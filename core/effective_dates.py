"""Which version of a document is in force on a day: one rule, as a condition for selects.

Of a document's published versions that one is in force which began last, and of several that began on the
same day the one with the highest number; if its last day is past, none is. A version begins on its
`in_force_from`; without one on the day it was published, and a document's first version without one has
always been in force.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from core.models import Version, VersionState, today

PUBLISHED = (VersionState.SEARCHABLE, VersionState.EMBEDDED)
ALWAYS = date.min


def in_force(on: date) -> ColumnElement[bool]:
    """The condition that a Version of a select is in force on that day."""
    later = aliased(Version)
    overtaken = exists().where(
        later.document_id == Version.document_id,
        later.state.in_(PUBLISHED),
        later.starts_on <= on,
        or_(
            later.starts_on > Version.starts_on,
            and_(later.starts_on == Version.starts_on, later.number > Version.number),
        ),
    )
    return and_(
        Version.state.in_(PUBLISHED),
        Version.starts_on <= on,
        or_(Version.in_force_until.is_(None), Version.in_force_until >= on),
        ~overtaken,
    )


def start_of(session: Session, version: Version) -> date:
    """The day from which a version that is published, or about to be, counts."""
    if version.in_force_from is not None:
        return version.in_force_from
    earlier = session.scalar(
        select(Version.id)
        .where(
            Version.document_id == version.document_id,
            Version.number < version.number,
            Version.published_at.is_not(None),
        )
        .limit(1)
    )
    if earlier is None:
        return ALWAYS
    published = version.published_at
    return published.astimezone().date() if published is not None else today()


def version_in_force(session: Session, document_id: str, on: date) -> str | None:
    """The id of the version of that document that is in force on that day, or None."""
    return session.scalar(select(Version.id).where(Version.document_id == document_id, in_force(on)))

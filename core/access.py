"""The one place that decides who may read what: deny by default, before any retrieval.

`Access` is the first argument of every function that reads documents, and `access_of` its only maker.
Index filters are a speed-up; what counts are the selects below, which every passage passes once more
just before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from core.errors import NotFound, NotPermitted
from core.models import Document, Grant, Membership, Passage, Role, Space, User, Version

WRITING_ROLES = (Role.AUTHOR, Role.MANAGER)


@dataclass(frozen=True)
class Access:
    """What one person may do at this moment. Space ids; an administrator reads and writes every space."""

    user_id: str
    readable: frozenset[str]
    writable: frozenset[str]
    is_admin: bool


def access_of(session: Session, user_id: str) -> Access:
    """The access of that user; an unknown user may read nothing."""
    is_admin = session.scalar(select(User.is_admin).where(User.id == user_id))
    if is_admin is None:
        return Access(user_id, frozenset(), frozenset(), False)
    if is_admin:
        spaces = frozenset(session.scalars(select(Space.id)))
        return Access(user_id, spaces, spaces, True)
    groups = select(Membership.group_id).where(Membership.user_id == user_id)
    rows = session.execute(
        select(Grant.space_id, Grant.role).where(or_(Grant.user_id == user_id, Grant.group_id.in_(groups)))
    ).all()
    readable = frozenset(space for space, _ in rows)
    writable = frozenset(space for space, role in rows if role in WRITING_ROLES)
    return Access(user_id, readable, writable, False)


def readable_documents(access: Access) -> Select[Document]:
    """A select of the documents that may be read."""
    return select(Document).where(Document.space_id.in_(access.readable))


def document(access: Access, session: Session, document_id: str) -> Document:
    """That document. Raises NotFound where it is not readable, as if it were not there."""
    found = session.scalar(readable_documents(access).where(Document.id == document_id))
    if found is None:
        raise NotFound(what="document", name=document_id)
    return found


def document_to_change(access: Access, session: Session, document_id: str) -> Document:
    """That document, to be changed. Raises NotFound, or NotPermitted where it may only be read."""
    found = document(access, session, document_id)
    space_to_write(access, session, found.space_id)
    return found


def space(access: Access, session: Session, name_or_id: str) -> Space:
    """That space, by id or name. Raises NotFound where it is not readable."""
    found = session.scalar(
        select(Space).where(
            or_(Space.id == name_or_id, Space.name == name_or_id), Space.id.in_(access.readable)
        )
    )
    if found is None:
        raise NotFound(what="space", name=name_or_id)
    return found


def space_to_write(access: Access, session: Session, name_or_id: str) -> Space:
    """That space, to put documents into. Raises NotFound or NotPermitted."""
    found = space(access, session, name_or_id)
    if found.id not in access.writable:
        raise NotPermitted(action="change", space=found.name)
    return found


def published_passages(access: Access, passage_ids: list[str]) -> Select[Passage, Document]:
    """A select of those passages, each with its document, that may be read and are in force now."""
    return (
        select(Passage, Document)
        .join(Version, Version.id == Passage.version_id)
        .join(Document, Document.id == Version.document_id)
        .where(
            Passage.id.in_(passage_ids),
            Document.current_version_id == Version.id,
            Document.space_id.in_(access.readable),
        )
    )

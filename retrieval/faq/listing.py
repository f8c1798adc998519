"""Approved answers and drafts as a person looks at them, with the names of what they refer to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import access as access_rules
from core.access import Access
from core.models import Document, Faq, FaqSource, FaqState, Space, User
from retrieval.faq import faqs


@dataclass(frozen=True)
class ListedFaq:
    """An answer with the names of its space, its owner and who approved it (empty: gone, or nobody yet), and
    its sources, each with the name of its document."""

    faq: Faq
    space: str
    owner: str
    approved_by: str
    sources: list[tuple[FaqSource, str]]


def listed(
    access: Access,
    session: Session,
    *,
    states: Collection[FaqState] = tuple(FaqState),
    space_id: str | None = None,
) -> list[ListedFaq]:
    """What `faqs.listed` gives, of all spaces or of one, with names."""
    rows = faqs.listed(access, session, states=states)
    return _named(session, [row for row in rows if space_id in (None, row[0].space_id)])


def one(access: Access, session: Session, faq_id: str) -> ListedFaq:
    """That answer with names. Raises NotFound."""
    return _named(session, [faqs.one(access, session, faq_id)])[0]


@dataclass(frozen=True)
class Approval:
    """Who approved an answer (empty: gone), and when."""

    by: str
    at: datetime


def approval(session: Session, faq_id: str | None, *, answered_at: datetime | None = None) -> Approval | None:
    """Of that approved answer; None where there is none, where nobody knows it any more, or where it was
    approved anew after it answered."""
    if faq_id is None:
        return None
    row = session.execute(
        select(Faq.approved_at, User.name)
        .outerjoin(User, User.id == Faq.approved_by)
        .where(Faq.id == faq_id, Faq.approved_at.is_not(None))
    ).one_or_none()
    if row is None or (answered_at is not None and row.approved_at > answered_at):
        return None
    return Approval(row.name or "", row.approved_at)


def _named(session: Session, rows: list[tuple[Faq, list[FaqSource]]]) -> list[ListedFaq]:
    spaces = _names(session, Space, {faq.space_id for faq, _ in rows})
    ids = {person for faq, _ in rows for person in (faq.owner_id, faq.approved_by) if person}
    people = _names(session, User, ids)
    documents = _names(session, Document, {source.document_id for _, sources in rows for source in sources})
    return [
        ListedFaq(
            faq,
            spaces[faq.space_id],
            people.get(faq.owner_id, ""),
            people.get(faq.approved_by or "", ""),
            [(source, documents[source.document_id]) for source in sources],
        )
        for faq, sources in rows
    ]


def _names(
    session: Session, table: type[Space] | type[User] | type[Document], ids: Collection[str]
) -> dict[str, str]:
    rows = session.execute(select(table.id, table.name).where(table.id.in_(ids)))
    return {row.id: row.name for row in rows}


def documents_by_name(access: Access, session: Session, space_id: str) -> dict[str, str]:
    """The ids of the readable documents of a space, by their names: a table of answers names its sources."""
    query = access_rules.readable_documents(access).where(Document.space_id == space_id)
    return {document.name: document.id for document in session.scalars(query)}

"""Documents with their versions and pages, as a person looks at them: lists, one document, one page."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session, undefer

from core import access as access_rules
from core.access import Access
from core.audit import record
from core.errors import NotFound
from core.models import Document, Page, Passage, Space, Version, VersionCheck
from ingest.pages import Block, PageContent
from ingest.uploads import retry
from ingest.versions.headings import Piece, headings, pieces_of


@dataclass(frozen=True)
class ListedDocument:
    """A document with its newest version, the name of its space, the number of the version in force (None
    if there is none), and the stored check of the newest version."""

    document: Document
    version: Version
    space: str
    current: int | None
    check: VersionCheck | None


def newest_number() -> ScalarSelect[int]:
    """The number of a Document's newest version, for a select of documents."""
    return (
        select(func.max(Version.number))
        .where(Version.document_id == Document.id)
        .correlate(Document)
        .scalar_subquery()
    )


def listed(
    access: Access,
    session: Session,
    *,
    space_id: str | None = None,
    name: str | None = None,
    state: str | None = None,
    limit: int,
    offset: int = 0,
) -> tuple[list[ListedDocument], int]:
    """The documents that may be read, newest first, and how many there are beyond `limit`. `name` is a part
    of the file name, `state` that of the newest version."""
    chosen = [access_rules.may_read(access)]
    if space_id is not None:
        chosen.append(Document.space_id == space_id)
    if name:
        name = unicodedata.normalize("NFC", name)  # as names are stored
        chosen.append(Document.name.icontains(name, autoescape=True))
    count = select(func.count(Document.id))
    if state is not None:
        chosen.append(Version.state == state)
        newest = (Version.document_id == Document.id) & (Version.number == newest_number())
        count = count.join(Version, newest)
    rows = session.execute(_with_newest_version().where(*chosen).limit(limit).offset(offset))
    return [ListedDocument(*row) for row in rows], session.scalar(count.where(*chosen)) or 0


def one(access: Access, session: Session, document_id: str) -> ListedDocument:
    """That document. Raises NotFound."""
    mine = access_rules.may_read(access), Document.id == document_id
    row = session.execute(_with_newest_version().where(*mine)).one_or_none()
    if row is None:
        raise NotFound(what="document", name=document_id)
    return ListedDocument(*row)


def _with_newest_version() -> Select[Document, Version, str, int, VersionCheck]:
    current = (
        select(Version.number)
        .where(Version.id == Document.current_version_id)
        .correlate(Document)
        .scalar_subquery()
    )
    return (
        select(Document, Version, Space.name, current, VersionCheck)
        .join(Version, Version.document_id == Document.id)
        .outerjoin(VersionCheck, VersionCheck.version_id == Version.id)
        .join(Space, Space.id == Document.space_id)
        .where(Version.number == newest_number())
        .order_by(Version.created_at.desc(), Document.id)
    )


def try_again(access: Access, session: Session, document_id: str) -> Version:
    """Put the newest version on the list of work once more. Raises NotFound, NotPermitted or BadValue."""
    document = access_rules.document_to_change(access, session, document_id)
    version = _newest(session, document)
    retry(access, session, version, document.space_id)
    record(session, access.user_id, "document.retried", document_id, version=version.number)
    return version


def versions(access: Access, session: Session, document_id: str) -> Sequence[Version]:
    """A document's versions, newest first. Raises NotFound."""
    access_rules.document(access, session, document_id)
    query = select(Version).where(Version.document_id == document_id).order_by(Version.number.desc())
    return session.scalars(query).all()


def version(
    access: Access, session: Session, document_id: str, version_id: str | None = None
) -> tuple[Document, Version]:
    """That document with one of its versions: by its id, else the one in force, else the newest. Raises
    NotFound."""
    document = access_rules.document(access, session, document_id)
    wanted = version_id or document.current_version_id
    if wanted is None:
        return document, _newest(session, document)
    chosen = session.get(Version, wanted)
    if chosen is None or chosen.document_id != document.id:
        raise NotFound(what="version", name=wanted)
    return document, chosen


def page(
    access: Access, session: Session, document_id: str, number: int, version_id: str | None = None
) -> tuple[Version, Page]:
    """A page of a document, with the version that it belongs to (see `version`). Raises NotFound."""
    _, chosen = version(access, session, document_id, version_id)
    row = session.get(Page, (chosen.id, number)) if 0 < number < 2**31 else None
    if row is None:
        raise NotFound(what="page", name=number)
    return chosen, row


@dataclass(frozen=True)
class VersionPair:
    """Two versions of a document to be compared, with their pages."""

    name: str
    old: Version
    new: Version
    old_pages: list[PageContent]
    new_pages: list[PageContent]
    old_headings: Mapping[tuple[int, str], str]  # of a paragraph, by its page and text
    new_headings: Mapping[tuple[int, str], str]


def version_pair(
    access: Access, session: Session, document_id: str, old: int | None, new: int | None
) -> VersionPair:
    """Two versions by their numbers: without `new` the newest that was read, without `old` the one before
    it. Raises NotFound."""
    name = access_rules.document(access, session, document_id).name
    after = _numbered(session, document_id, new, below=None)
    before = _numbered(session, document_id, old, below=after.number)
    old_pages, new_pages = _pages(session, before.id), _pages(session, after.id)
    return VersionPair(
        name, before, after, old_pages, new_pages,
        headings(old_pages, _pieces(session, before.id)), headings(new_pages, _pieces(session, after.id)),
    )  # fmt: skip


def _pieces(session: Session, version_id: str) -> list[Piece]:
    rows = session.execute(
        select(Passage.heading, Passage.pieces)
        .where(Passage.version_id == version_id)
        .order_by(Passage.ordinal)
    )
    return pieces_of((heading, pieces) for heading, pieces in rows)


def _newest(session: Session, document: Document) -> Version:
    return session.scalars(
        select(Version).where(Version.document_id == document.id).order_by(Version.number.desc()).limit(1)
    ).one()


def _numbered(session: Session, document_id: str, number: int | None, *, below: int | None) -> Version:
    """The version of that number, or the highest that was read (below another)."""
    query = select(Version).where(Version.document_id == document_id, Version.pages > 0)
    if number is not None:
        query = query.where(Version.number == number)
    elif below is not None:
        query = query.where(Version.number < below)
    chosen = session.scalar(query.order_by(Version.number.desc()).limit(1))
    if chosen is None:
        raise NotFound(what="version", name=number if number is not None else f"before {below}")
    return chosen


def _pages(session: Session, version_id: str) -> list[PageContent]:
    rows = session.scalars(
        select(Page).where(Page.version_id == version_id).options(undefer(Page.blocks)).order_by(Page.number)
    )
    return [
        PageContent(
            row.number, row.text, row.width, row.height,
            blocks=[Block.unpacked(block) for block in row.blocks],
        )
        for row in rows
    ]  # fmt: skip

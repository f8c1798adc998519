"""Spaces whose managers want warnings about personal data: the choice, the look through documents, the list.

Only the manager of a space sees its list, of the documents that he may read. What is kept is where something
stands, never the words; what is shown of them is masked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from contract.values import PersonalKind
from core.access import Access, may_read, space_to_manage
from core.audit import record
from core.db import Sessions
from core.models import Document, Page, PersonalDataFound, PersonalDataWatch, Version, VersionState
from ingest.personal.finding import personal_data

MOST_OF_A_PAGE = 200
MOST_OF_A_VERSION = 5000
MOST_LISTED = 1000
SHOWN = 2  # characters at each end of what is masked
_READ = (VersionState.SEARCHABLE, VersionState.EMBEDDED)


@dataclass(frozen=True)
class PersonalDataListed:
    """Something that looks like personal data: where it stands, and its masked text."""

    document_id: str
    name: str
    title: str
    version: int
    answers: bool
    page: int
    kind: PersonalKind
    masked: str


@dataclass(frozen=True)
class PersonalDataList:
    """A space's list. `since` None: its documents are not looked through. `more` are found and not listed."""

    since: datetime | None
    found: tuple[PersonalDataListed, ...]
    more: int


def watched(session: Session, space_id: str) -> bool:
    """Whether that space's documents are looked through."""
    return session.get(PersonalDataWatch, space_id) is not None


def choose(access: Access, session: Session, space_name: str, *, on: bool) -> str:
    """Look through that space's documents from now on, or no more: then what was found is forgotten. The
    space's id. Raises NotFound, NotPermitted."""
    shelf = space_to_manage(access, session, space_name)
    row = session.get(PersonalDataWatch, shelf.id)
    if on and row is None:
        session.add(PersonalDataWatch(space_id=shelf.id, set_by=access.user_id))
    if not on and row is not None:
        session.delete(row)
    if not on:
        versions = select(Version.id).join(Document, Document.id == Version.document_id)
        session.execute(
            delete(PersonalDataFound).where(
                PersonalDataFound.version_id.in_(versions.where(Document.space_id == shelf.id))
            )
        )
    record(session, access.user_id, "personal_data.chosen", shelf.id, on=on)
    return shelf.id


def look_through(sessions: Sessions, space_id: str) -> int:
    """Look through what is in that space already; how many versions. Each in a transaction of its own."""
    with sessions.read() as session:
        versions = session.scalars(
            select(Version.id)
            .join(Document, Document.id == Version.document_id)
            .where(Document.space_id == space_id, Version.state.in_(_READ))
        ).all()
    for version_id in versions:
        with sessions.read() as session:
            pages = session.execute(
                select(Page.number, Page.text).where(Page.version_id == version_id).order_by(Page.number)
            )
            rows = found_in(version_id, ((number, text) for number, text in pages))
        with sessions.write() as session:
            store(session, space_id, version_id, rows)
    return len(versions)


def found_in(version_id: str, pages: Iterable[tuple[int, str]]) -> list[PersonalDataFound]:
    """What those pages (number, text) seem to hold, as rows to be stored."""
    rows: list[PersonalDataFound] = []
    for number, text in pages:
        for datum in personal_data(text)[:MOST_OF_A_PAGE]:
            rows.append(
                PersonalDataFound(
                    version_id=version_id, page=number, kind=str(datum.kind), start=datum.start, end=datum.end
                )
            )
        if len(rows) >= MOST_OF_A_VERSION:
            break
    return rows[:MOST_OF_A_VERSION]


def store(session: Session, space_id: str, version_id: str, rows: list[PersonalDataFound]) -> None:
    """Keep what was found of a version in place of before, where its space wants it and it is there still."""
    session.execute(delete(PersonalDataFound).where(PersonalDataFound.version_id == version_id))
    if watched(session, space_id) and session.get(Version, version_id) is not None:
        session.add_all(rows)


def listed(access: Access, session: Session, space_name: str) -> PersonalDataList:
    """What was found in that space, among the documents that its manager may read. Raises NotFound,
    NotPermitted."""
    shelf = space_to_manage(access, session, space_name)
    watch = session.get(PersonalDataWatch, shelf.id)
    text = func.substr(
        Page.text, PersonalDataFound.start + 1, PersonalDataFound.end - PersonalDataFound.start
    )
    query = (
        select(Document, Version.id, Version.number, PersonalDataFound.page, PersonalDataFound.kind, text)
        .join(Version, Version.document_id == Document.id)
        .join(PersonalDataFound, PersonalDataFound.version_id == Version.id)
        .join(Page, (Page.version_id == Version.id) & (Page.number == PersonalDataFound.page))
        .where(Document.space_id == shelf.id, may_read(access))
    )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(
        query.order_by(
            Document.name, Document.id, Version.number.desc(), PersonalDataFound.page, PersonalDataFound.start
        ).limit(MOST_LISTED)
    )
    places = tuple(
        PersonalDataListed(
            document.id, document.name, document.title or document.name, number,
            document.current_version_id == version_id, page, PersonalKind(kind), masked(words),
        )
        for document, version_id, number, page, kind, words in rows
    )  # fmt: skip
    return PersonalDataList(watch.set_at if watch is not None else None, places, total - len(places))


def masked(text: str) -> str:
    """The text with all but a few of its letters and digits hidden."""
    places = [place for place, letter in enumerate(text) if letter.isalnum()]
    shown = {*places[:SHOWN], *places[-SHOWN:]} if len(places) > 3 * SHOWN else set()
    return "".join(
        letter if place in shown or not letter.isalnum() else "•" for place, letter in enumerate(text)
    )

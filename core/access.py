"""The one place that decides who may read what: deny by default, before any retrieval.

`Access` is the first argument of every function that reads documents, and `access_of` its only maker.
Index filters are a speed-up; what counts are the selects below, which every passage passes once more
just before it is used.

    reader         reads the space's documents, and downloads their originals if the grant says so
    author         adds, changes and erases documents
    manager        keeps the documents' reader lists, and who reads and writes in the space
    administrator  keeps the space itself: its managers, its name, how long things are kept

A restricted document is read by the space's managers, and by those on its reader list who read the space.
One that lies in a watched folder whose rights are taken over is read by those alone of all these whom the
file's own rights let in; administrators of the whole read it as they read everything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from sys import intern
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Select, String, and_, column, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import GenericFunction

from contract.values import Role
from core.effective_dates import in_force
from core.errors import NotFound, NotPermitted
from core.models import (
    ApiKey,
    Check,
    Document,
    DocumentReader,
    Draft,
    Feed,
    FileRights,
    Grant,
    Membership,
    Passage,
    Principal,
    PrincipalState,
    Question,
    Space,
    SpacePack,
    Template,
    User,
    UserSid,
    Version,
    now,
    today,
)
from core.permissions import mark
from core.rights.gates import lets_in, unpacked
from core.rights.sids import EVERYONE

WRITING_ROLES = (Role.AUTHOR, Role.MANAGER, Role.ADMINISTRATOR)
MANAGING_ROLES = (Role.MANAGER, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Access:
    """What one person may do at this moment. Space ids; an administrator reads and writes every space.

    `listed` are the ids of the restricted documents on whose reader lists the person stands, `let_in` the ids
    of the rights of files (`FileRights`) that let them in. `within` are
    the spaces that a program's key was narrowed to, None if it was not: of the person's own things only
    those count that were made within them, and nothing is done for the library as a whole.
    """

    user_id: str
    readable: frozenset[str]
    writable: frozenset[str]
    is_admin: bool
    managed: frozenset[str] = frozenset()
    administered: frozenset[str] = frozenset()
    downloadable: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    let_in: frozenset[str] = frozenset()
    within: frozenset[str] | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Equal for two accesses that read the same: a cached answer may be shared by it."""
        parts = (self.readable, self.managed & self.readable, self.listed, self.let_in)
        text = "|".join(",".join(sorted(part)) for part in parts)
        return hashlib.sha256(text.encode()).hexdigest()


NOTHING: frozenset[str] = frozenset()
MOST_KEPT = 1000  # accesses of one database; some 50 kB each if a person reads hundreds of spaces

_kept: WeakKeyDictionary[Any, dict[str, tuple[str, Access]]] = WeakKeyDictionary()


def access_of(session: Session, user_id: str) -> Access:
    """The access of that user; one who is unknown or disabled may read nothing.

    An access made earlier is reused as long as the mark of the records says that no right of anybody
    has changed since, as this transaction sees them.
    """
    now_ = mark(session)
    kept = _kept.setdefault(session.get_bind(), {})
    cached = kept.get(user_id)
    if cached is not None and cached[0] == now_:
        return cached[1]
    made = _made(session, user_id)
    if now_ is not None:
        if len(kept) >= MOST_KEPT:
            kept.pop(next(iter(kept)), None)
        kept[user_id] = (now_, made)
    return made


def _made(session: Session, user_id: str) -> Access:
    row = session.execute(select(User.is_admin, User.disabled_at).where(User.id == user_id)).one_or_none()
    if row is None or row.disabled_at is not None:
        return Access(user_id, NOTHING, NOTHING, False)
    if row.is_admin:
        spaces = frozenset(session.scalars(select(Space.id)))
        every = frozenset(session.scalars(select(FileRights.id)))
        return Access(user_id, spaces, spaces, True, spaces, spaces, spaces, let_in=every)
    groups = select(Membership.group_id).where(Membership.user_id == user_id)
    grants = session.execute(
        select(Grant.space_id, Grant.role, Grant.may_download).where(
            or_(Grant.user_id == user_id, Grant.group_id.in_(groups))
        )
    ).all()
    rows = [(intern(space), role, may_download) for space, role, may_download in grants]
    listed = session.scalars(
        select(DocumentReader.document_id).where(
            or_(DocumentReader.user_id == user_id, DocumentReader.group_id.in_(groups))
        )
    )
    return Access(
        user_id,
        readable=frozenset(space for space, _, _ in rows),
        writable=frozenset(space for space, role, _ in rows if role in WRITING_ROLES),
        is_admin=False,
        managed=frozenset(space for space, role, _ in rows if role in MANAGING_ROLES),
        administered=frozenset(space for space, role, _ in rows if role == Role.ADMINISTRATOR),
        downloadable=frozenset(space for space, _, may_download in rows if may_download),
        listed=frozenset(listed),
        let_in=_let_in(session, [user_id]).get(user_id, NOTHING),
    )


def let_in_by(session: Session, file_rights_id: str) -> frozenset[str]:
    """The ids of the people whom those rights of a file let in; whether they read the space is not asked."""
    holds = select(UserSid.user_id).union(
        select(Principal.user_id).where(Principal.user_id.is_not(None)),
        select(Membership.user_id).join(Principal, Principal.group_id == Membership.group_id),
    )
    let_in = _let_in(session, list(session.scalars(holds)))
    return frozenset(user for user, rights in let_in.items() if file_rights_id in rights)


def _let_in(session: Session, user_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """The ids of the rights of files that let each of those people in. None lets in
    a person whom the file server does not know, even if it lets everybody in."""
    rights = [(key, unpacked(text)) for key, text in session.execute(select(FileRights.id, FileRights.gates))]
    if not rights:
        return {}
    held: dict[str, set[str]] = {}
    mapped = Principal.state == PrincipalState.MAPPED
    for query in (
        select(UserSid.user_id, UserSid.sid).where(UserSid.user_id.in_(user_ids)),
        select(Principal.user_id, Principal.sid).where(mapped, Principal.user_id.in_(user_ids)),
        select(Membership.user_id, Principal.sid)
        .join(Principal, Principal.group_id == Membership.group_id)
        .where(mapped, Membership.user_id.in_(user_ids)),
    ):
        for user, sid in session.execute(query):
            held.setdefault(str(user), {EVERYONE}).add(sid)
    everyones = list(session.scalars(select(Principal.sid).where(mapped, Principal.everyone)))
    known = frozenset(session.scalars(select(Principal.sid).where(Principal.state != PrincipalState.UNKNOWN)))
    return {
        user: frozenset(key for key, gates in rights if lets_in(gates, sids.union(everyones), known))
        for user, sids in held.items()
    }


def narrowed(access: Access, *, spaces: Collection[str] | None, writes: bool, administers: bool) -> Access:
    """That access, less what a program's key does not reach: other spaces (None: all), changes, or what an
    administrator does. Never more than it was.

    What an administrator does for the library as a whole (people, the log, usage, watched folders) shows
    names of every space: a key that is narrowed to some does nothing of it, whatever its scopes are.
    """
    within = access.within
    if spaces is not None:
        within = frozenset(spaces) if within is None else within.intersection(spaces)
    kept = access.readable if within is None else access.readable & within
    return replace(
        access,
        readable=kept,
        writable=access.writable & kept if writes else NOTHING,
        is_admin=access.is_admin and administers and within is None,
        managed=access.managed & kept,  # who manages reads restricted documents, by a key too
        administered=access.administered & kept if administers else NOTHING,
        downloadable=access.downloadable & kept,
        within=within,
    )


def renewed(access: Access, session: Session) -> Access:
    """The access of the same asker by what the records say now, as narrow as it was."""
    return narrowed(
        access_of(session, access.user_id),
        spaces=access.within,
        writes=access.is_admin or bool(access.writable),
        administers=access.is_admin or bool(access.administered),
    )


def own(access: Access, table: type[ApiKey | Check | Draft | Feed | Question]) -> ColumnElement[bool]:
    """The condition for a person's own things: with a narrowed key only those that were made within its
    spaces (see `made_within`)."""
    mine = table.user_id == access.user_id
    if access.within is None:
        return mine
    spaces = _ids_in(table.spaces).table_valued(column("value", String))
    beyond = select(spaces.c.value).where(~_one_of(spaces.c.value, access.readable)).correlate(table)
    return and_(mine, table.spaces.is_not(None), ~beyond.exists())


def made_within(access: Access, spaces: Collection[str] | None = None) -> list[str] | None:
    """What is kept with something of a person's own: the ids of the spaces whose words it may hold. Those
    are the spaces that it was made from; if none are named, all that the asker reads; for a person
    that is stored as None, because it changes with every right."""
    if spaces is None:
        return None if access.within is None else sorted(access.readable)
    return sorted(access.readable.intersection(spaces))


def may_read(access: Access) -> ColumnElement[bool]:
    """The condition on `Document` that a row may be read; every list, count and search goes through it."""
    in_space = and_(
        _one_of(Document.space_id, access.readable),
        or_(Document.file_rights_id.is_(None), _one_of(Document.file_rights_id, access.let_in)),
    )
    if access.readable <= access.managed:
        return in_space
    return and_(
        in_space,
        or_(
            Document.restricted.is_(False),
            _one_of(Document.space_id, access.managed & access.readable),
            _one_of(Document.id, access.listed),
        ),
    )


class _ids_in(GenericFunction[Any]):  # noqa: N801  # the name of a function of SQL
    """The texts of a JSON list, as rows."""

    inherit_cache = True


@compiles(_ids_in)
def _ids_in_sqlite(element: Any, compiler: Any, **given: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **given)})"


@compiles(_ids_in, "postgresql")
def _ids_in_postgresql(element: Any, compiler: Any, **given: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **given)} AS JSON))"


def _one_of(what: Any, ids: frozenset[str]) -> ColumnElement[bool]:
    """Whether it is one of them: in one parameter, however many they are (a parameter for each of a thousand
    spaces costs milliseconds at every search)."""
    rows = _ids_in(json.dumps(sorted(ids))).table_valued(column("value", String))
    condition: ColumnElement[bool] = what.in_(select(rows.c.value))
    return condition


def readable_documents(access: Access) -> Select[Document]:
    """A select of the documents that may be read."""
    return select(Document).where(may_read(access))


def document(access: Access, session: Session, document_id: str) -> Document:
    """That document. Raises NotFound if it is not readable, as if it were not there."""
    row = session.scalar(readable_documents(access).where(Document.id == document_id))
    if row is None:
        raise NotFound(what="document", name=document_id)
    return row


def document_to_change(access: Access, session: Session, document_id: str) -> Document:
    """That document, to be changed. Raises NotFound, or NotPermitted if it may only be read."""
    row = document(access, session, document_id)
    space_to_write(access, session, row.space_id)
    return row


def document_to_manage(access: Access, session: Session, document_id: str) -> Document:
    """That document, to say who reads it. Raises NotFound or NotPermitted."""
    row = document(access, session, document_id)
    space_to_manage(access, session, row.space_id)
    return row


def document_to_download(access: Access, session: Session, document_id: str) -> Document:
    """That document, to hand out its original. Raises NotFound, or NotPermitted if one only reads it."""
    row = document(access, session, document_id)
    if row.space_id not in access.downloadable:
        raise NotPermitted(action="download", space=_name(session, row.space_id))
    return row


def space(access: Access, session: Session, name_or_id: str) -> Space:
    """That space, by id or name. Raises NotFound if it is not readable."""
    row = session.scalar(
        select(Space).where(
            or_(Space.id == name_or_id, Space.name == name_or_id), Space.id.in_(access.readable)
        )
    )
    if row is None:
        raise NotFound(what="space", name=name_or_id)
    return row


def space_to_write(access: Access, session: Session, name_or_id: str) -> Space:
    """That space, to put documents into. Raises NotFound or NotPermitted."""
    row = space(access, session, name_or_id)
    if row.id not in access.writable:
        raise NotPermitted(action="change", space=row.name)
    return row


def space_to_manage(access: Access, session: Session, name_or_id: str) -> Space:
    """That space, to say who reads and writes in it. Raises NotFound or NotPermitted."""
    row = space(access, session, name_or_id)
    if row.id not in access.managed & access.writable:  # a key that only reads manages nothing
        raise NotPermitted(action="manage", space=row.name)
    return row


def space_to_administer(access: Access, session: Session, name_or_id: str) -> Space:
    """That space, to change the space itself. Raises NotFound or NotPermitted."""
    row = space(access, session, name_or_id)
    if row.id not in access.administered:
        raise NotPermitted(action="administer", space=row.name)
    return row


def check(access: Access, session: Session, check_id: str) -> Check:
    """That kept check. Raises NotFound for anyone but the one who asked for it, when its time is over, and
    if its document may no longer be read."""
    row = session.scalar(
        select(Check).where(Check.id == check_id, own(access, Check), Check.expires_at > now())
    )
    if row is None:
        raise NotFound(what="check", name=check_id)
    if row.document_id is not None:
        document(access, session, row.document_id)
    return row


def check_to_download(access: Access, session: Session, check_id: str) -> Check:
    """That kept check, to hand out its file or a copy of it. Raises NotFound, or NotPermitted if it is of
    a document that may only be read."""
    row = check(access, session, check_id)
    if row.document_id is not None:
        document_to_download(access, session, row.document_id)
    return row


def space_pack(access: Access, session: Session, pack_id: str) -> SpacePack:
    """That pack of a space. Raises NotFound if the space is not readable."""
    row = session.scalar(
        select(SpacePack).where(SpacePack.id == pack_id, SpacePack.space_id.in_(access.readable))
    )
    if row is None:
        raise NotFound(what="pack", name=pack_id)
    return row


def readable_templates(access: Access) -> Select[Template, str]:
    """A select of the templates of readable spaces, each with its space's name."""
    return (
        select(Template, Space.name)
        .join(Space, Space.id == Template.space_id)
        .where(Template.space_id.in_(access.readable))
    )


def published_passages(
    access: Access, passage_ids: list[str], on: date | None = None
) -> Select[Passage, Document]:
    """A select of those passages, each with its document, that may be read and are in force on that day.

    Without a day: now. Then the version must be the one that was published as such, and today must not be
    past its dates, even in the seconds after midnight before the records follow.
    """
    this_day = today()
    if on is None:
        force: ColumnElement[bool] = (
            (Document.current_version_id == Version.id)
            & or_(Version.in_force_from.is_(None), Version.in_force_from <= this_day)
            & or_(Version.in_force_until.is_(None), Version.in_force_until >= this_day)
        )
    else:
        force = in_force(on)
    return (
        select(Passage, Document)
        .join(Version, Version.id == Passage.version_id)
        .join(Document, Document.id == Version.document_id)
        .where(Passage.id.in_(passage_ids), force, may_read(access))
    )


def _name(session: Session, space_id: str) -> str:
    return session.scalar(select(Space.name).where(Space.id == space_id)) or space_id

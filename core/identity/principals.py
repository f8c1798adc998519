"""Whom the identifiers in the rights of files name: listed, and mapped by administrators if the
directory does not know them (groups of the file server itself, say)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contract.values import PrincipalKind
from core.access import Access
from core.audit import record
from core.errors import BadValue, NotFound
from core.identity.people import holder_of, must_administer
from core.models import Document, FileRights, Group, Principal, PrincipalState, User
from core.rights.gates import named_in, unpacked
from core.rights.sids import ALL_PEOPLE, NAMES, is_nobodys, sid_bytes, sid_text


@dataclass(frozen=True)
class ListedPrincipal:
    """An identifier, and in the rights of how many documents it stands. `kind` and `holder` say whom an
    administrator mapped it to."""

    sid: str
    name: str
    state: str
    kind: PrincipalKind | None
    holder: str
    documents: int


def principals(access: Access, session: Session, *, unknown: bool = False) -> list[ListedPrincipal]:
    """The identifiers that rights of files name, those in most documents first; `unknown`: only those of
    which nobody knows whom they name. Raises NotPermitted."""
    must_administer(access)
    counts = _documents(session)
    query = (
        select(Principal, User.name, Group.name)
        .outerjoin(User, User.id == Principal.user_id)
        .outerjoin(Group, Group.id == Principal.group_id)
    )
    if unknown:
        query = query.where(Principal.state == PrincipalState.UNKNOWN)
    listed = [
        _listed(row, user, group, counts.get(row.sid, 0)) for row, user, group in session.execute(query)
    ]
    there = set(session.scalars(select(Principal.sid)))  # one whose group was removed went with it
    listed += [_listed(Principal(sid=sid), None, None, counts[sid]) for sid in counts.keys() - there]
    return sorted(listed, key=lambda principal: (-principal.documents, principal.sid))


def _listed(row: Principal, user: str | None, group: str | None, documents: int) -> ListedPrincipal:
    kind = None
    if row.state == PrincipalState.MAPPED:
        kind = PrincipalKind.NOBODY
        if row.user_id is not None:
            kind = PrincipalKind.USER
        elif row.group_id is not None:
            kind = PrincipalKind.GROUP
        elif row.everyone:
            kind = PrincipalKind.EVERYONE
    name = row.name or NAMES.get(row.sid, "")
    return ListedPrincipal(
        row.sid, name, row.state or PrincipalState.UNKNOWN, kind, user or group or "", documents
    )


def every_named(session: Session) -> set[str]:
    """The identifiers that stand in any rights of files."""
    return set().union(*(named_in(unpacked(text)) for text in session.scalars(select(FileRights.gates))))


def _documents(session: Session) -> dict[str, int]:
    """In the rights of how many documents each identifier stands."""
    rows = session.execute(
        select(FileRights.gates, func.count(Document.id))
        .join(Document, Document.file_rights_id == FileRights.id)
        .group_by(FileRights.id, FileRights.gates)
    )
    counts: dict[str, int] = {}
    for text, documents in rows:
        for sid in named_in(unpacked(text)):
            counts[sid] = counts.get(sid, 0) + documents
    return counts


def map_principal(
    access: Access, session: Session, sid: str, kind: PrincipalKind, holder: str = ""
) -> Principal:
    """Say whom an identifier names: a user, a group (name or id), everybody whom the file server knows, or
    nobody. Raises NotPermitted, NotFound or BadValue."""
    must_administer(access)
    plain = _checked(sid)
    row = session.get(Principal, plain) or Principal(sid=plain)
    row.user_id = row.group_id = None
    row.everyone = kind == PrincipalKind.EVERYONE
    if kind == PrincipalKind.USER:
        row.user_id = holder_of(session, "user", holder)[0]
    elif kind == PrincipalKind.GROUP:
        row.group_id = holder_of(session, "group", holder)[0]
    row.state = PrincipalState.MAPPED
    session.add(row)
    session.flush()
    record(
        session, access.user_id, "principal.mapped", plain,
        kind=str(kind), holder=row.user_id or row.group_id or "",
    )  # fmt: skip
    return row


def forget_mapping(access: Access, session: Session, sid: str) -> None:
    """Take back what an administrator said of an identifier: from now on the directory alone says whom it
    names. Raises NotPermitted or NotFound."""
    must_administer(access)
    row = session.get(Principal, sid)
    if row is None or row.state != PrincipalState.MAPPED:
        raise NotFound(what="principal", name=sid)
    row.user_id = row.group_id = None
    row.everyone, row.state = False, PrincipalState.UNKNOWN
    record(session, access.user_id, "principal.forgotten", sid)


def _checked(sid: str) -> str:
    try:
        plain = sid_text(sid_bytes(sid.strip()))
    except ValueError as error:
        raise BadValue(name="sid", problem=error, fix="Take it from `shoko folders principals`") from error
    if plain in ALL_PEOPLE or is_nobodys(plain):
        problem = f"{plain} means the same on every file server"
        raise BadValue(name="sid", problem=problem, fix="Map others; this one is evaluated as it is")
    return plain

"""Who belongs to the company, to which groups, and who does what in which space. Every change is recorded.

An administrator keeps people and groups; whoever manages a space says who reads and writes in it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from contract.values import Role
from core.access import (
    Access,
    document_to_manage,
    let_in_by,
    may_read,
    space_to_administer,
    space_to_manage,
)
from core.audit import record
from core.errors import BadValue, LastAdministrator, NotFound, NotPermitted
from core.identity.accounts import administrators, end_every_sign_in
from core.models import Document, DocumentReader, Grant, Group, Membership, Space, User, now

LONGEST_NAME = 200


def must_administer(access: Access) -> None:
    """Raises NotPermitted for anyone but an administrator."""
    if not access.is_admin:
        raise NotPermitted(action="administer", space="*")


def plain_name(name: str) -> str:
    """The name as it is kept. Raises BadValue if a screen could not show it."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        problem = f"it is empty, longer than {LONGEST_NAME} characters, or has control characters"
        raise BadValue(name="name", problem=problem, fix="Choose another one")
    return name


def _free(session: Session, table: type[User] | type[Group] | type[Space], name: str) -> str:
    name = plain_name(name)
    if session.scalar(select(table.id).where(table.name == name)) is not None:
        raise BadValue(name="name", problem=f"{name} is taken", fix="Choose another one")
    return name


# People.


def user(access: Access, session: Session, name_or_id: str) -> User:
    """That user, for an administrator. Raises NotPermitted or NotFound."""
    must_administer(access)
    row = session.scalar(select(User).where(or_(User.id == name_or_id, User.name == name_or_id)))
    if row is None:
        raise NotFound(what="user", name=name_or_id)
    return row


@dataclass(frozen=True)
class ListedUser:
    """A user with the names of their groups, in order."""

    user: User
    groups: list[str]


def users(
    access: Access, session: Session, *, user_id: str | None = None, limit: int = 1, offset: int = 0
) -> list[ListedUser]:
    """Users by name, or that one alone. Raises NotPermitted."""
    must_administer(access)
    query = select(User).order_by(User.name).limit(limit).offset(offset)
    if user_id is not None:
        query = query.where(User.id == user_id)
    rows = session.scalars(query).all()
    groups_of: dict[str, list[str]] = {row.id: [] for row in rows}
    for member, name in session.execute(
        select(Membership.user_id, Group.name)
        .join(Group, Group.id == Membership.group_id)
        .where(Membership.user_id.in_(groups_of))
        .order_by(Group.name)
    ):
        groups_of[member].append(name)
    return [ListedUser(row, groups_of[row.id]) for row in rows]


def add_user(access: Access, session: Session, name: str, *, is_admin: bool = False) -> User:
    """A new user, who signs in by a one-time link or a password. Raises NotPermitted or BadValue."""
    must_administer(access)
    added = User(name=_free(session, User, name), is_admin=is_admin)
    session.add(added)
    session.flush()
    record(session, access.user_id, "user.added", added.id, name=added.name, is_admin=is_admin)
    return added


def set_administrator(access: Access, session: Session, name_or_id: str, is_admin: bool) -> User:
    """Make a user an administrator, or take that away. Raises LastAdministrator."""
    account = user(access, session, name_or_id)
    if account.is_admin and not is_admin and administrators(session) == 1:
        raise LastAdministrator(name=account.name)
    if account.is_admin != is_admin:
        account.is_admin = is_admin
        record(session, access.user_id, "user.changed", account.id, is_admin=is_admin)
    return account


def disable(access: Access, session: Session, name_or_id: str) -> User:
    """Shut a user out, at once and everywhere; what they did stays. Raises LastAdministrator."""
    account = user(access, session, name_or_id)
    if account.is_admin and account.disabled_at is None and administrators(session) == 1:
        raise LastAdministrator(name=account.name)
    if account.disabled_at is None:
        account.disabled_at = now()
        end_every_sign_in(session, account.id)
        record(session, access.user_id, "user.disabled", account.id)
    return account


def enable(access: Access, session: Session, name_or_id: str) -> User:
    """Let a user in again who was shut out, or whose account is locked."""
    account = user(access, session, name_or_id)
    if account.disabled_at is not None or account.locked_until is not None:
        account.disabled_at, account.locked_until, account.failures = None, None, 0
        record(session, access.user_id, "user.enabled", account.id)
    return account


# Groups.


def group(access: Access, session: Session, name_or_id: str) -> Group:
    """That group, for an administrator. Raises NotPermitted or NotFound."""
    must_administer(access)
    row = session.scalar(select(Group).where(or_(Group.id == name_or_id, Group.name == name_or_id)))
    if row is None:
        raise NotFound(what="group", name=name_or_id)
    return row


@dataclass(frozen=True)
class ListedGroup:
    """A group with the names of its members, in order."""

    group: Group
    members: list[str]


def groups(access: Access, session: Session, group_id: str | None = None) -> list[ListedGroup]:
    """Groups by name, or that one alone. Raises NotPermitted."""
    must_administer(access)
    query = select(Group).order_by(Group.name)
    if group_id is not None:
        query = query.where(Group.id == group_id)
    rows = session.scalars(query).all()
    members_of: dict[str, list[str]] = {row.id: [] for row in rows}
    for member_of, name in session.execute(
        select(Membership.group_id, User.name)
        .join(User, User.id == Membership.user_id)
        .where(Membership.group_id.in_(members_of))
        .order_by(User.name)
    ):
        members_of[member_of].append(name)
    return [ListedGroup(row, members_of[row.id]) for row in rows]


def add_group(access: Access, session: Session, name: str, *, external_name: str = "") -> Group:
    """A new group; `external_name` is its name in the company's directory, where its members come from."""
    must_administer(access)
    added = Group(name=_free(session, Group, name), external_name=external_name[:400] or None)
    session.add(added)
    session.flush()
    record(session, access.user_id, "group.added", added.id, name=added.name, external_name=external_name)
    return added


def remove_group(access: Access, session: Session, name_or_id: str) -> None:
    """Remove a group, and with it what it gave its members."""
    row = group(access, session, name_or_id)
    record(session, access.user_id, "group.removed", row.id, name=row.name)
    session.delete(row)


def join(access: Access, session: Session, group_name: str, user_name: str) -> Group:
    """Put a user into a group. A group of the directory's takes its members from there alone."""
    group_row, member = group(access, session, group_name), user(access, session, user_name)
    if group_row.external_name:
        fix = "Change it in the company's directory; it counts at the next sign-in"
        raise BadValue(name="group", problem="its members come from the directory", fix=fix)
    if session.get(Membership, (group_row.id, member.id)) is None:
        session.add(Membership(group_id=group_row.id, user_id=member.id))
        record(session, access.user_id, "group.joined", group_row.id, user=member.id)
    return group_row


def leave(access: Access, session: Session, group_name: str, user_name: str) -> Group:
    """Take a user out of a group."""
    group_row, member = group(access, session, group_name), user(access, session, user_name)
    membership = session.get(Membership, (group_row.id, member.id))
    if membership is not None:
        session.delete(membership)
        record(session, access.user_id, "group.left", group_row.id, user=member.id)
    return group_row


# Spaces.


def spaces(access: Access, session: Session) -> list[tuple[Space, int]]:
    """The spaces that may be read, by name, each with the number of its documents that may be."""
    rows = session.execute(
        select(Space, func.count(Document.id))
        .outerjoin(Document, (Document.space_id == Space.id) & may_read(access))
        .where(Space.id.in_(access.readable))
        .group_by(Space.id)
        .order_by(Space.name)
    )
    return [(row, count) for row, count in rows]


def add_space(access: Access, session: Session, name: str) -> Space:
    """A new, empty space that nobody but administrators reads. Raises NotPermitted or BadValue."""
    must_administer(access)
    added = Space(name=_free(session, Space, name))
    session.add(added)
    session.flush()
    record(session, access.user_id, "space.added", added.id, name=added.name)
    return added


def rename_space(access: Access, session: Session, name_or_id: str, name: str) -> Space:
    """Give a space another name. Raises NotFound, NotPermitted or BadValue."""
    space_row = space_to_administer(access, session, name_or_id)
    if plain_name(name) != space_row.name:
        space_row.name = _free(session, Space, name)
        record(session, access.user_id, "space.renamed", space_row.id, name=space_row.name)
    return space_row


def remove_space(access: Access, session: Session, name_or_id: str) -> None:
    """Remove an empty space. Raises BadValue while documents are in it."""
    space_row = space_to_administer(access, session, name_or_id)
    count = session.scalar(select(func.count(Document.id)).where(Document.space_id == space_row.id)) or 0
    if count:
        fix = "Erase or move them first"
        raise BadValue(name="space", problem=f"{count} documents are in it", fix=fix)
    record(session, access.user_id, "space.removed", space_row.id, name=space_row.name)
    session.delete(space_row)


@dataclass(frozen=True)
class Granted:
    """Who has which role in a space. `kind` is user or group."""

    id: str
    kind: str
    holder_id: str
    holder: str
    role: str
    may_download: bool


def grants(access: Access, session: Session, space: str) -> list[Granted]:
    """Who does what in a space, for those who manage it. Raises NotFound or NotPermitted."""
    space_row = space_to_manage(access, session, space)
    rows = session.execute(
        select(Grant, User.name, Group.name)
        .outerjoin(User, User.id == Grant.user_id)
        .outerjoin(Group, Group.id == Grant.group_id)
        .where(Grant.space_id == space_row.id)
    )
    listed = [
        Granted(
            grant.id,
            "user" if grant.user_id else "group",
            str(grant.user_id or grant.group_id),
            str(user_name or group_name),
            grant.role,
            grant.may_download,
        )
        for grant, user_name, group_name in rows
    ]
    return sorted(listed, key=lambda granted: (granted.kind, granted.holder))


def grant(
    access: Access, session: Session, space: str, kind: str, holder: str, role: Role, *, may_download: bool
) -> Granted:
    """Give a user or a group (name or id) a role in a space, instead of the one it had there.

    Managers give reader and author; managers and administrators are made by the space's administrators.
    """
    space_row = space_to_manage(access, session, space)
    holder_id, name = holder_of(session, kind, holder)
    before = _grant_of(session, space_row.id, kind, holder_id)
    if role in (Role.MANAGER, Role.ADMINISTRATOR) or (before is not None and _is_high(before)):
        space_to_administer(access, session, space)
    held = {"user_id": holder_id} if kind == "user" else {"group_id": holder_id}
    kept = before or Grant(space_id=space_row.id, **held)
    kept.role, kept.may_download = role, may_download
    session.add(kept)
    session.flush()
    record(
        session, access.user_id, "grant.given", space_row.id,
        holder=holder_id, kind=kind, role=str(role), may_download=may_download,
    )  # fmt: skip
    return Granted(kept.id, kind, holder_id, name, role, may_download)


def revoke(access: Access, session: Session, space: str, grant_id: str) -> None:
    """Take a role in a space away. Raises NotFound or NotPermitted."""
    space_row = space_to_manage(access, session, space)
    kept = session.get(Grant, grant_id)
    if kept is None or kept.space_id != space_row.id:
        raise NotFound(what="grant", name=grant_id)
    if _is_high(kept):
        space_to_administer(access, session, space)
    record(
        session, access.user_id, "grant.revoked", space_row.id,
        holder=kept.user_id or kept.group_id, role=kept.role,
    )  # fmt: skip
    session.delete(kept)


def _is_high(grant: Grant) -> bool:
    return grant.role in (Role.MANAGER, Role.ADMINISTRATOR)


def _grant_of(session: Session, space_id: str, kind: str, holder_id: str) -> Grant | None:
    column = Grant.user_id if kind == "user" else Grant.group_id
    return session.scalar(select(Grant).where(Grant.space_id == space_id, column == holder_id))


def holder_of(session: Session, kind: str, name_or_id: str) -> tuple[str, str]:
    """Id and name of the user or group that may hold a right. Raises NotFound or BadValue."""
    if kind not in ("user", "group"):
        raise BadValue(name="kind", problem=f"{kind} is neither", fix="Choose user or group")
    table = User if kind == "user" else Group
    row = session.execute(
        select(table.id, table.name).where(or_(table.id == name_or_id, table.name == name_or_id))
    ).first()
    if row is None:
        raise NotFound(what=kind, name=name_or_id)
    return row[0], row[1]


def holders(access: Access, session: Session, words: str, limit: int) -> list[tuple[str, str, str]]:
    """Kind, id and name of users and groups whose name has those words: for those who give rights, and
    for nobody else. A key that is narrowed to spaces sees those who hold a role there."""
    kept = access.managed & access.writable
    if not (access.is_admin or kept):
        raise NotPermitted(action="manage", space="*")
    matching: list[tuple[str, str, str]] = []
    for kind, table, held in (("user", User, Grant.user_id), ("group", Group, Grant.group_id)):
        query = select(table.id, table.name).where(table.name.icontains(words, autoescape=True))
        if access.within is not None:
            query = query.where(table.id.in_(select(held).where(Grant.space_id.in_(kept))))
        rows = session.execute(query.order_by(table.name).limit(limit))
        matching += [(kind, row[0], row[1]) for row in rows]
    return matching[:limit]


# Documents with a reader list.


@dataclass(frozen=True)
class ReaderList:
    """Who reads a document: everyone of its space, or, where it is restricted, those alone. Where its file's
    own rights count too, `file_readers` are the names of those whom they let in."""

    restricted: bool
    users: list[tuple[str, str]]
    groups: list[tuple[str, str]]
    file_readers: list[str] | None = None


def reader_list(access: Access, session: Session, document_id: str) -> ReaderList:
    """A document's reader list, for those who manage its space. Raises NotFound or NotPermitted."""
    document = document_to_manage(access, session, document_id)
    rows = session.execute(
        select(DocumentReader, User.name, Group.name)
        .outerjoin(User, User.id == DocumentReader.user_id)
        .outerjoin(Group, Group.id == DocumentReader.group_id)
        .where(DocumentReader.document_id == document.id)
    ).all()
    users = sorted((str(row.user_id), str(name)) for row, name, _ in rows if row.user_id)
    groups = sorted((str(row.group_id), str(name)) for row, _, name in rows if row.group_id)
    if document.file_rights_id is None:
        return ReaderList(document.restricted, users, groups)
    let_in = let_in_by(session, document.file_rights_id)
    names = list(session.scalars(select(User.name).where(User.id.in_(let_in)).order_by(User.name)))
    return ReaderList(document.restricted, users, groups, names)


def set_reader_list(
    access: Access,
    session: Session,
    document_id: str,
    *,
    restricted: bool,
    users: Collection[str] = (),
    groups: Collection[str] = (),
) -> ReaderList:
    """Say who reads a document (names or ids). Raises NotFound or NotPermitted."""
    document = document_to_manage(access, session, document_id)
    user_ids = {holder_of(session, "user", name)[0] for name in users}
    group_ids = {holder_of(session, "group", name)[0] for name in groups}
    document.restricted = restricted
    session.execute(delete(DocumentReader).where(DocumentReader.document_id == document.id))
    session.add_all(
        DocumentReader(document_id=document.id, user_id=user_id_) for user_id_ in sorted(user_ids)
    )
    session.add_all(
        DocumentReader(document_id=document.id, group_id=group_id_) for group_id_ in sorted(group_ids)
    )
    session.flush()
    record(
        session, access.user_id, "document.readers", document.id,
        restricted=restricted, users=sorted(user_ids), groups=sorted(group_ids),
    )  # fmt: skip
    return reader_list(access, session, document_id)

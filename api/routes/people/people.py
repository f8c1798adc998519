"""People and groups, for administrators; and the names that rights can be given to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.deps import AccessDep, AdministratorDep, LibraryDep
from api.errors import REFUSALS
from contract.people import GroupOut, Holder, NewGroup, NewUser, UserChange, UserOut
from core.audit import record
from core.errors import BadValue
from core.identity import people
from core.identity.accounts import set_password
from core.models import AccountSource, Group, Membership, User, now

router = APIRouter(tags=["people"], responses=REFUSALS)
Limit = Annotated[int, Query(ge=1, le=1000)]


def _users(session: Session, *, user_id: str | None = None, limit: int = 1, offset: int = 0) -> list[UserOut]:
    query = select(User).order_by(User.name).limit(limit).offset(offset)
    if user_id is not None:
        query = query.where(User.id == user_id)
    found = list(session.scalars(query))
    groups: dict[str, list[str]] = {user.id: [] for user in found}
    for member, name in session.execute(
        select(Membership.user_id, Group.name)
        .join(Group, Group.id == Membership.group_id)
        .where(Membership.user_id.in_(groups))
        .order_by(Group.name)
    ):
        groups[member].append(name)
    return [
        UserOut(
            id=user.id,
            name=user.name,
            is_admin=user.is_admin,
            source=user.source,
            has_password=user.password_hash is not None,
            disabled=user.disabled_at is not None,
            locked=user.locked_until is not None and user.locked_until > now(),
            groups=groups[user.id],
            created_at=user.created_at,
            last_sign_in_at=user.last_sign_in_at,
        )
        for user in found
    ]


@router.get("/api/users", summary="Who may sign in")
def list_users(
    library: LibraryDep,
    _access: AdministratorDep,
    limit: Limit = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> list[UserOut]:
    """By name."""
    with library.sessions.read() as session:
        return _users(session, limit=limit, offset=offset)


@router.post("/api/users", summary="Let a person in", status_code=201)
def add_user(library: LibraryDep, access: AdministratorDep, order: NewUser) -> UserOut:
    """They sign in by a one-time link, or by the password given here."""
    with library.sessions.write() as session:
        user = people.add_user(access, session, order.name, is_admin=order.is_admin)
        if order.password is not None:
            set_password(session, user, order.password.get_secret_value(), library.sign_in_rules)
        session.flush()
        return _users(session, user_id=user.id)[0]


@router.patch("/api/users/{user}", summary="Change a person's account")
def change_user(library: LibraryDep, access: AdministratorDep, user: str, order: UserChange) -> UserOut:
    """By name or id. Disabling shuts out at once, everywhere; what the person did stays."""
    with library.sessions.write() as session:
        found = people.user(access, session, user)
        if order.is_admin is not None:
            people.set_administrator(access, session, found.id, order.is_admin)
        if order.disabled is not None:
            change = people.disable if order.disabled else people.enable
            change(access, session, found.id)
        if order.password is not None:
            if found.source != AccountSource.LOCAL:
                fix = "Change the password there"
                raise BadValue(name="password", problem="the company's sign-on keeps this account", fix=fix)
            set_password(session, found, order.password.get_secret_value(), library.sign_in_rules)
            record(session, access.user_id, "password.changed", found.id)
        session.flush()
        return _users(session, user_id=found.id)[0]


@router.get("/api/holders", summary="Users and groups that can be given a right")
def holders(
    library: LibraryDep,
    access: AccessDep,
    q: Annotated[str, Query(max_length=200, description="Part of the name")] = "",
    limit: Limit = 50,
) -> list[Holder]:
    """For those who manage a space."""
    with library.sessions.read() as session:
        found = people.holders(access, session, q, limit)
    return [Holder(kind=kind, id=number, name=name) for kind, number, name in found]


def _groups(session: Session, group_id: str | None = None) -> list[GroupOut]:
    query = select(Group).order_by(Group.name)
    if group_id is not None:
        query = query.where(Group.id == group_id)
    found = list(session.scalars(query))
    members: dict[str, list[str]] = {group.id: [] for group in found}
    for group, name in session.execute(
        select(Membership.group_id, User.name)
        .join(User, User.id == Membership.user_id)
        .where(Membership.group_id.in_(members))
        .order_by(User.name)
    ):
        members[group].append(name)
    return [
        GroupOut(id=group.id, name=group.name, external_name=group.external_name, members=members[group.id])
        for group in found
    ]


@router.get("/api/groups", summary="Groups and their members")
def list_groups(library: LibraryDep, _access: AdministratorDep) -> list[GroupOut]:
    """By name."""
    with library.sessions.read() as session:
        return _groups(session)


@router.post("/api/groups", summary="Make a group", status_code=201)
def add_group(library: LibraryDep, access: AdministratorDep, order: NewGroup) -> GroupOut:
    """With a name in the company's directory its members come from there, at each sign-in."""
    with library.sessions.write() as session:
        added = people.add_group(access, session, order.name, external_name=order.external_name)
        return _groups(session, added.id)[0]


@router.delete("/api/groups/{group}", summary="Remove a group", status_code=204)
def remove_group(library: LibraryDep, access: AdministratorDep, group: str) -> None:
    """And with it what it gave its members. By name or id."""
    with library.sessions.write() as session:
        people.remove_group(access, session, group)


@router.put("/api/groups/{group}/members/{user}", summary="Put a person into a group")
def join(library: LibraryDep, access: AdministratorDep, group: str, user: str) -> GroupOut:
    """By names or ids."""
    with library.sessions.write() as session:
        people.join(access, session, group, user)
        session.flush()
        return _groups(session, people.group(access, session, group).id)[0]


@router.delete("/api/groups/{group}/members/{user}", summary="Take a person out of a group")
def leave(library: LibraryDep, access: AdministratorDep, group: str, user: str) -> GroupOut:
    """By names or ids."""
    with library.sessions.write() as session:
        people.leave(access, session, group, user)
        session.flush()
        return _groups(session, people.group(access, session, group).id)[0]

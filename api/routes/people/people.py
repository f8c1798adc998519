"""People and groups, for administrators; and the names that rights can be given to."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AccessDep, AdministratorDep, LibraryDep
from api.errors import REFUSALS
from contract.people import (
    GroupOut,
    Holder,
    Invitation,
    InvitedOut,
    NewGroup,
    NewUser,
    PersonalGrantOut,
    UserChange,
    UserOut,
)
from core.audit import record
from core.errors import BadValue
from core.identity import people
from core.identity.accounts import set_password
from core.identity.invitations import Invitee, grants_of, invite
from core.identity.people import ListedGroup, ListedUser
from core.models import AccountSource, now

router = APIRouter(tags=["people"], responses=REFUSALS)
Limit = Annotated[int, Query(ge=1, le=1000)]


def _user(listed: ListedUser) -> UserOut:
    user = listed.user
    return UserOut(
        id=user.id,
        name=user.name,
        is_admin=user.is_admin,
        source=user.source,
        has_password=user.password_hash is not None,
        disabled=user.disabled_at is not None,
        locked=user.locked_until is not None and user.locked_until > now(),
        groups=listed.groups,
        created_at=user.created_at,
        last_sign_in_at=user.last_sign_in_at,
    )


@router.get("/api/users", summary="Who may sign in")
def list_users(
    library: LibraryDep,
    access: AdministratorDep,
    limit: Limit = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> list[UserOut]:
    """By name."""
    with library.sessions.read() as session:
        return [_user(listed) for listed in people.users(access, session, limit=limit, offset=offset)]


@router.post("/api/users", summary="Add a person", status_code=201)
def add_user(library: LibraryDep, access: AdministratorDep, order: NewUser) -> UserOut:
    """They sign in by a one-time link, or by the password sent here."""
    with library.sessions.write() as session:
        user = people.add_user(access, session, order.name, is_admin=order.is_admin)
        if order.password is not None:
            set_password(session, user, order.password.get_secret_value(), library.sign_in_rules)
        session.flush()
        return _user(people.users(access, session, user_id=user.id)[0])


@router.patch("/api/users/{user}", summary="Change a person's account")
def change_user(library: LibraryDep, access: AdministratorDep, user: str, order: UserChange) -> UserOut:
    """By name or id. Disabling shuts out at once, everywhere; what the person did stays."""
    with library.sessions.write() as session:
        changed = people.user(access, session, user)
        if order.is_admin is not None:
            people.set_administrator(access, session, changed.id, order.is_admin)
        if order.disabled is not None:
            change = people.disable if order.disabled else people.enable
            change(access, session, changed.id)
        if order.password is not None:
            if changed.source != AccountSource.LOCAL:
                fix = "Change the password there"
                raise BadValue(name="password", problem="the company's sign-on keeps this account", fix=fix)
            set_password(session, changed, order.password.get_secret_value(), library.sign_in_rules)
            record(session, access.user_id, "password.changed", changed.id)
        session.flush()
        return _user(people.users(access, session, user_id=changed.id)[0])


@router.get("/api/users/{user}/spaces", summary="What a person may do, by space")
def spaces_of_user(library: LibraryDep, access: AdministratorDep, user: str) -> list[PersonalGrantOut]:
    """By name or id; their own roles, and those that a group gives them. An administrator reads every space
    besides."""
    with library.sessions.read() as session:
        held = grants_of(access, session, people.user(access, session, user).id)
    return [PersonalGrantOut(**asdict(grant)) for grant in held]


@router.post("/api/invitations", summary="Invite people, many at once", status_code=201)
def invite_people(library: LibraryDep, access: AdministratorDep, order: Invitation) -> list[InvitedOut]:
    """Accounts, groups, spaces to read, and a one-time link for each, good for a day. Who is there already
    gets a link too. All of it is done, or, where something is wrong, nothing."""
    with library.sessions.write() as session:
        invited = invite(
            access, session, [Invitee(person.name, person.groups) for person in order.people],
            spaces=order.spaces, make_groups=order.make_groups,
        )  # fmt: skip
        return [
            InvitedOut(
                id=invitation.user.id, name=invitation.user.name, is_new=invitation.is_new,
                address=f"{library.settings.address}/sign-in/{invitation.secret}",
            )
            for invitation in invited
        ]  # fmt: skip


@router.get("/api/holders", summary="Users and groups that can be given a right")
def holders(
    library: LibraryDep,
    access: AccessDep,
    q: Annotated[str, Query(max_length=200, description="Part of the name")] = "",
    limit: Limit = 50,
) -> list[Holder]:
    """For those who manage a space."""
    with library.sessions.read() as session:
        holders_found = people.holders(access, session, q, limit)
    return [Holder(kind=kind, id=holder_id, name=name) for kind, holder_id, name in holders_found]


def _group(listed: ListedGroup) -> GroupOut:
    group = listed.group
    return GroupOut(id=group.id, name=group.name, external_name=group.external_name, members=listed.members)


@router.get("/api/groups", summary="Groups and their members")
def list_groups(library: LibraryDep, access: AdministratorDep) -> list[GroupOut]:
    """By name."""
    with library.sessions.read() as session:
        return [_group(listed) for listed in people.groups(access, session)]


@router.post("/api/groups", summary="Make a group", status_code=201)
def add_group(library: LibraryDep, access: AdministratorDep, order: NewGroup) -> GroupOut:
    """With a name in the company's directory its members come from there, at each sign-in."""
    with library.sessions.write() as session:
        added = people.add_group(access, session, order.name, external_name=order.external_name)
        return _group(people.groups(access, session, added.id)[0])


@router.delete("/api/groups/{group}", summary="Remove a group", status_code=204)
def remove_group(library: LibraryDep, access: AdministratorDep, group: str) -> None:
    """With it goes every right that it gave its members. By name or id."""
    with library.sessions.write() as session:
        people.remove_group(access, session, group)


@router.put("/api/groups/{group}/members/{user}", summary="Put a person into a group")
def join(library: LibraryDep, access: AdministratorDep, group: str, user: str) -> GroupOut:
    """By names or ids."""
    with library.sessions.write() as session:
        joined = people.join(access, session, group, user)
        return _group(people.groups(access, session, joined.id)[0])


@router.delete("/api/groups/{group}/members/{user}", summary="Take a person out of a group")
def leave(library: LibraryDep, access: AdministratorDep, group: str, user: str) -> GroupOut:
    """By names or ids."""
    with library.sessions.write() as session:
        left = people.leave(access, session, group, user)
        return _group(people.groups(access, session, left.id)[0])

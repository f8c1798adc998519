"""Many people at once: accounts, groups, spaces to read, and a one-time link for each; all or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from contract.values import Role
from core.access import Access, space_to_manage
from core.audit import record
from core.errors import BadValue, NotFound
from core.identity.accounts import make_link
from core.identity.people import must_administer, plain_name
from core.models import Grant, Group, Membership, Space, User

MOST_INVITED = 500


@dataclass(frozen=True)
class Invitee:
    """Somebody to be invited, by the name they sign in with, into those groups."""

    name: str
    groups: Sequence[str] = ()


@dataclass(frozen=True)
class Invited:
    """A person with the secret of their link; `is_new`: the account was made now."""

    user: User
    secret: str
    is_new: bool


def invite(
    access: Access,
    session: Session,
    invitees: Iterable[Invitee],
    *,
    spaces: Collection[str] = (),
    make_groups: bool = False,
) -> list[Invited]:
    """Make the accounts that these people lack, put them into their groups, let them read those spaces
    (names or ids), and make a link for each. Those who are there already keep what they have.

    Raises NotPermitted, BadValue or NotFound (a group that is not there, unless `make_groups`; a space), and
    then nothing is done.
    """
    must_administer(access)
    wanted = _by_name(invitees)
    users = _users(session, wanted)
    new = [User(name=name) for name in wanted if name not in users]
    session.add_all(new)
    session.flush()
    for user in new:
        users[user.name] = user
        record(session, access.user_id, "user.added", user.id, name=user.name, is_admin=False)
    _join(access, session, wanted, users, make_groups=make_groups)
    _let_read(
        access, session, list(users.values()), [space_to_manage(access, session, space) for space in spaces]
    )
    made = []
    fresh = {user.id for user in new}
    for name in wanted:
        user = users[name]
        made.append(Invited(user, make_link(session, user.id), user.id in fresh))
        record(session, access.user_id, "link.made", user.id)
    return made


def _by_name(invitees: Iterable[Invitee]) -> dict[str, set[str]]:
    """The groups of each, by their names as they are kept; a person who is named twice is one."""
    wanted: dict[str, set[str]] = {}
    for invitee in invitees:
        groups = {plain_name(group) for group in invitee.groups}
        wanted.setdefault(plain_name(invitee.name), set()).update(groups)
    if not 0 < len(wanted) <= MOST_INVITED:
        fix = f"Name 1 to {MOST_INVITED} people at once"
        raise BadValue(name="people", problem=f"there are {len(wanted)}", fix=fix)
    return wanted


def _users(session: Session, names: Collection[str]) -> dict[str, User]:
    """Those who have an account already. Raises BadValue for one who is disabled."""
    users = {user.name: user for user in session.scalars(select(User).where(User.name.in_(names)))}
    shut_out = sorted(name for name, user in users.items() if user.disabled_at is not None)
    if shut_out:
        problem = f"{', '.join(shut_out[:5])}: the account is disabled"
        raise BadValue(name="people", problem=problem, fix="Enable it first, or leave that name out")
    return users


def _join(
    access: Access, session: Session, wanted: Mapping[str, set[str]], users: Mapping[str, User],
    *, make_groups: bool,
) -> None:  # fmt: skip
    names = sorted({group for groups in wanted.values() for group in groups})
    groups = {group.name: group for group in session.scalars(select(Group).where(Group.name.in_(names)))}
    for name in names:
        if name in groups and groups[name].external_name:
            fix = "Change it in the company's directory; it counts at the next sign-in"
            raise BadValue(name="group", problem=f"the members of {name} come from the directory", fix=fix)
        if name not in groups and not make_groups:
            raise NotFound(what="group", name=name)
    added = [Group(name=name) for name in names if name not in groups]
    session.add_all(added)
    session.flush()
    for group in added:
        groups[group.name] = group
        record(session, access.user_id, "group.added", group.id, name=group.name, external_name="")
    pairs = [(groups[group].id, users[name].id) for name in wanted for group in sorted(wanted[name])]
    there = {
        (group_id, user_id)
        for group_id, user_id in session.execute(
            select(Membership.group_id, Membership.user_id).where(
                Membership.user_id.in_([user.id for user in users.values()])
            )
        )
    }
    for group_id, user_id in pairs:
        if (group_id, user_id) not in there:
            session.add(Membership(group_id=group_id, user_id=user_id))
            record(session, access.user_id, "group.joined", group_id, user=user_id)


def _let_read(access: Access, session: Session, users: Sequence[User], spaces: Sequence[Space]) -> None:
    """Give each of them a reader's role in each space, unless they have one there by name."""
    there = {
        (space_id, user_id)
        for space_id, user_id in session.execute(
            select(Grant.space_id, Grant.user_id).where(
                Grant.user_id.in_([user.id for user in users]),
                Grant.space_id.in_([space.id for space in spaces]),
            )
        )
    }
    for space in spaces:
        for user in users:
            if (space.id, user.id) not in there:
                session.add(Grant(space_id=space.id, user_id=user.id, role=Role.READER, may_download=True))
                record(
                    session, access.user_id, "grant.given", space.id,
                    holder=user.id, kind="user", role=str(Role.READER), may_download=True,
                )  # fmt: skip


@dataclass(frozen=True)
class PersonalGrant:
    """What a person may do in a space, and by which group (empty: by a right of their own)."""

    space_id: str
    space: str
    role: str
    may_download: bool
    group: str


def grants_of(access: Access, session: Session, user_id: str) -> list[PersonalGrant]:
    """The roles of that person, by space. Raises NotPermitted. An administrator reads every space besides."""
    must_administer(access)
    groups = select(Membership.group_id).where(Membership.user_id == user_id)
    rows = session.execute(
        select(Space.id, Space.name, Grant.role, Grant.may_download, Group.name)
        .join(Grant, Grant.space_id == Space.id)
        .outerjoin(Group, Group.id == Grant.group_id)
        .where((Grant.user_id == user_id) | Grant.group_id.in_(groups))
        .order_by(Space.name, Grant.group_id.is_not(None), Group.name)
    )
    return [
        PersonalGrant(space_id, space, role, may_download, group or "")
        for space_id, space, role, may_download, group in rows
    ]

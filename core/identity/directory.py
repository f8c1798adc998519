"""People whom the company's own directory or single sign-on vouches for. Only this file and
`core/identity/tokens.py` import ldap3.

Whoever is let in there gets an account here the first time, and at every sign-in the memberships of those
groups that name a group of the directory (`Group.external_name`) are made the same as there.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import record
from core.errors import DirectoryAway, SignInRefused
from core.identity.accounts import administrators, end_every_sign_in
from core.identity.tokens import Tokens, hold
from core.models import AccountSource, Group, Membership, User

if TYPE_CHECKING:  # loaded when a directory is asked: a company without one does not wait for it
    import ldap3

CONNECT_SECONDS, ANSWER_SECONDS = 5, 10
NAMES = ("cn", "uid", "sAMAccountName")  # what a person or group is called, first that is there
GROUPS_OF = "(|(member={dn})(uniqueMember={dn})(memberUid={name}))"


@dataclass(frozen=True)
class DirectorySettings:
    """How the directory is asked. `filter` has {name} for what a person typed."""

    url: str
    base: str
    user: str = ""
    password: str = ""
    filter: str = "(uid={name})"
    certificate: Path | None = None
    plain: bool = False


@dataclass(frozen=True)
class OutsidePerson:
    """A person as the source knows them: an id that stays, a name to show, and the names of their groups."""

    id: str
    name: str
    groups: frozenset[str]
    sids: frozenset[str] | None = None  # what they hold on a file server; None: the source does not say


def ask_directory(settings: DirectorySettings, name: str, password: str) -> OutsidePerson | None:
    """The person of that name, if the directory accepts the password. Raises DirectoryAway."""
    if not name or not password:
        return None  # a directory takes an empty password for an anonymous visitor, and says yes
    with _telling():
        person = _find(settings, name)
        if person is None or not _accepts(settings, person[0], password):
            return None
    dn, shown, groups = person
    with asked(settings) as connection:
        return OutsidePerson(dn, shown or name, groups, Tokens(connection, settings.base).of(dn))


@contextlib.contextmanager
def asked(settings: DirectorySettings) -> Iterator[ldap3.Connection]:
    """A connection on which the account that may search is signed in. Raises DirectoryAway, also for what
    goes wrong within the block."""
    with _telling(), _connected(settings, settings.user, settings.password) as connection:
        connection.bind()
        yield connection


@contextlib.contextmanager
def _telling() -> Iterator[None]:
    from ldap3.core.exceptions import LDAPException

    try:
        yield
    except (LDAPException, OSError) as error:
        raise DirectoryAway(problem=f"{type(error).__name__}: {error}"[:200]) from error


def _server(settings: DirectorySettings) -> ldap3.Server:
    import ldap3

    authority = str(settings.certificate) if settings.certificate is not None else None
    tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=authority)
    return ldap3.Server(settings.url, tls=tls, get_info=ldap3.NONE, connect_timeout=CONNECT_SECONDS)


@contextlib.contextmanager
def _connected(settings: DirectorySettings, user: str, password: str) -> Iterator[ldap3.Connection]:
    """A connection, encrypted where it must be, on which nobody is signed in yet."""
    import ldap3

    connection = ldap3.Connection(
        _server(settings),
        user=user or None,
        password=password or None,
        authentication=ldap3.SIMPLE if user else ldap3.ANONYMOUS,
        read_only=True,
        receive_timeout=ANSWER_SECONDS,
        raise_exceptions=True,
    )
    try:
        connection.open()
        if not settings.url.lower().startswith("ldaps://") and not settings.plain:
            connection.start_tls()
        yield connection
        connection.unbind()
    finally:
        if connection.socket is not None:  # the library leaves it open after a failure
            connection.socket.close()


def _find(settings: DirectorySettings, name: str) -> tuple[str, str, frozenset[str]] | None:
    """The one person of that name: distinguished name, name to show, groups. None if none or several."""
    from ldap3.utils.conv import escape_filter_chars

    with _connected(settings, settings.user, settings.password) as connection:
        connection.bind()
        wanted = settings.filter.replace("{name}", escape_filter_chars(name))
        connection.search(settings.base, wanted, attributes=[*NAMES, "memberOf"], size_limit=2)
        people = [entry for entry in connection.response or [] if entry["type"] == "searchResEntry"]
        if len(people) != 1:
            return None
        dn, attributes = str(people[0]["dn"]), people[0]["attributes"]
        groups = {str(group) for group in attributes.get("memberOf", [])}
        asked = GROUPS_OF.replace("{dn}", escape_filter_chars(dn)).replace(
            "{name}", escape_filter_chars(name)
        )
        connection.search(settings.base, asked, attributes=["cn"])
        for entry in connection.response or []:
            if entry["type"] == "searchResEntry":
                groups |= {str(entry["dn"]), *map(str, entry["attributes"].get("cn", []))}
    groups |= {_common_name(group) for group in groups if "=" in group}
    return dn, _first(attributes), frozenset(groups - {""})


def _accepts(settings: DirectorySettings, dn: str, password: str) -> bool:
    from ldap3.core.exceptions import LDAPInvalidCredentialsResult

    with _connected(settings, dn, password) as connection:
        try:
            return bool(connection.bind())
        except LDAPInvalidCredentialsResult:
            return False


def _first(attributes: dict[str, object]) -> str:
    for key in NAMES:
        value = attributes.get(key)
        if value:
            return str(value[0] if isinstance(value, list) else value)
    return ""


def _common_name(dn: str) -> str:
    first = dn.split(",", 1)[0]
    return first.partition("=")[2] if first.lower().startswith("cn=") else ""


def enrol(session: Session, source: AccountSource, person: OutsidePerson, administrator_group: str) -> User:
    """The account of that person, made the first time, with the groups that the source names now.

    Raises SignInRefused if the account was disabled here.
    """
    external = f"{source}:{person.id}"[:400]
    account = session.scalar(select(User).where(User.external_id == external))
    if account is None:
        taken = session.scalar(select(User.id).where(User.name == person.name[:200]))
        # An account of that name is somebody else's until an administrator says otherwise.
        name = f"{person.name[:120]} ({external[-70:]})" if taken else person.name[:200]
        account = User(name=name, source=source, external_id=external)
        session.add(account)
        session.flush()
        record(session, account.id, "user.added", account.id, name=name, source=str(source))
    if account.disabled_at is not None:
        raise SignInRefused(minutes=0)
    _same_groups(session, account, person.groups)
    if person.sids is not None:
        hold(session, {account.id: person.sids})
    if administrator_group:
        is_admin = administrator_group in person.groups
        if account.is_admin != is_admin and (is_admin or administrators(session) > 1):
            account.is_admin = is_admin
            end_every_sign_in(session, account.id)
            record(session, account.id, "user.changed", account.id, is_admin=is_admin, source=str(source))
    return account


def _same_groups(session: Session, user: User, names: frozenset[str]) -> None:
    outside = session.execute(
        select(Group.id, Group.external_name).where(Group.external_name.is_not(None))
    ).all()
    wanted = {group for group, external in outside if external in names}
    for group, _ in outside:
        membership = session.get(Membership, (group, user.id))
        if group in wanted and membership is None:
            session.add(Membership(group_id=group, user_id=user.id))
            record(session, user.id, "group.joined", group, user=user.id, source=user.source)
        elif group not in wanted and membership is not None:
            session.delete(membership)
            record(session, user.id, "group.left", group, user=user.id, source=user.source)

"""What each person holds on a file server: their own security identifier and those of all their groups, also
of groups within groups, as the company's directory has them.

Active Directory says it in `objectSid`, Samba's schema in `sambaSID`, Unix numbers stand under Samba's
convention (S-1-22-…). Groups that only send mail give no rights, and a person who is shut out in the
directory holds nothing. `core/identity/directory.py` makes the connection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from core.models import UserSid
from core.rights.sids import UNIX_GROUP, UNIX_USER, domain_of, sid_bytes, sid_text

if TYPE_CHECKING:
    import ldap3

OWN = ("objectSid", "sambaSID", "sIDHistory", "uidNumber", "gidNumber")
OF_PEOPLE = ("uid", "primaryGroupID", "sambaPrimaryGroupSID", "userAccountControl", "sambaAcctFlags")
OF_GROUPS = ("groupType", "cn", "uid", "sAMAccountName")
MANY = 40  # questions to the directory in one
SHUT_OUT = 0x2  # of userAccountControl
GIVES_RIGHTS = 0x80000000  # of groupType


@dataclass(frozen=True)
class DirectoryGroup:
    """A group of the directory: its distinguished name and its identifiers."""

    dn: str
    sids: frozenset[str]


@dataclass
class Tokens:
    """Asks the directory who holds what; each group is looked up once."""

    connection: ldap3.Connection
    base: str
    _above: dict[str, list[DirectoryGroup]] = field(default_factory=dict)
    _named: dict[str, list[DirectoryGroup]] = field(default_factory=dict)

    def of(self, dn: str) -> frozenset[str]:
        """What the person of that distinguished name holds. Nothing if the directory has none of it."""
        entries = self._search(dn, "(objectClass=*)", (*OWN, *OF_PEOPLE), scope="BASE")
        return self._held(*entries[0]) if entries else frozenset()

    def of_sid(self, sid: str) -> frozenset[str]:
        """What the person with that identifier of their own holds."""
        entries = self._search(self.base, _filter(sid), (*OWN, *OF_PEOPLE))
        return self._held(*entries[0]) if len(entries) == 1 else frozenset()

    def names(self, sids: Collection[str]) -> dict[str, str]:
        """Those of the identifiers that the directory knows, each with the name of what it is there."""
        wanted = sorted(sids)
        names: dict[str, str] = {}
        for start in range(0, len(wanted), MANY):
            asked = "".join(_filter(sid) for sid in wanted[start : start + MANY])
            for _, entry in self._search(self.base, f"(|{asked})", (*OWN, *OF_GROUPS)):
                shown = next(
                    (text for key in ("sAMAccountName", "cn", "uid") for text in _texts(entry, key)), ""
                )
                names |= dict.fromkeys(_identifiers(entry), shown[:400])
        return {sid: name for sid, name in names.items() if sid in sids}

    def _held(self, dn: str, entry: Mapping[str, list[bytes]]) -> frozenset[str]:
        own = _identifiers(entry) - {f"{UNIX_GROUP}{number}" for number in _texts(entry, "gidNumber")}
        if not own or _is_shut_out(entry):
            return frozenset()
        groups = self._groups_of(dn, _texts(entry, "uid"))
        for sid in _primary_groups(entry, own):
            own = own | {sid}
            groups = [*groups, *self._groups_named(sid)]
        waiting, met = list(groups), {dn}
        while waiting:
            group = waiting.pop()
            if group.dn not in met:
                met.add(group.dn)
                own = own | group.sids
                waiting += self._groups_of(group.dn, ())
        return own

    def _groups_of(self, dn: str, names: Collection[str]) -> list[DirectoryGroup]:
        """The groups that have that person or group as a member."""
        if dn not in self._above:
            ways = [f"(member={escaped(dn)})", f"(uniqueMember={escaped(dn)})"]
            ways += [f"(memberUid={escaped(name)})" for name in names]
            self._above[dn] = list(self._groups(f"(|{''.join(ways)})"))
        return self._above[dn]

    def _groups_named(self, sid: str) -> list[DirectoryGroup]:
        if sid not in self._named:
            self._named[sid] = list(self._groups(_filter(sid)))
        return self._named[sid]

    def _groups(self, wanted: str) -> Iterator[DirectoryGroup]:
        for dn, entry in self._search(self.base, wanted, (*OWN, *OF_GROUPS)):
            kind = _texts(entry, "groupType")
            if not kind or int(kind[0]) & GIVES_RIGHTS:
                yield DirectoryGroup(dn, _identifiers(entry) - _unix_users(entry))

    def _search(
        self,
        base: str,
        wanted: str,
        attributes: Collection[str],
        *,
        scope: Literal["BASE", "SUBTREE"] = "SUBTREE",
    ) -> list[tuple[str, dict[str, list[bytes]]]]:
        from ldap3.core.exceptions import LDAPNoSuchObjectResult

        try:
            self.connection.search(base, wanted, search_scope=scope, attributes=list(attributes))
        except LDAPNoSuchObjectResult:
            return []
        entries: list[dict[str, Any]] = self.connection.response or []
        return [
            (str(entry["dn"]), dict(entry["raw_attributes"]))
            for entry in entries if entry["type"] == "searchResEntry"
        ]  # fmt: skip


def hold(session: Session, held: Mapping[str, Collection[str]]) -> None:
    """Let the records say that each of those people (their ids) holds those identifiers, and no others."""
    rows = session.execute(select(UserSid.user_id, UserSid.sid).where(UserSid.user_id.in_(held)))
    before: dict[str, set[str]] = {}
    for user, sid in rows:
        before.setdefault(user, set()).add(sid)
    new = [
        {"user_id": user, "sid": sid}
        for user, sids in held.items() for sid in sorted(set(sids) - before.get(user, set()))
    ]  # fmt: skip
    if new:
        session.execute(insert(UserSid), new)
    gone = [
        {"user": user, "gone": sid} for user, sids in before.items() for sid in sids.difference(held[user])
    ]
    if gone:
        rows_of = cast(Table, UserSid.__table__)
        condition = (rows_of.c.user_id == bindparam("user")) & (rows_of.c.sid == bindparam("gone"))
        session.execute(delete(rows_of).where(condition), gone)


def escaped(text: str) -> str:
    """Text as a filter of a search takes it (RFC 4515)."""
    return "".join(
        f"\\{byte:02x}" if byte in b"\\*()\0" or byte > 126 else chr(byte) for byte in text.encode()
    )


def _filter(sid: str) -> str:
    """Finds what has that identifier, however the directory writes it."""
    for beginning, attribute in ((UNIX_USER, "uidNumber"), (UNIX_GROUP, "gidNumber")):
        if sid.startswith(beginning):
            kind = "" if beginning == UNIX_USER else "(objectClass=posixGroup)"
            return f"(&({attribute}={escaped(sid.removeprefix(beginning))}){kind})"
    binary = "".join(f"\\{byte:02x}" for byte in sid_bytes(sid))
    return f"(|(objectSid={binary})(sIDHistory={binary})(sambaSID={escaped(sid)}))"


def _identifiers(entry: Mapping[str, list[bytes]]) -> frozenset[str]:
    sids = {sid for key in ("objectSid", "sIDHistory") for sid in map(_readable, entry.get(key, ())) if sid}
    sids |= set(_texts(entry, "sambaSID"))
    sids |= {f"{UNIX_USER}{number}" for number in _texts(entry, "uidNumber")}
    return frozenset(sids | {f"{UNIX_GROUP}{number}" for number in _texts(entry, "gidNumber")})


def _unix_users(entry: Mapping[str, list[bytes]]) -> frozenset[str]:
    return frozenset(f"{UNIX_USER}{number}" for number in _texts(entry, "uidNumber"))


def _readable(raw: bytes) -> str:
    try:
        return sid_text(raw)
    except ValueError:
        text = raw.decode("utf-8", "replace")  # a directory without Microsoft's schema may keep it as text
        return text if text.startswith("S-1-") else ""


def _primary_groups(entry: Mapping[str, list[bytes]], own: Collection[str]) -> set[str]:
    """The group that a person is in without being listed as its member."""
    sids = set(_texts(entry, "sambaPrimaryGroupSID"))
    sids |= {f"{UNIX_GROUP}{number}" for number in _texts(entry, "gidNumber")}
    domains = {domain_of(_readable(raw)) for raw in entry.get("objectSid", ())} - {""}
    return sids | {f"{domain}-{number}" for domain in domains for number in _texts(entry, "primaryGroupID")}


def _is_shut_out(entry: Mapping[str, list[bytes]]) -> bool:
    control = _texts(entry, "userAccountControl")
    flags = "".join(_texts(entry, "sambaAcctFlags"))
    return bool(control and int(control[0]) & SHUT_OUT) or "D" in flags


def _texts(entry: Mapping[str, list[bytes]], key: str) -> list[str]:
    return [value.decode("utf-8", "replace") for value in entry.get(key, ())]

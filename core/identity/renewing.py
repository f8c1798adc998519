"""Brings up to date from the directory who holds which identifiers of a file server, and whom each identifier
in the rights of files names. Rights of files count by it from the next request on."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from core.db import Sessions
from core.identity.directory import DirectorySettings, asked
from core.identity.principals import every_named
from core.identity.tokens import Tokens, hold
from core.models import AccountSource, Principal, PrincipalState, User

OF_THE_DIRECTORY = f"{AccountSource.LDAP}:"


def renew(sessions: Sessions, settings: DirectorySettings | None) -> None:
    """Ask the directory and write down what it says. Without one, nothing is asked: administrators map what
    files name. Raises DirectoryAway; then all stays as it was."""
    if settings is None:
        return
    with sessions.read() as session:
        people = {
            user: (external or "").removeprefix(OF_THE_DIRECTORY)
            for user, external in session.execute(
                select(User.id, User.external_id).where(User.source == AccountSource.LDAP)
            )
        }
        own = [
            (sid, str(user))
            for sid, user in session.execute(
                select(Principal.sid, Principal.user_id).where(
                    Principal.state == PrincipalState.MAPPED, Principal.user_id.is_not(None)
                )
            )
        ]
        named = every_named(session)
        named -= set(session.scalars(select(Principal.sid).where(Principal.state == PrincipalState.MAPPED)))
    with asked(settings) as connection:
        tokens = Tokens(connection, settings.base)
        held = {user: tokens.of(dn) for user, dn in people.items()}
        for sid, user in own:
            held[user] = held.get(user, frozenset()) | tokens.of_sid(sid)
        names = tokens.names(named)
    with sessions.write() as session:
        there = set(session.scalars(select(User.id).where(User.id.in_(held))))
        hold(session, {user: sids for user, sids in held.items() if user in there})
        _write(session, named, names)


def _write(session: Session, named: set[str], names: dict[str, str]) -> None:
    rows = dict(session.execute(select(Principal.sid, Principal.state)).all())
    now = {
        sid: PrincipalState.DIRECTORY if sid in names else PrincipalState.UNKNOWN
        for sid in sorted(named) if rows.get(sid) != PrincipalState.MAPPED
    }  # fmt: skip
    new = [{"sid": sid, "state": now[sid], "name": names.get(sid, "")} for sid in now if sid not in rows]
    if new:
        session.execute(insert(Principal), new)
    changed = [
        {"sid": sid, "state": state, "name": names.get(sid, "")}
        for sid, state in now.items() if sid in rows and rows[sid] != state
    ]  # fmt: skip
    if changed:
        session.execute(update(Principal), changed)

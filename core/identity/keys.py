"""Keys by which programs act for a person: with scopes, spaces, an end date and a rate, and shown once."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from contract.values import MOST_REQUESTS, Scope
from core.access import Access, access_of, narrowed, own
from core.audit import record
from core.errors import BadValue, NotFound, NotSignedIn
from core.identity.accounts import WRITTEN_EVERY, hash_of
from core.identity.people import plain_name
from core.models import ApiKey, User, now

PREFIX = "shoko_"  # so that a scanner for secrets in sources and logs finds keys
LONGEST_LIFE = timedelta(days=400)


@dataclass(frozen=True)
class Keyholder:
    """A program that came with a key: for whom it acts, and within what."""

    key_id: str
    user: User
    access: Access
    scopes: frozenset[Scope]
    requests_a_minute: int
    written_long_ago: bool  # the moment of its last use


def make_key(
    access: Access,
    session: Session,
    name: str,
    *,
    scopes: Collection[Scope],
    expires_at: datetime,
    spaces: Collection[str] | None = None,
    requests_a_minute: int = 60,
) -> tuple[ApiKey, str]:
    """A new key for the asker, and its secret, which is not kept. Raises BadValue or NotFound."""
    if not scopes:
        raise BadValue(name="scopes", problem="a key without a scope opens nothing", fix="Name one or more")
    if Scope.ADMIN in scopes and not access.is_admin:
        raise BadValue(name="scopes", problem="only an administrator's key has admin", fix="Leave it out")
    if not now() < expires_at <= now() + LONGEST_LIFE:
        fix = f"Choose a moment within {LONGEST_LIFE.days} days"
        raise BadValue(name="expires_at", problem="it is past or too far away", fix=fix)
    if not 1 <= requests_a_minute <= MOST_REQUESTS:
        fix = f"Choose 1 to {MOST_REQUESTS}"
        raise BadValue(name="requests_a_minute", problem="it is out of range", fix=fix)
    for space in spaces or ():
        if space not in access.readable:
            raise NotFound(what="space", name=space)
    name = plain_name(name)
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        user_id=access.user_id,
        name=name,
        secret_hash=hash_of(secret),
        scopes=sorted(str(scope) for scope in scopes),
        spaces=None if spaces is None else sorted(spaces),
        requests_a_minute=requests_a_minute,
        created_by=access.user_id,
        expires_at=expires_at,
    )
    session.add(key)
    session.flush()
    record(session, access.user_id, "key.made", key.id, name=name, scopes=key.scopes, spaces=key.spaces)
    return key, secret


def keys(access: Access, session: Session) -> list[tuple[ApiKey, str]]:
    """One's own keys, or for an administrator everyone's: each with its user's name, newest first."""
    query = select(ApiKey, User.name).join(User, User.id == ApiKey.user_id).order_by(ApiKey.created_at.desc())
    if not access.is_admin:
        query = query.where(own(access, ApiKey))
    return [(key, name) for key, name in session.execute(query)]


def revoke_key(access: Access, session: Session, key_id: str) -> None:
    """End a key of one's own, or as an administrator anyone's. Raises NotFound."""
    mine = true() if access.is_admin else own(access, ApiKey)
    key = session.scalar(select(ApiKey).where(ApiKey.id == key_id, mine))
    if key is None:
        raise NotFound(what="key", name=key_id)
    if key.revoked_at is None:
        key.revoked_at = now()
        record(session, access.user_id, "key.revoked", key.id)


def keyholder(session: Session, secret: str) -> Keyholder:
    """Who comes with that key. Raises NotSignedIn if it is unknown, ended or revoked."""
    row = session.execute(
        select(ApiKey, User)
        .join(User, User.id == ApiKey.user_id)
        .where(
            ApiKey.secret_hash == hash_of(secret),
            ApiKey.revoked_at.is_(None),
            ApiKey.expires_at > now(),
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise NotSignedIn
    key, user = row
    scopes = frozenset(Scope(scope) for scope in key.scopes)
    access = narrowed(
        access_of(session, user.id),
        spaces=key.spaces,
        writes=bool({Scope.WRITE, Scope.ADMIN} & scopes),
        administers=Scope.ADMIN in scopes,
    )
    stale = key.last_used_at is None or key.last_used_at < now() - WRITTEN_EVERY
    return Keyholder(key.id, user, access, scopes, key.requests_a_minute, stale)


def write_key_use(session: Session, key_id: str) -> None:
    """Write down that the key was used now."""
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now()))

"""Who a request comes from: the first administrator, one-time links, and signed-in browsers.

Secrets are random, given out once, and kept as SHA-256 alone: 256 random bits need no slow hash.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import LinkUsedUp, NotSignedIn
from core.models import SignIn, SignInLink, User, new_id, now

FIRST_ADMINISTRATOR = "administrator"
LINK_LIFE = timedelta(hours=24)
SIGN_IN_LIFE = timedelta(days=14)


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def first_administrator(session: Session) -> User:
    """The administrator that every library has; made where there is none yet."""
    found = session.scalar(select(User).where(User.is_admin).order_by(User.created_at, User.id))
    if found is None:
        found = User(id=new_id(), name=FIRST_ADMINISTRATOR, is_admin=True)
        session.add(found)
        session.flush()
    return found


def make_link(session: Session, user_id: str) -> str:
    """The secret of a new link that signs that user in, once, within a day."""
    secret = secrets.token_urlsafe(32)
    session.add(SignInLink(secret_hash=_hashed(secret), user_id=user_id, expires_at=now() + LINK_LIFE))
    return secret


def sign_in_by_link(session: Session, secret: str) -> str:
    """The token of a new sign-in for that link's user. Raises LinkUsedUp."""
    link = session.get(SignInLink, _hashed(secret))
    if link is None or link.used_at is not None or link.expires_at < now():
        raise LinkUsedUp
    link.used_at = now()
    return sign_in(session, link.user_id)


def sign_in(session: Session, user_id: str) -> str:
    """The token of a new sign-in for that user."""
    token = secrets.token_urlsafe(32)
    session.add(SignIn(token_hash=_hashed(token), user_id=user_id, expires_at=now() + SIGN_IN_LIFE))
    return token


def user_of(session: Session, token: str) -> User:
    """The user who holds that token. Raises NotSignedIn."""
    found = session.scalar(
        select(User)
        .join(SignIn, SignIn.user_id == User.id)
        .where(SignIn.token_hash == _hashed(token), SignIn.expires_at > now())
    )
    if found is None:
        raise NotSignedIn
    return found


def sign_out(session: Session, token: str) -> None:
    """End that sign-in; an unknown token is no error."""
    found = session.get(SignIn, _hashed(token))
    if found is not None:
        session.delete(found)

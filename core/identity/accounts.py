"""Who a request comes from: the first administrator, one-time links, passwords, and signed-in browsers.

Secrets of ours are random, given out once, and kept as SHA-256 alone: 256 random bits need no slow hash.
A password is somebody's choice and is kept by `core.identity.passwords`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session

from core.audit import record
from core.db import Sessions
from core.errors import LinkUsedUp, NotSignedIn, SignInRefused
from core.identity import passwords
from core.models import AccountSource, SignIn, SignInLink, User, new_id, now

FIRST_ADMINISTRATOR = "administrator"
LINK_LIFE = timedelta(hours=24)
HANDOFF_LIFE = timedelta(minutes=1)  # a link that leads a browser from the screens to its cookie
GRACE = timedelta(minutes=1)  # for which a renewed token stays valid: requests may be on their way
WRITTEN_EVERY = timedelta(minutes=1)  # the moment of last use


@dataclass(frozen=True)
class SignInRules:
    """How long a sign-in lasts, and what a password must be and may cost."""

    idle: timedelta = timedelta(hours=12)
    life: timedelta = timedelta(days=14)
    password_characters: int = 12
    most_failures: int = 10
    locked_for: timedelta = timedelta(minutes=15)


STANDARD = SignInRules()


def hash_of(secret: str) -> str:
    """What is kept of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def first_administrator(session: Session) -> User:
    """The administrator that every library has; made if there is none yet."""
    administrator = session.scalar(
        select(User).where(User.is_admin, User.disabled_at.is_(None)).order_by(User.created_at, User.id)
    )
    if administrator is None:
        taken = session.scalar(select(User.id).where(User.name == FIRST_ADMINISTRATOR))
        number = new_id()
        name = f"{FIRST_ADMINISTRATOR}-{number}" if taken else FIRST_ADMINISTRATOR
        administrator = User(id=number, name=name, is_admin=True)
        session.add(administrator)
        session.flush()
    return administrator


def make_link(session: Session, user_id: str, *, life: timedelta = LINK_LIFE) -> str:
    """The secret of a new link that signs that user in, once, within its life."""
    secret = secrets.token_urlsafe(32)
    session.add(SignInLink(secret_hash=hash_of(secret), user_id=user_id, expires_at=now() + life))
    return secret


def sign_in_by_link(session: Session, secret: str, rules: SignInRules = STANDARD) -> str:
    """The token of a new sign-in for that link's user. Raises LinkUsedUp."""
    # One statement takes the link, so that of two requests at once one learns that it is used up.
    taken = session.execute(
        update(SignInLink)
        .where(
            SignInLink.secret_hash == hash_of(secret),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now(),
        )
        .values(used_at=now())
        .returning(SignInLink.user_id)
    ).scalar()
    active = select(User.id).where(User.id == taken, User.disabled_at.is_(None))
    if taken is None or session.scalar(active) is None:
        raise LinkUsedUp
    return sign_in(session, taken, rules, way="link")


def sign_in(session: Session, user_id: str, rules: SignInRules = STANDARD, *, way: str = "program") -> str:
    """The token of a new sign-in for that user, who came by that `way`. What has ended is swept out."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(SignIn).where(SignIn.expires_at < now()))
    session.add(SignIn(token_hash=hash_of(token), user_id=user_id, expires_at=now() + rules.life))
    session.execute(update(User).where(User.id == user_id).values(last_sign_in_at=now()))
    record(session, user_id, "session.opened", user_id, way=way)
    return token


def password_sign_in(sessions: Sessions, name: str, password: str, rules: SignInRules = STANDARD) -> str:
    """The token of a new sign-in by name and password. Raises SignInRefused, and says no more than that:
    a name that does not exist, a wrong password and a locked account look alike and take as long."""
    with sessions.read() as session:
        user = session.scalar(
            select(User).where(
                User.name == name, User.source == AccountSource.LOCAL, User.disabled_at.is_(None)
            )
        )
    right = passwords.fits(password, user.password_hash if user is not None else None)
    with sessions.write() as session:
        account = session.get(User, user.id) if user is not None else None
        locked = account is not None and account.locked_until is not None and account.locked_until > now()
        if account is not None and right and not locked:
            account.failures, account.locked_until = 0, None
            if passwords.outdated(account.password_hash or ""):
                account.password_hash = passwords.hashed(password)
            return sign_in(session, account.id, rules, way="password")
        if account is not None and not locked:
            account.failures += 1
            if account.failures >= rules.most_failures:
                account.failures, account.locked_until = 0, now() + rules.locked_for
                record(session, account.id, "account.locked", account.id)
        # The name as it was typed stays out of the log: people type passwords into that field.
        record(
            session,
            account.id if account else "",
            "session.refused",
            account.id if account else "",
            way="password",
        )
    raise SignInRefused(minutes=int(rules.locked_for.total_seconds() // 60))


def set_password(session: Session, user: User, password: str, rules: SignInRules = STANDARD) -> None:
    """Give that user a new password; every sign-in of theirs ends. Raises PasswordTooWeak."""
    passwords.check_new(password, user.name, least=rules.password_characters)
    user.password_hash, user.password_set_at = passwords.hashed(password), now()
    user.failures, user.locked_until = 0, None
    end_every_sign_in(session, user.id)


def end_every_sign_in(session: Session, user_id: str) -> None:
    """Sign that user out everywhere, and make their unused links worthless."""
    session.execute(delete(SignIn).where(SignIn.user_id == user_id))
    session.execute(
        update(SignInLink)
        .where(SignInLink.user_id == user_id, SignInLink.used_at.is_(None))
        .values(used_at=now())
    )


# Built once: it runs at every request, and building it takes as long as running it.
_HELD = (
    select(User, SignIn)
    .join(SignIn, SignIn.user_id == User.id)
    .where(
        or_(
            SignIn.token_hash == bindparam("kept"),
            (SignIn.previous_hash == bindparam("kept")) & (SignIn.renewed_at > bindparam("renewed_after")),
        ),
        SignIn.expires_at > bindparam("moment"),
        SignIn.last_used_at > bindparam("used_after"),
        User.disabled_at.is_(None),
    )
)


def user_of(session: Session, token: str, rules: SignInRules = STANDARD) -> User:
    """The user who holds that token. Raises NotSignedIn, also if it was idle for too long."""
    return held(session, token, rules)[0]


def held(session: Session, token: str, rules: SignInRules = STANDARD) -> tuple[User, SignIn]:
    """That user, and the sign-in. Raises NotSignedIn."""
    moment, kept = now(), hash_of(token)
    given = {
        "kept": kept,
        "renewed_after": moment - GRACE,
        "moment": moment,
        "used_after": moment - rules.idle,
    }
    row = session.execute(_HELD, given).one_or_none()
    if row is None:
        raise NotSignedIn
    return row[0], row[1]


def needs_writing(held: SignIn) -> bool:
    """Whether that sign-in's last use is so long ago that it should be written down."""
    return held.last_used_at < now() - WRITTEN_EVERY


def write_use(session: Session, token: str) -> None:
    """Write down that the sign-in was used now."""
    session.execute(update(SignIn).where(SignIn.token_hash == hash_of(token)).values(last_used_at=now()))


def renew(session: Session, token: str, rules: SignInRules = STANDARD) -> str:
    """A new token for that sign-in; the old one is good for a minute more. Raises NotSignedIn."""
    _, current = held(session, token, rules)
    fresh = secrets.token_urlsafe(32)
    session.execute(
        update(SignIn)
        .where(SignIn.token_hash == current.token_hash)
        .values(
            token_hash=hash_of(fresh), previous_hash=current.token_hash, renewed_at=now(), last_used_at=now()
        )
    )
    return fresh


def sign_out(session: Session, token: str) -> None:
    """End that sign-in; an unknown token is no error."""
    row = session.get(SignIn, hash_of(token))
    if row is not None:
        record(session, row.user_id, "session.closed", row.user_id)
        session.delete(row)


def administrators(session: Session) -> int:
    """How many administrators can sign in."""
    query = select(func.count(User.id)).where(User.is_admin, User.disabled_at.is_(None))
    return session.scalar(query) or 0

"""People, groups, and how they sign in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, new_id, now


class AccountSource(StrEnum):
    """Who vouches for a person."""

    LOCAL = "local"  # Shoko itself: a one-time link, or a password kept here
    OIDC = "oidc"  # the company's single sign-on
    LDAP = "ldap"  # the company's directory (LDAP, Active Directory)


class User(Base):
    """A person who may sign in."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    source: Mapped[str] = mapped_column(String(16), default=AccountSource.LOCAL)
    # Who the person is at the source: the subject of single sign-on, the name in the directory.
    external_id: Mapped[str | None] = mapped_column(String(400), unique=True, index=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))  # Argon2id
    password_set_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)  # wrong passwords since the last right one
    locked_until: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]


class Group(Base):
    """A department or team. Where `external_name` is set, its members come from the company's directory."""

    __tablename__ = "groups"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    external_name: Mapped[str | None] = mapped_column(String(400), index=True)


class Membership(Base):
    """A user belongs to a group."""

    __tablename__ = "memberships"
    group_id: Mapped[str] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class SignInLink(Base):
    """A link that signs its user in once. Only the hash of its secret is kept."""

    __tablename__ = "sign_in_links"
    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignIn(Base):
    """A signed-in browser or program. Only the hash of its token is kept."""

    __tablename__ = "sign_ins"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime] = mapped_column(default=now)
    # The token before the last renewal: good for some seconds more, for requests that were on their way.
    previous_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    renewed_at: Mapped[datetime | None]


class ApiKey(Base):
    """A key by which a program acts for its user, within scopes, spaces, an end date and a rate. Only the
    hash of its secret is kept."""

    __tablename__ = "api_keys"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    spaces: Mapped[list[Any] | None]  # ids; None: every space of its user
    requests_a_minute: Mapped[int]
    created_by: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

"""The log of who did what, legal holds, retention, erasures, and facts about the library."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, new_id, now


class AuditEntry(Base):
    """Who did what. Each entry carries the hash of the one before it."""

    __tablename__ = "audit"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    user_id: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditCheckpoint(Base):
    """The end of the audit log at a moment, signed: whoever rewrites the log cannot sign it again."""

    __tablename__ = "audit_checkpoints"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # the last entry it covers
    at: Mapped[datetime] = mapped_column(default=now)
    hash: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(64))  # the public key, Ed25519, hexadecimal
    signature: Mapped[str] = mapped_column(String(128))


class LegalHold(Base):
    """A space, a document or a person whose data may not be erased until the hold is lifted."""

    __tablename__ = "legal_holds"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16))  # space, document or user
    subject_id: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    placed_by: Mapped[str] = mapped_column(String(16))
    placed_at: Mapped[datetime] = mapped_column(default=now)
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(16))


class RetentionRule(Base):
    """How many days something is kept. `space_id` is set for documents, and empty for what has no space."""

    __tablename__ = "retention_rules"
    __table_args__ = (UniqueConstraint("kind", "space_id"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16))  # questions, superseded, expired or audit
    space_id: Mapped[str] = mapped_column(String(16), default="")
    days: Mapped[int]


class Erasure(Base):
    """A certificate of erasure: what was removed from where, and what a search for it found afterwards."""

    __tablename__ = "erasures"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))  # document, user or retention
    subject_id: Mapped[str] = mapped_column(String(16), index=True)
    certificate: Mapped[dict[str, Any]]


class Fact(Base):
    """A small named value about this library: its index's version, the embedder its vectors come from."""

    __tablename__ = "facts"
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[str]

"""How people are told what is new in their spaces: feeds with a secret address, and digests by mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import WITHIN, Base, new_id, now


class Feed(Base):
    """An address by which a feed reader sees what is new for its user. Only its secret's hash is kept."""

    __tablename__ = "feeds"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    spaces: Mapped[list[Any] | None] = mapped_column(WITHIN)  # ids; None: all that the user reads
    language: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]


class Digest(Base):
    """What is new for a person, by mail. Nothing is sent before the person entered the code that was mailed
    to the address."""

    __tablename__ = "digests"
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    every_days: Mapped[int]
    language: Mapped[str] = mapped_column(String(8))
    code_hash: Mapped[str] = mapped_column(String(64), default="")  # empty: the address is confirmed
    code_tries: Mapped[int] = mapped_column(default=0)
    code_until: Mapped[datetime | None]
    told_until: Mapped[datetime] = mapped_column(default=now)  # what was published by then was told
    problem: Mapped[str] = mapped_column(String(400), default="")  # why the last one could not be sent

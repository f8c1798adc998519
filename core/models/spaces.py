"""Spaces, and what a person may do in each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, new_id, now


class Space(Base):
    """A department's or project's shelf: the unit of permission."""

    __tablename__ = "spaces"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Grant(Base):
    """A user or a group has a role in a space. Exactly one of user_id and group_id is set."""

    __tablename__ = "grants"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[str | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    may_download: Mapped[bool] = mapped_column(default=True)  # the original, besides reading

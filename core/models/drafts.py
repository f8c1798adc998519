"""Templates, and the drafts made from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import WITHIN, Base, new_id, now


class Template(Base):
    """A company's Word template in a space, with its sidecar, and its own rules if it brings them."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("space_id", "name"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    outline: Mapped[dict[str, Any]]  # its fields and sections; see `drafts/outline.py`
    sidecar: Mapped[str] = mapped_column(default="")  # YAML
    rules: Mapped[str] = mapped_column(default="")  # a pack in YAML
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_by: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Draft(Base):
    """A document that was drafted for a person, with what it says and where from. Its owner's alone."""

    __tablename__ = "drafts"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    template: Mapped[str] = mapped_column(String(200))  # the name that it had then
    spaces: Mapped[list[Any] | None] = mapped_column(WITHIN)
    name: Mapped[str] = mapped_column(String(300))  # of the file
    outcome: Mapped[dict[str, Any]] = mapped_column(deferred=True)  # as the API returns it
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class DraftSource(Base):
    """A draft quotes a document; it goes when that is erased, and is withheld from those who may not read
    it."""

    __tablename__ = "draft_sources"
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True, index=True
    )

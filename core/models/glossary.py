"""The words of the company."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, new_id, now


class GlossaryEntry(Base):
    """Words for one thing in a space. `term` is the one that names it, `words` are all, each with its
    language and use (`language.terms.WordForm`), `but_not` longer texts that hold one of them and mean
    something else."""

    __tablename__ = "glossary_entries"
    __table_args__ = (UniqueConstraint("space_id", "term"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    term: Mapped[str] = mapped_column(String(200))
    words: Mapped[list[Any]]
    but_not: Mapped[list[Any]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(String(1000), default="")
    changed_by: Mapped[str] = mapped_column(String(16))
    changed_at: Mapped[datetime] = mapped_column(default=now)

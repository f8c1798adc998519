"""Copies of one document: where they are looked for, and what a person decided about them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, now


class SignatureBand(Base):
    """A part of a version's signature: texts that share one are compared (`ingest/copies/bands.py`)."""

    __tablename__ = "signature_bands"
    band: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version_id: Mapped[str] = mapped_column(
        ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class CopyDecision(Base):
    """What a manager decided about a document and its copies; those of one `decision_id` belong together.
    `valid_id` is the copy that holds (of that one its own id); None: each of them holds by itself."""

    __tablename__ = "copy_decisions"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    decision_id: Mapped[str] = mapped_column(String(16), index=True)
    valid_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    decided_by: Mapped[str] = mapped_column(String(16))
    decided_at: Mapped[datetime] = mapped_column(default=now)

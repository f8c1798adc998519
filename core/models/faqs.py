"""Approved answers and where they come from."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, new_id, now


class FaqState(StrEnum):
    """Where an answer for many is on its way. The event that leads to each stands beside it."""

    DRAFT = "draft"  # written or imported; shown to nobody
    APPROVED = "approved"  # a manager stands for it; it answers
    REVIEW = "review"  # a source changed, was erased or is no longer in force, or its date has passed
    WITHDRAWN = "withdrawn"  # a person took it back


class Faq(Base):
    """An approved answer to a question that is asked again and again, bound to the passages it came from."""

    __tablename__ = "faqs"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    question: Mapped[str]
    wordings: Mapped[list[Any]] = mapped_column(default=list)  # other ways to ask it
    answer: Mapped[str]
    language: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16), default=FaqState.DRAFT, index=True)
    reason: Mapped[str] = mapped_column(String(64), default="")  # why it is in review
    owner_id: Mapped[str] = mapped_column(String(16))
    valid_until: Mapped[date | None]
    served: Mapped[int] = mapped_column(default=0)  # how often it answered
    approved_by: Mapped[str | None] = mapped_column(String(16))  # who stands for it; none while it is changed
    approved_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class FaqSource(Base):
    """A quote that an approved answer rests on: word for word at [start, end) of that page's text."""

    __tablename__ = "faq_sources"
    faq_id: Mapped[str] = mapped_column(ForeignKey("faqs.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[str] = mapped_column(String(16))
    passage_id: Mapped[str] = mapped_column(String(24))
    page: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str]

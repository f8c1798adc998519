"""Where documents seem to hold personal data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, new_id, now


class PersonalDataWatch(Base):
    """A space whose documents are looked through for personal data; without a row they are not."""

    __tablename__ = "personal_data_watches"
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True)
    set_by: Mapped[str] = mapped_column(String(16))
    set_at: Mapped[datetime] = mapped_column(default=now)


class PersonalDataFound(Base):
    """[start, end) of a page's text that looks like personal data. The words themselves are not kept here."""

    __tablename__ = "personal_data_found"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), index=True)
    page: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    start: Mapped[int]
    end: Mapped[int]

"""Rights of a file server that documents of watched folders took over, and whom its identifiers name."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class FileRights(Base):
    """Who may read a file by its file system, as `core.rights.gates` packs it; many documents share one."""

    __tablename__ = "file_rights"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # of `gates`
    gates: Mapped[str]


class UserSid(Base):
    """An identifier that a person holds by the company's directory: their own, or of a group of theirs."""

    __tablename__ = "user_sids"
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    sid: Mapped[str] = mapped_column(String(200), primary_key=True)


class PrincipalState(StrEnum):
    """Who says whom an identifier names. The event that leads to each stands beside it."""

    UNKNOWN = "unknown"  # nobody: a file's rights name it, and the directory knows nothing of it
    DIRECTORY = "directory"  # the directory knows it: it says at each round who holds it
    MAPPED = "mapped"  # an administrator said so


class Principal(Base):
    """A person or a group as the file server knows them. Of those that an administrator mapped: to a user, a
    group, everybody whom the file server knows, or, if none is set, nobody."""

    __tablename__ = "principals"
    sid: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str] = mapped_column(String(400), default="")
    state: Mapped[str] = mapped_column(String(16), default=PrincipalState.UNKNOWN)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[str | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    everyone: Mapped[bool] = mapped_column(default=False)

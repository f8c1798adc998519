"""Checks that are kept, the packs of a space, and the findings it lets pass."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import WITHIN, Base, new_id, now


class Check(Base):
    """A document that one person had checked, kept for a short time. Its content and report lie in a folder
    of their own (`core.files.Files.check`), and go with it."""

    __tablename__ = "checks"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(500))
    format: Mapped[str] = mapped_column(String(16))
    # Set if it is a document of the library, or a mended copy of one; else the file was sent.
    document_id: Mapped[str | None] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True
    )
    spaces: Mapped[list[Any] | None] = mapped_column(WITHIN)
    own_file: Mapped[bool]  # its content lies in its folder; else it is that of the document's version
    sha256: Mapped[str] = mapped_column(String(64))
    # The rules, in order: {"name"} of a pack that ships, or with "file" of one that lies in its folder.
    packs: Mapped[list[Any]]
    waivers: Mapped[list[Any]] = mapped_column(default=list)  # as `checks.packs.waivers.Waiver` is written
    baseline: Mapped[list[Any]] = mapped_column(default=list)  # fingerprints that were there before
    # What its person did with findings: {"fingerprint", "rule", "how"}, as `checks.service.settling` has it.
    settled: Mapped[list[Any]] = mapped_column(default=list)
    levels: Mapped[dict[str, Any]]  # how many findings of each level
    fixes: Mapped[int] = mapped_column(default=0)  # made in this copy of what was sent
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SpacePack(Base):
    """Rules that a space's documents are held to: a pack that ships, or the company's own in `text`."""

    __tablename__ = "space_packs"
    __table_args__ = (UniqueConstraint("space_id", "name"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    title: Mapped[dict[str, Any]] = mapped_column(default=dict)  # by language
    rules: Mapped[int]
    suffix: Mapped[str] = mapped_column(String(8), default="")  # of the own pack's file; empty: it ships
    text: Mapped[str] = mapped_column(default="", deferred=True)
    added_by: Mapped[str] = mapped_column(String(16))
    added_at: Mapped[datetime] = mapped_column(default=now)


class VersionCheck(Base):
    """What a version was found to breach of its space's packs. Messages are kept in every language."""

    __tablename__ = "version_checks"
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    packs: Mapped[list[Any]]  # their names
    # Without what is waived or was there before: how many by level, and by rule.
    levels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    waived: Mapped[int] = mapped_column(default=0)
    states: Mapped[dict[str, Any]] = mapped_column(default=dict)  # rule: [kind, level, what became of it]
    report: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # `checks.service.space_reports`
    error_code: Mapped[str | None] = mapped_column(String(64))  # why it could not be checked
    error_values: Mapped[dict[str, Any] | None]
    checked_at: Mapped[datetime] = mapped_column(default=now)


class KnownFindings(Base):
    """A document's baseline: findings that were there when its space began to count new ones alone."""

    __tablename__ = "known_findings"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    fingerprints: Mapped[list[Any]]
    set_at: Mapped[datetime] = mapped_column(default=now)


class SpaceWaiver(Base):
    """Findings in a space's documents that a manager lets pass for a time; see `checks.packs.waivers`."""

    __tablename__ = "space_waivers"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(16), default="")
    rule: Mapped[str] = mapped_column(String(200), default="")
    document: Mapped[str] = mapped_column(String(500), default="*")
    reason: Mapped[str] = mapped_column(String(500))
    by: Mapped[str] = mapped_column(String(200))
    until: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(default=now)

"""Documents, their versions, pages and passages."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, new_id, now


class VersionState(StrEnum):
    """Where a version is on its way. The event that leads to each stands beside it."""

    STORED = "stored"  # the upload is complete and its hash is known
    READ = "read"  # every page's text is in the records
    SEARCHABLE = "searchable"  # its passages are published for search by words
    EMBEDDED = "embedded"  # its passages have vectors too
    FAILED = "failed"  # reading failed for good; error_code says why


class Document(Base):
    """A document of the company; what it says stands in its versions."""

    __tablename__ = "documents"
    # Not unique: a restricted document's name may be given again by those who do not see it.
    __table_args__ = (Index("documents_by_name", "space_id", "name"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    space_id: Mapped[str] = mapped_column(ForeignKey("spaces.id"), index=True)
    name: Mapped[str] = mapped_column(String(500))
    title: Mapped[str] = mapped_column(String(500), default="")
    # The version that answers questions today. Setting it is the moment of publishing;
    # `ingest/lifecycle/effective_dates.py` updates it when a date is changed or a day begins.
    current_version_id: Mapped[str | None] = mapped_column(String(16), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    # Of those who read the space, only its managers and those on the document's reader list read it.
    restricted: Mapped[bool] = mapped_column(default=False)
    # What its file's own rights are, if its watched folder takes them over: they narrow all the rest.
    file_rights_id: Mapped[str | None] = mapped_column(String(32), index=True)


class DocumentReader(Base):
    """A user or a group on a restricted document's reader list. Exactly one of the two is set."""

    __tablename__ = "document_readers"
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[str | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)


class Version(Base):
    """One state of a document's content."""

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("document_id", "number"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(16), default=VersionState.STORED)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_values: Mapped[dict[str, Any] | None]
    pages: Mapped[int] = mapped_column(default=0)
    passages: Mapped[int] = mapped_column(default=0)
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    in_force_from: Mapped[date | None]
    in_force_until: Mapped[date | None]  # the last day
    # Where those two come from: {"from"|"until": {"source", "quote", "page"}}; see `ingest/dates.py`.
    in_force_sources: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # From which day it counts: in_force_from, or the day of publishing; date.min for a first one without.
    starts_on: Mapped[date | None]
    signature: Mapped[bytes | None] = mapped_column(
        LargeBinary, deferred=True
    )  # `ingest/versions/near_duplicates.py`
    created_by: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None]


class Page(Base):
    """A page's text with a box for each character. See `ingest/pages.py` for the boxes' form."""

    __tablename__ = "pages"
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(50), default="")
    width: Mapped[float]
    height: Mapped[float]
    text: Mapped[str]
    boxes: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    blocks: Mapped[list[Any]] = mapped_column(deferred=True)
    source: Mapped[str] = mapped_column(String(16), default="layer")
    # What the format calls its pages (see `ingest.pages.PageKind`), and this one's name: a sheet's, say.
    kind: Mapped[str] = mapped_column(String(16), default="page", server_default="page")
    name: Mapped[str] = mapped_column(String(300), default="", server_default="")
    quality: Mapped[float] = mapped_column(default=1.0, server_default="1")
    # How much of it is invisible, by reason (see `ingest/readers/pdf/hidden.py`).
    hidden: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class VersionStructure(Base):
    """The tree of a version's headings, articles, items and tables; see `language.structure`."""

    __tablename__ = "structures"
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    # Of the program that made it: another one makes it again (see `ingest/recovery.py`).
    edition: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(String(64))  # of `nodes`: what was read before is known by it
    nodes: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class Passage(Base):
    """A stretch of a version's text that search finds.

    `pieces` lists [page, start, end] of the page texts it is made of; `text` is those pieces joined by a
    line end; `heading` is the path of headings above it.
    """

    __tablename__ = "passages"
    __table_args__ = (UniqueConstraint("version_id", "ordinal"),)
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"))
    document_id: Mapped[str] = mapped_column(String(16), index=True)
    ordinal: Mapped[int]
    first_page: Mapped[int]
    last_page: Mapped[int]
    pieces: Mapped[list[Any]]
    heading: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str]
    place: Mapped[dict[str, Any] | None]  # where it begins in the original, as `ingest.places` packs it

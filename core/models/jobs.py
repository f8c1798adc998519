"""Work to be done, and the processes that share the records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from contract.values import JobState
from core.models.base import Base, new_id, now


class Job(Base):
    """A piece of work that outlives the request that asked for it."""

    __tablename__ = "jobs"
    __table_args__ = (Index("jobs_to_do", "state", "created_at"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(16), index=True)
    space_id: Mapped[str] = mapped_column(String(16), index=True)
    state: Mapped[str] = mapped_column(String(16), default=JobState.WAITING)
    # Somebody waits for it: it goes before what a watched folder put on the list.
    ahead: Mapped[bool] = mapped_column(default=False, server_default=false())
    # How far it is, where another process does what comes next; empty: nothing of it is done.
    stage: Mapped[str] = mapped_column(String(16), default="", server_default="")
    worker_id: Mapped[str | None] = mapped_column(String(16))  # the process that has it in hand
    only: Mapped[str | None] = mapped_column(String(16))  # the one process that can do it
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Process(Base):
    """A back-end or a worker that shares these records with others, as long as its heart beats."""

    __tablename__ = "processes"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))  # back-end or worker
    host: Mapped[str] = mapped_column(String(200))
    kinds: Mapped[str] = mapped_column(String(200), default="")  # of jobs that it takes, by comma
    shares: Mapped[dict[str, Any]]  # what all have to agree on: the index's place, the log's key, …
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime] = mapped_column(index=True)


class RequestBucket(Base):
    """How far an asker's requests are ahead of what is allowed: counted over all back-ends."""

    __tablename__ = "request_buckets"
    asker: Mapped[str] = mapped_column(String(64), primary_key=True)  # a hash
    full_at: Mapped[float]  # seconds of the database's clock


class BegunSignIn(Base):
    """A single sign-on that a browser was sent away for; any back-end may take the answer."""

    __tablename__ = "begun_sign_ins"
    state: Mapped[str] = mapped_column(String(64), primary_key=True)  # a hash
    nonce: Mapped[str] = mapped_column(String(100))
    verifier: Mapped[str] = mapped_column(String(100))
    until: Mapped[datetime] = mapped_column(index=True)

"""The order in which a worker takes the work on documents: what is due today, files to be read, versions to
be split again, vectors. What the steps are, the pipeline knows."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from contract.values import JobState
from core import jobs
from core.db import Sessions
from core.errors import EmbedderMissing
from core.files import Files
from core.jobs import Chore, Handler, Taker, Worker
from core.jobs.share import READ, Share
from core.models import Job, Version
from core.observing.metrics import VERSIONS
from ingest.lifecycle.forgetting import Forgetting
from ingest.passwords import Passwords
from ingest.recovery import embedder_differs, give_up
from ingest.uploads import EMBED, INGEST
from retrieval.index.index import SearchIndex

log = logging.getLogger("shoko.ingest")

GATHER_PASSAGES = 400  # small documents are published together: one index commit costs as much as many
GATHER_SECONDS = 1.0


class Way(Protocol):
    """The way of a version, as `ingest.pipeline` goes it."""

    sessions: Sessions
    files: Files
    index: SearchIndex
    passwords: Passwords
    stopping: threading.Event
    no_embedder: threading.Event
    taker: Taker
    share: Share

    def read(self, version_id: str, job_id: str = "") -> None:
        """Store its pages."""

    def split(self, version_id: str) -> int:
        """Store its passages."""

    def publish(self, version_ids: Sequence[str]) -> None:
        """Make them searchable by words."""

    def embed(self, version_id: str, job_id: str = "", *, give_way: bool = False) -> bool:
        """Make its vectors."""

    def turn_the_day(self) -> bool:
        """Do what is due on a new day."""

    def renew(self) -> bool:
        """Split one version of an older program again."""


def worker_of(way: Way) -> Worker:
    """The worker on documents, for the share of the work that the process does."""
    handlers: list[Handler] = [Chore(Forgetting(way.sessions, way.files).step)]
    if way.share.indexes:
        handlers.append(Chore(way.turn_the_day))
    handlers.append(Reading(way))
    if way.share.indexes and way.share.embeds:
        handlers.append(Chore(way.renew))
    if way.share.embeds:
        handlers.append(Embedding(way))
    return Worker(way.sessions, handlers, way.stopping, way.taker)


@dataclass(frozen=True)
class Reading:
    """Files to be read, several together where they are small."""

    way: Way
    kind: str = INGEST

    def take(self, worker: Worker) -> bool:
        """Read what waits and publish it, or leave that to who writes the index."""
        tried, gathered = self._read_waiting(worker)
        if gathered and self.way.share.indexes:
            self._finish(worker, gathered)
        return tried > 0

    def _read_waiting(self, worker: Worker) -> tuple[int, list[Job]]:
        """Read and split waiting files until there are enough passages to publish together: how many were
        tried, and those that went through."""
        gathered: list[Job] = []
        tried = 0
        passages, deadline = 0, time.monotonic() + GATHER_SECONDS
        while passages < GATHER_PASSAGES and time.monotonic() < deadline:
            job = self._claim(worker, alone=not gathered)
            if job is None:
                break
            tried += 1
            before = passages

            def step(job: Job = job) -> bool:
                nonlocal passages
                passages += self._read(job)
                return True

            if worker.attempt(job, step, finishes=False, failed=self._failed):
                gathered.append(job)
                if not self.way.share.indexes:
                    with worker.sessions.write() as session:
                        jobs.pass_on(session, job.id, READ, worker=job.worker_id)
            elif passages == before and self.way.stopping.is_set():
                break
            if jobs.is_suspect(job):
                break
        return tried, gathered

    def _claim(self, worker: Worker, *, alone: bool) -> Job | None:
        """The next file; one that came to nothing before waits until nothing else is in hand."""
        with worker.sessions.write() as session:
            job = jobs.claim(session, INGEST, worker.taker, self.way.share.stages)
            if job is not None and jobs.is_suspect(job) and not alone:
                jobs.give_back_one(session, job.id, failed=False)  # next time, alone
                return None
        return job

    def _read(self, job: Job) -> int:
        """Read and split a file, unless another process did; returns how many passages it has."""
        if job.stage == READ:
            with self.way.sessions.read() as session:
                stored = session.get(Version, job.subject_id)
                return stored.passages or 0 if stored is not None else 0
        self.way.read(job.subject_id, job.id)
        return self.way.split(job.subject_id)

    def _finish(self, worker: Worker, gathered: Sequence[Job]) -> None:
        """Publish together what was read and is still wanted."""
        ids = [job.id for job in gathered]
        with worker.sessions.read() as session:
            running = select(Job.id).where(Job.id.in_(ids), Job.state == JobState.RUNNING)
            if worker.taker.id:  # else it may be another's by now
                running = running.where(Job.worker_id == worker.taker.id)
            wanted = set(session.scalars(running))
        kept = [job for job in gathered if job.id in wanted]
        try:
            self.way.publish([job.subject_id for job in kept])
        except Exception:  # one of them must not hold the others up
            log.exception("%d versions could not be published together; each is tried alone", len(kept))
            for job in kept:
                alone = functools.partial(self._publish_alone, job)
                worker.attempt(job, alone, failed=self._failed)
            return
        with worker.sessions.write() as session:
            for job in kept:
                jobs.finish(session, job.id, JobState.DONE, worker=job.worker_id)

    def _publish_alone(self, job: Job) -> bool:
        self.way.publish([job.subject_id])
        return True

    def _failed(self, session: Session, job: Job, code: str, values: Mapping[str, str]) -> None:
        give_up(session, job.subject_id, code, dict(values))
        VERSIONS.labels("failed").inc()
        self.way.passwords.forget(job.subject_id)


@dataclass(frozen=True)
class Embedding:
    """Vectors of published versions, while no file waits to be read."""

    way: Way
    kind: str = EMBED

    def take(self, worker: Worker) -> bool:
        """Make the vectors of the version that comes next."""
        if self.way.index.embedder is None:
            return self.way.no_embedder.is_set() and self._tell_that_no_embedder_is_there(worker)
        if worker.taker.id and embedder_differs(self.way.sessions, self.way.index.embedder.name):
            return False  # vectors of another embedder than the back-ends' are not found
        job = worker.claim(EMBED)
        if job is None:
            return False
        worker.attempt(job, lambda: self.way.embed(job.subject_id, job.id, give_way=True))
        return True

    def _tell_that_no_embedder_is_there(self, worker: Worker) -> bool:
        """End a job that would never begin; whether there was one. A start with an embedder enqueues it
        again. Where several processes share the records, another may have one."""
        if worker.taker.id:
            return False
        error = EmbedderMissing()
        with worker.sessions.write() as session:
            job = jobs.claim(session, EMBED, worker.taker)
            if job is None:
                return False
            jobs.finish(session, job.id, JobState.CANCELLED, code=error.code, message=str(error))
        return True

"""Carries out jobs, kind by kind, and writes down how each ended. What a job is about, its handler knows."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from contract.values import JobState
from core.db import Sessions
from core.errors import IndexAway, OriginalsAway, ShokoError
from core.jobs import queue
from core.jobs.queue import IDLE_SECONDS, MOST_ATTEMPTS, Taker
from core.models import Job
from core.observing.traces import span

log = logging.getLogger("shoko.jobs")
AWAY_SECONDS = 5.0  # of rest where the index's server, or the originals' store, is away
Failed = Callable[[Session, Job, str, Mapping[str, str]], None]


class Stopped(Exception):  # no error: a person or the end of the process asked for it
    """The work was asked to stop; its job goes on later, or is cancelled."""


class Handler(Protocol):
    """What a worker does of one kind: with jobs of that kind, or with what is due without any."""

    @property
    def kind(self) -> str:
        """The kind of its jobs; empty where it has none."""

    def take(self, worker: Worker) -> bool:
        """Carry out what waits first. Whether there was anything."""


@dataclass
class Worker:
    """Goes through its handlers in their order until one had something to do, and begins again."""

    sessions: Sessions
    handlers: Sequence[Handler]
    stopping: threading.Event = field(default_factory=threading.Event)
    taker: Taker = field(default_factory=Taker)
    # Whose end the records did not take, because they were away: given back when they are there again.
    unwritten: list[Job] = field(default_factory=list)

    def work(self) -> None:
        """Carry out what waits until `stopping` is set. No fault ends that."""
        while not self.stopping.is_set():
            try:
                if not self.once():
                    self.stopping.wait(IDLE_SECONDS)
            except Exception:  # a worker must outlive any fault; it is in the log
                log.exception("a worker stumbled; it goes on")
                self.stopping.wait(IDLE_SECONDS)

    def once(self) -> bool:
        """Carry out what waits first. Whether there was anything."""
        while self.unwritten:
            with self.sessions.write() as session:
                job = self.unwritten[-1]
                queue.give_back_one(session, job.id, failed=False, worker=job.worker_id)
            self.unwritten.pop()
        return any(handler.take(self) for handler in self.handlers)

    def claim(self, kind: str, stages: Collection[str] | None = None) -> Job | None:
        """The job of that kind that comes next, now this worker's; None where nothing waits."""
        with self.sessions.write() as session:
            return queue.claim(session, kind, self.taker, stages)

    def attempt(
        self,
        job: Job,
        step: Callable[[], bool],
        *,
        finishes: bool = True,
        failed: Failed = lambda session, job, code, values: None,
    ) -> bool:
        """Carry out a job's step; write down how it ended. Whether it went through.

        A step that says False, or raises Stopped, gave way: its job waits again; so it does where the index's
        server or the store of the originals is away, after a rest. Any other ShokoError ends the job with its
        sentence, any other fault after some attempts; `failed` adds what follows from that.
        """
        with span("job", kind=job.kind) as took:
            try:
                through = self._attempt(job, step, finishes, failed)
            except Exception:
                self.unwritten.append(job)
                raise
            took.put(through=through)
        return through

    def _attempt(self, job: Job, step: Callable[[], bool], finishes: bool, failed: Failed) -> bool:
        try:
            through = step()
        except Stopped:
            through = False
        except (IndexAway, OriginalsAway) as error:
            log.warning("job %s waits: %s", job.id, error.code)
            through = False
            self.stopping.wait(AWAY_SECONDS)
        except ShokoError as error:
            self._fail(job, error.code, str(error), error.values, failed)
            return False
        except Exception as error:  # a fault of ours: tried again, then told
            log.exception("job %s failed at attempt %d", job.id, job.attempts)
            if job.attempts >= MOST_ATTEMPTS:
                self._fail(job, "error", f"{type(error).__name__}: {error}", {}, failed)
                return False
            with self.sessions.write() as session:
                queue.give_back_one(session, job.id, failed=True, worker=job.worker_id)
            return False
        with self.sessions.write() as session:
            if not through:
                queue.give_back_one(session, job.id, failed=False, worker=job.worker_id)
            elif finishes:
                queue.finish(session, job.id, JobState.DONE, worker=job.worker_id)
        return through

    def _fail(self, job: Job, code: str, message: str, values: Mapping[str, str], failed: Failed) -> None:
        log.warning("job %s failed: %s", job.id, code)  # the message names the file
        end = partial(queue.finish, code=code, message=message, worker=job.worker_id)
        try:
            with self.sessions.write() as session:
                if end(session, job.id, JobState.FAILED):
                    # else a person cancelled it, or another worker has it: what follows is theirs
                    failed(session, job, code, values)
        except (OSError, InterfaceError, OperationalError):
            raise  # the records are away: the job is given back when they are there again
        except Exception:  # given back it would only fail so again, and never end
            log.exception("what follows from the failure of job %s could not be written down", job.id)
            with self.sessions.write() as session:
                end(session, job.id, JobState.FAILED)


@dataclass(frozen=True)
class OneByOne:
    """Handles jobs of a kind each by itself. `step` says whether the job is done, or gave way."""

    kind: str
    step: Callable[[Job], bool]
    ready: Callable[[], bool] = lambda: True

    def take(self, worker: Worker) -> bool:
        """Carry out the job that comes next."""
        job = worker.claim(self.kind) if self.ready() else None
        if job is None:
            return False
        worker.attempt(job, lambda: self.step(job))
        return True


@dataclass(frozen=True)
class Chore:
    """What is due without a job. `step` says whether there was anything."""

    step: Callable[[], bool]
    kind: str = ""

    def take(self, _worker: Worker) -> bool:
        """Do it."""
        return self.step()

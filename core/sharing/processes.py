"""Which processes share the records: each writes its heartbeat, and others take over from one that misses it.

All times are the database's: clocks of computers differ. A beat takes no writer's place, so somebody's long
transaction is no reason to be taken for dead.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, union, update

from contract.values import JobState
from core.db import Sessions
from core.errors import BadValue
from core.jobs.queue import Taker
from core.models import Job, Process, new_id

log = logging.getLogger("shoko.processes")

BACK_END, WORKER = "back-end", "worker"
BEAT_SECONDS = 5.0
GONE_SECONDS = 45.0  # without a beat: its work is given to others


@dataclass
class Presence:
    """This process among those that share the records.

    `shares`: by the setting's name what all must have alike, without secrets. `take_over` is told the ids of
    processes that are gone, and gives their work back.
    """

    sessions: Sessions
    taker: Taker
    role: str
    kinds: str
    shares: Mapping[str, str]
    take_over: Callable[[Collection[str]], None]
    beat_seconds: float = BEAT_SECONDS
    gone_seconds: float = GONE_SECONDS
    stopping: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def there(self) -> Iterator[None]:
        """Be there for the time of the block. Raises BadValue where the other back-ends are set otherwise."""
        self.enter()
        try:
            self.agree()  # of two that begin at once, each sees the other
        except BaseException:  # also an interrupt: nobody is left on the list who is not there
            self.leave()
            raise
        thread = threading.Thread(target=self._beats, daemon=True, name="heartbeat")
        thread.start()
        try:
            yield
        finally:
            self.stopping.set()
            thread.join()
            self.leave()

    def agree(self) -> None:
        """Compare what all must have alike with the living ones. Raises BadValue."""
        for other in living(self.sessions, self.gone_seconds):
            for name, mine in self.shares.items():
                theirs = other.shares.get(name, mine)
                if theirs != mine:
                    problem = f"the {other.role} on {other.host} has “{theirs}”, this one “{mine}”"
                    raise BadValue(
                        name=name,
                        problem=problem,
                        fix="Give all that share these records the same, or stop it",
                    )

    def enter(self) -> None:
        """Take a new id, and be there under it."""
        self.taker.id = new_id()
        with self.sessions.beside() as session:
            clock = func.clock_timestamp()
            session.execute(
                insert(Process).values(
                    id=self.taker.id, role=self.role, host=socket.gethostname()[:200], kinds=self.kinds,
                    shares=dict(self.shares), started_at=clock, beat_at=clock,
                )
            )  # fmt: skip

    def beat(self) -> None:
        """One heartbeat, and a look at the others'. Who was taken for dead goes on under a new id: what it
        had in hand is others' by now."""
        if not self.sessions.holds_its_places():
            log.critical("this process does not hold its place at the records any more; stop it and look why")
        with self.sessions.beside() as session:
            beat = update(Process).where(Process.id == self.taker.id).values(beat_at=func.clock_timestamp())
            here: Any = session.execute(beat)
        if not here.rowcount:
            log.warning("this process was taken for dead; it goes on under a new id")
            self.enter()
        gone = self.gone()
        if gone:
            log.warning("%d processes are gone; their work is given to others", len(gone))
            self.take_over(gone)
            with self.sessions.beside() as session:
                session.execute(delete(Process).where(Process.id.in_(gone), self._late()))

    def leave(self) -> None:
        """Give everything back that is in hand still, and be there no more."""
        self.take_over([self.taker.id])
        with self.sessions.beside() as session:
            session.execute(delete(Process).where(Process.id == self.taker.id))

    def _late(self) -> Any:
        return Process.beat_at < func.clock_timestamp() - timedelta(seconds=self.gone_seconds)

    def gone(self) -> list[str]:
        """The ids of processes that miss their beats, and of those that hold work without being there."""
        with self.sessions.beside() as session:
            late = list(session.scalars(select(Process.id).where(self._late())))
            named: Select[Any] = select(union(
                select(Job.worker_id).where(Job.state == JobState.RUNNING, Job.worker_id.is_not(None)),
                select(Job.only).where(Job.only.is_not(None), Job.state == JobState.WAITING),
            ).subquery())  # fmt: skip
            known = set(session.scalars(select(Process.id)))
            strangers = [held for held in session.scalars(named) if held not in known]
        return [*late, *strangers]

    def _beats(self) -> None:
        while not self.stopping.wait(self.beat_seconds):
            try:
                self.beat()
            except Exception:  # the database is away: the next beat tries again
                log.exception("a heartbeat failed")


def living(sessions: Sessions, gone_seconds: float = GONE_SECONDS) -> list[Process]:
    """The processes whose hearts beat, oldest first; none on SQLite."""
    if not sessions.shareable:
        return []
    with sessions.beside() as session:
        late = func.clock_timestamp() - timedelta(seconds=gone_seconds)
        query = select(Process).where(Process.beat_at >= late).order_by(Process.started_at, Process.id)
        return list(session.scalars(query))


def forget_back_ends(sessions: Sessions) -> None:
    """Take every back-end that is written down for gone: who calls this holds the records alone."""
    with sessions.beside() as session:
        session.execute(delete(Process).where(Process.role == BACK_END))

"""Lets costly work in a few at a time, in turn between those who ask, and refuses what comes beyond.

Waiting takes no thread: whoever waits here is a coroutine. One asker's many requests wait for one another and
hold nobody else up. Safe to share between threads and event loops.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import Future, InvalidStateError
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from core.errors import Crowded, TooManyAtOnce


@dataclass(eq=False)
class _Waiter:
    """A place in the queue; `ready` is done when it may go. `turn` counts the asker's places."""

    asker: str
    turn: int
    ready: Future[None] = field(default_factory=Future)
    began: float = 0.0


class FairQueue:
    """A fair, bounded queue. `at_once` run, at most `each` of one asker; `waiting` wait, at most
    `each_waiting` of one asker. `seconds` is how long one is assumed to last until some were measured;
    who would wait longer than `patience` seconds is refused."""

    def __init__(
        self,
        at_once: int,
        *,
        each: int,
        waiting: int,
        each_waiting: int,
        seconds: float = 1.0,
        patience: float = math.inf,
    ) -> None:
        self.at_once, self.each, self.waiting, self.each_waiting = at_once, each, waiting, each_waiting
        self.patience = patience
        self._seconds = seconds
        self._lock = threading.Lock()
        self._queue: list[_Waiter] = []  # in the order of their arrival
        self._running: list[_Waiter] = []
        self._turn = 0  # of the last one that began: nobody who comes now goes before it

    @asynccontextmanager
    async def turn(self, asker: str) -> AsyncIterator[None]:
        """Wait for a turn, and hold it for the time of the block. Raises TooManyAtOnce if that asker has
        too many waiting already, Crowded if everybody together has."""
        place = self._enter(asker)
        try:
            await asyncio.wrap_future(place.ready)
            yield
        finally:
            self._leave(place)

    def _enter(self, asker: str) -> _Waiter:
        with self._lock:
            own = [place for place in [*self._running, *self._queue] if place.asker == asker]
            own_waiting = sum(place.began == 0 for place in own)
            free = len(self._running) < self.at_once and len(own) - own_waiting < self.each
            if not (free and own_waiting == 0):
                if own_waiting >= self.each_waiting:
                    raise TooManyAtOnce(waiting=own_waiting, seconds=self._expected(own_waiting, self.each))
                if len(self._queue) >= self.waiting or self._wait(len(self._queue)) > self.patience:
                    raise Crowded(waiting=len(self._queue), seconds=self._expected(len(self._queue)))
            place = _Waiter(asker, max([self._turn, *(place.turn + 1 for place in own)]))
            self._queue.append(place)
            self._let_in()
            return place

    def _leave(self, place: _Waiter) -> None:
        with self._lock:
            if place in self._running:
                self._running.remove(place)
                self._seconds += 0.2 * (time.monotonic() - place.began - self._seconds)
            else:
                self._queue.remove(place)
            self._let_in()

    def _let_in(self) -> None:
        running = Counter(place.asker for place in self._running)
        for place in sorted(
            self._queue, key=lambda waiting: waiting.turn
        ):  # stable: by arrival within a turn
            if len(self._running) >= self.at_once:
                return
            # One whose asker left while it waited is cancelled, and leaves the queue by itself.
            if running[place.asker] < self.each and not place.ready.cancelled():
                running[place.asker] += 1
                self._queue.remove(place)
                self._running.append(place)
                self._turn, place.began = max(self._turn, place.turn), time.monotonic()
                with suppress(InvalidStateError):  # cancelled at this very moment: it leaves its turn at once
                    place.ready.set_result(None)

    def _expected(self, ahead: int, lanes: int | None = None) -> int:
        """Whole seconds until as many as that are through."""
        return max(1, round(self._wait(ahead, lanes)))

    def _wait(self, ahead: int, lanes: int | None = None) -> float:
        return (ahead + 1) * self._seconds / min(self.at_once, lanes or self.at_once)

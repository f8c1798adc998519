"""Lets work in the background give way to people who wait for an answer.

Reading files and making vectors share the processor, and Python's one interpreter lock, with questions. So
that work is done in small steps, and between two steps it asks here: while somebody's question is in work,
or was a moment ago, a step is followed by a rest that is `REST_SHARE` times as long. Nobody asks: no rest.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

REST_SHARE = 10.0  # of rest for one of work while people ask: background work keeps a tenth of the time
LONGEST_REST = 3.0  # seconds after one step
SOON_AGAIN = 0.3  # seconds after a question that still count as asking
LATELY = 10.0  # seconds after a question in which steps are kept short
YOUNG = 10_000  # new objects before the youngest are collected, where a process has settled
NEVER = 1_000_000_000  # collections of the middle generation before one of the oldest


Item = TypeVar("Item")


class Traffic:
    """Who asks now. Safe to share between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._asking = 0
        self._last = float("-inf")
        self._step = threading.local()

    @contextmanager
    def question(self) -> Iterator[None]:
        """A person waits for an answer for the time of the block."""
        with self._changed:
            self._asking += 1
        try:
            yield
        finally:
            with self._changed:
                self._asking -= 1
                self._last = time.monotonic()
                self._changed.notify_all()

    def lately(self) -> bool:
        """Whether people are asking, or did in the last seconds."""
        return self._asking > 0 or time.monotonic() - self._last < LATELY

    def give_way(self) -> None:
        """Called by background work between two small steps: rests if somebody asks."""
        now = time.monotonic()
        worked = now - getattr(self._step, "began", now)
        until = now + min(LONGEST_REST, REST_SHARE * worked)
        with self._changed:
            while (asking := self._wait(now)) > 0 and now < until:
                self._changed.wait(min(asking, until - now))
                now = time.monotonic()
        self._step.began = now

    def _wait(self, now: float) -> float:
        """Seconds to wait before looking again; 0 if nobody asks."""
        if self._asking:
            return LONGEST_REST
        return max(0.0, self._last + SOON_AGAIN - now)


class Steps(list[Item]):
    """A list whose every walk is done in steps that give way: for pure functions that know nothing of it.
    `step` is called before each as well, and may end the work with an error of its own."""

    def __init__(
        self, items: Iterable[Item], traffic: Traffic, step: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(items)
        self.traffic = traffic
        self.step = step

    def __iter__(self) -> Iterator[Item]:
        """Each item, giving way before the next."""
        for item in in_steps(super().__iter__(), self.traffic):
            self.step()
            yield item


def in_steps(items: Iterable[Item], traffic: Traffic) -> Iterator[Item]:
    """Those items, giving way after each."""
    for item in items:
        yield item
        traffic.give_way()


def settle() -> None:
    """Say that what is in memory now stays: called once, when a process that serves has started. What the
    collector would walk through again and again, for half a second at a time in which nobody else runs, is
    not looked at any more, and it looks less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)


@contextmanager
def no_long_collections() -> Iterator[None]:
    """Within it the oldest generation of garbage is not collected: with the millions of objects of a large
    document one such collection stops every other thread for seconds. Young ones are collected as always."""
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)
    try:
        yield
    finally:
        gc.set_threshold(young, middle, old)

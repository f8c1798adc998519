"""Whose page is drawn next. All pages are drawn in one process, whose threads share one processor: ten pages
drawn at once would all be there at the end of the last. So one is drawn at a time, and what nobody waits for
any more, the rest of a page whose first quote stands there, comes after what somebody waits for."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

AWAITED, REST = 0, 1  # the lower number goes first
PATIENCE = 1.5  # seconds; a page that takes so long to draw, whatever it does, holds nobody up any longer


class Turns:
    """One turn at a time: the most urgent first, among equals the first come."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._changed = threading.Condition()
        self._queue: set[tuple[int, int]] = set()  # urgency and number of those that wait
        self._numbers = itertools.count()
        self._taken: tuple[int, int] | None = None  # the turn that is held
        self._own = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a turn while a page is drawn. Nobody waits for it longer than the patience."""
        self._take(AWAITED)
        try:
            yield
        finally:
            self._give()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Let others draw while this thread waits for something; it has its turn again afterwards."""
        urgency = getattr(self._own, "urgency", None)
        if urgency is None:  # a thread that draws nothing
            yield
            return
        self._give()
        try:
            yield
        finally:
            self._take(urgency)

    def step_back(self) -> None:
        """What this thread draws from now on is no longer urgent."""
        if getattr(self._own, "urgency", None) == AWAITED:
            self._give()
            self._take(REST)

    def _take(self, urgency: int) -> None:
        mine = (urgency, next(self._numbers))
        self._own.urgency, self._own.turn = urgency, mine
        until = time.monotonic() + self._patience
        with self._changed:
            self._queue.add(mine)
            while (self._taken is not None or min(self._queue) != mine) and time.monotonic() < until:
                self._changed.wait(max(0.0, until - time.monotonic()))
            self._queue.remove(mine)
            self._taken = mine  # where patience ended: whoever held it goes on beside, and holds it no more

    def _give(self) -> None:
        self._own.urgency = None
        with self._changed:
            if self._taken == self._own.turn:
                self._taken = None
                self._changed.notify_all()


class Yielding(httpx.HTTPTransport):
    """A way to the back-end that lets others draw while it waits for an answer."""

    def __init__(self, turns: Turns, **given: Any) -> None:
        super().__init__(**given)
        self._turns = turns

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body unread."""
        with self._turns.away():
            return super().handle_request(request)


TURNS = Turns()

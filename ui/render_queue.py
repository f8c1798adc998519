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

Turn = tuple[int, int]  # its urgency, and its number: the order in which pages began
AWAITED, REST = 0, 1  # the lower number goes first
PATIENCE = 1.5  # seconds; a page that takes so long to draw, whatever it does, holds nobody up any longer


class RenderQueue:
    """One turn at a time: the most urgent first, among equals the first come."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._changed = threading.Condition()
        self._queue: set[Turn] = set()  # of those that wait
        self._numbers = itertools.count()
        self._taken: Turn | None = None  # the turn that is held
        self._own = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a turn while a page is drawn. Nobody waits for it longer than the patience."""
        self._take((AWAITED, next(self._numbers)))
        try:
            yield
        finally:
            self._give()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Let others draw while this thread waits for something. It keeps its place in the line: a page that
        asks the back-end many things would else be overtaken by all others at each."""
        mine = getattr(self._own, "turn", None)
        if mine is None:  # a thread that draws nothing
            yield
            return
        self._give()
        try:
            yield
        finally:
            self._take(mine)

    def step_back(self) -> None:
        """What this thread draws from now on is no longer urgent."""
        mine = getattr(self._own, "turn", None)
        if mine is not None and mine[0] == AWAITED:
            self._give()
            self._take((REST, mine[1]))

    def _take(self, mine: Turn) -> None:
        self._own.turn = mine
        until = time.monotonic() + self._patience
        with self._changed:
            self._queue.add(mine)
            while (self._taken is not None or min(self._queue) != mine) and time.monotonic() < until:
                self._changed.wait(max(0.0, until - time.monotonic()))
            self._queue.remove(mine)
            self._taken = mine  # where patience ended: whoever held it goes on beside, and holds it no more

    def _give(self) -> None:
        mine, self._own.turn = self._own.turn, None
        with self._changed:
            if self._taken == mine:
                self._taken = None
                self._changed.notify_all()


class Yielding(httpx.HTTPTransport):
    """A way to the back-end that lets others draw while it waits for an answer."""

    def __init__(self, turns: RenderQueue, **given: Any) -> None:
        super().__init__(**given)
        self._turns = turns

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body unread."""
        with self._turns.away():
            return super().handle_request(request)


TURNS = RenderQueue()

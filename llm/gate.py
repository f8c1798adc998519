"""The queue before the language model: one generation at a time, first come first served, a limit.

Waiting costs no thread of the model's and never holds a quote back: quotes are sent before one queues.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import ModelBusy

START_SECONDS = 20.0  # what a generation is taken to last until one was seen


class Gate:
    """A fair queue in front of one model."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()
        self._seconds = START_SECONDS

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Take a place in the queue; it is given up at the end of the block, whoever ends it.

        Raises ModelBusy when the queue is full.
        """
        place = Place(self)
        with self._changed:
            if len(self._waiting) > self.limit:
                seconds = round(len(self._waiting) * self._seconds)
                raise ModelBusy(waiting=len(self._waiting) - 1, seconds=seconds)
            self._waiting.append(place)
        try:
            yield place
        finally:
            with self._changed:
                self._waiting.remove(place)
                self._changed.notify_all()

    def took(self, seconds: float) -> None:
        """Tell how long a generation lasted; the expected wait follows it."""
        self._seconds += 0.3 * (seconds - self._seconds)

    @property
    def waiting(self) -> int:
        """How many hold or await the model."""
        return len(self._waiting)


class Place:
    """A place in the queue."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    @property
    def ahead(self) -> int:
        """How many are before this one; 0 means it may go."""
        return self._gate._waiting.index(self)

    @property
    def expected_seconds(self) -> float:
        """The wait that is to be expected, from how long the last generations took."""
        return self.ahead * self._gate._seconds

    def wait(self, seconds: float) -> bool:
        """Wait until it may go, at most so long. Whether it may."""
        with self._gate._changed:
            return self._gate._changed.wait_for(lambda: self.ahead == 0, timeout=seconds)

"""The queue before the language model: fair between people, with a visible place and a limit.

Of those who wait, whoever has had the fewest turns goes first (start-time fair queueing): a person who
sends twenty questions at once delays the others by one. Quotes are sent before one queues.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, cast

from core.errors import ModelBusy
from llm.model import Generation, GenerationRequest, LanguageModel

QUEUE_SECONDS = 120.0  # that `Queued` waits at most
START_SECONDS = 20.0  # how long a generation is assumed to last until one was measured


class Gate:
    """A fair queue in front of one model; `slots` generations run at once (1 on a CPU)."""

    def __init__(self, limit: int, slots: int = 1) -> None:
        self.limit = limit
        self.slots = slots
        self._places: list[QueuePlace] = []  # in the order they go; those that run are the first
        self._changed = threading.Condition()
        self._seconds = START_SECONDS
        self._arrivals = itertools.count()
        self._turn = 0  # of the last one that began: nobody who comes now may go before it

    @contextmanager
    def place(self, person: str = "") -> Iterator[QueuePlace]:
        """Take a place in the queue; it is given up at the end of the block, however that ends.

        Raises ModelBusy when the queue is full.
        """
        with self._changed:
            waiting = len(self._places) - self.slots
            if waiting >= self.limit:
                seconds = max(1, round((waiting + 1) * self._seconds / self.slots))
                raise ModelBusy(waiting=waiting, seconds=seconds)
            turns = [place.turn for place in self._places if place.person == person]
            place = QueuePlace(
                self, person, max([self._turn, *(turn + 1 for turn in turns)]), next(self._arrivals)
            )
            self._places.append(place)
            self._order()
        try:
            yield place
        finally:
            with self._changed:
                self._places.remove(place)
                self._order()
                self._changed.notify_all()

    def _order(self) -> None:
        self._places.sort(key=lambda place: (place.began == 0, place.turn, place.arrival))

    def _may_go(self, place: QueuePlace) -> bool:
        if self._places.index(place) >= self.slots:
            return False
        if not place.began:
            place.began = time.monotonic()
            self._turn = max(self._turn, place.turn)
            self._order()
        return True

    def took(self, seconds: float) -> None:
        """Report how long a generation lasted; the expected wait follows it."""
        self._seconds += 0.3 * (seconds - self._seconds)

    @property
    def waiting(self) -> int:
        """How many hold or await the model."""
        return len(self._places)


class Queued:
    """A model whose every generation takes its place in the queue first, in the name of one person."""

    def __init__(self, model: LanguageModel, gate: Gate, person: str) -> None:
        self._model, self._gate, self._person = model, gate, person

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def generate(self, request: GenerationRequest) -> Generation:
        """Wait, then generate. Iterating raises ModelBusy if the queue is full or too slow."""
        generation = Generation()

        def pieces() -> Generator[str, None, None]:
            with self._gate.place(self._person) as place:
                if not place.wait(QUEUE_SECONDS):
                    raise ModelBusy(waiting=self._gate.waiting, seconds=round(place.expected_seconds))
                begun = time.monotonic()
                inner = self._model.generate(request)
                try:
                    yield from inner.pieces
                finally:
                    inner.pieces.close()
                    for name, value in vars(inner).items():
                        if name != "pieces":
                            setattr(generation, name, value)
                self._gate.took(time.monotonic() - begun)

        generation.pieces = pieces()
        return generation


def queued(model: LanguageModel, gate: Gate, person: str) -> LanguageModel:
    """That model behind that queue."""
    return cast(LanguageModel, Queued(model, gate, person))


class QueuePlace:
    """A place in the queue. `turn` counts the person's turns, `began` is 0 until it may go."""

    def __init__(self, gate: Gate, person: str, turn: int, arrival: int) -> None:
        self._gate = gate
        self.person, self.turn, self.arrival = person, turn, arrival
        self.began = 0.0

    @property
    def ahead(self) -> int:
        """How many are before this one; 0 means it may go, or is next of several slots."""
        return max(0, self._gate._places.index(self) - self._gate.slots + 1)

    @property
    def expected_seconds(self) -> float:
        """The wait that is to be expected, from how long the last generations took and the running one
        has run."""
        gate = self._gate
        if self.ahead == 0:
            return 0.0
        begun = [place.began for place in gate._places if place.began]
        running = time.monotonic() - min(begun) if begun else 0.0
        rounds = -(-self.ahead // gate.slots)
        return max(1.0, rounds * gate._seconds - min(running, gate._seconds))

    def wait(self, seconds: float) -> bool:
        """Wait at most that long for a turn; returns whether it came."""
        with self._gate._changed:
            return self._gate._changed.wait_for(lambda: self._gate._may_go(self), timeout=seconds)

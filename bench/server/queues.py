"""How many questions several back-ends answer in a second, worked out from what a question costs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Parts:
    """What a question costs, in seconds: of the processor of each, and of the writer's place."""

    back_end: float
    records: float
    writer: float


def throughput(demands: Sequence[float], people: int) -> float:
    """Questions in a second of so many people without a rest, where each question spends those seconds at
    queues of one server each: exact mean value analysis."""
    waiting = [0.0] * len(demands)
    rate = 0.0
    for count in range(1, people + 1):
        times = [demand * (1 + queue) for demand, queue in zip(demands, waiting, strict=True)]
        rate = count / sum(times)
        waiting = [rate * spent for spent in times]
    return rate


def expected(parts: Parts, back_ends: int, cores: int, people: int) -> float:
    """Questions in a second with so many back-ends of one core each; PostgreSQL has so many cores, whatever
    the back-ends. A question goes to any back-end alike, and to any core."""
    own = [parts.back_end / back_ends] * back_ends
    return throughput([*own, *[parts.records / cores] * cores, parts.writer], people)

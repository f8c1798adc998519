"""A measured figure, and the best of several rounds of them. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Figure:
    """One row: what was measured, the value, its unit, what is asked for, and which way is better."""

    what: str
    value: float
    unit: str
    asked: str = ""
    more_is_better: bool = False

    @property
    def shown(self) -> str:
        """The value with its unit, three significant digits."""
        digits = f"{self.value:.0f}" if abs(self.value) >= 100 else f"{self.value:.3g}"
        return f"{digits} {self.unit}".strip()


def best(rounds: Sequence[list[Figure]]) -> list[Figure]:
    """Row by row the best of the rounds."""
    rows = []
    for figures in zip(*rounds, strict=True):
        values = [figure.value for figure in figures]
        rows.append(replace(figures[0], value=max(values) if figures[0].more_is_better else min(values)))
    return rows


def p50(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The value that one in twenty exceeds."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]

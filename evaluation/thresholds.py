"""Limits that a report must keep, so that a company can hold back a change of model or settings. Pure.

A TOML file names figures as the report does: `[quotes]` with `"contains_answer@1" = 0.85`, `[kinds.list]`
with `complete = 0.7`. Times, memory, lengths, canaries, forbidden texts and refusals of what the documents
answer must not be above their limit, everything else not below.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadValue

# Groups and figures whose limit is the most that is allowed.
AT_MOST = frozenset(
    {"latency_ms", "memory_mb", "injection", "mean_characters@1", "mean_characters", "forbidden", "refused"}
)


@dataclass(frozen=True)
class Breach:
    """A figure that did not keep its limit; `measured` None: there was nothing to measure it on."""

    figure: str
    limit: float
    measured: float | None

    def __str__(self) -> str:
        """The breach as a sentence."""
        if self.measured is None:
            return f"{self.figure}: not measured, the limit is {self.limit:g}"
        word = "above" if self.measured > self.limit else "below"
        return f"{self.figure}: {self.measured:g} is {word} the limit of {self.limit:g}"


def read_limits(path: Path) -> dict[str, float]:
    """The limits of that file, by figure ("quotes verbatim"). Raises BadValue."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadValue(name=path, problem=error, fix="docs/evaluation.md shows the form") from error
    limits = _flat(content)
    for figure, limit in limits.items():
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            raise BadValue(name=f"{path}: {figure}", problem="its limit is no number", fix="Write a number")
    return limits


def breaches(report: Mapping[str, Any], limits: Mapping[str, float]) -> list[Breach]:
    """The limits that the report does not keep. Raises BadValue for a figure that no report has."""
    measured = _flat(report)
    broken = []
    for figure, limit in limits.items():
        if figure not in measured:
            known = ", ".join(sorted(name for name in measured if name != "set"))
            raise BadValue(name=figure, problem="no report has that figure", fix=f"Figures are: {known}")
        value = measured[figure]
        most = bool(AT_MOST.intersection(figure.split(" "))) and not _nothing_to_answer(figure, measured)
        if value is None or (value > limit if most else value < limit):
            broken.append(Breach(figure, float(limit), value))
    return broken


def _nothing_to_answer(figure: str, measured: Mapping[str, Any]) -> bool:
    """Whether the figure is of questions all of which should be refused."""
    group, _, name = figure.rpartition(" ")
    return name == "refused" and measured.get(f"{group} complete", 0) is None


def _flat(nested: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        inner = _flat(value) if isinstance(value, Mapping) else {"": value}
        flat |= {f"{name} {below}".strip(): figure for below, figure in inner.items()}
    return flat

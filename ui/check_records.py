"""What the back-end tells of checks, as values: packs of rules, findings with their places, and what became
of each rule. Fields that a newer back-end adds are passed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LEVELS = ("error", "warning", "info")


@dataclass(frozen=True)
class Pack:
    """A pack of rules; `title` by language."""

    name: str
    title: dict[str, str]
    rules: int


@dataclass(frozen=True)
class Finding:
    """A breach of a rule. `place` holds what the format has; `fix` would stand in place of `quote`."""

    rule: str
    kind: str
    level: str
    message: str
    place: dict[str, Any]
    quote: str
    fix: str | None
    fix_is_safe: bool
    fingerprint: str
    confidence: float | None = None
    link: str = ""

    @property
    def page(self) -> int:
        """The page that it stands on; 0 where the format has none."""
        return int(self.place.get("page", 0))

    @property
    def boxes(self) -> list[tuple[float, float, float, float]]:
        """Its boxes there, in points from the upper left corner."""
        return [(box[0], box[1], box[2], box[3]) for box in self.place.get("boxes", ())]


@dataclass(frozen=True)
class RuleOutcome:
    """What became of a rule: `state` is ran, not_applicable or could_not_run, and `why` says why not."""

    id: str
    why: str
    state: str
    findings: int


@dataclass(frozen=True)
class Outcome:
    """The outcome for one document."""

    document: str
    format: str
    pack: str
    doctypes: list[str]
    findings: list[Finding]
    rules: list[RuleOutcome]
    unverified: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def chosen(findings: Sequence[Finding], levels: Sequence[str], rule: str) -> list[tuple[int, Finding]]:
    """The findings of those levels (none named: all) and of that rule (empty: all), with their numbers."""
    return [
        (number, one)
        for number, one in enumerate(findings, start=1)
        if (not levels or one.level in levels) and rule in ("", one.rule)
    ]

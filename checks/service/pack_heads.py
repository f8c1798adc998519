"""What is told of a rule pack to those who choose one: its title, its rules and what could not be taken."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import TypeAdapter

from checks.findings import Level, RuleResult
from checks.packs.pack import Pack


@dataclass(frozen=True)
class RuleHead:
    """What a rule is, without what it looks for."""

    id: str
    kind: str
    level: Level
    doctypes: tuple[str, ...]
    fix: Literal["safe", "suggest", "none"]
    link: str
    note: str


@dataclass(frozen=True)
class PackHead:
    """A pack that can be run, as it is told of."""

    name: str
    title: dict[str, str]
    doctypes: tuple[str, ...]
    rules: tuple[RuleHead, ...]
    broken: tuple[RuleResult, ...]
    warnings: tuple[str, ...]


def head_of(pack: Pack) -> PackHead:
    """What is told of that pack."""
    rules = tuple(
        RuleHead(rule.id, rule.kind_name, rule.level, tuple(rule.for_), rule.fix, rule.link, rule.note)
        for rule in pack.rules
    )
    return PackHead(pack.name, dict(pack.title), tuple(pack.doctypes), rules, pack.broken, pack.warnings)


@cache
def heads() -> TypeAdapter[PackHead]:
    """Heads to JSON and back."""
    return TypeAdapter(PackHead)

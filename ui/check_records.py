"""What the back-end tells of checks, as values: packs of rules, findings with their places, pages, and what
became of each rule. Fields that a newer back-end adds are passed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

LEVELS = ("error", "warning", "info")
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Pack:
    """A pack of rules; `title` by language, `space` where it is a space's own."""

    id: str
    name: str
    title: dict[str, str]
    rules: int
    space: str = ""

    def shown(self, language: str) -> str:
        """Its title in that language, else in English, else its name."""
        title = self.title.get(language) or self.title.get("en") or self.name
        return f"{title} ({self.space})" if self.space else title


@dataclass(frozen=True)
class Finding:
    """A breach of a rule. `place` holds what the format has; `fix` would stand in place of `quote`. `page` is
    the number of the page, sheet or slide that shows it; 0 where it is of the document as a whole."""

    number: int
    rule: str
    kind: str
    level: str
    message: str
    place: dict[str, Any]
    quote: str
    fix: str | None
    fix_is_safe: bool
    fingerprint: str
    page: int = 0
    opinion: bool = False  # a model said it
    link: str = ""
    reason: str = ""  # why it was let pass


@dataclass(frozen=True)
class RuleOutcome:
    """What became of a rule: `state` is ran, not_applicable or could_not_run, and `why` says why not."""

    id: str
    why: str
    state: str
    findings: int


@dataclass(frozen=True)
class Outcome:
    """The outcome for one document, kept by the back-end under `id` until `expires_at`."""

    id: str
    document: str
    format: str
    pack: str
    findings: list[Finding]
    rules: list[RuleOutcome]
    fixable: int  # findings whose fix is safe
    can_fix: bool
    reports: list[str]
    document_id: str | None = None
    expires_at: datetime | None = None
    waived: list[Finding] = field(default_factory=list)
    unverified: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fixes: int = 0  # made in this copy


@dataclass(frozen=True)
class KeptCheck:
    """A check of one's own that is still kept."""

    id: str
    document: str
    levels: dict[str, int]
    created_at: datetime
    fixes: int = 0


@dataclass(frozen=True)
class CheckPage:
    """A page, sheet or slide of a checked document, or its whole text; `findings` counts those on it."""

    number: int
    kind: str
    name: str
    width: float
    height: float
    findings: int
    picture: bool


@dataclass(frozen=True)
class PageBox:
    """Where a finding, by its number, stands on the picture of a page."""

    finding: int
    box: Box


@dataclass(frozen=True)
class PrintedPage:
    """A page of an Office file as it is printed, with its findings' boxes."""

    number: int
    width: float
    height: float
    boxes: list[PageBox]


@dataclass(frozen=True)
class Printed:
    """An Office file as it is printed; without pages `why` says why."""

    pages: list[PrintedPage]
    why: str = ""


@dataclass(frozen=True)
class Piece:
    """A paragraph or cell; `marks` are [finding, start, end] in its text."""

    index: int
    zone: str
    level: int
    text: str
    marks: list[tuple[int, int, int]]


@dataclass(frozen=True)
class PageDetail:
    """A page with its boxes, and with its text in pieces, of which there are `total`."""

    number: int
    boxes: list[PageBox]
    pieces: list[Piece]
    total: int


@dataclass(frozen=True)
class Fixed:
    """A copy with safe fixes made: the check of that copy, how many were made, how many findings are left."""

    check: str
    applied: int
    left: int


def chosen(findings: Sequence[Finding], levels: Sequence[str], rule: str) -> list[Finding]:
    """The findings of those levels (none named: all) and of that rule (empty: all)."""
    return [
        one for one in findings if (not levels or one.level in levels) and rule in ("", one.rule)
    ]  # fmt: skip

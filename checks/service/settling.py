"""What a person has done with the findings of a check: accepted, ignored or fixed, and how many are left.

A finding is known by its fingerprint, so that what was settled stays settled when the file is checked again.
Nothing is taken out of the report: a settled finding is told as such.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from checks.document.document import MASK, DocumentFormat
from checks.findings import CheckReport, Finding, RuleState
from core.errors import BadValue

Settled = Literal["accepted", "ignored"]
AROUND = 40  # characters before and behind a fix that its preview shows


@dataclass(frozen=True)
class Choice:
    """Findings that a person named: by number in the report, fingerprint, or rule, which may hold * and ?."""

    numbers: tuple[int, ...] = ()
    fingerprints: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is named."""
        return bool(self.numbers or self.fingerprints or self.rules)

    def of(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings that are meant. Raises BadValue for a name that fits none."""
        numbers, fingerprints = set(self.numbers), set(self.fingerprints)
        known = {finding.fingerprint for finding in findings}
        rules = {finding.rule for finding in findings}
        meant = {rule for name in self.rules for rule in rules if fnmatch.fnmatchcase(rule, name)}
        for number in self.numbers:
            if not 1 <= number <= len(findings):
                fix = f"They are numbered from 1 to {len(findings)}."
                raise BadValue(name="findings", problem=f"there is no finding {number}", fix=fix)
        for fingerprint in self.fingerprints:
            if fingerprint not in known:
                fix = "The fingerprints stand in the report."
                raise BadValue(name="fingerprints", problem=f"no finding has {fingerprint}", fix=fix)
        for rule in self.rules:
            if not any(fnmatch.fnmatchcase(known_rule, rule) for known_rule in rules):
                fix = "The rules of the findings stand in the report."
                raise BadValue(name="rules", problem=f"no finding is of a rule {rule}", fix=fix)
        return [
            finding
            for number, finding in enumerate(findings, start=1)
            if number in numbers or finding.fingerprint in fingerprints or finding.rule in meant
        ]


def choice_of(names: Sequence[str]) -> Choice:
    """What a command line names: numbers, fingerprints of sixteen signs, and else rules."""
    numbers = tuple(int(name) for name in names if name.isdecimal() and len(name) < 7)
    prints = tuple(
        name for name in names if len(name) == 16 and all(sign in "0123456789abcdef" for sign in name)
    )
    taken = {*map(str, numbers), *prints}
    return Choice(numbers, prints, tuple(name for name in names if name not in taken))


@dataclass(frozen=True)
class FixPreview:
    """What a fix would change: the text around it, what goes, what comes. `safe` ones are made unasked."""

    number: int
    finding: Finding
    before: str
    after: str
    safe: bool


# The formats that can be mended.
MENDED = (DocumentFormat.DOCX, DocumentFormat.MARKDOWN, DocumentFormat.TEXT)


def can_be_fixed(finding: Finding) -> bool:
    """Whether a fix of it could be made at all, if a person wants it."""
    return finding.fix is not None and finding.place.piece >= 0 and MASK not in finding.quote


def previews(report: CheckReport) -> list[FixPreview]:
    """A preview of each fix that could be made, in the order of the report; none of a format that is not
    changed."""
    shown: list[FixPreview] = []
    if report.document.format not in MENDED:
        return shown
    for number, finding in enumerate(report.findings, start=1):
        if can_be_fixed(finding):
            before, after = around(report, finding)
            shown.append(FixPreview(number, finding, before, after, finding.fix_is_safe))
    return shown


def around(report: CheckReport, finding: Finding) -> tuple[str, str]:
    """The text before and behind what was found, in its paragraph."""
    if not 0 <= finding.place.piece < len(report.document.pieces):
        return "", ""
    text = report.document.pieces[finding.place.piece].text
    start, end = finding.place.characters
    cut = "…" if start > AROUND else "", "…" if len(text) - end > AROUND else ""
    return cut[0] + text[max(0, start - AROUND) : start], text[end : end + AROUND] + cut[1]


def settled_of(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How each fingerprint was settled."""
    return {str(entry["fingerprint"]): str(entry["how"]) for entry in entries}


def marked(
    entries: Sequence[dict[str, Any]], findings: Sequence[Finding], how: Settled | None
) -> list[dict[str, Any]]:
    """The entries with those findings settled so; None opens them again."""
    chosen = {finding.fingerprint for finding in findings}
    kept = [entry for entry in entries if entry["fingerprint"] not in chosen]
    if how is None:
        return kept
    return [*kept, *({"fingerprint": f.fingerprint, "rule": f.rule, "how": how} for f in findings)]


def carried(
    entries: Sequence[dict[str, Any]], before: Sequence[Finding], after: CheckReport
) -> list[dict[str, Any]]:
    """The entries for a check of the same document made anew (`after`): what was settled stays so, and what
    is no longer found counts as fixed, if its rule looked this time. A finding that is back is open."""
    still = {finding.fingerprint for finding in (*after.findings, *after.waived)}
    looked = {rule.id for rule in after.rules if rule.state is not RuleState.COULD_NOT_RUN}
    looked |= {finding.rule for finding in before if finding.kind == "waiver"}  # of comments and waivers
    known = {
        **{str(entry["fingerprint"]): entry for entry in entries},
        **{
            finding.fingerprint: {"fingerprint": finding.fingerprint, "rule": finding.rule, "how": "open"}
            for finding in before
            if finding.fingerprint not in settled_of(entries)
        },
    }
    out = []
    for fingerprint, entry in known.items():
        if fingerprint not in still:
            if entry["rule"] in looked:
                out.append({**entry, "how": "fixed"})
        elif entry["how"] in ("accepted", "ignored"):
            out.append(entry)
    return out


@dataclass(frozen=True)
class SettlingProgress:
    """How far a person is with the findings of a document."""

    done: int
    total: int
    fixed: int


def progress(report: CheckReport, entries: Sequence[dict[str, Any]]) -> SettlingProgress:
    """How many of a report's findings are settled: accepted, ignored, let pass or fixed."""
    how = settled_of(entries)
    fixed = sum(state == "fixed" for state in how.values())
    open_ = sum(how.get(finding.fingerprint) not in ("accepted", "ignored") for finding in report.findings)
    total = len(report.findings) + len(report.waived) + fixed
    return SettlingProgress(total - open_, total, fixed)

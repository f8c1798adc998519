"""Comments in a document that let findings pass: `shoko-ignore RULE: reason`. They are told with their
reason, and one without a reason, or that fits nothing, is a finding itself.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from checks.document.document import CheckedDocument, Ignore, Place
from checks.findings import Finding, Report, RuleResult, RuleState, of_exception

_COMMENT = re.compile(r"^\s*shoko-ignore\b[ \t]*(?P<rules>[^:：]*)(?:[:：](?P<reason>.*))?$", re.DOTALL)


def read_ignore(comment: str) -> tuple[tuple[str, ...], str] | None:
    """The rules that a comment names and its reason, which may be empty; None where it is another comment."""
    found = _COMMENT.match(comment)
    if found is None:
        return None
    rules = tuple(one for one in re.split(r"[,、，\s]+", found["rules"]) if one)
    return rules or ("*",), " ".join((found["reason"] or "").split())


def heeded(report: Report, fixed: Collection[str], language: str) -> Report:
    """The report with what the document's own comments let pass set apart. Findings of the rules in `fixed`
    are never let pass."""
    kept: list[Finding] = []
    passed: list[Finding] = []
    used: set[int] = set()
    for finding in report.findings:
        fitting = [at for at, one in enumerate(report.document.ignores) if _fits(one, finding)]
        used.update(fitting)
        reason = next((r for at in fitting if (r := report.document.ignores[at].reason)), "")
        if reason and finding.rule not in fixed:
            passed.append(replace(finding, reason=reason))
        else:
            kept.append(finding)
    for at, one in enumerate(report.document.ignores):
        key = "" if one.reason and at in used else "unused" if one.reason else "reason"
        if key == "reason" or (key == "unused" and _ran(one, report.rules)):
            kept.append(_about(report.document, one, f"ignore_{key}", language))
    return replace(report, findings=tuple(kept), waived=(*report.waived, *passed))


def _fits(one: Ignore, finding: Finding) -> bool:
    inside = one.first <= finding.place.piece < one.last
    return inside and any(fnmatch.fnmatchcase(finding.rule, rule) for rule in one.rules)


def _ran(one: Ignore, rules: Sequence[RuleResult]) -> bool:
    """Whether a rule that it names was looked at: one of another pack may be meant."""
    ran = [rule.id for rule in rules if rule.state is RuleState.RAN]
    return any(fnmatch.fnmatchcase(given, rule) for given in ran for rule in one.rules)


def _about(document: CheckedDocument, one: Ignore, key: str, language: str) -> Finding:
    values = {"rules": ", ".join(one.rules), "reason": one.reason}
    place = document.place(one.piece) if one.piece >= 0 else Place()
    if one.at >= 0:
        line, column = document.line_and_column(one.at)
        place = Place(line=line, column=column)
    found = of_exception(document.name, key, values, language)
    return replace(found, place=place, fingerprint=f"{key} {'.'.join(one.rules)} {one.first}")

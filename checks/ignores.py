"""Comments in a document that let findings pass: `shoko-ignore RULE: reason`. They are told with their
reason, and one without a reason, or that fits nothing, is a finding itself.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from checks.document.document import CheckedDocument, DocumentPlace, Ignore
from checks.findings import CheckReport, Finding, RuleResult, RuleState, of_exception

_COMMENT = re.compile(r"^\s*shoko-ignore\b[ \t]*(?P<rules>[^:：]*)(?:[:：](?P<reason>.*))?$", re.DOTALL)


def read_ignore(comment: str) -> tuple[tuple[str, ...], str] | None:
    """The rules that a comment names and its reason, which may be empty; None where it is another comment."""
    match = _COMMENT.match(comment)
    if match is None:
        return None
    rules = tuple(rule for rule in re.split(r"[,、，\s]+", match["rules"]) if rule)
    return rules or ("*",), " ".join((match["reason"] or "").split())


def heeded(report: CheckReport, fixed: Collection[str], language: str) -> CheckReport:
    """The report with what the document's own comments let pass set apart. Findings of the rules in `fixed`
    are never let pass."""
    kept: list[Finding] = []
    passed: list[Finding] = []
    used: set[int] = set()
    for finding in report.findings:
        fitting = [index for index, ignore in enumerate(report.document.ignores) if _fits(ignore, finding)]
        used.update(fitting)
        reason = next((r for index in fitting if (r := report.document.ignores[index].reason)), "")
        if reason and finding.rule not in fixed:
            passed.append(replace(finding, reason=reason))
        else:
            kept.append(finding)
    for index, ignore in enumerate(report.document.ignores):
        key = "" if ignore.reason and index in used else "unused" if ignore.reason else "reason"
        if key == "reason" or (key == "unused" and _ran(ignore, report.rules)):
            kept.append(_about(report.document, ignore, f"ignore_{key}", language))
    return replace(report, findings=tuple(kept), waived=(*report.waived, *passed))


def _fits(ignore: Ignore, finding: Finding) -> bool:
    inside = ignore.first <= finding.place.piece < ignore.last
    return inside and any(fnmatch.fnmatchcase(finding.rule, rule) for rule in ignore.rules)


def _ran(ignore: Ignore, rules: Sequence[RuleResult]) -> bool:
    """Whether a rule that it names was looked at: one of another pack may be meant."""
    ran = [rule.id for rule in rules if rule.state is RuleState.RAN]
    return any(fnmatch.fnmatchcase(given, rule) for given in ran for rule in ignore.rules)


def _about(document: CheckedDocument, ignore: Ignore, key: str, language: str) -> Finding:
    values = {"rules": ", ".join(ignore.rules), "reason": ignore.reason}
    place = document.place(ignore.piece) if ignore.piece >= 0 else DocumentPlace()
    if ignore.at >= 0:
        line, column = document.line_and_column(ignore.at)
        place = DocumentPlace(line=line, column=column)
    finding = of_exception(document.name, key, values, language)
    return replace(finding, place=place, fingerprint=f"{key} {'.'.join(ignore.rules)} {ignore.first}")

"""Waivers, each with a reason, a name and an end; and baselines: the findings that were there before.

A waiver that has ended, or that fits nothing any more, is a finding itself.
"""

from __future__ import annotations

import datetime
import fnmatch
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import Field, model_validator

from checks.findings import CheckReport, Finding, of_exception
from checks.packs.yaml_lines import MOST_VALUES_SENT, load_yaml, validated
from checks.rules import RulePart
from core.errors import RulesBad

if TYPE_CHECKING:  # the tables take a third of a second to import, and `shoko check` needs none
    from core.models import SpaceWaiver


MOST_WAIVERS = 1000  # of one list: each is held against each rule


class Waiver(RulePart):
    """A finding, or a rule's findings in documents of that name, that someone lets pass for a time."""

    fingerprint: str = Field("", max_length=100)
    rule: str = Field("", max_length=500)
    document: str = Field("*", max_length=1000)
    reason: str = Field(min_length=3, max_length=2000)
    by: str = Field(min_length=1, max_length=500)
    until: datetime.date

    @model_validator(mode="after")
    def _names_something(self) -> Waiver:
        if not self.fingerprint and not self.rule:
            raise ValueError("a waiver names a fingerprint or a rule")
        return self

    def fits(self, rule: str, document: str) -> bool:
        """Whether it lets pass what that rule finds in that document; one for a fingerprint does not."""
        if self.fingerprint:
            return False
        return fnmatch.fnmatch(rule, self.rule) and fnmatch.fnmatch(document, self.document)


def waiver_of(row: SpaceWaiver) -> Waiver:
    """That waiver of a space as checks know it."""
    return Waiver(
        fingerprint=row.fingerprint, rule=row.rule, document=row.document, reason=row.reason, by=row.by,
        until=row.until,
    )  # fmt: skip


def load_waivers(path: Path) -> list[Waiver]:
    """The waivers of a YAML file: a list. Raises RulesBad with line and column."""
    loaded = load_yaml(path, most_values=MOST_VALUES_SENT)
    if loaded.data is None:
        return []
    if not isinstance(loaded.data, list):
        raise loaded.bad((), "a list of waivers is expected")
    if len(loaded.data) > MOST_WAIVERS:
        fix = "Name rules and documents with *, or fix what is found."
        raise loaded.bad((), f"{len(loaded.data)} waivers; the limit is {MOST_WAIVERS}", fix)
    return [validated(Waiver, loaded, (number,), entry) for number, entry in enumerate(loaded.data)]


def waived(
    report: CheckReport, waivers: Sequence[Waiver], today: datetime.date, language: str = "en"
) -> CheckReport:
    """The report with waived findings set apart, and a finding for each waiver that ended or fits nothing."""
    kept: list[Finding] = []
    passed: list[Finding] = []
    used: set[int] = set()
    fitting_to = _fitting(waivers, report.findings)
    for finding in report.findings:
        fitting = sorted(fitting_to[finding.fingerprint] + fitting_to[f"{finding.rule}\n{finding.document}"])
        used.update(fitting)
        valid = next((waivers[index] for index in fitting if waivers[index].until >= today), None)
        if valid is not None:
            passed.append(replace(finding, reason=f"{valid.reason} ({valid.by}, {valid.until})"))
        else:
            kept.append(finding)
    for index, waiver in enumerate(waivers):
        spoken = {"by": waiver.by, "until": waiver.until, "reason": waiver.reason}
        if index in used and waiver.until < today:
            kept.append(of_exception(report.document.name, "waiver_expired", spoken, language))
        elif index not in used and _speaks_of(waiver, report):
            kept.append(of_exception(report.document.name, "waiver_unused", spoken, language))
    return replace(report, findings=tuple(kept), waived=(*report.waived, *passed))


def _fitting(waivers: Sequence[Waiver], findings: Sequence[Finding]) -> defaultdict[str, list[int]]:
    """The places of the waivers that fit each fingerprint, and each rule and document. Waiver by waiver: its
    pattern is compiled once, and findings of one rule are many."""
    fitting: defaultdict[str, list[int]] = defaultdict(list)
    kinds = dict.fromkeys((finding.rule, finding.document) for finding in findings)
    for index, waiver in enumerate(waivers):
        if waiver.fingerprint:
            fitting[waiver.fingerprint].append(index)
        for rule, document in kinds:
            if waiver.fits(rule, document):
                fitting[f"{rule}\n{document}"].append(index)
    return fitting


def _speaks_of(waiver: Waiver, report: CheckReport) -> bool:
    """Whether a waiver without findings is unused: one for another document is not."""
    if waiver.fingerprint:
        return waiver.document == "*" or fnmatch.fnmatch(report.document.name, waiver.document)
    ran = any(fnmatch.fnmatch(rule.id, waiver.rule) for rule in report.rules)
    return ran and waiver.document != "*" and fnmatch.fnmatch(report.document.name, waiver.document)


def waivers_text(waivers: Sequence[Waiver]) -> str:
    """Those waivers as the YAML that `load_waivers` reads."""
    rows = [waiver.model_dump(exclude_defaults=True) for waiver in waivers]
    return str(yaml.safe_dump(rows, allow_unicode=True, sort_keys=False))


def baseline_text(reports: Sequence[CheckReport]) -> str:
    """The fingerprints of all findings, as `load_baseline` reads them."""
    entries = {
        report.document.name: sorted({finding.fingerprint for finding in report.findings})
        for report in reports
    }
    return json.dumps({"version": 1, "findings": entries}, ensure_ascii=False, indent=1) + "\n"


def write_baseline(path: Path, reports: Sequence[CheckReport]) -> int:
    """Write the fingerprints of all findings; how many there are."""
    text = baseline_text(reports)
    path.write_text(text, encoding="utf-8")
    return sum(len(prints) for prints in json.loads(text)["findings"].values())


def load_baseline(path: Path) -> dict[str, frozenset[str]]:
    """The fingerprints of a baseline, by document. Raises RulesBad."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): frozenset(map(str, prints)) for name, prints in data["findings"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        problem = f"this is no baseline: {error!s:.200}"
        raise RulesBad(place=path.name, problem=problem, fix="Write it with --write-baseline.") from error


def beyond(report: CheckReport, baseline: dict[str, frozenset[str]]) -> CheckReport:
    """The report without the findings that were there before."""
    known = baseline.get(report.document.name, frozenset())
    old = [finding for finding in report.findings if finding.fingerprint in known]
    new = [finding for finding in report.findings if finding.fingerprint not in known]
    return replace(report, findings=tuple(new), waived=(*report.waived, *old))

"""SARIF 2.1.0, for code hosts and editors. Pages and boxes, which it has not, stand in properties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.findings import CheckReport, Finding, Level, RuleState
from core.version import VERSION

_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}


def sarif(reports: Sequence[CheckReport], unread: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """One run over those documents; `unread` could not be checked, each with why."""
    rules = {rule.id: rule for report in reports for rule in report.rules}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Shoko",
                        "version": VERSION,
                        "rules": [
                            {"id": rule.id, "properties": {"kind": rule.kind}} for rule in rules.values()
                        ],
                    }
                },
                "artifacts": [_artifact(report) for report in reports],
                "results": [
                    *(
                        _result(finding, index)
                        for index, report in enumerate(reports)
                        for finding in report.findings
                    ),
                    *(
                        _result(finding, index) | {"suppressions": [_suppression(finding)]}
                        for index, report in enumerate(reports)
                        for finding in report.waived
                    ),
                ],
                "invocations": [
                    {
                        "executionSuccessful": not unread,
                        "toolExecutionNotifications": [
                            *(
                                {"level": "error", "message": {"text": f"{name}: {why}"}}
                                for name, why in unread
                            ),
                            *(
                                {
                                    "level": "error" if rule.state is RuleState.COULD_NOT_RUN else "note",
                                    "message": {"text": f"{rule.id}: {rule.state}: {rule.why}"},
                                    "associatedRule": {"id": rule.id},
                                }
                                for report in reports
                                for rule in report.rules
                                if rule.state is not RuleState.RAN
                            ),
                        ],
                    }
                ],
                "columnKind": "unicodeCodePoints",
            }
        ],
    }


def _artifact(report: CheckReport) -> dict[str, Any]:
    document = report.document
    artifact: dict[str, Any] = {"location": {"uri": document.name}}
    if document.sha256:
        artifact["hashes"] = {"sha-256": document.sha256}
    return artifact


def _suppression(finding: Finding) -> dict[str, str]:
    return {"kind": "external", **({"justification": finding.reason} if finding.reason else {})}


def _result(finding: Finding, index: int) -> dict[str, Any]:
    place = finding.place
    physical: dict[str, Any] = {"artifactLocation": {"uri": finding.document, "index": index}}
    if place.line:
        physical["region"] = {"startLine": place.line, "startColumn": place.column}
        if place.end_line:
            physical["region"] |= {"endLine": place.end_line, "endColumn": place.end_column}
    location: dict[str, Any] = {"physicalLocation": physical}
    name = place.path or (f"{place.sheet}!{place.cell}" if place.sheet else "") or place.section
    if name:
        location["logicalLocations"] = [{"fullyQualifiedName": name}]
    judged = finding.confidence is not None
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": "none" if judged else _LEVELS[finding.level],
        "kind": "review" if judged else "fail",
        "message": {"text": finding.message},
        "locations": [location],
        "partialFingerprints": {"shoko/v1": finding.fingerprint},
        "properties": {"place": place.as_dict(), "quote": finding.quote, "fix": finding.fix},
    }
    if finding.also:
        result["properties"]["also"] = [other.as_dict() for other in finding.also]
    if finding.confidence is not None:
        result["rank"] = round(100 * finding.confidence, 1)
    return result

"""JUnit XML, for build servers: a test suite for each document, a test case for each rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from checks.findings import CheckReport, Finding, Level, RuleState

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def _only_said(finding: Finding) -> bool:
    """Whether it is a model's opinion that fails nothing: told, and no failure."""
    return finding.is_opinion and finding.level is not Level.ERROR


def junit(reports: Sequence[CheckReport], unread: Sequence[tuple[str, str]] = ()) -> str:
    """The XML text; `unread` are documents that could not be checked, each with why."""
    root = ElementTree.Element("testsuites", name="shoko check")
    for name, why in unread:
        suite = ElementTree.SubElement(root, "testsuite", name=name, tests="1", failures="0", errors="1")
        case = ElementTree.SubElement(suite, "testcase", name="read", classname="document")
        ElementTree.SubElement(case, "error", message=_UNFIT.sub("\ufffd", why))
    for report in reports:
        failing = {finding.rule for finding in report.findings if not _only_said(finding)}
        states = [rule.state for rule in report.rules]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=report.document.name,
            tests=str(len(report.rules)),
            failures=str(sum(rule.id in failing for rule in report.rules)),
            errors=str(states.count(RuleState.COULD_NOT_RUN)),
            skipped=str(states.count(RuleState.NOT_APPLICABLE)),
        )
        for rule in report.rules:
            case = ElementTree.SubElement(suite, "testcase", name=rule.id, classname=rule.kind or "rule")
            of_rule = [finding for finding in report.findings if finding.rule == rule.id]
            mine = [finding for finding in of_rule if not _only_said(finding)]
            if mine:
                lines = "\n".join(
                    f"{finding.place.shown()}: {finding.message} [{finding.quote}]" for finding in mine
                )
                failure = ElementTree.SubElement(
                    case, "failure", message=f"{len(mine)} findings", type=str(rule.level)
                )
                failure.text = _UNFIT.sub("\ufffd", lines)
            if opinions := [finding for finding in of_rule if _only_said(finding)]:
                said = ElementTree.SubElement(case, "system-out")
                text = "\n".join(
                    f"{opinion.place.shown()}: {opinion.message} [{opinion.quote}]" for opinion in opinions
                )
                said.text = _UNFIT.sub("\ufffd", text)
            if rule.state is RuleState.COULD_NOT_RUN:
                ElementTree.SubElement(case, "error", message=_UNFIT.sub("\ufffd", rule.why))
            elif rule.state is RuleState.NOT_APPLICABLE:
                ElementTree.SubElement(case, "skipped", message=_UNFIT.sub("\ufffd", rule.why))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")

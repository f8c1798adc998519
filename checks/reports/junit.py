"""JUnit XML, for build servers: a test suite for each document, a test case for each rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from checks.findings import Report, RuleState

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def junit(reports: Sequence[Report]) -> str:
    """The XML text."""
    root = ElementTree.Element("testsuites", name="shoko check")
    for report in reports:
        failing = {finding.rule for finding in report.findings}
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
            mine = [finding for finding in report.findings if finding.rule == rule.id]
            if mine:
                lines = "\n".join(f"{one.place.shown()}: {one.message} [{one.quote}]" for one in mine)
                failure = ElementTree.SubElement(
                    case, "failure", message=f"{len(mine)} findings", type=str(rule.level)
                )
                failure.text = _UNFIT.sub("\ufffd", lines)
            if rule.state is RuleState.COULD_NOT_RUN:
                ElementTree.SubElement(case, "error", message=_UNFIT.sub("\ufffd", rule.why))
            elif rule.state is RuleState.NOT_APPLICABLE:
                ElementTree.SubElement(case, "skipped", message=_UNFIT.sub("\ufffd", rule.why))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")

"""Waivers and baselines that are sent are read by the back-end: bounded in values, depth and number."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from making import error_of

from checks.document.document import CheckedDocument, DocumentFormat, DocumentPlace
from checks.findings import CheckReport, Finding, Level
from checks.packs.waivers import MOST_WAIVERS, Waiver, load_baseline, load_waivers, waived
from checks.packs.yaml_lines import MOST_VALUES_SENT
from core.errors import RulesBad

DAY = datetime.date(2026, 12, 1)
ENTRY = "- {{rule: r{0}, reason: known, by: me, until: 2030-01-01}}\n"


def waivers_of(text: str, folder: Path) -> list[Waiver]:
    path = folder / "waivers.yml"
    path.write_text(text, encoding="utf-8")
    return load_waivers(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n" * (MOST_VALUES_SENT + 1), "more than 20,000 values"),
        ("- {" + "a, " * MOST_VALUES_SENT + "}", "more than 20,000 values"),
        ("".join(map(ENTRY.format, range(MOST_WAIVERS + 1))), "the limit is 1000"),
        ("[" * 100_000, "waivers.yml"),
        ("- " * 100_000, "waivers.yml"),
        ("a: &a [x, x]\nb: &b [*a, *a]\n" + "c: [" + "*b, " * 300 + "]", "too many aliases"),
        ("- &a [*a]\n", "waivers.yml"),
        ("- {rule: '" + "x" * 501 + "', reason: known, by: me, until: 2030-01-01}", "at most 500 characters"),
        ("- {rule: a, reason: '" + "x" * 2001 + "', by: me, until: 2030-01-01}", "at most 2000 characters"),
    ],
    ids=["list", "map", "many", "deep flow", "deep block", "aliases", "itself", "rule", "reason"],
)
def test_waivers_that_no_person_writes_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RulesBad, match=message):
        waivers_of(text, tmp_path)


def test_as_many_waivers_as_there_may_be_are_read(tmp_path: Path) -> None:
    assert len(waivers_of("".join(map(ENTRY.format, range(MOST_WAIVERS))), tmp_path)) == MOST_WAIVERS


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"findings": {"a": ' + "[" * 100_000, '{"a":' * 100_000, '{"findings": {"a": 1}}', "[]"],
)
def test_a_baseline_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(RulesBad, match="this is no baseline"):
        load_baseline(path)


def report_of(number: int) -> CheckReport:
    findings = tuple(
        Finding(
            rule=f"r{index}", kind="pattern", level=Level.ERROR, message="no", place=DocumentPlace(),
            quote="x", document="a.md", fingerprint=f"{index:016x}",
        )
        for index in range(number)
    )  # fmt: skip
    document = CheckedDocument("a.md", DocumentFormat.MARKDOWN)
    return CheckReport(document, "acme", findings, ())


def test_which_waiver_fits_which_finding() -> None:
    until = datetime.date(2030, 1, 1)
    passes = [
        Waiver(fingerprint=f"{3:016x}", reason="the third", by="me", until=until),
        Waiver(rule="r1?", reason="from ten on", by="me", until=until),
        Waiver(rule="r12", document="b.md", reason="elsewhere", by="me", until=until),
        Waiver(rule="r1*", document="*.md", reason="ended", by="me", until=datetime.date(2020, 1, 1)),
    ]
    passed = waived(report_of(20), passes, DAY)
    assert {finding.rule: finding.reason.partition(" (")[0] for finding in passed.waived} == {
        "r3": "the third", **{f"r{index}": "from ten on" for index in range(10, 20)},
    }  # fmt: skip
    assert [finding.rule for finding in passed.findings if finding.kind == "pattern"] == [
        f"r{index}" for index in range(10) if index != 3
    ]
    assert [finding.rule for finding in passed.findings if finding.kind != "pattern"] == ["waiver-expired"]


def test_each_waiver_is_held_against_a_rule_once_however_much_it_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = report_of(5)
    findings = tuple(
        replace(report.findings[index % 5], fingerprint=f"{index:016x}") for index in range(5000)
    )
    passes = [
        Waiver(rule=f"*x*{index}", reason="none", by="me", until=datetime.date(2030, 1, 1))
        for index in range(50)
    ]
    asked: list[str] = []
    real = Waiver.fits
    monkeypatch.setattr(Waiver, "fits", lambda self, rule, name: asked.append(rule) or real(self, rule, name))
    waived(replace(report, findings=findings), passes, DAY)
    assert len(asked) == 5 * 50


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("waivers", b"- a\n" * (MOST_VALUES_SENT + 1)),
        ("waivers", b"[" * 100_000),
        ("baseline", b"[" * 100_000),
        ("baseline", json.dumps({"findings": []}).encode()),
    ],
)
def test_the_back_end_says_what_is_wrong_with_them(client: httpx.Client, part: str, content: bytes) -> None:
    files = {"file": ("a.md", b"A text."), part: ("sent", content)}
    answer = client.post("/api/checks", files=files, data={"pack": "jtf", "keep": "false"})
    assert (answer.status_code, error_of(answer)) == (422, "rules_bad")

"""Findings that say the same stand together, on the screen, in JSON and in the HTML report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checks.findings import grouped
from checks.packs.pack import Pack
from checks.reports.html import html
from cli.main import app
from tests.checks.conftest import report_of

pytestmark = pytest.mark.fast
TERMS = "{expected: サーバー, pattern: '/サーバ(?!ー)/'}, {expected: 利用者, pattern: ユーザ}"
RULES = f"- {{id: W, kind: terms, rules: [{TERMS}]}}"
TEXT = "サーバを見る。\n\nユーザが来る。\n\nサーバとサーバを足す。\n"


def test_findings_that_say_the_same_are_one_group(pack: Callable[..., Pack]) -> None:
    report = report_of(pack(RULES), TEXT)
    groups = [(group.first.fix, group.numbers, group.places) for group in grouped(report.findings)]
    assert groups == [("サーバー", (1, 3, 4), ["1:1", "5:1", "5:5"]), ("利用者", (2,), ["3:1"])]
    shape = report.as_dict()
    assert len(shape["findings"]) == 4
    assert [(group["count"], group["findings"]) for group in shape["groups"]] == [(3, [1, 3, 4]), (1, [2])]


def test_html_folds_the_other_places_away(pack: Callable[..., Pack]) -> None:
    page = html([report_of(pack(RULES), TEXT)], "ja")
    assert page.count('class="f error"') == 2
    assert "同じ指摘がほかに2か所" in page
    assert page.index("<details>") < page.index("3. 5:1") < page.index("4. 5:5") < page.index("</details>")


def test_the_screen_names_the_places(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(f"version: 1\npack: p\nrules:\n{RULES}\n", encoding="utf-8")
    (tmp_path / "a.md").write_text(TEXT, encoding="utf-8")
    call = ["check", str(tmp_path / "a.md"), "--rules", str(tmp_path / "p.yml"), "--language", "en"]
    shown = CliRunner().invoke(app, call).output
    assert shown.count("サーバー") == 2
    assert "3 times: 1:1, 5:1, 5:5" in shown
    assert "4 findings" in shown
    (answer,) = [json.loads(CliRunner().invoke(app, [*call, "--json"]).output)]
    assert [group["count"] for group in answer["groups"]] == [3, 1]

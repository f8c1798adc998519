"""Comments in a document let findings pass, are told with their reason, and are findings without one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest

from checks.findings import CheckReport
from checks.ignores import read_ignore
from checks.packs.pack import Pack
from checks.readers.markdown import read_markdown
from checks.readers.reading import read_document
from checks.reports.html import html
from checks.reports.sarif import sarif
from checks.service.runner import run_pack

RULE = "- {id: W01, kind: pattern, pattern: 旧}\n- {id: W02, kind: pattern, pattern: 悪}"


def report(pack: Callable[..., Pack], text: str, rules: str = RULE) -> CheckReport:
    return run_pack(read_markdown(text, "a.md"), pack(rules), language="en")


def told(checked: CheckReport) -> list[tuple[str, str]]:
    return [(finding.place.shown(), finding.rule) for finding in checked.findings]


@pytest.mark.parametrize(
    ("comment", "named"),
    [
        ("shoko-ignore W01: 顧客名", (("W01",), "顧客名")),
        (" shoko-ignore W01, jtf*：a\n b ", (("W01", "jtf*"), "a b")),
        ("shoko-ignore W01", (("W01",), "")),
        ("shoko-ignore: all of it", (("*",), "all of it")),
        ("shoko-ignored W01: x", None),
        ("todo", None),
    ],
)
def test_a_comment_is_read(comment: str, named: Any) -> None:
    assert read_ignore(comment) == named


def test_the_next_block_passes_and_no_other(pack: Callable[..., Pack]) -> None:
    checked = report(pack, "旧\n\n<!-- shoko-ignore W01: 顧客名 -->\n旧と悪\n\n旧\n")
    assert told(checked) == [("1:1", "W01"), ("4:3", "W02"), ("6:1", "W01")]
    assert [(finding.place.shown(), finding.reason) for finding in checked.waived] == [("4:1", "顧客名")]
    assert checked.as_dict()["waived"][0]["reason"] == "顧客名"


@pytest.mark.parametrize("block", ["- 旧\n- 旧\n", "| 旧 | a |\n|---|---|\n| 旧 | b |\n", "# 旧\n", "> 旧\n"])
def test_a_list_a_table_a_heading_and_a_quotation_pass_as_a_whole(
    pack: Callable[..., Pack], block: str
) -> None:
    checked = report(pack, f"<!-- shoko-ignore W*: 顧客名 -->\n\n{block}\n旧\n")
    assert len(checked.findings) == 1
    assert len(checked.waived) == block.count("旧")


def test_without_a_reason_nothing_passes_and_that_is_told(pack: Callable[..., Pack]) -> None:
    checked = report(pack, "本文\n\n<!-- shoko-ignore W01 -->\n旧\n")
    assert sorted(told(checked)) == [("3:1", "ignore-reason"), ("4:1", "W01")]
    assert checked.waived == ()


def test_a_comment_that_fits_nothing_is_told_unless_its_rule_is_of_another_pack(
    pack: Callable[..., Pack],
) -> None:
    checked = report(pack, "<!-- shoko-ignore W01: x -->\n新\n\n<!-- shoko-ignore other: x -->\n新\n")
    assert told(checked) == [("1:1", "ignore-unused")]
    for text in ("新\n\n<!-- shoko-ignore W01: x -->\n", "- <!-- shoko-ignore W01: x -->\n\n旧\n"):
        assert "ignore-unused" in [rule for _, rule in told(report(pack, text))]


def test_a_rule_may_refuse_comments(pack: Callable[..., Pack]) -> None:
    rules = "- {id: W01, kind: pattern, pattern: 旧, ignorable: false}"
    checked = report(pack, "<!-- shoko-ignore W01: x -->\n旧\n", rules)
    assert told(checked) == [("2:1", "W01")]


def test_reports_tell_what_passed_and_why(pack: Callable[..., Pack]) -> None:
    checked = report(pack, "<!-- shoko-ignore W01: <顧客名> -->\n旧\n")
    assert "&lt;顧客名&gt;" in html([checked])
    (result,) = sarif([checked])["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": "<顧客名>"}]


def test_a_comment_of_word_lets_its_paragraphs_pass(tmp_path: Path, pack: Callable[..., Pack]) -> None:
    document = docx.Document()
    document.add_paragraph("旧")
    first = document.add_paragraph("これは").add_run("旧")
    second = document.add_paragraph().add_run("旧です")
    bare = document.add_paragraph().add_run("悪")
    document.add_comment([first, second], text="shoko-ignore W01: 顧客名", author="山田")
    document.add_comment(bare, text="shoko-ignore W02", author="山田")
    document.add_comment(bare, text="これは旧でよい", author="佐藤")
    path = tmp_path / "a.docx"
    document.save(str(path))
    checked = run_pack(read_document(path), pack(RULE), language="en")
    assert [(finding.place.path, finding.reason) for finding in checked.waived] == [
        ("body/p[1]", "顧客名"), ("body/p[2]", "顧客名"),
    ]  # fmt: skip
    assert sorted((finding.place.path, finding.rule) for finding in checked.findings) == [
        ("body/p[0]", "W01"), ("body/p[3]", "W02"), ("body/p[3]", "ignore-reason"),
    ]  # fmt: skip

"""What the packs that ship leave alone: zones and customs of real documents, each beside what stays told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.shared import Pt

from checks.findings import Finding, Level
from checks.packs.loading import load_pack
from checks.readers.markdown import read_markdown
from checks.readers.reading import read_document
from checks.service.runner import run_pack

Found = Callable[..., list[Finding]]


def quotes(pack: str, rule: str, text: str) -> list[str]:
    """What that rule of that pack finds in a Markdown text."""
    report = run_pack(read_markdown(text, "a.md"), load_pack(pack))
    return [finding.quote for finding in report.findings if finding.rule == rule]


@pytest.mark.parametrize(
    ("pack", "rule", "text", "expected"),
    [
        # Tags of site generators, comments in them, and formulas are no prose.
        ("english-report", "placeholders", "See the plan {% comment %} TODO link {% endcomment %} here.", []),
        ("english-report", "placeholders", "The price is TBD, and TODO: ask.", ["TBD", "TODO"]),
        ("english-report", "placeholders", "Name the channel project-XXX-partners.", []),
        ("english-report", "repeated-word", '{% image "a.png" "border border-light" %}', []),
        ("english-report", "repeated-word", "Use single sign-on on the network; the the end.", ["the the"]),
        ("english-report", "double-space", "{% step  one %} goes  on.", ["  "]),
        # Addresses and numbers in URLs count nothing; amounts do.
        ("english-report", "thousands", "Write to 230 S Dearborn, Chicago IL, 60604. Page ?id=658899186", []),
        ("english-report", "thousands", "32000 users came. It cost $125000.", ["32000", "125000"]),
        ("koyobun", "thousands", "値1,2は捨てる。人口は123456人である。", ["123456"]),
        # A smiley, a quotation of several paragraphs, and a pair of two widths.
        ("english-report", "brackets", "All is well :) and done.\n\n“One.\n\n“Two.”", []),
        ("english-report", "brackets", "It ends here) and (begins.", [")", "("]),
        ("gbt9704", "brackets", "数据（metadata)的意义。", ["（metadata)"]),
        ("gbt9704", "brackets", "数据（元数据的意义。", ["（"]),
        # Dates within English words, and one form over a line's end.
        ("gbt9704", "dates", "In: PODC, July 2, 1998. 另见2026-01-02。", ["2026-01-02"]),
        ("english-report", "date-forms",
        "On December 14,\n2018 it began. On November 2, 2017 it was planned.", []),
        # Words that are said twice on purpose, or are two words.
        ("ja-technical", "doubled-word", "資料などなどを見る。課題ででた結果だ。", []),
        ("ja-technical", "doubled-word", "課題課題が残る。", ["課題"]),
        ("ja-technical", "stray-letter", "データをk個に分け、値xの和を取る。対応でｋない。", ["ｋ"]),
        ("ja-technical", "redundant-verb", "定期健康診断を行う。確認を行う。", ["確認を行う"]),
        # Labels, slides and what announces a listing need no full stop.
        ("ja-technical", "sentence-end", "背景を変えられる\n\n機能の一覧\n\n実行します\n\n```\nrun\n```", []),
        ("ja-technical", "sentence-end", "終わった。次に進みます", ["す"]),
        # 一つ in fixed phrases, marks and code in square brackets.
        ("jtf", "2.2.2", "もう一つある。一つもない。方法の一つだ。七つの案。", ["七"]),
        ("jtf", "4.3.2", "Option[整数]型と注[^1]と配列[0]を見る。", ["[", "]"]),
        ("business-ja", "work-rules-articles", "# 旅費規程\n\n就業規則第45条に基づき定める。", []),
    ],
)  # fmt: skip
def test_what_is_no_fault_is_left_alone(pack: str, rule: str, text: str, expected: list[str]) -> None:
    assert quotes(pack, rule, text) == expected


@pytest.mark.parametrize("rule", ["doubled-particle", "redundant-verb", "redundant-koto", "weak-phrase"])
def test_what_is_advice_is_told_as_advice(rule: str) -> None:
    assert next(known.level for known in load_pack("ja-technical").rules if known.id == rule) is Level.INFO


LADDER = "- {id: N, kind: numbering, ladder: [一、, （一）, '1.', （1）]}"


def test_headings_of_another_order_are_told_once(checked: Found) -> None:
    text = "# 手册\n\n## 一、总则\n\n" + "\n\n".join(
        f"## {name}\n\n正文。" for name in ("安装", "使用", "升级", "排错", "联系")
    )
    findings = checked(LADDER, text)
    assert [(finding.quote, "5 of 6" in finding.message) for finding in findings] == [("安装", True)]


@pytest.mark.parametrize(
    "text",
    [
        "# 关于十件事\n\n## 目录\n\n## 一、背景\n\n正文。\n\n## 二、做法\n\n正文。\n\n## 参考文献\n\n书目。",
        "# 一、背景\n\n- 500 Internal Server Error\n- 0 が代入される",
        "# 一、背景\n\n- [2. 做法](#做法)\n\n正文。",
    ],
)
def test_titles_custom_headings_and_counts_are_no_rungs(checked: Found, text: str) -> None:
    assert checked(LADDER, text) == []


def test_what_a_document_does_throughout_is_one_finding_with_its_places(tmp_path: Path) -> None:
    document = docx.Document()
    for number in range(6):
        document.add_paragraph(f"第{number + 1}段的正文内容。").runs[0].font.size = Pt(12)
    path = tmp_path / "a.docx"
    document.save(str(path))
    rules = tmp_path / "r.yml"
    rules.write_text(
        "pack: r\nrules: [{id: L, kind: layout, styles: {body: {size_pt: 16}}}]\n", encoding="utf-8"
    )
    report = run_pack(read_document(path), load_pack(rules))
    (finding,) = report.findings
    assert len(finding.also) == 5
    assert len(finding.as_dict()["also"]) == 5
    (group,) = report.as_dict()["groups"]
    assert (group["count"], len(group["places"])) == (6, 6)

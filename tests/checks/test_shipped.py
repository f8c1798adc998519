"""The packs that ship, each on a clean and on a faulty sample."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from docx.shared import Mm

from checks.findings import RuleState
from checks.packs.loading import load_pack, shipped
from checks.readers.markdown import read_markdown
from checks.readers.reading import read_document
from checks.service.runner import run_pack

RINGI = """# 稟議書

## 件名

複合機の更新

## 目的

老朽化した複合機を更新し、故障による業務の停滞を防ぐためです。

## 金額

金額：1,200,000円

## 実施時期

2026年12月1日（火）に実施します。

| 起案者 | 課長 | 部長 |
|---|---|---|
| 山田 | 佐藤 | 鈴木 |
"""
REPORT = """# Report

## Summary

The printers fail often, as Table 1 shows.

Table 1: Failures

| Year | Failures |
|---|---|
| 2026 | 12 |

## Findings

Most failures happen on Friday, 20 November 2026.

## Conclusion

New printers should be bought.
"""
# Pack, clean text, what is changed in it, and the rules that must then find something.
JIYAO = """# 采购例会会议纪要

## 时间

2026年11月20日（星期五）

## 地点

总部二楼，会议室一

## 参会人员

采购部全体人员

## 议题

供应商账户的清理

| 项目 | 金额 |
|---|---|
| 设备 | 3,000 |
| 安装 | 2,000 |
| 合计 | 5,000 |

## 决议

采购部在12月15日前完成清理。
"""
SAMPLES = [
    ("jtf", "彼は「明日、会議がある」と述べました。", ("述べました。", "述べました!"), {"4.2.1"}),
    ("jtf", "サーバーの設定は3か月ごとに見直します。", ("サーバーの設定は3か月", "サーバの 設定は3ヶ月"), {"2.1.6", "2.2.3", "3.1.2"}),
    ("ja-technical", "装置を確認する。結果を表に書く。", ("確認する", "確認することができる"), {"redundant-koto-dekiru"}),
    ("ja-technical", "ここから海が見られる。", ("見られる", "見れる"), {"ra-dropped"}),
    ("koyobun", "# 第1　目的\n\n課長及び部長が決める。\n\n# 第2　内容\n\n2か月で終える。\n", ("第2　", "第3"), {"numbering"}),
    ("koyobun", "甲、乙及び丙が、協議する。", ("甲、", "甲，"), {"comma"}),
    ("business-ja", RINGI, ("## 実施時期", "## その他"), {"ringi-sections"}),
    ("business-ja", RINGI, ("（火）", "（水）"), {"dates"}),
    ("business-ja", RINGI, ("| 部長 |", "| 社長 |"), {"ringi-approval"}),
    ("business-zh", JIYAO, ("## 决议", "## 其他"), {"minutes-sections"}),
    ("business-zh", JIYAO, ("（星期五）", "（星期六）"), {"dates"}),
    ("business-zh", JIYAO, ("二楼，会议室", "二楼,会议室"), {"ascii-comma"}),
    ("business-zh", JIYAO, ("账户", "帐户"), {"words"}),
    ("business-zh", JIYAO, ("| 合计 | 5,000 |", "| 合计 | 5,500 |"), {"table-totals"}),
    ("business-zh", JIYAO, ("采购部", "○○部"), {"placeholders"}),
    ("english-report", REPORT, ("## Conclusion", "## Thoughts"), {"sections"}),
    ("english-report", REPORT, ("as Table 1 shows", "as Table 3 shows"), {"references"}),
    ("english-report", REPORT, ("The printers fail", "The the printers fail"), {"repeated-word"}),
    ("english-report", REPORT, ("Friday, 20", "Monday, 20"), {"dates"}),
]  # fmt: skip


@pytest.mark.parametrize(("pack", "clean", "change", "rules"), SAMPLES)
def test_a_pack_finds_the_fault_and_nothing_in_the_clean_sample(
    pack: str, clean: str, change: tuple[str, str], rules: set[str]
) -> None:
    loaded = load_pack(pack)
    before = run_pack(read_markdown(clean, "a.md"), loaded)
    assert [(finding.rule, finding.quote) for finding in before.findings] == []
    assert change[0] in clean
    after = run_pack(read_markdown(clean.replace(*change), "a.md"), loaded)
    assert {finding.rule for finding in after.findings} >= rules


def word(path: Path, top: float, mark: str) -> Path:
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(top), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header.paragraphs[0].text = mark
    document.add_paragraph("正文。")
    document.save(str(path))
    return path


def test_the_layout_of_gb_t_9704(tmp_path: Path) -> None:
    pack = load_pack("gbt9704")
    clean = run_pack(read_document(word(tmp_path / "a.docx", 37, "")), pack)
    faulty = run_pack(read_document(word(tmp_path / "b.docx", 25, "")), pack)
    assert "page" not in {finding.rule for finding in clean.findings}
    assert "page" in {finding.rule for finding in faulty.findings}


def test_the_mark_of_confidentiality(tmp_path: Path) -> None:
    pack = load_pack("confidentiality")
    clean = run_pack(read_document(word(tmp_path / "a.docx", 25, "社外秘")), pack)
    faulty = run_pack(read_document(word(tmp_path / "b.docx", 25, "")), pack)
    assert "mark" not in {finding.rule for finding in clean.findings}
    assert "mark" in {finding.rule for finding in faulty.findings}


@pytest.mark.parametrize("name", shipped())
def test_no_rule_of_a_pack_fails_on_an_ordinary_document(name: str) -> None:
    report = run_pack(read_markdown(RINGI + REPORT, "a.md"), load_pack(name))
    assert [rule.why for rule in report.rules if rule.state is RuleState.COULD_NOT_RUN] == []

"""Kinds that look at a document before it leaves the house, on Markdown: what they find, where, and what they
leave alone; and what they say where they cannot look."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from checks.findings import Finding
from checks.kinds.whole.formulas import FormulaBad, computed, formula, rounded
from checks.packs.loading import load_pack
from checks.packs.pack import Pack
from checks.packs.sources import pack_alone
from checks.readers.markdown import read_markdown
from checks.readers.text import read_text
from checks.service.runner import run_pack
from core.errors import BadValue, RulesBad

pytestmark = pytest.mark.fast

Found = Callable[..., list[Finding]]
PackOf = Callable[..., Pack]

BILL = """\
| 品名 | 数量 | 単価（円） | 税率 | 金額 |
|---|---|---|---|---|
| 机 | 3 | 12,345 | 10% | 37,035 |
| お茶 | 7 | 108 | 8% | {tea} |
| 小計 |  |  |  | 37,791 |
| 消費税（8%） |  |  |  | 60 |
| 消費税（10%） |  |  |  | {tax} |
| 合計 |  |  |  | {sum} |
"""
SUMS = """\
- id: C
  kind: calculation
  rows: [金額 = 単価 × 数量]
  totals:
  - 小計 = sum(金額)
  - '"消費税（8%）" = sum(金額 where 税率 is 8%) * 8%'
  - '「消費税（10%）」 = sum(金額 where 税率 is 10%) * 10%'
  - 合計 = 小計 + 「消費税（8%）」 + 「消費税（10%）」
  round: floor
"""


def test_figures_of_hundreds_of_digits_stop_no_check(checked: Found) -> None:
    table = "| 金額 | 単価 | 数量 |\n|---|---|---|\n| {} | {} | {} |\n"
    rule = "- id: C\n  kind: calculation\n  rows: [金額 = 単価 * 数量]\n"
    assert [each.quote for each in checked(rule, table.format("6", "9" * 300, "9" * 300))] == ["6"]
    assert [each.quote for each in checked(rule, table.format("6", "9" * 400, "3"))] == ["6"]
    with pytest.raises(FormulaBad, match="at most"):
        formula("a = b" + " + b" * 3000)
    term = formula("a = b" + " + b" * 240).term
    assert computed(term, lambda _: Fraction(1))[0] == 241


def test_a_bill_is_calculated_by_row_and_by_rate_of_tax(checked: Found) -> None:
    right = BILL.format(tea="756", tax="3,703", sum="41,554")
    assert checked(SUMS, right) == []
    wrong = checked(SUMS, BILL.format(tea="765", tax="3,704", sum="41,554"), language="ja")
    assert [(each.place.line, each.quote) for each in wrong] == [
        (4, "765"), (5, "37,791"), (6, "60"), (7, "3,704"), (8, "41,554"),
    ]  # fmt: skip
    assert wrong[0].message == "金額が765になっています（108 × 7、切り捨てで756）。"
    assert "3,703" in wrong[3].message


def test_a_total_may_be_a_field_and_one_that_is_nowhere_is_told(pack: PackOf, checked: Found) -> None:
    rules = """\
- {id: F, kind: field, name: 請求額, find: {type: money}}
- {id: C, kind: calculation, totals: [請求額 = sum(金額) * 1.1], round: round}
"""
    text = "請求額：1,101円\n\n| 品名 | 金額 |\n|---|---|\n| 机 | 1,000 |\n"
    assert [each.place.shown() for each in checked(rules, text)] == ["1:5"]
    assert checked(rules, text.replace("1,101", "1,100")) == []
    missing = run_pack(
        read_markdown(text, "a.md"), pack("- {id: C, kind: calculation, totals: [税 = sum(金額)]}")
    )
    assert [(rule.state, rule.why) for rule in missing.rules] == [
        ("could_not_run", "There is no number for: 税")
    ]


YUAN = """\
| 品名 | 数量 | 单价 | 金额 |
|---|---|---|---|
| 托辊 | 40 | 65.5 | 2,620.00 |
| 滚筒 | 4 | 1,280 | 5,120 |
| 小计 | | | 7,740.0 |
| 税额 | | | {tax} |
"""
YUAN_SUMS = """\
- id: C
  kind: calculation
  rows: [金额 = 单价 * 数量]
  totals: [小计 = sum(金额), 税额 = 小计 * 13%]
- {id: T, kind: table, totals: [金额]}
"""


@pytest.mark.parametrize("tax", ["1,006.2", "1,006.20", "￥1,006.20", "1,006.20元", "1,006元2角"])
def test_zeros_behind_the_point_are_no_other_amount(checked: Found, tax: str) -> None:
    assert [each.message for each in checked(YUAN_SUMS, YUAN.format(tax=tax)) if each.rule == "C"] == []


def test_the_right_sum_is_told_with_the_decimals_of_the_wrong_one(checked: Found) -> None:
    wrong = checked(YUAN_SUMS, YUAN.format(tax="1,006.30"), language="zh")
    assert ["1,006.20" in each.message for each in wrong if each.rule == "C"] == [True]
    table = "# 表\n\n| 品名 | 金额 |\n|---|---|\n| 甲 | 9,900,000,000.15 |\n| 乙 | 0.05 |\n| 合计 | 1.10 |\n"
    (total,) = checked("- {id: T, kind: table, totals: [金额]}", table)
    assert "9,900,000,000.20" in total.message


@pytest.mark.parametrize(
    ("text", "rounding", "decimals", "right"),
    [
        ("1.5", "round", 0, 2), ("1.5", "floor", 0, 1), ("1.2", "ceil", 0, 2), ("-1.5", "floor", 0, -1),
        ("-1.5", "ceil", 0, -2), ("-2.5", "round", 0, -3), ("1.005", "round", 2, Fraction("1.01")),
        ("2", "ceil", 0, 2), ("1.25", "none", 0, Fraction("1.25")),
    ],
)  # fmt: skip
def test_rounding_is_that_of_money(text: str, rounding: Any, decimals: int, right: Fraction) -> None:
    assert rounded(Fraction(text), rounding, decimals) == right


def test_formulas_follow_the_order_of_arithmetic() -> None:
    values = {"a": Fraction(10), "b c": Fraction(4), "d": Fraction(3)}
    term = formula("x = (a - b c) * 50% + d / 3").term
    assert computed(term, lambda name: values[str(name)]) == (Fraction(4), "(10 − 4) × 50% + 3 ÷ 3")


@pytest.mark.parametrize(
    "text", ["金額", "金額 = ", "= 1", "a = b *", "a = (b", "a = sum(b", "a = b )", "a = * b"]
)
def test_what_is_no_formula_is_told(text: str) -> None:
    with pytest.raises(FormulaBad):
        formula(text)


def test_dates_are_held_against_today_a_day_and_the_row_above(checked: Found) -> None:
    today = datetime.date(2026, 12, 1)
    rule = "- {id: D, kind: field, name: 期限, find: {type: date}, require: {not_before: today+7}}"
    assert [each.place.shown() for each in checked(rule, "期限：2026年12月5日", today=today)] == ["1:4"]
    assert checked(rule, "期限：2026年12月8日", today=today) == []
    late = "- {id: D, kind: field, name: 作成日, find: {type: date}, require: {not_after: today}}"
    assert checked(late, "作成日：2026年12月2日", today=today)[0].message.endswith("is after 2026-12-01.")
    table = "- {id: T, kind: table, ascending: [日付], not_before: {日付: 2026-04-01}}"
    text = "| 日付 | 内容 |\n|---|---|\n| 2026/3/31 | a |\n| 2026/5/2 | b |\n| 2026/5/1 | c |\n"
    places = [(each.place.line, each.message.split("日付 ")[1]) for each in checked(table, text)]
    assert places == [(3, "is before 2026-04-01."), (5, "comes before the value in the row above.")]


def test_the_name_of_the_file_says_what_the_document_says(pack: PackOf) -> None:
    rules = """\
- {id: A, kind: field, name: no, find: {label: 文書番号}}
- {id: B, kind: field, name: day, find: {label: 日付, type: date}}
- {id: N, kind: filename, pattern: '^(?P<no>R\\d+-\\d+)_(?P<day>\\d{8})', equals: {no: no, day: day}}
"""
    text = "文書番号：R2026-015\n\n日付：令和8年11月22日\n"
    assert not run_pack(read_markdown(text, "R2026-015_20261122.md"), pack(rules)).findings
    findings = run_pack(read_markdown(text, "R2026-051_20261121.md"), pack(rules)).findings
    assert [(each.place.shown(), each.quote) for each in findings] == [
        ("1:6", "R2026-015"),
        ("3:4", "令和8年11月22日"),
    ]


LISTED = """\
# 目次

- [1 目的](#1)
- [2 範囲](#2)
- [3 費用](#3)

# 1 目的

本文

# 3 費用

本文

# 2 適用範囲

本文
"""


def test_the_table_of_contents_is_held_against_the_headings(checked: Found) -> None:
    findings = checked("- {id: T, kind: contents}", LISTED)
    assert [(each.place.shown(), each.quote) for each in findings] == [
        ("4:4", "2 範囲"),
        ("15:3", "2 適用範囲"),
    ]
    swapped = LISTED.replace("2 適用範囲", "2 範囲")
    assert [each.place.shown() for each in checked("- {id: T, kind: contents}", swapped)] == ["5:4"]
    assert (
        checked("- {id: T, kind: contents, required: true}", "# 目的\n")[0].message
        == "There is no table of contents."
    )


def test_where_one_thing_is_said_another_must_be(checked: Found, pack: PackOf) -> None:
    rule = "- {id: P, kind: condition, if: {text: 個人情報}, then: {heading: 個人情報の取扱い, text: 責任者}}"
    findings = checked(rule, "# 目的\n\n氏名などの個人情報を集める。\n", language="ja")
    assert [each.place.shown() for each in findings] == ["3:6", "3:6"]
    assert "見出し「個人情報の取扱い」が必要" in findings[0].message
    assert checked(rule, "# 個人情報の取扱い\n\n個人情報の責任者は部長とする。\n") == []
    unmet = run_pack(read_markdown("# 目的\n", "a.md"), pack(rule))
    assert [rule.state for rule in unmet.rules] == ["not_applicable"]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("当社はRPAを導入する。", ["1:4"]),
        ("ロボティック・プロセス・オートメーション（RPA）を導入する。RPAは速い。", []),
        ("RPA（Robotic Process Automation）を導入する。", []),
        ("情報処理推進機構（以下「IPA」という。）に届け出る。", []),
        ("We use Key Performance Indicators (KPI) here. The KPI is good.", []),
        ("The KPI is good.\n\nKey Performance Indicator (KPI) means the aim.", ["1:5"]),
        ("国际标准（以下简称“GBT”）适用。", []),
        ("RPA（2026年）を導入する。", ["1:1"]),
        ("PDFをURLで送る。", []),
    ],
)
def test_an_abbreviation_is_explained_at_its_first_use(checked: Found, text: str, places: list[str]) -> None:
    findings = checked("- {id: D, kind: definition, abbreviations: true}", text)
    assert [each.place.shown() for each in findings] == places


def test_pictures_and_traces_of_markdown(checked: Found, pack: PackOf) -> None:
    text = (
        "![](a.png)\n\n![組織図：三つの部](b.png) ![image1.png](c.png)\n\n```\n![](d.png) <!-- x -->\n```\n"
    )
    assert [each.place.shown() for each in checked("- {id: A, kind: alt_text}", text)] == ["1:1", "3:20"]
    draft = "本文<!-- 要確認 -->と==ここ==。\n"
    outcome = run_pack(read_markdown(draft, "a.md"), pack("- {id: F, kind: final}"))
    assert [(each.place.shown(), each.quote) for each in outcome.findings] == [
        ("1:3", "要確認"),
        ("1:16", "ここ"),
    ]
    assert outcome.rules[0].state == "ran"
    assert (
        outcome.rules[0].why == "In this kind of file (markdown), these cannot be detected: tracked, hidden"
    )


def test_what_a_format_does_not_tell_is_said(pack: PackOf) -> None:
    rules = """\
- {id: A, kind: alt_text}
- {id: B, kind: final}
- {id: C, kind: pages, max: 3}
- {id: D, kind: pdfa}
- {id: E, kind: contents}
"""
    states = {rule.id: rule for rule in run_pack(read_text("本文\n", "a.txt"), pack(rules)).rules}
    assert {name: rule.state.value for name, rule in states.items()} == {
        "A": "could_not_run", "B": "could_not_run", "C": "not_applicable", "D": "not_applicable",
        "E": "not_applicable",
    }  # fmt: skip
    assert all(rule.why for rule in states.values())


def test_values_may_stand_in_a_list_beside_the_pack(tmp_path: Path) -> None:
    (tmp_path / "depts.csv").write_text("番号,部門名\n1,総務部\n2,経理部\n", encoding="cp932")
    (tmp_path / "kinds.txt").write_text("# 種別\n新規\n更新\n", encoding="utf-8")
    rules = tmp_path / "pack.yml"
    rules.write_text(
        "version: 1\npack: lists\nrules:\n"
        "- {id: F, kind: field, name: 部門, find: {label: 部門},\n"
        "   require: {one_of: {file: depts.csv, column: 部門名}}}\n"
        "- {id: T, kind: table, allowed: {種別: {file: kinds.txt}}}\n",
        encoding="utf-8",
    )
    text = "部門：営業部\n\n| 種別 | 数 |\n|---|---|\n| 新規 | 1 |\n| 廃止 | 2 |\n"
    findings = run_pack(read_markdown(text, "a.md"), load_pack(rules)).findings
    assert [each.quote for each in findings] == ["営業部", "廃止"]
    with pytest.raises(BadValue, match="list beside it"):
        pack_alone(rules)  # a pack that is sent opens no file here


BAD = [
    ("{kind: field, name: a, find: {}, require: {one_of: {file: no.csv}}}", "there is no file no.csv"),
    ("{kind: table, allowed: {a: {file: two.csv}}}", "has several columns: a, b"),
    ("{kind: table, allowed: {a: {file: two.csv, column: c}}}", "has no column c"),
    ("{kind: calculation}", "rows or totals is expected"),
    ("{kind: calculation, rows: [a = sum(b)]}", "a sum stands under totals"),
    ("{kind: calculation, rows: [a b]}", "a formula is NAME"),
    ("{kind: pages}", "min, max, even or stated"),
    ("{kind: pages, min: 3, max: 2}", "greater than max"),
    ("{kind: pages, stated: 全ページ}", "stated needs a group"),
    ("{kind: condition, if: {}, then: {text: a}}", "text, heading or field is expected under if"),
    ("{kind: condition, if: {field: {a: '> 1'}}, then: {text: a}}", "no rule of this pack reads a field a"),
    ("{kind: definition}", "terms, or abbreviations: true"),
    ("{kind: definition, terms: [a], form: x}", "form must hold"),
    ("{kind: filename, pattern: '^a', equals: {no: a}}", "the pattern has no group no"),
    ("{kind: field, name: a, find: {label: a}, require: {not_before: today-x}}", "write today, today"),
    ("{kind: field, name: a, find: {}, require: {not_after: 2026-02-31}}", "there is no day 2026-02-31"),
    ("{kind: final, forbid: [stamps]}", "stamps|'tracked'"),
    ("{kind: pdfa, levels: [9Z]}", "1A"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "problem"), BAD)
def test_a_bad_rule_is_told_with_its_place_and_its_fix(tmp_path: Path, rule: str, problem: str) -> None:
    (tmp_path / "two.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    file = tmp_path / "pack.yml"
    file.write_text(f"version: 1\npack: bad\nrules:\n- {{id: X, {rule[1:]}\n", encoding="utf-8")
    with pytest.raises(RulesBad, match=problem) as error:
        load_pack(file)
    assert "pack.yml:4" in str(error.value)

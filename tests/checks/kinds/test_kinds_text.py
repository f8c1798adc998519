"""Kinds that read text, each with what it must find and what it must leave alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checks.findings import Finding

pytestmark = pytest.mark.fast

Found = Callable[..., list[Finding]]
CASES = [
    ("{id: X, kind: terms, rules: [{expected: お客様, pattern: 顧客様}]}", "顧客様へ", ["1:1"], "お客様へ"),
    ("{id: X, kind: pattern, pattern: '\\bTODO\\b'}", "これはTODOです", ["1:4"], "これは済みです"),
    ("{id: X, kind: pattern, pattern: 以上, required: true}", "本文", ["1:1"], "以上"),
    ("{id: X, kind: style.date, verify: [weekday]}", "令和8年11月22日（月）", ["1:1"], "令和8年11月22日（日）"),
    ("{id: X, kind: style.date, verify: [exists]}", "あ2026年2月30日", ["1:2"], "2026年2月28日、2024年2月29日"),
    ("{id: X, kind: style.date, verify: [era_matches_year]}", "令和6年（2025年）", ["1:1"], "令和6年（2024年）"),
    ("{id: X, kind: style.date, verify: [exists]}", "平成31年5月1日", ["1:1"], "令和元年5月1日、平成31年4月30日"),
    ("{id: X, kind: style.date, allow: [YYYY年M月D日]}", "2026/11/22", ["1:1"], "2026年11月22日（日）"),
    ("{id: X, kind: style.date, allow: [YYYY/MM/DD]}", "2026/1/5", ["1:1"], "2026/01/05、2026/11/22"),
    ("{id: X, kind: style.date, allow: [Month D YYYY]}", "22 May 2026", ["1:1"], "May 22 2026"),
    ("{id: X, kind: style.date, verify: [weekday]}", "Monday, 22 November 2026", ["1:1"], "Sunday, 22 November 2026"),
    ("{id: X, kind: style.width, digits: half}", "計１２台", ["1:2"], "計12台"),
    ("{id: X, kind: style.width, katakana: full}", "ﾌﾟﾘﾝﾀ", ["1:1"], "プリンタ"),
    ("{id: X, kind: style.spacing, between_widths: never}", "これは Unicode", ["1:4"], "これはUnicodeです。"),
    ("{id: X, kind: style.spacing, between_widths: always}", "これはUnicode", ["1:3"], "これは Unicode"),
    ("{id: X, kind: style.punctuation, period: 。, comma: 、}", "はい，そうです．", ["1:3", "1:8"], "はい、3.14です。"),
    ("{id: X, kind: style.punctuation, forbid_mix: true}", "甲、乙、丙，丁です", ["1:6"], "甲，乙，丙"),
    ("{id: X, kind: style.brackets, pairs: [「」]}", "「これは", ["1:1"], "「これ」は"),
    ("{id: X, kind: style.register}", "晴れです。\n雨です。\n雪である。", ["3:2"], "晴れです。雨でした。"),
    ("{id: X, kind: style.sentence, max: 5}", "あいうえおか。い。", ["1:1"], "あいう。えお。"),
    ("{id: X, kind: style.sentence, max_kanji: 3}", "東西南北の風", ["1:1"], "東西の風"),
    ("{id: X, kind: style.numbers, thousands: comma}", "計12345円", ["1:2"], "2026年に12,345円"),
    ("{id: X, kind: style.grammar, faults: [doubled_particle]}", "私は彼は好きだ", ["1:4"], "私は彼の鼻は好きだ"),
    ("{id: X, kind: style.grammar, faults: [ra_dropped]}", "ここから見れる。", ["1:6"], "ここから見られる。"),
    ("{id: X, kind: style.characters}", "か\u3099くせい", ["1:1"], "がくせい"),
    ("{id: X, kind: reference, check: [table]}", "詳細は表3に示す。", ["1:4"], "表1　内訳\n\n詳細は表1に、代表3名が示す。"),
    ("{id: X, kind: filename, pattern: '^R-'}", "本文", ["1:1"], ""),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "bad", "places", "good"), CASES)
def test_a_kind_finds_its_fault_at_its_place_and_leaves_the_rest(
    checked: Found, rule: str, bad: str, places: list[str], good: str
) -> None:
    assert [finding.place.shown() for finding in checked(f"- {rule}", bad)] == places
    if good:
        assert [finding.quote for finding in checked(f"- {rule}", good)] == []


@pytest.mark.parametrize("language", ["ja", "en", "zh"])
def test_a_message_is_in_the_readers_language(checked: Found, language: str) -> None:
    rule = "- {id: X, kind: style.width, digits: half}"
    (finding,) = checked(rule, "１２", language=language)
    assert {"ja": "半角で", "en": "half width", "zh": "半角写作"}[language] in finding.message
    assert finding.fix == "12"


def test_code_is_not_read_and_columns_count_in_the_source(checked: Found) -> None:
    rule = "- {id: X, kind: pattern, pattern: 悪い}"
    text = "**これは** `悪い` と[悪い](http://x.example)点。\n\n```\n悪い\n```\n"
    assert [finding.place.shown() for finding in checked(rule, text)] == ["1:16"]


def test_a_finding_keeps_its_identity_when_text_elsewhere_changes(checked: Found) -> None:
    rule = "- {id: X, kind: pattern, pattern: 悪い}"
    (before,) = checked(rule, "# 1 章\n\n悪い。\n")
    (after,) = checked(rule, "# 1 前置き\n\n新しい。\n\n# 2 章\n\n悪い。\n")
    assert before.fingerprint == after.fingerprint
    assert before.place.line != after.place.line


def test_structure_tells_what_is_missing_and_out_of_order(checked: Found) -> None:
    rule = """
- id: S
  kind: structure
  order: relative
  required: [{h: 件名}, {h: 目的|理由, content: min_chars 5}, {h: 金額}]
"""
    text = "# 稟議書\n\n## 金額\n\n十円\n\n## 理由\n\n短い\n"
    messages = [finding.message for finding in checked(rule, text, language="ja")]
    assert any("件名" in message for message in messages)
    assert any("2文字" in message for message in messages)
    assert any("「金額」は「理由」の後" in message for message in messages)
    assert (
        checked(rule, "# 稟議書\n\n件名：更新\n\n## 1 目的\n\n十分な長さの本文\n\n## 2 金額\n\n十円\n") == []
    )


def test_a_field_is_compared_with_the_sum_of_a_table(checked: Found) -> None:
    rule = """
- id: F
  kind: field
  name: amount
  find: {label: 金額, type: money_jpy}
  require: {equals_sum_of: {column: 金額}}
"""
    table = "| 品名 | 金額 |\n|---|---|\n| 甲 | 1,000 |\n| 乙 | 500 |\n| 合計 | 1,500 |\n"
    assert checked(rule, f"金額：1,500円\n\n{table}") == []
    (finding,) = checked(rule, f"金額：1,600円\n\n{table}")
    assert finding.quote == "1,600円"
    assert finding.place.shown() == "1:4"

"""A `.textlintrc` as a rule pack: what it switches on is found as textlint finds it, and what has no
counterpart is
told by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checks.packs.imports.textlint.reading import PRESETS
from checks.packs.imports.textlint.rule import TextlintRule, finder_of
from checks.packs.loading import load_pack
from checks.packs.sources import pack_alone
from checks.readers.markdown import read_markdown
from checks.rules import Context
from core.errors import BadValue, RulesBad

pytestmark = pytest.mark.fast


def places(name: str, text: str, **options: object) -> list[str]:
    """Where that rule finds something in a Markdown text."""
    document = read_markdown(text, "a.md")
    hits = TextlintRule(id=name, name=name, options=options).check(Context(document))
    return [document.place(hit.piece, hit.start).shown() for hit in hits]


@pytest.mark.parametrize(
    ("name", "text", "options", "expected"),
    [
        ("no-doubled-joshi", "本社で会議で説明した。", {}, ["1:6"]),
        ("no-doubled-joshi", "本社で、会議で説明した。", {}, []),
        ("no-doubled-joshi", "本社で、会議で説明した。", {"min_interval": 2}, ["1:7"]),
        ("no-doubled-joshi", "表を見て図を見て決める。", {}, []),
        ("no-doubled-joshi", "本社で、会議で説明した。", {"strict": True}, ["1:7"]),
        ("no-doubled-joshi", "本社で`表`で説明した。", {"allow": ["で"]}, []),
        ("no-double-negative-ja", "できないことはない。行かなくもない。", {}, ["1:8", "1:16"]),
        ("no-double-negative-ja", "できないわけではない。言えないとは限らない。", {}, ["1:9", "1:20"]),
        ("ja-no-redundant-expression", "設定することが可能です。", {}, ["1:3"]),
        ("ja-no-redundant-expression", "確認を行う。", {"dictOptions": {"dict5": {"disabled": True}}}, []),
        ("no-unmatched-pair", "これは（例だ。次の文だ。", {}, ["1:4"]),
        ("no-unmatched-pair", "「例だ。」と言う。", {}, []),
        ("max-ten", "甲は、乙に、丙を、丁へ、送る。", {"max": 3}, ["1:12"]),
        ("max-ten", "甲、乙、丙、丁、戊を送る。", {"max": 3, "strict": True}, ["1:8"]),
        ("ja-no-mixed-period", "終わる\n\n続く 👍", {"allowEmojiAtEnd": True}, ["1:3"]),
        ("no-mix-dearu-desumasu", "これは表である。図は次です。表も次です。", {}, ["1:5"]),
        ("no-mix-dearu-desumasu", "これは表であった。図は次です。", {}, []),
        ("2.2.2", "三回見る。世界1の山。", {}, ["1:1", "1:6"]),
        ("4.3.1", "結果(良)は表(別)にある。", {}, ["1:3", "1:5", "1:8"]),
        ("3.3", "値 「甲」 を (乙) とする。", {}, ["1:2", "1:6"]),
        ("4.3.3", "「甲と「乙」を見る。", {}, ["1:1"]),
        ("ja-space-between-half-and-full-width", "表A を見る。", {"space": ["alphabets"]}, ["1:1"]),
        ("ja-space-around-link", "表は [ここ](a) にある。", {}, ["1:3", "1:11"]),
        ("ja-no-abusage", "規則を適応する。読みずらい。", {}, ["1:3", "1:9"]),
    ],
)  # fmt: skip
def test_rules_find_what_textlint_finds(
    name: str, text: str, options: dict[str, object], expected: list[str]
) -> None:
    assert sorted(places(name, text, **options)) == sorted(expected)


def test_a_configuration_is_a_pack(tmp_path: Path) -> None:
    path = tmp_path / ".textlintrc.json"
    options = {"sentence-length": {"max": 20}, "max-ten": False}
    rules = {
        "preset-ja-technical-writing": options,
        "textlint-rule-no-dropping-the-ra": {"severity": "warning"},
        "spellcheck-tech-word": True,
    }
    path.write_text(json.dumps({"filters": {"comments": True}, "rules": rules}), encoding="utf-8")
    pack = load_pack(path)
    read = {rule.id: rule for rule in pack.rules}
    length = read["ja-technical-writing/sentence-length"]
    assert isinstance(length, TextlintRule)
    assert length.options == {"max": 20}
    assert "ja-technical-writing/max-ten" not in read
    assert str(read["no-dropping-the-ra"].level) == "warning"
    assert {rule.id for rule in pack.broken} == {
        "ja-technical-writing/arabic-kanji-numbers",
        "spellcheck-tech-word",
    }
    assert pack.warnings == (".textlintrc.json: filters are left aside",)


def test_dictionaries_are_read_here_and_refused_where_a_pack_is_sent(tmp_path: Path) -> None:
    (tmp_path / "d.yml").write_text(
        "rules: [{expected: サーバー, pattern: '/サーバ(?!ー)/'}]\n", encoding="utf-8"
    )
    path = tmp_path / ".textlintrc.yml"
    path.write_text("rules: {prh: {rulePaths: [./d.yml]}}\n", encoding="utf-8")
    assert [rule.kind_name for rule in load_pack(path).rules] == ["terms"]
    with pytest.raises(BadValue):
        pack_alone(path)
    path.write_text("rules: {prh: {rulePaths: [./none.yml]}}\n", encoding="utf-8")
    with pytest.raises(RulesBad, match="there is no file"):
        load_pack(path)


def test_each_rule_of_a_preset_is_known_or_named() -> None:
    lacking = {rule for rules in PRESETS.values() for rule in rules if finder_of(rule) is None}
    assert lacking == {
        "arabic-kanji-numbers", "no-nfd", "no-invalid-control-character", "no-zero-width-spaces",
        "1.1.3.箇条書き", "2.2.3.一部の助数詞の表記",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("「終わりました。」と言った。\n", ["1:12"]),  # as many of both: the plain one is told
        ("これは本です。それは本である。\n", ["1:12"]),
        ("本である。紙である。\n\n読みます。\n", ["1:2"]),  # the first of a line counts alone
        ("便利ですが、重いのだが。\n", ["1:9"]),
        ("本です。\n\n- 紙である。\n", []),  # lists are another rule's
        ("本です。\n\n> 紙である。\n", []),
        ("本です。*紙である。*\n", []),
        ("本です。紙だった\n", []),  # without a full stop
    ],
)
def test_the_body_has_one_style_by_the_endings_that_the_preset_knows(text: str, expected: list[str]) -> None:
    assert places("1.1.1.本文", text) == expected

"""Which rule of a pack that ships stands for which rule of textlint, and how that rule's options are said.

docs/checks.md lists the same pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from checks.packs.loading import load_pack
from checks.rules import Rule

Options = dict[str, Any]


@cache
def _rules(pack: str) -> dict[str, Rule]:
    return {rule.id: rule for rule in load_pack(pack).rules}


def _same(pack: str, *ids: str) -> Callable[[Options], list[Rule]]:
    return lambda options: [_rules(pack)[id_] for id_ in ids]


def _with(pack: str, rule_id: str, names: dict[str, str], **fixed: Any) -> Callable[[Options], list[Rule]]:
    def made(options: Options) -> list[Rule]:
        changed = {names[key]: value for key, value in options.items() if key in names}
        rule = _rules(pack)[rule_id]
        return [type(rule).model_validate({**rule.model_dump(by_alias=True), **changed, **fixed})]

    return made


def _register(options: Options) -> list[Rule]:
    zones = {"preferInBody": "body", "preferInHeader": "heading", "preferInList": "list"}
    changed: dict[str, Any] = {zones[key]: value or "same" for key, value in options.items() if key in zones}
    changed |= {"strict": options.get("strict", False), "da": False}
    rule = _rules("ja-technical")["register"]
    return [type(rule).model_validate({**rule.model_dump(by_alias=True), **changed})]


def _kanji(options: Options) -> list[Rule]:
    rule = _rules("ja-technical")["max-kanji"]
    changed = {"max_kanji": options.get("max", 5), "allow": options.get("allow", [])}
    return [type(rule).model_validate({**rule.model_dump(by_alias=True), **changed})]


def _length(options: Options) -> list[Rule]:
    names = {"max": "max", "skipPatterns": "skip_patterns", "countBy": "count_by"}
    changed = {names[key]: value for key, value in options.items() if key in names}
    rule = _rules("ja-technical")["sentence-length"]
    given = {"count_by": "codeunits", **changed}
    return [type(rule).model_validate({**rule.model_dump(by_alias=True), **given})]


def _letters(options: Options) -> list[Rule]:
    rule = _rules("ja-technical")["mixed-width-letters"]
    latin = {"半角": "half", "全角": "full"}[options.get("prefer", "半角")]
    return [type(rule).model_validate({**rule.model_dump(by_alias=True), "latin": latin})]


def _spacing(options: Options) -> list[Rule]:
    rule = _rules("jtf")["3.1.1"]
    changed = {"between_widths": options.get("space", "never"), "wide_spaces": True,
               "except_punctuation": options.get("exceptPunctuation", True)}  # fmt: skip
    return [type(rule).model_validate({**rule.model_dump(by_alias=True), **changed})]


def _particles(options: Options) -> list[Rule]:
    rule = _rules("ja-technical")["doubled-particle"]
    changed: dict[str, Any] = {"allow": options.get("allow", [])}
    if "separatorCharacters" in options:
        changed["separators"] = "".join(options["separatorCharacters"])
    return [type(rule).model_validate({**rule.model_dump(by_alias=True), **changed})]


def _ga(options: Options) -> list[Rule]:
    rule = _rules("ja-technical")["doubled-ga"]
    separators = {"separators": "".join(options["separatorChars"])} if "separatorChars" in options else {}
    return [type(rule).model_validate({**rule.model_dump(by_alias=True), **separators})]


def _commas(options: Options) -> list[Rule]:
    names = {"max": "max_commas", "touten": "comma", "kuten": "separators"}
    changed = {names[key]: value for key, value in options.items() if key in names}
    if "separators" in changed:
        changed["separators"] += "?!？！"
    rule = _rules("ja-technical")["max-commas"]
    return [type(rule).model_validate({**rule.model_dump(by_alias=True), **changed})]


COUNTERPARTS: dict[str, Callable[[Options], list[Rule]]] = {
    "1.1.1.本文": _same("jtf", "1.1.1"),
    "1.1.3.箇条書き": _same("jtf", "1.1.3", "1.1.3-mark"),
    "1.2.2.ピリオド(.)とカンマ(,)": _same("jtf", "1.2.2", "1.2.2-text"),
    "2.1.6.カタカナの長音": _same("jtf", "2.1.6"),
    "2.1.8.算用数字": _same("jtf", "2.1.8"),
    "2.1.10.算用数字の位取りの表記": _same("jtf", "2.1.10"),
    "2.2.2.算用数字と漢数字の使い分け": _same("jtf", "2.2.2"),
    "2.2.3. 一部の助数詞の表記": _same("jtf", "2.2.3"),
    "3.1.1. 全角文字と半角文字の間": _same("jtf", "3.1.1"),
    "3.1.2. 全角文字どうし": _same("jtf", "3.1.2"),
    "3.3.かっこ類と隣接する文字の間のスペースの有無": _same("jtf", "3.3"),
    "4.1.1.句点(。)": _same("jtf", "4.1.1"),
    "4.1.3. ピリオド(.)、カンマ(,)": _with("jtf", "1.2.1", {}, comma=None),
    "4.2.1.感嘆符(!)": _same("jtf", "4.2.1", "4.2.1-space"),
    "4.2.2.疑問符(?)": _same("jtf", "4.2.2", "4.2.2-space"),
    "4.2.6.ハイフン(-)": _same("jtf", "4.2.6"),
    "4.2.7.コロン(：)": _same("jtf", "4.2.7"),
    "4.2.8.セミコロン(;)": _same("jtf", "4.2.8"),
    "4.2.9.ダッシュ(-)": _same("jtf", "4.2.9"),
    "4.3.1.丸かっこ()": _same("jtf", "4.3.1"),
    "4.3.2.大かっこ［］": _same("jtf", "4.3.2"),
    "4.3.3.かぎかっこ「」": _same("jtf", "4.3.3"),
    "4.3.4.二重かぎかっこ『』": _same("jtf", "4.3.4"),
    '4.3.5.二重引用符""': _same("jtf", "4.3.5"),
    "4.3.6.中かっこ{ }": _same("jtf", "4.3.6"),
    "全角文字と半角文字の間": _spacing,
    "全角文字どうし": _same("jtf", "3.1.2"),
    "かっこ類と隣接する文字の間のスペースの有無": _same("jtf", "3.3"),
    "感嘆符(!)": _same("jtf", "4.2.1-space"),
    "疑問符(?)": _same("jtf", "4.2.2-space"),
    "textlint-rule-sentence-length": _length,
    "max-ten": _commas,
    "max-kanji-continuous-len": _kanji,
    "no-mix-dearu-desumasu": _register,
    "no-double-joshi": _particles,
    "no-doubled-conjunctive-particle-ga": _ga,
    "no-dropping-the-ra": _same("ja-technical", "ra-dropped"),
    "ja-no-successive-word": _same("ja-technical", "doubled-word"),
    "no-doubled-conjunction": _same("ja-technical", "doubled-conjunction"),
    "no-doubled-negative": _same("ja-technical", "double-negative"),
    "textlint-rule-ja-no-redundant-expression": _same(
        "ja-technical",
        "redundant-koto",
        "redundant-koto-dekiru",
        "redundant-dearu-ieru",
        "redundant-dearu-kangaeru",
        "redundant-verb",
    ),
    "textlint-rule-ja-no-weak-phrase": _same("ja-technical", "weak-phrase"),
    "textlint-rule-no-confusing-adjust-and-apply": _same("ja-technical", "tekio-tekiyo"),
    "可変": _same("ja-technical", "kahen"),
    "textlint-rule-ja-unnatural-alphabet": _same("ja-technical", "stray-letter"),
    "no-hankaku-kana": _same("ja-technical", "half-width-kana"),
    "rule": _letters,
    "textlint-rule-ja-no-mixed-period": _with(
        "ja-technical",
        "sentence-end",
        {"allowPeriodMarks": "end_words", "periodMark": "period"},
        end_marks="。！？!?」』）)】》〉〕］]\"'”’>♪",
    ),
    "textlint-rule-no-unmatched-pair": _same("ja-technical", "unmatched-pair"),
}


@dataclass(frozen=True)
class PresetRule:
    """A rule of one of textlint's presets, with the options that the preset gives it, and what stands for it
    here."""

    package: str
    key: str
    case: str  # the name under which COUNTERPARTS has it
    options: Any = True

    @property
    def id(self) -> str:
        """Preset and rule, as `jtf-style/3.1.1`."""
        name = self.package.removeprefix("textlint-rule-preset-").removeprefix("textlint-rule-")
        return f"{name}/{self.key}"

    def counterpart(self, options: Options) -> list[Rule]:
        """The rules here, under those options."""
        return COUNTERPARTS[self.case](options)


_TECHNICAL = "textlint-rule-preset-ja-technical-writing"
_JTF = "textlint-rule-preset-jtf-style"
_SPACING = "textlint-rule-preset-ja-spacing"
_BRACKETS = "かっこ類と隣接する文字の間のスペースの有無"
PRESET_COUNTERPARTS = (
    PresetRule(_TECHNICAL, "sentence-length", "textlint-rule-sentence-length", {"max": 100}),
    PresetRule(_TECHNICAL, "max-ten", "max-ten", {"max": 3}),
    PresetRule(_TECHNICAL, "max-kanji-continuous-len", "max-kanji-continuous-len", {"max": 6}),
    PresetRule(
        _TECHNICAL, "no-mix-dearu-desumasu", "no-mix-dearu-desumasu",
        {"preferInHeader": "", "preferInBody": "ですます", "preferInList": "である", "strict": False},
    ),
    PresetRule(_TECHNICAL, "ja-no-mixed-period", "textlint-rule-ja-no-mixed-period", {"periodMark": "。"}),
    PresetRule(_TECHNICAL, "no-double-negative-ja", "no-doubled-negative"),
    PresetRule(_TECHNICAL, "no-dropping-the-ra", "no-dropping-the-ra"),
    PresetRule(_TECHNICAL, "no-doubled-conjunctive-particle-ga", "no-doubled-conjunctive-particle-ga"),
    PresetRule(_TECHNICAL, "no-doubled-conjunction", "no-doubled-conjunction"),
    PresetRule(_TECHNICAL, "no-doubled-joshi", "no-double-joshi", {"min_interval": 1}),
    PresetRule(_TECHNICAL, "no-hankaku-kana", "no-hankaku-kana"),
    PresetRule(_TECHNICAL, "ja-no-weak-phrase", "textlint-rule-ja-no-weak-phrase"),
    PresetRule(_TECHNICAL, "ja-no-successive-word", "ja-no-successive-word"),
    PresetRule(_TECHNICAL, "ja-no-redundant-expression", "textlint-rule-ja-no-redundant-expression"),
    PresetRule(_TECHNICAL, "ja-unnatural-alphabet", "textlint-rule-ja-unnatural-alphabet"),
    PresetRule(_TECHNICAL, "no-unmatched-pair", "textlint-rule-no-unmatched-pair"),
    PresetRule(_JTF, "1.1.1.本文", "1.1.1.本文"),
    PresetRule(_JTF, "1.1.3.箇条書き", "1.1.3.箇条書き"),
    PresetRule(_JTF, "1.2.2.ピリオド(.)とカンマ(,)", "1.2.2.ピリオド(.)とカンマ(,)"),
    PresetRule(_JTF, "2.1.6.カタカナの長音", "2.1.6.カタカナの長音"),
    PresetRule(_JTF, "2.1.8.算用数字", "2.1.8.算用数字"),
    PresetRule(_JTF, "2.1.10.算用数字の位取りの表記", "2.1.10.算用数字の位取りの表記"),
    PresetRule(_JTF, "2.2.2.算用数字と漢数字の使い分け", "2.2.2.算用数字と漢数字の使い分け"),
    PresetRule(_JTF, "2.2.3.一部の助数詞の表記", "2.2.3. 一部の助数詞の表記"),
    PresetRule(_JTF, "3.1.1.全角文字と半角文字の間", "3.1.1. 全角文字と半角文字の間"),
    PresetRule(_JTF, "3.1.2.全角文字どうし", "3.1.2. 全角文字どうし"),
    PresetRule(_JTF, f"3.3.{_BRACKETS}", f"3.3.{_BRACKETS}"),
    PresetRule(_JTF, "4.1.1.句点(。)", "4.1.1.句点(。)"),
    PresetRule(_JTF, "4.1.3.ピリオド(.)、カンマ(,)", "4.1.3. ピリオド(.)、カンマ(,)"),
    PresetRule(_JTF, "4.2.1.感嘆符(！)", "4.2.1.感嘆符(!)"),
    PresetRule(_JTF, "4.2.2.疑問符(？)", "4.2.2.疑問符(?)"),
    PresetRule(_JTF, "4.2.6.ハイフン(-)", "4.2.6.ハイフン(-)"),
    PresetRule(_JTF, "4.2.7.コロン(：)", "4.2.7.コロン(：)"),
    PresetRule(_JTF, "4.2.8.セミコロン(;)", "4.2.8.セミコロン(;)"),
    PresetRule(_JTF, "4.2.9.ダッシュ(-)", "4.2.9.ダッシュ(-)"),
    PresetRule(_JTF, "4.3.1.丸かっこ（）", "4.3.1.丸かっこ()"),
    PresetRule(_JTF, "4.3.2.大かっこ［］", "4.3.2.大かっこ［］"),
    PresetRule(_JTF, "4.3.3.かぎかっこ「」", "4.3.3.かぎかっこ「」"),
    PresetRule(_JTF, "4.3.4.二重かぎかっこ『』", "4.3.4.二重かぎかっこ『』"),
    PresetRule(_JTF, "4.3.5.二重引用符", '4.3.5.二重引用符""'),
    PresetRule(_JTF, "4.3.6.中かっこ{ }", "4.3.6.中かっこ{ }"),
    PresetRule(_SPACING, "ja-no-space-around-parentheses", _BRACKETS),
    PresetRule(_SPACING, "ja-no-space-between-full-width", "全角文字どうし"),
    PresetRule(
        _SPACING, "ja-space-between-half-and-full-width", "全角文字と半角文字の間", {"space": "never"}
    ),
    PresetRule(_SPACING, "ja-space-after-exclamation", "感嘆符(!)"),
    PresetRule(_SPACING, "ja-space-after-question", "疑問符(?)"),
)  # fmt: skip

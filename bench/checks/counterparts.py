"""Which rule of a pack that ships stands for which rule of textlint, and how that rule's options are said.

docs/checks.md lists the same pairs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from checks.packs.imports.textlint.rule import TextlintRule, finder_of
from checks.packs.loading import load_pack
from checks.rules import Rule

Options = dict[str, Any]


@cache
def _rules(pack: str) -> dict[str, Rule]:
    return {rule.id: rule for rule in load_pack(pack).rules}


def _same(pack: str, *ids: str) -> Callable[[Options], list[Rule]]:
    return lambda options: [_rules(pack)[id_] for id_ in ids]


def _letters(options: Options) -> list[Rule]:
    rule = _rules("ja-technical")["mixed-width-letters"]
    latin = {"半角": "half", "全角": "full"}[options.get("prefer", "半角")]
    return [type(rule).model_validate({**rule.model_dump(by_alias=True), "latin": latin})]


def _textlint(name: str) -> Callable[[Options], list[Rule]]:
    """The rule as a `.textlintrc` brings it, under the case's options."""
    return lambda options: [TextlintRule(id=name, name=name, options=options)]


_JTF_NUMBERS = ("1.2.2", "2.1.8", "2.1.9", "2.1.10", "2.2.2", "3.1.1", "3.1.2", "3.2", "3.3", "4.1.1",
"4.1.3",
                "4.2.1", "4.2.2", "4.2.4", "4.2.5", "4.2.6", "4.2.7", "4.2.8", "4.2.9", "4.3.1", "4.3.2",
                "4.3.3",
                "4.3.4", "4.3.5", "4.3.6", "4.3.7")  # fmt: skip
# Under the names that the rules' own tests give them, where those differ from the package's.
_NAMED = {
    "全角文字と半角文字の間": "ja-space-between-half-and-full-width",
    "全角文字どうし": "ja-no-space-between-full-width",
    "かっこ類と隣接する文字の間のスペースの有無": "ja-no-space-around-parentheses",
    "感嘆符(!)": "ja-space-after-exclamation",
    "疑問符(?)": "ja-space-after-question",
    "カタカナ語間のスペースの有無": "ja-nakaguro-or-halfwidth-space-between-katakana",
    "Link周りのスペース": "ja-space-around-link",
    "InlineCode周りのスペース": "ja-space-around-code",
    "no-double-joshi": "no-doubled-joshi",
    "no-doubled-negative": "no-double-negative-ja",
    "textlint-rule-no-confusing-adjust-and-apply": "ja-no-abusage",
    "可変": "ja-no-abusage",
}
_OWN: dict[str, Callable[[Options], list[Rule]]] = {
    "1.1.1": _textlint("1.1.1.本文"),
    "1.1.3": _same("jtf", "1.1.3", "1.1.3-mark"),
    "2.1.6": _same("jtf", "2.1.6"),
    "2.2.3": _same("jtf", "2.2.3"),
    "rule": _letters,
}


def counterpart_of(case: str) -> Callable[[Options], list[Rule]] | None:
    """What stands for a rule, by the name that a case has for it; None where nothing does."""
    number = re.match(r"[0-9](?:\.[0-9]{1,2}){1,2}", case)
    key = number[0] if number else _NAMED.get(case, case.removeprefix("textlint-rule-"))
    return _OWN.get(key) or (_textlint(key) if finder_of(key) is not None else None)


@dataclass(frozen=True)
class PresetRule:
    """A rule of one of textlint's presets, with the options that the preset gives it, and what stands for it
    here."""

    package: str
    key: str
    case: str  # the name under which counterpart_of knows it
    options: Any = True

    @property
    def id(self) -> str:
        """Preset and rule, as `jtf-style/3.1.1`."""
        name = self.package.removeprefix("textlint-rule-preset-").removeprefix("textlint-rule-")
        return f"{name}/{self.key}"

    def counterpart(self, options: Options) -> list[Rule]:
        """The rules here, under those options."""
        made = counterpart_of(self.case)
        assert made is not None
        return made(options)


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

"""style.numbers: thousands separators, decimal points, kanji or Arabic numerals, counters such as か月."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from checks.document.document import DocumentFormat
from checks.findings import RuleMatch
from checks.patterns import Pattern
from checks.rules import Context, Rule

_D = "0-9０-９"
_LONG = Pattern(r"(?<![0-9０-９.,，．/\-–:#A-Za-z])[0-9]{4,}(?![0-9０-９,，]|[年/\-]|-)(?![A-Za-z])")
_WRONG_GROUP = Pattern(
    # 1,2 may be two numbers; 1,234,5 and 3,45円 are one that is grouped wrongly.
    r"(?<![0-9.,])(?:[0-9]{1,3}+(?:,[0-9]{3}(?![0-9]))++,[0-9]{1,2}|[0-9]{1,3}+,[0-9]{1,2}(?=[円元人])"
    r"|[0-9]{4,}+(?:,[0-9]{3}(?![0-9]))++)(?![0-9,])"
)
_DECIMAL_COMMA = Pattern(r"(?<![0-9,.])0(,)[0-9]{1,12}(?![0-9,])")  # 1,5 may be two numbers
# Before or behind these, digits name something and count nothing: standards, articles, telephones, codes.
_NAMED = Pattern(
    r"(?:[A-Za-z]\.?[ \u00a0　]?|[=?&@]|[A-Za-z0-9][-‐–_/.]|[+＋〒#＃(（]|(?:番号|コード|型番|品番|品名|電話|内線|郵便|伝票|口座|規格|版|号|第"
    r"|编号|编码|代码|型号|电话|邮编|账号)(?:は|が|：|:|＝|=|・|[ 　]){0,3})$"
)
# In a text of Latin letters digits count where money stands before them or a thing behind: an address has
# neither (Chicago IL, 60604).
_MONEY_BEFORE = Pattern(r"(?:[$€£¥]|\b(?:USD|EUR|GBP|JPY|CNY|RMB|Rs))\s?$")
_THING_BEHIND = Pattern(
    r"^\s(?!(?:or|and|by|in|on|at|to|is|was|are|were|will|the|for|of|as|with|has|had)\b)[a-z]{2,}|\s?%"
)
_LATIN = Pattern("[A-Za-z]")
_WIDE = Pattern(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_NAMES_BEHIND = Pattern(r"[番号條条章節节号版型年\-‐–_]")
_WIDE_MARK = Pattern(r"(?<=[0-9])[，．](?=[0-9])")
_COUNTER = Pattern(rf"((?<![{_D}])[{_D}]+|[数何](?![箇]))[ヶヵケカ箇个](?=[月所国条年])[月所国条年]")
_ROUGH = Pattern(r"数(?:10000|1000|100|10)(?=[^0-9０-９]|$)")
_KANJI_COUNT = Pattern(
    r"(?<![一二三四五六七八九十百千〇数何\p{Han}])第?([一二三四五六七八九十百千〇]++)"
    r"(?=つ(?!(?![目一二三四五])\p{Han}|に一つ)|回(?![転復忌帰避りる])|番目|章|か[月所]|[万億兆](?!一)|進法|次元"
    r"|個(?![人性別々])|件(?!落着)|枚(?![目岩舌看噛上])|台(?![形風])|冊|ページ|頁|%|％)(?<!二つに一(?=つ))"
)
_FIXED_ONE = Pattern("(?:もう|の)一つ|^.{0,2}一つ(?:で?も|ひとつ|一つ)")
_KANJI_VALUE = {k: v for v, k in enumerate("〇一二三四五六七八九")}
_ROUGH_KANJI = {"10": "十", "100": "百", "1000": "千", "10000": "万"}


class NumbersRule(Rule):
    """Numbers of the house."""

    kind: Literal["style.numbers"] = "style.numbers"
    thousands: Literal["comma", "none", "any"] = "any"
    least_digits: int = 4
    decimal: Literal["point", "any"] = "any"
    marks: Literal["half", "any"] = "any"
    counters: Literal["か", "any"] = "any"
    rough: Literal["kanji", "any"] = "any"
    numerals: Literal["arabic", "any"] = "any"

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each number that is written otherwise."""
        # Digits alone in a cell or a line are an amount in a table of amounts, and a postal code in an address.
        wide = context.document.format is DocumentFormat.XLSX or any(
            _WIDE.search(piece.text) for piece in context.document.pieces
        )
        for index, _, text in self.texts(context):
            if self.thousands == "comma":
                yield from self._thousands(index, text, wide)
            if self.decimal == "point":
                for match in _DECIMAL_COMMA.finditer(text):
                    yield RuleMatch(
                        index, match.start(1), match.end(1), "numbers_decimal", {"found": match[0]}, "."
                    )
            if self.marks == "half":
                for match in _WIDE_MARK.finditer(text):
                    narrow = "," if match[0] == "，" else "."
                    values = {"found": match[0], "expected": narrow}
                    yield RuleMatch(index, match.start(), match.end(), "numbers_mark", values, narrow)
            if self.counters == "か":
                for match in _COUNTER.finditer(text):
                    other = f"{match[1]}か{match[0][-1]}"
                    values = {"found": match[0], "expected": other}
                    yield RuleMatch(index, match.start(), match.end(), "numbers_counter", values, other)
            if self.rough == "kanji":
                for match in _ROUGH.finditer(text):
                    kanji = "数" + _ROUGH_KANJI[match[0][1:]]
                    values = {"found": match[0], "expected": kanji}
                    yield RuleMatch(index, match.start(), match.end(), "numbers_rough", values, kanji)
            if self.numerals == "arabic":
                for match in _KANJI_COUNT.finditer(text):
                    if _FIXED_ONE.search(text[max(0, match.start() - 2) : match.end() + 4]):
                        continue  # もう一つ, 方法の一つ, 一つも〜ない count nothing
                    if (value := _value(match[1])) is not None:
                        values = {"found": match[1], "expected": str(value)}
                        yield RuleMatch(
                            index, match.start(1), match.end(1), "numbers_numeral", values, str(value)
                        )

    def _thousands(self, index: int, text: str, wide: bool) -> Iterator[RuleMatch]:
        latin = _WIDE.search(text) is None and (_LATIN.search(text) is not None or not wide)
        for match in _LONG.finditer(text):
            if latin and not _counts(text, match.start(), match.end()):
                continue
            if _NAMED.search(text[max(0, match.start() - 12) : match.start()]):
                continue
            if _NAMES_BEHIND.match(text[match.end() : match.end() + 1]):
                continue
            if len(match[0]) >= self.least_digits and not _year(match[0], text, match.end()):
                grouped = f"{int(match[0]):,}"
                if match[0][0] != "0":
                    values = {"found": match[0], "expected": grouped}
                    yield RuleMatch(index, match.start(), match.end(), "numbers_thousands", values, grouped)
        for match in _WRONG_GROUP.finditer(text):
            grouped = f"{int(match[0].replace(',', '')):,}"
            if self.decimal == "point" and _DECIMAL_COMMA.match(match[0]):
                continue
            values = {"found": match[0], "expected": grouped}
            yield RuleMatch(index, match.start(), match.end(), "numbers_thousands", values)


def _counts(text: str, start: int, end: int) -> bool:
    """Whether digits in a text of Latin letters are an amount or a number of things."""
    return _MONEY_BEFORE.search(text[max(0, start - 5) : start]) is not None or (
        _THING_BEHIND.search(text[end : end + 20]) is not None
    )


def _year(digits: str, text: str, end: int) -> bool:
    """Whether four digits are a year: nothing else of 1800 to 2199 is so common without a unit."""
    if len(digits) != 4 or not 1800 <= int(digits) <= 2199:
        return False
    return text[end : end + 1] not in ("円", "人", "件", "個", "台", "名", "元", "万", "冊", "枚")


def _value(kanji: str) -> int | None:
    """The number that kanji write: 二十三 is 23; None where they write none."""
    if all(character in _KANJI_VALUE for character in kanji):
        return int("".join(str(_KANJI_VALUE[character]) for character in kanji)) if len(kanji) < 9 else None
    total = current = 0
    for character in kanji:
        if character in _KANJI_VALUE:
            current = _KANJI_VALUE[character]
        else:
            total += (current or 1) * {"十": 10, "百": 100, "千": 1000}[character]
            current = 0
    return total + current

"""What the text of a table's cell says: a number with its unit, a date, a time of day, or just text. Pure.

It reads a cell whole: "1,200円" is a number, "1,200円から" is text. Nothing is guessed: a text that may be read
in two ways is text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

import regex

from language.characters import one_form
from language.eras import ERAS, era
from language.numerals import kanji_number
from language.tokens import normalised

MOST_DIGITS = 15  # of a number; longer ones are codes
FIRST_YEAR, LAST_YEAR = 1800, 2199  # other four digits are a number or a code
LONGEST_NOTHING = 8  # characters of a sign that says that there is nothing
LONGEST_NUMBER = 40  # characters of a cell that is read as a number or a date


class ValueKind(StrEnum):
    """What a cell's text is read as."""

    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    TEXT = "text"
    EMPTY = "empty"  # nothing, or a sign that says so: -, N/A


@dataclass(frozen=True)
class TypedValue:
    """A cell's value. `plain` is the text in the one form by which texts are compared; `number` is a number's
    value, a time's minutes; `unit` what stands beside a number; `day` a date as (year, month, day), 0 for what
    it leaves out."""

    kind: ValueKind
    plain: str
    number: Decimal | None = None
    unit: str = ""
    day: tuple[int, int, int] = (0, 0, 0)


def compiled(pattern: str) -> regex.Pattern[str]:
    """A pattern over texts in `plain_form`: its Chinese characters in the form that those have."""
    return regex.compile(one_form(pattern))


def plain_form(text: str) -> str:
    """The form in which questions and cells are compared; characters keep their order."""
    return one_form(normalised(text))


_NOTHING = compiled(
    r"[-‐‑–—―ー−*＊.…/／×✕\s]{0,8}|n/?a|none|nil|tbd|なし|無し|无|未定|空欄|該当なし|不明|暂无|不详"
)
_MONEY = r"[¥$€£]|us\$|jpy|usd|eur|gbp|cny|rmb|人民币"
_SCALES = {
    "百万": 10**6, "千万": 10**7, "万": 10**4, "亿": 10**8, "千": 10**3,
    "million": 10**6, "billion": 10**9, "thousand": 10**3,
}  # fmt: skip
_NUMBER = compiled(
    rf"(?P<before>[-−–▲△+(]{{0,2}})\s?(?P<money>{_MONEY})?\s?(?P<sign>[-−–▲△]?)"
    r"(?P<digits>\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?P<decimals>\.\d{1,6})?\s?"
    r"(?P<scale>百万|千万|万|亿|千(?=[円元])|million|billion|thousand)?\s?"
    r"(?P<unit>%|[\p{L}/²³][\p{L}/²³. ]{0,14})?(?P<after>[)]?)"
)
_ERAS = {one_form(full): full for full, _, _ in ERAS}
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
# A place tries the forms that begin with its own character alone: a digit or an era before 年, a digit, a month in
# Han numerals, a month's English name. Two of them never fit the same text.
_DATE = compiled(
    r"(?!(?<=\d)\d|(?<=\p{Latin})\p{Latin})(?:"  # no date begins within a number or a word
    rf"(?:(?P<era>{'|'.join(_ERAS)})(?P<ey>\d{{1,2}}+|元)|(?P<y2>\d{{4}}))年度?(?:の|的)?(?:(?P<m2>\d{{1,2}})月(?:の|的)?(?:(?P<d2>\d{{1,2}})[日号])?)?"
    r"|(?=\d)(?:"
    r"(?<![\d.,:/-])(?P<y1>\d{4})[-/.](?P<m1>\d{1,2})(?:[-/.](?P<d1>\d{1,2}))?(?![\d:/,-])"
    r"|(?P<m3>\d{1,2})月(?!额)份?(?:の|的)?(?:(?P<d3>\d{1,2})[日号](?!间))?"
    r"|(?<![\d.,:/-])(?P<m4>\d{1,2})/(?P<d4>\d{1,2})(?![\d/.,%-])"
    r"|(?P<d5>\d{1,2})[日号](?![间目线店楼\d])"
    rf"|(?P<d7>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<m7>{_MONTH})(?!\p{{L}})\.?(?:,?\s?(?P<y7>(?:19|20)\d\d)(?!\d))?)"
    r"|(?<![一二三四五六七八九十百千])(?P<m8>十[一二]?|[一二三四五六七八九])月(?!额)份?(?:の|的)?(?:(?P<d8>[一二三四五六七八九十]{1,3})[日号])?"
    rf"|(?=[adfjmnos])(?<!\p{{L}})(?P<m6>{_MONTH})\.?\s?(?:(?P<d6>\d{{1,2}})(?:st|nd|rd|th)?(?!\d))?(?:,?\s?(?P<y6>(?:19|20)\d\d)(?!\d))?(?!\p{{L}})"
    r")"
)
_WEEKDAY = compiled(
    r"\s?[(\[]?(?:[月火水木金土日](?:曜日?)?|(?:星期|周)[一二三四五六日天]|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?)[)\]]?"
)
_TIME = regex.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?")


@lru_cache(maxsize=65536)
def typed(text: str) -> TypedValue:
    """What a cell's text says."""
    plain = " ".join(plain_form(text).split())
    if (
        plain.isdecimal()
        and plain.isascii()
        and len(plain) <= MOST_DIGITS
        and (plain[0] != "0" or plain == "0")
    ):
        return TypedValue(ValueKind.NUMBER, plain, Decimal(plain))
    if len(plain) <= LONGEST_NOTHING and _NOTHING.fullmatch(plain):
        return TypedValue(ValueKind.EMPTY, plain)
    if len(plain) > LONGEST_NUMBER or not any(character.isnumeric() for character in plain):
        return TypedValue(ValueKind.TEXT, plain)
    time = _TIME.fullmatch(plain)
    if time is not None and int(time["minute"]) < 60:
        minutes = Decimal(60 * int(time["hour"]) + int(time["minute"]))
        return TypedValue(ValueKind.TIME, plain, minutes)
    match = _DATE.match(plain)
    if match is not None:
        day, rest = _day(match), plain[match.end() :]
        if day is not None and (not rest or _WEEKDAY.fullmatch(rest)):
            return TypedValue(ValueKind.DATE, plain, day=day)
    return _number(plain) or TypedValue(ValueKind.TEXT, plain)


def _number(plain: str) -> TypedValue | None:
    match = _NUMBER.fullmatch(plain)
    if match is None:
        return None
    digits = match["digits"].replace(",", "")
    if len(digits) > MOST_DIGITS or (len(digits) > 1 and digits[0] == "0" and not match["decimals"]):
        return None  # 0120 is a code
    value = Decimal(digits + (match["decimals"] or "")) * _SCALES.get(match["scale"] or "", 1)
    opened = "(" in match["before"]
    if opened != (match["after"] == ")"):
        return None
    if opened or set(match["before"] + match["sign"]) & set("-−–▲△"):
        value = -value
    return TypedValue(ValueKind.NUMBER, plain, value, unit_of(match["money"] or match["unit"] or ""))


_SAME_UNIT = {
    one_form(unit): one_form(name)
    for name, units in {
        "円": "円 yen jpy 円也", "$": "$ us$ usd dollar dollars ドル 美元", "元": "元 yuan cny rmb 人民币 元整",
        "€": "€ eur euro euros ユーロ 欧元", "£": "£ gbp", "%": "% percent パーセント",
        "人": "人 名 people persons", "h": "h hr hrs hour hours 時間 小时", "min": "min mins minutes minute 分 分钟 分間",
        "日": "日 天 days day 日間", "個": "個 个 pcs pieces pc units unit ヶ ケ",
    }.items()
    for unit in units.split()
}  # fmt: skip


def unit_of(text: str) -> str:
    """One name for each unit, however it is written."""
    unit = plain_form(text).strip(" .")
    return _SAME_UNIT.get(unit, unit)


_SCALED = compiled(
    r"(?:in )?(?P<scale>千万|百万|万|亿|千|thousands?|millions?|billions?|k)(?: of)? ?(?P<base>円|元|人民币|yen|dollars|usd|jpy|cny|euros|[$€£¥])?"
)


def unit_scale(unit: str) -> tuple[Decimal, str]:
    """How much one of a unit is, and of what: 千円 is 1,000 円."""
    match = _SCALED.fullmatch(plain_form(unit).strip())
    if match is None:
        return Decimal(1), unit_of(unit)
    scale = match["scale"].removesuffix("s")
    return Decimal(_SCALES.get(scale, 1000)), unit_of(match["base"] or "")


def dates_in(plain: str) -> Iterator[tuple[int, int, tuple[int, int, int]]]:
    """The dates in a text in `plain_form`: [start, end) and (year, month, day), 0 for what is left out."""
    for match in _DATE.finditer(plain):
        day = _day(match)
        if day is not None:
            yield match.start(), match.end(), day


def _day(match: regex.Match[str]) -> tuple[int, int, int] | None:
    def number(*names: str) -> int:
        return next((int(text) for name in names if (text := match[name])), 0)

    year = number("y1", "y2", "y6", "y7")
    if match["era"]:
        known = era(_ERAS[match["era"]])
        if known is None:
            return None
        year = known.base + (1 if match["ey"] == "元" else int(match["ey"]))
    if match["m8"]:
        return year, kanji_number(match["m8"]) or 0, kanji_number(match["d8"] or "") or 0
    word = match["m6"] or match["m7"]
    if word == "may" and not (match["d6"] or match["d7"] or match["y6"]):
        return None  # the verb
    month = _MONTHS[word] if word else number("m1", "m2", "m3", "m4")
    day = number("d1", "d2", "d3", "d4", "d5", "d6", "d7")
    if month > 12 or day > 31 or (year and not FIRST_YEAR <= year <= LAST_YEAR):
        return None
    return (year, month, day)


def decimals_of(values: Sequence[Decimal]) -> int:
    """The most decimals that one of those numbers has."""
    exponents = [value.normalize().as_tuple().exponent for value in values]
    return max((-number for number in exponents if isinstance(number, int) and number < 0), default=0)

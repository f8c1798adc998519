"""Numbers and years as a text writes them, each with the one form that all ways of writing it share: 30,000
and 3万 and 三万 and 30 thousand are 30000, 昭和39年 and S39.10.1 and 一九六四年 are 1964. Pure.

It reads texts in `language.characters.one_form`, in lower case. What is a plain number already (30000, 1964)
needs no other form and is left out. A single Chinese digit is a word as often as a number (一般, 三重)
and is left out too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import regex

from language.characters import one_form
from language.eras import ERAS, REPUBLIC, era

LONGEST = 15  # digits of a value; longer ones are codes

_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {
    "零": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "参": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10**4, "亿": 10**8, "兆": 10**12}
_WORDS = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "k": 10**3, "m": 10**6, "bn": 10**9}
_HAN_DIGITS = "〇零一二三四五六七八九两壹贰叁参肆伍陆柒捌玖"
_HAN_UNITS = "十拾百佰千仟万亿兆"
_ARABIC = r"(?:\d{1,3}(?:,\d{3})++|\d++)(?:\.\d++)?"
_UNITS = "百千万亿兆"
_MONEY = r"(?=\s?(?:[円圆元]|yen\b|dollars?\b))"  # 30千円; 千 and 百 behind digits are else part of a word
_NAMES = "|".join(one_form(full) for full, _, _ in ERAS)
_NUMERAL = rf"(?:\d{{1,3}}|元|[{_HAN_DIGITS}十百]{{1,4}})"
# Numbers that begin with a digit are tried first; none begins within a run of digits.
_PATTERN = regex.compile(
    # an era's year; a letter's only where a date follows
    rf"(?!\d)(?:(?P<era>{_NAMES}|{'|'.join(REPUBLIC.names)})\s?(?P<year>{_NUMERAL})(?=\s?年|[./-]\d)"
    rf"|(?=[rhst])(?<![\p{{L}}\p{{N}}])(?P<letter>[rhst])\.?\s?(?P<short>\d{{1,2}})(?=\s?年|[./-]\d{{1,2}}[./-]\d{{1,2}}(?!\d)))"
    # digits with a unit, several of them where they are one amount (1亿2000万, 3万5千)
    rf"|(?=\d)(?<![\p{{N}}.,])(?:(?=[\d,.]++\s?[{_UNITS}])(?P<mixed>(?:{_ARABIC}\s?(?:[百千]?[万亿兆]|[千百]{_MONEY}|[千百](?=\d)))+(?:{_ARABIC}(?:千{_MONEY})?)?)"
    rf"|(?=[\d,.]++\s?[tmbk])(?<!\p{{L}})(?P<english>{_ARABIC})\s?(?P<word>thousand|million|billion|k)\b"
    rf"|(?<=[$€£¥])(?P<money>{_ARABIC})\s?(?P<suffix>m|bn)\b"  # without its sign 10 m is a length
    r"|(?=\d{1,3},)(?P<grouped>\d{1,3}(?:,\d{3})+(?:\.\d+)?)(?![\d,]*\d))"
    # Chinese digits: with units, or one after the other
    rf"|(?P<han>[{_HAN_DIGITS}{_HAN_UNITS}]{{2,}})"
)
_SECTION = (
    "".join(rf"(?:零?[{_HAN_DIGITS}]?[{unit}])?" for unit in ("千仟", "百佰", "十拾"))
    + rf"(?:零?[{_HAN_DIGITS}])?"
)
_IN_ORDER = regex.compile("".join(rf"(?:(?=[^{unit}]){_SECTION}{unit})?" for unit in "兆亿万") + _SECTION)
_PIECE = regex.compile(rf"(?P<number>{_ARABIC})|(?P<unit>[{_HAN_UNITS}])|(?P<digit>[{_HAN_DIGITS}])")


@dataclass(frozen=True)
class WrittenNumber:
    """A number at [start, end) of a text, and its one form in plain digits."""

    start: int
    end: int
    form: str


def written(text: str) -> Iterator[WrittenNumber]:
    """The numbers and years of a text whose one form is another than their letters."""
    for match in _PATTERN.finditer(text):
        form = _form(match)
        if form and form != match.group():
            yield WrittenNumber(match.start(), match.end(), form)


def _form(match: regex.Match[str]) -> str:
    kind = match.lastgroup
    if match.group("era"):
        return _era_year(match.group("era"), match.group("year"))
    if match.group("letter"):
        return _era_year(match.group("letter"), match.group("short"))
    if match.group("mixed"):
        return _plain(_value(match.group("mixed")))
    if unit := match.group("word") or match.group("suffix"):
        return _plain(_decimal(match.group("english") or match.group("money")) * _WORDS[unit])
    if kind == "grouped":
        return _plain(_decimal(match.group("grouped")))
    return _of_han(match.group("han"))


def whole_value(text: str) -> Decimal | None:
    """The number that a whole text writes with 万, 億 and the like (486万, 1億2,000万, 四百八十六万); None if
    it writes none, or its units are out of order."""
    total = section = Decimal(0)
    current: Decimal | None = None
    position, small, large = 0, 10**4, 10**16
    for piece in _PIECE.finditer(one_form(text)):
        if piece.start() != position:
            return None
        position = piece.end()
        if piece["unit"] is None:
            if current is not None and (piece["number"] or current >= 10**LONGEST):
                return None
            digit = _decimal(piece["number"]) if piece["number"] else Decimal(_DIGITS[piece["digit"]])
            current = digit if current is None else current * 10 + digit
        elif (power := _SMALL.get(piece["unit"])) is not None:
            if power >= small:
                return None
            section, current, small = (
                section + (Decimal(1) if current is None else current) * power,
                None,
                power,
            )
        else:
            power = _LARGE[piece["unit"]]
            if power >= large or (section == 0 and current is None):
                return None
            total += (section + (current or 0)) * power
            section, current, small, large = Decimal(0), None, 10**4, power
    return total + section + (current or 0) if position and position == len(one_form(text)) else None


def _era_year(name: str, numeral: str) -> str:
    if name in REPUBLIC.names:
        base = REPUBLIC.base
    else:
        known = era(next((full for full, _, _ in ERAS if one_form(full) == name), name))
        if known is None:
            return ""
        base = known.base
    if numeral == "元":
        return str(base + 1)
    number = numeral if numeral.isdigit() else _of_han(numeral) or str(_DIGITS.get(numeral, ""))
    return str(base + int(number)) if number and int(number) > 0 else ""


def _of_han(text: str) -> str:
    """The value of a run of Chinese digits; "" for one that is no number: 万一, 千万 as a word."""
    if not any(character in _HAN_UNITS for character in text):
        # Digits one after the other: a year, or a number with 〇. 三四 is "three or four".
        if "参" not in text and (len(text) == 4 or any(character in "〇零" for character in text[1:])):
            return "".join(str(_DIGITS[character]) for character in text)
        return ""
    if not any(character in _DIGITS or character in "十百" for character in text):
        return ""
    return _plain(_value(text)) if _IN_ORDER.fullmatch(text) else ""  # 十二三 is about twelve


def _value(text: str) -> Decimal:
    """The sum of its parts: 1亿2000万, 百二十, 3万5千."""
    total = section = Decimal(0)
    current: Decimal | None = None
    for piece in _PIECE.finditer(text):
        if piece["number"]:
            current = _decimal(piece["number"])
        elif piece["digit"]:
            current = (current or Decimal(0)) * 10 + _DIGITS[piece["digit"]]
        elif piece["unit"] in _SMALL:
            section += (Decimal(1) if current is None else current) * _SMALL[piece["unit"]]
            current = None
        else:
            total += (section + (current or 0) or Decimal(1)) * _LARGE[piece["unit"]]
            section, current = Decimal(0), None
    return total + section + (current or 0)


def _decimal(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))


def _plain(value: Decimal) -> str:
    """In digits, without zeros that say nothing."""
    if value == value.to_integral_value():
        digits = str(int(value))
    else:
        digits = format(value.normalize(), "f")
    return digits if len(digits) <= LONGEST else ""

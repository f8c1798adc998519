"""Word's automatic numbers as they are shown: 第1条, 一、, (a), ①. Pure.

The formats are those of ISO/IEC 29500-1, 17.18.59 (ST_NumberFormat).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

BULLET = "•"
_DIGITS = "〇一二三四五六七八九"
_LEGAL = {
    "ja": "〇壱弐参四五六七八九", "zh": "零壹贰叁肆伍陆柒捌玖", "tw": "零壹貳參肆伍陸柒捌玖",
}  # fmt: skip
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_AIUEO = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_IROHA = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        while number >= value:
            text, number = text + letters, number - value
    return text


def _letters(number: int) -> str:
    """a … z, aa, bb, as Word counts."""
    return chr(97 + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _ordinal(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _positional(number: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def counted(number: int, digits: str = _DIGITS, units: str = "十百千万", *, spoken_one: str = "") -> str:
    """A number in Chinese characters: 21 is 二十一. `spoken_one`: what stands before 百 and 千 if the
    one is spoken."""
    if number == 0:
        return digits[0]
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        return counted(high, digits, units, spoken_one=spoken_one) + units[3] + (
            counted(low, digits, units, spoken_one=spoken_one) if low else ""
        )  # fmt: skip
    text, pending = "", False
    for power, unit in ((1000, units[2]), (100, units[1]), (10, units[0]), (1, "")):
        digit = number // power % 10
        if not digit:
            pending = bool(text)
            continue
        if pending and spoken_one:
            text += digits[0]
        pending = False
        spoken = power == 1 or digit > 1 or (spoken_one and (power > 10 or bool(text))) or digits[1] != "一"
        text += (digits[digit] if spoken else "") + unit
    return text


def _chinese(number: int) -> str:
    return counted(number, spoken_one="一").replace("〇", "零")


def _in(letters: str) -> Callable[[int], str]:
    return lambda number: letters[(number - 1) % len(letters)] * ((number - 1) // len(letters) + 1)


def _enclosed(first: int, last: int, code: int) -> Callable[[int], str]:
    return lambda number: chr(code + number - first) if first <= number <= last else str(number)


def _circled(number: int) -> str:
    for first, last, code in ((0, 0, 0x24EA), (1, 20, 0x2460), (21, 35, 0x3251), (36, 50, 0x32B1)):
        if first <= number <= last:
            return chr(code + number - first)
    return str(number)


def _full_width(number: int) -> str:
    return "".join(chr(0xFF10 + int(digit)) for digit in str(number))


_FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str, "decimalHalfWidth": str, "arabicAbjad": str,
    "decimalZero": lambda number: f"{number:02d}",
    "upperRoman": lambda number: _roman(number).upper(), "lowerRoman": _roman,
    "upperLetter": lambda number: _letters(number).upper(), "lowerLetter": _letters,
    "ordinal": _ordinal, "numberInDash": lambda number: f"- {number} -",
    "decimalFullWidth": _full_width, "decimalFullWidth2": _full_width,
    "decimalEnclosedCircle": _circled, "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": _enclosed(1, 20, 0x2474), "decimalEnclosedFullstop": _enclosed(1, 20, 0x2488),
    "ideographEnclosedCircle": _enclosed(1, 10, 0x3280),
    "japaneseCounting": counted, "chineseCounting": counted, "taiwaneseCounting": counted,
    "chineseCountingThousand": _chinese, "taiwaneseCountingThousand": _chinese,
    "ideographDigital": _positional, "japaneseDigitalTenThousand": _positional,
    "taiwaneseDigital": _positional, "koreanDigital2": _positional,
    "japaneseLegal": lambda number: counted(number, _LEGAL["ja"], "拾百阡萬"),
    "chineseLegalSimplified": lambda number: counted(number, _LEGAL["zh"], "拾佰仟万", spoken_one="壹"),
    "ideographLegalTraditional": lambda number: counted(number, _LEGAL["tw"], "拾佰仟萬", spoken_one="壹"),
    "ideographTraditional": _in(_STEMS), "ideographZodiac": _in(_BRANCHES),
    "ideographZodiacTraditional": lambda number: _STEMS[(number - 1) % 10] + _BRANCHES[(number - 1) % 12],
    "aiueo": _in(_AIUEO), "aiueoFullWidth": _in(_AIUEO), "iroha": _in(_IROHA), "irohaFullWidth": _in(_IROHA),
}  # fmt: skip


def formatted(number: int, style: str) -> str:
    """A number in one of Word's formats; a format that is not known is shown as digits."""
    if style == "none":
        return ""
    return _FORMATS.get(style, str)(number) if number >= 0 else str(number)


@dataclass(frozen=True)
class NumberingLevel:
    """One level of a numbering."""

    style: str = "decimal"
    text: str = ""  # %1 stands for the number of the first level
    start: int = 1
    suffix: str = " "
    restarts_after: int = -1  # the level (from 0) whose number restarts this one; -1: any above it
    legal: bool = False  # all numbers in digits


@dataclass
class Counters:
    """The numbers that were given so far: of each numbering, at each level."""

    given: dict[str, dict[int, int]] = field(default_factory=dict)

    def next(self, key: str, level: int, levels: dict[int, NumberingLevel]) -> str:
        """Count one paragraph of that numbering and return what is shown before it."""
        mine = levels.get(level)
        if mine is None:
            return ""
        counts = self.given.setdefault(key, {})
        counts[level] = counts.get(level, mine.start - 1) + 1
        for above in range(level):
            counts.setdefault(above, levels.get(above, mine).start)
        for below in [count for count in counts if count > level]:
            after = levels[below].restarts_after if below in levels else -1
            if after != 0 and (after < 0 or level < after):
                del counts[below]
        if mine.style == "bullet":
            return BULLET + " "
        text = mine.text
        for number in range(level, -1, -1):
            style = "decimal" if mine.legal else levels.get(number, mine).style
            text = text.replace(f"%{number + 1}", formatted(counts[number], style))
        return text + mine.suffix if text.strip() else ""

"""Numbers of a normalised text with their units and currency signs, in three languages. Pure."""

from __future__ import annotations

import regex

NUMBER = regex.compile(r"\d+(?:[.,:/-]\d+)*")
THOUSANDS = regex.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# Units that must not be exchanged, longer ones before those that begin like them.
UNITS = "|".join(
    rf"(?P<{name}>{forms})"
    for name, forms in (
        ("hour", r"時間|小时|小時|(?:hours?|hrs?)\b"),
        ("clock", r"時|时|点|點|o'clock\b"),
        ("minute", r"分間|分钟|分鐘|分|(?:minutes?|min)\b"),
        ("second", r"秒|(?:seconds?|sec)\b"),
        ("week", r"週|周|weeks?\b"),
        ("months", r"[かヶケヵ箇カ个個]月|months?\b"),
        ("month", r"月"),
        ("year", r"年|years?\b"),
        ("day", r"日|天|days?\b"),
        ("percent", r"%|パーセント|percent\b"),
        ("thousand", r"千|thousand\b"),
        ("ten_thousand", r"万|萬"),
        ("million", r"million\b"),
        ("hundred_million", r"億|亿"),
        ("billion", r"billion\b"),
        ("yen", r"円|yen\b"),
        ("yuan", r"元|yuan\b"),
        ("dollar", r"ドル|dollars?\b"),
        ("kilometer", r"キロメートル|公里|(?:kilomet(?:er|re)s?|km)\b"),
        ("mile", r"マイル|英里|miles?\b"),
        ("meter", r"メートル|米|(?:met(?:er|re)s?|m)\b"),
        ("centimeter", r"cm\b"),
        ("millimeter", r"mm\b"),
        ("kilogram", r"キログラム|公斤|(?:kilograms?|kg)\b"),
        ("gram", r"グラム|克|(?:grams?|g)\b"),
        ("megapascal", r"mpa\b"),
        ("kilopascal", r"kpa\b"),
        ("pascal", r"pa\b"),
    )
)
DIRECT_UNIT = regex.compile(rf"[\s-]*+(?:(?:business|working|calendar|consecutive|full)\s++)?(?:{UNITS})")
NEAR_UNIT = regex.compile(rf"[\s-]*+(?:[a-z]++\s++){{0,2}}?(?:{UNITS})")
_DECIMAL = regex.compile(r"\d+\.\d+")
_CURRENCY = regex.compile(r"(?P<sign>jpy|cny|rmb|usd|eur|[¥$€£])\s*$")
_SIGNS = {"jpy": "yen", "cny": "yuan", "rmb": "yuan", "usd": "dollar", "$": "dollar"}


def figures(text: str) -> set[tuple[str, str]]:
    """The numbers of a normalised text, each with its unit (hour, yen, percent …) or currency sign; a
    number without either has the unit "". An amount is the same with and without the zeros that end its
    decimals (1,006.20元 is 1,006.2元); a bare 1.10 may be a section's number, and keeps them."""
    numbers = set()
    for match in NUMBER.finditer(text):
        unit = DIRECT_UNIT.match(text, match.end())
        before = _CURRENCY.search(text, 0, match.start())
        name = str(unit.lastgroup) if unit else before.group("sign") if before else ""
        number = THOUSANDS.sub("", match.group())
        if (name or number != match.group()) and _DECIMAL.fullmatch(number):
            number = number.rstrip("0").rstrip(".")
        numbers.add((number, _SIGNS.get(name, name)))
    return numbers

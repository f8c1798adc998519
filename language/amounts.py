"""Numbers and amounts of money as people write them: ¥1,234,567, 一百二十万円, 120万円, RMB 1,200.50."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"[-−▲△(]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[-−▲△(]?[0-9]+(?:\.[0-9]+)?")
_UNITS = {"千": 1e3, "万": 1e4, "萬": 1e4, "百万": 1e6, "億": 1e8, "亿": 1e8, "million": 1e6, "thousand": 1e3}
_MONEY = re.compile(
    r"(?:(?:[¥￥$€£]|US\$|JPY|USD|CNY|RMB|EUR|人民币|金|(?<!\s))\s*+)?[-−▲△]?[0-9][0-9,]*(?:\.[0-9]+)?"
    r"\s*(?:百万|千|万|萬|億|亿|million|thousand)?\s*(?:円|元|圆|ドル|yen|dollars|JPY|USD|CNY|RMB|EUR)?(?:也|整)?",
    re.IGNORECASE,
)


def money_in(text: str) -> tuple[int, int, float] | None:
    """The first amount in a text that has a sign or unit of money, or the first number: start, end, value."""
    folded = _same_length(text)
    best: tuple[int, int, float] | None = None
    for match in _MONEY.finditer(folded):
        value = number_of(match[0])
        if value is None:
            continue
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        amount = (start, match.start() + len(match[0].rstrip()), value)
        if re.search(r"[¥￥$€£円元圆]|JPY|USD|CNY|RMB|EUR|yen|dollar", match[0], re.IGNORECASE):
            return amount
        best = best or amount
    return best


def number_of(text: str) -> float | None:
    """The number in a text, with its 万 or 億; None if there is none."""
    folded = unicodedata.normalize("NFKC", text).replace("，", ",")
    match = _NUMBER.search(folded)
    if match is None:
        return None
    digits = match[0].lstrip("-−▲△(").replace(",", "")
    value = float(digits)
    rest = folded[match.end() :].strip().lower()
    for unit in sorted(_UNITS, key=len, reverse=True):
        if rest.startswith(unit):
            value *= _UNITS[unit]
            break
    return -value if match[0][0] in "-−▲△" else value


def _same_length(text: str) -> str:
    """Full-width digits and signs as half-width ones, character for character."""
    return "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else " " if c == "　" else c for c in text)


def template_pattern(template: str) -> str:
    """`¥1,234,567（税抜|税込）` as a pattern: digits stand for digits, a choice in brackets for one of them."""
    out, position = [], 0
    while position < len(template):
        if match := re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?").match(template, position):
            decimals = re.search(r"\.([0-9]+)", match[0])
            whole = r"[0-9]{1,3}(?:,[0-9]{3})*" if "," in match[0] else r"[0-9]+"
            out.append(whole + (rf"\.[0-9]{{{len(decimals[1])}}}" if decimals else ""))
            position = match.end()
        elif match := re.compile(r"([（(\[])([^（()）\[\]|]*+(?:\|[^（()）\[\]|]*+)++)([）)\]])").match(
            template, position
        ):
            choices = "|".join(re.escape(choice) for choice in match[2].split("|"))
            out.append(f"{re.escape(match[1])}(?:{choices}){re.escape(match[3])}")
            position = match.end()
        else:
            out.append(re.escape(template[position]))
            position += 1
    return "".join(out)

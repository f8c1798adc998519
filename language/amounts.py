"""Numbers and amounts of money as people write them: ¥1,234,567, 一百二十万円, 120万円, RMB 1,200.50."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from language.quantities import whole_value

_NUMBER = re.compile(r"[-−▲△(]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[-−▲△(]?[0-9]+(?:\.[0-9]+)?")
_UNITS = {"千": 1e3, "万": 1e4, "萬": 1e4, "百万": 1e6, "億": 1e8, "亿": 1e8, "million": 1e6, "thousand": 1e3}
_MONEY = re.compile(
    r"(?:(?:[¥￥$€£]|US\$|JPY|USD|CNY|RMB|EUR|人民币|金|(?<!\s))\s*+)?[-−▲△]?[0-9][0-9,]*(?:\.[0-9]+)?"
    r"\s*(?:百万|千|万|萬|億|亿|million|thousand)?\s*(?:円|元|圆|ドル|yen|dollars|JPY|USD|CNY|RMB|EUR)?(?:也|整)?",
    re.IGNORECASE,
)


_TAX = {
    "incl": r"(?:消費税|税)込み?|内税|(?<!不)(?<!未)含税|(?:incl(?:\.|usive of|uding)?|with) ?(?:vat|tax|gst)"
    r"|(?:vat|tax|gst)[ -]?(?:incl(?:\.|uded|usive)?)",
    "excl": r"(?:消費税|税)(?:抜き?|別)|外税|不含税|未含?税|(?:excl(?:\.|usive of|uding)?|before|plus|without) ?(?:vat|tax|gst)"
    r"|(?:vat|tax|gst)[ -]?excl(?:\.|uded|usive)?|net of (?:vat|tax)",
}
_TAXED = {
    kind: re.compile(rf"^[(\[]?(?:{words})[)\]]?[:\s]{{0,3}}|[,\s]{{0,3}}[(\[]?(?:{words})[)\]]?$")
    for kind, words in _TAX.items()
}
_BEFORE = {
    "¥": "¥", "us$": "USD", "hk$": "HKD", "$": "USD", "€": "EUR", "£": "GBP", "jpy": "JPY", "usd": "USD", "cny": "CNY",
    "rmb": "CNY", "eur": "EUR", "gbp": "GBP", "人民币": "CNY", "人民幣": "CNY",
}  # fmt: skip
_BEHIND = {
    "日元": "JPY", "日圆": "JPY", "円": "JPY", "圓": "JPY", "yen": "JPY", "jpy": "JPY", "人民币元": "CNY", "人民币": "CNY",
    "美元": "USD", "米ドル": "USD", "ドル": "USD", "dollars": "USD", "usd": "USD", "欧元": "EUR", "ユーロ": "EUR",
    "euros": "EUR", "eur": "EUR", "€": "EUR", "港元": "HKD", "pounds": "GBP", "gbp": "GBP", "yuan": "CNY", "cny": "CNY",
    "rmb": "CNY", "圆": "CNY", "元": "CNY", "%": "%",
}  # fmt: skip
_WORDS = {
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9,
}  # fmt: skip
_PLAIN = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")
_ENGLISH = re.compile(rf"({_PLAIN.pattern}) ?({'|'.join(_WORDS)})")
LONGEST_AMOUNT = 60
_PLACES, _LARGEST_SHOWN = 6, 21  # decimals, and digits, of a number that is shown whole
_DECIMALS = re.compile(r"[0-9]\.([0-9]+)(?![0-9.]*%)")
MOST_DIGITS = 18  # of an amount in figures; more are a code, and beyond what decimals keep exactly


@dataclass(frozen=True)
class WrittenAmount:
    """An amount that somebody wrote: `unit` is a currency (¥ may be yen or yuan), % or nothing; `minus` the sign
    of a negative one; `tax` is "incl", "excl" or nothing; `scaled` if 万, 千 or million stood in it."""

    value: Decimal
    unit: str = ""
    tax: str = ""
    minus: str = ""
    scaled: bool = False


def amount_of(text: str) -> WrittenAmount | None:
    """The amount that a whole text writes: 486万円, ▲5,000, (5,000), 税込 12,800円, ¥1,200-, 48.6万元, $1.2 million;
    None if it is something else, or more than one amount."""
    rest = unicodedata.normalize("NFKC", text).strip().casefold()
    if len(rest) > LONGEST_AMOUNT:
        return None
    tax = ""
    for kind in ("excl", "incl"):  # 不含税 has 含税 in it
        if not tax and (match := _TAXED[kind].search(rest)):
            tax, rest = kind, (rest[: match.start()] + rest[match.end() :]).strip()
    rest = re.sub(r"[-―ー—][.]?$|也$|整$|正$|[.]$", "", rest.removeprefix("金")).strip()
    minus, unit = "", ""
    for _ in range(2):  # -¥5,000 and ¥-5,000
        if rest[:1] in tuple("▲△-−–"):
            minus, rest = rest[0], rest[1:].strip()
        for sign in _BEFORE:
            if not unit and rest.startswith(sign):
                unit, rest = _BEFORE[sign], rest.removeprefix(sign).strip()
        if rest.startswith("(") and rest.endswith(")"):
            minus, rest = "(", rest[1:-1].strip()
    for sign in sorted(_BEHIND, key=len, reverse=True):
        if rest.endswith(sign):
            named = _BEHIND[sign]
            if unit and unit != named and not (unit == "¥" and named in ("JPY", "CNY")):
                return None
            unit, rest = named, rest.removesuffix(sign).strip()
            break
    value, scaled = _magnitude(rest)
    if value is None:
        return None
    return WrittenAmount(-value if minus else value, unit, tax, minus, scaled)


def tax_of(text: str) -> str:
    """Whether a text is words for tax included or not: "incl", "excl" or nothing."""
    folded = unicodedata.normalize("NFKC", text).strip().casefold()
    return next(
        (kind for kind in ("excl", "incl") if (match := _TAXED[kind].match(folded)) and match[0] == folded),
        "",
    )


def _magnitude(text: str) -> tuple[Decimal | None, bool]:
    if sum(character.isdigit() for character in text) > MOST_DIGITS:
        return None, False
    if _PLAIN.fullmatch(text):
        return Decimal(text.replace(",", "")), False
    if english := _ENGLISH.fullmatch(text):
        return _whole(Decimal(english[1].replace(",", "")) * _WORDS[english[3]]), True
    if re.search(r"\d \d", text):
        return None, False
    value = whole_value(text.replace(" ", ""))
    return (None, False) if value is None else (_whole(value), True)


def _whole(value: Decimal) -> Decimal:
    """Without zeros behind the point that only came of a multiplication."""
    if abs(value) >= 10**20:  # `quantize` has 28 digits
        return value
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


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
    """The number in a text, with its 万 or 億; None if there is none. What an amount writes with several units
    (3億5,000万円, 壹仟零陆元贰角), or in brackets because it is negative, is read whole."""
    folded = unicodedata.normalize("NFKC", text).replace("，", ",")
    if (whole := _whole_amount(folded.strip())) is not None:
        return whole
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
    if math.isinf(value):  # hundreds of digits: nothing that can be reckoned with
        return None
    return -value if match[0][0] in "-−▲△" else value


_HAN_NUMBER = re.compile(  # a digit with a unit, or a Chinese digit; a unit alone (千円) is a column's head
    "(?<![0-9,.])[0-9][0-9,.]*+[千百万億亿萬]|[〇零一二三四五六七八九壹贰貳弐叁參肆伍陆陸柒捌玖]"
)
_PARTS_OF_YUAN = re.compile(
    r"(?:人民币|金额|:)*+([^元圆角分]++)[元圆](?:([^元圆角分])角)?(?:零?([^元圆角分])分)?[整正]?"
)
_NEGATIVE = re.compile(  # (1) is a number of a list
    r"[^\w(]{0,2}\((?=(?:[^(),.]|,(?![0-9]{3})|\.(?![0-9]))*+[,.])[^()]*+\).{0,4}"
)


def _whole_amount(folded: str) -> float | None:
    """The amount that a whole text is, where its first digits alone would say another number."""
    if len(folded) > LONGEST_AMOUNT:
        return None
    yuan = _PARTS_OF_YUAN.fullmatch(folded)
    if yuan and (yuan[2] or yuan[3]):
        parts = [amount_of(part) if part else WrittenAmount(Decimal(0)) for part in yuan.groups()]
        if all(part is not None for part in parts):
            whole, tenths, hundredths = (part.value for part in parts if part is not None)
            return float(whole + tenths / 10 + hundredths / 100)
    if not _HAN_NUMBER.search(folded) and not _NEGATIVE.fullmatch(folded):
        return None
    amount = amount_of(folded)
    return None if amount is None else float(amount.value)


def shown_number(value: float | Fraction, like: str = "") -> str:
    """As a person writes it: 12,345, 0.08, with at most six places; with as many as the number in `like` has,
    where that is an amount with decimals (1,006.20 beside 1,006.30)."""
    exact = value if isinstance(value, Fraction) else Fraction(repr(value))
    scaled = round(abs(exact) * 10**_PLACES)
    whole, places = divmod(scaled, 10**_PLACES)
    if whole >= 10**_LARGEST_SHOWN:  # a product of numbers of hundreds of digits
        return f"{Decimal(exact.numerator) / Decimal(exact.denominator):.6e}"
    decimals = f"{places:0{_PLACES}d}".rstrip("0")
    shown = _DECIMALS.search(unicodedata.normalize("NFKC", like))
    decimals = decimals.ljust(min(len(shown[1]), _PLACES), "0") if shown else decimals
    sign = "-" if exact < 0 and scaled else ""
    return f"{sign}{whole:,}" + (f".{decimals}" if decimals else "")


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

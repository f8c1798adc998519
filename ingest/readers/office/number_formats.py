"""A cell's value as a spreadsheet shows it, by its number format. Pure.

The formats are those of ISO/IEC 29500-1, 18.8.30 and 18.8.31. What the file does not say (the
computer's own short date, say) is shown as year/month/day. Fractions are shown as decimals.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from language.eras import ERAS

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\[\]-]*+)(?:-(?P<locale>[^\[\]]*+))?\]'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[(?P<bracket>[^\[\]]*+)\]"
    r"|(?P<half>AM/PM|A/P|上午/下午|午前/午後)"
    r"|(?P<date>y+|m+|d+|h+|s+|a{3,4}|g+|e+(?![+-])|r+|b{2,4})"
    r"|(?P<power>E[+-])|(?P<digits>[0#?]+)|(?P<other>.)",
    re.I | re.S,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[\d.]+)")
_WEEKDAYS = {"ja": "月火水木金土日", "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]}
_LONG_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"]  # fmt: skip
SHORT_DATE = "yyyy/m/d"
# Formats that a program shows by its computer's settings, as a Japanese or Chinese computer shows them.
_BY_COMPUTER = {
    "mm-dd-yy": SHORT_DATE,
    "m/d/yy h:mm": "yyyy/m/d h:mm",
    "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy": SHORT_DATE,
}
_BY_COMPUTER |= {"[$-F400]h:mm:ss\\ AM/PM": "h:mm:ss", "[$-F800]": SHORT_DATE, "[$-F400]": "h:mm:ss"}

# Formats that stand in a file as a number alone, and mean another one on the computers of each language
# (ISO/IEC 29500-1, 18.8.30). A day of two digits for the year is shown as the short date above.
_ERA, _ERA_LONG = "[$-411]ge.m.d", '[$-411]ggge"年"m"月"d"日"'
_DAY, _MONTH_OF_YEAR, _DAY_OF_YEAR = 'yyyy"年"m"月"d"日"', 'yyyy"年"m"月"', 'm"月"d"日"'
_MINUTES_ZH, _SECONDS_ZH = '上午/下午h"时"mm"分"', '上午/下午h"时"mm"分"ss"秒"'
_MINUTES_TW, _SECONDS_TW = '上午/下午hh"時"mm"分"', '上午/下午hh"時"mm"分"ss"秒"'
_ROC, _ROC_LONG = "[$-404]e/m/d", '[$-404]e"年"m"月"d"日"'
_DAY_KO, _SHORT_KO = 'yyyy"年" mm"月" dd"日"', "yyyy-mm-dd"
_NUMBERS = (*range(27, 37), *range(50, 59))
_EAST_ASIAN = {
    "ja": (
        _ERA, _ERA_LONG, _ERA_LONG, SHORT_DATE, _DAY, 'h"時"mm"分"', 'h"時"mm"分"ss"秒"', _MONTH_OF_YEAR,
        _DAY_OF_YEAR, _ERA, _ERA, _ERA_LONG, _MONTH_OF_YEAR, _DAY_OF_YEAR, _ERA_LONG, _MONTH_OF_YEAR,
        _DAY_OF_YEAR, _ERA, _ERA_LONG,
    ),
    "zh-cn": (
        _MONTH_OF_YEAR, _DAY_OF_YEAR, _DAY_OF_YEAR, SHORT_DATE, _DAY, 'h"时"mm"分"', 'h"时"mm"分"ss"秒"',
        _MINUTES_ZH, _SECONDS_ZH, _MONTH_OF_YEAR, _MONTH_OF_YEAR, _DAY_OF_YEAR, _MONTH_OF_YEAR, _DAY_OF_YEAR,
        _DAY_OF_YEAR, _MINUTES_ZH, _SECONDS_ZH, _MONTH_OF_YEAR, _DAY_OF_YEAR,
    ),
    "zh-tw": (
        _ROC, _ROC_LONG, _ROC_LONG, SHORT_DATE, _DAY, 'hh"時"mm"分"', 'hh"時"mm"分"ss"秒"', _MINUTES_TW,
        _SECONDS_TW, _ROC, _ROC, _ROC_LONG, _MINUTES_TW, _SECONDS_TW, _ROC_LONG, _MINUTES_TW, _SECONDS_TW,
        _ROC, _ROC_LONG,
    ),
    "ko": (
        _DAY_KO, "mm-dd", "mm-dd", SHORT_DATE, 'yyyy"년" mm"월" dd"일"', 'h"시" mm"분"',
        'h"시" mm"분" ss"초"', _SHORT_KO, _SHORT_KO, _DAY_KO, _DAY_KO, "mm-dd",
        _SHORT_KO, _SHORT_KO, "mm-dd", _SHORT_KO, _SHORT_KO, _DAY_KO, "mm-dd",
    ),
}  # fmt: skip
SINCE_1904 = 1462  # days between the first days of the two systems

Value = str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None


def east_asian_format(number: int, language: str) -> str:
    """The format that a file calls by that number alone, on a computer of that language (ja, zh-cn, zh-tw,
    ko); empty for a number that means the same everywhere."""
    return _EAST_ASIAN[language][_NUMBERS.index(number)] if number in _NUMBERS else ""


def is_day_or_time(number_format: str) -> bool:
    """Whether the format shows a number as a day or a time."""
    section = _sections(number_format)[0]
    tokens = list(_TOKEN.finditer(section))
    return "general" not in section.casefold() and any(token["date"] or token["elapsed"] for token in tokens)


def shown_value(value: object, number_format: str = "General", *, since_1904: bool = False) -> str:
    """The text that the cell shows; empty for an empty cell. `since_1904`: its days are counted from then."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    number_format = number_format or "General"
    for beginning, instead in _BY_COMPUTER.items():
        if number_format == beginning or (beginning.endswith("]") and number_format.startswith(beginning)):
            number_format = instead
    sections = _sections(number_format)
    if isinstance(value, str):
        return value if len(sections) < 4 else _text(value, sections[3])
    if isinstance(value, (dt.datetime, dt.date, dt.time, dt.timedelta)):
        return _moment(value, sections[0])
    if not isinstance(value, (int, float)):
        return str(value)
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if since_1904 and is_day_or_time(number_format):
        value += SINCE_1904
    section, number = _chosen(value, sections)
    return _number(number, section)


@lru_cache(maxsize=512)
def _sections(number_format: str) -> tuple[str, ...]:
    sections, current, quoted, position = [], "", False, 0
    while position < len(number_format):
        letter = number_format[position]
        if letter == '"':
            quoted = not quoted
        elif letter in "\\_*" and not quoted and position + 1 < len(number_format):
            current += number_format[position : position + 2]
            position += 2
            continue
        if letter == ";" and not quoted:
            sections.append(current)
            current = ""
        else:
            current += letter
        position += 1
    return (*sections, current)


def _chosen(value: float, sections: tuple[str, ...]) -> tuple[str, float]:
    """The section for that number, and the number as it is to be shown (a section may say the minus)."""
    if any(_CONDITION.search(section) for section in sections[:2]):
        for section in sections[:3]:
            condition = _CONDITION.search(section)
            if condition is None or _holds(value, condition[1], float(condition[2])):
                return section, value
        return sections[-1], value
    if len(sections) == 1:
        return sections[0], value
    if value > 0 or (value == 0 and len(sections) < 3):
        return sections[0], value
    return (sections[2], value) if value == 0 else (sections[1], -value)


def _holds(value: float, sign: str, other: float) -> bool:
    return {
        "<": value < other, ">": value > other, "=": value == other,
        "<=": value <= other, ">=": value >= other, "<>": value != other,
    }[sign]  # fmt: skip


def _text(value: str, section: str) -> str:
    parts = []
    for token in _TOKEN.finditer(section):
        if token["quoted"] is not None or token["escaped"]:
            parts.append(token["quoted"] or token["escaped"] or "")
        elif token["other"] == "@":
            parts.append(value)
    return "".join(parts) if "@" in section else value


def general(value: float) -> str:
    """A number without a format: at most eleven digits, as Excel shows it."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.10g}"
    return text if "e" not in text else f"{value:.5E}".replace("E+0", "E+").replace("E-0", "E-")


def _number(value: float, section: str) -> str:
    tokens = list(_TOKEN.finditer(section))
    if any(token["date"] or token["elapsed"] for token in tokens) and "general" not in section.casefold():
        return _moment(_from_serial(value), section)  # a date that the reading library took for a number
    if "general" in section.casefold():
        text = _literal(re.sub("general", "\x01", section, flags=re.I))
        return text.replace("\x01", general(value)) if "\x01" in text else general(value)
    if not any(token["digits"] for token in tokens):
        return general(value) if "@" in section else ("-" if value < 0 else "") + _literal(section)
    if any(token["other"] == "/" for token in tokens):
        return general(round(value, 6))
    percent = sum(token["other"] == "%" for token in tokens)
    core = "".join(
        token[0] if token["digits"] or token["other"] in (".", ",") else "\x00" for token in tokens
    )
    whole, _, decimals = core.strip("\x00").partition(".")
    scaled = Decimal(repr(value)) * (Decimal(100) ** percent)
    thousands = re.search(r"[0#?](,+)(?:\x00|$)", decimals or whole)
    if thousands:
        scaled /= Decimal(1000) ** len(thousands[1])
    places = len(re.findall("[0#?]", decimals.split("\x00")[0]))
    power = next((token["power"] for token in tokens if token["power"]), None)
    if power:
        mantissa, _, exponent = f"{scaled:.{places}E}".partition("E")
        sign = "-" if exponent.startswith("-") else ("+" if power.endswith("+") else "")
        return f"{mantissa}E{sign}{exponent.lstrip('+-').zfill(2)}"
    shown = abs(scaled).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    grouped = bool(re.search(r"[0#?],[0#?]", whole))
    digits = f"{shown:,.{places}f}" if grouped else f"{shown:.{places}f}"
    left, _, right = digits.partition(".")
    least = len(re.findall("0", whole))
    left = left.zfill(least) if not grouped else left
    if left == "0" and least == 0:
        left = ""
    optional = re.search(r"(?<![#?])[#?]+$", decimals.split("\x00")[0])
    while right and optional and right.endswith("0") and len(right) > places - len(optional[0]):
        right = right[:-1]
    minus = "-" if scaled < 0 and shown != 0 else ""
    return minus + _fill(tokens, left, right)


def _fill(tokens: list[re.Match[str]], left: str, right: str) -> str:
    """The literal parts of a format with the digits in their places. Literals between digits (phone
    numbers, postal codes) stay where they are."""
    slots = [token for token in tokens if token["digits"]]
    point = next((index for index, token in enumerate(tokens) if token["other"] == "."), len(tokens))
    before = [token for token in slots if tokens.index(token) < point]
    shares: dict[int, str] = {}
    rest = left
    between = any(
        token["escaped"] or token["quoted"] or token["other"] == "-"
        for token in tokens[tokens.index(before[0]) : tokens.index(before[-1])]
    ) if before else False  # fmt: skip
    for token in reversed(before):
        take = len(token["digits"]) if between and token is not before[0] else len(rest)
        shares[token.start()], rest = rest[max(0, len(rest) - take) :], rest[: max(0, len(rest) - take)]
    out: list[str] = []
    if not before and left:
        out.append(left)
    put_right = False
    for index, token in enumerate(tokens):
        if token["digits"]:
            if index < point:
                out.append(shares.get(token.start(), ""))
            elif not put_right:
                out.append(right)
                put_right = True
        elif token["other"] == ".":
            out.append("." if right else "")
        elif token["other"] != ",":
            out.append(_literal_of(token))
    return "".join(out).strip()


def _literal(section: str) -> str:
    return "".join(_literal_of(token) for token in _TOKEN.finditer(section)).strip()


def _literal_of(token: re.Match[str]) -> str:
    if token["quoted"] is not None:
        return token["quoted"]
    return token["escaped"] or token["currency"] or token["other"] or ""


def _from_serial(value: float) -> dt.datetime | dt.timedelta:
    if 1 <= value < 60:
        value += 1  # Excel counts a 29 February 1900 that never was
    try:
        return dt.datetime(1899, 12, 30) + dt.timedelta(days=value)
    except OverflowError:
        return dt.timedelta()


def _moment(value: dt.datetime | dt.date | dt.time | dt.timedelta, section: str) -> str:
    if not any(token["date"] or token["elapsed"] for token in _TOKEN.finditer(section)):
        section = _plain_format(value)
    if isinstance(value, dt.timedelta):
        moment, seconds = dt.datetime(1899, 12, 30) + value, value.total_seconds()
    else:
        if isinstance(value, dt.time):
            moment = dt.datetime.combine(dt.date(1899, 12, 30), value)
        else:
            moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
        seconds = (moment.replace(tzinfo=None) - dt.datetime(1899, 12, 30)).total_seconds()
    rounding = "." not in section
    if rounding and moment.microsecond >= 500_000:  # 8:59:59.9999 is what 9:00 becomes in binary
        moment += dt.timedelta(seconds=1)
        seconds += 1
    tokens = list(_TOKEN.finditer(section))
    twelve = any(token["half"] for token in tokens)
    locale = next((token["locale"] for token in tokens if token["locale"]), "").casefold()
    out: list[str] = []
    for index, token in enumerate(tokens):
        if token["elapsed"]:
            unit = {"h": 3600, "m": 60, "s": 1}[token["elapsed"][0].lower()]
            out.append(str(int(round(seconds, 3) // unit)).zfill(len(token["elapsed"])))
        elif token["half"]:
            halves = token["half"].split("/")
            out.append(halves[0] if moment.hour < 12 else halves[1])
        elif token["date"]:
            letters = token["date"].lower()
            if letters[0] in "ger":
                out.append(_era_part(letters, moment, locale))
            else:
                out.append(_part(letters, moment, twelve, _is_minute(tokens, index)))
        elif token["digits"] and index and tokens[index - 1]["other"] == ".":
            out.append(f"{moment.microsecond:06d}"[: len(token["digits"])])
        else:
            out.append(_literal_of(token))
    return "".join(out).strip()


def _plain_format(value: dt.datetime | dt.date | dt.time | dt.timedelta) -> str:
    if isinstance(value, dt.timedelta):
        return "[h]:mm:ss"
    if isinstance(value, dt.time):
        return "h:mm"
    if isinstance(value, dt.datetime) and value.time() != dt.time():
        return SHORT_DATE + " h:mm"
    return SHORT_DATE


def _is_minute(tokens: list[re.Match[str]], index: int) -> bool:
    """Whether an `m` counts minutes: an hour stands before it, or a second behind it."""

    def kind(token: re.Match[str]) -> str:
        return ((token["date"] or token["elapsed"] or " ")[0]).lower()

    before = next((kind(token) for token in reversed(tokens[:index]) if kind(token) != " "), "")
    after = next((kind(token) for token in tokens[index + 1 :] if kind(token) != " "), "")
    return before == "h" or after == "s"


def _part(token: str, moment: dt.datetime, twelve: bool, minute: bool) -> str:
    letter, length = token[0], len(token)
    if letter == "y":
        return f"{moment.year:04d}" if length > 2 else f"{moment.year % 100:02d}"
    if letter == "m" and minute and length < 3:
        return f"{moment.minute:0{length}d}"
    if letter == "m":
        name = _MONTHS[moment.month - 1]
        return {3: name[:3], 4: name, 5: name[0]}.get(length, f"{moment.month:0{min(length, 2)}d}")
    if letter == "d":
        names = {3: _WEEKDAYS["en"][moment.weekday()], 4: _LONG_DAYS[moment.weekday()]}
        return names.get(length, f"{moment.day:0{min(length, 2)}d}")
    if letter == "a":
        day = _WEEKDAYS["ja"][moment.weekday()]
        return day if length == 3 else f"{day}曜日"
    if letter == "h":
        hour = (moment.hour % 12 or 12) if twelve else moment.hour
        return f"{hour:0{min(length, 2)}d}"
    if letter == "s":
        return f"{moment.second:0{min(length, 2)}d}"
    if letter == "b":
        return f"{moment.year + 543}"
    return f"{moment.year}"


def _era_part(token: str, moment: dt.datetime, locale: str) -> str:
    """The era (`g`), its year (`e`), or both (`r`), in the calendar that the format's locale has."""
    letter, length = token[0], len(token)
    if locale.endswith("404") or locale.startswith("zh-tw"):
        name, short, first = "民國", "民國", 1912
    elif locale and not (locale.endswith("411") or locale.startswith("ja")):
        return str(moment.year) if letter != "g" else ""
    else:
        none = ("", "", dt.date(1, 1, 1))
        name, short, since = next((era for era in ERAS if moment.date() >= era[2]), none)
        first = since.year
    year = moment.year - first + 1
    if letter == "g":
        return {1: short, 2: name[:1]}.get(length, name)
    if letter == "r":
        return (name if length > 1 else short) + str(year)
    if year == 1 and "gannen" in locale:
        return "元"
    return f"{year:0{min(length, 2)}d}" if name else str(moment.year)

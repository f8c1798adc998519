"""From when until when a document is in force, by its own metadata, name or text. Pure.

Only statements about the document itself count: a labelled line ("施行日", "Effective date", "生效日期"), a
closing provision ("この規程は…から施行する", "This policy takes effect on …", "本规定自…起施行"), or a
date in the file's name that is marked so. Any other date is left alone: a wrong one would silence the
document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any

from ingest.pages import BlockKind, PageContent
from language.eras import ERAS, era


class DateSource(StrEnum):
    """Where a date comes from; a later one in this list is overruled by an earlier one."""

    PERSON = "person"  # somebody set it
    FILE_DELETED = "file_deleted"  # the file left its watched folder
    PROPERTIES = "properties"  # the file's own properties, as Word, Excel or Acrobat keep them
    METADATA = "metadata"  # the head of a Markdown or text file
    FILE_NAME = "file_name"
    TEXT = "text"


@dataclass(frozen=True)
class FoundDate:
    """A date with the words that say it, and the page they stand on (0: not on a page)."""

    day: date
    source: DateSource
    quote: str
    page: int = 0

    def packed(self) -> dict[str, Any]:
        """As it is stored beside the date."""
        return {"source": str(self.source), "quote": self.quote[:200], "page": self.page}


@dataclass(frozen=True)
class FoundDates:
    """The first and the last day in force, each None if the document does not say."""

    first: FoundDate | None = None
    last: FoundDate | None = None


_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_DIGITS = {"〇": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_N = r"(?:\d{1,4}+|[〇零一二三四五六七八九十]{1,4}+|元)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_ERA = "|".join(name for name, _, _ in ERAS)
DATE = (
    rf"(?:(?:(?!\d)(?P<era>{_ERA}|(?<![A-Za-z])[MTSHR](?=\s*\d))\s*+)?(?P<y>{_N})\s*+"
    rf"(?:年\s*+(?P<m>{_N})\s*+月\s*+(?P<d>{_N})\s*+日|[./-](?P<m2>\d{{1,2}})[./-](?P<d2>\d{{1,2}}))(?!\d)"
    rf"|(?<!\d)(?P<y3>(?:19|20)\d\d)(?P<m3>[01]\d)(?P<d3>[0-3]\d)(?!\d)"
    rf"|(?P<en1>{_MONTH})\s+(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y4>\d{{4}})"
    rf"|(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<en2>{_MONTH}),?\s+(?P<y5>\d{{4}}))"
)
_ANY = re.compile(DATE, re.IGNORECASE)
_BARE = re.sub(r"\?P<\w+>", "?:", DATE)


def _d(pattern: str) -> re.Pattern[str]:
    """A pattern in which @ stands for a date."""
    return re.compile(pattern.replace("@", f"(?P<day>{_BARE})"), re.IGNORECASE)


_LEAD = r"^[\s・●○■□◆*•\-(（【\[|]*(?:\d{1,2}[.)、]\s*)?"
_COLON = r"[\s:|】\])）]*+"
_SELF_JA = r"(?:この|本)(?!条|項|号|章|節)[^。、,のに第]{1,14}は[、,]?\s*"
_SELF_EN = (
    r"\b(?:this|these|the present)\s+(?:\w+\s+){0,3}?(?:policy|policies|rules?|regulations?|procedures?|"
    r"agreement|guidelines?|document|handbook|manual|standard|instructions?|notice|plan|code|contract|version|edition)\b"
)
_SELF_ZH = r"(?:本|该)(?!条|款|项|章|节|條|項|節)[^。、,，的第]{1,14}"
_LABEL_FIRST = (
    r"(?:施行(?:期)?日|施行年月日|適用開始日|適用日|発効日|実施日|効力発生日|"
    r"effective\s+(?:date|from|as\s+of|since)|date\s+of\s+effect|in\s+force\s+(?:from|since)|valid\s+from|"
    r"生效日期|生效日|施行日期|实施日期|實施日期|执行日期|執行日期|启用日期|啟用日期)"
)
_LABEL_LAST = (
    r"(?:有効期限|適用期限|適用終了日|失効日|廃止日|"
    r"valid\s+(?:until|through|to)|expir(?:es?|y|ation)(?:\s+(?:on|date))?|effective\s+until|in\s+force\s+until|"
    r"有效期至|有效期限至|失效日期|废止日期|廢止日期|有效期截止日?)"
)
_FIRST_LABELLED = _d(_LEAD + _LABEL_FIRST + _COLON + r"(?:on\s+|is\s+)?@")
_LAST_LABELLED = _d(_LEAD + _LABEL_LAST + _COLON + r"(?:on\s+|is\s+)?@")
# The head of a first page often stands in columns that a reader joins to one line.
_FIRST_IN_HEAD = _d(r"(?<![A-Za-z])" + _LABEL_FIRST + _COLON + "@")
_LAST_IN_HEAD = _d(r"(?<![A-Za-z])" + _LABEL_LAST + _COLON + "@")
_PERIOD = re.compile(
    _LEAD + r"(?:有効期間|適用期間|有效期限?|validity(?:\s+period)?|valid)" + _COLON
    + r"(?:from\s+|自\s*+)?(?P<a>" + _BARE + r")\s*(?:から|より|起)?\s*"
    + r"(?:[~〜～\-–—至]|まで|to|until|through)\s*(?P<b>" + _BARE + ")",
    re.IGNORECASE,
)  # fmt: skip
_FIRST_SAID = [
    _d(_SELF_JA + r"@\s*+(?:から|より|をもって|に)\s*(?:これを)?\s*(?:施行|適用|実施|発効)"),
    _d(
        _SELF_EN + r"[^.;:]{0,60}?\b(?:takes?|shall\s+take|will\s+take|comes?|shall\s+come|enters?|"
        r"shall\s+enter|is|are|becomes?|shall\s+be|shall\s+become)\s+(?:in(?:to)?\s+)?(?:effect(?:ive)?|force)\s*"
        r"(?:on|from|as\s+of|with\s+effect\s+from)?\s*+@"
    ),
    _d(_SELF_ZH + r"自\s*+@\s*起?\s*(?:正式)?(?:施行|实施|實施|生效|执行|執行|试行|試行|启用)"),
]
_LAST_SAID = [
    _d(_SELF_JA + r"@\s*(?:限り|をもって|に)[、,]?\s*(?:その効力を失|失効|廃止)"),
    _d(_SELF_EN + r"[^.;:]{0,60}?\b(?:expires?|ceases?\s+to\s+(?:apply|be\s+effective))\s+(?:on\s+)?@"),
    _d(_SELF_ZH + r"(?:有效期至|于|至)\s*+@\s*(?:止|失效|废止|廢止)"),
]
# Below the heading of the supplementary provisions a line may be the date alone.
_SUPPLEMENT = re.compile(r"^\s{0,10}附\s{0,10}則")
_IN_SUPPLEMENT = [
    _d(
        r"^[\s・●○(（]{0,6}(?:\d{1,2}[.)、]\s{0,5}|第?\d{1,2}[条項]?\s{1,5})?@\s{0,5}(?:から|より|付)?[\s、,]{0,5}"
        r"(?:一部)?(?:改正|改定|改訂|制定)?[\s、,・]{0,5}(?:施行|実施|適用)(?:する)?[。)）]{0,2}\s{0,5}$"
    ),
    _d(r"改正(?:後の[^。、,]{1,14}|[^。、,]{0,10})は[、,]?\s*@\s*+(?:から|より)\s*(?:施行|適用|実施)"),
]
_ON_TITLE = [
    _d(r"\(\s*+@\s*+(?:から|より|起)?\s*(?:施行|適用|発効|生效|实施|實施)\s*\)"),
    _d(r"^\s*+@\s*+(?:から|より)?\s*(?:施行|適用|発効)$"),
]
_NAME_FIRST = [
    _d(r"@\s*+(?:から|より|起)?[ _-]?(?:施行|適用|発効|生效|实施|實施|执行|執行|启用|effective)"),
    _d(
        r"(?:施行(?:日|期日)?|適用(?:開始)?日?|発効日?|生效(?:日期?)?|effective(?:[ _-]?(?:date|from))?|"
        r"in[ _-]force[ _-]from|valid[ _-]from|自)[ _:-]*+@"
    ),
]
_NAME_LAST = [
    _d(r"@\s*(?:まで|限り|限|失効|止)"),
    _d(r"(?:valid[ _-]?(?:until|to|through)|expir(?:es|y|ation)|until|有効期限|失効日?|有效期至)[ _:-]*+@"),
]
_HEAD_FIRST = (
    "effective_date",
    "effective",
    "effective_from",
    "date_effective",
    "in_force_from",
    "valid_from",
    "施行日",
    "生效日期",
)
_HEAD_LAST = (
    "expires",
    "expiry",
    "expiry_date",
    "expiration_date",
    "effective_until",
    "in_force_until",
    "valid_until",
    "有効期限",
)
LONGEST_HEAD = 60  # lines of a head of metadata
LONGEST_TITLE, LONGEST_HEAD_LINE = 60, 250  # characters


def dates_of(name: str, pages: Sequence[PageContent]) -> FoundDates:
    """The dates that a document with that file name and those pages says of itself."""
    head = _from_head(pages[0].text if pages else "")
    named = _from_name(name)
    first, last = head.first or named.first, head.last or named.last
    if first is None or last is None:
        said = _from_text(pages)
        first, last = first or said.first, last or said.last
    if first is not None and last is not None and last.day < first.day:
        last = None  # it cannot end before it begins: one of the two means something else
    return FoundDates(first, last)


def parsed(text: str) -> date | None:
    """The first date written in that text (ISO, Western, Japanese eras, Chinese numerals), or None."""
    match = _ANY.search(_plain(text))
    return _day(match) if match else None


def _from_head(text: str) -> FoundDates:
    """Metadata between `---` lines, or `key: value` lines, at the very beginning of a text."""
    lines = text.lstrip("\ufeff").split("\n")[:LONGEST_HEAD]
    fenced = bool(lines) and lines[0].strip() == "---"
    dates: dict[str, FoundDate] = {}
    for line in lines[1:] if fenced else lines:
        key, colon, value = line.partition(":")
        if line.strip() in ("---", "...") or not (fenced or colon):
            break
        day = parsed(value) if colon else None
        if day is not None:
            dates[_key(key)] = FoundDate(day, DateSource.METADATA, line.strip(), 1)
    first = next((dates[key] for key in _HEAD_FIRST if key in dates), None)
    return FoundDates(first, next((dates[key] for key in _HEAD_LAST if key in dates), None))


def names_a_day_in_force(key: str) -> bool:
    """Whether a file's property of that name gives its first or its last day in force."""
    return _key(key) in (*_HEAD_FIRST, *_HEAD_LAST)


def from_properties(properties: Mapping[str, str]) -> FoundDates:
    """The dates in a file's properties; values that are not dates, and ends before the beginning, are left
    out."""
    dates = {
        _key(key): FoundDate(day, DateSource.PROPERTIES, f"{key}: {value}")
        for key, value in properties.items()
        if (day := parsed(value)) is not None
    }
    first = next((dates[key] for key in _HEAD_FIRST if key in dates), None)
    last = next((dates[key] for key in _HEAD_LAST if key in dates), None)
    if first is not None and last is not None and last.day < first.day:
        last = None
    return FoundDates(first, last)


def _key(name: str) -> str:
    """`EffectiveDate`, `Effective date` and `effective-date` are one key."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", _plain(name).strip())
    return name.lower().replace("-", "_").replace(" ", "_")


def _from_name(name: str) -> FoundDates:
    stem = _plain(PurePosixPath(name.replace("\\", "/")).stem)

    def first_in_name(patterns: Sequence[re.Pattern[str]]) -> FoundDate | None:
        for pattern in patterns:
            for match in pattern.finditer(stem):
                if (day := parsed(match["day"])) is not None:
                    return FoundDate(day, DateSource.FILE_NAME, name)
        return None

    return FoundDates(first_in_name(_NAME_FIRST), first_in_name(_NAME_LAST))


def _from_text(pages: Sequence[PageContent]) -> FoundDates:
    """The latest first day (rules list one for each amendment), and the last day."""
    firsts: list[FoundDate] = []
    lasts: list[FoundDate] = []
    supplement = False
    for page in pages:
        for line in _lines(page):
            plain = _plain(line)
            supplement = supplement or _SUPPLEMENT.match(plain) is not None
            if not any(character in plain for character in "0123456789日"):
                continue
            firsts += _all([_FIRST_LABELLED, *_FIRST_SAID], plain, line, page.number)
            lasts += _all([_LAST_LABELLED, *_LAST_SAID], plain, line, page.number)
            if supplement and len(plain) <= LONGEST_HEAD_LINE:
                firsts += _all(_IN_SUPPLEMENT, plain, line, page.number)
            if page.number == 1 and len(plain) <= LONGEST_TITLE:
                firsts += _all(_ON_TITLE, plain, line, 1)
            if page.number == 1 and len(plain) <= LONGEST_HEAD_LINE:
                firsts += _all([_FIRST_IN_HEAD], plain, line, 1)
                lasts += _all([_LAST_IN_HEAD], plain, line, 1)
            if (period := _PERIOD.search(plain)) is not None:
                a, b = parsed(period["a"]), parsed(period["b"])
                if a is not None and b is not None:
                    firsts.append(FoundDate(a, DateSource.TEXT, line.strip(), page.number))
                    lasts.append(FoundDate(b, DateSource.TEXT, line.strip(), page.number))
    first = max(firsts, key=lambda date_found: date_found.day, default=None)
    return FoundDates(first, max(lasts, key=lambda date_found: date_found.day, default=None))


def _all(patterns: Sequence[re.Pattern[str]], plain: str, line: str, page: int) -> Iterator[FoundDate]:
    for pattern in patterns:
        for match in pattern.finditer(plain):
            if (day := parsed(match["day"])) is not None:
                yield FoundDate(day, DateSource.TEXT, line.strip(), page)


def _lines(page: PageContent) -> Iterator[str]:
    """The paragraphs of a page, each joined to one line, and its lines where a label may begin one."""
    spans = [(block.start, block.end) for block in page.blocks if block.kind != BlockKind.HIDDEN]
    for start, end in spans or [(0, len(page.text))]:
        text = page.text[start:end]
        lines = [line for line in text.split("\n") if line.strip()]
        yield from lines
        if len(lines) > 1 and len(text) < 5000:
            yield _joined(lines)


def _joined(lines: Sequence[str]) -> str:
    """Lines as one: nothing between them beside a Chinese or Japanese character, else a space."""
    joined = lines[0].strip()
    for line in lines[1:]:
        line = line.strip()
        joined += line if joined[-1] > "\x7f" or line[0] > "\x7f" else f" {line}"
    return joined


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _day(match: re.Match[str]) -> date | None:
    """The date that a match of DATE says; None if there is no such day."""
    part = match.groupdict()
    try:
        if part.get("y"):
            year = _number(part["y"])
            known = era(part["era"]) if part.get("era") else None
            if known is not None:  # a year that its era did not reach was written before it ended
                year += known.base
            elif year < 1900:
                return None
            return date(year, _number(part["m"] or part["m2"]), _number(part["d"] or part["d2"]))
        if part.get("y3"):
            return date(int(part["y3"]), int(part["m3"]), int(part["d3"]))
        if part.get("y4"):
            return date(int(part["y4"]), MONTHS[part["en1"][:3].lower()], int(part["d4"]))
        return date(int(part["y5"]), MONTHS[part["en2"][:3].lower()], int(part["d5"]))
    except (ValueError, KeyError):
        return None


def _number(text: str) -> int:
    """A number in digits, in Chinese numerals with or without 十, or 元 for a first year."""
    if text.isdigit() and text.isascii():
        return int(text)
    if text == "元":
        return 1
    if "十" in text:
        tens, _, ones = text.partition("十")
        return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0)
    return int("".join(str(_DIGITS[character]) for character in text))

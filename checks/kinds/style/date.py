"""style.date: how dates are written, and whether they can be: the day exists, era and year agree, so does the
weekday."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import field_validator

from checks.findings import RuleMatch
from checks.patterns import Pattern
from checks.rules import Context, Rule
from language.eras import WEEKDAYS, date_of, era

_N = "[0-9０-９]"
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_MONTH_NAMES = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS) + "|sept"
_DAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_DAY_NAMES = "(?:mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun)(?:day)?"
_WEEKDAY = r"(?:[\s　]*[（(]?(?P<weekday>[月火水木金土日])(?:曜日?)?[）)]|[\s　]*(?P<weekday2>[月火水木金土日])曜日?|[\s　]*[（(]?(?:星期|周)(?P<zh>[一二三四五六日天])[）)]?)?"
_FORMS = (
    Pattern(
        rf"(?P<era>令和|平成|昭和|大正|明治)(?P<erayear>{_N}{{1,2}}|元)年"
        rf"(?:[\s　]*[（(](?P<year>{_N}{{4}})年?[）)][\s　]*)?"
        rf"(?:(?P<month>{_N}{{1,2}})月(?:(?P<day>{_N}{{1,2}})日{_WEEKDAY})?)?"
    ),
    Pattern(
        rf"(?<![0-9０-９])(?P<year>{_N}{{4}})年(?:[\s　]*[（(](?P<era>令和|平成|昭和|大正|明治)(?P<erayear>{_N}{{1,2}}|元)年[）)][\s　]*)?"
        rf"(?P<month>{_N}{{1,2}})月(?:(?P<day>{_N}{{1,2}})[日号號]{_WEEKDAY})?"
    ),
    Pattern(
        rf"(?<![\d/.-])(?P<year>{_N}{{4}})(?P<sep>[/.-])(?P<month>{_N}{{1,2}})(?P=sep)(?P<day>{_N}{{1,2}})(?![\d/-]){_WEEKDAY}"
    ),
    Pattern(
        rf"(?<![A-Za-z0-9])(?P<era>[RHSTM])(?P<erayear>{_N}{{1,2}})[./](?P<month>{_N}{{1,2}})[./](?P<day>{_N}{{1,2}})(?![\d/.])"
    ),
    Pattern(
        rf"(?<![A-Za-z])(?:(?P<dayname>{_DAY_NAMES}),?\s+)?(?P<monthname>{_MONTH_NAMES})\.?\s+(?P<day>\d{{1,2}})"
        rf"(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?!\d)",
        ignore_case=True,
    ),
    Pattern(
        rf"(?<![A-Za-z0-9])(?:(?P<dayname>{_DAY_NAMES}),?\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+"
        rf"(?P<monthname>{_MONTH_NAMES})\.?,?\s+(?P<year>\d{{4}})(?!\d)",
        ignore_case=True,
    ),
    Pattern(r"(?<![\d/.-])(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<year>\d{4})(?![\d/])"),
    Pattern(rf"(?<![年0-9０-９])(?P<month>{_N}{{1,2}})月(?P<day>{_N}{{1,2}})日{_WEEKDAY}"),
)
_CHINESE_DAYS = "一二三四五六日"


@dataclass(frozen=True)
class WrittenDate:
    """A date as it is written: its form (`令和N年M月D日`), what it says, and the day where it says one."""

    start: int
    end: int
    text: str
    form: str
    year: int | None
    month: int | None
    day: int | None
    era_year: int | None = None  # the year that the era gives
    weekday: int | None = None
    era_name: str = ""

    @property
    def date(self) -> datetime.date | None:
        """The day; None where it is not whole or does not exist."""
        year = self.year or self.era_year
        if not (year and self.month and self.day):
            return None
        return date_of(year, self.month, self.day)


class DateRule(Rule):
    """Dates of the house, that exist."""

    kind: Literal["style.date"] = "style.date"
    allow: list[str] = []
    one_per_document: bool = False
    verify: list[Literal["era_matches_year", "weekday", "exists"]] = []

    @field_validator("allow")
    @classmethod
    def _readable(cls, allow: list[str]) -> list[str]:
        for form in allow:
            dates = written_dates(_example(form))
            if not dates or not any(_fits(date.form, {_shape(form)}) for date in dates):
                raise ValueError(
                    f"no date is ever read as {form}: write a form such as 令和N年M月D日, YYYY年M月D日, YYYY-MM-DD,"
                    " RN.M.D or Month D, YYYY"
                )
        return allow

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each date that is written otherwise, and each that cannot be."""
        allowed = {_shape(form) for form in self.allow}
        # A pack of 年月日 says nothing of the dates within English words: a title, a reference.
        eastern = bool(allowed) and all("年" in form for form in allowed)
        written = [
            (i, date)
            for i, _, text in self.texts(context)
            for date in written_dates(text)
            if not (eastern and "Mon" in date.form)
        ]
        known = []
        for index, date in written:
            if not allowed or _fits(date.form, allowed):
                known.append((index, date))
            if allowed and not _fits(date.form, allowed):
                values = {"found": date.text, "allowed": " / ".join(self.allow)}
                yield RuleMatch(index, date.start, date.end, "date_form", values)
            yield from self._verified(index, date)
        if self.one_per_document:
            yield from self._one_form(known)

    def _one_form(self, written: list[tuple[int, WrittenDate]]) -> Iterator[RuleMatch]:
        whole = [(index, date) for index, date in written if (date.year or date.era_year) and date.month]
        forms = Counter(_family(date.form) for _, date in whole)
        if len(forms) < 2:
            return
        most = forms.most_common(1)[0][0]
        example = next(date.text for _, date in whole if _family(date.form) == most)
        for index, date in whole:
            if _family(date.form) != most:
                values = {"found": date.text, "example": example}
                yield RuleMatch(index, date.start, date.end, "date_mixed", values)

    def _verified(self, index: int, date: WrittenDate) -> Iterator[RuleMatch]:
        start, end, values = date.start, date.end, {"found": date.text}
        year = date.year or date.era_year
        if "exists" in self.verify and date.month is not None:
            shown = date_of(year or 2024, date.month, date.day or 1)
            if shown is None or not _in_era(date):
                yield RuleMatch(index, start, end, "date_missing", values)
                return
        if "era_matches_year" in self.verify and date.year and date.era_year and date.year != date.era_year:
            yield RuleMatch(index, start, end, "date_era", {**values, "year": date.era_year})
        day = date.date
        if "weekday" in self.verify and day is not None and date.weekday not in (None, day.weekday()):
            right = WEEKDAYS[day.weekday()]
            yield RuleMatch(
                index, start, end, "date_weekday", {**values, "weekday": right, "day": f"{day:%A}"}
            )


def _in_era(date: WrittenDate) -> bool:
    name = era(date.era_name) if date.era_name else None
    day = date.date
    if name is None or day is None:
        return True
    return name.begins <= day and (name.ends is None or day < name.ends)


def written_dates(text: str) -> list[WrittenDate]:
    """The dates in a text, from left to right."""
    dates: list[WrittenDate] = []
    taken: list[tuple[int, int]] = []
    for number, pattern in enumerate(_FORMS):
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < last and first < end for first, last in taken):
                continue
            taken.append((start, end))
            dates.append(_written(number, match))
    return sorted(dates, key=lambda date: date.start)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    return 1 if text == "元" else int(unicodedata.normalize("NFKC", text))


def _written(number: int, match: Any) -> WrittenDate:
    group = match.groupdict()
    month, day = _number(group.get("month")), _number(group.get("day"))
    if group.get("monthname"):
        month = 1 + next(
            i for i, name in enumerate(_MONTHS) if name.startswith(group["monthname"][:3].lower())
        )
    if number == 6:  # 3/4/2026: which is the month is not said; a number above 12 is the day
        month, day = int(group["a"]), int(group["b"])
        if month > 12:
            month, day = day, month
    named = era(group["era"]) if group.get("era") else None
    era_year = _number(group.get("erayear"))
    weekday = None
    if shown := group.get("weekday") or group.get("weekday2"):
        weekday = WEEKDAYS.index(shown)
    elif shown := group.get("zh"):
        weekday = _CHINESE_DAYS.index(shown.replace("天", "日"))
    elif shown := group.get("dayname"):
        weekday = _DAYS[shown[:3].lower()]
    return WrittenDate(
        match.start(), match.end(), match[0], _form(match[0], group), _number(group.get("year")), month, day,
        named.base + era_year if named and era_year else None, weekday, named.name if named else "",
    )  # fmt: skip


def _form(text: str, group: dict[str, str | None]) -> str:
    """How it is written, with N, YYYY, M and D for its numbers: `令和N年M月D日`, `YYYY/MM/DD`."""
    shown = " ".join(unicodedata.normalize("NFKC", text).split())  # a line may end within a date
    shown = re.sub(r"(?<![\s(])[\s(]*(?:(?:星期|周)[一二三四五六日天]|[月火水木金土日]曜日?)\)?$", "", shown)
    shown = re.sub(r"(?:(?<!\s)\s++)?\([月火水木金土日]\)$", "", shown).strip()
    # 令和8年(2026年): the other year in brackets is an addition, whichever of the two is the house's.
    shown = re.sub(
        r"(?:(?<!\s)\s++)?\((?:\d{4}年?|(?:令和|平成|昭和|大正|明治)(?:\d{1,2}|元)年)\)\s*", "", shown
    )
    if name := group.get("monthname"):
        if group.get("dayname"):  # before the month is named Mon, as a Monday is
            shown = re.sub(rf"^{_DAY_NAMES},?\s+", "", shown, flags=re.IGNORECASE)
        shown = re.sub(name, "Month" if len(name) > 3 or name.lower() == "may" else "Mon", shown, count=1)
    shown = re.sub(r"(令和|平成|昭和|大正|明治|\b[RHSTM])(?:\d{1,2}|元)", r"\1N", shown)
    shown = re.sub(r"\d{4}", "YYYY", shown)
    parts = iter("MD" if not group.get("monthname") else "D")
    return re.sub(r"\d{1,2}", lambda match: _part(match[0], next(parts, "D")), shown)


def _part(digits: str, sign: str) -> str:
    """`M` for 5, `MM` for 05, `M~` for 11, which is written so in both ways."""
    return sign if len(digits) == 1 else sign * 2 if digits[0] == "0" else f"{sign}~"


def _shape(form: str) -> str:
    shape = unicodedata.normalize("NFKC", form)
    return re.sub(r"平成|昭和|大正|明治", "令和", shape)


def _example(form: str) -> str:
    """A date of that form."""
    example = unicodedata.normalize("NFKC", form)
    for token, value in (("Month", "March"), ("Mon", "Mar"), ("YYYY", "2026"), ("MM", "03"), ("DD", "05")):
        example = example.replace(token, value)
    example = re.sub(r"(?<=[和成昭正治RHST])N|(?<=明治)N", "8", example)
    example = re.sub(r"(?<![A-Za-z])M(?![A-Za-z])", "3", example)
    return re.sub(r"(?<![A-Za-z])D(?![A-Za-z])", "5", example)


def _fits(form: str, allowed: set[str]) -> bool:
    """Whether a form is one of the allowed: a two-digit day fits `DD` and `D` alike where none is padded."""
    shape = re.sub(r"平成|昭和|大正|明治", "令和", form)
    if shape.endswith(("年", "月")):
        return True
    # Without a year it goes on as any allowed form does.
    partial = not re.search("[YN]", shape)
    pattern = re.escape(shape).replace(r"M\~", "MM?").replace(r"D\~", "DD?")
    return any(re.search(f"{pattern}$" if partial else f"^{pattern}$", form) for form in allowed)


def _family(form: str) -> str:
    form = re.sub("平成|昭和|大正|明治", "令和", form.replace("~", ""))
    return re.sub(r"(?<![A-Za-z])D+", "D", re.sub(r"(?<!M)M++(?=$|[^Mo])", "M", form))

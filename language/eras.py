"""Japanese eras, the calendar of Taiwan, and weekdays: what 令和8年 is, and whether a date exists."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

# First day of each era since the Gregorian calendar came into use (Meiji 6); an era ends where the next begins.
ERAS = (
    ("令和", "R", datetime.date(2019, 5, 1)),
    ("平成", "H", datetime.date(1989, 1, 8)),
    ("昭和", "S", datetime.date(1926, 12, 25)),
    ("大正", "T", datetime.date(1912, 7, 30)),
    ("明治", "M", datetime.date(1868, 1, 25)),
)


@dataclass(frozen=True)
class Calendar:
    """A calendar without ends: how it is named, and the year before its first."""

    names: tuple[str, ...]
    base: int


REPUBLIC = Calendar(("民国", "民國"), 1911)  # 民國113年 is 2024
WEEKDAYS = "月火水木金土日"


@dataclass(frozen=True)
class Era:
    """An era: its name, the year in which its first year lies, its first day and the day after its last."""

    name: str
    base: int
    begins: datetime.date
    ends: datetime.date | None


def era(name: str) -> Era | None:
    """The era of that name or letter."""
    ends: datetime.date | None = None
    for full, letter, begins in ERAS:
        if name in (full, letter, letter.lower()):
            return Era(full, begins.year - 1, begins, ends)
        ends = begins
    return None


def date_of(year: int, month: int, day: int) -> datetime.date | None:
    """That day; None if there is none."""
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None

"""Days as a rule names them: another field, a date, today and so many days before or behind it."""

from __future__ import annotations

import datetime
import re

_TODAY = re.compile(r"today(?:\s*([+-])\s*([0-9]{1,5}))?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def named_day(text: str, today: datetime.date) -> datetime.date | None:
    """The day that `today`, `today+30` or `2026-04-01` means; None for the name of a field. Raises ValueError
    for a date that is none."""
    if match := _TODAY.fullmatch(text.strip()):
        days = int(match[2] or 0)
        return today + datetime.timedelta(days=-days if match[1] == "-" else days)
    if match := _DATE.fullmatch(text.strip()):
        return datetime.date(int(match[1]), int(match[2]), int(match[3]))
    return None

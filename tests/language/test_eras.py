"""One table of eras, for dates in documents, cells, questions and rules."""

from __future__ import annotations

import datetime as dt

import pytest

from ingest.dates import parsed
from ingest.readers.office.number_formats import shown_value
from language.eras import ERAS, era


@pytest.mark.parametrize("name", [name for name, _, _ in ERAS])
def test_every_reader_of_dates_knows_every_era(name: str) -> None:
    known = era(name)
    assert known is not None
    day = dt.date(known.base + 2, 3, 4)
    assert parsed(f"{name}2年3月4日") == day
    assert shown_value(dt.datetime(day.year, 3, 4), 'ggge"年"m"月"d"日"') == f"{name}2年3月4日"


def test_the_first_day_of_an_era_is_its_first_year() -> None:
    assert shown_value(dt.datetime(2019, 5, 1), 'ggge"年"') == "令和1年"
    assert shown_value(dt.datetime(2019, 4, 30), 'ggge"年"') == "平成31年"

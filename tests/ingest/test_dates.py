"""When a document is in force: what it says itself is understood, and nothing else is taken for it."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.dates import DateSource, dates_of, parsed
from ingest.pages import PageContent

pytestmark = pytest.mark.fast

APRIL = date(2026, 4, 1)

WRITTEN = [
    "2026-04-01", "2026/4/1", "2026.04.01", "２０２６年４月１日", "2026年4月1日", "令和8年4月1日", "R8.4.1",
    "令和八年四月一日", "二〇二六年四月一日", "April 1, 2026", "1 April 2026", "1st of Apr. 2026",
]  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_a_date_is_understood_however_it_is_written(text: str) -> None:
    assert parsed(text) == APRIL


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和元年10月1日", date(2019, 10, 1)), ("平成31年4月30日", date(2019, 4, 30)),
        ("昭和64年1月7日", date(1989, 1, 7)), ("二十一日", None), ("2026年2月30日", None), ("12.5.3", None),
    ],
)  # fmt: skip
def test_eras_and_days_that_do_not_exist(text: str, day: date | None) -> None:
    assert parsed(text) == day


FIRST = [
    "施行日：令和8年4月1日",
    "1. 施行日　2026/04/01",
    "この規程は、令和8年4月1日から施行する。",
    "この規程は、令和8年\n4月1日から施行する。ただし、第5条の規定は令和9年1月1日から施行する。",
    "本規程は2026年4月1日より適用する。",
    "（令和8年4月1日施行）",
    "Effective date: April 1, 2026",
    "Document FIN-014, version 5.2 Effective date: April 1, 2026 Owner: Accounting",
    "This policy takes effect on 1 April 2026.",
    "This Travel Policy is effective as of 2026-04-01 and replaces the one before.",
    "生效日期：2026年4月1日",
    "本规定自2026年4月1日起施行，2024年4月1日发布的同时废止。",
    "本辦法自2026年4月1日起實施。",
    "---\ntitle: Rules\neffective_date: 2026-04-01\n---\n\nRules.",
    "この規程は、平成20年4月1日から施行する。\n\nこの規程は、令和8年4月1日から施行する。",
]


@pytest.mark.parametrize("text", FIRST)
def test_the_first_day_in_force_is_found_with_the_words_that_say_it(text: str) -> None:
    first = dates_of("rules.txt", [PageContent(1, text)]).first
    assert first is not None
    assert (first.day, first.page) == (APRIL, 1)
    assert parsed(first.quote) is not None


NOT_OF_ITSELF = [
    "会議は2026年4月1日に行う。",
    "The new tax takes effect on 1 April 2027.",
    "本条は令和9年4月1日から施行する。",
    "改正労働基準法は2027年4月1日から施行される。",
    "制定日　2026年4月1日",
    "新税法自2027年1月1日起施行。",
    "The meeting of April 1, 2026 was moved.",
]


@pytest.mark.parametrize("text", NOT_OF_ITSELF)
def test_another_date_is_left_alone(text: str) -> None:
    dates = dates_of("minutes_2026-04-01.txt", [PageContent(1, text)])
    assert (dates.first, dates.last) == (None, None)


@pytest.mark.parametrize(
    "text",
    ["有効期限：2026年4月1日", "Valid until: 1 April 2026", "有效期至：2026年4月1日",
     "この契約は、2026年4月1日をもって失効する。", "Expiry date: 2026-04-01"],
)  # fmt: skip
def test_the_last_day_in_force_is_found(text: str) -> None:
    dates = dates_of("a.txt", [PageContent(1, text)])
    assert dates.first is None and dates.last is not None and dates.last.day == APRIL


def test_a_period_has_two_days() -> None:
    dates = dates_of("a.txt", [PageContent(1, "有効期間：2026年4月1日～2027年3月31日")])
    assert dates.first is not None and dates.last is not None
    assert (dates.first.day, dates.last.day) == (APRIL, date(2027, 3, 31))


@pytest.mark.parametrize(
    "name",
    ["就業規則_2026-04-01施行.pdf", "旅費規程(令和8年4月1日施行).docx", "policy effective 2026-04-01.pdf",
     "安全规定（自2026年4月1日起施行）.docx", "人事/規程_20260401施行.pdf"],
)  # fmt: skip
def test_a_file_name_that_says_so_counts_more_than_the_text(name: str) -> None:
    first = dates_of(name, [PageContent(1, "施行日：2020年1月1日")]).first
    assert first is not None and (first.day, first.source) == (APRIL, DateSource.FILE_NAME)


def test_a_last_day_before_the_first_is_not_believed() -> None:
    dates = dates_of("a.txt", [PageContent(1, "施行日：2026年4月1日\n有効期限：2025年3月31日")])
    assert dates.first is not None and dates.last is None

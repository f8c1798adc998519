"""Cells that begin with the label of a list are named without it, and cases are counted, not the places that
they are in."""

from __future__ import annotations

from pathlib import Path

import pytest
from table_reading import computed, relations_in

ROOMS = """# 会議室の料金

| 部屋 | 時間帯 | 平日 | 休日 |
|---|---|---|---|
| A.大会議室 | 午前 | 3,000 | 4,500 |
| A.大会議室 | 午後 | 3,600 | 5,400 |
| B.談話コーナー | 午前 | 800 | 1,000 |
| B.談話コーナー | 午後 | 900 | 1,200 |
"""
REPAIRS = """# 令和5年度修繕工事一覧

| 工事名 | 工事場所 | 種別 | 期間 |
|---|---|---|---|
| 車庫屋根塗装工事 | 本館 | 塗装工事 | 4月上旬～5月下旬 |
| 正門塗装工事 | 別館 | 塗装工事 | 6月上旬～6月下旬 |
| 廊下塗装工事 | 本館 | 塗装工事 | 7月上旬～8月下旬 |
| 配管交換工事 | 別館 | 管工事 | 9月上旬～9月下旬 |
"""


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("大会議室の平日午後の料金はいくらですか", "3600"),
        ("平日の午前で、大会議室と談話コーナーの料金はいくら違いますか", "2200"),
    ],
)
def test_a_cell_is_named_without_its_label(question: str, value: str, tmp_path: Path) -> None:
    shown = computed(question, relations_in(tmp_path, "rooms.md", ROOMS))
    assert shown is not None
    assert value in shown.replace(",", "")


def test_cases_are_rows(tmp_path: Path) -> None:
    shown = computed("修繕工事のうち、塗装工事は何件ありますか", relations_in(tmp_path, "works.md", REPAIRS))
    assert shown == "3件"

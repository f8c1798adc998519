"""Sums over a year, the first few, two halves and two groups, and one column below another one."""

from __future__ import annotations

from pathlib import Path

import pytest
from table_reading import computed, relations_in

SALES = """# Repair sales 2024

| Port | Q1 | Q2 | Q3 | Q4 |
|---|---|---|---|---|
| Falmouth | 120 | 145 | 160 | 130 |
| Hull | 210 | 190 | 205 | 240 |
| Leith | 95 | 88 | 102 | 99 |
"""
STOCK = """# 库存表

| 品名 | 库存数量 | 安全库存 |
|---|---|---|
| 打包带 | 75 | 100 |
| 热熔胶 | 300 | 200 |
"""
OUTPUT = """# 車間の記録

| 日付 | 班次 | 不良品数 |
|---|---|---|
| 9月1日 | 白班 | 4 |
| 9月1日 | 夜班 | 9 |
| 9月2日 | 白班 | 3 |
| 9月2日 | 夜班 | 6 |
"""


@pytest.mark.parametrize(
    ("table", "question", "values"),
    [
        (SALES, "What were Leith's total repair sales in 2024?", ["384"]),
        (SALES, "What were Leith's total repair sales in 2023?", None),
        (SALES, "By how much did Hull's repair sales drop from Q1 to Q2?", ["20"]),
        (SALES, "Top two ports by Q3 repair sales", ["Hull", "Falmouth"]),
        (STOCK, "哪些物料的库存数量低于安全库存？", ["打包带"]),
        (OUTPUT, "夜班と白班の不良品数の合計の差は？", ["8"]),
    ],
)
def test_a_figure_of_several_cells(
    tmp_path: Path, table: str, question: str, values: list[str] | None
) -> None:
    value = computed(question, relations_in(tmp_path, "table.md", table))
    if values is None:
        assert value is None
    else:
        assert value is not None
        assert [part for part in values if part not in value] == [], value

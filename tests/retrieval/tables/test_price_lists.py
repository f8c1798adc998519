"""Lists of prices and vendors, and statements of accounts: grades, limits with units, several things at once,
rows of one name in two sections, and whose figures they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf import FPDF
from making import add, administrator

from operations.library import Library
from retrieval.answers.events import Quotes

PRICES = """# 購買単価表

| 品番 | 品名 | 分類 | 1～9個 | 10～49個 | 50個以上 | 納期（営業日） |
|---|---|---|---|---|---|---|
| A-1 | コピー用紙 | 事務用品 | 2,380 | 2,310 | 2,140 | 3 |
| A-2 | 赤ペン | 事務用品 | 120 | 100 | 90 | 14 |
| B-1 | 本棚 | 什器 | 18,000 | 17,500 | 17,000 | 21 |
| B-2 | 傘立て | 什器 | 7,650 | 7,270 | 6,880 | 14 |
| B-3 | 丸椅子 | 什器 | 5,400 | 5,100 | 4,900 | 5 |
"""
VENDORS = """# 仕入先一覧

| コード | 仕入先名 | 担当者 | 評価 |
|---|---|---|---|
| V1 | 青木商会 | 石川 | A |
| V2 | 馬場製作所 | 岡田 | C |
| V3 | 千葉物産 | 木下 | B |
| V4 | 土井印刷 | 小林 | C |
"""


def asked(library: Library, question: str) -> Quotes:
    first = next(iter(library.answerer.ask(administrator(library), question)))
    assert isinstance(first, Quotes)
    return first


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("什器のうち、納期が14営業日以上かかるものはどれですか", ["本棚", "傘立て"]),
        ("評価がCの仕入先は何社ありますか。社名も教えてください", ["2社", "馬場製作所", "土井印刷"]),
        ("コピー用紙を12個、赤ペンを2個買うと、合計はいくらですか", ["27,960", "2,310 × 12", "120 × 2"]),
        ("本棚を15個買うと単価はいくらですか", ["17,500"]),
    ],
)
def test_prices_and_vendors(library: Library, question: str, said: list[str]) -> None:
    add(library, "prices.md", PRICES)
    add(library, "vendors.md", VENDORS)
    computed = asked(library, question).computed
    assert computed is not None
    assert [text for text in said if text not in computed.text] == []


@pytest.mark.parametrize(
    "question",
    [
        "コピー用紙を12個、消しゴムを2個買うと、合計はいくらですか",  # no price for one of them
        "評価がDの仕入先は何社ありますか",
    ],
)
def test_nothing_is_computed_where_the_list_does_not_say_it(library: Library, question: str) -> None:
    add(library, "prices.md", PRICES)
    add(library, "vendors.md", VENDORS)
    assert asked(library, question).computed is None


def statement() -> FPDF:
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=9)
    down = 20.0
    made.text(20, down, "MINATOYA INC.")
    made.text(20, down + 8, "Net revenue and operating income by segment were as follows (in millions):")
    down += 18
    made.text(107, down, "Three Months Ended")
    made.text(164, down, "Six Months Ended")
    down += 5
    for x, text in ((92, "Jul 1, 2023"), (122, "Jul 2, 2022"), (150, "Jul 1, 2023"), (178, "Jul 2, 2022")):
        made.text(x, down, text)
    down += 5
    for label, *values in (
        ("Net revenue:",),
        ("Client Computing", "6,780", "7,678", "12,547", "17,000"),
        ("Network and Edge", "1,364", "2,211", "2,853", "4,350"),
        ("Operating income (loss):",),
        ("Client Computing", "1,039", "876", "1,559", "3,598"),
        ("Network and Edge", "(187)", "294", "(487)", "710"),
    ):
        made.text(20, down, label)
        for edge, value in zip((110, 140, 168, 196), values, strict=False):
            made.text(edge - made.get_string_width(value), down, value)
        down += 5
    return made


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("What was Minatoya's Network and Edge revenue in the three months ended July 2, 2022?", "2,211"),
        (
            "What was Minatoya's Network and Edge operating income in the six months ended July 1, 2023?",
            "(487)",
        ),
    ],
)
def test_a_statement_of_accounts(library: Library, tmp_path: Path, question: str, value: str) -> None:
    path = tmp_path / "q2.pdf"
    statement().output(str(path))
    add(library, "q2.pdf", path.read_bytes())
    computed = asked(library, question).computed
    assert computed is not None
    assert computed.value.split()[0] == value


def test_a_statement_says_nothing_of_another_company(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "q2.pdf"
    statement().output(str(path))
    add(library, "q2.pdf", path.read_bytes())
    question = "What was Aokawa's Network and Edge revenue in the three months ended July 2, 2022?"
    assert asked(library, question).computed is None

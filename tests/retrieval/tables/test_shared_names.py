"""A part of a column's name stands for it, unless the question goes on from there to another thing."""

from __future__ import annotations

import pytest

from retrieval.tables.shared_names import shared_part
from retrieval.tables.values import plain_form

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("name", "question", "part"),
    [
        ("検査概要", "塗装の検査はどのように行いますか", "検査"),
        ("検査概要", "塗装の検査手順は何ですか", None),
        ("モジュールID", "受注モジュールのファイル名は何ですか", None),
        ("モジュールID", "受注モジュールは何ですか", "モジュール"),
        ("勤務地", "横浜勤務の社員は何名ですか", "勤務"),
        ("存放地点", "东区一共存放了多少件物品", "存放"),
        ("部品名称", "7番の部品の名称は何ですか", "部品"),
        ("部品名称", "7番の部品の型は何ですか", None),
        ("最終更新日", "いつですか", None),
    ],
)
def test_the_part_of_a_name_that_a_question_says(name: str, question: str, part: str | None) -> None:
    plain = plain_form(question)
    place = shared_part(plain_form(name), plain)
    assert (plain[slice(*place)] if place else None) == (plain_form(part) if part else None)

"""Headings: told by how they are written, with the number that each bears."""

from __future__ import annotations

import pytest

from language.headings import NumberedHead, heading_level, number_end, numbered_head, without_number

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("line", "level", "words"),
    [
        ("第1章　総則", 1, "総則"),
        ("第一章 总则", 1, "总则"),
        ("第３節　給与", 2, "給与"),
        ("第5条（目的）", 2, "（目的）"),
        ("第5条の2　育児休業", 2, "育児休業"),
        ("第二百三十条（通知）", 2, "（通知）"),
        ("第1　趣旨", 2, "趣旨"),
        ("第1　目的", 2, "目的"),
        ("第3 部会", 2, "部会"),
        ("一、总则", 1, "总则"),
        ("（一）适用范围", 2, "适用范围"),
        ("附則", 1, "附則"),
        ("1. Purpose", 1, "Purpose"),
        ("1.2 Scope", 2, "Scope"),
        ("２.１.３　範囲", 3, "範囲"),
        ("Article 5 Leave", 1, "Leave"),
        ("Section 4: Pay", 1, "Pay"),
        ("Chapter II Rules", 1, "Rules"),
        ("Annex A Forms", 1, "Annex A Forms"),
        ("■ 概要", 1, "概要"),
    ],
)
def test_a_heading_has_one_level_and_its_words_are_those_behind_its_number(
    line: str, level: int, words: str
) -> None:
    assert (heading_level(line), without_number(line)) == (level, words)


@pytest.mark.parametrize(
    "line",
    [
        "第3四半期の業績",
        "3月の予定",
        "2024年度計画",
        "10 days",
        "条文一覧",
        "Section Overview",
        "目的",
        "Annexes",
    ],
)
def test_what_only_looks_like_a_number_stays(line: str) -> None:
    assert number_end(line) == 0 and without_number(line) == line


def test_a_known_heading_needs_no_space_behind_its_number() -> None:
    assert without_number("第一条劳动合同") == "劳动合同" and heading_level("第一条劳动合同") == 0
    assert without_number("Q1. Who pays?") == "Who pays?" and without_number("問2 誰が払うか") == "誰が払うか"
    assert without_number("A. Scope") == "Scope" and without_number("ア　対象") == "対象"


@pytest.mark.parametrize(
    ("line", "head"),
    [
        ("第5条の2　育児休業", NumberedHead("条", 5, 2, 3, 5)),
        ("第十二条 试用期", NumberedHead("条", 12, 0, 4, 4)),
        ("第十二条之一 试用期", NumberedHead("条", 12, 1, 4, 6)),
        ("第3条から第5条まで 削除", NumberedHead("条", 3, 0, 3, 3)),
        ("第二百三十条（通知）", NumberedHead("条", 230, 0, 6, 6)),
        ("第１章", NumberedHead("章", 1, 0, 3, 3)),
        ("第9条による届出", None),
        ("第18条2項に該当する", None),
        ("第5条第2項", None),
        ("第3回", None),
    ],
)
def test_the_head_of_an_article_is_no_reference_to_one(line: str, head: NumberedHead | None) -> None:
    assert numbered_head(line) == head

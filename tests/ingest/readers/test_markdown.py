"""Markdown is read as it is shown, and each block knows its lines in the file."""

from __future__ import annotations

import pytest

from ingest.pages import Block, BlockKind, PageContent
from ingest.readers.plain.text import read_plain

pytestmark = pytest.mark.fast


def read(text: str) -> PageContent:
    (page,) = read_plain(text.encode(), "a.md", markdown=True, page_limit=9)
    return page


def blocks(text: str) -> list[tuple[BlockKind, int, str]]:
    page = read(text)
    return [(block.kind, block.level, page.text[block.start : block.end]) for block in page.blocks]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('Use [annual leave](https://a.example/x?y=1 "t") **first**.', "Use annual leave first."),
        (
            'Ask in [the channel]({% page "a/b" %}#c) or {% channel "leave" %}.',
            "Ask in the channel or leave.",
        ),
        ("Before <!-- not\nshown --> after", "Before after"),
        ("{% comment %}\nhidden\n{% endcomment %}\nseen", "seen"),
        ("A line that was\nwrapped here.", "A line that was wrapped here."),
        ("申請は、所属長に\n提出する。", "申請は、所属長に提出する。"),
        ("次の者とする。\n(1) 役員\n(2) 社員", "次の者とする。\n(1) 役員\n(2) 社員"),
        ("one<br>two  \nthree", "one\ntwo\nthree"),
        ("![A pump](pump.png) `x = 1` &amp; \\*y\\*", "A pump x = 1 & *y*"),
        ("<div><b>Leave</b> <a href='x'>chart</a></div>", "Leave chart"),
        ("{{ site.name }} text {# note #}", "text"),
        ("<!-- never ends", ""),
    ],
)
def test_what_is_shown(source: str, shown: str) -> None:
    assert " ".join(read(source).text.split(" ")) == shown


def test_lists_keep_their_signs_and_levels() -> None:
    text = "1. 次のとおりとする。\n    * 職務出張\n    * 研修\n        1) 海外\n2. 届け出る。\n"
    assert blocks(text) == [
        (BlockKind.ITEM, 1, "1. 次のとおりとする。"),
        (BlockKind.ITEM, 2, "• 職務出張"),
        (BlockKind.ITEM, 2, "• 研修"),
        (BlockKind.ITEM, 3, "1) 海外"),
        (BlockKind.ITEM, 1, "2. 届け出る。"),
    ]


def test_a_heading_without_a_space_is_a_heading() -> None:
    assert blocks("##第四章　休暇\ntext\n\n#第一章\n\n```\n##code\n```\n#channel") == [
        (BlockKind.HEADING, 2, "第四章　休暇"),
        (BlockKind.PARAGRAPH, 0, "text"),
        (BlockKind.HEADING, 1, "第一章"),
        (BlockKind.PARAGRAPH, 0, "##code"),
        (BlockKind.PARAGRAPH, 0, "#channel"),
    ]


def test_a_table_has_its_headers_in_every_row_and_its_cells() -> None:
    page = read("| 区分 | 手当 |\n|---|---|\n| 早番 | 500 |\n| 夜勤 | **3,000** |\n")
    rows = [(page.text[block.start : block.end], block.header) for block in page.blocks]
    assert rows == [
        ("区分 | 手当", True),
        ("区分: 早番 | 手当: 500", False),
        ("区分: 夜勤 | 手当: 3,000", False),
    ]

    def cells(block: Block) -> list[str]:
        return [page.text[block.start + cell.start : block.start + cell.end] for cell in block.cells]

    assert [cells(block) for block in page.blocks] == [["区分", "手当"], ["早番", "500"], ["夜勤", "3,000"]]


def test_blocks_know_their_lines() -> None:
    page = read("---\ntitle: Leave\nkeywords: pto\n---\n\n# A\n\ntext\nmore\n\n<!-- x\ny -->\n\n* item\n")
    spots = [(block.spot.first, block.spot.last) for block in page.blocks if block.spot]
    assert spots == [("3", "3"), ("6", "6"), ("8", "9"), ("14", "14")]
    assert page.title == "Leave"

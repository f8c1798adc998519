"""The tree of a document: what belongs together stands together, and each node is its page's own text."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import texts

from ingest.pages import Block, BlockKind, PageContent, PageKind, Spot, Unit
from ingest.readers.plain.text import read_plain
from ingest.structure.furniture import running_lines
from ingest.structure.tree import OUTSIDE, build
from language.structure import TEXTLESS, NodeKind, Structure, Trait

pytestmark = pytest.mark.fast

MANY = int(os.environ.get("SHOKO_TEST_TREES", "300"))  # 10,000 for a release


def plain(*pages: str, markdown: bool = False) -> list[PageContent]:
    content = "\f".join(pages).encode()
    return list(read_plain(content, "a.md" if markdown else "a.txt", markdown=markdown, page_limit=100))


def page_of(
    *lines: str | tuple[BlockKind, str], number: int = 1, kind: PageKind = PageKind.TEXT
) -> PageContent:
    """A page whose blocks are those lines; a row has a spot, as in Word."""
    text, blocks = "", []
    for place, line in enumerate(lines):
        block_kind, content = line if isinstance(line, tuple) else (BlockKind.PARAGRAPH, line)
        text += "\n" if text else ""
        spot = Spot(Unit.ROW, f"1.{place}", f"1.{place}") if block_kind == BlockKind.ROW else None
        level = 1 if block_kind == BlockKind.HEADING else 0
        blocks.append(Block(len(text), len(text) + len(content), block_kind, level=level, spot=spot))
        text += content
    return PageContent(number, text, blocks=blocks, kind=kind)


def shown(pages: Sequence[PageContent]) -> list[str]:
    """Each node but cells on a line: its depth as dots, its kind, its own text."""
    structure, by_number = build(pages), {page.number: page.text for page in pages}
    return [
        "." * len(structure.ancestors(index))
        + f"{node.kind.name} {by_number[node.page][node.start : node.end]}".rstrip()
        for index, node in enumerate(structure)
        if node.kind != NodeKind.CELL
    ]


def quoted(pages: Sequence[PageContent], words: str) -> list[str]:
    """The stretches of the whole that those words belong to."""
    structure, by_number = build(pages), {page.number: page.text for page in pages}
    page, start = next((page.number, page.text.find(words)) for page in pages if words in page.text)
    node = structure.at(page, start, start + len(words))[0]
    stretches = structure.stretches(structure.complete(node))
    return [by_number[stretch.page][stretch.start : stretch.end] for stretch in stretches]


LAW = """第3章　休日
（休日）
第12条　休日は、次のとおりとする。ただし、繁忙期は、この限りでない。
　(1) 土曜日及び日曜日
　(2) 会社が指定する次の日
　　ア 創立記念日
　　イ 年末年始
　(3) 祝日
２　前項の休日は、振り替えることがある。
３　前項の規定にかかわらず、当番の者は出勤する。
※ 詳しくは総務部に問い合わせること。
第13条　時間外労働は、承認を要する。
"""


def test_an_article_its_paragraphs_items_and_provisos() -> None:
    assert shown(plain(LAW)) == [
        "HEADING 第3章　休日",
        ".ARTICLE （休日）\n第12条",
        "..PARAGRAPH 休日は、次のとおりとする。",
        "...PROVISO ただし、繁忙期は、この限りでない。",
        "...ITEM (1) 土曜日及び日曜日",
        "...ITEM (2) 会社が指定する次の日",
        "....ITEM ア 創立記念日",
        "....ITEM イ 年末年始",
        "...ITEM (3) 祝日",
        "..PARAGRAPH ２　前項の休日は、振り替えることがある。",
        "...PROVISO ３　前項の規定にかかわらず、当番の者は出勤する。",
        "....NOTE ※ 詳しくは総務部に問い合わせること。",
        ".ARTICLE 第13条",
        "..PARAGRAPH 時間外労働は、承認を要する。",
    ]


def test_an_item_is_quoted_with_its_whole_list() -> None:
    whole = LAW[LAW.index("休日は、次の") : LAW.index("\n２")].strip()
    assert quoted(plain(LAW), "年末年始") == [whole]
    assert quoted(plain(LAW), "休日は、次の") == [whole]


def test_a_list_goes_over_a_page() -> None:
    pages = [
        page_of("第5条（提出書類）", "採用された者は、次の書類を提出しなければならない。", "(1) 履歴書"),
        page_of("(2) 誓約書", "2　変更は届け出る。", number=2),
    ]
    assert quoted(pages, "誓約書") == [
        "採用された者は、次の書類を提出しなければならない。\n(1) 履歴書",
        "(2) 誓約書",
    ]


def test_a_paragraph_goes_on_on_the_next_page() -> None:
    pages = [
        page_of("従業員は、年次有給休暇を取得しようとするときは、あらかじめ所属長に"),
        page_of("届け出て承認を得る。", "次の段落。", number=2),
    ]
    assert shown(pages)[:2] == [
        "PARAGRAPH 従業員は、年次有給休暇を取得しようとするときは、あらかじめ所属長に",
        ".CONTINUED 届け出て承認を得る。",
    ]


def test_steps_are_told_from_items() -> None:
    pages = plain(
        "# How to claim\n\n1. Open the form.\n2. Attach receipts.\n\n# Rooms\n\n1. Blue\n2. Red\n",
        markdown=True,
    )
    kinds = [line.split()[0].strip(".") for line in shown(pages)]
    assert kinds == ["HEADING", "STEP", "STEP", "HEADING", "ITEM", "ITEM"]


def test_the_last_step_is_no_heading_of_what_stands_below_the_list() -> None:
    pages = plain(
        "精算は次の順で行う。\n1. 金額を入力する\n2. 上長が承認する\n3. 経理課が振り込む\n仮払金を受けた者は、残金を現金で経理課に返す。\n"
    )
    nodes = build(pages)
    assert [line for line in shown(pages) if "heading" in line.lower()] == [], nodes
    assert any("3. 経理課が振り込む" in text for text in quoted(pages, "金額を入力"))


def test_a_numbered_list_that_begins_anew_belongs_to_its_paragraph() -> None:
    pages = plain(
        "第5条　服務\n1. 誠実に働く。\n2. 次の事項を守る。\n1. 離れない\n2. 壊さない\n3. 盗まない\n3. 違反は処分する。\n"
    )
    assert shown(pages) == [
        "ARTICLE 第5条　服務",
        ".PARAGRAPH 1. 誠実に働く。",
        ".PARAGRAPH 2. 次の事項を守る。",
        "..ITEM 1. 離れない",
        "..ITEM 2. 壊さない",
        "..ITEM 3. 盗まない",
        ".PARAGRAPH 3. 違反は処分する。",
    ]


def test_chinese_articles_begin_on_the_line_of_their_number() -> None:
    pages = plain(
        "第一章 休假\n\n第四条 员工应提交下列材料：\n（一）身份证\n（二）证书\n\n第五条 试用期为1个月。但另有约定的除外。\n"
    )
    assert shown(pages) == [
        "HEADING 第一章 休假",
        ".ARTICLE 第四条",
        "..PARAGRAPH 员工应提交下列材料：",
        "...ITEM （一）身份证",
        "...ITEM （二）证书",
        ".ARTICLE 第五条",
        "..PARAGRAPH 试用期为1个月。",
        "...PROVISO 但另有约定的除外。",
    ]


def test_a_row_is_quoted_with_its_headers_unit_and_note() -> None:
    row = BlockKind.ROW
    pages = [
        page_of(
            "手当は、次の表のとおりとする。",
            "表1　手当",
            "（単位：円）",
            (row, "区分 | 手当"),
            (row, "区分: 早番 | 手当: 500"),
            (row, "区分: 夜勤 | 手当: 3,000"),
            "※ 祝日は倍とする。",
            "以上である。",
        )
    ]
    assert shown(pages) == [
        "PARAGRAPH 手当は、次の表のとおりとする。",
        ".TABLE",
        "..CAPTION 表1　手当",
        "..UNIT_ROW （単位：円）",
        "..HEADER_ROW 区分 | 手当",
        "..ROW 区分: 早番 | 手当: 500",
        "..ROW 区分: 夜勤 | 手当: 3,000",
        "..NOTE ※ 祝日は倍とする。",
        "PARAGRAPH 以上である。",
    ]
    assert quoted(pages, "3,000") == [
        "表1　手当\n（単位：円）\n区分 | 手当",
        "区分: 夜勤 | 手当: 3,000\n※ 祝日は倍とする。",
    ]
    structure = build(pages)
    cell = structure.cell_at(1, pages[0].text.index("3,000"), pages[0].text.index("3,000") + 5)
    assert cell is not None and structure[cell].label == "手当"


def test_fields_and_definitions() -> None:
    pages = plain("所管：総務部\n施行日：2026年4月1日\n\n「社員」とは、会社に雇用された者をいう。\n")
    structure = build(pages)
    assert [node.label for node in structure if node.kind == NodeKind.FIELD] == ["所管", "施行日"]
    assert structure[2].traits & Trait.DEFINITION


# Any made document: every letter once, in order, in units that are the page's own text.

LINES = st.sampled_from(
    [
        "第1章　総則", "第2章 勤務", "第3条（休日）", "第4条 会社は、次のとおり定める。", "（目的）", "2　前項による。",
        "3 前項の規定にかかわらず、定める。", "(1) 日曜日", "(2) 次の者", "ア 役員", "イ 社員", "① 申請する", "1. Open it.",
        "2. Close it.", "• bullet", "- dash", "ただし、この限りでない。", "但另有约定的除外。", "However, it may not.",
        "※ 注記", "表1 日当", "（単位：円）", "所管：総務部", "As follows:", "休日は、次のとおりとする。ただし、除く。以上。",
        "A sentence that is long enough to look as if it was wrapped at the width of its page and", "goes on here.",
        "Step 1 Ask", "附則", "3.1 Scope", "区分 | 手当", "区分: 早番 | 手当: 500", "Figure 2. Parts", "7.",
    ]
)  # fmt: skip
KINDS = st.sampled_from([*BlockKind])


@st.composite
def made_pages(draw: st.DrawFn) -> list[PageContent]:
    pages = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        text, blocks = "", []
        for _ in range(draw(st.integers(0, 9))):
            content = draw(LINES | texts.map(lambda text: " ".join(text.split()) or "x"))
            if draw(st.booleans()):
                content += "\n" + draw(LINES)
            text += draw(st.sampled_from(["", "\n", "\n\n", " ", "## "]))
            kind = draw(KINDS)
            left, level = draw(st.sampled_from([0.0, 60.0, 80.0])), draw(st.integers(0, 3))
            box = (left, 10.0, left + 100, 20.0) if left else (0.0, 0.0, 0.0, 0.0)
            spot = draw(st.sampled_from([None, Spot(Unit.ROW, "1.1", "1.1"), Spot(Unit.CELLS, "A1", "B1")]))
            blocks.append(
                Block(
                    len(text), len(text) + len(content), kind, draw(st.sampled_from([0.0, 10.0, 14.0])),
                    level, box, draw(st.booleans()), spot, header=draw(st.booleans()),
                )
            )  # fmt: skip
            text += content
        page_kind = draw(st.sampled_from([*PageKind]))
        pages.append(
            PageContent(
                number, text, 500, 800, blocks=blocks, kind=page_kind, name=draw(st.sampled_from(["", "S"]))
            )
        )
    return pages


def letters(text: str) -> str:
    return "".join(text.split())


def check(pages: Sequence[PageContent], structure: Structure) -> None:
    """Every letter of the pages' blocks stands once in the nodes, in order, each node after its parent."""
    furniture = running_lines(pages)
    wanted = "".join(
        page.text[block.start : block.end]
        for page in pages
        for number, block in enumerate(page.blocks)
        if block.kind not in OUTSIDE and (page.number, number) not in furniture
    )
    by_number = {page.number: page.text for page in pages}
    own = ""
    behind = (0, 0)
    for index, node in enumerate(structure):
        assert -1 <= node.parent < index
        assert node.parent < 0 or index in structure.subtree(node.parent)
        text = by_number[node.page][node.start : node.end]
        if node.kind == NodeKind.CELL:
            row = structure[node.parent]
            assert row.page == node.page and row.start <= node.start < node.end <= row.end
            continue
        if node.kind in TEXTLESS:
            assert node.start == node.end
            continue
        assert text == text.strip() != ""
        assert behind <= (node.page, node.start)
        behind = (node.page, node.end)
        assert index in structure.at(node.page, node.start, node.end)
        own += text
    assert letters(own) == letters(wanted)
    units = "".join(
        by_number[stretch.page][stretch.start : stretch.end]
        for top in structure.children(-1)
        for stretch in structure.stretches(structure.subtree(top))
    )
    assert letters(units) == letters(wanted)
    for index in range(len(structure)):
        for unit in (structure.complete(index), structure.narrow(index)):
            assert unit == sorted(set(unit))
            stretches = structure.stretches(unit)
            assert list(stretches) == sorted(stretches)
            for stretch in stretches:
                part = by_number[stretch.page][stretch.start : stretch.end]
                assert part == part.strip()


@settings(max_examples=MANY)
@given(made_pages())
def test_any_tree_gives_back_its_pages_unit_by_unit(pages: list[PageContent]) -> None:
    check(pages, build(pages))


@given(st.lists(st.lists(LINES, max_size=12).map("\n".join), min_size=1, max_size=3), st.booleans())
def test_any_tree_of_a_text_file_gives_it_back(written: list[str], markdown: bool) -> None:
    pages = plain(*written, markdown=markdown)
    check(pages, build(pages))


@given(made_pages())
def test_a_tree_is_the_same_after_the_records(pages: list[PageContent]) -> None:
    structure = build(pages)
    assert list(Structure.unpacked(structure.packed())) == list(structure)


@given(made_pages())
def test_blocks_are_the_same_after_the_records(pages: list[PageContent]) -> None:
    for page in pages:
        assert [Block.unpacked(block.packed()) for block in page.blocks] == page.blocks

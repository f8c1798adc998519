"""The outline tells headings, items under their stems, and rows under their header, and changes no text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Passage
from language.structure import NodeKind
from retrieval.evidence.outline import outline
from retrieval.evidence.outline_nodes import Outline, OutlineKind, TableLine

TEXT = """第7条　休日

1. 休日は、次のとおりとする。
    1. 日曜日
    2. 土曜日
    3. 国民の祝日
        * 振替休日を含む
2. 前項の休日は、業務の都合で振り替えることがある。ただし、前日までに通知する。
<!-- 要検討 -->
| 区分 | 日数 |
| --- | --- |
| 正社員 | 10日 |
| パート | 5日 |
"""


def shape_of(text: str, heading: str = "第7条　休日") -> Outline:
    """The outline of a passage that is that text, from the tenth character of its page on."""
    passage = Passage(id="p", pieces=[[1, 10, 10 + len(text)]], text=text, heading=heading)
    return outline([passage])


def texts(shape: Outline, kind: OutlineKind) -> list[str]:
    return [node.text for node in shape.nodes if node.kind is kind]


def test_items_hang_from_the_stem_that_announces_them() -> None:
    shape = shape_of(TEXT)
    stem = next(place for place, node in enumerate(shape.nodes) if node.text.startswith("休日は"))
    assert [shape.nodes[place].text for place in shape.descendants(stem)] == [
        "休日は、次のとおりとする。", "日曜日", "土曜日", "国民の祝日", "振替休日を含む",
    ]  # fmt: skip
    assert texts(shape, OutlineKind.HEADING) == ["第7条　休日"]


def test_a_number_is_a_marker_and_no_sentence() -> None:
    shape = shape_of(TEXT)
    place = next(place for place, node in enumerate(shape.nodes) if node.text.startswith("前項"))
    cut = [shape.between(0, start, end) for start, end in shape.sentences_of(place)]
    assert cut == ["前項の休日は、業務の都合で振り替えることがある。", "ただし、前日までに通知する。"]
    node = shape.nodes[place]
    assert shape.between(0, node.start, node.end).startswith("2. 前項")


def test_short_lines_behind_an_announcement_are_its_items() -> None:
    """Lists of web pages come without their signs."""
    shape = shape_of(
        "持ち込めないもの\n次のものは持ち込めません:\n電熱器\n飲料の瓶\n動物（盲導犬を除く）\n迷ったら受付に尋ねてください。\n受付",
        "持ち込めないもの",
    )
    stem = next(place for place, node in enumerate(shape.nodes) if node.text.startswith("次のもの"))
    assert [shape.nodes[place].text for place in shape.descendants(stem)] == [
        "次のものは持ち込めません:", "電熱器", "飲料の瓶", "動物（盲導犬を除く）",
    ]  # fmt: skip
    assert texts(shape, OutlineKind.PARAGRAPH)[-1] == "受付"


def test_lines_that_nothing_announces_are_no_items() -> None:
    shape = shape_of("窓口は三つある。\n一階 総合案内\n二階 経理", "窓口")
    assert texts(shape, OutlineKind.ITEM) == []


def test_rows_stand_under_their_header_and_asides_are_no_part() -> None:
    shape = shape_of(TEXT)
    header = next(place for place, node in enumerate(shape.nodes) if node.kind is OutlineKind.HEADER)
    assert [shape.nodes[row].text for row in shape.nodes[header].children] == [
        "| 正社員 | 10日 |", "| パート | 5日 |",
    ]  # fmt: skip
    assert texts(shape, OutlineKind.ASIDE) == ["<!-- 要検討 -->", "| --- | --- |"]


FARES = """舟の料金
区分 片道 往復 回数券
大人 300 円
550 円
2,400
円
小人 150 円
280 円
1,200 円
犬 100 円 180 円 -
犬は一頭まで乗せられます。"""


def test_lines_of_cells_are_rows_under_their_first_line() -> None:
    """A PDF's table comes as lines: what begins with a figure belongs to the name above it."""
    shape = shape_of(FARES, "舟の料金")
    header = next(place for place, node in enumerate(shape.nodes) if node.kind is OutlineKind.HEADER)
    assert shape.nodes[header].text == "区分 片道 往復 回数券"
    assert [shape.nodes[row].text for row in shape.nodes[header].children] == [
        "大人 300 円\n550 円\n2,400\n円", "小人 150 円\n280 円\n1,200 円", "犬 100 円 180 円 -",
    ]  # fmt: skip
    assert texts(shape, OutlineKind.PARAGRAPH) == ["犬は一頭まで乗せられます。"]


def test_a_table_reaches_over_the_pieces_of_its_page() -> None:
    """Each cell may be a block of its own on the page."""
    lines = FARES.split("\n")[1:]
    pieces, start = [], 0
    for line in lines:
        pieces.append([1, start, start + len(line)])
        start += len(line) + 1
    shape = outline([Passage(id="p", pieces=pieces, text="\n".join(lines), heading="舟の料金")])
    header = next(place for place, node in enumerate(shape.nodes) if node.kind is OutlineKind.HEADER)
    assert [shape.nodes[row].text for row in shape.nodes[header].children] == lines[1:-1]


def test_a_head_of_short_lines_is_no_table() -> None:
    shape = shape_of("駐輪場規程\n総務部\n令和5年4月1日 制定\n令和6年4月1日 改定\n第1条　目的", "")
    assert texts(shape, OutlineKind.ROW) == []


def test_wrapped_lines_are_one_paragraph() -> None:
    shape = shape_of(
        "The approval process takes between a day and a week, depending on the\n"
        "number of people who read it.\n\nThen it is signed.",
        heading="",
    )
    assert len(texts(shape, OutlineKind.PARAGRAPH)) == 2


def test_each_table_has_its_own_header() -> None:
    shape = shape_of(
        "区分 | 時間\n区分: 早番 | 時間: 7:30\n日付 | 当番\n日付: 1日 | 当番: 原田\n", heading=""
    )
    headers = [node for node in shape.nodes if node.kind is OutlineKind.HEADER]
    assert [[shape.nodes[row].text for row in header.children] for header in headers] == [
        ["区分: 早番 | 時間: 7:30"], ["日付: 1日 | 当番: 原田"],
    ]  # fmt: skip


LINES = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(
            ["1. 申請書を出す", "  (a) forms", "- item", "| a | b |", "| --- | --- |", "第3条　目的",
             "# Title", "次のとおりとする。", "as follows:", "", "<!-- note", "-->", "a\tb", "①一つ",
             "一、适用范围：全体", "大人 3 円 5", "4 円", "小人 1 2 3"]
        ),
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=300)
@given(LINES)
def test_every_node_and_sentence_is_the_page_s_text_in_reading_order(lines: list[str]) -> None:
    text = "\n".join(lines)
    shape = shape_of(text, heading="Title > 第3条　目的")
    last = 0
    for place, node in enumerate(shape.nodes):
        assert last <= node.start < node.end <= 10 + len(text)
        assert shape.between(0, node.start, node.end) == text[node.start - 10 : node.end - 10]
        assert node.text == text[node.body - 10 : node.end - 10]
        last = node.end
        for start, end in shape.sentences_of(place):
            assert node.start <= start < end <= node.end
        assert all(shape.nodes[child].parent == place for child in node.children)
    held = "".join(shape.between(0, node.start, node.end) for node in shape.nodes)
    assert "".join(held.split()) == "".join(text.split())


RULED = """Table 1. Limits
City Grade A
Kyoto 14,000
Kobe and
its port 12,000
Other rules apply abroad."""


def test_rows_that_their_reader_knows_stand_under_their_header_and_caption() -> None:
    def line(kind: NodeKind, text: str) -> tuple[tuple[int, int], TableLine]:
        start = 10 + RULED.index(text)
        return (1, start), TableLine(kind, 7, start + len(text))

    known = [
        line(NodeKind.CAPTION, "Table 1. Limits"),
        line(NodeKind.HEADER_ROW, "City Grade A"),
        line(NodeKind.ROW, "Kyoto 14,000"),
        line(NodeKind.ROW, "Kobe and\nits port 12,000"),
    ]
    passage = Passage(id="p", pieces=[[1, 10, 10 + len(RULED)]], text=RULED, heading="")
    shape = outline([passage], dict(known))
    caption, header, *rows, last = shape.nodes
    assert [(node.kind, node.text) for node in rows] == [
        (OutlineKind.ROW, "Kyoto 14,000"), (OutlineKind.ROW, "Kobe and\nits port 12,000"),
    ]  # fmt: skip
    assert (header.kind, [node.parent for node in rows]) == (OutlineKind.HEADER, [1, 1])
    assert (header.parent, caption.text) == (0, "Table 1. Limits")
    assert (last.kind, last.text, last.parent) == (OutlineKind.PARAGRAPH, "Other rules apply abroad.", -1)


def test_a_row_that_a_passage_holds_in_part_is_read_as_text() -> None:
    passage = Passage(id="p", pieces=[[1, 0, 20]], text=RULED[:20], heading="")
    shape = outline([passage], {(1, 16): TableLine(NodeKind.ROW, 7, 28)})
    assert {node.kind for node in shape.nodes} == {OutlineKind.PARAGRAPH}


def test_a_numbered_list_within_one_is_told_without_indentation() -> None:
    text = """13. 前の項である。
14. 次のいずれかに該当する場合に限り、買い上げる。
1. 退職日に残るもの
2. 消滅したもの
15. 上限は20日とする。"""
    shape = shape_of(text, "")
    below = {node.text: [shape.nodes[child].text for child in node.children] for node in shape.nodes}
    assert below["次のいずれかに該当する場合に限り、買い上げる。"] == ["退職日に残るもの", "消滅したもの"]
    assert shape.nodes[0].parent == shape.nodes[-1].parent == -1


def test_a_table_hangs_from_what_announces_it() -> None:
    text = "宿泊費の上限は次のとおりとする（円）：\n区分 東京 地方\n部長 15,000 12,000"
    known = {
        (1, 10 + text.index("区分")): TableLine(NodeKind.HEADER_ROW, 3, 10 + text.index("\n部長")),
        (1, 10 + text.index("部長")): TableLine(NodeKind.ROW, 3, 10 + len(text)),
    }
    passage = Passage(id="p", pieces=[[1, 10, 10 + len(text)]], text=text, heading="")
    shape = outline([passage], known)
    assert [shape.nodes[place].text for place in shape.stems_of(2)] == [
        "宿泊費の上限は次のとおりとする（円）：", "区分 東京 地方",
    ]  # fmt: skip


def test_a_cut_sentence_is_still_told_where_lines_of_cells_stand_before_it() -> None:
    first = """区分 片道 往復
大人 300 円
550 円
小人 150 円
280 円

社員は、在宅で勤務するときは、前日の終業の時刻までに、所属長に対して"""
    second = "申し出なければならない。"
    passage = Passage(
        id="p", pieces=[[1, 0, len(first)], [2, 0, len(second)]], text=f"{first}\n{second}", heading=""
    )
    shape = outline([passage])
    last = shape.nodes[-1]
    assert any(node.kind is OutlineKind.ROW for node in shape.nodes)
    assert shape.nodes[last.before].text.startswith("社員は、在宅で")

"""The tree of a document, looked up by place and in units."""

import random
import zlib

import pytest

from language.structure import Node, NodeKind, PageStretch, Structure, Trait

pytestmark = pytest.mark.fast

JOINED = Trait.JOINED
# 第5条 休日は、次のとおりとする。 (1) 日曜日 (2) 祝日 ただし、… | 表1 | Item Price | AP-200 128
TREE = Structure(
    [
        Node(NodeKind.HEADING, 1, 0, 10, label="第2章", level=1),
        Node(NodeKind.ARTICLE, 1, 11, 14, 0, 1, "第5条", JOINED),
        Node(NodeKind.PARAGRAPH, 1, 15, 30, 1, 1, traits=Trait.STEM | JOINED),
        Node(NodeKind.ITEM, 1, 31, 38, 2, 1, "(1)", JOINED),
        Node(NodeKind.ITEM, 2, 0, 6, 2, 1, "(2)"),
        Node(NodeKind.PROVISO, 2, 7, 20, 2, traits=JOINED),
        Node(NodeKind.TABLE, 2, 30, 30, 1),
        Node(NodeKind.CAPTION, 2, 30, 33, 6, label="表1"),
        Node(NodeKind.HEADER_ROW, 2, 34, 46, 6, traits=JOINED),
        Node(NodeKind.CELL, 2, 34, 38, 8, column=0),
        Node(NodeKind.CELL, 2, 41, 46, 8, column=1),
        Node(NodeKind.ROW, 2, 47, 59, 6, traits=JOINED),
        Node(NodeKind.CELL, 2, 47, 53, 11, column=0, traits=Trait.ROW_HEADER),
        Node(NodeKind.CELL, 2, 56, 59, 11, column=1),
        Node(NodeKind.ROW, 2, 60, 70, 6, traits=JOINED),
    ]
)


def test_what_stands_at_a_place() -> None:
    assert TREE.at(1, 16, 20) == [2]
    assert TREE.at(1, 12, 35) == [1, 2, 3]
    assert TREE.at(2, 57, 58) == [11]
    assert TREE.cell_at(2, 57, 58) == 13
    assert TREE.cell_at(2, 50, 58) is None
    assert TREE.at(2, 22, 29) == []
    assert TREE.at(3, 0, 9) == []


def test_up_and_down() -> None:
    assert TREE.children(-1) == [0]
    assert TREE.children(2) == [3, 4, 5]
    assert list(TREE.subtree(2)) == [2, 3, 4, 5]
    assert TREE.ancestors(4) == [2, 1, 0]
    assert TREE.path(4) == [0, 1]


def test_a_list_is_complete_with_what_announces_it() -> None:
    for node in (2, 3, 4, 5):
        assert TREE.complete(node) == [2, 3, 4, 5]
    assert TREE.stretches(TREE.complete(4)) == (PageStretch(1, 15, 38), PageStretch(2, 0, 20))
    assert TREE.narrow(4) == [2, 4]
    assert TREE.provisos(4) == [5]


def test_a_row_is_complete_with_its_headers() -> None:
    assert TREE.complete(13) == [7, 8, 9, 10, 11, 12, 13]
    assert TREE.stretches(TREE.complete(14)) == (PageStretch(2, 30, 46), PageStretch(2, 60, 70))
    assert TREE.column_headers(13) == [10]
    assert TREE.row_headers(13) == [12]
    assert TREE.rows(6) == [11, 14]


def test_packed_and_back() -> None:
    assert list(Structure.unpacked(TREE.packed())) == list(TREE)
    assert list(Structure.unpacked(Structure(()).packed())) == []


def test_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="form 9"):
        Structure.unpacked(zlib.compress(b"\x09\x00\x00\x00\x00"))


def test_the_header_rows_above_a_row_are_its_last_run_of_them() -> None:
    chance = random.Random(5)
    for _ in range(200):
        kinds = chance.choices([NodeKind.HEADER_ROW, NodeKind.ROW, NodeKind.NOTE], k=chance.randint(1, 12))
        nodes = [Node(NodeKind.TABLE, 1, 0, 0, -1)]
        nodes += [Node(kind, 1, 2 * number, 2 * number + 1, 0) for number, kind in enumerate(kinds)]
        made = Structure(nodes)
        for row in range(1, len(nodes)):
            run: list[int] = []
            for other in range(1, row):
                if kinds[other - 1] == NodeKind.HEADER_ROW:
                    after_row = NodeKind.ROW in kinds[run[-1] : other - 1] if run else False
                    run = [*([] if after_row else run), other]
            assert made.headers_above(row) == run


def test_the_header_rows_of_a_table_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [Node(NodeKind.TABLE, 1, 0, 0, -1)]
    nodes += [
        Node(NodeKind.ROW if number else NodeKind.HEADER_ROW, 1, number, number + 1, 0)
        for number in range(500)
    ]
    made, asked = Structure(nodes), list[int]()
    real = Structure.children
    monkeypatch.setattr(Structure, "children", lambda self, index: asked.append(index) or real(self, index))
    assert all(made.headers_above(row) == [1] for row in range(2, 501))
    assert asked == [0]

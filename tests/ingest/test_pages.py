"""Boxes of characters: packed without harm, and drawn one for each line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pages import Block, BlockKind, Box, marked_boxes, pack_boxes, unpack_boxes

pytestmark = pytest.mark.fast

sides = st.floats(0, 6553.5)
boxes = st.lists(st.tuples(sides, sides, sides, sides), max_size=40)


@given(boxes)
def test_boxes_come_back_to_a_tenth_of_a_point(given_boxes: list[Box]) -> None:
    unpacked = unpack_boxes(pack_boxes(given_boxes))
    assert len(unpacked) == len(given_boxes)
    for given_box, other in zip(given_boxes, unpacked, strict=True):
        assert other == pytest.approx(given_box, abs=0.0501)


@given(st.lists(st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 4), max_size=20))
def test_boxes_of_a_hostile_page_fail_nothing_and_keep_their_number(given_boxes: list[Box]) -> None:
    unpacked = unpack_boxes(pack_boxes(given_boxes))
    assert len(unpacked) == len(given_boxes)
    assert all(0 <= side <= 6553.5 for box in unpacked for side in box)


def test_a_page_without_boxes_has_none() -> None:
    assert unpack_boxes(b"") == []
    assert marked_boxes(b"", 0, 10) == []


def line(top: float, letters: int, left: float = 50.0, size: float = 10.0) -> list[Box]:
    return [(left + number * size, top, left + (number + 1) * size, top + size) for number in range(letters)]


NOWHERE = (0.0, 0.0, 0.0, 0.0)


def test_a_quote_over_two_lines_has_two_boxes_around_its_own_characters() -> None:
    packed = pack_boxes([*line(100, 5), NOWHERE, *line(115, 4)])
    assert marked_boxes(packed, 2, 8) == [(70, 100, 100, 110), (50, 115, 70, 125)]
    assert marked_boxes(packed, 0, 5) == [(50, 100, 100, 110)]
    assert marked_boxes(packed, 5, 6) == []
    assert marked_boxes(packed, 3, 3) == []


def test_vertical_writing_has_a_box_for_each_column() -> None:
    columns = [(300.0, 100 + 10.0 * n, 310.0, 110 + 10.0 * n) for n in range(4)]
    columns += [(280.0, 100 + 10.0 * n, 290.0, 110 + 10.0 * n) for n in range(3)]
    assert marked_boxes(pack_boxes(columns), 0, 7) == [(300, 100, 310, 140), (280, 100, 290, 130)]


@given(boxes, st.integers(0, 50), st.integers(0, 50))
def test_what_is_drawn_lies_around_the_characters_and_covers_each(
    given_boxes: list[Box], start: int, end: int
) -> None:
    packed = pack_boxes(given_boxes)
    drawn = marked_boxes(packed, start, end)
    for left, top, right, bottom in unpack_boxes(packed)[start:end]:
        if right > left and bottom > top:
            assert any(x1 <= left and y1 <= top and right <= x2 and bottom <= y2 for x1, y1, x2, y2 in drawn)
    assert len(drawn) <= max(0, end - start)


def test_a_block_comes_back_from_its_json() -> None:
    block = Block(3, 9, BlockKind.HEADING, 12.5, 2, (1.0, 2.0, 3.0, 4.5), True)
    assert Block.unpacked(block.packed()) == block

"""Marks on pages' pictures: where they lie, and that nothing else of the page changes."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, ImageChops

from ui.page_pictures import RIM, YELLOW, Box, with_boxes, with_findings

pytestmark = pytest.mark.fast

PAGE = (200, 300)  # pixels; the same in points


def picture() -> bytes:
    page = Image.new("RGB", PAGE, "white")
    page.paste((0, 0, 0), (60, 60, 80, 70))  # a letter
    out = BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content)).convert("RGB")


def changed(boxes: list[Box]) -> tuple[int, int, int, int] | None:
    drawn = with_boxes(picture(), boxes, *PAGE)
    return ImageChops.difference(opened(picture()), opened(drawn)).getbbox()


def test_the_paper_of_a_quote_is_yellow_and_its_letters_stay_black() -> None:
    drawn = opened(with_boxes(picture(), [(50, 50, 120, 80)], *PAGE))
    assert drawn.getpixel((100, 75)) == YELLOW
    assert drawn.getpixel((70, 65)) == (0, 0, 0)
    assert drawn.getpixel((10, 10)) == (255, 255, 255)
    left, top, right, bottom = changed([(50, 50, 120, 80)]) or (0, 0, 0, 0)
    assert 35 < left < 50 < 120 < right < 135
    assert 44 < top < 50 < 80 < bottom < 86
    assert drawn.getpixel((left, 65)) == RIM


def test_boxes_on_several_lines_are_all_marked() -> None:
    drawn = opened(with_boxes(picture(), [(20, 100, 180, 110), (20, 200, 90, 210)], *PAGE))
    assert [drawn.getpixel(point) for point in ((100, 105), (60, 205), (150, 205))] == [
        YELLOW, YELLOW, (255, 255, 255),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "boxes", [[], [(300, 10, 400, 20)], [(80, 80, 80, 90)], [(90, 90, 80, 100)], [(10, 400, 50, 420)]]
)
def test_what_lies_on_no_page_marks_nothing(boxes: list[Box]) -> None:
    assert changed(boxes) is None


def test_a_box_over_the_edge_is_cut_there() -> None:
    left, top, right, bottom = changed([(-20, -20, 40, 30)]) or (9, 9, 9, 9)
    assert (left, top) == (0, 0)
    assert 40 < right < 60
    assert 30 < bottom < 40


def test_a_page_without_a_size_stays_as_it_is() -> None:
    assert with_boxes(picture(), [(1, 1, 9, 9)], 0, 300) == picture()
    assert with_findings(picture(), [(1, [(1, 1, 9, 9)])], 200, 0, 1) == picture()


def test_a_finding_has_a_frame_and_the_opened_one_is_filled() -> None:
    frames = [(1, [(50, 150, 120, 180)]), (2, [(50, 220, 120, 250)])]
    drawn = opened(with_findings(picture(), frames, *PAGE, opened=2))
    assert drawn.getpixel((100, 235)) == YELLOW
    assert drawn.getpixel((100, 165)) == (255, 255, 255)
    assert drawn.getpixel((49, 165)) == RIM

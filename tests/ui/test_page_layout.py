"""A page without a picture is laid out from its text: nothing is lost, and the quote is marked."""

import re

import pytest

from contract.documents import PageBlockOut, PageCellOut, PageOut
from ui.language import words_of
from ui.markup import folded, lines_of
from ui.page_layout import page_layout

pytestmark = pytest.mark.fast

TEXT = "Rates\nPaid <monthly>.\n• first\n  • second\nCity: Rome, Rate: 90\nCity: Oslo, Rate: 110\nleft over"


def block(words: str, kind: str, **more: object) -> PageBlockOut:
    start = TEXT.index(words)
    return PageBlockOut(start=start, end=start + len(words), kind=kind, **more)  # type: ignore[arg-type]


def cell(row: str, words: str, column: int) -> PageCellOut:
    start = row.index(words)
    return PageCellOut(start=start, end=start + len(words), column=column)


def page(*blocks: PageBlockOut) -> PageOut:
    return PageOut(
        number=1, kind="text", name="", label="", width=0, height=0, text=TEXT, source="layer",
        blocks=list(blocks),
    )  # fmt: skip


ROWS = [
    block(row, "row", cells=[cell(row, city, 0), cell(row, rate, 1)])
    for row, city, rate in (
        ("City: Rome, Rate: 90", "Rome", "90"),
        ("City: Oslo, Rate: 110", "Oslo", "110"),
    )
]
WHOLE = page(
    block("Rates", "heading", level=1),
    block("Paid <monthly>.", "paragraph"),
    block("• first", "item", level=1),
    block("• second", "item", level=2),
    *ROWS,
)


def test_headings_lists_and_tables_are_set_as_such_and_all_is_escaped() -> None:
    drawn = page_layout(WHOLE, 0, 0, words_of("en"))
    assert '<p class="head level-3" role="heading" aria-level="3">Rates</p>' in drawn
    assert "<p>Paid &lt;monthly&gt;.</p>" in drawn
    assert "--level:2" in drawn
    assert drawn.count("<tr>") == 2
    assert "<td>Rome</td><td>90</td>" in drawn
    assert "left over" in drawn
    assert "<mark>" not in drawn


def test_a_quote_over_a_heading_and_a_row_is_marked_in_each() -> None:
    start, end = TEXT.index("monthly"), TEXT.index("Oslo") + 4
    drawn = page_layout(WHOLE, start, end, words_of("en"))
    marked = re.findall("<mark>(.*?)</mark>", drawn)
    assert marked == ["monthly&gt;.", "• first", "• second", "Rome", "90", "Oslo"]


def test_lines_of_a_plain_text_are_numbered() -> None:
    lines = page(
        block("Rates", "paragraph", unit="line", first="1"),
        block("Paid <monthly>.", "paragraph", unit="line", first="2"),
    )
    assert re.findall('data-line="(.)"', page_layout(lines, 0, 0, words_of("en"))) == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "is_folded"),
    [("short", False), ("line\n" * 9, False), ("line\n" * 12, True), ("長い文です。" * 100, True)],
)
def test_a_long_quote_is_folded_and_stays_whole(text: str, is_folded: bool) -> None:
    drawn = folded(text, text, words_of("ja"))
    assert text in drawn
    assert ('class="folded"' in drawn) == is_folded == (lines_of(text) > 10)

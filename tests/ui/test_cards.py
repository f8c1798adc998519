"""Cards of computed answers, whose cells are marked, and of quotes, which show where more stands between
their parts. Everything of them is text."""

from __future__ import annotations

from typing import Any

from cli.console import _with_gaps
from contract.answers import CitationOut, ComputedCellOut, ComputedOut, StretchOut
from ui import markup
from ui.language import words_of
from ui.screens.ask.computed import card, rows_table


def _computed(value: str = "200", text: str = "Bolt") -> ComputedOut:
    cells = [ComputedCellOut(text=text, used=False), ComputedCellOut(text="120", used=True)]
    return ComputedOut(
        operation="sum", value=value, words="120 + 80 = 200", table="Stock", columns=["Item", "Quantity"],
        rows=[cells], row_count=2, sure=True,
    )  # fmt: skip


def test_the_cells_that_it_comes_from_are_marked() -> None:
    shown = rows_table(words_of("en"), _computed())
    assert "<td><mark>120</mark></td>" in shown and "<td>Bolt</td>" in shown
    assert '<th scope="col">Quantity</th>' in shown and "<caption>Stock</caption>" in shown


def test_what_a_table_says_is_never_markup() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    assert "<img" not in card(_computed(value=hostile), "en")
    assert "<img" not in rows_table(words_of("ja"), _computed(text=hostile))


def citation(*parts: tuple[int, str], **more: Any) -> CitationOut:
    stretches = [
        StretchOut(page=page, start=100 * n, end=100 * n + len(text), text=text, boxes=[])
        for n, (page, text) in enumerate(parts)
    ]
    given = {
        "mark": 1, "document": "a.pdf", "document_id": "d", "version_id": "v", "title": "A", "heading": "",
        "page": 1, "quote": "\n".join(text for _, text in parts), "stretches": stretches, "start": 0,
        "end": 1, "boxes": [], "page_width": 1, "page_height": 1, "source": "layer", "ocr": False, "score": 1,
        "place": {"kind": "page", "number": 1}, "version": 1, "superseded": False, "in_force_from": None,
        "in_force_until": None,
    } | more  # fmt: skip
    return CitationOut.model_validate(given)


def test_what_is_left_out_between_two_items_is_shown_as_dots() -> None:
    given = citation((1, "(1) <pledge>\n(2) certificate"), (1, "(4) others"), (2, "(5) a form"))
    inner = markup.short_quote(given, reader="en")
    assert (
        '(2) certificate\n<span class="gap">⋯</span>\n(4) others\n(5) a form' in inner
        and "(1) &lt;pledge&gt;" in inner
    )
    assert _with_gaps(given.model_dump()) == "(1) <pledge>\n(2) certificate\n⋯\n(4) others\n(5) a form"


def test_the_words_that_decide_are_marked_on_either_side_of_the_dots() -> None:
    given = citation((1, "City Grade A"), (1, "Kobe 13,500"), unit="rows", emphasis=[(5, 10), (18, 24)])
    shown = markup.quote_card(given, words_of("en"), place="p. 1", force="")
    assert 'City <mark>Grade</mark> A\n<span class="gap">⋯</span>\nKobe <mark>13,500</mark>' in shown


def test_a_quote_without_its_stretches_is_shown_as_it_is() -> None:
    given = citation((1, "One"), (1, "Two")).model_copy(update={"quote": "One\nTwo & three"})
    assert "One\nTwo &amp; three" in markup.short_quote(given, reader="en")
    assert _with_gaps(given.model_dump()) == "One\nTwo & three"


def test_rows_that_follow_one_another_have_no_dots_between_them() -> None:
    given = citation((1, "Kobe 13,500"), (1, "Kyoto 14,000"))
    given.stretches[1].start = given.stretches[0].end + 1
    assert "Kobe 13,500\nKyoto 14,000" in markup.short_quote(given, reader="en")
    assert _with_gaps(given.model_dump()) == "Kobe 13,500\nKyoto 14,000"

"""A quote's card shows where its page says more between two parts of it."""

from __future__ import annotations

from typing import Any

import pytest

from cli.console import _with_gaps
from contract.answers import CitationOut, StretchOut
from ui import markup
from ui.language import words_of

pytestmark = pytest.mark.fast


def citation(*parts: tuple[int, str], **more: Any) -> CitationOut:
    stretches = [StretchOut(page=page, start=0, end=len(text), text=text, boxes=[]) for page, text in parts]
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

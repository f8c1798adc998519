"""Tables with rules in a PDF: a row is quoted under its caption and header, and a list of changes answers no
question for what holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf import FPDF
from fpdf.fonts import FontFace
from making import add, administrator

from operations.library import Library
from retrieval.answers.events import Quotes

LIMITS = [
    ("City", "Grade A", "Grade B"),
    ("Kyoto", "14,000", "12,000"),
    ("Kobe", "13,500", "11,500"),
    ("Other places", "11,000", "9,000"),
]
CHANGES = [
    ("Version", "Date", "Change"),
    ("1.0", "April 1, 2024", "First edition."),
    ("1.1", "October 1, 2025", "Hotel limits for Kyoto and Kobe raised; claims are due within 10 days."),
]


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    made = FPDF()
    made.set_font("Helvetica", size=11)
    made.add_page()

    def part(heading: str, text: str, caption: str, rows: list[tuple[str, ...]]) -> None:
        made.set_font(size=15, style="B")
        made.multi_cell(0, 9, heading, new_x="LMARGIN", new_y="NEXT")
        made.set_font(size=11, style="")
        for line in (text, caption):
            made.multi_cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
            made.ln(2)
        with made.table(headings_style=FontFace(emphasis="BOLD")) as table:
            for cells in rows:
                row = table.row()
                for cell in cells:
                    row.cell(cell)
        made.ln(6)

    part("1. Accommodation", "The company pays the actual cost of a room up to a limit.",
         "Table 1. Hotel limits per night in JPY", LIMITS)  # fmt: skip
    part("2. Revision history", "This policy was changed as follows.", "Table 2. Revisions", CHANGES)
    path = tmp_path / "policy.pdf"
    made.output(str(path))
    return path


def asked(library: Library, question: str) -> Quotes:
    first = next(iter(library.answerer.ask(administrator(library), question)))
    assert isinstance(first, Quotes)
    return first


@pytest.mark.parametrize(
    "question", ["How much can I claim for a hotel?", "What is the hotel limit in Kobe?"]
)
def test_a_row_is_quoted_under_its_caption_and_header(library: Library, policy: Path, question: str) -> None:
    add(library, "policy.pdf", policy.read_bytes())
    given = asked(library, question)
    best = given.quotes[0].text
    assert best.split("\n")[:2] == ["Table 1. Hotel limits per night in JPY", "City Grade A Grade B"]
    assert "Kobe 13,500 11,500" in best
    assert not any("First edition" in quote.text for quote in given.quotes)
    assert given.computed is None or "2025" not in given.computed.text


def test_who_asks_for_a_change_gets_the_list_of_changes(library: Library, policy: Path) -> None:
    add(library, "policy.pdf", policy.read_bytes())
    given = asked(library, "When were the hotel limits raised?")
    shown = " ".join(quote.text for quote in given.quotes)
    assert "October 1, 2025" in shown

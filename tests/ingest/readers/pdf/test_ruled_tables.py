"""The cells of ruled tables in PDF stay whole, and beside what they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF

from ingest.pages import BlockKind, PageContent
from ingest.readers.pdf.reader import read_pdf


def read(folder: Path, made: FPDF) -> list[PageContent]:
    path = folder / "a.pdf"
    made.output(str(path))
    return list(read_pdf(path, "a.pdf", page_limit=99))


def sheet() -> FPDF:
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=10)
    return made


def rows_of(pages: Sequence[PageContent]) -> list[str]:
    return [
        page.text[block.start : block.end]
        for page in pages
        for block in page.blocks
        if block.kind == BlockKind.ROW
    ]


def table(made: FPDF, *rows: Sequence[str]) -> None:
    with made.table(col_widths=(40, 30, 30)) as drawn:
        for row in rows:
            drawn.row(row)


PRIZES = (
    ("Occasion", "Sum", "Decided by"),
    ("Invention that is used\nin a product of ours", "400,000 yen,\nonce", "Board"),
    ("Idea", "5,000", "B"),
    ("Long service of twenty\nyears or more", "80,000 yen", "Head of\npersonnel"),
)


def test_cells_of_several_lines_stay_in_their_row(tmp_path: Path) -> None:
    made = sheet()
    made.cell(text="Prizes are given as follows.", new_x="LMARGIN", new_y="NEXT")
    table(made, *PRIZES)
    made.ln(3)
    made.cell(text="The prizes above hold from May.")
    pages = read(tmp_path, made)
    assert rows_of(pages) == [
        "Occasion Sum Decided by",
        "Invention that is used in a product of ours 400,000 yen, once Board",
        "Idea 5,000 B",
        "Long service of twenty years or more 80,000 yen Head of personnel",
    ]
    lines = pages[0].text.split("\n")
    assert (lines[0], lines[-1]) == ("Prizes are given as follows.", "The prizes above hold from May.")
    second = [block for block in pages[0].blocks if block.kind == BlockKind.ROW][1]
    cells = [pages[0].text[second.start + cell.start : second.start + cell.end] for cell in second.cells]
    assert cells == ["Invention that is used in a product of ours", "400,000 yen, once", "Board"]
    assert [cell.column for cell in second.cells] == [0, 1, 2]


def test_empty_cells_move_none_of_their_neighbours(tmp_path: Path) -> None:
    made = sheet()
    table(made, ("Room", "Seats", "Screen"), ("North", "", "yes"), ("", "8", "no"))
    pages = read(tmp_path, made)
    rows = [block for block in pages[0].blocks if block.kind == BlockKind.ROW]
    assert [[cell.column for cell in row.cells] for row in rows] == [[0, 1, 2], [0, 2], [1, 2]]


def test_a_table_goes_on_over_the_page(tmp_path: Path) -> None:
    made = sheet()
    long = [
        (f"Z{number}", "a task whose name is long enough\nfor two lines", str(number)) for number in range(60)
    ]
    table(made, ("Code", "Task", "Hours"), *long)
    pages = read(tmp_path, made)
    assert len(pages) > 1
    rows = rows_of(pages)
    assert all(
        f"Z{number} a task whose name is long enough for two lines {number}" in rows for number in range(60)
    )
    assert rows.count("Code Task Hours") == len(pages)


def test_merged_cells_are_said_in_each_of_their_rows(tmp_path: Path) -> None:
    made = sheet()
    for x, y, wide, high, text in (
        (20, 20, 40, 20, "Trips"), (60, 20, 40, 10, "inland"), (100, 20, 40, 10, "2,000"),
        (60, 30, 40, 10, "abroad"), (100, 30, 40, 10, "7,000"), (20, 40, 120, 10, "Paid in the next month"),
    ):  # fmt: skip
        made.set_xy(x, y)
        made.cell(wide, high, text, border=1)
    assert rows_of(read(tmp_path, made)) == [
        "Trips inland 2,000",
        "Trips abroad 7,000",
        "Paid in the next month",
    ]


def test_a_frame_or_two_columns_of_text_are_no_table(tmp_path: Path) -> None:
    made = sheet()
    made.rect(15, 15, 180, 100)
    made.set_xy(20, 20)
    made.multi_cell(160, 6, "Nothing in this frame is a table, though a line goes all around it.")
    assert rows_of(read(tmp_path, made)) == []
    made = sheet()
    prose = "A long paragraph stands in this half of the page, and goes on for many lines. " * 8
    for x in (15, 105):
        made.rect(x, 15, 90, 100)
        made.rect(x, 115, 90, 100)
        for y in (18, 118):
            made.set_xy(x + 2, y)
            made.multi_cell(85, 6, prose)
    assert rows_of(read(tmp_path, made)) == []


def in_one_box(made: FPDF, *columns: Sequence[str]) -> None:
    """Columns of short lines, with one box ruled around each of them and none between the lines."""
    top, height = made.get_y(), 5.0
    for number, lines in enumerate(columns):
        left = 20 + 40 * number
        made.rect(left, top, 40, height * len(lines) + 2)
        for place, line in enumerate(lines):
            made.text(left + 2, top + height * (place + 1) - 1, line)
    made.set_y(top + height * max(map(len, columns)) + 2)


def test_records_without_rules_between_them_are_rows(tmp_path: Path) -> None:
    made = sheet()
    in_one_box(made, ["Town"], ["Calls"], ["Costs"])
    in_one_box(made, ["Otaru", "Naha", "Tsu"], ["18", "7", "30"], ["1,250", "-", "990"])
    assert rows_of(read(tmp_path, made)) == ["Town Calls Costs", "Otaru 18 1,250", "Naha 7 -", "Tsu 30 990"]


def test_figures_of_two_years_in_one_cell_stay_beside_their_label(tmp_path: Path) -> None:
    made = sheet()
    in_one_box(made, ["Town"], ["Calls"], ["Costs"])
    in_one_box(made, ["Otaru", "harbour"], ["18", "(17)"], ["1,250", "(990)"])
    assert rows_of(read(tmp_path, made)) == ["Town Calls Costs", "Otaru harbour 18 (17) 1,250 (990)"]

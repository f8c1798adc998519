"""Tables in PDF that no lines rule, as financial statements have them: columns, their names, their labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF

from ingest.pages import BlockKind, PageContent
from ingest.readers.pdf.reader import read_pdf

LEFT, TOP, STEP = 20.0, 60.0, 5.0
RIGHT = (95.0, 125.0, 155.0, 185.0)  # the right edges of four columns of figures, in mm


class Statement:
    """A page on which texts are put at places, as programs for reports do."""

    def __init__(self, title: str = "Net sales were as follows (in millions):") -> None:
        self.made = FPDF()
        self.made.add_page()
        self.made.set_font("helvetica", size=9)
        self.down = TOP
        self.put(LEFT, title)
        self.down += 2 * STEP

    def put(self, x: float, text: str) -> None:
        self.made.text(x, self.down, text)

    def right(self, x: float, text: str) -> None:
        self.put(x - self.made.get_string_width(text), text)

    def middle(self, x: float, text: str) -> None:
        self.put(x - self.made.get_string_width(text) / 2, text)

    def row(self, label: str, *values: str) -> None:
        """A label with its figures right-aligned; a currency's sign stands at the left of its column."""
        self.put(LEFT, label)
        for edge, value in zip(RIGHT, values, strict=False):
            if value.startswith("$"):
                self.put(edge - 22, "$")
            self.right(edge, value.removeprefix("$"))
        self.down += STEP

    def stacked(self, *names: tuple[str, str]) -> None:
        """Names of two lines, one column after the other, as they stand in the files of many programs."""
        for edge, (upper, lower) in zip(RIGHT, names, strict=False):
            self.middle(edge - 9, upper)
            self.down += STEP
            self.middle(edge - 9, lower)
            self.down -= STEP
        self.down += 2 * STEP

    def read(self, folder: Path) -> PageContent:
        path = folder / "a.pdf"
        self.made.output(str(path))
        (page,) = read_pdf(path, "a.pdf", page_limit=9)
        return page


def cells(page: PageContent, *, header: bool) -> list[list[tuple[str, int, int]]]:
    return [
        [(page.text[block.start + c.start : block.start + c.end], c.column, c.span) for c in block.cells]
        for block in page.blocks
        if block.kind == BlockKind.ROW and block.header is header
    ]


def in_columns(*texts: str) -> list[tuple[str, int, int]]:
    return [(text, column, 1) for column, text in enumerate(texts) if text]


def quarter(made: Statement) -> None:
    made.middle((RIGHT[0] + RIGHT[1]) / 2 - 9, "Three Months Ended")
    made.middle((RIGHT[2] + RIGHT[3]) / 2 - 9, "Nine Months Ended")
    made.down += STEP
    made.stacked(("July 1,", "2023"), ("June 25,", "2022"), ("July 1,", "2023"), ("June 25,", "2022"))


NAMES: Sequence[Sequence[tuple[str, int, int]]] = (
    [("Three Months Ended", 1, 2), ("Nine Months Ended", 3, 2)],
    [("July 1, 2023", 1, 1), ("June 25, 2022", 2, 1), ("July 1, 2023", 3, 1), ("June 25, 2022", 4, 1)],
)


def test_names_of_two_lines_and_over_two_columns_become_header_rows(tmp_path: Path) -> None:
    made = Statement()
    quarter(made)
    made.row("Phones", "$39,669", "$40,665", "$156,778", "$162,863")
    made.row("Tablets", "5,791", "7,224", "21,857", "22,118")
    made.row("Total net sales", "$45,460", "$47,889", "$178,635", "$184,981")
    page = made.read(tmp_path)
    assert cells(page, header=True) == list(NAMES)
    assert cells(page, header=False) == [
        in_columns("Phones", "$ 39,669", "$ 40,665", "$ 156,778", "$ 162,863"),
        in_columns("Tablets", "5,791", "7,224", "21,857", "22,118"),
        in_columns("Total net sales", "$ 45,460", "$ 47,889", "$ 178,635", "$ 184,981"),
    ]
    assert page.text.startswith("Net sales were as follows (in millions):\n")


def test_an_empty_cell_leaves_its_column_empty(tmp_path: Path) -> None:
    made = Statement()
    made.stacked(("July 1,", "2023"), ("June 25,", "2022"), ("Change", "in %"))
    made.row("Phones", "39,669", "40,665", "(2)%")
    made.row("Glasses", "12", "", "-")
    made.row("Tablets", "5,791", "7,224", "(20)%")
    assert cells(made.read(tmp_path), header=False)[1] == [("Glasses", 0, 1), ("12", 1, 1), ("-", 3, 1)]


def test_labels_alone_stay_rows_of_the_one_table(tmp_path: Path) -> None:
    made = Statement()
    made.stacked(("July 1,", "2023"), ("June 25,", "2022"))
    made.row("Americas:")
    made.row("Net sales", "$35,383", "$37,472")
    made.row("Operating income", "13,117", "13,914")
    made.row("Europe:")
    made.row("Net sales", "$20,205", "$19,287")
    made.row("Operating income", "7,995", "7,365")
    page = made.read(tmp_path)
    assert cells(page, header=True) == [[("July 1, 2023", 1, 1), ("June 25, 2022", 2, 1)]]
    rows = [
        page.text[block.start : block.end]
        for block in page.blocks
        if block.kind == BlockKind.ROW and not block.header
    ]
    assert [row.split(" ")[0] for row in rows] == [
        "Americas:",
        "Net",
        "Operating",
        "Europe:",
        "Net",
        "Operating",
    ]


def test_dates_in_the_row_of_the_unit_name_the_columns(tmp_path: Path) -> None:
    made = Statement("Inventories")
    made.row("(In millions)", "Jul 1, 2023", "Dec 31, 2022")
    made.row("Raw materials", "$1,284", "$1,517")
    made.row("Work in process", "6,638", "7,565")
    page = made.read(tmp_path)
    assert cells(page, header=True) == [in_columns("(In millions)", "Jul 1, 2023", "Dec 31, 2022")]
    assert len(cells(page, header=False)) == 2


def test_a_sentence_above_the_figures_is_no_name_of_a_column(tmp_path: Path) -> None:
    made = Statement()
    made.put(LEFT, "The figures below are not audited and may change until the end of the year.")
    made.down += STEP
    made.row("Phones", "39,669", "40,665")
    made.row("Tablets", "5,791", "7,224")
    page = made.read(tmp_path)
    assert cells(page, header=True) == []
    assert cells(page, header=False) == [
        in_columns("Phones", "39,669", "40,665"),
        in_columns("Tablets", "5,791", "7,224"),
    ]


def test_words_in_columns_are_left_as_they_stand(tmp_path: Path) -> None:
    made = Statement("Members")
    for names in (("Sato", "Tokyo", "Sales"), ("Suzuki", "Osaka", "Legal"), ("Tanaka", "Nagoya", "Works")):
        made.row(*names)
    page = made.read(tmp_path)
    assert cells(page, header=True) == []
    assert [cell[0] for cell in cells(page, header=False)[0]] == ["Sato", "Tokyo", "Sales"]


def test_the_note_of_the_unit_names_no_column(tmp_path: Path) -> None:
    made = Statement("Sales by year")
    made.right(RIGHT[2], "(Unit: thousand yen)")
    made.down += STEP
    made.row("", "2023", "2024", "2025")
    made.row("Phones", "39,669", "40,665", "41,001")
    made.row("Tablets", "5,791", "7,224", "8,010")
    page = made.read(tmp_path)
    assert cells(page, header=True) == [[("2023", 1, 1), ("2024", 2, 1), ("2025", 3, 1)]]
    assert "(Unit: thousand yen)\n" in page.text

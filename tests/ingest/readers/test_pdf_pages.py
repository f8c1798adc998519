"""Real PDFs with the traits that spoil text elsewhere: columns, vertical writing, readings, ligatures,
wrapped words, outlines, labels, tables, letters that no font explains."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.constants import PageLabelStyle
from pypdf.generic import DictionaryObject, NameObject, StreamObject
from test_recognition import with_tesseract

from ingest.formats import PDF
from ingest.ocr import recognition
from ingest.pages import BlockKind, PageContent, unpack_boxes
from ingest.sandbox import ReadingLimits, read_file
from ingest.splitter import split

HELVETICA, MINCHO = "F1", "F2"  # fonts that every PDF reader brings: none is embedded
FONTS = """
/F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>
/F2 << /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /UniJIS-UCS2-H /DescendantFonts [
  << /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 /DW 1000
     /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >>
     /FontDescriptor << /Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 6 /FontBBox [0 -136 1000 859]
        /ItalicAngle 0 /Ascent 859 /Descent -140 /CapHeight 709 /StemV 80 >> >> ] >>
"""


@dataclass
class Sheet:
    """A page of A4 in the making; places are in points from the lower left."""

    said: list[str] = field(default_factory=list)

    def write(self, x: float, y: float, text: str, *, font: str = HELVETICA, size: float = 10) -> None:
        coded = text.encode("utf-16-be" if font == MINCHO else "cp1252").hex()
        self.said.append(f"BT /{font} {size} Tf {x} {y} Td <{coded}> Tj ET")

    def lines(self, *lines: str, x: float = 60) -> None:
        for row, line in enumerate(lines):
            self.write(x, 700 - 13 * row, line)


def made(path: Path, *painters: Callable[[Sheet], None]) -> Path:
    """A PDF with a page for each painter, written by hand so that nothing puts it into an order."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(painters)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(painters)} /Kids [{kids}] >>",
        f"<< {FONTS} >>",
    ]
    for number, paint in enumerate(painters):
        sheet = Sheet()
        paint(sheet)
        content = "\n".join(sheet.said)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * number} 0 R"
            " /Resources << /Font 3 0 R >> >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size, start = len(objects) + 1, len(out)
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    path.write_bytes(out)
    return path


def read(path: Path, *, languages: str = "none") -> list[PageContent]:
    limits = ReadingLimits(recognition=recognition(languages, 60))
    return list(read_file(path, path.name, PDF, limits))


def blocks(page: PageContent) -> list[str]:
    return [page.text[block.start : block.end] for block in page.blocks]


def with_table_of_letters(path: Path, table: dict[str, int]) -> None:
    """Let the fonts of a PDF say that those letters are those code points, whatever they look like."""
    lines = "\n".join(f"<{ord(letter):02X}> <{code:04X}>" for letter, code in table.items())
    stream = StreamObject()
    stream.set_data(
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n"
        b"1 begincodespacerange <00> <FF> endcodespacerange\n"
        + f"{len(table)} beginbfchar\n{lines}\nendbfchar\n".encode()
        + b"endcmap CMapName currentdict /CMap defineresource pop end end"
    )
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(path.read_bytes())))
    place = writer._add_object(stream)  # pypdf has no other way to add an object
    for page in writer.pages:
        resources = page["/Resources"]
        assert isinstance(resources, DictionaryObject)
        fonts = resources["/Font"]
        assert isinstance(fonts, DictionaryObject)
        for font in fonts.values():
            font.get_object()[NameObject("/ToUnicode")] = place
    writer.write(path)


LEFT = [
    "The valve must be replaced after four",
    "thousand hours of use. Wear gloves, and",
    "close the main tap before the work. The",
    "old valve goes into the red box beside",
    "the door, and the log is signed at once",
    "by whoever has done the work that day.",
]
RIGHT = [
    "Pumps are looked at every second week.",
    "A pump that is loud is reported to the",
    "office, which sends somebody at once to",
    "look at it. Nobody opens a pump while it",
    "runs, not even for a moment, and nobody",
    "leaves tools on top of it after work.",
]


def test_columns_that_a_file_holds_row_by_row_are_read_one_after_the_other(tmp_path: Path) -> None:
    def paint(sheet: Sheet) -> None:
        for row, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
            sheet.write(60, 700 - 13 * row, left)
            sheet.write(320, 700 - 13 * row, right)

    (page,) = read(made(tmp_path / "columns.pdf", paint))
    assert blocks(page) == [" ".join(LEFT), " ".join(RIGHT)]


def vertical(sheet: Sheet, column: int, text: str) -> None:
    """Letters above one another; column 0 is the rightmost."""
    for row, letter in enumerate(text):
        sheet.write(500 - 20 * column, 760 - 12.6 * row, letter, font=MINCHO, size=12)


def test_vertical_japanese_is_read_from_the_right_and_its_sentences_are_whole(tmp_path: Path) -> None:
    def paint(sheet: Sheet) -> None:
        vertical(sheet, 0, "年次有給休暇は入社後六か月を経過した日に十日を付与する。毎年四月一日")
        vertical(sheet, 1, "に更新する。")

    (page,) = read(made(tmp_path / "vertical.pdf", paint))
    assert "毎年四月一日に更新する。" in page.text
    assert page.text.startswith("年次有給休暇は")
    assert "\n" not in page.text


def test_vertical_columns_that_a_file_holds_from_the_left_are_read_from_the_right(tmp_path: Path) -> None:
    columns = ["休暇の届出は前日までに行う", "届出は所定の用紙による", "急病は電話で知らせる"]
    columns += ["欠勤は上長が記録する", "記録は三年間保存する", "写しは本人に渡す"]

    def paint(sheet: Sheet) -> None:
        for column in reversed(range(len(columns))):
            vertical(sheet, column, columns[column])

    (page,) = read(made(tmp_path / "vertical.pdf", paint))
    assert page.text.replace("\n", "") == "".join(columns)


def test_readings_above_words_are_no_part_of_the_sentence(tmp_path: Path) -> None:
    def paint(sheet: Sheet) -> None:
        sheet.write(60, 700, "停止弁は毎月点検する。", font=MINCHO, size=12)
        sheet.write(60, 713, "ていしべん", font=MINCHO, size=6)
        sheet.write(132, 713, "てんけん", font=MINCHO, size=6)

    (page,) = read(made(tmp_path / "ruby.pdf", paint))
    assert page.text == "停止弁は毎月点検する。"


def test_a_ligature_is_its_letters_and_each_has_its_place(tmp_path: Path) -> None:
    path = made(tmp_path / "ligature.pdf", lambda sheet: sheet.write(60, 700, "The o#ce is %nished."))
    with_table_of_letters(path, {"#": 0xFB03, "%": 0xFB01})
    (page,) = read(path)
    assert page.text == "The office is finished."
    boxes = unpack_boxes(page.boxes)
    first, last = page.text.index("ffi"), page.text.index("ffi") + 2
    assert boxes[first] == boxes[last]
    assert boxes[first][2] > boxes[first][0] > 0


def test_a_word_that_was_wrapped_with_a_hyphen_is_whole_and_a_compound_keeps_its_own(tmp_path: Path) -> None:
    lines = [
        "Whoever has a long-term contract asks the personnel depart-",
        "ment for the form. The form of a long-",
        "term contract is green.",
    ]

    def paint(sheet: Sheet) -> None:
        sheet.lines(*lines)

    (page,) = read(made(tmp_path / "wrapped.pdf", paint))
    assert "personnel department for the form" in page.text
    assert page.text.count("long-term contract") == 2
    assert page.quality == 1


def test_the_outline_names_the_headings_and_makes_their_path(tmp_path: Path) -> None:
    def paint(sheet: Sheet) -> None:
        sheet.write(60, 760, "Travel")  # all letters are alike: only the outline tells
        sheet.write(60, 730, "Hotels")
        sheet.lines(*LEFT)

    path = made(tmp_path / "outline.pdf", paint)
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(path.read_bytes())))
    above = writer.add_outline_item(title="Travel", page_number=0)
    writer.add_outline_item(title="Hotels", page_number=0, parent=above)
    writer.write(path)
    pages = read(path)
    headings = [(block.kind, block.level) for block in pages[0].blocks[:2]]
    assert headings == [(BlockKind.HEADING, 1), (BlockKind.HEADING, 2)]
    assert split(pages)[-1].heading == "Travel > Hotels"


def test_pages_carry_the_labels_that_are_printed_on_them(tmp_path: Path) -> None:
    path = made(tmp_path / "labels.pdf", *[lambda sheet: sheet.write(60, 700, "A page.")] * 4)
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(path.read_bytes())))
    writer.set_page_label(0, 1, style=PageLabelStyle.LOWERCASE_ROMAN)
    writer.set_page_label(2, 3, style=PageLabelStyle.DECIMAL, prefix="A-")
    writer.write(path)
    assert [page.label for page in read(path)] == ["i", "ii", "A-1", "A-2"]


def table(sheet: Sheet, rows: range, *, header: bool = True) -> None:
    said = [("Item", "Supplier", "Price in yen")] * header
    said += [(f"Pump AP-{row}", "Northern Works", f"{row},000") for row in rows]
    for row, cells in enumerate(said):
        for column, cell in enumerate(cells):
            sheet.write(60 + 180 * column, 780 - 13 * row, cell)


def test_passages_of_a_long_table_s_later_rows_carry_its_header(tmp_path: Path) -> None:
    pages = read(
        made(
            tmp_path / "table.pdf",
            lambda sheet: table(sheet, range(100, 155)),
            lambda sheet: table(sheet, range(155, 200), header=False),
        )
    )
    assert {block.kind for page in pages for block in page.blocks} == {BlockKind.ROW}
    passages = split(pages)
    assert len(passages) > 2
    assert passages[0].heading == ""  # the header itself stands in it
    assert passages[0].text.startswith("Item")
    assert {passage.heading for passage in passages[1:]} == {"Item Supplier Price in yen"}
    assert all("Item" not in passage.text for passage in passages[1:])  # nothing is said twice


def test_a_page_whose_letters_no_font_explains_is_of_poor_quality(tmp_path: Path) -> None:
    def paint(sheet: Sheet) -> None:
        sheet.lines(*LEFT)

    path = made(tmp_path / "fonts.pdf", paint)
    assert read(path)[0].quality == 1
    with_table_of_letters(path, {letter: 0xE000 + ord(letter) for letter in "aeiou"})
    (page,) = read(path)
    assert page.quality < 0.5
    assert page.source == "layer"  # nothing is recognised where nothing is there to do it


@with_tesseract
def test_a_page_whose_letters_no_font_explains_is_read_from_its_picture(tmp_path: Path) -> None:
    def paint(sheet: Sheet) -> None:
        sheet.lines(*LEFT, *RIGHT)

    path = made(tmp_path / "fonts.pdf", paint)
    with_table_of_letters(path, {letter: 0xE000 + ord(letter) for letter in "aeiou"})
    (page,) = read(path, languages="eng")
    assert (page.source, page.quality) == ("ocr", 1)
    assert "close the main tap before the work" in page.text


@with_tesseract
def test_a_page_with_some_signs_that_no_font_explains_keeps_its_own_text(tmp_path: Path) -> None:
    def paint(sheet: Sheet) -> None:
        sheet.lines(*(line + " ######" for line in LEFT))

    path = made(tmp_path / "formula.pdf", paint)
    with_table_of_letters(path, {"#": 0xE001})
    (page,) = read(path, languages="eng")
    assert page.quality < 0.9
    assert page.source == "layer"
    assert page.text.startswith(LEFT[0])


def test_the_room_between_japanese_and_digits_is_no_space(tmp_path: Path) -> None:
    def paint(sheet: Sheet) -> None:
        sheet.write(60, 700, "有給休暇は", font=MINCHO)
        sheet.write(112.5, 700, "20")  # a quarter of a letter behind, as typesetters do
        sheet.write(126.1, 700, "日とする。", font=MINCHO)
        sheet.write(60, 650, "部長", font=MINCHO)
        sheet.write(120, 650, "30,000")  # another column
        sheet.write(60, 600, "表 2 を見る。", font=MINCHO)  # what the file writes stays

    text = read(made(tmp_path / "a.pdf", paint))[0].text
    assert "有給休暇は20日とする。" in text
    assert "部長 30,000" in text
    assert "表 2 を見る。" in text

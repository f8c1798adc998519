"""Writes a content as Word, Excel, PowerPoint and PDF. The PDF is written by hand with the fonts that every reader has,
so that the set comes out the same on every machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
import openpyxl
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from pptx import Presentation
from pptx.util import Mm as PptxMm

from bench.checks.seeded_texts import Content

PAPERS = {"A4": (210.0, 297.0), "Letter": (215.9, 279.4)}
PAGES = 2


def write_docx(content: Content, path: Path) -> None:
    """As Word: two sections with their own headers, headings by style, tables, fields in the footer."""
    document = docx.Document()
    width, height = PAPERS[content.paper]
    document.add_heading(content.title, 0)
    for line in (content.date, content.amount):
        document.add_paragraph(line)
    for section in content.sections:
        document.add_heading(_heading(content, section.sign, section.heading), 1)
        for paragraph in section.paragraphs:
            document.add_paragraph(paragraph)
    document.add_section()
    document.add_paragraph(content.reference)
    document.add_paragraph(content.caption)
    _docx_table(document, content.table)
    document.add_paragraph("")
    _docx_table(document, (content.labels, content.names))
    for number, part in enumerate(document.sections):
        part.page_width, part.page_height = Mm(width), Mm(height)
        if number == 0 or not content.mark_everywhere:
            part.header.is_linked_to_previous = False
            marked = number == 0 or content.mark_everywhere
            part.header.paragraphs[0].text = content.mark if marked else ""
    footer = document.sections[0].footer.paragraphs[0]
    _field(footer, "PAGE")
    footer.add_run(" / ")
    _field(footer, "NUMPAGES")
    document.save(str(path))


def _heading(content: Content, sign: str, heading: str) -> str:
    space = {"ja": "　", "en": " ", "zh": ""}[content.language]
    return f"{sign}{space}{heading}"


def _docx_table(document: Any, rows: tuple[tuple[str, ...], ...]) -> None:
    table = document.add_table(len(rows), len(rows[0]))
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text


def _field(paragraph: Any, instruction: str) -> None:
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", instruction), ("separate", ""), ("t", "1"), ("end", "")):
        if kind in ("begin", "separate", "end"):
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        else:
            element = OxmlElement("w:t" if kind else "w:instrText")
            element.text = text
        run._r.append(element)


def write_xlsx(content: Content, path: Path) -> None:
    """As Excel: two sheets with their own headers."""
    book = openpyxl.Workbook()
    first = book.active
    first.title = "1"
    first["A1"] = content.title
    first["A1"].font = openpyxl.styles.Font(bold=True, size=16)
    row = 2
    for line in (content.date, content.amount, content.reference):
        first.cell(row, 1, line)
        row += 1
    for section in content.sections:
        first.cell(row, 1, _heading(content, section.sign, section.heading)).font = openpyxl.styles.Font(
            bold=True
        )
        row += 1
        for paragraph in section.paragraphs:
            first.cell(row, 1, paragraph)
            row += 1
    second = book.create_sheet("2")
    second.cell(1, 1, content.caption)
    row = _sheet_rows(second, content.table, 2)
    third = book.create_sheet("3")
    _sheet_rows(third, (content.labels, content.names), 1)
    for number, sheet in enumerate(book.worksheets):
        sheet.page_setup.paperSize = 9 if content.paper == "A4" else 1
        if number == 0 or content.mark_everywhere:
            sheet.oddHeader.center.text = content.mark
        sheet.oddFooter.center.text = "&P / &N"
    book.save(path)


def _sheet_rows(sheet: Any, rows: tuple[tuple[str, ...], ...], row: int) -> int:
    for cells in rows:
        for column, text in enumerate(cells, start=1):
            if text:
                number = text.replace(",", "")
                cell = sheet.cell(row, column, int(number) if number.isdigit() else text)
                cell.number_format = "#,##0" if number.isdigit() else "General"
        row += 1
    return row


def write_pptx(content: Content, path: Path) -> None:
    """As PowerPoint: a slide for each section, a slide with the tables."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = PptxMm(297), PptxMm(210)
    layout = deck.slide_layouts[1]
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = content.title
    first.placeholders[1].text = "\n".join((content.date, content.amount))
    for section in content.sections:
        slide = deck.slides.add_slide(layout)
        slide.shapes.title.text = _heading(content, section.sign, section.heading)
        slide.placeholders[1].text = "\n".join(section.paragraphs)
    last = deck.slides.add_slide(deck.slide_layouts[6])
    box = last.shapes.add_textbox(PptxMm(10), PptxMm(10), PptxMm(200), PptxMm(20)).text_frame
    box.text = content.reference
    box.add_paragraph().text = content.caption
    for rows, top in ((content.table, 40), ((content.labels, content.names), 120)):
        frame = last.shapes.add_table(
            len(rows), len(rows[0]), PptxMm(10), PptxMm(top), PptxMm(200), PptxMm(50)
        )
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                frame.table.cell(row, column).text = text
    for number, slide in enumerate(deck.slides, start=1):
        _small_box(slide, 5, content.mark)
        _small_box(slide, 195, f"{number} / {len(deck.slides)}")
    deck.save(str(path))


def _small_box(slide: Any, top: float, text: str) -> None:
    slide.shapes.add_textbox(PptxMm(240), PptxMm(top), PptxMm(50), PptxMm(8)).text_frame.text = text


class _Page:
    """The drawing of one page: text set in Courier and a CJK font, side by side."""

    def __init__(self, height: float, size: float = 11) -> None:
        self.height, self.size, self.parts = height, size, list[str]()

    def text(self, x: float, y: float, text: str, size: float | None = None) -> None:
        """Text at x, y points from the upper left."""
        size = size or self.size
        run, wide = "", False
        for character in [*text, ""]:
            is_wide = ord(character) > 255 if character else not wide
            if run and is_wide != wide:
                self._run(x, y, run, wide, size)
                x += len(run) * (size if wide else 0.6 * size)
                run = ""
            run, wide = run + character, is_wide

    def _run(self, x: float, y: float, run: str, wide: bool, size: float) -> None:
        if wide:
            shown, font = run.encode("utf-16-be").hex(), "F2"
        else:
            shown, font = run.encode("latin-1").hex(), "F1"
        self.parts.append(f"BT /{font} {size} Tf {x:.1f} {self.height - y:.1f} Td <{shown}> Tj ET")


def write_pdf(content: Content, path: Path) -> None:
    """As PDF: two pages with headers and footers, tables by columns."""
    width, height = (side / 25.4 * 72 for side in PAPERS[content.paper])
    pages = [_Page(height), _Page(height)]
    first, second = pages
    y = 110.0
    first.text(72, y, content.title, 18)
    for line in (content.date, content.amount):
        y += 26
        first.text(72, y, line)
    for section in content.sections:
        y += 34
        first.text(72, y, _heading(content, section.sign, section.heading), 13)
        for paragraph in section.paragraphs:
            y += 26
            first.text(72, y, paragraph)
    second.text(72, 110, content.reference)
    second.text(72, 150, content.caption)
    y = _pdf_rows(second, content.table, 176)
    _pdf_rows(second, (content.labels, content.names), y + 60)
    for number, page in enumerate(pages, start=1):
        if number == 1 or content.mark_everywhere:
            page.text(width - 150, 36, content.mark, 10)
        page.text(width / 2 - 15, height - 32, f"{number} / {PAGES}", 10)
    path.write_bytes(_pdf(pages, width, height, content.language))


def _pdf_rows(page: _Page, rows: tuple[tuple[str, ...], ...], y: float) -> float:
    for cells in rows:
        for column, text in enumerate(cells):
            page.text(72 + 140 * column, y, text)
        y += 18
    return y


def _pdf(pages: list[_Page], width: float, height: float, language: str) -> bytes:
    cjk = {
        "zh": ("STSong-Light", "UniGB-UTF16-H", "GB1", 4),
    }.get(language, ("HeiseiMin-W3", "UniJIS-UTF16-H", "Japan1", 5))
    name, encoding, ordering, supplement = cjk
    count = len(pages)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {count} /Kids [{' '.join(f'{6 + 2 * index} 0 R' for index in range(count))}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{name}-{encoding} /Encoding /{encoding} /DescendantFonts [5 0 R] >>",
        f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{name} /DW 1000 /CIDSystemInfo"
        f" << /Registry (Adobe) /Ordering ({ordering}) /Supplement {supplement} >> /FontDescriptor"
        f" << /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0"
        " /Ascent 880 /Descent -120 /CapHeight 700 /StemV 80 >> >>",
    ]
    for index, page in enumerate(pages):
        stream = "\n".join(page.parts)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.2f} {height:.2f}] /Contents {7 + 2 * index} 0 R"
            " /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    return (
        out
        + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{out.rfind(b'xref')}\n%%EOF\n".encode()
    )

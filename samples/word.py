"""Writes a document's blocks as a Word file (.docx); knows no document's text.

Headings use Word's own heading styles, the footer counts pages with Word's fields, and the archive
carries the document's date instead of the day of the run.
"""
# python-docx is no run-time dependency:
# mypy: disable-error-code="import-not-found,import-untyped"

import re
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from samples.notation import (
    Block,
    Closing,
    Heading,
    Item,
    Paragraph,
    Source,
    Table,
    Title,
    TitleFact,
)

LATIN_FONT = "Times New Roman"
JAPANESE_BODY = "MS Mincho"
JAPANESE_HEADING = "MS Gothic"
TEXT_WIDTH_MM = 166
AMOUNT = re.compile(r"\d{1,3}(,\d{3})+")


def write_word(source: Source, folder: Path) -> Path:
    """Writes the document into `folder` and returns its path."""
    document = docx.Document()
    _set_page_and_styles(document)
    _set_properties(document, source)
    _set_header_and_footer(document, source)
    for block in source.blocks:
        _add(document, block)
    path = folder / source.file_name
    document.save(str(path))
    freeze_archive(path, source.dated.timetuple()[:3])
    return path


def freeze_archive(path: Path, day: tuple[int, ...]) -> None:
    """Rewrites an Office archive with one fixed date on every entry: same content, same bytes."""
    year, month, number = day
    with ZipFile(path) as archive:
        entries = [(name, archive.read(name)) for name in archive.namelist()]
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, data in entries:
            entry = ZipInfo(name, (year, month, number, 9, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, data)


def _set_page_and_styles(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm((210 - TEXT_WIDTH_MM) / 2)
    section.top_margin = section.bottom_margin = Mm(25)
    for name, font, size in (
        ("Normal", JAPANESE_BODY, 10.5),
        ("Title", JAPANESE_HEADING, 18),
        ("Heading 1", JAPANESE_HEADING, 14),
        ("Heading 2", JAPANESE_HEADING, 11.5),
    ):
        style = document.styles[name]
        style.font.name = LATIN_FONT
        style.font.size = Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(attribute), None)
        fonts.set(qn("w:eastAsia"), font)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)


def _set_properties(document: Any, source: Source) -> None:
    properties = document.core_properties
    moment = datetime.combine(source.dated, time(9), UTC).replace(tzinfo=None)
    properties.title = source.title
    properties.author = source.author
    properties.last_modified_by = source.author
    properties.subject = source.subject
    properties.language = source.language
    properties.comments = ""
    properties.created = properties.modified = moment
    properties.revision = 1


def _set_header_and_footer(document: Any, source: Source) -> None:
    section = document.sections[0]
    header = section.header.paragraphs[0]
    header.text = f"{source.header_left}\t\t{source.header_right}"
    stops = header.style.paragraph_format.tab_stops
    for stop, position in zip(stops, (TEXT_WIDTH_MM / 2, TEXT_WIDTH_MM), strict=True):
        stop.position = Mm(position)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _add_field(footer, "PAGE")
    footer.add_run(" / ")
    _add_field(footer, "NUMPAGES")


def _add_field(paragraph: Any, instruction: str) -> None:
    """A field that Word computes when it opens the file; `1` is shown until then."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _add(document: Any, block: Block) -> None:
    match block:
        case Title(text):
            title = document.add_paragraph(text, style="Title")
            title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        case TitleFact(text) | Closing(text):
            fact = document.add_paragraph(text)
            fact.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            fact.paragraph_format.space_after = Pt(2)
        case Heading(text, level):
            document.add_heading(text, level)
        case Paragraph(text):
            document.add_paragraph(text).paragraph_format.space_before = Pt(4)
        case Item(label, text, level):
            item = document.add_paragraph(f"{label} {text}")
            item.paragraph_format.left_indent = Pt(21 * level + 10)
            item.paragraph_format.first_line_indent = Pt(-21)
            item.paragraph_format.space_after = Pt(2)
        case Table():
            _add_table(document, block)


def _add_table(document: Any, block: Table) -> None:
    """A ruled table; a row with empty cells is a sum: bold, its name over the empty cells.

    A page break never parts its rows.
    """
    if block.caption:
        caption = document.add_paragraph(block.caption)
        caption.paragraph_format.keep_with_next = True
        caption.paragraph_format.space_after = Pt(2)
    table = document.add_table(rows=len(block.rows), cols=len(block.widths), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, share in zip(table.columns, block.widths, strict=True):
        column.width = Mm(TEXT_WIDTH_MM * share / sum(block.widths))
    for number, row in enumerate(block.rows):
        for cell, text in zip(table.rows[number].cells, row, strict=True):
            if text:
                _fill(cell, text, bold=number == 0 or "" in row)
            if number == 0:
                _shade(cell)
            cell.paragraphs[0].paragraph_format.keep_with_next = number < len(block.rows) - 1
        if "" in row:
            last_empty = max(index for index, text in enumerate(row) if not text)
            table.cell(number, 0).merge(table.cell(number, last_empty))
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _fill(cell: Any, text: str, *, bold: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(2)
    run = paragraph.add_run(text)
    run.bold = bold
    run.font.size = Pt(9.5)
    if AMOUNT.fullmatch(text):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    elif text.isdigit():
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _shade(cell: Any) -> None:
    """The header row: shaded, its text in the middle."""
    shading = OxmlElement("w:shd")
    shading.set(qn("w:val"), "clear")
    shading.set(qn("w:fill"), "E6EBF1")
    cell._tc.get_or_add_tcPr().append(shading)
    cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER

"""An answer as a Word document: quotes set in and lined at the side, their sources under them, what was
struck struck. Fonts are named by what Word and LibreOffice have for the language; both take another where
they have not that one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import docx
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from core.signs import visible
from drafts.answers.page import AnswerPart, PartKind, on_one_line
from drafts.answers.wording import Spoken

FONTS: dict[
    Spoken, tuple[str, str]
] = {  # the typeface of the language's characters, and the tag of its forms
    "ja": ("Yu Gothic", "ja-JP"),
    "zh": ("Microsoft YaHei", "zh-CN"),
    "en": ("Yu Gothic", "ja-JP"),
}
LATIN = "Calibri"
GREY, AMBER = RGBColor(0x55, 0x55, 0x55), RGBColor(0x8A, 0x4B, 0x00)
LINE = "3B6EA8"  # at the side of a quote
SIZES = {PartKind.TITLE: 16, PartKind.HEADING: 12, PartKind.NOTE: 9, PartKind.SOURCE: 9, PartKind.VALUE: 14}


def as_word(parts: Sequence[AnswerPart], *, language: Spoken, title: str) -> bytes:
    """The parts as a .docx file."""
    document = docx.Document()
    _fonts(document, language)
    properties = document.core_properties
    properties.title, properties.author = on_one_line(visible(title))[:200], "Shoko"
    for part in parts:
        if part.kind is PartKind.TABLE:
            _table(document, part)
        else:
            _paragraph(document, part)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _fonts(document: Any, language: Spoken) -> None:
    face, tag = FONTS[language]
    style = document.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(10.5)
    marks = style.element.get_or_add_rPr()
    marks.get_or_add_rFonts().set(qn("w:eastAsia"), face)
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), "en-US")
    spoken.set(qn("w:eastAsia"), tag)
    marks.append(spoken)
    for name in ("Title", "Heading 1"):
        document.styles[name].font.name = LATIN
        fonts = document.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), face)


def _paragraph(document: Any, part: AnswerPart) -> None:
    style = {PartKind.TITLE: "Title", PartKind.HEADING: "Heading 1"}.get(part.kind)
    paragraph = document.add_paragraph(style=style)
    layout = paragraph.paragraph_format
    layout.space_after = Pt(2 if part.kind in (PartKind.QUOTE, PartKind.NOTE, PartKind.STRUCK) else 6)
    if part.kind is PartKind.QUOTE:
        _lined(paragraph)
        paragraph.add_run(f"[{part.mark}] ").bold = True
        layout.keep_with_next = True
        for text, strong in part.stretches:
            _run(paragraph, part.kind, text).bold = strong or None
        return
    if part.kind is PartKind.SOURCE:
        _lined(paragraph)
    shown = part.text if part.kind is PartKind.PROSE else on_one_line(visible(part.text))
    _run(paragraph, part.kind, f"— {shown}" if part.kind is PartKind.SOURCE else shown)


def _run(paragraph: Any, kind: PartKind, text: str) -> Any:
    """A run of that text; its line ends are breaks of lines."""
    run = paragraph.add_run()
    for number, line in enumerate(visible(text).split("\n")):
        if number:
            run.add_break(WD_BREAK.LINE)
        run.add_text(line.replace("\r", ""))
    if kind in SIZES:
        run.font.size = Pt(SIZES[kind])
    match kind:
        case PartKind.NOTE | PartKind.SOURCE:
            run.font.color.rgb = GREY
        case PartKind.NOTICE:
            run.bold = True
            run.font.color.rgb = AMBER
        case PartKind.VALUE:
            run.bold = True
        case PartKind.STRUCK:
            run.font.strike = True
    return run


def _lined(paragraph: Any) -> None:
    paragraph.paragraph_format.left_indent = Pt(18)
    borders = OxmlElement("w:pBdr")
    left = OxmlElement("w:left")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "8"), ("color", LINE)):
        left.set(qn(f"w:{name}"), value)
    borders.append(left)
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _table(document: Any, part: AnswerPart) -> None:
    if part.text:
        document.add_paragraph().add_run(on_one_line(visible(part.text))).italic = True
    rows = [row for number, row in enumerate(part.rows) if number or any(row)]
    skipped = len(part.rows) - len(rows)
    width = max((len(row) for row in rows), default=0)
    if not width:
        return
    table = document.add_table(rows=0, cols=width, style="Table Grid")
    for number, row in enumerate(rows, start=skipped):
        cells = table.add_row().cells
        for column, text in enumerate(row):
            run = cells[column].paragraphs[0].add_run(on_one_line(visible(text)))
            run.font.size = Pt(9)
            run.bold = number == 0 or (number, column) in part.used or None
    document.add_paragraph().paragraph_format.space_after = Pt(2)

"""Turns a document's blocks into ReportLab flowables: titles, headings, paragraphs, tables.

Knows fonts, sizes and rules; knows no page.
"""
# ReportLab ships no type information and is no run-time dependency:
# mypy: disable-error-code="import-not-found,import-untyped"

import re
from typing import Any
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph as WordWrapped
from reportlab.platypus import Spacer, XPreformatted
from reportlab.platypus import Table as RuledTable

from samples.fonts import FACES, FONTS
from samples.line_breaking import Run, break_lines
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
    language_runs,
    unmarked,
)

RULE_COLOUR = HexColor("#5a6675")
HEADER_COLOUR = HexColor("#e6ebf1")
HEADING_COLOUR = HexColor("#14365c")
TEXT_COLOUR = HexColor("#000000")

_AMOUNT = re.compile(r"\d{1,3}(,\d{3})+")
_SHORT_CELL = 8
_CELL_PADDING = 6
_NARROW_SIZE, _NARROW_LEADING = 9.5, 13.0
_GAP_AFTER_LABEL = 0.6  # of the font size; ReportLab keeps as much free itself


class GlyphMissing(ValueError):
    """A font lacks a character of the text: choose another character or another font."""


def register_fonts() -> None:
    """Makes the fonts known to ReportLab, and its streams binary instead of ASCII-85."""
    rl_config.useA85 = 0
    for font in FONTS:
        if font.name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(font.name, str(font.path), subfontIndex=font.index))


def runs_in_fonts(text: str, source: Source, role: str) -> list[Run]:
    """The line parted by language, each run with its font; `role` as the fields of `Faces`.

    `GlyphMissing` if a font would print an empty box.
    """
    runs = [
        Run(getattr(FACES[language], role).name, run)
        for language, run in language_runs(text, source.main_language)
    ]
    for run in runs:
        glyphs = pdfmetrics.getFont(run.font).face.charToGlyph
        lacking = sorted({character for character in run.text if ord(character) not in glyphs})
        if lacking:
            raise GlyphMissing(f"{run.font} lacks {' '.join(lacking)} in: {text}")
    return runs


def width_of(run: Run, size: float) -> float:
    """The width of a run in points at a font size."""
    return float(pdfmetrics.stringWidth(run.text, run.font, size))


class Typesetter:
    """Sets the blocks of one document in columns of one width (points)."""

    def __init__(self, source: Source, width: float) -> None:
        self.source = source
        self.width = width
        self.narrow = source.columns > 1
        self.faces = FACES[source.main_language]
        self.size, self.leading = (
            (_NARROW_SIZE, _NARROW_LEADING) if self.narrow else (self.faces.size, self.faces.leading)
        )

    def flowables(self, block: Block, *, width: float | None = None) -> list[Any]:
        """The flowables of one block; `width` where it stands outside the columns."""
        match block:
            case Title(text):
                style = self._style("heading", 18, 26, TA_CENTER)
                style.textColor = HEADING_COLOUR
                return [self._paragraph(text, style, "heading", width)]
            case TitleFact(text):
                style = self._style("table", 9, 13.5, TA_RIGHT)
                return [self._paragraph(text, style, "table", width)]
            case Heading():
                return [self._heading(block)]
            case Paragraph(text):
                style = self._style("body", self.size, self.leading)
                style.spaceAfter = 5
                if self.source.main_language == "zh":
                    style.firstLineIndent = 2 * self.size
                return [self._paragraph(text, style, "body")]
            case Item():
                return [self._item(block)]
            case Table():
                return self._table(block)
            case Closing(text):
                style = self._style("table", 9, 14, TA_RIGHT)
                return [Spacer(1, 8), self._paragraph(text, style, "table")]

    def _style(self, role: str, size: float, leading: float, alignment: int | None = None) -> Any:
        """A paragraph style; English running text is justified, everything else is not."""
        if alignment is None:
            alignment = TA_JUSTIFY if self.source.main_language == "en" else TA_LEFT
        font = getattr(self.faces, role).name
        return ParagraphStyle(
            role,
            fontName=font,
            bulletFontName=font,
            fontSize=size,
            bulletFontSize=size,
            leading=leading,
            alignment=alignment,
            textColor=TEXT_COLOUR,
        )

    def _heading(self, heading: Heading) -> Any:
        larger = self.size + (4 if heading.level == 1 else 1.2)
        style = self._style("heading", larger, self.leading + 4, TA_LEFT)
        style.spaceBefore = 12 if heading.level == 1 else 6
        style.spaceAfter = 3
        style.textColor = HEADING_COLOUR
        style.keepWithNext = 1
        flowable = self._paragraph(heading.text, style, "heading")
        flowable.outline_level = heading.level - 1
        flowable.outline_text = unmarked(heading.text).replace("\u3000", " ")
        return flowable

    def _item(self, item: Item) -> Any:
        style = self._style("body", self.size, self.leading)
        style.spaceAfter = 2.5
        style.bulletIndent = (0.6 + 1.8 * (item.level - 1)) * self.size
        label = runs_in_fonts(item.label, self.source, "body")[0]
        label_width = width_of(label, self.size) + _GAP_AFTER_LABEL * self.size
        style.leftIndent = style.bulletIndent + label_width
        return self._paragraph(item.text, style, "body", label=item.label)

    def _paragraph(
        self, text: str, style: Any, role: str, width: float | None = None, label: str = ""
    ) -> Any:
        """English is wrapped by ReportLab; Japanese and Chinese come with their lines broken."""
        runs = runs_in_fonts(text, self.source, role)
        if self.source.main_language == "en":
            return WordWrapped(_markup(runs), style, bulletText=label or None)
        lines = break_lines(
            runs,
            (width or self.width) - style.leftIndent,
            lambda run: width_of(run, style.fontSize),
            first_indent=style.firstLineIndent,
        )
        return XPreformatted("\n".join(map(_markup, lines)), style, bulletText=label or None)

    def _table(self, block: Table) -> list[Any]:
        """A caption and a ruled table with a shaded header row that repeats after a page break."""
        size = 8.5 if self.narrow else 9
        leading = size * 1.45
        widths = [self.width * share / sum(block.widths) for share in block.widths]
        alignments = [_alignment(column[1:]) for column in zip(*block.rows, strict=True)]
        cells = [
            [
                self._paragraph(
                    cell,
                    self._style(role, size, leading, TA_CENTER if role == "heading" else alignment),
                    role,
                    width - 2 * _CELL_PADDING,
                )
                for cell, alignment, width in zip(row, alignments, widths, strict=True)
            ]
            for row, role in zip(block.rows, ["heading"] + ["table"] * (len(block.rows) - 1), strict=True)
        ]
        table = RuledTable(
            cells,
            colWidths=widths,
            repeatRows=1,
            spaceBefore=2,
            spaceAfter=10,
            style=[
                ("GRID", (0, 0), (-1, -1), 0.5, RULE_COLOUR),
                ("BACKGROUND", (0, 0), (-1, 0), HEADER_COLOUR),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("FONTNAME", (0, 0), (-1, -1), self.faces.table.name),  # else Helvetica is named
                ("LEFTPADDING", (0, 0), (-1, -1), _CELL_PADDING),
                ("RIGHTPADDING", (0, 0), (-1, -1), _CELL_PADDING),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ],
        )
        if not block.caption:
            return [table]
        style = self._style("table", size, leading, TA_LEFT)
        style.spaceBefore = 4
        style.spaceAfter = 2
        style.keepWithNext = 1
        return [self._paragraph(block.caption, style, "table"), table]


def _markup(runs: list[Run]) -> str:
    return "".join(f'<font name="{run.font}">{escape(run.text)}</font>' for run in runs)


def _alignment(cells: tuple[str, ...]) -> int:
    """Amounts to the right, short entries to the middle, everything else to the left."""
    if all(_AMOUNT.fullmatch(cell) for cell in cells):
        return int(TA_RIGHT)
    if all(len(unmarked(cell)) <= _SHORT_CELL for cell in cells):
        return int(TA_CENTER)
    return int(TA_LEFT)

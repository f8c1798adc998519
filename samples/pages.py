"""Lays a document out on A4 pages and writes the PDF; knows no document's text.

Each page has a running header and a footer `page / pages`. Fonts are embedded as subsets, headings
stand in the outline, and title, author, subject, language and date stand in the metadata. The
number of pages is learnt by setting the document twice.
"""
# ReportLab ships no type information and is no run-time dependency:
# mypy: disable-error-code="import-not-found,import-untyped"

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    FrameBreak,
    NextPageTemplate,
    PageTemplate,
    Spacer,
)

from samples.flowables import RULE_COLOUR, Typesetter, register_fonts, runs_in_fonts, width_of
from samples.fonts import FACES
from samples.notation import Source, Title, TitleFact

CREATOR = "samples/make.py"
PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 22 * mm
TOP = 25 * mm
BOTTOM = 21 * mm
GUTTER = 8 * mm
TITLE_HEIGHT = 38 * mm
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
TEXT_HEIGHT = PAGE_HEIGHT - TOP - BOTTOM
RUNNING_SIZE = 8.5
HEADER_BASE = PAGE_HEIGHT - 16 * mm
FOOTER_BASE = 11 * mm


def write_pdf(source: Source, folder: Path) -> Path:
    """Writes the document into `folder` and returns its path."""
    register_fonts()
    with pdf_date(source.dated):
        _, pages = _set(source, pages=0)
        data, _ = _set(source, pages=pages)
    path = folder / source.file_name
    path.write_bytes(data)
    return path


@contextmanager
def pdf_date(day: date) -> Iterator[None]:
    """Fixes the creation date that ReportLab writes: nine o'clock UTC of `day`."""
    earlier = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.combine(day, time(9), UTC)
    os.environ["SOURCE_DATE_EPOCH"] = str(int(moment.timestamp()))
    try:
        yield
    finally:
        if earlier is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = earlier


def _set(source: Source, *, pages: int) -> tuple[bytes, int]:
    """The PDF with `pages` as the total in its footers, and its real number of pages."""
    buffer = BytesIO()
    template = BaseDocTemplate(
        buffer,
        pagesize=A4,
        title=source.title,
        author=source.author,
        subject=source.subject,
        creator=CREATOR,
        producer=CREATOR,
        lang=source.language,
        initialFontName=FACES[source.main_language].body.name,
        invariant=1,
    )
    template.addPageTemplates(_page_templates(source, pages))
    template.afterFlowable = partial(_note_in_outline, template)
    template.build(_story(source))
    return buffer.getvalue(), int(template.page)


def _column_width(source: Source) -> float:
    return float(TEXT_WIDTH - GUTTER * (source.columns - 1)) / source.columns


def _page_templates(source: Source, pages: int) -> list[Any]:
    """One column: the same page throughout. More: a title across the first page's columns."""
    header = partial(_draw_header, source)
    footer = partial(_draw_footer, source, pages)
    width = _column_width(source)
    lefts = [MARGIN + number * (width + GUTTER) for number in range(source.columns)]
    columns = [_frame(left, BOTTOM, width, TEXT_HEIGHT) for left in lefts]
    later = PageTemplate("later", columns, onPage=header, onPageEnd=footer)
    if source.columns == 1:
        return [later]
    shorter = TEXT_HEIGHT - TITLE_HEIGHT
    first_frames = [_frame(MARGIN, BOTTOM + shorter, TEXT_WIDTH, TITLE_HEIGHT)]
    first_frames += [_frame(left, BOTTOM, width, shorter) for left in lefts]
    first = PageTemplate("first", first_frames, onPage=header, onPageEnd=footer)
    return [first, later]


def _frame(left: float, bottom: float, width: float, height: float) -> Any:
    paddings = {f"{side}Padding": 0 for side in ("left", "right", "top", "bottom")}
    return Frame(left, bottom, width, height, **paddings)


def _draw_header(source: Source, canvas: Any, _template: Any) -> None:
    """Company and document to the left, the class of the document to the right."""
    canvas.saveState()
    _draw_rule(canvas, HEADER_BASE - 4)
    _draw_text(canvas, source, source.header_left, HEADER_BASE, 0)
    _draw_text(canvas, source, source.header_right, HEADER_BASE, 1)
    canvas.restoreState()


def _draw_footer(source: Source, pages: int, canvas: Any, template: Any) -> None:
    """The page's number and the number of pages: `3 / 8`."""
    canvas.saveState()
    _draw_rule(canvas, FOOTER_BASE + 5 * mm)
    _draw_text(canvas, source, f"{template.page} / {pages}", FOOTER_BASE, 0.5)
    canvas.restoreState()


def _draw_rule(canvas: Any, height: float) -> None:
    canvas.setStrokeColor(RULE_COLOUR)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, height, PAGE_WIDTH - MARGIN, height)


def _draw_text(canvas: Any, source: Source, text: str, bottom: float, place: float) -> None:
    """Draws one line between the margins; `place` 0 is to the left, 1 to the right."""
    runs = runs_in_fonts(text, source, "table")
    free = TEXT_WIDTH - sum(width_of(run, RUNNING_SIZE) for run in runs)
    left = MARGIN + place * free
    for run in runs:
        canvas.setFont(run.font, RUNNING_SIZE)
        canvas.drawString(left, bottom, run.text)
        left += width_of(run, RUNNING_SIZE)


def _note_in_outline(template: Any, flowable: Any) -> None:
    """Adds a heading that has just been drawn to the outline, at its place on the page."""
    level = getattr(flowable, "outline_level", None)
    if level is None:
        return
    key = f"heading-{template.canv.getPageNumber()}-{flowable.outline_text}"
    top = template.frame._y + flowable.height
    template.canv.bookmarkPage(key, fit="XYZ", left=0, top=top)
    template.canv.addOutlineEntry(flowable.outline_text, key, level, closed=level > 0)


def _story(source: Source) -> list[Any]:
    """The flowables of a document in reading order, the title block first."""
    typesetter = Typesetter(source, _column_width(source))
    story: list[Any] = []
    title_open = True
    for block in source.blocks:
        if title_open and not isinstance(block, Title | TitleFact):
            title_open = False
            below = [NextPageTemplate("later"), FrameBreak()] if source.columns > 1 else []
            story += below or [Spacer(1, 10)]
        story += typesetter.flowables(block, width=TEXT_WIDTH if title_open else None)
    return story

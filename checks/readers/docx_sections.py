"""The sections of a Word document: the size, the margins and the grid of their pages."""

from __future__ import annotations

import re
from typing import Any

from checks.document.document import PageSection
from checks.readers.docx_formats import W, flag, value

TWIPS = 25.4 / 1440  # millimetres


def sections_of(body: Any, even: bool) -> tuple[PageSection, ...]:
    """The page geometry of each section."""
    return tuple(_section(element, even) for element in section_elements(body))


def section_elements(body: Any) -> list[Any]:
    """The properties of each section, in order."""
    elements = [
        element
        for paragraph in body.iter(W + "p")
        if (element := paragraph.find(f"{W}pPr/{W}sectPr")) is not None
    ]
    last = body.find(W + "sectPr")
    return [*elements, last] if last is not None else elements


def _section(element: Any, even: bool) -> PageSection:
    size, margin = element.find(W + "pgSz"), element.find(W + "pgMar")
    columns, grid = element.find(W + "cols"), element.find(W + "docGrid")

    def length(source: Any, name: str) -> float:
        text = "" if source is None else source.get(W + name, "")
        return round(float(text) * TWIPS, 2) if re.fullmatch(r"-?\d+(\.\d+)?", text) else 0.0

    number = "" if columns is None else columns.get(W + "num", "1")
    pitch = "" if grid is None else grid.get(W + "linePitch", "")
    space = "" if grid is None else grid.get(W + "charSpace", "")
    return PageSection(
        width=length(size, "w"),
        height=length(size, "h"),
        top=abs(length(margin, "top")),
        bottom=abs(length(margin, "bottom")),
        left=length(margin, "left"),
        right=length(margin, "right"),
        gutter=length(margin, "gutter"),
        header=length(margin, "header"),
        footer=length(margin, "footer"),
        columns=int(number) if number.isdigit() else 1,
        vertical=value(element, "textDirection").startswith("tb"),
        line_pitch=float(pitch) / 20 if pitch.isdigit() else 0.0,
        char_space=float(space) / 4096 if re.fullmatch(r"-?\d+", space) else 0.0,
        title_page=bool(flag(element, "titlePg")),
        even_pages=even,
    )

"""layout: page size, margins and grid; fonts, sizes, weight, alignment, indents and spacing of each kind
of text."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from checks.document.document import (
    MM_PER_POINT,
    CheckedDocument,
    DocumentFormat,
    DocumentPiece,
    DocumentPlace,
    Format,
    PageSection,
    RunKind,
    Zone,
)
from checks.document.fonts import same_font
from checks.document.official import official_roles
from checks.findings import CouldNotRun, NotApplicable, RuleMatch
from checks.rules import Context, Rule, RulePart

SIZES = {
    "A3": (297.0, 420.0), "A4": (210.0, 297.0), "A5": (148.0, 210.0), "B4": (257.0, 364.0), "B5": (182.0,
    257.0),
    "Letter": (215.9, 279.4), "Legal": (215.9, 355.6), "16:9": (338.7, 190.5), "4:3": (254.0, 190.5),
}  # fmt: skip
# The sizes that GB names: 三号 is 16 pt.
GB_SIZES = {
    "初号": 42, "小初": 36, "一号": 26, "小一": 24, "二号": 22, "小二": 18, "三号": 16, "小三": 15,
    "四号": 14, "小四": 12, "五号": 10.5, "小五": 9, "六号": 7.5,
}  # fmt: skip
Fonts = list[str] | str
MOST_TOLD = 3  # different values that one finding names
SEVERAL = 3  # equal faults from which on they are one decision of the document


class Margins(RulePart):
    """In millimetres; those not given are not looked at."""

    top: float | None = None
    bottom: float | None = None
    left: float | None = None
    right: float | None = None


class PageLayout(RulePart):
    """The page."""

    size: Literal["A3", "A4", "A5", "B4", "B5", "Letter", "Legal", "16:9", "4:3"] | None = None
    orientation: Literal["portrait", "landscape"] | None = None
    margins_mm: Margins | None = None
    tolerance_mm: float = 1.0
    columns: int | None = None
    writing: Literal["horizontal", "vertical"] | None = None
    lines: int | None = Field(None, description="Lines of a page, by the grid.")
    characters: int | None = Field(None, description="Characters of a line, by the grid.")


class StyleSpec(RulePart):
    """How text of one kind is set."""

    east_asian_font: Fonts | None = None
    latin_font: Fonts | None = None
    size_pt: float | list[float] | str | None = None
    bold: bool | None = None
    italic: bool | None = None
    underline: bool | None = None
    color: str | None = None
    align: Literal["left", "center", "right", "both"] | None = None
    indent_first_chars: float | None = None
    line_multiple: float | None = None
    line_pt: float | None = None
    space_before_pt: float | None = None
    space_after_pt: float | None = None
    style: Fonts | None = Field(None, description="The Word style that it must have.")


class LayoutRule(Rule):
    """How the document is set."""

    kind: Literal["layout"] = "layout"
    page: PageLayout | None = None
    styles: dict[str, StyleSpec] = {}
    max_fonts: int | None = None
    first_page_only: bool = False
    roles: Literal["styles", "official_zh"] = Field(
        "styles", description="official_zh: names are roles that place and form give, not Word's styles."
    )

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each page and each stretch of text that is set otherwise; what several parts of the document do
        the same
        way is one finding with its places."""
        groups: dict[tuple[str, str, str], list[RuleMatch]] = {}
        for name, hit in self._faults(context):
            # What is wanted tells a fault; where text begins differs from page to page, and a PDF's fonts
            # by sign.
            wanted = {key: value for key, value in hit.values.items() if key != "found"}
            groups.setdefault((name, hit.message, str(sorted(wanted.items(), key=str))), []).append(hit)
        for hits in groups.values():
            if len(hits) < SEVERAL:
                yield from hits
                continue
            values = dict(hits[0].values)
            if "found" in values:
                kinds = [kind for kind, _ in Counter(str(hit.values["found"]) for hit in hits).most_common()]
                values["found"] = " / ".join(kinds[:MOST_TOLD]) + (" …" if len(kinds) > MOST_TOLD else "")
            yield replace(hits[0], values=values, others=tuple(hits[1:]))

    def _faults(self, context: Context) -> Iterator[tuple[str, RuleMatch]]:
        """Each fault, with the name of what it is a fault of: `page`, a style or a role."""
        document = context.document
        if document.format in (DocumentFormat.MARKDOWN, DocumentFormat.TEXT):
            raise NotApplicable("no_layout")
        if self.page is not None:
            yield from (("page", hit) for hit in self._page(document, self.page))
        if document.format is DocumentFormat.PDF and self.styles and not any(p.runs for p in document.pieces):
            raise CouldNotRun("no_fonts")
        roles = official_roles(document) if self.roles == "official_zh" else None
        for index, piece in document.of(frozenset(Zone) - {Zone.COMMENT, Zone.CONTENTS}):
            for name in _names(piece) if roles is None else [roles.get(index, "")]:
                if name in self.styles:
                    yield from ((name, hit) for hit in _style(document, index, piece, self.styles[name]))
                    break
        if self.max_fonts is not None:
            yield from (("fonts", hit) for hit in self._fonts(document, self.max_fonts))

    def _page(self, document: CheckedDocument, page: PageLayout) -> Iterator[RuleMatch]:
        for number, section in enumerate(document.sections):
            if self.first_page_only and number:
                return
            if section.width:
                place = _place(document, number, section)
                for message, values in _page_faults(section, page, document.format):
                    yield RuleMatch(-1, 0, 0, message, values, place=place)

    def _fonts(self, document: CheckedDocument, most: int) -> Iterator[RuleMatch]:
        used: Counter[str] = Counter()
        for _, piece in document.of(frozenset(Zone) - {Zone.COMMENT}):
            for run in piece.runs:
                for east in (True, False):
                    if _has(piece.text[run.start : run.end], east):
                        used[run.format.east_asian_font if east else run.format.latin_font] += 1
        used.pop("", None)
        if len(used) > most:
            names = ", ".join(name for name, _ in used.most_common())
            yield RuleMatch(-1, 0, 0, "layout_fonts", {"count": len(used), "max": most, "fonts": names})


def _place(document: CheckedDocument, number: int, section: PageSection) -> DocumentPlace:
    if document.format is DocumentFormat.PDF:
        return DocumentPlace(page=section.first_page)
    if document.format is DocumentFormat.XLSX:
        return DocumentPlace(sheet=section.name)
    if document.format is DocumentFormat.PPTX:
        return DocumentPlace(slide=1)
    return DocumentPlace(part="word/document.xml", path=f"section {number + 1}")


def _page_faults(
    section: PageSection, page: PageLayout, kind: DocumentFormat
) -> Iterator[tuple[str, dict[str, Any]]]:
    slack = page.tolerance_mm
    across, down = sorted((section.width, section.height))
    if page.size is not None:
        wide, high = sorted(SIZES[page.size])
        if abs(across - wide) > max(slack, 1.0) or abs(down - high) > max(slack, 1.0):
            yield (
                "layout_size",
                {"found": f"{section.width:.0f} × {section.height:.0f} mm", "size": page.size},
            )
    given = "landscape" if section.width > section.height else "portrait"
    if page.orientation is not None and given != page.orientation:
        yield f"layout_{page.orientation}", {}
    if page.margins_mm is not None:
        for side in ("top", "bottom", "left", "right"):
            wanted = getattr(page.margins_mm, side)
            measured = getattr(section, side) + (section.gutter if side == "left" else 0)
            if wanted is None:
                continue
            # A PDF shows where text stands: it may stay further in, and must not come nearer to the edge.
            wrong = (
                measured < wanted - slack - 0.5
                if kind is DocumentFormat.PDF
                else abs(measured - wanted) > slack
            )
            if wrong:
                yield f"layout_margin_{side}", {"found": f"{measured:.1f}", "wanted": f"{wanted:g}"}
    if page.columns is not None and kind is DocumentFormat.DOCX and section.columns != page.columns:
        yield "layout_columns", {"found": section.columns, "wanted": page.columns}
    vertical = page.writing == "vertical"
    if page.writing is not None and kind is DocumentFormat.DOCX and section.vertical != vertical:
        yield f"layout_{page.writing}", {}
    yield from _grid_faults(section, page)


def _grid_faults(section: PageSection, page: PageLayout) -> Iterator[tuple[str, dict[str, Any]]]:
    if page.lines is not None and section.line_pitch:
        inside = (section.height - section.top - section.bottom) / MM_PER_POINT
        lines = int(inside / section.line_pitch + 0.05)
        if lines != page.lines:
            yield "layout_lines", {"found": lines, "wanted": page.lines}
    if page.characters is not None and section.line_pitch:
        inside = (section.width - section.left - section.right - section.gutter) / MM_PER_POINT
        pitch = 16.0 + section.char_space if section.char_space else inside / page.characters
        characters = int(inside / pitch + 0.05)
        if characters != page.characters:
            yield "layout_characters", {"found": characters, "wanted": page.characters}


def _names(piece: DocumentPiece) -> list[str]:
    """The names under which a pack may speak of a piece, the nearest first."""
    names = [piece.style] if piece.style else []
    if piece.zone is Zone.HEADING:
        names += ["title"] if piece.level == 0 else [f"heading{piece.level}", "heading"]
    elif piece.zone is Zone.BODY:
        names.append("body")
    else:
        names.append(str(piece.zone))
    return names


def _style(
    document: CheckedDocument, index: int, piece: DocumentPiece, spec: StyleSpec
) -> Iterator[RuleMatch]:
    last: tuple[str, int] | None = None
    waiting: RuleMatch | None = None
    for run in piece.runs:
        text = piece.text[run.start : run.end]
        if not text.strip() or run.kind is RunKind.CODE:
            continue
        for message, values in _run_faults(run.format, text, spec, document.format):
            key = (message + str(sorted(values.items())), run.start)
            if waiting is not None and last is not None and last[0] == key[0] and waiting.end == run.start:
                waiting = RuleMatch(index, waiting.start, run.end, message, values)
            else:
                if waiting is not None:
                    yield waiting
                waiting = RuleMatch(index, run.start, run.end, message, values)
            last = key
    if waiting is not None:
        yield waiting
    if document.format in (DocumentFormat.DOCX, DocumentFormat.PPTX, DocumentFormat.XLSX):
        for message, values in _paragraph_faults(piece, spec, document.format):
            yield RuleMatch(index, 0, len(piece.text), message, values)


def _run_faults(
    form: Format, text: str, spec: StyleSpec, kind: DocumentFormat
) -> Iterator[tuple[str, dict[str, Any]]]:
    for east, wanted, font in (
        (True, spec.east_asian_font, form.east_asian_font), (False, spec.latin_font, form.latin_font),
    ):  # fmt: skip
        if wanted is None or not _has(text, east):
            continue
        allowed = [wanted] if isinstance(wanted, str) else wanted
        if font and not same_font(font, allowed):
            yield "layout_font", {"found": font, "wanted": " / ".join(allowed)}
    if spec.size_pt is not None and form.size:
        sizes = _sizes(spec.size_pt)
        slack = 0.3 if kind is DocumentFormat.PDF else 0.05
        if not any(abs(form.size - size) <= slack for size in sizes):
            yield (
                "layout_points",
                {"found": f"{form.size:g}", "wanted": " / ".join(f"{size:g}" for size in sizes)},
            )
    for name in ("bold", "italic", "underline"):
        wanted_on = getattr(spec, name)
        if wanted_on is not None and getattr(form, name) != wanted_on:
            if kind is DocumentFormat.PDF and name != "bold":
                continue
            yield f"layout_{'' if wanted_on else 'not_'}{name}", {}
    color = form.color or "000000"
    if spec.color is not None and kind is not DocumentFormat.PDF and color != spec.color.lstrip("#").upper():
        yield "layout_color", {"found": color, "wanted": spec.color}


def _paragraph_faults(
    piece: DocumentPiece, spec: StyleSpec, kind: DocumentFormat
) -> Iterator[tuple[str, dict[str, Any]]]:
    form = piece.paragraph
    if spec.align is not None:
        align = form.align or "left"
        if align != spec.align and {align, spec.align} != {"left", "both"}:
            yield "layout_align", {"found": align, "wanted": spec.align}
    if kind is not DocumentFormat.DOCX:
        return
    if spec.indent_first_chars is not None:
        size = next((run.format.size for run in piece.runs if run.format.size), 10.5)
        chars = form.indent_first_chars or form.indent_first / size
        lead = len(piece.text) - len(piece.text.lstrip("　"))
        if abs(chars + lead - spec.indent_first_chars) > 0.26:
            yield "layout_indent", {"found": f"{chars + lead:.1f}", "wanted": f"{spec.indent_first_chars:g}"}
    if spec.line_multiple is not None and (
        form.line_rule not in ("auto", "") or abs((form.line or 1.0) - spec.line_multiple) > 0.02
    ):
        yield "layout_line", {"found": f"{form.line or 1:g}", "wanted": f"{spec.line_multiple:g}"}
    if spec.line_pt is not None and (form.line_rule in ("auto", "") or abs(form.line - spec.line_pt) > 0.3):
        yield "layout_line", {"found": f"{form.line or 1:g}", "wanted": f"{spec.line_pt:g} pt"}
    for name in ("space_before", "space_after"):
        wanted = getattr(spec, f"{name}_pt")
        if wanted is not None and abs(getattr(form, name) - wanted) > 0.3:
            yield f"layout_{name}", {"found": f"{getattr(form, name):g}", "wanted": f"{wanted:g}"}
    if spec.style is not None and piece.style not in (
        [spec.style] if isinstance(spec.style, str) else spec.style
    ):
        yield "layout_style", {"found": piece.style, "wanted": str(spec.style)}


def _sizes(given: float | list[float] | str) -> list[float]:
    if isinstance(given, str):
        return [float(GB_SIZES.get(given, 0))]
    return list(given) if isinstance(given, list) else [given]


def _has(text: str, east: bool) -> bool:
    """Whether a text has characters of that slot."""
    return any(
        not character.isspace() and (unicodedata.east_asian_width(character) in "WF") == east
        and (east or character.isalnum())
        for character in text
    )  # fmt: skip

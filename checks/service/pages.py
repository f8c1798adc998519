"""A checked document page by page, for screens: where each finding stands on a page's picture, and, for
formats without pictures, in the text. Pages are those of a PDF, sheets, slides, or the whole text as one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from checks.document.document import MM_PER_POINT, CheckedDocument, DocumentFormat, DocumentPlace
from checks.findings import CheckReport
from ingest.pages import Box


class ViewKind(StrEnum):
    """What the format has instead of pages."""

    PAGE = "page"
    SHEET = "sheet"
    SLIDE = "slide"
    TEXT = "text"


@dataclass(frozen=True)
class PageView:
    """A page: size in points (0: it has none), how many findings stand on it."""

    number: int
    kind: ViewKind
    name: str = ""
    width: float = 0.0
    height: float = 0.0
    findings: int = 0


@dataclass(frozen=True)
class PageBox:
    """A box of the finding of that number, in points from the upper left."""

    finding: int
    box: Box


@dataclass(frozen=True)
class TextPiece:
    """A piece of a page's text; `marks` are (finding's number, start, end) in it."""

    index: int
    zone: str
    level: int
    place: str
    text: str
    marks: tuple[tuple[int, int, int], ...] = ()


def page_views(report: CheckReport) -> list[PageView]:
    """The pages of a checked document, those without findings too."""
    document = report.document
    counted = Counter(page_of(document, finding.place) for finding in report.findings)
    if document.format is DocumentFormat.PDF:
        sizes = page_sizes(document)
        return [
            PageView(number, ViewKind.PAGE, "", *sizes.get(number, (0.0, 0.0)), counted[number])
            for number in range(1, max(document.pages, max(sizes, default=0)) + 1)
        ]
    if document.format is DocumentFormat.XLSX:
        return [
            PageView(number, ViewKind.SHEET, name, findings=counted[number])
            for number, name in enumerate(_sheets(document), start=1)
        ]
    if document.format is DocumentFormat.PPTX:
        last = max((piece.slide for piece in document.pieces), default=0)
        last = max(last, document.pages)
        return [PageView(n, ViewKind.SLIDE, findings=counted[n]) for n in range(1, last + 1)]
    return [PageView(1, ViewKind.TEXT, findings=counted[1])]


def page_of(document: CheckedDocument, place: DocumentPlace) -> int:
    """The number of the page that a place is on; 0 where it is of the document as a whole."""
    if document.format is DocumentFormat.PDF:
        return place.page
    if document.format is DocumentFormat.XLSX:
        names = _sheets(document)
        return names.index(place.sheet) + 1 if place.sheet in names else 0
    if document.format is DocumentFormat.PPTX:
        return place.slide
    return 1 if place.piece >= 0 else 0


def page_boxes(report: CheckReport, number: int) -> list[PageBox]:
    """The boxes of the findings on that page of a PDF."""
    return [
        PageBox(index, box)
        for index, finding in enumerate(report.findings, start=1)
        if finding.place.page == number
        for box in finding.place.boxes
    ]


def page_text(report: CheckReport, number: int) -> list[TextPiece]:
    """The text of that page in pieces, with what the findings are about marked."""
    document = report.document
    marks: dict[int, list[tuple[int, int, int]]] = {}
    for shown, finding in enumerate(report.findings, start=1):
        if finding.place.piece >= 0:
            marks.setdefault(finding.place.piece, []).append((shown, *finding.place.characters))
    texts = []
    for index, piece in enumerate(document.pieces):
        place = document.place(index)
        if (piece.text or index in marks) and page_of(document, place) == number:
            text = TextPiece(
                index, str(piece.zone), piece.level, place.shown(), piece.text,
                tuple(sorted(marks.get(index, []), key=lambda mark: mark[1:])),
            )  # fmt: skip
            texts.append(text)
    return texts


def _sheets(document: CheckedDocument) -> list[str]:
    named = [section.name for section in document.sections if section.name]
    return list(dict.fromkeys([*named, *(piece.sheet for piece in document.pieces if piece.sheet)]))


def page_sizes(document: CheckedDocument) -> dict[int, tuple[float, float]]:
    """The sizes of a PDF's pages in points, by number."""
    return {
        section.first_page: (section.width / MM_PER_POINT, section.height / MM_PER_POINT)
        for section in document.sections
        if section.first_page
    }

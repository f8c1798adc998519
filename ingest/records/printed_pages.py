"""The pages of an Office file of the library as LibreOffice prints them, and where a quote stands on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import NotFound, ShokoError
from core.files import Files
from core.models import Document, Version
from ingest.formats import PDF
from ingest.pages import Box, PageContent, marked_boxes
from ingest.records.printing import (
    FILE,
    OFFICE,
    SHORT,
    NotPrinted,
    folded_text,
    print_into,
    printing_limits,
)
from ingest.sandbox import ReadingLimits, read_file, render_page

BETWEEN = 400  # characters at most between two cells of a row on the paper


@dataclass(frozen=True)
class PrintedVersion:
    """The printing of a version: the size of each page in points, and the boxes of the quote on the page of
    that number (0: it was not found)."""

    sizes: tuple[tuple[float, float], ...] = ()
    page: int = 0
    boxes: tuple[Box, ...] = ()
    why: NotPrinted = NotPrinted.PRINTED


def printed(
    files: Files, document: Document, version: Version, quote: str, limits: ReadingLimits
) -> PrintedVersion:
    """The printing of that version, made now or kept from before, with the place of that quote."""
    if version.media_type not in OFFICE:
        return PrintedVersion(why=NotPrinted.NO_PAPER)
    file = _file(files, version)
    why = print_into(file, lambda: files.path(version.sha256), document.name, version.media_type, limits)
    if why is not NotPrinted.PRINTED:
        return PrintedVersion(why=why)
    try:
        pages = list(read_file(file, FILE, PDF, printing_limits(limits)))
    except ShokoError:
        return PrintedVersion(why=NotPrinted.FAILED)
    page, boxes = place_of(quote, pages)
    return PrintedVersion(tuple((sheet.width, sheet.height) for sheet in pages), page, tuple(boxes))


def printed_picture(
    files: Files, document: Document, version: Version, number: int, width: int, limits: ReadingLimits
) -> bytes:
    """PNG of that printed page. Raises NotFound where its pages were not asked for yet."""
    file = _file(files, version)
    if number < 1 or not file.exists():
        raise NotFound(what="printed page", name=number)
    return render_page(file, document.name, PDF, number, width, limits)


def _file(files: Files, version: Version) -> Path:
    """The printed PDF, kept beside the pictures of pages, with which it is erased."""
    return files.pictures(version.id) / FILE


def place_of(quote: str, pages: Sequence[PageContent]) -> tuple[int, list[Box]]:
    """The page on which the quote's text stands and its boxes there; 0 and none where it is not found. A row
    of a table is found by its values, which stand near one another."""
    texts = [folded_text(page.text).text for page in pages]
    wanted = folded_text(quote).text
    for page, text in zip(pages, texts, strict=True):
        if len(wanted) >= SHORT and (start := text.find(wanted)) >= 0:
            return page.number, _boxes(page, start, start + len(wanted))
    for page, text in zip(pages, texts, strict=True):
        boxes: list[Box] = []
        for line in quote.split("\n"):
            for start, end in _parts_of(line, text):
                boxes += _boxes(page, start, end)
        if boxes:
            return page.number, boxes
    return 0, []


def _parts_of(line: str, text: str) -> list[tuple[int, int]]:
    """Where a line stands in a folded text: as a whole, or its cells one after another."""
    whole = folded_text(line).text
    if len(whole) >= SHORT and (start := text.find(whole)) >= 0:
        return [(start, start + len(whole))]
    values = [folded_text(cell.rpartition(": ")[2]).text for cell in line.split(" | ")]
    values = [value for value in values if value]
    if len(values) < 2 or sum(map(len, values)) < SHORT:
        return []
    start = text.find(values[0])
    while start >= 0:
        stretches, place = [], start
        for value in values:
            place = text.find(value, place, place + BETWEEN + len(value))
            if place < 0:
                break
            stretches.append((place, place + len(value)))
            place += len(value)
        if len(stretches) == len(values):
            return stretches
        start = text.find(values[0], start + 1)
    return []


def _boxes(page: PageContent, start: int, end: int) -> list[Box]:
    """The boxes of the characters [start, end) of the folded text of a page."""
    places = folded_text(page.text).places
    return marked_boxes(page.boxes, places[start], places[end - 1] + 1)

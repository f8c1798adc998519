"""The pages of an Office file as LibreOffice prints them, and where a quote stands on them.

Word, Excel and PowerPoint files say what stands in them and not where on a page: that a printer decides. What
is shown here is one printing; the quote keeps its own place, and is marked where its words are found.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.errors import ConverterMissing, NotFound, ShokoError
from core.files import Files
from core.models import Document, Version
from ingest.formats import DOCX, PDF, PPTX, XLSX
from ingest.pages import Box, PageContent, marked_boxes
from ingest.sandbox import ReadingLimits, print_file, read_file, render_page

OFFICE = (DOCX, XLSX, PPTX)
FILE = "printed.pdf"
MOST_PAGES = 200  # of one file: past that its text is shown
SECONDS = 120.0
SHORT = 4  # characters: so few stand everywhere
BETWEEN = 400  # characters at most between two cells of a row on the paper
_printing = threading.Lock()  # one LibreOffice at a time


class NotPrinted(StrEnum):
    """Why there are no printed pages."""

    PRINTED = ""  # there are
    NO_PRINTER = "no_printer"  # LibreOffice is not installed here
    FAILED = "failed"  # it could not print the file, or not in time
    NO_PAPER = "no_paper"  # the format is no Office format


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
    costs = ReadingLimits(MOST_PAGES, min(SECONDS, limits.seconds), limits.memory_mb)
    try:
        pages = list(read_file(_file(files, document, version, costs), FILE, PDF, costs))
    except ConverterMissing:
        return PrintedVersion(why=NotPrinted.NO_PRINTER)
    except ShokoError:
        return PrintedVersion(why=NotPrinted.FAILED)
    page, boxes = place_of(quote, pages)
    return PrintedVersion(tuple((sheet.width, sheet.height) for sheet in pages), page, tuple(boxes))


def printed_picture(
    files: Files, document: Document, version: Version, number: int, width: int, limits: ReadingLimits
) -> bytes:
    """PNG of that printed page. Raises NotFound where its pages were not asked for yet."""
    file = files.pictures(version.id) / FILE
    if number < 1 or not file.exists():
        raise NotFound(what="printed page", name=number)
    return render_page(file, document.name, PDF, number, width, limits)


def _file(files: Files, document: Document, version: Version, costs: ReadingLimits) -> Path:
    """The printed PDF, kept beside the pictures of pages, with which it is erased."""
    file = files.pictures(version.id) / FILE
    with _printing:
        if not file.exists():
            original = files.path(version.sha256)
            made = print_file(original, document.name, version.media_type, MOST_PAGES, costs)
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_name(f"{FILE}.{secrets.token_hex(4)}")
            part.write_bytes(made)
            part.replace(file)
    return file


def place_of(quote: str, pages: Sequence[PageContent]) -> tuple[int, list[Box]]:
    """The page on which the quote's text stands and its boxes there; 0 and none where it is not found. A row
    of a table is found by its values, which stand near one another."""
    folded = [_folded(page.text) for page in pages]
    for page, (text, _) in zip(pages, folded, strict=True):
        wanted, _ = _folded(quote)
        if len(wanted) >= SHORT and (start := text.find(wanted)) >= 0:
            return page.number, _boxes(page, start, start + len(wanted))
    for page, (text, _) in zip(pages, folded, strict=True):
        boxes: list[Box] = []
        for line in quote.split("\n"):
            for start, end in _parts_of(line, text):
                boxes += _boxes(page, start, end)
        if boxes:
            return page.number, boxes
    return 0, []


def _parts_of(line: str, text: str) -> list[tuple[int, int]]:
    """Where a line stands in a folded text: as a whole, or its cells one after another."""
    whole, _ = _folded(line)
    if len(whole) >= SHORT and (start := text.find(whole)) >= 0:
        return [(start, start + len(whole))]
    values = [_folded(cell.rpartition(": ")[2])[0] for cell in line.split(" | ")]
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


def _folded(text: str) -> tuple[str, list[int]]:
    """A text without spaces in compatible characters, and for each of them its place in the text."""
    letters = [
        (letter, place)
        for place, character in enumerate(text)
        for letter in unicodedata.normalize("NFKC", character)
        if not letter.isspace()
    ]
    return "".join(letter for letter, _ in letters), [place for _, place in letters]


def _boxes(page: PageContent, start: int, end: int) -> list[Box]:
    """The boxes of the characters [start, end) of the folded text of a page."""
    _, places = _folded(page.text)
    return marked_boxes(page.boxes, places[start], places[end - 1] + 1)

"""A checked Office file as LibreOffice prints it, with its findings where their text stands on the paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checks.document.document import MM_PER_POINT, CheckedDocument, DocumentFormat, DocumentPiece
from checks.findings import CheckReport, Finding
from checks.readers.reading import read_document
from core.errors import ShokoError
from ingest.formats import DOCX, PPTX, XLSX
from ingest.pages import Box
from ingest.records.printing import FILE, SHORT, NotPrinted, folded_text, print_into, printing_limits
from ingest.sandbox import ReadingLimits

AHEAD = 20_000  # characters in which a paragraph is looked for behind the one before it
MOST_PIECES = 20_000  # that are looked for one after another: a sheet may have a million cells
OFFICE = {DocumentFormat.DOCX: DOCX, DocumentFormat.XLSX: XLSX, DocumentFormat.PPTX: PPTX}


@dataclass(frozen=True)
class PrintedPage:
    """A page: number from 1, size in points."""

    number: int
    width: float
    height: float


@dataclass(frozen=True)
class PrintedMark:
    """A box of the finding of that number on a page, in points from the upper left."""

    finding: int
    page: int
    box: Box


@dataclass(frozen=True)
class Printed:
    """The printing: its PDF, its pages, and where the report's findings stand on them."""

    path: Path | None = None
    pages: tuple[PrintedPage, ...] = ()
    marks: tuple[PrintedMark, ...] = ()
    why: NotPrinted = NotPrinted.PRINTED

    def on(self, number: int) -> list[PrintedMark]:
        """The marks on that page."""
        return [mark for mark in self.marks if mark.page == number]


def printed(path: Path, report: CheckReport, folder: Path, limits: ReadingLimits) -> Printed:
    """The printing of that file, made in that folder or found there."""
    kind = OFFICE.get(report.document.format)
    if kind is None:
        return Printed(why=NotPrinted.NO_PAPER)
    file = folder / FILE
    why = print_into(file, path.resolve, report.document.name, kind, limits)
    if why is not NotPrinted.PRINTED:
        return Printed(why=why)
    try:
        paper = read_document(file, FILE, limits=printing_limits(limits))
    except ShokoError:
        return Printed(why=NotPrinted.FAILED)
    pages = tuple(
        PrintedPage(section.first_page, section.width / MM_PER_POINT, section.height / MM_PER_POINT)
        for section in paper.sections
        if section.first_page and section.width
    )
    return Printed(file, pages, tuple(marks(report, paper)))


def marks(report: CheckReport, paper: CheckedDocument) -> Iterator[PrintedMark]:
    """Where on the paper the findings of the report stand; nowhere for one whose text is not found."""
    text = _PrintedText(paper)
    places = _places(report, text)
    for number, finding in enumerate(report.findings, start=1):
        index = finding.place.piece
        if index < 0:
            continue
        span = _of(finding, report.document.pieces[index], places.get(index), text)
        for page, box in text.boxes(*span) if span is not None else ():
            yield PrintedMark(number, page, box)


class _PrintedText:
    """All text of the paper in one row."""

    def __init__(self, paper: CheckedDocument) -> None:
        self.paper = paper
        parts: list[str] = []
        self.places: list[tuple[int, int]] = []  # (piece, character) of each
        self.bounds: set[int] = {0}  # where something begins or ends: a piece, a word
        for index, piece in enumerate(paper.pieces):
            folded, last = folded_text(piece.text), -1
            parts.append(folded.text)
            for position in folded.places:
                if position > last + 1:
                    self.bounds.add(len(self.places))
                self.places.append((index, position))
                last = position
            self.bounds.add(len(self.places))
        self.text = "".join(parts)

    def find(self, wanted: str, start: int, end: int | None = None) -> int:
        """Where that folded text stands between the two; -1 where it does not."""
        while wanted and (offset := self.text.find(wanted, start, end)) >= 0:
            if len(wanted) >= SHORT or {offset, offset + len(wanted)} <= self.bounds:
                return offset
            start = offset + 1
        return -1

    def boxes(self, start: int, end: int) -> Iterator[tuple[int, Box]]:
        """Page and box of each line of the characters [start, end)."""
        position = start
        while position < end:
            piece, first = self.places[position]
            stop = position
            while stop < end and self.places[stop][0] == piece:
                stop += 1
            place = self.paper.place(piece, first, self.places[stop - 1][1] + 1)
            for box in place.boxes:
                yield place.page, box
            position = stop


def _places(report: CheckReport, text: _PrintedText) -> dict[int, int]:
    """By piece of the document, where on the paper it begins. The order of both is the same, but for headers,
    text boxes and what a printer moves: what is not found ahead is looked for everywhere, if it is asked
    for."""
    asked = {finding.place.piece for finding in report.findings}
    last = max(asked, default=-1)
    places: dict[int, int] = {}
    position = 0
    for index, piece in enumerate(report.document.pieces[: last + 1]):
        if index > MOST_PIECES and index not in asked:
            continue
        wanted = folded_text(piece.text).text
        place = text.find(wanted, position, position + AHEAD + len(wanted))
        if place < 0 and index in asked:
            place = text.find(wanted, 0)
        elif place >= 0 and len(wanted) >= SHORT:
            position = place + len(wanted)
        if place >= 0:
            places[index] = place
    return places


def _of(
    finding: Finding, piece: DocumentPiece, begins: int | None, text: _PrintedText
) -> tuple[int, int] | None:
    """The finding's characters on the paper; None where they are not found."""
    start, end = finding.place.characters
    folded = folded_text(piece.text)
    if begins is not None and folded.text:
        inside = [index for index, place in enumerate(folded.places) if start <= place < end]
        first, last = (inside[0], inside[-1]) if inside else (0, len(folded.text) - 1)
        return begins + first, begins + last + 1
    wanted = folded_text(piece.text[start:end]).text
    if len(wanted) < SHORT:
        return None
    offset = text.find(wanted, 0)
    return None if offset < 0 else (offset, offset + len(wanted))

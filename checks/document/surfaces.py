"""The surfaces that a reader turns over (pages, sheets, slides, kinds of page), each with what stands in
its header and footer: the ground of rules on markings and page numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.document.document import (
    CheckedDocument,
    DocumentFormat,
    DocumentPiece,
    DocumentPlace,
    PageSection,
    RunKind,
    Zone,
)


@dataclass(frozen=True)
class Surface:
    """A page, a sheet, a slide; of Word, the pages of one section with one header."""

    place: DocumentPlace
    name: str
    first: bool
    header: tuple[int, ...]
    footer: tuple[int, ...]
    body: tuple[int, ...]
    page: int = 0
    last: int = 0


def surfaces(document: CheckedDocument) -> list[Surface]:
    """The document's surfaces; empty for formats that have none (Markdown, text)."""
    if document.format is DocumentFormat.DOCX:
        return list(_word(document))
    if document.format is DocumentFormat.PDF:
        return [
            _of(
                document,
                number,
                section.first_page or number,
                DocumentPlace(page=number),
                f"p. {number}",
                number == 1,
            )
            for number, section in enumerate(document.sections, start=1)
        ]
    if document.format is DocumentFormat.XLSX:
        return list(_sheets(document))
    if document.format is DocumentFormat.PPTX:
        return [
            _of(document, n, n, DocumentPlace(slide=n), f"slide {n}", n == 1)
            for n in range(1, document.pages + 1)
        ]
    return []


def _of(
    document: CheckedDocument, number: int, page: int, place: DocumentPlace, name: str, first: bool
) -> Surface:
    mine = [
        (index, piece)
        for index, piece in enumerate(document.pieces)
        if piece.page == page and piece.text.strip()
    ]
    return Surface(
        place, name, first,
        tuple(index for index, piece in mine if piece.zone is Zone.HEADER),
        tuple(index for index, piece in mine if piece.zone is Zone.FOOTER),
        tuple(index for index, piece in mine if piece.zone not in (Zone.HEADER, Zone.FOOTER, Zone.COMMENT)),
        page=number, last=len(document.sections) if document.format is DocumentFormat.PDF else document.pages,
    )  # fmt: skip


def _word(document: CheckedDocument) -> Iterator[Surface]:
    pieces = document.pieces
    for number, section in enumerate(document.sections or (PageSection(),)):
        variants = [
            "default",
            *(["first"] if section.title_page else []),
            *(["even"] if section.even_pages else []),
        ]
        body = tuple(
            index
            for index, piece in enumerate(pieces)
            if piece.section == number and piece.zone not in (Zone.HEADER, Zone.FOOTER, Zone.COMMENT)
        )
        for variant in variants:
            name = f"section {number + 1}" + ("" if variant == "default" else f", {variant} page")
            place = DocumentPlace(part="word/document.xml", path=name)
            header, footer = (
                tuple(
                    index
                    for index, piece in enumerate(pieces)
                    if piece.zone is zone and piece.section == number and piece.variant == variant
                )
                for zone in (Zone.HEADER, Zone.FOOTER)
            )
            opens = variant == "first" or (number == 0 and not section.title_page and variant == "default")
            yield Surface(place, name, opens, header, footer, body)


def _sheets(document: CheckedDocument) -> Iterator[Surface]:
    for number, section in enumerate(document.sections):
        mine = [(index, piece) for index, piece in enumerate(document.pieces) if piece.section == number]
        header, footer = (
            tuple(index for index, piece in mine if piece.zone is zone) for zone in (Zone.HEADER, Zone.FOOTER)
        )
        body = tuple(index for index, piece in mine if piece.zone not in (Zone.HEADER, Zone.FOOTER))
        yield Surface(DocumentPlace(sheet=section.name), section.name, number == 0, header, footer, body)


def shown(pieces: list[DocumentPiece]) -> str:
    """Header or footer text with `N` for the page number and `M` for the number of pages."""
    parts = []
    for piece in pieces:
        text, end = "", 0
        for run in piece.runs:
            if run.kind in (RunKind.PAGE, RunKind.PAGES):
                text += piece.text[end : run.start] + ("\x01" if run.kind is RunKind.PAGE else "\x02")
                end = run.end
        parts.append(text + piece.text[end:])
    return "\n".join(parts)

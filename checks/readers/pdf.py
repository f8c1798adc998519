"""PDF as a checked document: text with boxes, headings by size and sign, header and footer by place,
tables by their columns, fonts as they are drawn.

Runs in the sandbox's child. A PDF says little of what a text is: what is here a heading or a header was
measured, and rules that need more say that they could not run.
"""

from __future__ import annotations

import base64
import itertools
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from checks.document.document import (
    MM_PER_POINT,
    CheckedDocument,
    DocumentFormat,
    DocumentPiece,
    PageSection,
    Table,
    TableCell,
    Zone,
)
from checks.document.traces import DocumentPicture, Trace
from checks.readers.pdf_fonts import DrawnFonts
from checks.readers.pdf_traces import PDF_TRACES, declared_pdfa, figures, page_traces
from ingest.pages import Block, BlockKind, Box, PageContent, unpack_boxes
from ingest.readers.pdf.reader import read_pdf as read_pages
from language.headings import heading_level

EDGE = 0.085  # of the page's height: what begins and ends in there stands in the margin
REPEATED_EDGE = 0.13  # …and what is the same on several pages, in here
GAP = 1.6  # letter heights between two columns of a row
_CAPTION = re.compile(
    r"^\s*(?:図|表|图|圖|写真|Figure|Table|Fig\.)\s*[0-9０-９一二三四五六七八九十]+", re.IGNORECASE
)
# A leader, and a page.
_CONTENTS = re.compile(r"(?<![.．…·・‥])[.．…·・‥]{5,}+\s{0,3}[0-9０-９ivxIVX]{1,5}\s{0,3}$", re.MULTILINE)
_ITEM = re.compile(r"^[・•‣▪●○-][\s　]*")


@dataclass(frozen=True)
class _PdfLine:
    """A line of a page: the page's text at [start, end), its box and its columns."""

    start: int
    end: int
    box: Box
    columns: tuple[tuple[int, int, Box], ...]


def read_pdf(path: Path, name: str, *, page_limit: int) -> CheckedDocument:
    """The document. Raises FileEncrypted, FileDamaged or TooManyPages."""
    pages = list(read_pages(path, name, page_limit=page_limit))
    document = pdfium.PdfDocument(path) if all(page.boxes for page in pages if page.text) else None
    traces: list[Trace] = []
    pictures: list[DocumentPicture] | None = None
    pieces: list[DocumentPiece] = []
    tables: list[Table] = []
    sections: list[PageSection] = []
    body_size = _body_size(pages)
    repeated = _repeated(pages)
    try:
        for page in pages:
            fonts = DrawnFonts(document, page) if document is not None else None
            mine = _pieces(page, body_size, repeated, tables, len(pieces), fonts)
            sections.append(_section(page, mine))
            pieces += mine
        metadata = {k: v for k, v in document.get_metadata_dict().items() if v} if document else {}
        if document is not None:
            pictures = figures(document, len(pages))
            traces += (trace for page in pages for trace in page_traces(document, page.number))
        signed = raw.FPDF_GetSignatureCount(document.raw) if document is not None else 0
    finally:
        if document is not None:
            document.close()
    notes = () if any(page.text.strip() for page in pages) else ("no text",)
    return CheckedDocument(
        name=name,
        format=DocumentFormat.PDF,
        pieces=tuple(pieces),
        tables=tuple(tables),
        sections=tuple(sections),
        metadata={key.lower(): str(value) for key, value in metadata.items()},
        signatures=("signature",) * max(0, signed),
        notes=notes,
        pages=len(pages),
        traces=tuple(traces),
        traced=PDF_TRACES if document is not None else (),
        pictures=None if pictures is None else tuple(pictures),
        pdfa=declared_pdfa(path),
        page_boxes={page.number: base64.b64encode(page.boxes).decode() for page in pages if page.boxes},
    )


def _body_size(pages: list[PageContent]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages[:40]:
        for block in page.blocks:
            sizes[round(block.size * 2) / 2] += block.end - block.start
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _digits_away(text: str) -> str:
    return re.sub(r"[0-9０-９]+", "0", "".join(text.split()))


def _repeated(pages: list[PageContent]) -> set[str]:
    """Texts near the edge of at least two pages, and of half of them, numbers aside."""
    seen: Counter[str] = Counter()
    for page in pages:
        near = {
            _digits_away(page.text[block.start : block.end])
            for block in page.blocks
            if page.height and (block.box[3] <= REPEATED_EDGE * page.height
                                or block.box[1] >= (1 - REPEATED_EDGE) * page.height)
        }  # fmt: skip
        seen.update(near)
    return {text for text, count in seen.items() if count >= 2 and 2 * count >= len(pages)}


def _pieces(
    page: PageContent,
    body: float,
    repeated: set[str],
    tables: list[Table],
    first: int,
    fonts: DrawnFonts | None,
) -> list[DocumentPiece]:
    boxes = unpack_boxes(page.boxes)
    pieces: list[DocumentPiece] = []
    waiting: list[_PdfLine] = []  # rows of a table that may go on

    def close() -> None:
        if len(waiting) >= 2:
            pieces.extend(_table(page, waiting, tables, first + len(pieces)))
        else:
            for line in waiting:
                pieces.append(_piece(page, line.start, line.end, Zone.BODY, 0, line.box))
        waiting.clear()

    for block in page.blocks:
        if block.kind is BlockKind.HIDDEN:
            continue
        zone, level = _zone(page, block, body, repeated, not pieces and page.number == 1)
        if zone in (Zone.HEADER, Zone.FOOTER):
            close()
            pieces.append(_piece(page, block.start, block.end, zone, level, block.box))
            continue
        lines = list(_lines(page.text, boxes, block)) if boxes else []
        rows = [line for line in lines if len(line.columns) > 1]
        if rows and len(rows) * 2 >= len(lines):
            for line in lines:
                if waiting and _far(waiting[-1].box, line.box):
                    close()
                waiting.append(line)
            continue
        close()
        for part in _parts(page.text, block, lines):
            where, deep = _zone(page, part, body, repeated, not pieces and page.number == 1)
            pieces.append(_piece(page, part.start, part.end, where, deep, part.box))
    close()
    if fonts is not None:
        pieces = [fonts.own_spaces(piece, boxes) for piece in pieces]
        pieces = [replace(piece, runs=fonts.runs(piece, boxes)) for piece in pieces]
        fonts.close()
    return pieces


def _piece(
    page: PageContent,
    start: int,
    end: int,
    zone: Zone,
    level: int,
    box: Box,
    cell: tuple[int, int, int] | None = None,
) -> DocumentPiece:
    return DocumentPiece(
        page.text[start:end],
        zone,
        level=level,
        page=page.number,
        section=page.number - 1,
        boxes_start=start if page.boxes else -1,
        box=box,
        table=cell[0] if cell else -1,
        row=cell[1] if cell else -1,
        column=cell[2] if cell else -1,
    )


def _zone(page: PageContent, block: Block, body: float, repeated: set[str], first: bool) -> tuple[Zone, int]:
    text = page.text[block.start : block.end].strip()
    top, bottom = block.box[1], block.box[3]
    if page.height and bottom > top:
        again = _digits_away(text) in repeated
        if bottom <= EDGE * page.height or (again and bottom <= REPEATED_EDGE * page.height):
            return Zone.HEADER, 0
        if top >= (1 - EDGE) * page.height or (again and top >= (1 - REPEATED_EDGE) * page.height):
            return Zone.FOOTER, 0
    if _CONTENTS.search(text):
        return Zone.CONTENTS, 0
    if block.kind is BlockKind.ROW:
        return Zone.TABLE, 0
    short = len(text) <= 60 and "\n" not in text
    if short and _CAPTION.match(text):
        return Zone.CAPTION, 0
    level = heading_level(text) if short else 0
    large = body > 0 and block.size >= 1.15 * body
    if short and large and not text.endswith(("。", "．")):
        return Zone.HEADING, level or (0 if first or block.size >= 1.4 * body else 1)
    if level:
        return Zone.HEADING, level
    if _ITEM.match(text):
        return Zone.LIST, 0
    return Zone.BODY, 0


def _lines(text: str, boxes: list[Box], block: Block) -> Iterator[_PdfLine]:
    """The block's lines as they stand on the page, each cut into columns at wide gaps."""
    line: list[int] = []
    last: Box | None = None
    for index in range(block.start, block.end):
        box = boxes[index]
        if box[2] <= box[0] or text[index].isspace():
            continue
        if last is not None and not _same_line(last, box):
            yield _line(boxes, line, block.size)
            line = []
        line.append(index)
        last = box
    if line:
        yield _line(boxes, line, block.size)


def _parts(text: str, block: Block, lines: list[_PdfLine]) -> Iterator[Block]:
    """The block, cut where one of its lines is a heading or a caption: evenly spaced lines look like one
    paragraph to who measures spaces alone."""
    start = 0
    for place, line in enumerate(lines):
        shown = text[line.start : line.end]
        if len(lines) > 1 and len(shown) <= 60 and (_CAPTION.match(shown) or heading_level(shown)):
            if place > start:
                yield _joined(block, lines[start:place])
            yield _joined(block, [line])
            start = place + 1
    if start == 0:
        yield block
    elif start < len(lines):
        yield _joined(block, lines[start:])


def _joined(block: Block, lines: list[_PdfLine]) -> Block:
    boxes = [line.box for line in lines]
    box = (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
    return replace(block, start=lines[0].start, end=lines[-1].end, box=box)


def _far(above: Box, below: Box) -> bool:
    """Whether so much lies between two rows that they are of two tables."""
    height = max(above[3] - above[1], below[3] - below[1], 6.0)
    return below[1] - above[3] > 2.6 * height


def _same_line(last: Box, box: Box) -> bool:
    middle = (box[1] + box[3]) / 2
    height = max(last[3] - last[1], box[3] - box[1], 3.0)
    return abs(middle - (last[1] + last[3]) / 2) < 0.7 * height


def _line(boxes: list[Box], line: list[int], size: float) -> _PdfLine:
    height = statistics.median(boxes[place][3] - boxes[place][1] for place in line) or 8.0
    width = statistics.median(boxes[place][2] - boxes[place][0] for place in line) or 5.0
    gap = GAP * max(height, width, size)  # letters without ascenders are lower than their size
    columns: list[list[int]] = [[line[0]]]
    for before, place in itertools.pairwise(line):
        if boxes[place][0] - boxes[before][2] > gap or boxes[place][0] < boxes[before][0] - gap:
            columns.append([])
        columns[-1].append(place)
    cut = tuple((column[0], column[-1] + 1, _around(boxes, column)) for column in columns)
    return _PdfLine(line[0], line[-1] + 1, _around(boxes, line), cut)


def _around(boxes: list[Box], places: list[int]) -> Box:
    given = [boxes[place] for place in places]
    return (
        min(b[0] for b in given),
        min(b[1] for b in given),
        max(b[2] for b in given),
        max(b[3] for b in given),
    )


def _table(page: PageContent, lines: list[_PdfLine], tables: list[Table], first: int) -> list[DocumentPiece]:
    """A table of those lines: columns are where most of them have one."""
    spans: list[list[float]] = []
    for line in sorted(lines, key=lambda line: -len(line.columns)):
        for _, _, box in line.columns:
            near = next((s for s in spans if box[0] < s[1] + 2 and s[0] - 2 < box[2]), None)
            if near is None:
                spans.append([box[0], box[2]])
            elif len(line.columns) > 1:
                near[0], near[1] = min(near[0], box[0]), max(near[1], box[2])
    spans.sort()
    index, pieces, cells = len(tables), list[DocumentPiece](), list[TableCell]()
    for row, line in enumerate(lines):
        for start, end, box in line.columns:
            middle = (box[0] + box[2]) / 2
            column = min(
                range(len(spans)),
                key=lambda number_of_span: abs(
                    middle - (spans[number_of_span][0] + spans[number_of_span][1]) / 2
                ),
            )
            piece = _piece(page, start, end, Zone.TABLE, 0, box, (index, row, column))
            cells.append(TableCell(piece.text, row, column, (first + len(pieces),)))
            pieces.append(piece)
        for missing in set(range(len(spans))) - {cell.column for cell in cells if cell.row == row}:
            cells.append(TableCell("", row, missing))
    tables.append(Table(index, tuple(cells), section=page.number - 1, first_piece=first))
    return pieces


def _section(page: PageContent, pieces: list[DocumentPiece]) -> PageSection:
    """The page's size and how far its body stays from its edges: what it leaves free, not what it was set
    to."""
    body = [
        piece.box
        for piece in pieces
        if piece.zone not in (Zone.HEADER, Zone.FOOTER) and piece.box[2] > piece.box[0]
    ]
    width, height = page.width * MM_PER_POINT, page.height * MM_PER_POINT
    if not body:
        return PageSection(round(width, 1), round(height, 1), first_page=page.number)
    return PageSection(
        round(width, 1), round(height, 1), round(min(b[1] for b in body) * MM_PER_POINT, 1),
        round(height - max(b[3] for b in body) * MM_PER_POINT, 1),
        round(min(b[0] for b in body) * MM_PER_POINT, 1),
        round(width - max(b[2] for b in body) * MM_PER_POINT, 1), first_page=page.number,
    )  # fmt: skip

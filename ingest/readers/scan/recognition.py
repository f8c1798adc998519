"""Text recognition (OCR): a picture of a page in, the page with its text and a box for each character out.

By the networks that are installed with Shoko, or by Tesseract; each in a process of its own.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import replace

from ingest.ocr import NETWORKS, RECOGNISED, UNREAD, Recognition
from ingest.pages import PageContent
from ingest.readers.pdf.layout import Line, compose, paragraphs, together
from ingest.readers.pdf.order import in_order
from ingest.readers.scan import tesseract
from ingest.readers.scan.networks import asking
from ingest.readers.scan.reads import Picture, even, line_on_page

SAME_ROW = 0.4  # of their letters' height that the middles of two lines may differ to stand in one row


def recognise(picture: Picture, page: PageContent, order: Recognition) -> PageContent:
    """The page with the text of its picture, or as it is with the source `scan` if there is none.

    `page` has its number, label, and width and height in points.
    """
    by_networks = order.engine == NETWORKS
    reads, turned = (asking.read_page if by_networks else tesseract.read_page)(picture, order)
    if not reads:
        return replace(page, source=UNREAD)
    scale = 72 / picture.dpi
    size = (picture.image.width, picture.image.height)
    usual = statistics.median(read.height for read in reads for _ in read.chars)
    lines = [line_on_page(even(read, usual), turned, size, scale) for read in reads]
    if by_networks and turned == 0:
        lines = in_order(_rows(lines))
    # A recogniser's paragraphs join what only stands near: how full the lines are is more reliable.
    made = compose(page.number, paragraphs(lines, page.width), page.width, page.height, page.label)
    return replace(
        page,
        text=made.text,
        boxes=made.boxes,
        blocks=made.blocks,
        source=RECOGNISED if made.text else UNREAD,
    )


def _rows(lines: Sequence[Line]) -> list[Line]:
    """From top to bottom, those that stand beside one another as one, with a cell for each; vertical lines
    from the right."""
    upright = sorted((line for line in lines if line.vertical), key=lambda line: (-line.box[2], line.box[1]))
    rows: list[list[Line]] = []
    for line in sorted((line for line in lines if not line.vertical), key=_middle):
        row = rows[-1] if rows else []
        near = row and abs(_middle(row[0]) - _middle(line)) < SAME_ROW * min(row[0].size, line.size)
        if near and all(_apart(line, other) for other in row):
            row.append(line)
        else:
            rows.append([line])
    return [*upright, *(_joined(row) for row in rows)]


def _middle(line: Line) -> float:
    return (line.box[1] + line.box[3]) / 2


def _apart(line: Line, other: Line) -> bool:
    slack = 0.3 * line.size
    return line.box[0] > other.box[2] - slack or other.box[0] > line.box[2] - slack


def _joined(row: Sequence[Line]) -> Line:
    parts = sorted(row, key=lambda line: line.box[0])
    whole = parts[0]
    for before, line in itertools.pairwise(parts):
        cells = whole.cells
        if line.box[0] - before.box[2] > line.size:
            cells = (*cells, len(whole.text) + 1)
        whole = replace(together(whole, line, " "), cells=cells)
    return whole

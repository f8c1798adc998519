"""Reads Excel (.xlsx, .xlsm): each row with its header, values as they are shown, and their cells.

Formulas count by the value that was saved with them. Merged cells say their value in every row they go
over. Hidden sheets are read and marked; text boxes and notes on cells follow their sheet.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import openpyxl
from lxml import etree
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from core.errors import FileDamaged, TooMuchInFile
from ingest.pages import PageContent, PageKind, Spot, Unit
from ingest.readers.assembly import Piece, compose_pages
from ingest.readers.office.grid import Cell, Row, column_name, pieces_of
from ingest.readers.office.number_formats import shown_value
from ingest.readers.office.package import Package, open_package

MOST_CELLS = 3_000_000  # filled ones, of all sheets
MOST_MERGED = 200_000
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def read_excel(path: Path, name: str) -> Iterator[PageContent]:
    """The pages of each sheet in its order. Raises FileDamaged, TooMuchInFile and what `office` raises."""
    # The stream and not the path: openpyxl believes a file's ending, and an original is stored without one.
    with open_package(path, name) as package, path.open("rb") as stream:
        sheets = _sheets(package)
        title = package.title()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of what it does not read: charts, colours
            try:
                workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            except (
                KeyError,
                ValueError,
                TypeError,
                AttributeError,
                IndexError,
                OSError,
                InvalidFileException,
            ) as error:
                raise FileDamaged(name=name, problem="its list of sheets cannot be read") from error
            count = _Count(name)
            number = 0
            for sheet in workbook.worksheets:
                part = sheets.get(sheet.title, "")
                about = _about(package, part)
                pieces = _pieces(sheet, about, count)
                hidden = sheet.sheet_state != "visible"
                for page in compose_pages(pieces, kind=PageKind.SHEET, name=sheet.title, title=title):
                    number += 1
                    yield replace(page, number=number, source="hidden" if hidden else page.source)
            workbook.close()


@dataclass
class _Count:
    name: str
    cells: int = 0

    def add(self, cells: int) -> None:
        self.cells += cells
        if self.cells > MOST_CELLS:
            raise TooMuchInFile(name=self.name, what="cells", limit=f"{MOST_CELLS:,}")


@dataclass
class _About:
    """What the sheet's parts say beside its rows. Cells are (row, column), both from 1."""

    merged: dict[tuple[int, int], tuple[int, int, int, int]] = field(default_factory=dict)  # by upper left
    covered: dict[int, list[tuple[int, int, int, int]]] = field(
        default_factory=dict
    )  # by row below the first
    headers: set[int] = field(default_factory=set)  # rows that a table or a filter has as its first
    notes: list[tuple[str, str]] = field(default_factory=list)  # cell, text
    boxes: list[tuple[str, str]] = field(default_factory=list)


def _sheets(package: Package) -> dict[str, str]:
    """The part of each sheet, by the sheet's name."""
    main = package.main_part()
    related = package.related(main)
    return {
        sheet.get("name", ""): related[sheet.get(R + "id", "")][1]
        for sheet in package.xml(main).iter(S + "sheet")
        if sheet.get(R + "id", "") in related
    }


def _about(package: Package, part: str) -> _About:
    about = _About()
    if not package.has(part):
        return about
    with package.archive.open(part) as stream:
        try:
            for _, element in etree.iterparse(
                stream,
                tag=(S + "mergeCell", S + "autoFilter", S + "row"),
                resolve_entities=False,
                no_network=True,
            ):
                if element.tag == S + "row":
                    element.clear()
                    while element.getprevious() is not None:  # a row that was left behind holds memory
                        del element.getparent()[0]
                elif element.tag == S + "autoFilter":
                    about.headers.add(_bounds(element.get("ref", ""))[1])
                elif len(about.merged) < MOST_MERGED:
                    _merge(about, _bounds(element.get("ref", "")))
        except etree.XMLSyntaxError as error:
            raise FileDamaged(name=package.name, problem=f"{part} is damaged") from error
    for kind, target in package.related(part).values():
        if kind == "table":
            root = package.xml(target)
            if root.get("headerRowCount", "1") != "0":
                about.headers.add(_bounds(root.get("ref", ""))[1])
        elif kind == "comments":
            for note in package.xml(target).iter(S + "comment"):
                text = "".join(one.text or "" for one in note.iter(S + "t"))
                about.notes.append((note.get("ref", ""), text))
        elif kind == "drawing":
            about.boxes.extend(_boxes(package, target))
    return about


def _boxes(package: Package, part: str) -> Iterator[tuple[str, str]]:
    for anchor in package.xml(part):
        cell = ""
        start = anchor.find(XDR + "from")
        if start is not None:
            column, row = start.findtext(XDR + "col", "0"), start.findtext(XDR + "row", "0")
            cell = f"{column_name(int(column))}{int(row) + 1}"
        for body in anchor.iter(XDR + "txBody"):
            lines = ("".join(one.text or "" for one in line.iter(A + "t")) for line in body.iter(A + "p"))
            text = "\n".join(line for line in lines if line.strip())
            if text:
                yield cell, text


def _bounds(reference: str) -> tuple[int, int, int, int]:
    """Left column, top row, right column, bottom row, from 1; zeros for what is no range."""
    try:
        left, top, right, bottom = range_boundaries(reference)
    except (ValueError, TypeError):
        return (0, 0, 0, 0)
    return (left or 1, top or 1, right or 1, bottom or 1)


def _merge(about: _About, bounds: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = bounds
    if not left or right - left > 2000:
        return
    about.merged[(top, left)] = bounds
    for row in range(top + 1, min(bottom, top + 5000) + 1):
        about.covered.setdefault(row, []).append(bounds)


def _pieces(sheet: Any, about: _About, count: _Count) -> Iterator[Piece]:
    yield from pieces_of(_rows(sheet, about, count))
    for cell, text in about.boxes:
        yield Piece(text, Spot(Unit.CELLS, cell, cell) if cell else None)
    for cell, text in about.notes:
        yield Piece(f"{cell}: {text}", Spot(Unit.COMMENT, cell, cell))


def _rows(sheet: Any, about: _About, count: _Count) -> Iterator[Row]:
    held: dict[tuple[int, int], Cell] = {}  # what stands in merged cells, for the rows below their first
    sheet.reset_dimensions()  # what the file says of its size may be wrong, or a million empty rows
    try:
        for cells in sheet.iter_rows():
            found: dict[int, Cell] = {}
            number = 0
            for cell in cells:
                if getattr(cell, "value", None) is None:
                    continue
                number = cell.row
                text = shown_value(cell.value, cell.number_format).strip()
                if not text:
                    continue
                bounds = about.merged.get((cell.row, cell.column))
                spread = bounds[2] - bounds[0] + 1 if bounds else 1
                one = Cell(cell.column - 1, text, _is_text(cell.value), spread, _stands_out(cell, number))
                found[cell.column] = one
                if bounds and bounds[3] > bounds[1]:
                    held[(bounds[1], bounds[0])] = one
            if not found:
                continue
            count.add(len(found))
            for bounds in about.covered.get(number, ()):
                above = held.get((bounds[1], bounds[0]))
                if above is not None and bounds[0] not in found:
                    found[bounds[0]] = above
            ordered = tuple(found[column] for column in sorted(found))
            yield Row(number, ordered, number in about.headers)
    except (etree.XMLSyntaxError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise FileDamaged(name=count.name, problem=f"sheet {sheet.title} is damaged") from error


def _is_text(value: object) -> bool:
    return not isinstance(value, (int, float, dt.date, dt.time, dt.timedelta))


def _stands_out(cell: Any, row: int) -> bool:
    if row > 100 or not cell.has_style:  # a header stands near the top; asking for styles takes time
        return False
    try:
        fill = cell.fill
        return bool(cell.font.b) or (fill is not None and fill.fill_type == "solid")
    except (IndexError, AttributeError, TypeError):
        return False

"""Reads Excel (.xlsx, .xlsm): each row with its header, values as they are shown, and their cells.

Formulas count by the value that was saved with them, else by the one that LibreOffice works out. Merged
cells say their value in every row they go over. Hidden sheets are read and marked; text boxes, charts and
notes on cells follow their sheet; form controls stand in the cells that they lie over.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lxml import etree

from core.errors import FileDamaged, TooMuchInFile
from ingest.left_out import LeftOut, LeftOutKind
from ingest.pages import PageContent, PageKind, Spot, Unit
from ingest.readers.assembly import TextBlock, compose_pages
from ingest.readers.headers import Cell, Row
from ingest.readers.office.computed import ComputedValues
from ingest.readers.office.controls import Control, controls_of
from ingest.readers.office.grid import column_name, in_areas, pieces_of
from ingest.readers.office.notes import notes_of
from ingest.readers.office.number_formats import shown_value
from ingest.readers.office.package import Element, Package, open_package
from ingest.readers.office.shapes import shapes_of
from ingest.readers.office.workbook import (
    CellStyle,
    R,
    S,
    SheetPart,
    Workbook,
    bounds_of,
    position_of,
    text_of,
    workbook_of,
)

MOST_CELLS = 3_000_000  # filled ones, of all sheets
MOST_MERGED = 200_000
MOST_COVERED = 500_000  # rows that merged cells go on in, all together
MOST_ENTRIES = 1000  # cells of a list's entries
STYLED_ROWS = 100  # a header stands near the top


def read_excel(path: Path, name: str) -> Iterator[PageContent]:
    """The pages of each sheet in its order. Raises FileDamaged, TooMuchInFile and what `office` raises."""
    with open_package(path, name) as package:
        left_out = LeftOut()
        workbook = workbook_of(package)
        computed = ComputedValues(path, package, workbook)
        yield from left_out.beside(_pages(package, workbook, left_out, computed))


def _pages(
    package: Package, workbook: Workbook, left_out: LeftOut, computed: ComputedValues
) -> Iterator[PageContent]:
    title = package.title()
    count = _Count(package.name)
    number = 0
    for sheet in workbook.sheets:
        reader = _SheetReader(package, workbook, sheet, count, left_out, computed)
        for pieces, hidden in reader.parts():
            for page in compose_pages(pieces, kind=PageKind.SHEET, name=sheet.name, title=title):
                number += 1
                yield replace(page, number=number, source="hidden" if hidden else page.source)


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
    rows_covered: int = 0
    hidden: set[int] = field(default_factory=set)  # rows
    headers: set[int] = field(default_factory=set)  # rows that a table or a filter has as its first
    notes: list[tuple[str, str]] = field(default_factory=list)  # cell, text
    drawn: list[TextBlock] = field(default_factory=list)  # text boxes, charts and diagrams
    states: dict[str, str] = field(default_factory=dict)  # relation of a control's state, by its shape
    controls: dict[int, list[Control]] = field(default_factory=dict)  # by row


class _SheetReader:
    """Reads one sheet: first what stands beside its rows, then the rows."""

    def __init__(
        self, package: Package, workbook: Workbook, sheet: SheetPart, count: _Count, left_out: LeftOut,
        computed: ComputedValues,
    ) -> None:  # fmt: skip
        self.package, self.workbook, self.sheet = package, workbook, sheet
        self.count, self.left_out, self.computed = count, left_out, computed

    def parts(self) -> Iterator[tuple[Iterable[TextBlock], bool]]:
        """The sheet's pieces by what stands on pages of its own: each of several print areas, what lies
        outside them and on the sheet, and rows that are hidden; and whether nobody sees it."""
        about = self._about()
        beside = [TextBlock(f"{cell}: {text}", Spot(Unit.COMMENT, cell, cell)) for cell, text in about.notes]
        beside = [*about.drawn, *beside]
        hidden = self.sheet.hidden
        if len(self.sheet.areas) < 2 and not about.hidden:
            yield itertools.chain(pieces_of(self._rows(about)), beside), hidden
            return
        unseen: list[TextBlock] = []
        rows = list(self._rows(about))
        for part in in_areas(rows, self.sheet.areas) if len(self.sheet.areas) > 1 else [rows]:
            seen: list[TextBlock] = []
            for piece in pieces_of(part):
                row = position_of(piece.spot.first)[0] if piece.spot is not None else 0
                (unseen if row in about.hidden else seen).append(piece)
            yield seen, hidden
        yield beside, hidden
        yield unseen, True

    # Beside the rows.

    def _about(self) -> _About:
        about = _About()
        for element in self._elements("mergeCell", "autoFilter", "row", "control"):
            if element.tag == S + "row":
                if element.get("hidden", "0") in ("1", "true") and element.get("r", "").isdecimal():
                    about.hidden.add(int(element.get("r", "")))
            elif element.tag == S + "autoFilter":
                about.headers.add(bounds_of(element.get("ref", ""))[1])
            elif element.tag == S + "control":
                about.states[element.get("shapeId", "")] = element.get(R + "id", "")
            elif element.tag == S + "mergeCell" and len(about.merged) < MOST_MERGED:
                _merge(about, bounds_of(element.get("ref", "")))
        for kind, target in self.package.related(self.sheet.part).values():
            if kind == "table":
                root = self.package.xml(target)
                if root.get("headerRowCount", "1") != "0":
                    about.headers.add(bounds_of(root.get("ref", ""))[1])
            elif kind == "drawing":
                pieces, unread = shapes_of(self.package, target)
                about.drawn += pieces
                for missing in unread:
                    self.left_out.add(LeftOutKind.PARTS, f"{self.sheet.name}: {missing}")
            elif kind in ("oleObject", "package"):
                self.left_out.add(LeftOutKind.ATTACHMENTS, target.rpartition("/")[2])
        about.notes = notes_of(self.package, self.sheet.part)
        for control in controls_of(self.package, self.sheet.part, about.states):
            about.controls.setdefault(control.row, []).append(control)
        return about

    def _elements(self, *names: str) -> Iterator[Element]:
        """The elements of the sheet with those names; each is let go of behind it."""
        with self.package.stream(self.sheet.part) as stream:
            try:
                for _, element in etree.iterparse(
                    stream, tag=[S + name for name in names], resolve_entities=False, no_network=True,
                    huge_tree=True,
                ):  # fmt: skip
                    yield element
                    if element.tag == S + "row":
                        element.clear()
                        while element.getprevious() is not None:  # a row that was left behind holds memory
                            del element.getparent()[0]
            except etree.XMLSyntaxError as error:
                problem = f"sheet {self.sheet.name} is damaged"
                raise FileDamaged(name=self.package.name, problem=problem) from error

    # The rows.

    def _rows(self, about: _About) -> Iterator[Row]:
        held: dict[tuple[int, int], Cell] = {}  # what stands in merged cells, for the rows below their first
        entries = _Entries(self, {control.entries for row in about.controls.values() for control in row})
        waiting = sorted(about.controls)
        number = 0
        for element in self._elements("row"):
            given = element.get("r", "")
            number = int(given) if given.isdecimal() else number + 1
            while waiting and waiting[0] < number:  # controls in rows that have no cells
                row = waiting.pop(0)
                yield from self._row(row, {}, about, held, entries)
            if waiting and waiting[0] == number:
                waiting.pop(0)
            yield from self._row(number, self._cells(element, number, about, held), about, held, entries)
        for row in waiting:
            yield from self._row(row, {}, about, held, entries)

    def _row(
        self, number: int, cells: dict[int, Cell], about: _About, held: dict[tuple[int, int], Cell],
        entries: _Entries,
    ) -> Iterator[Row]:  # fmt: skip
        for control in about.controls.get(number, ()):
            text, column = control.text(entries.entry), max(1, control.column)
            if text:
                before = cells.get(column)
                joined = f"{text} {before.text}" if before is not None else text
                cells[column] = Cell(column - 1, joined, is_text=False)  # it names no column
        if not cells:
            return
        for bounds in about.covered.get(number, ()):
            above = held.get((bounds[1], bounds[0]))
            if above is not None and bounds[0] not in cells:
                cells[bounds[0]] = above
        self.count.add(len(cells))
        ends = {bounds[0]: bounds[3] for bounds in about.covered.get(number, ())}
        ends |= {
            column: about.merged[number, column][3] for column in cells if (number, column) in about.merged
        }
        reaches = sorted(ends.get(column, number) for column in cells)[len(cells) // 2]
        yield Row(number, tuple(cells[column] for column in sorted(cells)), number in about.headers, reaches)

    def _cells(
        self, row: Element, number: int, about: _About, held: dict[tuple[int, int], Cell]
    ) -> dict[int, Cell]:
        cells: dict[int, Cell] = {}
        column = 0
        for element in row.iterchildren(S + "c"):
            column = position_of(element.get("r", ""))[1] or column + 1
            style = self.workbook.style(element.get("s", "0"))
            value = self._value(element, f"{column_name(column - 1)}{number}")
            text = self._shown(value, style)
            if not text:
                continue
            bounds = about.merged.get((number, column))
            spread = bounds[2] - bounds[0] + 1 if bounds else 1
            marked = style.stands_out and number <= STYLED_ROWS
            cell = Cell(column - 1, text, not _is_number(value), spread, marked)
            cells[column] = cell
            if bounds and bounds[3] > bounds[1]:
                held[(bounds[1], bounds[0])] = cell
        return cells

    def _value(self, cell: Element, place: str) -> str | int | float | bool | dt.datetime | None:
        kind, saved = cell.get("t", "n"), cell.findtext(S + "v")
        if kind == "inlineStr":
            inline = cell.find(S + "is")
            return text_of(inline) if inline is not None else None
        if saved is None or (not saved and kind != "str"):
            if cell.find(S + "f") is None:
                return None
            worked_out = self.computed.of(self.sheet.name, place)
            kind_of = LeftOutKind.FORMULAS if worked_out is None else LeftOutKind.FORMULAS_COMPUTED
            self.left_out.add(kind_of, f"{self.sheet.name}!{place}")
            if worked_out is None:
                return None
            kind, saved = worked_out
        if kind == "s":
            return self.workbook.text(saved.strip())
        if kind == "b":
            return saved.strip() in ("1", "true")
        if kind == "d":
            return _moment(saved.strip())
        return saved if kind in ("str", "e") else _number(saved.strip())

    def _shown(self, value: object, style: CellStyle) -> str:
        return shown_value(value, style.number_format, since_1904=self.workbook.since_1904).strip()

    def shown_cells(self, wanted: set[tuple[int, int]]) -> dict[tuple[int, int], str]:
        """What those cells of the sheet show, by row and column."""
        last = max((row for row, _ in wanted), default=0)
        texts: dict[tuple[int, int], str] = {}
        number = 0
        for row in self._elements("row"):
            given = row.get("r", "")
            number = int(given) if given.isdecimal() else number + 1
            if number > last:
                break
            column = 0
            for cell in row.iterchildren(S + "c"):
                column = position_of(cell.get("r", ""))[1] or column + 1
                if (number, column) in wanted:
                    value = self._value(cell, f"{column_name(column - 1)}{number}")
                    texts[number, column] = self._shown(value, self.workbook.style(cell.get("s", "0")))
        return texts


class _Entries:
    """The entries of the lists on a sheet; they stand in cells of this or another sheet."""

    def __init__(self, reader: _SheetReader, ranges: set[str]) -> None:
        self._texts = {wanted: list(_entries(reader, wanted)) for wanted in ranges if wanted}

    def entry(self, wanted: str, number: int) -> str:
        """The entry of that number, from 1; empty if there is none."""
        texts = self._texts.get(wanted, [])
        return texts[number - 1] if 0 < number <= len(texts) else ""


def _entries(reader: _SheetReader, wanted: str) -> Iterator[str]:
    sheet, _, cells = wanted.rpartition("!")
    name = sheet.strip("'").replace("''", "'")
    left, top, right, bottom = bounds_of(cells)
    places = [
        (row, column)
        for row in range(top, min(bottom, top + MOST_ENTRIES) + 1)
        for column in range(left, right + 1)
    ][:MOST_ENTRIES]  # fmt: skip
    parts = [part for part in reader.workbook.sheets if part.name.casefold() == name.casefold()]
    part = parts[0] if parts else reader.sheet
    other = _SheetReader(reader.package, reader.workbook, part, reader.count, LeftOut(), reader.computed)
    texts = other.shown_cells(set(places)) if left else {}
    return (texts.get(place, "") for place in places)


def _merge(about: _About, bounds: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = bounds
    if not left or right - left > 2000:
        return
    about.merged[(top, left)] = bounds
    last = min(bottom, top + min(5000, MOST_COVERED - about.rows_covered))
    about.rows_covered += max(0, last - top)
    for row in range(top + 1, last + 1):
        about.covered.setdefault(row, []).append(bounds)


def _number(saved: str) -> int | float | str:
    try:
        value = float(saved)
    except ValueError:
        return saved
    return int(value) if value == value and abs(value) < 1e15 and value == int(value) else value


def _moment(saved: str) -> dt.datetime | str:
    """A day or time as the strict form of the standard writes it."""
    try:
        return dt.datetime.fromisoformat(saved.removesuffix("Z"))
    except ValueError:
        return saved


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, dt.datetime)) and not isinstance(value, str)

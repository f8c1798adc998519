"""Traces of editing and pictures in workbooks and presentations: comments, what is hidden, alternative texts.

Runs in the sandbox's child. A coloured cell of a workbook is no highlight: colours order tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openpyxl.utils import get_column_letter

from checks.document.traces import DocumentPicture, Trace, TraceKind, TraceSpot
from checks.readers.package import OfficePackage

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
XLSX_TRACES = (TraceKind.TRACKED, TraceKind.COMMENT, TraceKind.HIDDEN)
PPTX_TRACES = (TraceKind.COMMENT, TraceKind.HIDDEN, TraceKind.HIGHLIGHT)


def workbook_traces(book: Any, package: OfficePackage) -> Iterator[Trace]:
    """Comments, hidden sheets, rows and columns that hold something, and a history of shared changes."""
    for part in package.names("xl/revisions/"):
        if part.endswith("revisionHeaders.xml"):
            yield Trace(TraceKind.TRACKED, "history", "", TraceSpot(part=part))
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            yield Trace(TraceKind.HIDDEN, "sheet", sheet.title, TraceSpot(sheet=sheet.title))
        rows, columns = set[int](), set[int]()
        for row in sheet.iter_rows():
            for cell in row:
                if getattr(cell, "comment", None) is not None:
                    spot = TraceSpot(sheet=sheet.title, cell=cell.coordinate)
                    note = cell.comment
                    yield Trace(TraceKind.COMMENT, "comment", note.text or "", spot, note.author or "")
                if cell.value is not None:
                    rows.add(cell.row)
                    columns.add(cell.column)
        hidden = sorted(row for row in rows if sheet.row_dimensions[row].hidden)
        for first, last in _stretches(hidden):
            spot = TraceSpot(sheet=sheet.title, cell=f"{first}:{last}")
            yield Trace(TraceKind.HIDDEN, "row", f"{first}–{last}" if last > first else f"{first}", spot)
        for first, last in _stretches(sorted(columns & _hidden_columns(sheet))):
            names = get_column_letter(first), get_column_letter(last)
            spot = TraceSpot(sheet=sheet.title, cell=":".join(names))
            yield Trace(TraceKind.HIDDEN, "column", "–".join(dict.fromkeys(names)), spot)


def _hidden_columns(sheet: Any) -> set[int]:
    hidden: set[int] = set()
    for dimension in sheet.column_dimensions.values():
        if dimension.hidden and dimension.min and dimension.max:
            hidden |= set(range(dimension.min, min(dimension.max, dimension.min + 16_384) + 1))
    return hidden


def _stretches(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Numbers that follow one another, as first and last."""
    first = last = 0
    for number in numbers:
        if first and number == last + 1:
            last = number
            continue
        if first:
            yield first, last
        first = last = number
    if first:
        yield first, last


def workbook_pictures(package: OfficePackage) -> Iterator[DocumentPicture]:
    """The pictures and charts of every sheet, at the cell of their upper left corner."""
    main = next((r.target for r in package.relationships("").values() if r.kind == "officeDocument"), "")
    root, targets = package.xml(main) if main else None, package.relationships(main) if main else {}
    for element in [] if root is None else root.iter(S + "sheet"):
        part = targets.get(element.get(R_ID, ""))
        for relation in package.relationships(part.target).values() if part is not None else ():
            drawing = package.xml(relation.target) if relation.kind == "drawing" else None
            for anchor in [] if drawing is None else drawing:
                yield from _anchored(anchor, element.get("name", ""))


def _anchored(anchor: Any, sheet: str) -> Iterator[DocumentPicture]:
    corner = anchor.find(XDR + "from")
    cell = ""
    if corner is not None:
        column, row = (corner.findtext(XDR + name, "0") for name in ("col", "row"))
        if column.isdigit() and row.isdigit() and int(column) < 16_384:
            cell = f"{get_column_letter(int(column) + 1)}{int(row) + 1}"
    for shape in anchor.iter(XDR + "pic", XDR + "graphicFrame"):
        named = next(shape.iter(XDR + "cNvPr"), None)
        if named is not None:
            yield _picture(named, TraceSpot(sheet=sheet, cell=cell))


def _picture(named: Any, spot: TraceSpot) -> DocumentPicture:
    decorative = any(
        str(inner.tag).endswith("}decorative") and inner.get("val") in ("1", "true") for inner in named.iter()
    )
    return DocumentPicture(named.get("descr", "").strip(), spot, named.get("name", ""), decorative)


def slide_traces(package: OfficePackage, part: str, root: Any, number: int) -> Iterator[Trace]:
    """That a slide is hidden, its comments, its highlighted text."""
    spot = TraceSpot(slide=number, part=part)
    if root.get("show") in ("0", "false"):
        yield Trace(TraceKind.HIDDEN, "slide", str(number), spot)
    for run in root.iter(A + "r"):
        form = run.find(A + "rPr")
        if form is not None and form.find(A + "highlight") is not None:
            text = "".join(shown.text or "" for shown in run.findall(A + "t"))
            yield Trace(
                TraceKind.HIGHLIGHT, "highlight", text, TraceSpot(slide=number, part=part, shape=_shape(run))
            )
    for relation in package.relationships(part).values():
        remarks = package.xml(relation.target) if relation.kind == "comments" else None
        for element in [] if remarks is None else remarks:
            words = [inner.text or "" for inner in element.iter() if str(inner.tag).endswith(("}text", "}t"))]
            yield Trace(
                TraceKind.COMMENT, "comment", "".join(words), TraceSpot(slide=number, part=relation.target)
            )


def _shape(run: Any) -> str:
    shape = next(run.iterancestors(P + "sp", P + "graphicFrame"), None)
    named = None if shape is None else next(shape.iter(P + "cNvPr"), None)
    return "" if named is None else str(named.get("name", ""))


def slide_pictures(root: Any, part: str, number: int) -> Iterator[DocumentPicture]:
    """The pictures, charts and diagrams of a slide; a table needs no text beside its own."""
    for shape in root.iter(P + "pic", P + "graphicFrame"):
        named = next(shape.iter(P + "cNvPr"), None)
        if named is None or next(shape.iter(A + "tbl"), None) is not None:
            continue
        yield _picture(named, TraceSpot(slide=number, part=part, shape=named.get("name", "")))

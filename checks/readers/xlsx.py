"""Excel workbooks as checked documents: every cell as it is shown, page setup, headers and footers.

Runs in the sandbox's child. Formulas are not computed: the result that Excel stored is read.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from checks.document.document import (
    CheckedDocument,
    DocumentFormat,
    DocumentPiece,
    Format,
    PageSection,
    ParagraphFormat,
    RunKind,
    Table,
    TableCell,
    TextRun,
    Zone,
)
from checks.readers.office_traces import XLSX_TRACES, workbook_pictures, workbook_traces
from checks.readers.package import OfficePackage
from checks.readers.xlsx_dates import Region, east_asian_date, region_of
from core.errors import FileDamaged, ReaderGaveUp
from language.headings import heading_level

MOST_CELLS = 300_000
_PAPERS = {1: (215.9, 279.4), 5: (215.9, 355.6), 8: (297.0, 420.0), 9: (210.0, 297.0), 11: (148.0, 210.0),
           12: (257.0, 364.0), 13: (182.0, 257.0)}  # fmt: skip
INCH = 25.4
_CAPTION = re.compile(
    r"^\s*(?:図|表|图|圖|写真|Figure|Table|Fig\.)\s*[0-9０-９一二三四五六七八九十]+", re.IGNORECASE
)
_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|\d+|[BIUSEXY])')


def read_xlsx(path: Path, name: str) -> CheckedDocument:
    """The workbook. Raises FileDamaged, FileEncrypted or ReaderGaveUp."""
    package = OfficePackage(path, name)
    for part in package.names("xl/worksheets/"):
        content = package.read(part)
        if content.count(b"<c ") + content.count(b"<c>") > MOST_CELLS:
            raise ReaderGaveUp(name=name, limit=f"{MOST_CELLS:,} cells in a sheet")
        if b"<!DOCTYPE" in content[:4096]:
            raise FileDamaged(name=name, problem=f"{part} declares a document type, as no Office file does")
    try:
        with path.open("rb") as stream:  # by a path it would ask for an ending, which a stored file has not
            book = load_workbook(stream, data_only=True, keep_links=False)
    except (
        InvalidFileException,
        KeyError,
        ValueError,
        TypeError,
        OSError,
        AttributeError,
        IndexError,
    ) as error:
        raise FileDamaged(name=name, problem=f"{type(error).__name__}: {error}") from error
    pieces: list[DocumentPiece] = []
    tables: list[Table] = []
    sections: list[PageSection] = []
    region = region_of(book)
    for number, sheet in enumerate(book.worksheets):
        tables.append(_sheet(sheet, number, pieces, region))
        sections.append(_section(sheet))
    for number, sheet in enumerate(book.worksheets):
        pieces += _headers(sheet, number)
    return CheckedDocument(
        name=name,
        format=DocumentFormat.XLSX,
        pieces=tuple(pieces),
        tables=tuple(tables),
        sections=tuple(sections),
        metadata=package.metadata(),
        signatures=package.signatures(),
        notes=package.notes(),
        traces=tuple(workbook_traces(book, package)),
        traced=XLSX_TRACES,
        pictures=tuple(workbook_pictures(package)),
    )


def _sheet(sheet: Any, number: int, pieces: list[DocumentPiece], region: Region) -> Table:
    pictures = {(p.anchor._from.row, p.anchor._from.col) for p in sheet._images if hasattr(p.anchor, "_from")}
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    for area in sheet.merged_cells.ranges:
        spans[area.min_row, area.min_col] = (area.max_row - area.min_row + 1, area.max_col - area.min_col + 1)
        rows = range(area.min_row, min(area.max_row, area.min_row + 500) + 1)
        columns = range(area.min_col, min(area.max_col, area.min_col + 200) + 1)
        covered |= {(row, column) for row in rows for column in columns} - {(area.min_row, area.min_col)}
    cells: list[TableCell] = []
    first = len(pieces)
    for row in sheet.iter_rows():
        shown = [cell for cell in row if cell.value is not None]
        for cell in row:
            place = (cell.row, cell.column)
            picture = (cell.row - 1, cell.column - 1) in pictures
            if place in covered or (cell.value is None and not picture):
                if place not in covered:
                    cells.append(TableCell("", cell.row - 1, cell.column - 1))
                continue
            piece = _piece(cell, sheet.title, number, len(shown) == 1, picture, region)
            cells.append(TableCell(piece.text, cell.row - 1, cell.column - 1, (len(pieces),), picture,
                              *spans.get(place, (1, 1))))  # fmt: skip
            pieces.append(piece)
    return Table(number, tuple(cells), sheet.title, number, first)


def _piece(cell: Any, sheet: str, number: int, alone: bool, picture: bool, region: Region) -> DocumentPiece:
    coordinate = f"{get_column_letter(cell.column)}{cell.row}"
    if cell.value is None:  # a picture over an empty cell, which may have no format at all
        return DocumentPiece(
            "", Zone.TABLE, section=number, part=sheet, sheet=sheet, cell=coordinate, table=number,
            row=cell.row - 1, column=cell.column - 1, picture=picture,
        )  # fmt: skip
    given, form_name = east_asian_date(cell.value, cell._style.numFmtId, cell.parent.parent.epoch, region)
    text = shown_value(given, form_name or cell.number_format)
    font = cell.font
    form = Format(
        font.name or "", font.name or "", float(font.sz or 0), bool(font.b), bool(font.i), bool(font.u),
        str(font.color.rgb)[-6:] if font.color is not None and isinstance(font.color.rgb, str) else "",
    )  # fmt: skip
    zone, level = Zone.TABLE, 0
    if alone and _CAPTION.match(text) and len(text) < 80:
        zone = Zone.CAPTION
    elif alone and isinstance(cell.value, str) and len(text) <= 60:
        heading = heading_level(text)
        if heading or form.bold or form.size >= 14:
            zone, level = Zone.HEADING, heading or (0 if form.size >= 14 else 1)
    return DocumentPiece(
        text,
        zone,
        level=level,
        runs=(TextRun(0, len(text), RunKind.TEXT, 0, form),) if text else (),
        paragraph=ParagraphFormat(align=cell.alignment.horizontal or ""),
        section=number,
        part=sheet,
        sheet=sheet,
        cell=coordinate,
        table=number,
        row=cell.row - 1,
        column=cell.column - 1,
        picture=picture,
    )


def shown_value(value: Any, form: str) -> str:
    """A cell's value as Excel shows it under that number format, for the formats that offices use."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime | datetime.date):
        return _date(value, form)
    if isinstance(value, datetime.time):
        return _time(value, form)
    if isinstance(value, int | float):
        return _number(value, form)
    return str(value)


def _time(value: datetime.time, form: str) -> str:
    if "時" in form or "时" in form:
        hour, second = ("時", "秒") if "時" in form else ("时", "秒")
        shown = f"{value.hour}{hour}{value.minute:02d}分"
        return f"{shown}{value.second:02d}{second}" if "ss" in form else shown
    return value.strftime("%H:%M")


def _date(value: datetime.date, form: str) -> str:
    if isinstance(value, datetime.datetime) and re.match(r'h+"?[時时]', form):
        return _time(value.time(), form)
    shown = re.sub(r"\[[^\[\]]*+\]|;.*|\\", "", form).replace('"', "").lower()
    if "ggg" in shown or shown.startswith("ge") or "e" in re.sub("[^a-z]", "", shown)[:1]:
        from language.eras import ERAS

        day = value.date() if isinstance(value, datetime.datetime) else value
        for name, letter, begins in ERAS:
            if day >= begins:
                year = day.year - begins.year + 1
                if "ggg" in shown:
                    return f"{name}{year}年{day.month}月{day.day}日"
                return f"{letter}{year}.{day.month}.{day.day}"
    if shown in ("general", "mm-dd-yy"):
        return f"{value.year}/{value.month}/{value.day}"
    parts = {
        "yyyy": f"{value.year}", "yy": f"{value.year % 100:02d}", "mmmm": f"{value:%B}",
        "mmm": f"{value:%b}", "mm": f"{value.month:02d}", "m": f"{value.month}", "dddd": f"{value:%A}",
        "ddd": f"{value:%a}", "dd": f"{value.day:02d}", "d": f"{value.day}",
        "aaa": "月火水木金土日"[value.weekday()],
    }  # fmt: skip
    return re.sub(
        "yyyy|yy|mmmm|mmm|mm|m|dddd|ddd|dd|d|aaa", lambda match: parts[match[0]], shown.split(" h")[0]
    )


def _number(value: float, form: str) -> str:
    shown = form.split(";")[0]
    shown = re.sub(r"\[[^\[\]]*+\]", lambda match: "¥" if "¥" in match[0] or "￥" in match[0] else "", shown)
    decimals = re.search(r"\.(0+)", shown)
    places = len(decimals[1]) if decimals else 0
    if "%" in shown:
        return f"{value * 100:.{places}f}%"
    if shown in ("General", "@"):
        return str(int(value)) if float(value).is_integer() else f"{value:.10g}"
    text = f"{value:,.{places}f}" if "#,##0" in shown else f"{value:.{places}f}"
    around = re.split(
        r"[#0][#,0.]*", shown.replace("\\", "").replace('"', "").replace("_)", "").replace("_ ", "")
    )
    before, after = (around[0].strip(" *"), around[-1].strip(" *")) if len(around) > 1 else ("", "")
    return f"{before}{text}{after}"


def _section(sheet: Any) -> PageSection:
    setup, margins = sheet.page_setup, sheet.page_margins
    width, height = _PAPERS.get(int(setup.paperSize or 0), (0.0, 0.0))
    if setup.orientation == "landscape":
        width, height = height, width
    return PageSection(
        width, height, round(margins.top * INCH, 1), round(margins.bottom * INCH, 1),
        round(margins.left * INCH, 1), round(margins.right * INCH, 1), 0.0, round(margins.header * INCH, 1),
        round(margins.footer * INCH, 1), name=sheet.title,
        title_page=bool(sheet.HeaderFooter.differentFirst),
        even_pages=bool(sheet.HeaderFooter.differentOddEven),
    )  # fmt: skip


def _headers(sheet: Any, number: int) -> list[DocumentPiece]:
    headers = []
    group = sheet.HeaderFooter
    for zone, variant, source in (
        (Zone.HEADER, "default", sheet.oddHeader), (Zone.FOOTER, "default", sheet.oddFooter),
        (Zone.HEADER, "first", group.firstHeader), (Zone.FOOTER, "first", group.firstFooter),
        (Zone.HEADER, "even", group.evenHeader), (Zone.FOOTER, "even", group.evenFooter),
    ):  # fmt: skip
        for side in ("left", "center", "right"):
            text = getattr(source, side).text if source is not None else None
            if text:
                headers.append(_header(text, zone, variant, side, sheet.title, number))
    return headers


def _header(text: str, zone: Zone, variant: str, side: str, sheet: str, number: int) -> DocumentPiece:
    shown, runs = "", list[TextRun]()
    for part in re.split("(&P|&N|&A|&F|&D|&T)", _CODE.sub("", text)):
        if part in ("&P", "&N"):
            kind = RunKind.PAGE if part == "&P" else RunKind.PAGES
            runs.append(TextRun(len(shown), len(shown) + 1, kind, len(runs)))
            shown += "1"
        elif part == "&A":
            shown += sheet
        elif part[:1] != "&" or len(part) != 2:
            shown += part.replace("&&", "&")
    return DocumentPiece(
        shown, zone, runs=tuple(runs), section=number, variant=variant, part=sheet, sheet=sheet, shape=side
    )

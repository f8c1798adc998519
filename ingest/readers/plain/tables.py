"""Reads CSV and TSV: each record with its header, in the rows and columns that a spreadsheet shows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import PurePath

from core.errors import TooMuchInFile
from ingest.pages import PageContent, PageKind
from ingest.readers.assembly import compose_pages
from ingest.readers.headers import Cell, Row, looks_like_number
from ingest.readers.office.grid import pieces_of
from language.encodings import decoded

MOST_CELLS = 3_000_000
MOST_COLUMNS = 200_000  # spreadsheets have 16,384; signs in quoted texts count too
LONGEST_FIELD = 2**20  # characters
SEPARATORS = ",\t;|"


def read_table(content: bytes, name: str) -> Iterator[PageContent]:
    """The pages; the sheet is named like the file, as spreadsheets name it. Raises TooMuchInFile."""
    text = decoded(content).replace("\0", "")
    rows = _rows(text, separator_of(text), name)
    yield from compose_pages(pieces_of(rows), kind=PageKind.SHEET, name=PurePath(name).stem)


def separator_of(text: str) -> str:
    """The sign that parts the first lines most evenly."""
    lines = [line for line in text[:100_000].splitlines()[:50] if line.strip()]
    best, most = ",", 0.0
    for separator in SEPARATORS:
        try:
            counts = [len(row) for row in csv.reader(lines, delimiter=separator)]
        except csv.Error:
            continue
        wide = max(set(counts), key=counts.count, default=1)
        evenness = counts.count(wide) / max(1, len(counts)) * (wide > 1) * (1 + min(wide, 20) / 100)
        if evenness > most:
            best, most = separator, evenness
    return best


def _rows(text: str, separator: str, name: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_FIELD)
    count, first = 0, True
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def narrow() -> Iterator[str]:
        for line in lines:
            if line.count(separator) > MOST_COLUMNS:  # before they are taken apart, and fill the memory
                raise TooMuchInFile(name=name, what="columns in one row", limit=f"{MOST_COLUMNS:,}")
            yield line + "\n"

    reader = csv.reader(narrow(), delimiter=separator)
    number = 0
    while True:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TooMuchInFile(
                name=name, what="characters in one field", limit=f"{LONGEST_FIELD:,}"
            ) from error
        cells = tuple(
            Cell(column, field.strip(), not looks_like_number(field))
            for column, field in enumerate(record)
            if field.strip()
        )
        count += len(cells)
        if count > MOST_CELLS:
            raise TooMuchInFile(name=name, what="cells", limit=f"{MOST_CELLS:,}")
        if cells:
            yield Row(number, cells, declared=first and _names_columns(record, cells))
            first = False


def _names_columns(record: list[str], cells: tuple[Cell, ...]) -> bool:
    """Whether the first record is a header: a name for every column, each its own."""
    names = {cell.text for cell in cells}
    return len(cells) > 1 and len(cells) == len(record) == len(names) and all(cell.is_text for cell in cells)

"""A pivot table of an old workbook whose cells are gone in what LibreOffice saved is named."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from test_office_parts import compound

from ingest.pages import Block, BlockKind, PageContent, PageKind, Spot, Unit
from ingest.readers.pivots import with_emptied_pivots


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def workbook(folder: Path, *, values: bool = True) -> Path:
    """A workbook of one sheet, Plan, whose pivot table goes over B4:D9; `values`: the file has its cells."""
    head = record(0x0809, bytes(16))
    begins = len(head) + 4 + 12
    sheet = record(0x0085, struct.pack("<IBBBB", begins, 0, 0, 4, 0) + b"Plan")
    inside = record(0x0809, bytes(16)) + record(0x0203, struct.pack("<HHHd", 0, 1, 0, 3.5))
    if values:
        inside += record(0x0203, struct.pack("<HHHd", 5, 2, 0, 17.0))
    inside += record(0x00B0, struct.pack("<4H", 3, 8, 1, 3) + bytes(36)) + record(0x000A, b"")
    path = folder / "a.xls"
    content = bytearray(compound({"Workbook": head + sheet + inside}))
    root = content.index("Root Entry".encode("utf-16-le"))
    content[root + 76 : root + 80] = struct.pack("<I", 1)  # below the root: the first stream
    path.write_bytes(content)
    return path


def pages(*cells: str) -> Iterator[PageContent]:
    """The sheet as it was read, with a line of one letter for each of those cells."""
    text = "\n".join("x" for _ in cells)
    blocks = [
        Block(2 * number, 2 * number + 1, BlockKind.ROW, spot=Spot(Unit.CELLS, cell, cell))
        for number, cell in enumerate(cells)
    ]
    yield PageContent(1, text, kind=PageKind.SHEET, name="Plan", blocks=blocks)


def left_out(path: Path, *cells: str) -> dict[str, list[str]]:
    return {
        kind: names
        for page in with_emptied_pivots(path, pages(*cells))
        for kind, names in page.left_out.items()
    }


def test_a_pivot_table_without_a_cell_is_named(tmp_path: Path) -> None:
    assert left_out(workbook(tmp_path), "B1") == {"parts_unread": ["pivot table Plan!B4:D9"]}


def test_one_that_was_read_is_not(tmp_path: Path) -> None:
    assert left_out(workbook(tmp_path), "B1", "C6") == {}


def test_one_that_never_had_a_value_is_not(tmp_path: Path) -> None:
    assert left_out(workbook(tmp_path, values=False), "B1") == {}


def test_a_file_of_another_form_is_passed_on_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(b"no compound file")
    assert left_out(path, "B1") == {}

"""Files of old office programs, through the real LibreOffice; how they are refused without it stands in
`test_readers`."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from making import child_environment
from python_calamine import CalamineWorkbook

from core.errors import FileDamaged
from ingest import formats
from ingest.formats import media_type_of
from ingest.pages import PageContent
from ingest.readers.office import legacy
from ingest.readers.opening import ReadingRequest, pages_of
from ingest.sandbox import ReadingLimits, read_file

pytestmark = pytest.mark.engines

PROGRAM = legacy.converter()


@pytest.fixture(autouse=True, scope="module")
def _libreoffice() -> None:
    if PROGRAM is None:
        reason = "LibreOffice is not installed: apt install libreoffice-{writer,calc,impress}-nogui"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def saved_as(kind: str, path: Path) -> Path:
    """That file as LibreOffice saves it in an old format."""
    assert PROGRAM is not None
    subprocess.run(
        [PROGRAM, "--headless", f"-env:UserInstallation={(path.parent / 'profile').as_uri()}", "--convert-to",
         kind, "--outdir", str(path.parent), str(path)],
        check=True, capture_output=True, env=child_environment(HOME=str(path.parent)), timeout=480,
    )  # fmt: skip
    return path.with_suffix(f".{kind}")


def read(path: Path) -> list[PageContent]:
    """Through the sandbox, under its own limits."""
    return list(read_file(path, path.name, media_type_of(path, path.name), ReadingLimits()))


def test_old_slides_are_read(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    for title, text in (("年度計画", "売上目標は三億円とする。"), ("体制", "責任者は田中部長である。")):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, text
    deck.slides[0].notes_slide.notes_text_frame.text = "ゆっくり話す。"
    path = tmp_path / "計画.pptx"
    deck.save(str(path))
    old = saved_as("ppt", path)
    assert media_type_of(old, old.name) == formats.PPT
    pages = read(old)
    assert [page.name for page in pages] == ["年度計画", "体制"]
    assert "売上目標は三億円とする。" in pages[0].text and "ゆっくり話す。" in pages[0].text


def test_old_letters_and_sheets_are_read(tmp_path: Path) -> None:
    letter = docx.Document()
    letter.add_paragraph("差出有効期間は十月末日までとする。")
    letter.save(str(tmp_path / "letter.docx"))
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["品名", "単価", "在庫"], ["ポンプ", 148000, 3], ["弁", 3200, 40]):
        book.active.append(row)
    book.save(tmp_path / "sheet.xlsx")
    assert "差出有効期間は十月末日までとする。" in read(saved_as("doc", tmp_path / "letter.docx"))[0].text
    assert "品名: ポンプ | 単価: 148000 | 在庫: 3" in read(saved_as("xls", tmp_path / "sheet.xlsx"))[0].text


# A binary workbook, written by hand: no program that is at hand here writes one.


def record(kind: int, content: bytes = b"") -> bytes:
    """A record of [MS-XLSB]: its number and its length in groups of seven bits."""
    number = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    return number + bytes([len(content)]) + content


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def binary_workbook(rows: list[list[str | float]]) -> bytes:
    cells = b""
    for number, row in enumerate(rows):
        cells += record(0, struct.pack("<IIHBBBIII", number, 0, 300, 0, 0, 0, 1, 0, len(row) - 1))
        for column, value in enumerate(row):
            place = struct.pack("<II", column, 0)
            text = isinstance(value, str)
            cells += record(6, place + wide(value)) if text else record(5, place + struct.pack("<d", value))
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)
    sheet = record(129) + record(148, size) + record(145) + cells + record(146) + record(130)
    about = struct.pack("<II", 0, 1) + wide("rId1") + wide("価格")
    book = record(131) + record(143) + record(156, about) + record(144) + record(132)
    head = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship'
    types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    excel = "application/vnd.ms-excel"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default'
            ' Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.bin" ContentType="{excel}.sheet.binary.macroEnabled.main"/>'
            f'<Override PartName="/xl/worksheets/sheet1.bin" ContentType="{excel}.worksheet"/></Types>',
        )
        for part, target, kind in (
            ("_rels/.rels", "xl/workbook.bin", "officeDocument"),
            ("xl/_rels/workbook.bin.rels", "worksheets/sheet1.bin", "worksheet"),
        ):
            relation = f' Id="rId1" Type="{types}/{kind}" Target="{target}"/></Relationships>'
            archive.writestr(part, head + relation)
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return out.getvalue()


ROWS: list[list[str | float]] = [["品名", "単価", "在庫"], ["ポンプ", 148000.0, 3.0], ["弁", 3200.0, 40.0]]


def test_a_binary_workbook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "価格.xlsb"
    path.write_bytes(binary_workbook(ROWS))
    assert CalamineWorkbook.from_path(path).get_sheet_by_name("価格").to_python() == ROWS  # it is a true one
    assert media_type_of(path, path.name) == formats.XLSB
    (page,) = read(path)
    assert page.name == "価格"
    assert "品名: ポンプ | 単価: 148000 | 在庫: 3" in page.text


def test_an_old_file_that_is_damaged_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsb"
    path.write_bytes(binary_workbook(ROWS)[:-200] + bytes(200))
    with pytest.raises(FileDamaged, match=r"plan\.xlsb"):
        list(pages_of(path, path.name, formats.XLSB, ReadingRequest(page_limit=10)))

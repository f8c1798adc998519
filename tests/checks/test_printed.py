"""Office files as they are printed: a finding's box lies on its words, and without a printer its text is
shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import docx
import httpx
import pptx
import pypdfium2
import pytest
from openpyxl import Workbook

from checks.findings import CheckReport
from checks.packs.pack import Pack
from checks.readers.reading import read_document
from checks.reports.forms import ReportForm, written
from checks.service.folders import FileOutcome
from checks.service.printed import Printed, printed
from checks.service.runner import run_pack
from ingest.readers.office.legacy import converter
from ingest.records.printing import NotPrinted
from ingest.sandbox import ReadingLimits

needs_printer = pytest.mark.skipif(
    converter() is None, reason="LibreOffice, which prints Office files, is not installed here"
)
RULE = "- {id: X, kind: pattern, pattern: 旧式|obsolete}"


def word(path: Path) -> None:
    document = docx.Document()
    document.add_heading("Report", 1)
    for number in range(3):
        document.add_paragraph(f"Paragraph {number} has nothing that matters, and goes on for a while.")
    document.add_page_break()
    document.add_paragraph("Here stands an obsolete word in the midst.")
    document.save(str(path))


def excel(path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Item", "State"], ["Printer", "fine"], ["Scanner", "obsolete"]):
        sheet.append(row)
    book.save(path)


def slides(path: Path) -> None:
    show = pptx.Presentation()
    for text in ("All is fine", "An obsolete machine"):
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = text
    show.save(str(path))


def checked(path: Path, pack: Callable[..., Pack]) -> CheckReport:
    return run_pack(read_document(path), pack(RULE))


def words_in_boxes(paper: Printed) -> str:
    """The text under the boxes, read from the PDF by another way."""
    texts = []
    pdf = pypdfium2.PdfDocument(paper.path)
    try:
        for mark in paper.marks:
            page = pdf[mark.page - 1]
            left, top, right, bottom = mark.box
            high = page.get_height()
            texts.append(page.get_textpage().get_text_bounded(left, high - bottom, right, high - top))
    finally:
        pdf.close()
    return re.sub(r"\s", "", "".join(texts))


@needs_printer
@pytest.mark.parametrize(("make", "ending", "page"), [(word, "docx", 2), (excel, "xlsx", 1)])
def test_a_box_lies_on_the_words_of_its_finding_and_the_report_shows_the_page(
    tmp_path: Path, pack: Callable[..., Pack], make: Callable[[Path], None], ending: str, page: int
) -> None:
    path = tmp_path / f"file.{ending}"
    make(path)
    report = checked(path, pack)
    paper = printed(path, report, tmp_path, ReadingLimits())
    assert paper.why is NotPrinted.PRINTED
    assert {(mark.finding, mark.page) for mark in paper.marks} == {(1, page)}
    assert words_in_boxes(paper) == "obsolete"
    text = written(ReportForm.HTML, [FileOutcome(path, report)], "en", folder=tmp_path).decode()
    assert text.count("data:image/png;base64,") == 1
    assert text.count('class="box"') == 1
    assert "as LibreOffice prints them" in text


def test_without_a_printer_the_paragraph_is_marked_and_the_reason_told(
    tmp_path: Path, pack: Callable[..., Pack], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.docx"
    word(path)
    report = checked(path, pack)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert printed(path, report, tmp_path, ReadingLimits()).why is NotPrinted.NO_PRINTER
    text = written(ReportForm.HTML, [FileOutcome(path, report.spoken("ja"))], "ja").decode()
    assert "data:image/png" not in text
    assert "LibreOfficeが" in text
    assert "Here stands an <mark>obsolete</mark> word in the midst." in text


def test_a_text_has_no_paper(tmp_path: Path, pack: Callable[..., Pack]) -> None:
    path = tmp_path / "file.md"
    path.write_text("An obsolete word.", encoding="utf-8")
    assert printed(path, checked(path, pack), tmp_path, ReadingLimits()).why is NotPrinted.NO_PAPER


@needs_printer
def test_the_door_shows_printed_pages(client: httpx.Client, tmp_path: Path) -> None:
    slides(tmp_path / "a.pptx")
    rules = f"version: 1\npack: p\nrules:\n{RULE}\n"
    files = {"file": ("a.pptx", (tmp_path / "a.pptx").read_bytes()), "rules": ("p.yml", rules.encode())}
    made = client.post("/api/checks", files=files).json()
    there = f"/api/checks/{made['id']}/printed"
    assert client.get(f"{there}/2/picture").status_code == 404  # nothing is printed yet
    paper = client.get(there).json()
    assert [len(page["boxes"]) for page in paper["pages"]] == [0, 1]
    assert paper["why"] == ""
    assert client.get(f"{there}/2/picture", params={"width": 300}).content.startswith(b"\x89PNG")
    assert client.get(f"{there}/3/picture").status_code == 422


def test_the_door_says_that_a_text_has_no_paper(client: httpx.Client) -> None:
    files = {"file": ("a.md", b"x"), "rules": ("p.yml", f"version: 1\npack: p\nrules:\n{RULE}\n".encode())}
    made = client.post("/api/checks", files=files).json()
    assert client.get(f"/api/checks/{made['id']}/printed").json() == {"pages": [], "why": "no_paper"}

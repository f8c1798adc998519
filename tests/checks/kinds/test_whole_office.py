"""What is left in Office files and PDF before they leave the house, on real files of each format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pptx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from fpdf import FPDF
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image as SheetImage
from PIL import Image
from pptx.util import Pt
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Highlight, Text
from pypdf.generic import ArrayObject, DecodedStreamObject, FloatObject, NameObject

from checks.document.document import CheckedDocument
from checks.findings import Finding
from checks.packs.pack import Pack
from checks.readers.reading import read_document
from checks.service.runner import run_pack

Found = Callable[..., list[Finding]]
FINAL = "- {id: F, kind: final}"
ALT = "- {id: A, kind: alt_text}"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "dot.png"
    Image.new("RGB", (8, 8), "red").save(path)
    return path


def word(tmp_path: Path, change: Callable[[Any], None]) -> CheckedDocument:
    document = docx.Document()
    change(document)
    path = tmp_path / "made.docx"
    document.save(str(path))
    return read_document(path)


def test_traces_in_word_are_found_where_they_stand(tmp_path: Path, checked: Found) -> None:
    def change(document: Any) -> None:
        marks = nsdecls("w")
        first = document.add_paragraph("価格は")
        first._p.append(
            parse_xml(
                f'<w:del {marks} w:id="1" w:author="佐藤"><w:r><w:delText>900</w:delText></w:r></w:del>'
            )
        )
        first._p.append(
            parse_xml(
                f'<w:ins {marks} w:id="2" w:author="佐藤"><w:r><w:t>1,</w:t></w:r>'
                "<w:r><w:t>200</w:t></w:r></w:ins>"
            )
        )
        first.add_run("円です。")
        hidden = document.add_paragraph("見える").add_run("社内用")
        hidden.font.hidden = True
        marked = document.add_paragraph("ここは").add_run("要確認")
        marked.font.highlight_color = 7
        document.add_comment(document.add_paragraph("対象の段落").runs[0], text="直すこと", author="田中")
        document.sections[0].header.paragraphs[0].add_run("頭").font.hidden = True

    findings = checked(FINAL, word(tmp_path, change), language="ja")
    places = [(each.place.path, each.place.characters, each.quote) for each in findings]
    assert places == [
        ("body/p[0]", (3, 3), "900"), ("body/p[0]", (3, 8), "1,200"), ("body/p[1]", (3, 6), "社内用"),
        ("body/p[2]", (3, 6), "要確認"), ("body/p[3]", (0, 0), "直すこと"), ("header1/p[0]", (0, 1), "頭"),
    ]  # fmt: skip
    assert findings[0].message == "削除の変更履歴が残っています：「900」（佐藤）"
    assert checked("- {id: F, kind: final, forbid: [comment], except: 直す}", word(tmp_path, change)) == []
    assert checked(FINAL, word(tmp_path, lambda document: document.add_paragraph("本文"))) == []


def test_text_hidden_by_its_style_and_rows_under_track_are_found(tmp_path: Path, checked: Found) -> None:
    def change(document: Any) -> None:
        style = document.styles.add_style("社外秘", 1)
        style.font.hidden = True
        document.add_paragraph("見えない段落", style="社外秘")
        row = document.add_table(1, 1).rows[0]
        row.cells[0].text = "行"
        row._tr.get_or_add_trPr().append(parse_xml(f'<w:ins {nsdecls("w")} w:id="3" w:author="a"/>'))

    findings = checked(FINAL, word(tmp_path, change))
    assert [each.message for each in findings] == [
        "Hidden text is left: “見えない段落”", "An inserted row is not accepted yet (by a).",
    ]  # fmt: skip


def test_pictures_of_word_need_a_text(tmp_path: Path, picture: Path, checked: Found) -> None:
    def change(document: Any) -> None:
        for text in ("", "組織図：三課", "image1.png"):
            document.add_picture(str(picture))
            document.paragraphs[-1]._p.xpath(".//wp:docPr")[0].set("descr", text)

    findings = checked(ALT, word(tmp_path, change))
    assert [each.place.path for each in findings] == ["body/p[0]", "body/p[2]"]


def test_a_workbook_tells_comments_and_what_is_hidden(tmp_path: Path, picture: Path, checked: Found) -> None:
    book = Workbook()
    sheet = book.active
    for row in range(1, 6):
        sheet.append([f"a{row}", f"b{row}", f"c{row}"])
    sheet["B2"].comment = Comment("確認する", "田中")
    sheet.row_dimensions[3].hidden = sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["C"].hidden = True
    sheet.add_image(SheetImage(str(picture)), "E2")
    book.create_sheet("控え").sheet_state = "hidden"
    path = tmp_path / "book.xlsx"
    book.save(path)
    document = read_document(path)
    findings = checked(FINAL, document, language="zh")
    assert [each.place.shown() for each in findings] == ["Sheet!B2", "Sheet!3:4", "Sheet!C:C", "控え"]
    assert findings[1].message == "存在隐藏的行：3–4"
    assert [each.place.shown() for each in checked(ALT, document)] == ["Sheet!E2"]


def test_a_presentation_tells_hidden_slides_and_pictures(
    tmp_path: Path, picture: Path, checked: Found
) -> None:
    show = pptx.Presentation()
    first, second = (show.slides.add_slide(show.slide_layouts[5]) for _ in range(2))
    first.shapes.add_picture(str(picture), 0, 0)._element.nvPicPr.cNvPr.set("descr", "")
    second._element.set("show", "0")
    box = second.shapes.add_textbox(0, 0, Pt(90), Pt(20))
    run = box.text_frame.paragraphs[0].add_run()
    run.text = "要確認"
    space = "http://schemas.openxmlformats.org/drawingml/2006/main"
    run._r.get_or_add_rPr().append(
        parse_xml(f'<a:highlight xmlns:a="{space}"><a:srgbClr val="FFFF00"/></a:highlight>')
    )
    path = tmp_path / "slides.pptx"
    show.save(str(path))
    document = read_document(path)
    findings = checked(FINAL, document)
    assert [(each.place.slide, each.quote) for each in findings] == [(2, "2"), (2, "要確認")]
    assert [each.place.slide for each in checked(ALT, document)] == [1]


def test_a_pdf_tells_its_notes_its_pages_and_what_it_declares(
    tmp_path: Path, checked: Found, pack: Callable[[str], Pack]
) -> None:
    plain = FPDF()
    plain.set_font("helvetica")
    for number in range(3):
        plain.add_page()
        plain.cell(text=f"Page {number + 1} of 4")
    path = tmp_path / "plain.pdf"
    plain.output(str(path))
    writer = PdfWriter(clone_from=PdfReader(path))
    corners = ArrayObject([FloatObject(n) for n in (20, 700, 90, 700, 20, 690, 90, 690)])
    writer.add_annotation(0, Highlight(rect=(20, 690, 90, 700), quad_points=corners))
    writer.add_annotation(1, Text(rect=(50, 700, 70, 720), text="ask Sato"))
    stream = DecodedStreamObject()
    stream.set_data(b"<x><pdfaid:part>2</pdfaid:part><pdfaid:conformance>b</pdfaid:conformance></x>")
    writer._root_object[NameObject("/Metadata")] = writer._add_object(stream)
    marked = tmp_path / "marked.pdf"
    writer.write(marked)

    document = read_document(marked)
    findings = checked(FINAL, document)
    assert [(each.place.page, each.quote) for each in findings] == [(1, ""), (2, "ask Sato")]
    assert findings[1].place.boxes
    rule = "- {id: P, kind: pages, max: 2, even: true, stated: 'of ([0-9]+)'}"
    assert [each.message for each in checked(rule, document)][:2] == [
        "Number of pages: 3; the limit is 2.", "Number of pages: 3; an even number is expected.",
    ]  # fmt: skip
    assert len(checked(rule, document)) == 5
    assert checked("- {id: D, kind: pdfa, levels: [2B]}", document) == []
    assert (
        "PDF/A-2b and should be PDF/A-3b"
        in checked("- {id: D, kind: pdfa, levels: [3B]}", document)[0].message
    )
    assert len(checked("- {id: D, kind: pdfa}", read_document(path))) == 1
    untagged = run_pack(document, pack(ALT))
    assert [rule.state for rule in untagged.rules] == ["could_not_run"]


def test_a_table_of_contents_of_word_is_held_against_its_headings(tmp_path: Path, checked: Found) -> None:
    def change(document: Any) -> None:
        document.styles.add_style("toc 1", 1)
        for line in ("1 目的\t1", "2 範囲\t2"):
            document.add_paragraph(line, style="toc 1")
        document.add_heading("1 目的", 1)
        document.add_heading("2 適用範囲", 1)

    findings = checked("- {id: T, kind: contents}", word(tmp_path, change))
    assert [each.place.path for each in findings] == ["body/p[1]", "body/p[3]"]

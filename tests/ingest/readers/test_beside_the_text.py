"""What stands beside a text is read too: comments of reviewers, notes on cells, footers of slides, what a
mail server says, and sections of a page that does not write its body."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from office_files import word

from ingest.formats import media_type_of
from ingest.pages import PageContent, Spot, Unit
from ingest.readers.opening import ReadingRequest, pages_of

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

PLACEHOLDER = (
    '<p:sp xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p:nvSpPr><p:cNvPr id="90" name="x"/>'
    '<p:cNvSpPr/><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r>'
    "<a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
)


def read(path: Path) -> list[PageContent]:
    return list(pages_of(path, path.name, media_type_of(path, path.name), ReadingRequest(5000)))


def noted(pages: list[PageContent]) -> list[str]:
    """The texts whose place is that of a comment."""
    return [
        page.text[block.start : block.end]
        for page in pages
        for block in page.blocks
        if block.spot is not None and block.spot.unit == Unit.COMMENT
    ]


def test_comments_of_a_word_file_stand_behind_its_text_with_their_authors(tmp_path: Path) -> None:
    text = (
        '<w:p><w:commentRangeStart w:id="7"/><w:r><w:t>Payment is due in 45 days.</w:t></w:r>'
        '<w:commentRangeEnd w:id="7"/><w:r><w:commentReference w:id="7"/></w:r></w:p>'
    )
    comments = (
        f'<w:comments {W}><w:comment w:id="7" w:author="Ito Ren"><w:p><w:r><w:t>Was 30 days '
        'last year.</w:t></w:r></w:p></w:comment><w:comment w:id="8" w:author=""><w:p><w:r><w:t>確認済み'
        '</w:t></w:r></w:p></w:comment><w:comment w:id="9" w:author="Ito Ren"><w:p/></w:comment></w:comments>'
    )
    path = tmp_path / "terms.docx"
    related = [("rId9", "comments", "comments.xml")]
    path.write_bytes(word(text, related, **{"word/comments.xml": comments}))
    first, second = read(path)
    assert first.text == "Payment is due in 45 days."
    assert (second.name, noted([second])) == ("comments", ["Ito Ren: Was 30 days last year.", "確認済み"])


def test_notes_of_opendocument_are_read_with_their_authors_and_cells(tmp_path: Path) -> None:
    from odf.dc import Creator
    from odf.office import Annotation
    from odf.opendocument import OpenDocumentSpreadsheet, OpenDocumentText
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    def note(text: str) -> Annotation:
        made = Annotation()
        made.addElement(Creator(text="Mori"))
        made.addElement(P(text=text))
        return made

    document = OpenDocumentText()
    paragraph = P(text="The gate opens at 7:30.")
    paragraph.addElement(note("From May on."))
    document.text.addElement(paragraph)
    document.save(tmp_path / "a.odt")
    pages = read(tmp_path / "a.odt")
    assert pages[0].text.startswith("The gate opens at 7:30.\n") and noted(pages) == ["Mori: From May on."]

    workbook = OpenDocumentSpreadsheet()
    table = Table(name="Gates")
    for texts in (("Gate", "Opens"), ("North", "7:30")):
        row = TableRow()
        for text in texts:
            cell = TableCell(valuetype="string")
            if text == "7:30":
                cell.addElement(note("6:30 in summer"))
            cell.addElement(P(text=text))
            row.addElement(cell)
        table.addElement(row)
    workbook.spreadsheet.addElement(table)
    workbook.save(tmp_path / "a.ods")
    pages = read(tmp_path / "a.ods")
    assert pages[0].text == "Gate: Opens\nNorth: 7:30\nB2: Mori: 6:30 in summer"
    assert noted(pages) == ["B2: Mori: 6:30 in summer"]


def test_boxes_on_a_sheet_of_opendocument_are_read_at_their_cells(tmp_path: Path) -> None:
    from odf.draw import CustomShape, Frame, TextBox
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Shapes, Table, TableCell, TableRow
    from odf.text import P

    workbook = OpenDocumentSpreadsheet()
    table = Table(name="Plan")
    free = CustomShape()
    free.addElement(P(text="Not for customers"))
    shapes = Shapes()
    shapes.addElement(free)
    table.addElement(shapes)
    for texts in (("Gate", "Opens"), ("North", "7:30")):
        line = TableRow()
        for text in texts:
            cell = TableCell(valuetype="string")
            if text == "7:30":
                box = TextBox()
                box.addElement(P(text="Closed on snow days"))
                frame = Frame(width="3cm", height="1cm")
                frame.addElement(box)
                cell.addElement(frame)
            cell.addElement(P(text=text))
            line.addElement(cell)
        table.addElement(line)
    workbook.spreadsheet.addElement(table)
    workbook.save(tmp_path / "a.ods")
    page = read(tmp_path / "a.ods")[0]
    assert page.text == "Gate: Opens\nNorth: 7:30\nNot for customers\nClosed on snow days"
    assert page.blocks[-1].spot == Spot(Unit.CELLS, "B2", "B2")


def test_an_id_that_is_given_twice_harms_nobody(tmp_path: Path) -> None:
    from odf.opendocument import OpenDocumentText
    from odf.text import P

    document = OpenDocumentText()
    document.text.addElement(P(text="The depot moves in June."))
    document.save(tmp_path / "a.odt")
    with zipfile.ZipFile(tmp_path / "a.odt") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    twice = b'<text:list xml:id="list1"/><text:list xml:id="list1"/></office:text>'
    parts["content.xml"] = parts["content.xml"].replace(b"</office:text>", twice)
    with zipfile.ZipFile(tmp_path / "b.odt", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert [page.text for page in read(tmp_path / "b.odt")] == ["The depot moves in June."]


def test_the_footer_of_slides_is_told_on_the_first_that_has_it(tmp_path: Path) -> None:
    from pptx import Presentation
    from pptx.oxml import parse_xml

    show = Presentation()
    for number in (1, 2):
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = f"Part {number}"
        for kind, text in (("ftr", "社外秘 営業本部"), ("sldNum", f"{number}"), ("dt", "2026/4/1")):
            slide.shapes._spTree.append(parse_xml(PLACEHOLDER.format(kind=kind, text=text)))
    show.save(tmp_path / "a.pptx")
    assert [page.text for page in read(tmp_path / "a.pptx")] == ["Part 1\n社外秘 営業本部", "Part 2"]


@pytest.mark.parametrize("element", ["section", "article", "main", "header", "figure"])
def test_a_page_that_does_not_write_its_body_is_read(tmp_path: Path, element: str) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        f"<!DOCTYPE html>\n<meta charset=utf-8>\n<title>Desk</title>\n<style>p {{}}</style>\n"
        f"<{element}><h1>受付</h1><p>The desk opens at nine.</p></{element}>\n"
        f"<{element}><p>It closes at five.</p></{element}>",
        encoding="utf-8",
    )
    (page,) = read(path)
    assert page.text == "受付\nThe desk opens at nine.\nIt closes at five." and page.title == "Desk"


def test_the_letters_of_a_drawing_are_read_and_an_icon_parts_no_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        '<p>Press <svg><title>bell</title><path d="M0 0"/></svg>twice.</p><svg><style>text{}</style>'
        "<g><text>Tower <tspan>5</tspan></text></g><text>Gate 2</text></svg>"
        '<svg style="display:none"><text>sprite</text></svg>',
        encoding="utf-8",
    )
    (page,) = read(path)
    assert page.text == "Press twice.\nTower 5\nGate 2"


def test_what_a_mail_server_says_of_a_delivery_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(
        b"Subject: Undelivered\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=q\n\n"
        b"--q\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.jp\n\n"
        b"Final-Recipient: rfc822; ren@example.jp\nStatus: 5.2.2\n"
        b"Diagnostic-Code: smtp; the mailbox is full\n\n--q--\n"
    )
    text = "\n".join(page.text for page in read(path))
    assert "the mailbox is full" in text and "Reporting-MTA: dns; mx.example.jp" in text

"""What reading left out stands in a version's warnings; a file without a passage has failed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pypdf
import pypdfium2 as pdfium
import pytest
from making import add, finish_work, pdf, settings_in, upload, version
from office_files import row, word, workbook
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, NameObject, StreamObject

from cli.client import client_of, free_port, serving
from ingest.formats import PDF, XLSX
from ingest.left_out import LeftOut, LeftOutKind, keep, of_reading, sentence_of
from ingest.ocr import RECOGNISED
from ingest.pages import PageContent
from ingest.pipeline import warnings_of
from ingest.readers.office.legacy import converter
from ingest.readers.opening import ReadingRequest, pages_of
from operations.library import Library, open_library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(settings_in(tmp_path / "data"), load_models=False) as opened:
        yield opened


def with_attachment(content: bytes, name: str, inner: bytes = b"inner", *, xfa: bytes = b"") -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(content))
    if name:
        writer.add_attachment(name, inner)
    if xfa:
        packet = StreamObject()
        packet.set_data(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'>" + xfa + b"</xdp:xdp>")
        form = DictionaryObject(
            {NameObject("/Fields"): ArrayObject(), NameObject("/XFA"): writer._add_object(packet)}
        )
        writer._root_object[NameObject("/AcroForm")] = form
        writer._root_object[NameObject("/NeedsRendering")] = BooleanObject(True)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def read(folder: Path, content: bytes) -> list[PageContent]:
    path = folder / "a.pdf"
    path.write_bytes(content)
    return list(pages_of(path, "a.pdf", PDF, ReadingRequest(9)))


def left_out(folder: Path, content: bytes) -> dict[str, list[str]]:
    return {kind: names for page in read(folder, content) for kind, names in page.left_out.items()}


def test_what_is_left_out_is_told_beside_the_next_page() -> None:
    gathered = LeftOut()

    def pages() -> Iterator[PageContent]:
        for number in (1, 2):
            yield PageContent(number, "text")
            gathered.add(LeftOutKind.PARTS, f"part {number}")

    assert [page.left_out for page in gathered.beside(pages())] == [
        {"parts_unread": ["part 1"]}, {"parts_unread": ["part 2"]},
    ]  # fmt: skip
    gathered.add(LeftOutKind.FORM, "XFA")
    assert [(page.text, page.left_out) for page in gathered.beside([])] == [("", {"form_unread": ["XFA"]})]
    assert list(gathered.beside([])) == []


def test_warnings_gather_names_and_pages() -> None:
    first = PageContent(1, "", left_out={"attachments_unread": ["a.csv", "b.csv"], "nonsense": ["x"]})
    again = PageContent(3, "", left_out={"attachments_unread": ["b.csv", "c.csv"]})
    kept = keep(keep([{"code": "hidden_text", "count": 2}], [first]), [again])
    assert kept == [
        {"code": "hidden_text", "count": 2},
        {"code": "attachments_unread", "count": 3, "names": ["a.csv", "b.csv", "c.csv"], "pages": [1, 3]},
    ]
    assert of_reading(kept) == kept[1:]
    assert "a.csv, b.csv, c.csv" in sentence_of(kept[1])
    assert sentence_of({"code": "of another time"}) == "of another time"


def test_attached_files_and_forms_of_adobe_are_named(tmp_path: Path) -> None:
    assert left_out(tmp_path, pdf("A letter.")) == {}
    letter = with_attachment(pdf("A letter."), "見積書.xlsx", b"\0\1\2" * 50)
    assert left_out(tmp_path, letter) == {"attachments_unread": ["見積書.xlsx"]}
    letter = with_attachment(pdf("A letter."), "規程.txt", "休暇は10日とする。".encode())
    assert left_out(tmp_path, letter) == {"attachments_read": ["規程.txt"]}
    pages = read(tmp_path, letter)
    assert [(page.number, page.kind, page.name, page.text) for page in pages] == [
        (1, "page", "", "A letter."), (2, "text", "規程.txt", "休暇は10日とする。"),
    ]  # fmt: skip
    assert [page.number for page in pages_of(tmp_path / "a.pdf", "a", PDF, ReadingRequest(9, 2))] == [2]
    assert left_out(tmp_path, with_attachment(pdf("Please wait."), "", xfa=b"<a/>")) == {
        "form_unread": ["XFA"]
    }


TEMPLATE = """<template xmlns="http://www.xfa.org/schema/xfa-template/3.3/"><subform name="form1"><pageSet/>
<draw><value><text>旅費精算書</text></value></draw>
<field name="who"><ui><textEdit/></ui><caption><value><text>氏名：</text></value></caption></field>
<field name="class"><ui><choiceList/></ui><caption><value><text>等級</text></value></caption>
<items save="1"><text>a</text><text>b</text></items><items><text>普通</text><text>特急</text></items></field>
<field name="paid"><ui><checkButton/></ui><caption><value><text>立替済</text></value></caption>
<items><text>1</text></items></field>
<exclGroup name="way"><field><ui><checkButton/></ui><caption><value><text>往復</text></value></caption>
<items><text>2</text></items></field><field><ui><checkButton/></ui><caption><value><text>片道</text></value>
</caption><items><text>1</text></items></field></exclGroup>
<subform name="row"><field name="from"><ui/><caption><value><text>発</text></value></caption></field>
<field name="yen"><ui/><bind match="dataRef" ref="$.cost"/>
<caption><value><text>金額</text></value></caption></field>
</subform>
<field name="gone" presence="hidden"><ui/><caption><value><text>秘</text></value></caption></field>
<field name="send"><ui><button/></ui><caption><value><text>送信</text></value></caption></field>
<field name="memo"><ui/><caption><value><text>備考</text></value></caption>
<value><text>なし</text></value></field>
</subform></template>"""
DATASETS = """<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data>
<form1><who>佐藤</who><class>b</class>
<paid>1</paid><way>1</way><row><from>東京</from><cost>13,000</cost></row>
<row><from>大阪</from><cost>9,500</cost></row>
<gone>見えない値</gone></form1></xfa:data></xfa:datasets>"""


def test_a_form_of_adobe_is_read_from_its_data(tmp_path: Path) -> None:
    form = with_attachment(pdf("Please wait."), "", xfa=(TEMPLATE + DATASETS).encode())
    pages = read(tmp_path, form)
    assert pages[1].text.split("\n") == [
        "旅費精算書", "氏名: 佐藤", "等級: 特急", "☒ 立替済", "☐ 往復", "☒ 片道", "発: 東京", "金額: 13,000",
        "発: 大阪", "金額: 9,500", "備考: なし", "見えない値",
    ]  # fmt: skip
    assert pages[1].left_out == {"form_as_text": ["XFA"]}
    assert [block.kind for block in pages[1].blocks][-1] == "hidden"
    deep = b"<template>" + b"<subform>" * 3000 + b"</subform>" * 3000 + b"</template>"
    assert "form_unread" in left_out(tmp_path, with_attachment(pdf("x"), "", xfa=deep))


@pytest.mark.skipif(converter() is None, reason="LibreOffice is not installed")
@pytest.mark.engines
def test_formulas_without_a_saved_value_are_worked_out_where_they_stand_still(tmp_path: Path) -> None:
    for today, expected in (
        (False, ["家賃: 250000", "年額: 3000000", "言葉: 家賃です"]),
        (True, ["家賃: 250000"]),
    ):
        book = openpyxl.Workbook()
        for line in (["家賃", 250000], ["年額", "=B1*12"], ["言葉", '=A1&"です"']):
            book.active.append(line)
        if today:
            book.active["F9"] = "=TODAY()"
        book.save(tmp_path / "a.xlsx")
        pages = list(pages_of(tmp_path / "a.xlsx", "a.xlsx", XLSX, ReadingRequest(9)))
        if not today:
            assert pages[0].text.split("\n") == expected
        kind = "formulas_without_value" if today else "formulas_computed"
        assert pages[0].left_out[kind][:2] == ["Sheet!B2", "Sheet!B3"]


def unembedded() -> bytes:
    """A page of Japanese letters in a font that the file does not hold."""
    text = "保管期間は五年とする。".encode("cp932").hex()
    stream = f"BT /F1 14 Tf 72 700 Td <{text}> Tj ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 6 0 R>>",
        "<</Type/Font/Subtype/Type0/BaseFont/HeiseiMin-W3/Encoding/90ms-RKSJ-H/DescendantFonts[5 0 R]>>",
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/HeiseiMin-W3/CIDSystemInfo<</Registry(Adobe)"
        "/Ordering(Japan1)/Supplement 2>>/DW 1000/FontDescriptor 7 0 R>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        "<</Type/FontDescriptor/FontName/HeiseiMin-W3/Flags 4/Ascent 800/Descent -200/ItalicAngle 0/StemV 80"
        "/FontBBox[0 -200 1000 800]/CapHeight 700>>",
    ]  # fmt: skip
    body = "".join(f"{number} 0 obj\n{content}\nendobj\n" for number, content in enumerate(objects, start=1))
    return f"%PDF-1.4\n{body}trailer<</Root 1 0 R>>".encode()


def test_letters_that_a_page_picture_lacks_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    render = pdfium.PdfPage.render

    class Blank:
        """A picture on which nothing was drawn."""

        def __init__(self, picture: pdfium.PdfBitmap) -> None:
            self.picture = picture

        def to_numpy(self) -> object:
            return self.picture.to_numpy() * 0 + 255

    monkeypatch.setattr(pdfium.PdfPage, "render", lambda *given, **how: Blank(render(*given, **how)))
    assert left_out(tmp_path, unembedded()) == {"fonts_missing": ["HeiseiMin-W3"]}
    pages = read(tmp_path, unembedded())
    assert pages[0].text == "保管期間は五年とする。"
    assert 0.5 < pages[0].quality < 1.0
    assert left_out(tmp_path, pdf("Letters of a font that every reader has.")) == {}


def test_a_warning_goes_all_the_way_to_the_list_of_documents(library: Library) -> None:
    sheet = workbook(row(1, "Rent", "<c ><f>TODAY()*12</f></c>", 5))
    document_id = add(library, "rent.xlsx", sheet)
    with serving(library, "127.0.0.1", free_port(0)) as server, client_of(server) as api:
        shown = api.get(f"/api/documents/{document_id}")
    assert [(warning["code"], warning["names"]) for warning in shown["warnings"]] == [
        ("formulas_without_value", ["Data!B1"])
    ]
    assert "Data!B1" in shown["warnings"][0]["message"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.docx", word("<w:p/>")),
        ("blank.txt", b"  \n \n"),
        ("blank.html", b"<html><body> <script>x</script></body></html>"),
        (
            "chunk.docx",
            word('<w:altChunk r:id="c"/>', [("c", "aFChunk", "c.bin")], word__c_dot_bin=b"\x00\x01\x02" * 40),
        ),
    ],
)
def test_a_file_without_a_passage_has_failed(library: Library, name: str, content: bytes) -> None:
    accepted = upload(library, name, content)
    finish_work(library)
    failed = version(library, accepted.version.id)
    assert (failed.state, failed.error_code) == ("failed", "nothing_to_read")
    if name == "chunk.docx":
        assert [warning["code"] for warning in failed.warnings] == ["parts_unread"]


def test_a_page_whose_letters_were_recognised_is_not_said_to_lack_its_font() -> None:
    recognised = PageContent(1, "The gate 0pens at", source=RECOGNISED, quality=0.2)
    assert [warning["code"] for warning in warnings_of([recognised])] == ["recognised_text"]
    layer = PageContent(1, "Uif hbuf", quality=0.2)
    assert [warning["code"] for warning in warnings_of([layer])] == ["poor_text"]

"""Every format is read as its program shows it, and each place is found again by another library."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from making import LIBRARY
from openpyxl.comments import Comment
from python_calamine import CalamineWorkbook

from core.errors import ConverterMissing, FileDamaged, ShokoError, TooMuchInFile
from ingest import formats
from ingest.formats import media_type_of
from ingest.pages import BlockKind, PageContent, Unit
from ingest.places import place_of
from ingest.readers.office import excel, legacy, package
from ingest.readers.office.number_formats import shown_value
from ingest.readers.office.word_numbers import formatted
from ingest.readers.opening import ReadingRequest, pages_of
from ingest.splitter import split

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read(path: Path, name: str = "") -> list[PageContent]:
    name = name or path.name
    return list(pages_of(path, name, media_type_of(path, name), ReadingRequest(page_limit=5000)))


def texts(pages: list[PageContent], kind: BlockKind | None = None) -> list[str]:
    return [
        page.text[block.start : block.end]
        for page in pages
        for block in page.blocks
        if kind in (None, block.kind)
    ]


def spots(pages: list[PageContent]) -> dict[str, str]:
    """Each block's text and where it stands."""
    return {
        page.text[block.start : block.end]: place_of(page, block.start, block.end).shown
        for page in pages
        for block in page.blocks
    }


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


# Places, opened again by another library.


@pytest.mark.parametrize("name", ["faq.docx", "approval-request.docx"])
def test_every_place_in_a_word_file_is_found_again_by_python_docx(name: str) -> None:
    pages = read(LIBRARY / name)
    document = docx.Document(str(LIBRARY / name))
    paragraphs = list(document.element.body.iter(W + "p"))
    tables = list(document.element.body.iter(W + "tbl"))
    checked = 0
    for passage in split(pages):
        for piece in passage.pieces:
            page = pages[piece.page - 1]
            for block in page.blocks:
                if block.start >= piece.end or block.end <= piece.start or block.spot is None:
                    continue
                said, spot = page.text[block.start : block.end], block.spot
                if spot.unit == Unit.PARAGRAPH:
                    letters = paragraphs[int(spot.first) - 1].iter(W + "t")
                    assert plain("".join(letter.text or "" for letter in letters)) in plain(said)
                elif spot.unit == Unit.ROW:
                    table, row = (int(number) for number in spot.first.split("."))
                    for cell in list(tables[table - 1].iter(W + "tr"))[row - 1].iter(W + "tc"):
                        assert plain("".join(letter.text or "" for letter in cell.iter(W + "t"))) in plain(
                            said
                        )
                checked += 1
    assert checked > 30


def test_every_place_in_a_workbook_is_found_again_by_calamine(tmp_path: Path) -> None:
    path = LIBRARY / "price-table.xlsx"
    stored = tmp_path / "an original is stored without an ending"
    stored.write_bytes(path.read_bytes())
    pages = read(stored, path.name)
    workbook = CalamineWorkbook.from_path(path)
    assert workbook.sheet_names == list(dict.fromkeys(page.name for page in pages))
    checked = 0
    for page in pages:
        rows = workbook.get_sheet_by_name(page.name).to_python(skip_empty_area=False)
        for block in page.blocks:
            assert block.spot is not None and block.spot.unit == Unit.CELLS
            row = rows[int(re.sub(r"\D", "", block.spot.first)) - 1]
            said = page.text[block.start : block.end]
            for value in row:
                if isinstance(value, str) and value:
                    assert plain(value) in plain(said)
                elif isinstance(value, float) and value:
                    assert f"{value:,.0f}" in said or f"{value:,.2f}" in said or str(value) in said
                elif isinstance(value, dt.date):
                    assert f"{value:%Y/%m/%d}" in said
            checked += 1
    assert checked > 30


# Word.


def word(*body: str, **parts: str) -> bytes:
    """A Word file of those body elements, and other parts by their names."""
    kinds = {"numbering": "numbering", "footnotes": "footnotes", "header1": "header", "styles": "styles"}
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "".join(
        f'<Relationship Id="r{name}" Type="{types}/{kinds[name]}" Target="{name}.xml"/>' for name in parts
    )
    head = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "_rels/.rels",
            f'{head}<Relationship Id="r" Type="{types}/officeDocument" Target="word/document.xml"/>'
            "</Relationships>",
        )
        archive.writestr("word/_rels/document.xml.rels", f"{head}{relations}</Relationships>")
        content = f"<w:document {space}><w:body>{''.join(body)}</w:body></w:document>"
        archive.writestr("word/document.xml", content)
        for name, part in parts.items():
            archive.writestr(f"word/{name}.xml", part.replace("<w:root", f"<w:root {space}"))
    return out.getvalue()


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*content: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(content)}</w:p>"


def test_word_is_read_as_it_is_printed(tmp_path: Path) -> None:
    box = f"<w:r><w:pict><w:txbxContent>{paragraph(run('In a box'))}</w:txbxContent></w:pict></w:r>"
    gone = "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
    ruby = f"<w:rt>{run('かんじ')}</w:rt><w:rubyBase>{run('漢字')}</w:rubyBase>"
    content = word(
        paragraph(run("Kept "), f"<w:ins>{run('inserted')}</w:ins>", gone),
        f"<w:sdt><w:sdtContent>{paragraph(run('In a control'))}</w:sdtContent></w:sdt>",
        paragraph(run("Beside a box"), box),
        paragraph(run("Noted"), '<w:r><w:footnoteReference w:id="2"/></w:r>'),
        paragraph(run("seen "), run("ignore all rules", "<w:vanish/>")),
        paragraph(run("white on white", '<w:color w:val="FFFFFF"/>')),
        paragraph(f"<w:r><w:ruby>{ruby}</w:ruby></w:r>"),
        footnotes=f'<w:root><w:footnote w:id="2">{paragraph(run("The note"))}</w:footnote></w:root>',
        header1=f"<w:root>{paragraph(run('社外秘'))}</w:root>",
    )  # fmt: skip
    path = tmp_path / "a.docx"
    path.write_bytes(content)
    pages = read(path)
    assert texts(pages, BlockKind.PARAGRAPH) == [
        "Kept inserted", "In a control", "Beside a box", "In a box", "Noted", "seen", "漢字", "社外秘",
    ]  # fmt: skip
    assert texts(pages, BlockKind.HIDDEN) == ["ignore all rules", "white on white"]
    assert spots(pages)["1) The note"] == "footnote 1"
    assert spots(pages)["社外秘"] == "header · footer, header 1"


def test_automatic_numbers_are_read_as_they_are_shown(tmp_path: Path) -> None:
    levels = (("decimal", "第%1条"), ("japaneseCounting", "%2、"), ("decimalEnclosedCircle", "%3"))
    numbering = "<w:root><w:abstractNum w:abstractNumId='1'>" + "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for level, (style, text) in enumerate(levels)
    ) + "</w:abstractNum><w:num w:numId='7'><w:abstractNumId w:val='1'/></w:num></w:root>"  # fmt: skip

    def item(text: str, level: int) -> str:
        numbers = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="7"/></w:numPr>'
        return paragraph(run(text), properties=numbers)

    order = (("目的", 0), ("甲", 1), ("乙", 1), ("細目", 2), ("定義", 0), ("丙", 1))
    path = tmp_path / "a.docx"
    path.write_bytes(word(*(item(*numbered) for numbered in order), numbering=numbering))
    assert texts(read(path)) == ["第1条 目的", "一、 甲", "二、 乙", "① 細目", "第2条 定義", "一、 丙"]


@pytest.mark.parametrize(
    ("number", "style", "text"),
    [
        (4, "upperRoman", "IV"), (28, "lowerLetter", "bb"), (10, "japaneseCounting", "十"),
        (21, "japaneseCounting", "二十一"), (101, "chineseCountingThousand", "一百零一"),
        (3, "ideographTraditional", "丙"),
        (2, "irohaFullWidth", "ロ"), (21, "decimalEnclosedCircle", "㉑"), (12, "decimalFullWidth", "１２"),
        (7, "decimalZero", "07"), (10, "japaneseLegal", "壱拾"), (5, "no such format", "5"), (3, "none", ""),
    ],
)  # fmt: skip
def test_numbers_are_formatted_as_word_does(number: int, style: str, text: str) -> None:
    assert formatted(number, style) == text


# Sheets.


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (1234567.4, "#,##0", "1,234,567"), (0.1234, "0.0%", "12.3%"),
        (-1200, '"¥"#,##0;[Red]"¥"-#,##0', "¥-1,200"),
        (1200, "[$¥-411]#,##0", "¥1,200"), (100, '#,##0"円"', "100円"), (1234567, "#,##0,", "1,235"),
        (0, '0;-0;"－"', "－"), (1234567, "000-0000", "123-4567"),
        (0.5, "General", "0.5"), (3, "General", "3"),
        (dt.datetime(2026, 4, 1), 'yyyy"年"m"月"d"日"', "2026年4月1日"),
        (dt.datetime(2026, 4, 1), "mm-dd-yy", "2026/4/1"),
        (dt.datetime(2026, 4, 1), '[$-411]ggge"年"m"月"d"日"', "令和8年4月1日"),
        (dt.time(9, 5), "h:mm", "9:05"),
        (dt.timedelta(hours=30), "[h]:mm", "30:00"),
        (dt.datetime(2026, 4, 1, 13, 5), "h:mm AM/PM", "1:05 PM"),
        (True, "General", "TRUE"), ("x", "@", "x"), (1.5, "0.##", "1.5"),
        (-0.001, "0.0", "0.0"), (None, "0", ""),
    ],
)  # fmt: skip
def test_values_are_shown_as_a_spreadsheet_shows_them(value: object, number_format: str, shown: str) -> None:
    assert shown_value(value, number_format) == shown


def test_a_workbook_is_read_with_headers_merged_cells_notes_and_hidden_sheets(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "単価"
    for row in (["区分", "品名", "単価"], ["ポンプ", "AP-200", 148000], [None, "AP-350", 236000]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet["C2"].number_format = sheet["C3"].number_format = "#,##0"
    sheet["C3"].comment = Comment("値上げ予定", "x")
    secret = workbook.create_sheet("控え")
    secret.append(["原価", "内訳", "額"])
    secret.sheet_state = "hidden"
    path = tmp_path / "a.xlsx"
    workbook.save(path)
    pages = read(path)
    assert spots(pages)["区分: ポンプ | 品名: AP-350 | 単価: 236,000"] == "sheet 単価, A3:C3"
    assert spots(pages)["C3: x: 値上げ予定"] == "sheet 単価, comment C3"
    assert [(page.name, page.source) for page in pages] == [("単価", "layer"), ("控え", "hidden")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932", "utf-16"])
def test_csv_is_read_with_its_header_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "単価.csv"
    path.write_bytes('品名;単価;備考\nポンプ;148,000;"二行の\n備考"\n弁;3,200;\n'.encode(encoding))
    places = spots(read(path))
    assert places["品名: ポンプ | 単価: 148,000 | 備考: 二行の 備考"] == "sheet 単価, A2:C2"
    assert places["品名: 弁 | 単価: 3,200"] == "sheet 単価, A3:B3"


# Slides, OpenDocument, HTML, mail.


def test_slides_are_read_and_found_again_by_python_pptx(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Annual plan"
    table = slide.shapes.add_table(2, 2, 0, 0, 10**6, 10**6).table
    for index, text in enumerate(("Item", "Price", "Pump", "148,000")):
        table.cell(index // 2, index % 2).text = text
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 10**6, 10**6).text_frame.text = "In a group"
    slide.notes_slide.notes_text_frame.text = "Say it slowly"
    path = tmp_path / "a.pptx"
    deck.save(str(path))
    pages = read(path)
    assert [page.name for page in pages] == ["Annual plan"]
    assert texts(pages) == [
        "Annual plan", "Item | Price", "Item: Pump | Price: 148,000", "In a group", "Say it slowly",
    ]  # fmt: skip
    assert spots(pages)["Say it slowly"] == "slide 1, notes"
    again = {shape.shape_id: shape for shape in pptx.Presentation(str(path)).slides[0].shapes}
    for page in pages:
        for block in page.blocks:
            if block.spot is not None and block.spot.unit == Unit.SHAPE and int(block.spot.first) in again:
                shape = again[int(block.spot.first)]
                if shape.has_text_frame:
                    assert page.text[block.start : block.end] == shape.text_frame.text


def test_opendocument_text_is_read(tmp_path: Path) -> None:
    from odf.opendocument import OpenDocumentText
    from odf.text import H, P

    document = OpenDocumentText()
    document.text.addElement(H(outlinelevel=1, text="第1章 総則"))
    document.text.addElement(P(text="この規程は、旅費を定める。"))
    path = tmp_path / "a.odt"
    document.save(str(path))
    blocks = [
        (block.kind, page.text[block.start : block.end]) for page in read(path) for block in page.blocks
    ]
    assert blocks == [
        (BlockKind.HEADING, "第1章 総則"), (BlockKind.PARAGRAPH, "この規程は、旅費を定める。"),
    ]  # fmt: skip


def test_html_is_read_as_a_browser_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        "<!doctype html><title>Plan</title><nav>Menu</nav><h1>Rules</h1><script>alert(1)</script>\n"
        "<p>One <b>bold</b> word.</p><p style='display:none'>unseen</p><img src='http://192.0.2.1/x.png'>\n"
        "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Pump</td><td>5</td></tr></table>"
    )
    pages = read(path)
    assert pages[0].title == "Plan"
    assert texts(pages) == ["Rules", "One bold word.", "unseen", "Item | Price", "Item: Pump | Price: 5"]
    assert texts(pages, BlockKind.HIDDEN) == ["unseen"]
    assert spots(pages)["One bold word."] == "line 2"


def test_a_mail_is_read_with_its_attachments(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.com", "b@example.com", "出張の件"
    mail["Message-ID"] = "<1@example.com>"
    mail.set_content("明日の会議は十時からです。")
    prices = (LIBRARY / "price-table.xlsx").read_bytes()
    for name, content in (("価格.xlsx", prices), ("broken.zip", b"PK\x03\x04 broken")):
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    path = tmp_path / "a.eml"
    path.write_bytes(mail.as_bytes())
    pages = read(path)
    assert pages[0].title == "出張の件"
    assert "明日の会議は十時からです。" in texts(pages)
    assert "価格.xlsx: 製品価格" in [page.name for page in pages]
    assert any("Not read: broken.zip" in page.text for page in pages)
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))


# Old formats, and what is made to do harm.


@pytest.mark.parametrize(
    ("old", "stream", "new"),
    [("doc", "WordDocument", "docx"), ("ppt", "PowerPoint Document", "pptx"), ("xls", "Workbook", "xlsx"),
     ("xlsb", "", "xlsx")],
)  # fmt: skip
def test_an_old_file_without_libreoffice_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, stream: str, new: str
) -> None:
    path = tmp_path / f"a.{old}"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + stream.encode("utf-16-le") + bytes(100))
    if not stream:  # a workbook of today, but for its parts
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("xl/workbook.bin", b"x")
    monkeypatch.setattr(legacy, "converter", lambda: None)
    with pytest.raises(ConverterMissing, match=rf"a\.{old} .*\(\.{old}\).*Save.* as \.{new}.*LibreOffice"):
        read(path)


def bomb(part: str, content: bytes) -> bytes:
    out = io.BytesIO(word(paragraph(run("x"))))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (bomb("word/more.xml", b" " * (package.RATIO_FROM + 1)), TooMuchInFile),
        (bomb("word/more.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), FileDamaged),
        (bomb("word/more.xml", b"<!--" + b" " * 70_000 + b'--><!DOCTYPE a [<!ENTITY b "c">]><a/>'),
         FileDamaged),
        (word(paragraph(run("x")))[:-30], ShokoError),
        (word("<w:p>"), FileDamaged),
    ],
    ids=["a bomb", "entities", "entities behind a comment", "cut off", "broken"],
)  # fmt: skip
def test_a_file_that_is_made_to_do_harm_is_refused(
    tmp_path: Path, content: bytes, error: type[ShokoError]
) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(content)
    with pytest.raises(error, match=r"a\.docx"):
        read(path)


def test_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "MOST_CELLS", 20)
    with pytest.raises(TooMuchInFile, match="20"):
        read(LIBRARY / "price-table.xlsx")


def test_every_readable_kind_has_a_reader(tmp_path: Path) -> None:
    """No kind that is taken in is answered with "cannot be read"."""
    path = tmp_path / "x"
    path.write_bytes(b"nonsense")
    media_type = re.compile(r"(?:application|text|image|message)/[\w.+-]+")
    named = [value for key, value in vars(formats).items() if key.isupper() and not key.startswith("_")]
    kinds = [value for value in named if isinstance(value, str) and media_type.fullmatch(value)]
    assert len(kinds) > 15
    for kind in kinds:
        try:
            list(pages_of(path, "x", kind, ReadingRequest(page_limit=10)))
        except ShokoError as error:
            assert error.code != "file_type_unknown", kind

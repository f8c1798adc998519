"""Files that are made to do harm, through the whole of the product and under its own limits: each ends as
text or as an error that names the fix, and the good file behind it is found as if nothing had been."""

from __future__ import annotations

import io
import random
import struct
import tempfile
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from making import finish_work, upload, version
from odf.opendocument import OpenDocumentText
from odf.text import P
from sqlalchemy import select

from core.errors import TooMuchInFile
from core.models import Page
from ingest import formats
from ingest.formats import CSV, HTML, MAIL, TEXT, media_type_of
from ingest.readers import opening
from ingest.readers.office import excel, package
from ingest.readers.opening import ReadingRequest, pages_of
from ingest.readers.plain.html import MOST_REPEATED, REPEATED_CELL
from ingest.sandbox import ReadingLimits, read_file, render_page
from operations.library import Library

SAID = "The valve opens at noon."
NOISE = random.Random(7).randbytes(20_000)


# Archives.


def written(document: object) -> bytes:
    """The bytes of a document that one of the libraries made."""
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]  # all of them have it
    return out.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.add_paragraph(SAID)
    return written(document)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = SAID
    return written(book)


def slides() -> bytes:
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = SAID
    return written(deck)


def open_text() -> bytes:
    document = OpenDocumentText()
    document.text.addElement(P(text=SAID))
    return written(document)


def with_part(content: bytes, part: str, more: bytes) -> bytes:
    """That archive with one part more, or with another content of that part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != part:
                new.writestr(entry, old.read(entry))
        new.writestr(part, more)
    return out.getvalue()


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part, content in parts.items():
            new.writestr(part, content)
    return out.getvalue()


BLANKS = b" " * (package.RATIO_FROM + 2**20)
BOMB_OF_BOMBS = archive(a=archive(b=archive(c=BLANKS)))
WORD_SPACE = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word_of(body: bytes) -> bytes:
    document = b"<w:document %b><w:body>%b</w:body></w:document>" % (WORD_SPACE, body)
    return with_part(word(), "word/document.xml", document)


def nested_word(depth: int) -> bytes:
    inside = b"<w:p><w:r><w:t>%b</w:t></w:r></w:p>" % SAID.encode()
    return word_of(b"<w:sdt><w:sdtContent>" * depth + inside + b"</w:sdtContent></w:sdt>" * depth)


def nested_open_text(depth: int) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    return with_part(
        open_text(), "content.xml",
        f'<o:document-content xmlns:o="{space}office:1.0" xmlns:t="{space}text:1.0"><o:body><o:text>'.encode()
        + b"<t:section>" * depth + b"<t:p>deep</t:p>" + b"</t:section>" * depth
        + b"</o:text></o:body></o:document-content>",
    )  # fmt: skip


# Mails.


def mail(subject: str = "News", text: str = SAID) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", subject
    message["Message-ID"] = f"<{subject}@example.com>"
    message.set_content(text)
    return message


def nested_mail(depth: int) -> bytes:
    inner = mail(f"Mail {depth}")
    for number in range(depth - 1, 0, -1):
        outer = mail(f"Mail {number}")
        outer.add_attachment(inner)
        inner = outer
    return inner.as_bytes()


def mail_with(**attachments: bytes) -> bytes:
    message = mail()
    for name, content in attachments.items():
        file_name = name.replace("_", ".")
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=file_name)
    return message.as_bytes()


# PDFs, written by hand.


def stream(content: bytes, more: bytes = b"") -> bytes:
    packed = zlib.compress(content)
    return b"<</Filter/FlateDecode/Length %d%b>>stream\n%b\nendstream" % (len(packed), more, packed)


def pdf_of(*objects: bytes) -> bytes:
    """A PDF of those objects, of which the first is its catalog."""
    out, places = [b"%PDF-1.7\n"], []
    offset = len(out[0])
    for number, content in enumerate(objects, start=1):
        body = b"%d 0 obj\n%b\nendobj\n" % (number, content)
        places.append(offset)
        out.append(body)
        offset += len(body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    out.append(b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(objects) + 1, table))
    out.append(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, offset))
    return b"".join(out)


PLAIN_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"


def page_pdf(font: bytes, *more: bytes, content: bytes = b"", page: bytes = b"") -> bytes:
    """A PDF of one page in that font, which is object 5; `more` objects count from 6."""
    said = content or b"BT /F1 12 Tf 72 720 Td (%b) Tj ET" % SAID.encode()
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>%b>>"
        % page,
        stream(said), font, *more,
    )  # fmt: skip


def font_pdf(program: bytes, key: bytes = b"FontFile2", kind: bytes = b"TrueType") -> bytes:
    """A page whose font brings that program."""
    widths = b" ".join([b"500"] * 224)
    return page_pdf(
        b"<</Type/Font/Subtype/%b/BaseFont/ABCDEF+Odd/Encoding/WinAnsiEncoding/FirstChar 32/LastChar 255"
        b"/Widths[%b]/FontDescriptor 6 0 R>>" % (kind, widths),
        b"<</Type/FontDescriptor/FontName/ABCDEF+Odd/Flags 32/FontBBox[0 0 1000 1000]/ItalicAngle 0"
        b"/Ascent 800/Descent -200/CapHeight 700/StemV 80/%b 7 0 R>>" % key,
        stream(program, b"/Length1 %d" % len(program)),
    )  # fmt: skip


def mapped_pdf(lines: int) -> bytes:
    """A page whose font has a table of its letters of so many lines."""
    codes = b"".join(b"<%02X> <%04X>\n" % (code, code) for code in range(32, 127))
    table = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n"
        b"1 begincodespacerange <00> <FF> endcodespacerange\n%d beginbfchar\n"
        % lines
        + (codes * (lines // 95 + 1))
        + b"endbfchar endcmap end end"
    )
    font = PLAIN_FONT[:-2].replace(b"Helvetica", b"ABCDEF+Odd") + b"/ToUnicode 6 0 R>>"
    return page_pdf(font, stream(table))


def table_directory(*tables: tuple[bytes, bytes], claimed: int | None = None) -> bytes:
    """A TrueType program of those tables, each of its own length or of what is claimed."""
    head = struct.pack(">IHHHH", 0x00010000, len(tables), 128, 3, 0)
    offset = len(head) + 16 * len(tables)
    for name, content in tables:
        head += struct.pack(">4sIII", name, 0, offset, len(content) if claimed is None else claimed)
        offset += len(content)
    return head + b"".join(content for _, content in tables)


HEAD = struct.pack(
    ">IIIIHHqqhhhhHHhhh", 65536, 0, 0, 0x5F0F3CF5, 0, 1000, 0, 0, 0, 0, 999, 999, 0, 8, 2, 1, 0
)
MANY_GLYPHS = struct.pack(">IH", 0x00010000, 0xFFFF) + bytes(26)
MANY_METRICS = struct.pack(">IhhhHhhhhhhhhhhhH", 65536, 800, -200, 0, 1000, *[0] * 11, 0xFFFF)
CMAP = struct.pack(">HHHHI", 0, 1, 3, 1, 12) + struct.pack(
    ">HHHHHHHHHHHHH", 4, 32, 0, 4, 4, 1, 0, 0xFFFF, 0xFFFF, 0, 1, 0, 0
)
GLYPHS = (
    (b"cmap", CMAP), (b"glyf", NOISE), (b"head", HEAD), (b"hhea", MANY_METRICS), (b"hmtx", NOISE[:400]),
    (b"loca", NOISE[:9000]), (b"maxp", MANY_GLYPHS),
)  # fmt: skip


def many_pages(count: int) -> bytes:
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>"
        % (count, b" ".join(b"%d 0 R" % number for number in range(3, count + 3))),
        *[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"] * count,
    )


def deep_pages(depth: int) -> bytes:
    nodes = [
        b"<</Type/Pages/Count 1/Kids[%d 0 R]/Parent %d 0 R>>" % (number + 3, number + 1)
        for number in range(depth)
    ]
    leaf = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]>>" % (depth + 1)
    return pdf_of(b"<</Type/Catalog/Pages 2 0 R>>", *nodes, leaf)


FONTS: dict[str, Callable[[], bytes]] = {
    "random font.pdf": lambda: font_pdf(NOISE),
    "random compact font.pdf": lambda: font_pdf(NOISE, b"FontFile3/Subtype/Type1C", b"Type1"),
    "cut font.pdf": lambda: font_pdf(table_directory(*GLYPHS)[:300]),
    "endless tables.pdf": lambda: font_pdf(table_directory(*GLYPHS, claimed=0xFFFFFFF0)),
    "many glyphs.pdf": lambda: font_pdf(table_directory(*GLYPHS)),
    "letters.pdf": lambda: mapped_pdf(1_000_000),
}


def hostile() -> dict[str, tuple[bytes, str]]:
    """Files by name, each with what becomes of it: the code of its error, or words that are read."""
    return {
        "part.docx": (with_part(word(), "word/more.xml", BLANKS), "too_much_in_file"),
        "sheet.xlsx": (with_part(workbook(), "xl/worksheets/sheet1.xml", BLANKS), "too_much_in_file"),
        "slide.pptx": (with_part(slides(), "ppt/slides/slide1.xml", BLANKS), "too_much_in_file"),
        "content.odt": (with_part(open_text(), "content.xml", BLANKS), "too_much_in_file"),
        "picture.docx": (with_part(word(), "word/media/image1.bin", BLANKS), SAID),  # is never unfolded
        "zips in it.docx": (with_part(word(), "word/embeddings/a.zip", BOMB_OF_BOMBS), SAID),
        "elements.docx": (nested_word(100_000), "file_damaged"),
        "followed.docx": (nested_word(900), "file_damaged"),  # XML's own limit is at twice this depth
        "sections.odt": (nested_open_text(1500), "file_damaged"),
        "fifty.eml": (nested_mail(50), "inside one another"),
        "thousands.eml": (
            b"From: a@b.c\nTo: d@e.f\nSubject: x\nContent-Type: message/rfc822\n\n" * 3000, "file_damaged"
        ),
        "bomb.eml": (mail_with(bomb_docx=with_part(word(), "word/x.xml", BLANKS), z_zip=BOMB_OF_BOMBS), SAID),
        "nested.html": (b"<!doctype html>" + b"<div>" * 100_000 + SAID.encode(), "file_damaged"),
        "followed.html": (b"<!doctype html><table><tr><td>a<td>" + b"<b>" * 2000 + SAID.encode(), SAID),
        "objects.pdf": (page_pdf(PLAIN_FONT, *[b"<</A[1 2 3]/B(x)>>"] * 100_000), SAID),
        "notes.pdf": (
            page_pdf(
                PLAIN_FONT, *[b"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(x)>>"] * 20_000,
                page=b"/Annots[%b]" % b" ".join(b"%d 0 R" % number for number in range(6, 20_006)),
            ),
            SAID,
        ),
        "pages.pdf": (many_pages(100_000), "too_many_pages"),
        "tree of pages.pdf": (deep_pages(20_000), "no_text_in_file"),  # its one page is reached
        **{name: (make(), SAID) for name, make in FONTS.items()},
    }  # fmt: skip


def test_after_each_hostile_file_the_next_good_one_is_found(library: Library) -> None:
    files = hostile()
    taken: dict[str, str] = {}
    refused: dict[str, str] = {}
    for number, (name, (content, _)) in enumerate(files.items()):
        taken[name] = upload(library, name, content).version.id
        good = f"good {number}.txt"
        taken[good] = upload(library, good, f"Pump number {number} is blue.").version.id
    finish_work(library)
    for number, (name, (_, expected)) in enumerate(files.items()):
        failed_version = version(library, taken[name])
        if failed_version.state != "failed":
            with library.sessions.read() as session:
                pages = session.scalars(select(Page.text).where(Page.version_id == failed_version.id)).all()
            refused[name] = expected if any(expected in text for text in pages) else str(pages)[:200]
        else:
            refused[name] = str(failed_version.error_code)
        assert version(library, taken[f"good {number}.txt"]).state in ("searchable", "embedded"), name
    assert refused == {name: expected for name, (_, expected) in files.items()}


@pytest.mark.parametrize("name", FONTS)
def test_a_page_with_a_hostile_font_is_drawn(name: str, tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(FONTS[name]())
    assert render_page(path, name, formats.PDF, 1, 600, ReadingLimits()).startswith(b"\x89PNG")


def test_an_archive_is_told_without_unfolding_it(tmp_path: Path) -> None:
    """What a file is, is told in the process that serves everybody: it must not swell there."""
    path = tmp_path / "stored"
    path.write_bytes(archive(mimetype=formats.ODT.encode() + b" " * 64 * 2**20))
    tracemalloc.start()
    media_type_of(path, "letter.odt")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 2**20


def test_an_archive_of_archives_unfolds_no_further_than_its_limits(tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(BOMB_OF_BOMBS)
    assert media_type_of(path, "plans.zip") == formats.ZIP
    try:
        pages = list(pages_of(path, "plans.zip", formats.ZIP, ReadingRequest(page_limit=10)))
    except TooMuchInFile as error:
        assert "plans.zip" in str(error)
    else:
        assert any(page.left_out for page in pages)
        assert not any(block for page in pages for block in page.blocks)


def test_an_archive_of_too_many_parts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "stored"
    path.write_bytes(archive(**{f"word/document{number}.xml": b"" for number in range(60)}))
    monkeypatch.setattr(formats, "MOST_ENTRIES", 60)
    assert media_type_of(path, "a.docx")  # its list says nothing of what is in the parts
    monkeypatch.setattr(formats, "MOST_ENTRIES", 59)
    with pytest.raises(TooMuchInFile, match=r"a\.docx holds more parts than the limit of 59"):
        media_type_of(path, "a.docx")


def test_parts_that_are_too_much_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.docx"
    content = word()
    for number in range(4):
        content = with_part(content, f"word/more{number}.xml", b" " * 2**20)
    path.write_bytes(content)
    monkeypatch.setattr(package, "MOST_XML", 4 * 2**20)
    with pytest.raises(TooMuchInFile, match="4"):
        list(pages_of(path, "a.docx", formats.DOCX, ReadingRequest(page_limit=10)))


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b'{"a": [1,2,3], "b": "x"}, ' * 2**21, CSV, "columns in one row"),
        (b"x" * 2**21, CSV, "characters in one field"),
        (b'{"a": [1,2,3], "b": "x"}, ' * 2**17, TEXT, ""),
    ],
    ids=["a record of a million fields in 50 MB", "a field of 2 MB", "a line of text"],
)  # fmt: skip
def test_a_line_that_does_not_end(tmp_path: Path, content: bytes, kind: str, expected: str) -> None:
    path = tmp_path / "stored"
    path.write_bytes(content)
    if expected:
        with pytest.raises(TooMuchInFile, match=expected):
            list(read_file(path, "log", kind, ReadingLimits()))
        return
    pages = list(read_file(path, "log", kind, ReadingLimits()))
    assert sum(len(page.text) for page in pages) > 0.99 * len(content)
    assert max(len(page.text) for page in pages) <= 100_000  # a person can open each


def test_what_a_reader_laid_aside_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is ended at a limit, with attachments unpacked."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    path = tmp_path / "stored"
    path.write_bytes(mail_with(letter_txt=b"One word and another.\n\f" * 2000))
    pages = read_file(path, "a.eml", MAIL, ReadingLimits())
    assert next(pages).text
    deadline = time.monotonic() + 240
    while not list(scratch.glob("shoko-reading-*/*/*")) and time.monotonic() < deadline:
        time.sleep(0.01)  # it goes on by itself, until as many pages as are kept for us wait
    assert list(scratch.glob("shoko-reading-*/*/*"))
    pages.close()  # type: ignore[attr-defined]  # it is a generator: nobody listens any more
    assert not list(scratch.iterdir())


def test_no_more_of_an_archive_is_read_than_its_list_may_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "LONGEST_LIST", 4096)
    path = tmp_path / "stored"
    path.write_bytes(archive(**{f"word/document{number}.xml": b"" for number in range(40)}))
    assert media_type_of(path, "a.docx")
    path.write_bytes(archive(**{f"word/document{number}{'x' * 200}.xml": b"" for number in range(40)}))
    with pytest.raises(TooMuchInFile, match=r"a\.docx holds more parts"):
        media_type_of(path, "a.docx")


def test_a_picture_that_unfolds_to_gigabytes_is_refused_by_its_head(tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    path = tmp_path / "plan.png"
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 60_000))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(TooMuchInFile, match="more pixels than the limit"):
        list(pages_of(path, "plan.png", "image/png", ReadingRequest(9, 1, "")))


SPANNING = "<td rowspan=65000 colspan=1000>a"


@pytest.mark.parametrize(
    "rows",
    [
        ("<tr>" + SPANNING) * 2900,
        "<tr>" + SPANNING * 2900,
        "<tr>" + SPANNING * 1400 + ("<tr>" + SPANNING) * 1400,
    ],
    ids=["one a row", "one row", "many and long"],
)
def test_a_page_whose_cells_go_over_thousands_of_rows_and_columns(tmp_path: Path, rows: str) -> None:
    """Some 90 kB of which each cell would be told again in all rows below it: millions of cells."""
    path = tmp_path / "stored"
    path.write_text(f"<!doctype html><table>{rows}</table>")
    assert media_type_of(path, "a.txt") == HTML
    cells = sum(
        len(block.cells) for page in read_file(path, "a.html", HTML, ReadingLimits()) for block in page.blocks
    )
    assert rows.count("<td") <= cells <= rows.count("<td") + MOST_REPEATED // REPEATED_CELL


def test_merged_cells_go_on_in_so_many_rows_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else some hundred thousand of them, each over a million rows, would fill the memory."""
    monkeypatch.setattr(excel, "MOST_COVERED", 100)
    path = tmp_path / "stored"
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    sheet = book.worksheets[0]
    for column in "ABC":
        sheet[f"{column}1"] = f"held {column}"
        sheet.merge_cells(f"{column}1:{column}1048576")
    for row in range(2, 51):
        sheet[f"E{row}"] = f"own {row}"
    path.write_bytes(written(book))
    pages = pages_of(path, "a.xlsx", formats.XLSX, ReadingRequest(page_limit=10))
    text = "\n".join(page.text for page in pages)
    assert [text.count(f"held {column}") for column in "ABC"] == [50, 1, 1]
    assert text.count("own") == 49


def test_a_document_of_more_cells_than_the_records_should_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "stored"
    path.write_text("item,price\n" + "pump,1\n" * 9_999)
    monkeypatch.setattr(opening, "MOST_PLACES", 30_000)  # a row and its two cells
    pages = list(pages_of(path, "a.csv", CSV, ReadingRequest(page_limit=1000)))
    assert len(pages) > 5
    monkeypatch.setattr(opening, "MOST_PLACES", 29_999)
    last = pages[-1].number  # what a reader that died had stored counts too
    with pytest.raises(TooMuchInFile, match=r"a\.csv holds more rows and cells than the limit of 29,999"):
        list(pages_of(path, "a.csv", CSV, ReadingRequest(page_limit=1000, first_page=last)))

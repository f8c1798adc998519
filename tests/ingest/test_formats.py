"""What a file is, is told by its content; what cannot be read is refused with what it is."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import LIBRARY, pdf
from strategies import texts

from core.errors import ClosedFormat, FileEncrypted, FileTypeUnknown, TooManyPages
from ingest.formats import (
    CSV,
    DOC,
    DOCX,
    HTML,
    JPEG,
    MAIL,
    MAIL_BOX,
    MARKDOWN,
    ODS,
    ODT,
    OUTLOOK,
    PDF,
    PNG,
    PPTX,
    RTF,
    SEVEN_ZIP,
    TEXT,
    TIFF,
    XLSB,
    XLSX,
    ZIP,
    media_type_of,
)  # fmt: skip
from ingest.readers.plain.text import read_plain
from language.encodings import decoded

pytestmark = pytest.mark.fast


def archive(*names: str, content: str = "x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for name in names:
            written.writestr(name, content)
    return out.getvalue()


def type_of(tmp_path: Path, content: bytes, name: str = "file.txt") -> str:
    path = tmp_path / "stored"
    path.write_bytes(content)
    return media_type_of(path, name)


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (pdf("Hello"), "a.pdf", PDF),
        (pdf("Hello"), "a.txt", PDF),
        (b"\n\n garbage before it \n" + pdf("Hello"), "a.pdf", PDF),
        ("社則".encode(), "a.txt", TEXT),
        ("社則".encode("cp932"), "a", TEXT),
        ("社則".encode("utf-16"), "a.txt", TEXT),
        (b"# Rules", "a.md", MARKDOWN),
        (b"# Rules", "A.MARKDOWN", MARKDOWN),
        (b"MZ-2000 is the name of a machine.", "manual.txt", TEXT),
        (b"x", "a.exe", TEXT),
    ],
)
def test_readable_files_are_told_by_their_content(
    tmp_path: Path, content: bytes, name: str, expected: str
) -> None:
    assert type_of(tmp_path, content, name) == expected


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"GIF89a" + bytes(50), "GIF"), (b"\xd0\xcf\x11\xe0" + bytes(50), "old Office"),
        (b"MZ\x90\x00" + bytes(50), "program"),
        (b"\x7fELF" + bytes(50), "program"), (bytes(100), "binary"),
        (b"PK\x03\x04 broken", "damaged archive"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_what_it_is(tmp_path: Path, content: bytes, kind: str) -> None:
    with pytest.raises(FileTypeUnknown, match=kind) as refused:
        type_of(tmp_path, content, "quarterly.pdf")
    assert "quarterly.pdf" in str(refused.value)
    assert "PDF" in str(refused.value)


def compound(*streams: str) -> bytes:
    return (
        b"\xd0\xcf\x11\xe0"
        + bytes(60)
        + b"".join(stream.encode("utf-16-le") + bytes(8) for stream in streams)
    )


@pytest.mark.parametrize(
    ("content", "name", "program"),
    [
        (compound("DocumentText", "DocumentViewStyles", "Font"), "a.doc", "一太郎"),
        (compound("JSCompDocument"), "a", "一太郎"), (b"\1\2\0" * 50, "b.jaw", "一太郎"),
        (b"\x01\0\0DocuWorks Document" + bytes(50), "a.bin", "DocuWorks"),
        (b"\1\2\0" * 50, "見積.XDW ", "DocuWorks"), (b"\1\2\0" * 50, "b.xbd", "DocuWorks"),
    ],
)  # fmt: skip
def test_documents_of_one_program_alone_are_refused_with_what_helps(
    tmp_path: Path, content: bytes, name: str, program: str
) -> None:
    with pytest.raises(ClosedFormat, match=rf"{program}.*Save as PDF") as refused:
        type_of(tmp_path, content, name)
    assert name in str(refused.value)


def test_the_office_samples_are_told_by_their_content(tmp_path: Path) -> None:
    for name, kind in (("faq.docx", DOCX), ("price-table.xlsx", XLSX)):
        assert type_of(tmp_path, (LIBRARY / name).read_bytes(), "renamed.txt") == kind


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (archive("word/document.xml"), "a", DOCX), (archive("xl/workbook.xml"), "a", XLSX),
        (archive("xl/workbook.bin"), "a", XLSB), (archive("ppt/presentation.xml"), "a", PPTX),
        (archive("mimetype", content=ODT), "a", ODT),
        (archive("mimetype", content=ODS + "-template"), "a", ODS),
        (b"{\\rtf1 x}", "a.doc", RTF), (b"\x89PNG\r\n\x1a\n" + bytes(50), "a", PNG),
        (b"\xff\xd8\xff\xe0" + bytes(50), "a.png", JPEG), (b"II*\0" + bytes(50), "a", TIFF),
        (b"\xd0\xcf\x11\xe0" + "WordDocument".encode("utf-16-le") + bytes(8), "a", DOC),
        (b"\xd0\xcf\x11\xe0" + "__properties_version1.0".encode("utf-16-le") + bytes(8), "a", OUTLOOK),
        (archive("a.txt"), "a.docx", ZIP), (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(50), "a", SEVEN_ZIP),
        (b"From a@b.c Fri May  1 10:00:00 2026\nSubject: x\n\nHello", "a", MAIL_BOX),
        (b"From Monday on, at 10:00 sharp\nwe open.", "a.txt", TEXT),
        (b"<!DOCTYPE html><p>x", "a.txt", HTML), (b"<p>x", "a.htm", HTML), (b"a < b", "a.txt", TEXT),
        (b"a,b\n1,2", "a.CSV", CSV), (b"From: a@b.c\nSubject: x\nMessage-ID: <1>\n\nHello", "a", MAIL),
        (b"From: the board\nTo: all\nSubject: parking\n\nPlease", "memo.txt", TEXT),
        ("a,b".encode("utf-16-le"), "a.csv", CSV),
    ],
)  # fmt: skip
def test_every_format_is_told(tmp_path: Path, content: bytes, name: str, expected: str) -> None:
    assert type_of(tmp_path, content, name) == expected


def old_office(path: Path, directory: int, names: int) -> None:
    """A file of 40 MB, nearly all of it a hole, whose header says where its directory begins, in sectors of
    512 bytes; the name of a Word file's stream stands in sector `names`."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + (9).to_bytes(2, "little") + bytes(16)
    with path.open("wb") as stream:
        stream.write(header + directory.to_bytes(4, "little"))
        stream.truncate(40 * 2**20)
        stream.seek((names + 1) * 512)
        stream.write("WordDocument".encode("utf-16-le") + bytes(2))


def test_no_more_of_an_old_office_file_is_read_than_where_its_directory_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.doc"
    old_office(path, directory=40_000, names=40_001)
    assert media_type_of(path, "a.doc") == DOC
    old_office(path, directory=40_000, names=80_000 - 100)
    assert media_type_of(path, "a.doc") == DOC  # a directory in parts that lie apart, the last at the end
    old_office(path, directory=60_000, names=30_000)
    with pytest.raises(FileTypeUnknown, match="old Office"):
        media_type_of(path, "a.doc")


def test_an_office_file_with_a_password_is_told_as_such(tmp_path: Path) -> None:
    content = b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le") + bytes(8)
    assert type_of(tmp_path, content, "plan.XLSX ") == XLSX  # its reader asks for the password
    with pytest.raises(FileEncrypted, match=r"plan\.bin"):
        type_of(tmp_path, content, "plan.bin")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_japanese_text_of_every_office_encoding_is_read(encoding: str) -> None:
    text = "年次有給休暇は、勤続6か月で10日付与する。①㈱"
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "涉密文件不得带离办公场所，确需带离的应当经批准。"), ("gbk", "密码长度不得少于12位"),
        ("big5", "涉密文件不得帶離辦公場所，確需帶離的應當經批准。"),
        ("euc_jp", "通勤手当の限度額は月額五万円とする。"),
        ("cp1252", "The café’s résumé – naïve façade costs €5"), ("cp932", "型番,品名\nAP-200,ポンプ"),
        ("iso2022_jp", "会議は十時から行う。"), ("utf-16-le", "型番,price 12,000"),
        ("cp932", "ｶﾌﾞｼｷｶﾞｲｼｬ 青葉精機 御中"),
    ],
)  # fmt: skip
def test_text_of_every_office_encoding_is_read(encoding: str, text: str) -> None:
    assert decoded(text.encode(encoding)) == text


# "①②㈱青葉 髙橋" as Windows writes it into encodings that have no such signs.
SIGNS = "会議は①本館②別館、㈱青葉の髙橋様が出席する。"
IN_JIS = bytes.fromhex(
    "1b244232713544244f2d214b5c345b2d224a4c345b21222d6a40444d55244e7c6236364d4d242c3d50404a2439246b21231b2842"
)


@pytest.mark.parametrize("declared", ["", "iso-2022-jp"])
def test_signs_of_windows_in_a_mail_of_jis_are_read(declared: str) -> None:
    assert decoded(b"a\n" + IN_JIS + b"\nb", declared) == f"a\n{SIGNS}\nb"


@pytest.mark.parametrize("declared", ["", "euc-jp"])
def test_signs_of_windows_in_euc_are_read(declared: str) -> None:
    in_euc = bytes(byte | 0x80 for byte in IN_JIS[3:-3])
    assert decoded(b"<p>" + in_euc + b"</p>", declared) == f"<p>{SIGNS}</p>"
    assert decoded(in_euc[:-1] + b"\xff", "iso-2022-jp")  # nothing fits: it is read all the same


@given(st.binary(max_size=300))
def test_any_bytes_become_pages(content: bytes) -> None:
    for page in read_plain(content, "a.md", markdown=True, page_limit=1000):
        assert all(0 <= block.start < block.end <= len(page.text) for block in page.blocks)
        assert "\0" not in page.text


@given(texts)
def test_blocks_of_plain_text_hold_every_letter_of_it(text: str) -> None:
    for page in read_plain(text.encode(), "a.txt", markdown=False, page_limit=1000):
        outside = list(page.text)
        for block in page.blocks:
            outside[block.start : block.end] = " " * (block.end - block.start)
        assert not "".join(outside).strip()


def test_form_feeds_begin_pages_and_too_many_are_refused() -> None:
    assert [page.text for page in read_plain(b"a\fb\r\nc", "a", markdown=False, page_limit=2)] == [
        "a",
        "b\nc",
    ]
    with pytest.raises(TooManyPages, match="3 pages"):
        list(read_plain(b"a\fb\fc", "a", markdown=False, page_limit=2))


def test_a_very_long_line_of_spaces_is_read() -> None:
    for spaces in (90_000, 200_000):
        pages = read_plain(b"# " + b" " * spaces + b"x", "a.md", markdown=True, page_limit=3)
        assert "".join(p.text[block.start : block.end] for p in pages for block in p.blocks).strip() == "x"


def test_a_long_text_is_cut_between_its_paragraphs_and_keeps_its_lines() -> None:
    text = "".join(f"Paragraph {number} has a second line,\nwhich is this one.\n\n" for number in range(4000))
    for markdown in (False, True):
        pages = list(read_plain(text.encode(), "a.txt", markdown=markdown, page_limit=10))
        assert len(pages) == 3
        read = "\n\n".join(page.text.rstrip() for page in pages)
        assert read == (text.replace(",\n", ", ") if markdown else text).rstrip()
        lines = text.split("\n")
        for page in pages:
            assert page.text.startswith("Paragraph ") and page.text.rstrip().endswith("one.")
            spot, first = page.blocks[0].spot, page.text.split(",")[0]
            assert spot is not None and lines[int(spot.first) - 1] == f"{first},"

"""What other programs write into Office files is read, or named as left out."""

from __future__ import annotations

import base64
import hashlib
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from office_files import OFFICE, archive, relations, renamed, row, strict, word, workbook

from core.errors import FileDamaged, FileEncrypted, PasswordWrong
from ingest.formats import DOCX, media_type_of
from ingest.pages import PageContent
from ingest.readers.opening import ReadingRequest, pages_of


def read(folder: Path, name: str, content: bytes, password: str = "") -> list[PageContent]:
    path = folder / name
    path.write_bytes(content)
    return list(pages_of(path, name, media_type_of(path, name), ReadingRequest(5000, password=password)))


def text_of(pages: list[PageContent]) -> str:
    return "\n".join(page.text for page in pages)


def left_out(pages: list[PageContent]) -> dict[str, list[str]]:
    return {kind: names for page in pages for kind, names in page.left_out.items()}


def paragraph(inner: str) -> str:
    return f"<w:p>{inner}</w:p>"


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


# Names and forms of the standard.


def test_the_strict_form_of_the_standard_is_read(tmp_path: Path) -> None:
    written = strict(word(paragraph(run("出張の日当は2,000円とする。"))))
    assert b"purl.oclc.org" in read_part(written, "word/document.xml")
    assert text_of(read(tmp_path, "a.docx", written)) == "出張の日当は2,000円とする。"
    table = strict(
        workbook(row(1, "Rank", "Rate", "Days") + row(2, "Chief", 140, 3) + row(3, "Clerk", 80, 5))
    )
    assert "Rank: Clerk | Rate: 80 | Days: 5" in text_of(read(tmp_path, "a.xlsx", table))


def test_a_document_type_that_is_only_named_is_no_harm(tmp_path: Path) -> None:
    """OpenOffice 3 names that of its lists and macros; what declares entities of its own is refused."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    names = f'xmlns:office="{space}:office:1.0" xmlns:text="{space}:text:1.0"'
    text = "<office:text><text:p>The lift is checked on 4 May.</text:p></office:text>"
    parts: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "META-INF/manifest.xml": '<!DOCTYPE m:manifest PUBLIC "-//OpenOffice.org//DTD Manifest 1.0//EN" '
        f'"Manifest.dtd"><m:manifest xmlns:m="{space}:manifest:1.0"/>',
        "content.xml": f"<office:document-content {names}><office:body>{text}</office:body>"
        "</office:document-content>",
    }
    assert text_of(read(tmp_path, "a.odt", archive(parts))) == "The lift is checked on 4 May."
    parts["Basic/script.xml"] = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    with pytest.raises(FileDamaged, match="entities"):
        read(tmp_path, "b.odt", archive(parts))


def read_part(content: bytes, part: str) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return source.read(part)


@pytest.mark.parametrize(
    "names",
    [
        {"word/document.xml": "Word/Document.XML"},
        {"word/document.xml": "word\\document.xml", "_rels/.rels": "_rels\\.rels"},
    ],
)
def test_parts_are_known_by_any_case_and_slash(tmp_path: Path, names: dict[str, str]) -> None:
    written = renamed(word(paragraph(run("The gate closes at nine."))), names)
    assert text_of(read(tmp_path, "a.docx", written)) == "The gate closes at nine."


def test_remarks_and_orders_between_the_elements_are_passed_over(tmp_path: Path) -> None:
    remarks = "<!-- of the program that wrote it --><?mso-run 2?>"
    body = paragraph(f"{remarks}{run('The lift is')}{remarks}{run(' checked in May.')}")
    assert text_of(read(tmp_path, "a.docx", word(remarks + body + remarks))) == "The lift is checked in May."


def test_a_document_without_relations_is_told_by_its_types(tmp_path: Path) -> None:
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override'
        ' PartName="/main/text.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/></Types>'
    )
    inner = word(paragraph(run("一年間保存する。")))
    written = archive({"[Content_Types].xml": types, "main/text.xml": read_part(inner, "word/document.xml")})
    assert text_of(read(tmp_path, "a.docx", written)) == "一年間保存する。"


# What stands in a document as a part of its own.


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("chunk.html", b"<html><body><p>L'amende est de 300 euros.</p></body></html>"),
        ("chunk.txt", b"L'amende est de 300 euros."),
        ("chunk.docx", word(paragraph(run("L'amende est de 300 euros.")))),
        ("chunk.mht", b"MIME-Version: 1.0\nSubject: x\nContent-Type: multipart/related; boundary=b\n\n--b\n"
         b"Content-Type: text/html; charset=utf-8\n\n<p>L'amende est de 300 euros.</p>\n--b--\n"),
    ],
)  # fmt: skip
def test_inserted_documents_are_read_in_their_place(tmp_path: Path, part: str, content: bytes) -> None:
    body = paragraph(run("Before.")) + '<w:altChunk r:id="c1"/>' + paragraph(run("After."))
    written = word(body, [("c1", "aFChunk", part)], **{f"word__{part.replace('.', '_dot_')}": content})
    text = text_of(read(tmp_path, "a.docx", written))
    assert text.index("Before.") < text.index("300 euros") < text.index("After.")


def test_an_inserted_document_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    body = paragraph(run("Minutes.")) + '<w:altChunk r:id="c1"/>'
    written = word(body, [("c1", "aFChunk", "chunk.bin")], word__chunk_dot_bin=b"\x00\x01\x02" * 40)
    pages = read(tmp_path, "a.docx", written)
    assert (text_of(pages), left_out(pages)) == ("Minutes.", {"parts_unread": ["chunk.bin"]})


def test_the_texts_of_diagrams_and_charts_are_read(tmp_path: Path) -> None:
    points = "".join(
        f'<dgm:pt modelId="{key}"><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>'
        for key, text in (("1", "部長 青木"), ("2", "課長 森"), ("3", "課長 原"))
    )
    lines = '<dgm:cxn srcId="1" destId="3" srcOrd="1"/><dgm:cxn srcId="1" destId="2" srcOrd="0"/>'
    names = (
        'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
        ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
        ' xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
    )
    inner = f"<dgm:ptLst>{points}</dgm:ptLst><dgm:cxnLst>{lines}</dgm:cxnLst>"
    data = f"<dgm:dataModel {names}>{inner}</dgm:dataModel>"
    chart = (
        f"<c:chartSpace {names}><c:chart><c:plotArea><c:barChart><c:ser><c:tx><c:v>2026</c:v></c:tx>"
        '<c:cat><c:strCache><c:pt idx="0"><c:v>大阪</c:v></c:pt></c:strCache></c:cat>'
        '<c:val><c:numCache><c:pt idx="0"><c:v>318</c:v></c:pt></c:numCache></c:val></c:ser>'
        "</c:barChart></c:plotArea></c:chart></c:chartSpace>"
    )
    drawing = "<w:r><w:drawing>{}</w:drawing></w:r>"
    body = paragraph(drawing.format('<dgm:relIds r:dm="d1"/>')) + paragraph(
        drawing.format('<c:chart r:id="c1"/>') + drawing.format('<c:chart r:id="gone"/>')
    )
    related = [("d1", "diagramData", "diagrams/data1.xml"), ("c1", "chart", "charts/chart1.xml")]
    written = word(body, related, word__diagrams__data1_dot_xml=data, word__charts__chart1_dot_xml=chart)
    pages = read(tmp_path, "a.docx", written)
    assert text_of(pages).split("\n") == ["部長 青木", "課長 森", "課長 原", "2026 | 大阪: 318"]
    assert left_out(pages) == {"parts_unread": ["chart"]}


# Forms.


def field(data: str, result: str = "") -> str:
    shown = f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(result)}' if result else ""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar></w:r>{shown}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def test_word_forms_show_what_was_ticked_and_chosen(tmp_path: Path) -> None:
    ticked = field('<w:checkBox><w:default w:val="1"/></w:checkBox>')
    taken_back = field('<w:checkBox><w:default w:val="1"/><w:checked w:val="0"/></w:checkBox>')
    entries = '<w:listEntry w:val="月末"/><w:listEntry w:val="翌月末"/>'
    chosen = field(f'<w:ddList><w:result w:val="1"/>{entries}</w:ddList>', "old")
    first = field(f"<w:ddList>{entries}</w:ddList>")
    typed = field("<w:textInput/>", "3 March")
    control = (
        '<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="1"/></w14:checkbox></w:sdtPr><w:sdtContent>'
        '<w:r><w:sym w:font="Wingdings" w:char="F0A8"/></w:r></w:sdtContent></w:sdt>'
    )
    listed = (
        '<w:sdt><w:sdtPr><w:dropDownList w:lastValue="b"><w:listItem w:displayText="Blue" w:value="b"/>'
        "</w:dropDownList></w:sdtPr><w:sdtContent><w:r/></w:sdtContent></w:sdt>"
    )
    body = "".join(
        paragraph(run(label) + inner)
        for label, inner in (
            ("A ", ticked), ("B ", taken_back), ("C ", chosen), ("D ", first), ("E ", typed), ("F ", control),
            ("G ", listed),
        )
    )  # fmt: skip
    assert text_of(read(tmp_path, "form.docx", word(body))).split("\n") == [
        "A ☒", "B ☐", "C 翌月末", "D 月末", "E 3 March", "F ☒", "G Blue",
    ]  # fmt: skip


def test_signs_of_sign_fonts_are_what_they_look_like(tmp_path: Path) -> None:
    def signed(font: str, text: str) -> str:
        return f'<w:r><w:rPr><w:rFonts w:ascii="{font}"/></w:rPr><w:t>{text}</w:t></w:r>'

    body = paragraph(
        signed("Wingdings", "\xfe") + run(" yes ") + signed("Wingdings 2", "\uf0a3") + run(" no")
    )
    assert text_of(read(tmp_path, "a.docx", word(body))) == "☑ yes □ no"


def test_the_controls_of_a_sheet_stand_in_their_rows(tmp_path: Path) -> None:
    def shape(number: int, kind: str, place: str, more: str, label: str = "") -> str:
        box = f"<v:textbox><div>{label}</div></v:textbox>" if label else ""
        return (
            f'<v:shape id="_x0000_s{number}">{box}<x:ClientData ObjectType="{kind}">'
            f"<x:Anchor>{place}</x:Anchor>{more}</x:ClientData></v:shape>"
        )

    drawing = (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel">'
        + shape(1, "Checkbox", "1, 0, 0, 2, 2, 0, 1, 0", "<x:Checked>1</x:Checked>")
        + shape(2, "Checkbox", "1, 0, 1, 2, 2, 0, 2, 0", "", "別紙あり")
        + shape(3, "Drop", "1, 0, 2, 2, 2, 0, 3, 0", "<x:FmlaRange>$D$1:$D$2</x:FmlaRange><x:Sel>2</x:Sel>")
        + shape(4, "Radio", "1, 0, 4, 2, 2, 0, 5, 0", "", "至急")
        + shape(5, "Note", "1, 0, 4, 2, 2, 0, 5, 0", "", "no control")
        + "</xml>"
    )
    state = (
        '<formControlPr xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'
        ' objectType="Radio" checked="Checked"/>'
    )
    rows = row(1, "Insured", "", "", "30 days") + row(2, "Annex", "", "", "60 days") + row(3, "Terms")
    written = workbook(
        rows, beside='<controls><control shapeId="4" r:id="c4"/></controls>',
        related=[("v1", "vmlDrawing", "../drawings/vml1.vml"), ("c4", "ctrlProp", "../ctrlProps/c4.xml")],
        xl__drawings__vml1_dot_vml=drawing, xl__ctrlProps__c4_dot_xml=state,
    )  # fmt: skip
    lines = text_of(read(tmp_path, "a.xlsx", written)).split("\n")
    assert lines[:3] == ["Insured | ☒ | 30 days", "Annex | ☐ 別紙あり | 60 days", "Terms | 60 days"]
    assert lines[3:] == ["◉ 至急"]


def test_formulas_without_a_saved_value_and_objects_are_named(tmp_path: Path) -> None:
    rows = row(1, "Total", "<c ><f>SUM(C1:C9)</f></c>", "<c ><f>1+1</f><v>2</v></c>")
    written = workbook(
        rows, related=[("o1", "oleObject", "../embeddings/budget.bin")], xl__embeddings__budget_dot_bin=b"x"
    )
    pages = read(tmp_path, "a.xlsx", written)
    assert text_of(pages) == "Total: 2"
    assert left_out(pages) == {"formulas_without_value": ["Data!B1"], "attachments_unread": ["budget.bin"]}


# Passwords.

SECRET = "鍵 Schlüssel 9"


def protected(content: bytes, password: str) -> bytes:
    """The archive as Office protects it (agile encryption), with few rounds."""
    salt, data_salt, secret, said = (bytes([sign]) * 16 for sign in b"sdkv")
    state = hashlib.sha512(salt + password.encode("utf-16-le")).digest()
    for number in range(7):
        state = hashlib.sha512(struct.pack("<I", number) + state).digest()

    def enciphered(key: bytes, vector: bytes, plain: bytes) -> bytes:
        machine = Cipher(algorithms.AES(key), modes.CBC(vector[:16])).encryptor()
        return machine.update(plain + bytes(-len(plain) % 16)) + machine.finalize()

    def part(purpose: str, plain: bytes) -> str:
        key = hashlib.sha512(state + bytes.fromhex(purpose)).digest()[:16]
        return base64.b64encode(enciphered(key, salt, plain)).decode()

    way = 'saltSize="16" blockSize="16" keyBits="128" hashSize="64" cipherAlgorithm="AES"' \
          ' cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512"'  # fmt: skip
    space = "http://schemas.microsoft.com/office/2006"
    info = (
        struct.pack("<HHI", 4, 4, 0x40)
        + (
            f'<encryption xmlns="{space}/encryption" xmlns:p="{space}/keyEncryptor/password">'
            f'<keyData {way} saltValue="{base64.b64encode(data_salt).decode()}"/>'
            "<keyEncryptors><keyEncryptor>"
            f'<p:encryptedKey spinCount="7" {way} saltValue="{base64.b64encode(salt).decode()}"'
            f' encryptedVerifierHashInput="{part("fea7d2763b4b9e79", said)}"'
            f' encryptedVerifierHashValue="{part("d7aa0f6d3061344e", hashlib.sha512(said).digest())}"'
            f' encryptedKeyValue="{part("146e0be7abacd0d6", secret)}"/>'
            "</keyEncryptor></keyEncryptors></encryption>"
        ).encode()
    )
    package = struct.pack("<Q", len(content)) + b"".join(
        enciphered(secret, hashlib.sha512(data_salt + struct.pack("<I", number)).digest(),
                   content[number * 4096 : (number + 1) * 4096])
        for number in range(-(-len(content) // 4096))
    )  # fmt: skip
    return compound({"EncryptionInfo": info, "EncryptedPackage": package})


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file with those streams, each of 4,096 bytes at least, as nothing smaller is kept apart."""
    sectors: list[bytes] = []
    following: list[int] = []

    def stored(content: bytes) -> int:
        start, count = len(sectors), -(-len(content) // 512)
        sectors.extend(
            content[offset : offset + 512].ljust(512, b"\0") for offset in range(0, count * 512, 512)
        )
        following.extend([*range(start + 1, start + count), 0xFFFFFFFE])
        return start

    def entry(name: str, kind: int, start: int, size: int) -> bytes:
        coded = name.encode("utf-16-le") + b"\0\0"
        head = coded.ljust(64, b"\0") + struct.pack("<HBB", len(coded), kind, 1)
        return head + b"\xff" * 12 + bytes(36) + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, 0xFFFFFFFE, 0)
    for name, content in streams.items():
        content = content.ljust(4096, b" " if name == "EncryptionInfo" else b"\0")
        directory += entry(name, 2, stored(content), len(content))
    first = stored(directory)
    table = len(sectors)
    following += [0xFFFFFFFD]
    sectors.append(struct.pack("<128I", *following[:128], *[0xFFFFFFFF] * (128 - len(following))))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(10) + struct.pack("<IIIIIIII", 1, first, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", table, *[0xFFFFFFFF] * 108)
    return header + b"".join(sectors)


def test_an_office_file_opens_with_its_password_alone(tmp_path: Path) -> None:
    locked = protected(word(paragraph(run("Die Prämie beträgt 4.200 Euro."))), SECRET)
    path = tmp_path / "a.docx"
    path.write_bytes(locked)
    assert media_type_of(path, "a.docx") == DOCX
    assert text_of(read(tmp_path, "a.docx", locked, SECRET)) == "Die Prämie beträgt 4.200 Euro."
    with pytest.raises(FileEncrypted):
        read(tmp_path, "a.docx", locked)
    with pytest.raises(PasswordWrong):
        read(tmp_path, "a.docx", locked, "another")


def test_relations_name_their_kind() -> None:
    assert f'Type="{OFFICE}/chart"' in relations(("a", "chart", "b"))

"""What a filled Word file takes besides text: pictures, data bound to content controls, 記 after 下記."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from lxml import etree
from PIL import Image

from contract.values import FieldKind
from core.errors import BadValue, FileDamaged
from drafts.content import DraftContent, DraftParagraph, FieldText, StyledText
from drafts.filling import fill
from drafts.inspecting import inspected
from drafts.outline import DraftOutline, Field
from drafts.sidecar import outline_of
from drafts.values import pictures_of


def picture(size: tuple[int, int], *, exif: bool = False) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", size, (200, 30, 30))
    data = Image.Exif()
    if exif:
        data[0x010E] = "taken at the secret plant"
    image.save(out, "JPEG", exif=data)
    return out.getvalue()


def with_picture(folder: Path, descr: str) -> Path:
    document = docx.Document()
    document.add_paragraph("現場の写真")
    document.add_picture(io.BytesIO(picture((40, 20))), width=Mm(80), height=Mm(40))
    properties = next(document.element.body.iter(qn("wp:docPr")))
    properties.set("descr", descr)
    path = folder / "form.docx"
    document.save(str(path))
    return path


def shapes(path: Path) -> list[Any]:
    return list(docx.Document(str(path)).inline_shapes)


def test_a_picture_takes_the_place_and_size_of_the_templates(tmp_path: Path) -> None:
    path, out, given = with_picture(tmp_path, "{{ 写真 }}"), tmp_path / "out.docx", tmp_path / "given"
    placeholders, _ = inspected(path, path.name)
    outline = outline_of(placeholders, "ja", "form.yaml")
    assert [(field.name, field.kind) for field in outline.fields] == [("写真", FieldKind.PICTURE)]
    given.write_bytes(picture((300, 600), exif=True))
    fill(path, out, DraftContent({"写真": FieldText("写真", picture=str(given))}), "form")
    (shape,) = shapes(out)
    assert (shape.width, shape.height) == (Mm(80), Mm(40))
    document = docx.Document(str(out))
    (blip,) = document.element.body.iter(qn("a:blip"))
    content = document.part.related_parts[blip.get(qn("r:embed"))].blob
    with Image.open(io.BytesIO(content)) as shown:
        assert abs(shown.width / shown.height - 2) < 0.02  # the whole picture, clear on both sides
        assert shown.getpixel((2, shown.height // 2))[3] == 0  # type: ignore[index]
        red, green, _, clear = shown.getpixel((shown.width // 2, shown.height // 2))  # type: ignore[misc]
        assert (red > 150, green < 80, clear) == (True, True, 255)
    assert b"secret plant" not in content


@pytest.mark.parametrize("side", ["", "wide", "-5", "900000000", "9" * 5000])
def test_a_picture_is_put_as_it_is_into_a_frame_whose_size_is_none(tmp_path: Path, side: str) -> None:
    path, out, given = with_picture(tmp_path, "{{ 写真 }}"), tmp_path / "out.docx", tmp_path / "given"
    document = docx.Document(str(path))
    next(document.element.body.iter(qn("wp:extent"))).set("cx", side)
    document.save(str(path))
    given.write_bytes(picture((30, 60)))
    fill(path, out, DraftContent({"写真": FieldText("写真", picture=str(given))}), "form")
    document = docx.Document(str(out))
    (blip,) = document.element.body.iter(qn("a:blip"))
    with Image.open(io.BytesIO(document.part.related_parts[blip.get(qn("r:embed"))].blob)) as shown:
        assert shown.size == (30, 60)


@pytest.mark.parametrize(
    ("descr", "shown"), [("Logo of {{ company }}", "Logo of Aoki & Co."), ("{{ company }}", "Aoki & Co.")]
)
def test_a_picture_whose_text_names_a_field_stays(tmp_path: Path, descr: str, shown: str) -> None:
    path, out = with_picture(tmp_path, descr), tmp_path / "out.docx"
    fill(path, out, DraftContent({"company": FieldText("Aoki & Co.")}), "form")
    (kept,) = docx.Document(str(out)).inline_shapes
    assert kept._inline.docPr.get("descr") == shown


def test_a_picture_that_is_missing_is_a_marked_blank_or_nothing(tmp_path: Path) -> None:
    path, out = with_picture(tmp_path, "{{ 写真 }}"), tmp_path / "out.docx"
    fill(path, out, DraftContent({"写真": FieldText("", blank="【要記入：写真】")}), "form")
    assert shapes(out) == []
    assert "【要記入：写真】" in [paragraph.text for paragraph in docx.Document(str(out)).paragraphs]
    fill(path, out, DraftContent({"写真": FieldText("")}), "form")
    assert shapes(out) == []
    fill(with_picture(tmp_path, " {{ 写真 }} "), out, DraftContent({"写真": FieldText("")}), "form")
    assert shapes(out) == []


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    outline = DraftOutline("ja", fields=(Field("写真", "写真", FieldKind.PICTURE), Field("件名", "件名")))
    assert list(pictures_of(outline, {"写真": picture((4, 4))})) == ["写真"]
    for name, content in (("写真", b"%PDF-1.7"), ("件名", picture((4, 4))), ("他", picture((4, 4)))):
        with pytest.raises(BadValue):
            pictures_of(outline, {name: content})
    path, damaged = with_picture(tmp_path, "{{ 写真 }}"), tmp_path / "given"
    damaged.write_bytes(picture((40, 40))[:200])
    content_of = DraftContent({"写真": FieldText("写真", picture=str(damaged))})
    with pytest.raises(FileDamaged):
        fill(path, tmp_path / "out.docx", content_of, "form")


ITEM = "{11111111-2222-3333-4444-555555555555}"


def with_bound(folder: Path) -> Path:
    """A form whose content control shows the element `who` of the data beside it."""
    document = docx.Document()
    for text, xpath in (("{{ who }}", "/d:data[1]/d:who[1]"), ("{{ lost }}", "/d:data[1]/d:nobody[1]")):
        paragraph = document.add_paragraph(text)
        control, properties, content = (OxmlElement(f"w:{name}") for name in ("sdt", "sdtPr", "sdtContent"))
        binding: Any = OxmlElement("w:dataBinding")
        for name, value in (
            ("prefixMappings", "xmlns:d='urn:acme'"), ("xpath", xpath), ("storeItemID", ITEM),
        ):  # fmt: skip
            binding.set(qn(f"w:{name}"), value)
        properties.append(binding)
        paragraph._p.addprevious(control)
        control.extend([properties, content])
        content.append(paragraph._p)
    path = folder / "form.docx"
    document.save(str(path))
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    added = {
        "customXml/item1.xml": '<data xmlns="urn:acme"><who>old &amp; wrong</who></data>',
        "customXml/itemProps1.xml": f'<ds:datastoreItem ds:itemID="{ITEM}" xmlns:ds="http://schemas.openxmlformats.'
        'org/officeDocument/2006/customXml"/>',
        "customXml/_rels/item1.xml.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" '
        f'Type="{kinds}/customXmlProps" Target="itemProps1.xml"/></Relationships>',
    }
    with zipfile.ZipFile(path) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    rels = parts["word/_rels/document.xml.rels"].decode()
    more = (
        f'<Relationship Id="rIdX" Type="{kinds}/customXml" Target="../customXml/item1.xml"/></Relationships>'
    )
    parts["word/_rels/document.xml.rels"] = rels.replace("</Relationships>", more).encode()
    types = parts["[Content_Types].xml"].decode()
    override = (
        '<Override PartName="/customXml/itemProps1.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.customXmlProperties+xml"/></Types>'
    )
    parts["[Content_Types].xml"] = types.replace("</Types>", override).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in {**parts, **{name: text.encode() for name, text in added.items()}}.items():
            archive.writestr(entry, data)
    return path


def bound(path: Path) -> tuple[str, int]:
    """What the data says, and how many controls are bound to it."""
    with zipfile.ZipFile(path) as archive:
        data = etree.fromstring(archive.read("customXml/item1.xml"))
        return data[0].text, archive.read("word/document.xml").count(b"<w:dataBinding")


def test_what_is_filled_is_written_to_the_data_bound_to_it_too(tmp_path: Path) -> None:
    path, out = with_bound(tmp_path), tmp_path / "out.docx"
    fill(path, out, DraftContent({"who": FieldText("Ito & <Co>"), "lost": FieldText("x")}), "form")
    assert bound(out) == ("Ito & <Co>", 1)  # the second leads nowhere, and is loosened
    fill(
        path,
        out,
        DraftContent({"who": FieldText("", blank="[to fill: Who]"), "lost": FieldText("x")}),
        "form",
    )
    assert bound(out) == ("old & wrong", 0)  # a blank keeps its mark


def notice(folder: Path, *paragraphs: str, content: DraftContent | None = None) -> list[str]:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    path, out = folder / "form.docx", folder / "out.docx"
    document.save(str(path))
    fill(path, out, content or DraftContent({"x": FieldText("値")}, language="ja"), "form")
    return [paragraph.text for paragraph in docx.Document(str(out)).paragraphs]


def test_what_stands_below_has_its_mark_and_its_end(tmp_path: Path) -> None:
    lead = "下記のとおり開催します。"
    assert notice(tmp_path, lead, "日時 {{ x }}") == [lead, "記", "日時 値", "以上"]
    assert notice(tmp_path, lead, "　記　", "日時 {{ x }}", "以上") == [lead, "　記　", "日時 値", "以上"]
    assert notice(tmp_path, "上記の{{ x }}です。", "下記念日") == ["上記の値です。", "下記念日"]
    assert notice(tmp_path, "{{ x }}", lead) == ["値", lead]  # nothing stands below
    quoted = DraftParagraph((StyledText("「下記の者を除く。」", ("出典：規程、1ページ",)),))
    content = DraftContent({}, {"part": (quoted,)}, "ja")
    assert notice(tmp_path, "{{ part | section('x') }}", "終わり", content=content) == [
        "「下記の者を除く。」",
        "終わり",
    ]

"""What a template may say, and all that is refused: escapes from the sandbox, bombs, macros, references."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from contract.values import FieldKind
from core.errors import (
    FileDamaged,
    FileEncrypted,
    ReaderGaveUp,
    RulesBad,
    TemplateBad,
    TooMuchInFile,
    Unreadable,
)
from drafts import inspecting
from drafts.expressions import environment
from drafts.inspecting import inspected
from drafts.outline import DraftOutline, Placeholder
from drafts.sidecar import outline_of
from drafts.templates import LIMITS, inspect
from ingest.sandbox import ReadingLimits


def word(folder: Path, *paragraphs: str, rows: list[list[str]] | None = None) -> Path:
    """A Word file with those paragraphs and a table."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    for row in rows or []:
        table = document.add_table(rows=1, cols=len(row))
        for cell, text in zip(table.rows[0].cells, row, strict=True):
            cell.text = text
    path = folder / "form.docx"
    document.save(str(path))
    return path


def names(path: Path) -> dict[str, Placeholder]:
    placeholders, _ = inspected(path, path.name)
    return {placeholder.name: placeholder for placeholder in placeholders}


def with_part(path: Path, name: str, content: str | bytes) -> Path:
    """The file with one part more, or another in place of one."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    parts[name] = content.encode() if isinstance(content, str) else content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in parts.items():
            archive.writestr(entry, data)
    return path


def test_fields_and_sections_are_found_in_their_order_with_the_labels_beside_them(tmp_path: Path) -> None:
    path = word(
        tmp_path,
        "Subject: {{ subject }}\tOwner: {{ owner }}",
        "Purpose",
        "{{ purpose | section(“What is the purpose of {subject}?”) }}",
        "{%p for line in items %}",
        "{{ line }}",
        "{%p endfor %}",
        "{% if urgent %}Now{% else %}Later{% endif %} {{ 起案日 | wareki }}",
        rows=[["Amount in yen", "{{ amount | number }}"]],
    )
    placeholders = names(path)
    assert list(placeholders) == ["subject", "owner", "purpose", "items", "urgent", "起案日", "amount"]
    labels = {name: placeholder.label for name, placeholder in placeholders.items()}
    assert labels["subject"] == "Subject" and labels["owner"] == "Owner"
    assert (
        labels["purpose"] == "Purpose"
        and labels["amount"] == "Amount in yen"
        and labels["起案日"] == "起案日"
    )
    assert placeholders["purpose"].ask == "What is the purpose of {subject}?"
    outline = outline_of(list(placeholders.values()), "en", "form.yaml")
    kinds = {field.name: field.kind for field in outline.fields}
    assert kinds["amount"] is FieldKind.NUMBER and kinds["起案日"] is FieldKind.DATE
    assert kinds["items"] is FieldKind.LONG_TEXT and kinds["subject"] is FieldKind.TEXT
    assert [section.name for section in outline.sections] == ["purpose"]
    assert DraftOutline.unpacked(outline.packed()) == outline


def test_a_tag_that_word_cut_into_runs_is_whole(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Name: ")
    for piece in ("{", "{ na", "me", " }", "}"):
        paragraph.add_run(piece).bold = piece == "me"
    path = tmp_path / "form.docx"
    document.save(str(path))
    assert list(names(path)) == ["name"]


ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ name.__class__ }}",
    "{{ name.day }}",
    "{{ name['__class__'] }}",
    "{{ name|attr('__class__') }}",
    "{{ name|map(attribute='__class__')|list }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__ }}",
    "{{ request }}{{ config.items() }}",
    "{{ range(10) }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ name ~ name }}",
    "{{ name|format('x') }}",
    "{{ [1, 2, 3] }}",
    "{{ name is defined }}",
    "{{ name|default(other) }}",
    "{% set x = name %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'x' %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% block b %}{{ name }}{% endblock %}",
    "{% call name() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% with x = 1 %}{{ x }}{% endwith %}",
    "{% for a in name %}{% for b in name %}{{ b }}{% endfor %}{% endfor %}",
    "{% for a in range(100000) %}{{ a }}{% endfor %}",
    "{% for a in 'aaaa' %}{{ a }}{% endfor %}",
    "{% for a in name recursive %}{{ loop(a) }}{% endfor %}",
    "{% for a in name %}{{ loop.index }}{% endfor %}",
    "{% for a in name if a %}{{ a }}{% endfor %}",
    "{{ _private }}",
    "{{ ｎａｍｅ }}",
    "{{ name",
    "{% if name %}",
    "{{p name }}",
    "{{r name }}",
    "｛｛ name ｝｝ {{ name }}",
    "nothing here",
    "Purpose: {{ purpose | section('x') }}",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_what_no_form_needs_is_refused_with_a_way_out(tmp_path: Path, text: str) -> None:
    with pytest.raises(TemplateBad) as caught:
        inspected(word(tmp_path, text), "form.docx")
    assert caught.value.values["fix"]


def test_what_the_first_wall_let_through_the_second_would_stop() -> None:
    env = environment()
    for text in ("{{ name.__class__ }}", "{{ name['upper'] }}", "{{ name.upper() }}"):
        with pytest.raises((SecurityError, UndefinedError)):
            env.from_string(text).render(name="x")
    with pytest.raises(UndefinedError):
        env.from_string("{{ missing }}").render()


def test_a_header_is_looked_through_as_the_body_is(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("{{ name }}")
    document.sections[0].header.paragraphs[0].text = "{{ ''.__class__ }}"
    path = tmp_path / "form.docx"
    document.save(str(path))
    with pytest.raises(TemplateBad):
        inspected(path, "form.docx")


def test_a_section_stands_alone_and_once_and_in_no_loop(tmp_path: Path) -> None:
    for texts in (
        ["{{ a | section('x') }}", "{{ a | section('x') }}"],
        ["{%p for line in b %}", "{{ a | section('x') }}", "{%p endfor %}"],
    ):
        with pytest.raises(TemplateBad, match="section a"):
            inspected(word(tmp_path, *texts), "form.docx")


MACRO = "word/vbaProject.bin"
OUTSIDE = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'attachedTemplate" Target="http://192.0.2.1/x.dotm" TargetMode="External"/></Relationships>'
)


def test_macros_references_and_loading_fields_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateBad, match="macros"):
        inspected(with_part(word(tmp_path, "{{ a }}"), MACRO, b"x"), "form.docx")
    with pytest.raises(TemplateBad, match="external"):
        inspected(with_part(word(tmp_path, "{{ a }}"), "word/_rels/settings.xml.rels", OUTSIDE), "form.docx")
    document = docx.Document()
    run = document.add_paragraph("{{ a }}").add_run()
    instruction = OxmlElement("w:instrText")
    instruction.text = ' DDEAUTO c:\\\\x "calc" '
    run._r.append(instruction)
    field = OxmlElement("w:fldSimple", {qn("w:instr"): "PAGE"})
    document.paragraphs[0]._p.append(field)
    path = tmp_path / "dde.docx"
    document.save(str(path))
    with pytest.raises(TemplateBad, match="DDEAUTO"):
        inspected(path, "dde.docx")


def test_a_file_that_is_no_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    for content, kind in ((b"no zip", FileDamaged), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xxxx", FileEncrypted)):
        path.write_bytes(content)
        with pytest.raises(kind):
            inspected(path, "x.docx")
    bomb = with_part(word(tmp_path, "{{ a }}"), "word/big.xml", b"<a/>" + b" " * (60 * 2**20))
    with pytest.raises(TooMuchInFile):
        inspected(bomb, "bomb.docx")
    entity = '<!DOCTYPE a [<!ENTITY b "c">]><w:document/>'
    with pytest.raises(Unreadable):
        inspected(with_part(word(tmp_path, "{{ a }}"), "word/document.xml", entity), "x.docx")


def test_a_template_is_inspected_in_a_child_with_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = word(tmp_path, "件名：{{ 件名 }}", "目的を書く。", "{{ 目的 | section('{件名}の目的は何か') }}")
    outline = inspect(path, "form.docx", "pack: business-ja\nfields:\n  件名: {hint: 例}\n")
    assert outline.language == "ja" and outline.packs == ("business-ja",)
    assert outline.fields[0].hint == "例" and outline.sections[0].ask == "{件名}の目的は何か"
    assert LIMITS.seconds <= 600
    monkeypatch.setattr("drafts.templates.LIMITS", ReadingLimits(seconds=0.01))
    with pytest.raises(ReaderGaveUp):
        inspect(path, "form.docx")


FOUND = [
    Placeholder("a", frozenset(), "A", False, "", False),
    Placeholder("b", frozenset({"section"}), "B", False, "why", True),
]


@pytest.mark.parametrize(
    ("sidecar", "place", "says"),
    [
        ("fields:\n  c: {label: C}\n", "s.yaml:2:3", "no {{ c }}"),
        ("fields:\n  a: {lable: C}\n", "s.yaml:2:7", "lable"),
        ("fields:\n  a: {kind: colour}\n", "s.yaml:2:13", "text"),
        ("fields:\n  a: {kind: choice}\n", "s.yaml:2:3", "choices"),
        ("fields:\n  a: {kind: date, choices: [x]}\n", "s.yaml:2:3", "choices"),
        ("sections:\n  a: {ask: x}\n", "s.yaml:2:3", "alone"),
        ("sections:\n  b: {quotes: 9}\n", "s.yaml:2:15", "5"),
        ("pack: nothing\n", "s.yaml:1:7", "no pack nothing"),
        ("pack:\n- business-ja\n- nothing\n", "s.yaml:3:3", "no pack nothing"),
        ("language: fr\n", "s.yaml:1:11", "ja"),
        ("a: b: c\n", "s.yaml:1:5", ""),
        ("- a\n", "s.yaml:1:1", "mapping"),
    ],
)
def test_a_mistake_in_the_sidecar_is_told_with_its_place(sidecar: str, place: str, says: str) -> None:
    with pytest.raises(RulesBad) as caught:
        outline_of(FOUND, "en", "s.yaml", sidecar)
    assert caught.value.values["place"] == place
    assert says in caught.value.values["problem"]


def test_the_sidecar_says_more_of_what_the_template_has() -> None:
    sidecar = "title: Form\nlanguage: ja\nfields: {a: {choices: [x, y]}}\nsections: {b: {required: false}}\n"
    outline = outline_of(FOUND, "en", "s.yaml", sidecar)
    assert outline.title == {"ja": "Form"} and outline.language == "ja"
    assert outline.fields[0].kind is FieldKind.CHOICE and outline.fields[0].choices == ("x", "y")
    assert outline.sections[0].ask == "why" and not outline.sections[0].required


def test_of_a_paragraph_with_very_many_fields_the_cell_beside_it_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a form of some kilobytes is inspected for minutes: each field would read both cells anew."""
    fields = [f"field_{number}" for number in range(60)]
    path = word(tmp_path, rows=[["Items", "".join(f"{{{{ {name} }}}}" for name in fields * 5)]])
    asked: list[object] = []
    beside = inspecting._beside

    def counted(paragraph: Any) -> str:
        asked.append(paragraph)
        return beside(paragraph)

    monkeypatch.setattr(inspecting, "_beside", counted)
    placeholders = names(path)
    assert [placeholders[name].label for name in fields] == ["Items"] * 60
    assert len(asked) == 1

"""Files made to do harm: a clear error each, nothing fetched, nothing run."""

from __future__ import annotations

import zipfile
from pathlib import Path

import docx
import pytest

from checks.readers.reading import read_document
from core.errors import FileDamaged, FileEmpty, FileTypeUnknown, ReaderGaveUp, TooMuchInFile

RUN = b"<w:r><w:t>x</w:t></w:r>"


def rewritten(path: Path, changes: dict[str, bytes], tmp_path: Path) -> Path:
    out = tmp_path / "changed.docx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            if entry.filename not in changes:
                target.writestr(entry, source.read(entry))
        for name, content in changes.items():
            # Stored, so that it is what it holds and not how it is packed that is refused.
            packing = zipfile.ZIP_STORED if name.endswith(".xml") else zipfile.ZIP_DEFLATED
            target.writestr(name, content, packing)
    return out


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.docx"
    document = docx.Document()
    document.add_paragraph("本文")
    document.save(str(path))
    return path


def test_a_million_runs_are_refused(plain: Path, tmp_path: Path) -> None:
    body = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p>'
    content = body + RUN * 1_000_000 + b"</w:p></w:body></w:document>"
    with pytest.raises(ReaderGaveUp, match="300,000"):
        read_document(rewritten(plain, {"word/document.xml": content}, tmp_path))


def test_a_zip_bomb_is_refused(plain: Path, tmp_path: Path) -> None:
    with pytest.raises(TooMuchInFile):
        read_document(rewritten(plain, {"word/x.vml": b"<a/>" + b" " * (200 * 2**20)}, tmp_path))


def test_what_is_searchable_can_be_checked(plain: Path, tmp_path: Path) -> None:
    # 22 MB at some 240 to 1: a long list in a table of its own may pack so well
    cells = b"".join(b"<x>%07d</x>" % (number // 40) for number in range(1_600_000))
    packed = rewritten(plain, {"word/list.vml": b"<a>" + cells + b"</a>"}, tmp_path)
    with zipfile.ZipFile(packed) as archive:
        entry = archive.getinfo("word/list.vml")
    assert entry.file_size > 20_000_000 and 150 < entry.file_size / entry.compress_size < 400
    assert "本文" in str(read_document(packed))


def test_entities_are_refused(plain: Path, tmp_path: Path) -> None:
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    text = f'<!DOCTYPE x [<!ENTITY a0 "ha">{lines}]><x>&a8;</x>'
    with pytest.raises(FileDamaged, match="declares"):
        read_document(rewritten(plain, {"word/document.xml": text.encode()}, tmp_path))


def test_macros_and_external_references_are_told_and_left_alone(plain: Path, tmp_path: Path) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{kind}" Target="http://192.0.2.1/x.dotm" TargetMode="External"/>'
        "</Relationships>"
    )
    changes = {"word/vbaProject.bin": b"macro", "word/_rels/settings.xml.rels": relations.encode()}
    document = read_document(rewritten(plain, changes, tmp_path))
    assert set(document.notes) == {"macros", "external references: 1"}
    assert [piece.text for piece in document.pieces] == ["本文"]


def test_files_that_are_none_get_their_own_errors(tmp_path: Path) -> None:
    empty, zipped, broken = tmp_path / "a.docx", tmp_path / "b.docx", tmp_path / "c.docx"
    empty.write_bytes(b"")
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("hello.txt", "hello")
    broken.write_bytes(b"PK\x03\x04 and then nothing")
    for path, kind in ((empty, FileEmpty), (zipped, FileTypeUnknown), (broken, FileDamaged)):
        with pytest.raises(kind):
            read_document(path)


def test_an_office_file_of_very_many_empty_parts_is_refused_before_they_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20_001):
            archive.writestr(f"word/{number}.xml", b"")
    monkeypatch.setattr(zipfile.ZipFile, "__init__", None)  # whoever lists them fails
    with pytest.raises(TooMuchInFile, match="parts"):
        read_document(path)


@pytest.mark.parametrize("sign", ["> ", "- "])
def test_markdown_in_many_quotes_or_lists_is_read_or_refused_and_never_left_out(
    tmp_path: Path, sign: str
) -> None:
    path = tmp_path / "a.md"
    path.write_text(sign * 30 + "It is so.")
    assert [piece.text for piece in read_document(path).pieces] == ["It is so."]
    path.write_text(sign * 20_000 + "It is so.")
    with pytest.raises(FileDamaged, match="inside one another"):
        read_document(path)

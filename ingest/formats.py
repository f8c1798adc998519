"""Which kinds of file can be read, told by their content and not by what their name claims."""

from __future__ import annotations

import zipfile
from pathlib import Path

from core.errors import FileTypeUnknown

PDF, TEXT, MARKDOWN = "application/pdf", "text/plain", "text/markdown"
READABLE = {PDF: "PDF", TEXT: "text", MARKDOWN: "Markdown"}
_OFFICE = {"word/": "Word (.docx)", "xl/": "Excel (.xlsx)", "ppt/": "PowerPoint (.pptx)"}
_MAGIC = {b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"GIF8": "a GIF picture",
          b"\xd0\xcf\x11\xe0": "an old Office file", b"Rar!": "a RAR archive", b"\x7fELF": "a program",
          b"MZ": "a program", b"7z\xbc\xaf": "a 7z archive", b"\x1f\x8b": "a gzip archive"}  # fmt: skip


def media_type_of(path: Path, name: str) -> str:
    """The media type of that file. Raises FileTypeUnknown saying what it is instead."""
    with path.open("rb") as stream:
        head = stream.read(8192)
    if b"%PDF-" in head[:1024]:
        return PDF
    for magic, kind in _MAGIC.items():
        if head.startswith(magic) and (b"\0" in head or not magic.isalnum()):  # a text may begin with MZ
            raise _unknown(name, kind)
    if head.startswith(b"PK\x03\x04"):
        raise _unknown(name, _kind_of_archive(path))
    if b"\0" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise _unknown(name, "a binary file")
    return MARKDOWN if Path(name).suffix.lower() in (".md", ".markdown") else TEXT


def _kind_of_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return "a damaged archive"
    for prefix, kind in _OFFICE.items():
        if any(name.startswith(prefix) for name in names):
            return kind
    return "a ZIP archive"


def _unknown(name: str, kind: str) -> FileTypeUnknown:
    return FileTypeUnknown(name=name, media_type=kind, readable=", ".join(READABLE.values()))

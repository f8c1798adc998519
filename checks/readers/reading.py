"""Opens a file as a checked document: Office files, PDF and long texts in the sandbox's child, others here.

The child answers in JSON, which is read into the document's own shapes and nothing else.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from checks.document.document import CheckedDocument, DocumentFormat, Piece, Table
from checks.readers.markdown import read_markdown
from checks.readers.text import read_text
from core.errors import FileDamaged, FileEmpty, FileEncrypted, FileTooLarge, FileTypeUnknown
from ingest.formats import refuse_a_flood
from ingest.sandbox import ReadingLimits, answers
from language.encodings import decoded

MOST_TEXT = 50 * 2**20  # bytes of a text file: far beyond what a person writes
TEXT_HERE = (
    100_000  # bytes of a text file that is read at once; a child takes longer to start than to read it
)
READABLE = "Word (.docx), Excel (.xlsx), PowerPoint (.pptx), PDF, Markdown, text"
SUFFIXES = frozenset(
    {".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".pptm", ".pdf", ".md", ".markdown", ".txt"}
)
_PARTS = (
    ("word/", DocumentFormat.DOCX), ("xl/", DocumentFormat.XLSX), ("ppt/", DocumentFormat.PPTX),
)  # fmt: skip
_NOT_TEXT = SUFFIXES - {".md", ".markdown", ".txt"} | {".doc", ".xls", ".ppt"}
_MACROS = {".docm": ".docx", ".xlsm": ".xlsx", ".pptm": ".pptx"}


def format_of(path: Path, name: str) -> DocumentFormat:
    """What kind of file it is, by its content. Raises FileTypeUnknown, FileEmpty, FileEncrypted,
    TooMuchInFile."""
    with path.open("rb") as stream:
        head = stream.read(8192)
    if not head:
        raise FileEmpty(name=name)
    if b"%PDF-" in head[:1024]:
        return DocumentFormat.PDF
    if head.startswith(b"PK\x03\x04"):
        refuse_a_flood(path, name)
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise FileDamaged(name=name, problem=str(error)) from error
        for prefix, kind in _PARTS:
            if any(one.startswith(prefix) for one in names):
                return kind
        raise FileTypeUnknown(name=name, media_type="a ZIP archive", readable=READABLE)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        with path.open("rb") as stream:
            encrypted = b"E\0n\0c\0r\0y\0p\0t" in stream.read(2**20)
        if encrypted:
            raise FileEncrypted(name=name)
        raise FileTypeUnknown(name=name, media_type="an old Office file", readable=READABLE)
    if b"\0" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise FileTypeUnknown(name=name, media_type="a binary file", readable=READABLE)
    suffix = Path(name).suffix.lower()
    if suffix in _NOT_TEXT:  # a rule would find nothing in it, and that would look like a clean document
        raise FileDamaged(name=name, problem=f"it is a text file, and its name says {suffix}")
    return (
        DocumentFormat.MARKDOWN if Path(name).suffix.lower() in (".md", ".markdown") else DocumentFormat.TEXT
    )


def read_document(path: Path, name: str = "", *, limits: ReadingLimits | None = None) -> CheckedDocument:
    """That file as rules see it. Raises an Unreadable."""
    name = name or path.name
    kind = format_of(path, name)
    if kind in (DocumentFormat.MARKDOWN, DocumentFormat.TEXT):
        if path.stat().st_size > MOST_TEXT:
            raise FileTooLarge(name=name, limit=f"{MOST_TEXT // 2**20} MB")
        if path.stat().st_size <= TEXT_HERE:
            content = path.read_bytes()
            return replace(text_document(content, name, kind), sha256=hashlib.sha256(content).hexdigest())
    document = _in_child(path, name, kind, limits or ReadingLimits(memory_mb=2000))
    with path.open("rb") as stream:
        return replace(document, sha256=hashlib.file_digest(stream, "sha256").hexdigest())


def text_document(content: bytes, name: str, kind: DocumentFormat) -> CheckedDocument:
    """A text file's content as rules see it."""
    text = decoded(content).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return (read_markdown if kind is DocumentFormat.MARKDOWN else read_text)(text, name)


def _in_child(path: Path, name: str, kind: DocumentFormat, limits: ReadingLimits) -> CheckedDocument:
    order = {
        "path": str(path.resolve()),
        "name": name,
        "format": str(kind),
        "page_limit": limits.pages,
        "memory_mb": limits.memory_mb,
    }
    head: dict[str, Any] = {}
    pieces: list[Piece] = []
    tables: list[Table] = []
    try:
        for message in answers("checks.readers.reading_child", order, name, limits):
            if "pieces" in message:
                pieces += _pieces().validate_python(message["pieces"])
            elif "tables" in message:
                tables += _tables().validate_python(message["tables"])
            else:
                head |= message["head"]
        document = _documents().validate_python(head)
    except (ValidationError, KeyError, TypeError) as error:
        raise FileDamaged(name=name, problem="its reader answered with something else") from error
    return replace(document, pieces=tuple(pieces), tables=tuple(tables))


@cache
def _pieces() -> TypeAdapter[list[Piece]]:
    return TypeAdapter(list[Piece])


@cache
def _tables() -> TypeAdapter[list[Table]]:
    return TypeAdapter(list[Table])


@cache
def _documents() -> TypeAdapter[CheckedDocument]:
    return TypeAdapter(CheckedDocument)

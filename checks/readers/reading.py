"""Opens a file as a checked document: Office files, PDF and long texts in the sandbox's child, others here.

The child answers in JSON, which is read into the document's own shapes and nothing else.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from checks.document.document import CheckedDocument, DocumentFormat, DocumentPiece, Table
from checks.readers.markdown import read_markdown
from checks.readers.text import read_text
from core.errors import FileDamaged, FileEmpty, FileEncrypted, FileTooLarge, FileTypeUnknown
from ingest.formats import part_names
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
        try:
            names = part_names(path, name)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise FileDamaged(name=name, problem=str(error)) from error
        for prefix, kind in _PARTS:
            if any(name.startswith(prefix) for name in names):
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
    if read_here(path, name, kind):
        content = path.read_bytes()
        return replace(text_document(content, name, kind), sha256=hashlib.sha256(content).hexdigest())
    limits = limits or ReadingLimits(memory_mb=2000)
    parts = DocumentParts(name)
    for message in answers(
        "checks.readers.reading_child", reading_order(path, name, kind, limits), name, limits
    ):
        parts.take(message)
    return parts.document(path)


def read_here(path: Path, name: str, kind: DocumentFormat) -> bool:
    """Whether that file is a text so short that no child is started for it. Raises FileTooLarge for a text
    that no person wrote."""
    if kind not in (DocumentFormat.MARKDOWN, DocumentFormat.TEXT):
        return False
    size = path.stat().st_size
    if size > MOST_TEXT:
        raise FileTooLarge(name=name, limit=f"{MOST_TEXT // 2**20} MB")
    return size <= TEXT_HERE


def text_document(content: bytes, name: str, kind: DocumentFormat) -> CheckedDocument:
    """A text file's content as rules see it."""
    text = decoded(content).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return (read_markdown if kind is DocumentFormat.MARKDOWN else read_text)(text, name)


def reading_order(path: Path, name: str, kind: DocumentFormat, limits: ReadingLimits) -> dict[str, Any]:
    """What `checks.readers.reading_child` is asked for."""
    return {"path": str(path.resolve()), "name": name, "format": str(kind), "page_limit": limits.pages}


@dataclass
class DocumentParts:
    """A document as a child tells it: head, tables and pieces, line by line."""

    name: str
    head: dict[str, Any] = field(default_factory=dict)
    pieces: list[DocumentPiece] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def take(self, message: dict[str, Any]) -> None:
        """Take one line. Raises FileDamaged where it is no part of a document."""
        try:
            if "pieces" in message:
                self.pieces += _pieces().validate_python(message["pieces"])
            elif "tables" in message:
                self.tables += _tables().validate_python(message["tables"])
            else:
                self.head |= message["head"]
        except (ValidationError, KeyError, TypeError) as error:
            raise self._wrong() from error

    def document(self, path: Path) -> CheckedDocument:
        """The whole, once all lines are taken; that file is the one that was read. Raises FileDamaged."""
        try:
            document = _documents().validate_python(self.head)
        except ValidationError as error:
            raise self._wrong() from error
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return replace(document, pieces=tuple(self.pieces), tables=tuple(self.tables), sha256=digest)

    def _wrong(self) -> FileDamaged:
        return FileDamaged(name=self.name, problem="its reader answered with something else")


@cache
def _pieces() -> TypeAdapter[list[DocumentPiece]]:
    return TypeAdapter(list[DocumentPiece])


@cache
def _tables() -> TypeAdapter[list[Table]]:
    return TypeAdapter(list[Table])


@cache
def _documents() -> TypeAdapter[CheckedDocument]:
    return TypeAdapter(CheckedDocument)

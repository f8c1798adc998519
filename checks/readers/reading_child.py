"""The child process that reads one Office file, PDF or long text for `checks.readers.reading`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from checks.document.document import CheckedDocument, DocumentFormat, DocumentPiece, Table
from ingest.sandbox_child import carry_out

BATCH = 2000  # pieces of one line


def read(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The document in lines: its head, its tables, its pieces."""
    yield from lines_of(read_whole(order))


def lines_of(document: CheckedDocument) -> Iterator[dict[str, Any]]:
    """What `checks.readers.reading.DocumentParts` takes."""
    head = replace(document, pieces=(), tables=())
    yield {"head": TypeAdapter(CheckedDocument).dump_python(head, mode="json")}
    tables, pieces = TypeAdapter(list[Table]), TypeAdapter(list[DocumentPiece])
    for index in range(0, len(document.tables), BATCH):
        yield {"tables": tables.dump_python(list(document.tables[index : index + BATCH]), mode="json")}
    for index in range(0, len(document.pieces), BATCH):
        yield {"pieces": pieces.dump_python(list(document.pieces[index : index + BATCH]), mode="json")}


def read_whole(order: dict[str, Any]) -> CheckedDocument:
    """The document that an order of `checks.readers.reading` asks for. Raises an Unreadable."""
    path, name, kind = Path(order["path"]), order["name"], DocumentFormat(order["format"])
    if kind is DocumentFormat.DOCX:
        from checks.readers.docx import read_docx

        return read_docx(path, name)
    if kind is DocumentFormat.XLSX:
        from checks.readers.xlsx import read_xlsx

        return read_xlsx(path, name)
    if kind is DocumentFormat.PPTX:
        from checks.readers.pptx import read_pptx

        return read_pptx(path, name)
    if kind in (DocumentFormat.MARKDOWN, DocumentFormat.TEXT):
        from checks.readers.reading import text_document

        return text_document(path.read_bytes(), name, kind)
    from checks.readers.pdf import read_pdf

    return read_pdf(path, name, page_limit=order["page_limit"])


if __name__ == "__main__":
    carry_out(read)

"""The files that a PDF carries along: attached to the whole (a portfolio is nothing else) or to a place of a
page. Each is handed out once, and none opened here."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

MOST_FILES = 200
MOST_PAGES = 2000  # of the PDF, on which attached files are looked for
LARGEST_FILE = 256 * 2**20  # bytes


def attached_files(document: Any) -> Iterator[tuple[str, bytes]]:
    """Name and content of each; the content is empty of one that is too large or cannot be unpacked."""
    known: set[tuple[str, int, bytes]] = set()
    for attachment in _attachments(document):
        if len(known) == MOST_FILES:
            yield "…", b""
            return
        name, content = attachment_name(attachment), _content(attachment)
        mark = (name, len(content), content[:4096])
        if mark not in known:
            known.add(mark)
            yield name, content


def _attachments(document: Any) -> Iterator[Any]:
    for number in range(raw.FPDFDoc_GetAttachmentCount(document)):
        yield raw.FPDFDoc_GetAttachment(document, number)
    for number in range(min(len(document), MOST_PAGES)):
        try:
            page = document[number]
        except pdfium.PdfiumError:
            continue
        try:
            for place in range(min(raw.FPDFPage_GetAnnotCount(page), MOST_FILES)):
                annotation = raw.FPDFPage_GetAnnot(page, place)
                if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_FILEATTACHMENT:
                    yield raw.FPDFAnnot_GetFileAttachment(annotation)
                raw.FPDFPage_CloseAnnot(annotation)
        finally:
            page.close()


def _content(attachment: Any) -> bytes:
    length = ctypes.c_ulong(0)
    if not raw.FPDFAttachment_GetFile(attachment, None, 0, length) or not 0 < length.value <= LARGEST_FILE:
        return b""
    room = ctypes.create_string_buffer(length.value)
    if not raw.FPDFAttachment_GetFile(attachment, room, length.value, length):
        return b""
    return room.raw[: length.value]


def attachment_name(attachment: Any) -> str:
    """The name of an attached file, without folders."""
    length = raw.FPDFAttachment_GetName(attachment, None, 0)
    if not 2 < length <= 4096:
        return "attachment"
    room = (ctypes.c_ushort * (length // 2))()
    raw.FPDFAttachment_GetName(attachment, room, length)
    name = bytes(room).decode("utf-16-le", "replace").rstrip("\0")
    if name.startswith("\xfe\xff") and all(letter <= "\xff" for letter in name):
        name = name[2:].encode("latin-1").decode("utf-16-be", "replace")  # PDFium took bytes for letters
    return PurePosixPath(" ".join(name.replace("\\", "/").split())).name or "attachment"

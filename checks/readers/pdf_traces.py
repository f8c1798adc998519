"""Traces of editing, pictures and the declared standard of a PDF: notes and highlights that lie on its pages,
alternative texts of its tagged figures, PDF/A.

Runs in the sandbox's child. Stamps are no comments: seals are set with them. Text that is not drawn is not
told apart, since the text behind a scan is of that kind.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from checks.document.traces import DocumentPicture, Trace, TraceKind, TraceSpot

PDF_TRACES = (TraceKind.COMMENT, TraceKind.HIGHLIGHT)
MOST_METADATA = 2**20  # bytes
_DEEPEST = 60
_MOST_NODES = 200_000
_COMMENTS = {
    raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_UNDERLINE, raw.FPDF_ANNOT_SQUIGGLY,
    raw.FPDF_ANNOT_STRIKEOUT, raw.FPDF_ANNOT_CARET, raw.FPDF_ANNOT_INK,
}  # fmt: skip
_PART = re.compile(rb"pdfaid:part\s*(?:>|=\s*[\"'])\s*([1-9])")
_CONFORMANCE = re.compile(rb"pdfaid:conformance\s*(?:>|=\s*[\"'])\s*([ABUEFabuef])")


def page_traces(document: pdfium.PdfDocument, number: int) -> Iterator[Trace]:
    """The notes and highlights of that page, counted from 1."""
    page = document[number - 1]
    try:
        height = page.get_height()
        for index in range(raw.FPDFPage_GetAnnotCount(page.raw)):
            note = raw.FPDFPage_GetAnnot(page.raw, index)
            try:
                kind = raw.FPDFAnnot_GetSubtype(note)
                if kind == raw.FPDF_ANNOT_HIGHLIGHT or kind in _COMMENTS:
                    marked = kind == raw.FPDF_ANNOT_HIGHLIGHT
                    yield Trace(
                        TraceKind.HIGHLIGHT if marked else TraceKind.COMMENT,
                        "highlight" if marked else "comment",
                        _string(note, b"Contents"), TraceSpot(page=number, box=_box(note, height)),
                        _string(note, b"T"),
                    )  # fmt: skip
            finally:
                raw.FPDFPage_CloseAnnot(note)
    finally:
        page.close()


def _string(note: raw.FPDF_ANNOTATION, key: bytes) -> str:
    length = raw.FPDFAnnot_GetStringValue(note, key, None, 0)
    if not 2 < length < 2**20:
        return ""
    buffer = ctypes.create_string_buffer(length)
    raw.FPDFAnnot_GetStringValue(note, key, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), length)
    return buffer.raw[: length - 2].decode("utf-16-le", "replace")


def _box(note: raw.FPDF_ANNOTATION, height: float) -> tuple[float, float, float, float]:
    edges = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(note, edges):
        return (0.0, 0.0, 0.0, 0.0)
    left, right = sorted((edges.left, edges.right))
    low, high = sorted((edges.bottom, edges.top))
    return (left, height - high, right, height - low)


def figures(document: pdfium.PdfDocument, pages: int) -> list[DocumentPicture] | None:
    """The figures that the tags name, with their texts; None where the PDF has no tags. What is set apart as
    decoration has no tag."""
    if not raw.FPDFCatalog_IsTagged(document.raw):
        return None
    out: list[DocumentPicture] = []
    for number in range(1, pages + 1):
        page = document[number - 1]
        tree = raw.FPDF_StructTree_GetForPage(page.raw)
        try:
            count = raw.FPDF_StructTree_CountChildren(tree) if tree else 0
            roots = [raw.FPDF_StructTree_GetChildAtIndex(tree, index) for index in range(max(0, count))]
            out += [DocumentPicture(alt, TraceSpot(page=number)) for alt in _figures(roots)]
        finally:
            if tree:
                raw.FPDF_StructTree_Close(tree)
            page.close()
    return out


def _figures(roots: list[raw.FPDF_STRUCTELEMENT]) -> Iterator[str]:
    stack, met = [(element, 0) for element in reversed(roots)], 0
    while stack and met < _MOST_NODES:
        element, deep = stack.pop()
        met += 1
        if not element or deep > _DEEPEST:
            continue
        if _text_of(raw.FPDF_StructElement_GetType, element) == "Figure":
            yield _text_of(raw.FPDF_StructElement_GetAltText, element).strip()
            continue
        count = raw.FPDF_StructElement_CountChildren(element)
        for index in reversed(range(max(0, count))):
            stack.append((raw.FPDF_StructElement_GetChildAtIndex(element, index), deep + 1))


def _text_of(read: Any, element: raw.FPDF_STRUCTELEMENT) -> str:
    length = read(element, None, 0)
    if not 2 < length < 2**20:
        return ""
    buffer = ctypes.create_string_buffer(length)
    read(element, buffer, length)
    return buffer.raw[: length - 2].decode("utf-16-le", "replace")


def declared_pdfa(path: Path) -> str:
    """What the metadata say that the file is, such as `2B`; empty where they say nothing."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        root: Any = PdfReader(path, strict=False).trailer["/Root"].get_object()
        metadata = root.get("/Metadata")
        content = b"" if metadata is None else metadata.get_object().get_data()[:MOST_METADATA]
    except (
        PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError, NotImplementedError,
        OSError, ArithmeticError, AssertionError,
    ):  # fmt: skip
        return ""  # what cannot be read declares nothing; that the file is damaged is said by its reader
    part, letter = _PART.search(content), _CONFORMANCE.search(content)
    if part is None:
        return ""
    return part[1].decode() + (letter[1].decode().upper() if letter is not None else "")

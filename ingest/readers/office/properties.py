"""The days in force that a file gives in its properties: custom properties of Word, Excel and PowerPoint,
user fields of OpenDocument, a PDF's document information and XMP. Reads nothing else of them, and never
fails."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from core.errors import ShokoError
from ingest import formats
from ingest.readers.office.package import open_package

LONGEST_XMP = 2**20  # bytes
LONGEST_VALUE = 100  # characters
OFFICE = (formats.DOCX, formats.XLSX, formats.PPTX)
OPEN_DOCUMENT = (formats.ODT, formats.ODS, formats.ODP)
# PDFium gives a value only to those who know its name.
PDF_NAMES = (
    "EffectiveDate", "Effective Date", "EffectiveFrom", "Effective From", "DateEffective", "ValidFrom",
    "Valid From", "InForceFrom", "ExpiryDate", "Expiry Date", "ExpirationDate", "Expires", "ValidUntil",
    "Valid Until", "EffectiveUntil", "InForceUntil",
)  # fmt: skip
_PDF_DAY = re.compile(r"^D:(\d{8}).*")  # as in D:20260401090000+09'00'
_USER_FIELD = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}user-defined"
_FIELD_NAME = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}name"


def days_said(path: Path, name: str, media_type: str, password: str = "") -> dict[str, str]:
    """The properties of that file that name a day in force, with their values."""
    try:
        if media_type == formats.PDF:
            values = [*_of_pdf(path, password), *_of_xmp(path)]
        elif media_type in OFFICE:
            values = list(_of_office(path, name))
        elif media_type in OPEN_DOCUMENT:
            values = list(_of_open_document(path, name))
        else:
            return {}
    except (ShokoError, etree.XMLSyntaxError, OSError, ValueError):
        return {}  # its reader says how damaged the file is
    if not values:
        return {}
    from ingest.dates import names_a_day_in_force  # its patterns take longer to make than most files to read

    return {
        key[:LONGEST_VALUE]: value.strip()[:LONGEST_VALUE]
        for key, value in values
        if value.strip() and names_a_day_in_force(key)
    }


def _of_office(path: Path, name: str) -> Iterator[tuple[str, str]]:
    with open_package(path, name) as package:
        for kind, part in package.related("").values():
            if kind == "custom-properties":
                for element in package.xml(part):
                    yield element.get("name", ""), "".join(map(str, element.itertext()))


def _of_open_document(path: Path, name: str) -> Iterator[tuple[str, str]]:
    with open_package(path, name) as package:
        if package.has("meta.xml"):
            for field in package.xml("meta.xml").iter(_USER_FIELD):
                yield field.get(_FIELD_NAME, ""), field.text or ""


def _of_pdf(path: Path, password: str) -> Iterator[tuple[str, str]]:
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(path, password=password or None)
    except pdfium.PdfiumError:
        return
    try:
        for key in PDF_NAMES:
            yield key, _PDF_DAY.sub(r"\1", document.get_metadata_value(key))
    finally:
        document.close()


def _of_xmp(path: Path) -> Iterator[tuple[str, str]]:
    """From the last XMP packet in the file: an edited file keeps the earlier ones. A packet inside a
    compressed stream is not seen; programs leave it open so that others find it."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        end = content.rfind(b"</x:xmpmeta>")
        start = content.rfind(b"<x:xmpmeta", max(0, end - LONGEST_XMP), end) if end >= 0 else -1
        if start < 0:
            return
        packet = content[start : end + len(b"</x:xmpmeta>")]
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    for element in etree.fromstring(packet, parser).iter(etree.Element):
        for key, value in [*element.attrib.items(), (element.tag, element.text or "")]:
            yield etree.QName(key).localname, str(value)

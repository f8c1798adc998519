"""Which kinds of file can be read, recognised by their content and not by what their name claims."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

from core.errors import ClosedFormat, FileEncrypted, FileTypeUnknown, TooMuchInFile

PDF, TEXT, MARKDOWN = "application/pdf", "text/plain", "text/markdown"
CSV, HTML, MAIL = "text/csv", "text/html", "message/rfc822"
OUTLOOK, MAIL_BOX = "application/vnd.ms-outlook", "application/mbox"
ZIP, SEVEN_ZIP = "application/zip", "application/x-7z-compressed"
ARCHIVES = (ZIP, SEVEN_ZIP)  # of files, each of which is read
_OOXML = "application/vnd.openxmlformats-officedocument."
DOCX, XLSX = _OOXML + "wordprocessingml.document", _OOXML + "spreadsheetml.sheet"
PPTX = _OOXML + "presentationml.presentation"
_ODF = "application/vnd.oasis.opendocument."
ODT, ODS, ODP = _ODF + "text", _ODF + "spreadsheet", _ODF + "presentation"
DOC, XLS, PPT = "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"
XLSB, RTF = "application/vnd.ms-excel.sheet.binary.macroenabled.12", "application/rtf"
PNG, JPEG, TIFF = "image/png", "image/jpeg", "image/tiff"
ICHITARO = "一太郎 (Ichitaro)"
PICTURES = (PNG, JPEG, TIFF)
WITH_PROPERTIES = (PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP)  # that may give a day in force
TODAYS_OFFICE = (DOCX, XLSX, PPTX)
OLD = (DOC, XLS, PPT, XLSB, RTF)  # read through LibreOffice

READABLE = ("PDF", "Word", "Excel", "PowerPoint", "OpenDocument", "CSV", "text", "Markdown", "HTML",
            "mail (.eml, .msg, .mbox)", "pictures (PNG/JPEG/TIFF)", "archives (.zip, .7z)")  # fmt: skip
_OFFICE = {"word/document": DOCX, "xl/workbook.xml": XLSX, "xl/workbook.bin": XLSB, "ppt/presentation": PPTX}
_TYPES, _LONGEST_TYPES = "[content_types].xml", 2**20
_MAIN_TYPES = {b"wordprocessingml.document.main": DOCX, b"spreadsheetml.sheet.main": XLSX,
               b"presentationml.presentation.main": PPTX}  # fmt: skip
_MAGIC = {b"GIF8": "a GIF picture", b"Rar!": "a RAR archive", b"\x7fELF": "a program",
          b"MZ": "a program", b"\x1f\x8b": "a gzip archive"}  # fmt: skip
_SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
_PICTURES = {b"\x89PNG\r\n": PNG, b"\xff\xd8\xff": JPEG, b"II*\0": TIFF, b"MM\0*": TIFF}
MOST_ENTRIES = 20_000  # of an archive; an office file has some hundreds
LONGEST_LIST = 16 * 2**20  # bytes of that list
_LONGEST_END = 22 + 65535  # bytes behind the list: its end, and what a person wrote there
_END = b"PK\x05\x06"  # begins what stands behind the list and gives its length
_ENTRY = b"PK\x01\x02"  # begins what an archive's list says of each of its parts
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_OLD_PART = 2**20  # bytes of each part of an old Office file in which its directory is sought
_TARO = ("JSCompDocument", "DocumentViewStyles", "DocumentEditStyles")  # what no other program writes
_TARO_NAMES = (".jtd", ".jtt", ".jttc", ".jtdc", ".jaw", ".jbw", ".juw", ".jfw", ".jvw", ".jsw")
_DOCUWORKS = re.compile(rb"docuworks|d\0o\0c\0u\0w\0o\0r\0k\0s\0", re.I)
_DOCUWORKS_NAMES = (".xdw", ".xbd", ".xct")
_STREAMS = {"WordDocument": DOC, "Workbook": XLS, "Book": XLS, "PowerPoint Document": PPT}
_PROTECTED = {
    ".doc": DOCX,
    ".dot": DOCX,
    ".xls": XLSX,
    ".xlt": XLSX,
    ".ppt": PPTX,
    ".pot": PPTX,
    ".pps": PPTX,
}
_MAIL_HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]*):[ \t]", re.M)
_MAIL_SIGNS = {b"message-id", b"mime-version", b"received", b"return-path", b"x-mailer", b"dkim-signature",
               b"delivered-to"}  # fmt: skip
_BOX = re.compile(rb"From [^\r\n]{3,200}\d\d:\d\d[^\r\n]{0,60}\r?\n>?[A-Za-z][A-Za-z0-9-]{0,60}:")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.I)


# What is left of a PDF that lost its first line; a text about PDF has a text's name.
_PDF_REST = re.compile(rb"(?:^|[\r\n])[ \t\f\v]*+\d+ \d+ obj\b|\btrailer\s*<<|\bstartxref\b")
_TEXT_NAMES = (".txt", ".text", ".md", ".markdown", ".html", ".htm", ".csv", ".tsv", ".tab", ".eml", ".mbox",
               ".log")  # fmt: skip


def media_type_of(path: Path, name: str) -> str:
    """The media type of that file. Raises FileTypeUnknown saying what it is instead, ClosedFormat for the
    programs of which only they read the files, FileEncrypted, or TooMuchInFile."""
    with path.open("rb") as stream:
        head = stream.read(8192)
    if b"%PDF-" in head[:1024]:
        return PDF
    for magic, picture in _PICTURES.items():
        if head.startswith(magic):
            return picture
    if head.startswith(_SEVEN_ZIP):
        return SEVEN_ZIP
    for magic, kind in _MAGIC.items():
        if head.startswith(magic) and (b"\0" in head or not magic.isalnum()):  # a text may begin with MZ
            raise _unknown(name, kind)
    if head.startswith(_OLD_OFFICE):
        return _kind_of_old_office(path, name)
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_archive(path, name)
    if head.startswith(b"{\\rtf"):
        return RTF
    suffix = Path(name.strip()).suffix.lower()
    if b"\0" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff") and not _wide(head):
        if _DOCUWORKS.search(head) or suffix in _DOCUWORKS_NAMES:
            raise ClosedFormat(name=name, program="DocuWorks")
        if suffix in _TARO_NAMES:
            raise ClosedFormat(name=name, program=ICHITARO)
        raise _unknown(name, "a binary file")
    if _BOX.match(head):
        return MAIL_BOX
    if _is_mail(head, suffix):
        return MAIL
    if _is_html(head) or (suffix in (".html", ".htm", ".xhtml") and b"<" in head):
        return HTML
    if suffix == ".pdf" or (suffix not in _TEXT_NAMES and _PDF_REST.search(head)):
        return PDF  # without its first line: its reader says how damaged it is
    if suffix in (".csv", ".tsv", ".tab"):
        return CSV
    return MARKDOWN if suffix in (".md", ".markdown") else TEXT


def _wide(head: bytes) -> bool:
    """Whether this is UTF-16 without a mark: every other byte is zero, and nothing else of a binary file."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    low, high = sorted((even, odd))
    return low == 0 and high * 10 > len(head)


def _is_html(head: bytes) -> bool:
    """Whether it begins as a page does, perhaps after a declaration and comments."""
    rest = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if rest[:5].lower() == b"<?xml":
        declaration, _, behind = rest.partition(b">")
        rest = behind.lstrip() if declaration.endswith(b"?") else rest
    position = 0
    while rest.startswith(
        b"<!--", position
    ):  # by plain search: an expression would try every division of them
        end = rest.find(b"-->", position + 4)
        if end < 0:
            return False
        position = end + 3
        while rest[position : position + 1].isspace():
            position += 1
    return _HTML.match(rest, position) is not None


def _is_mail(head: bytes, suffix: str) -> bool:
    top = head.replace(b"\r\n", b"\n").lstrip(b"\n").split(b"\n\n")[0]
    names = {name.lower() for name in _MAIL_HEADER.findall(top)}
    begins = bool(_MAIL_HEADER.match(top))
    known = names & {b"from", b"to", b"subject", b"date"}
    if suffix in (".eml", ".mht", ".mhtml"):
        return begins and bool(known or names & _MAIL_SIGNS)
    return begins and len(known) >= 2 and bool(names & _MAIL_SIGNS)


def _kind_of_archive(path: Path, name: str) -> str:
    refuse_a_flood(path, name)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.namelist()
            if "mimetype" in entries:
                with archive.open("mimetype") as stream:  # no more than it needs: it may unfold to gigabytes
                    said = stream.read(100).decode("ascii", "replace").strip()
                said = said.removesuffix("-template")
                if said in (ODT, ODS, ODP):
                    return said
            kind = _office_kind(archive, entries)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError, NotImplementedError) as error:
        raise _unknown(name, "a damaged archive") from error
    return kind or ZIP


def _office_kind(archive: zipfile.ZipFile, entries: list[str]) -> str:
    """The kind of an Office file by the names of its parts, whatever their case and slashes, else by what its
    list of types calls the main one; empty if it is none."""
    names = {part.replace("\\", "/").lstrip("/").casefold(): part for part in entries}
    for prefix, kind in _OFFICE.items():
        if any(part.startswith(prefix) for part in names):
            return kind
    if _TYPES not in names:
        return ""
    with archive.open(names[_TYPES]) as stream:
        types = stream.read(_LONGEST_TYPES)
    return next((kind for word, kind in _MAIN_TYPES.items() if word in types), "")


def part_names(path: Path, name: str) -> list[str]:
    """The names of an archive's parts. Raises TooMuchInFile before a list that floods the memory is made of
    them, and what `zipfile` raises if it is none."""
    refuse_a_flood(path, name)
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def refuse_a_flood(path: Path, name: str) -> None:
    """Refuse an archive of so many parts that their list alone would fill the memory: it is reported here, in
    the process that serves everybody. Raises TooMuchInFile."""
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _LONGEST_END))
        tail = stream.read(_LONGEST_END)
        plain = tail[-22:].startswith(_END) and tail.endswith(b"\0\0")  # as zipfile looks: nothing behind it
        end = len(tail) - 22 if plain else tail.rfind(_END)
        if end < 0 or len(tail) < end + 22:
            return  # what it is then, whoever opens it reports
        length = int.from_bytes(tail[end + 12 : end + 16], "little")
        begins = size - len(tail) + end - length
        if length > LONGEST_LIST or begins < 0:
            raise TooMuchInFile(name=name, what="parts", limit=f"{MOST_ENTRIES:,}")
        stream.seek(begins)
        if stream.read(length).count(_ENTRY) > MOST_ENTRIES:
            raise TooMuchInFile(name=name, what="parts", limit=f"{MOST_ENTRIES:,}")


def _kind_of_old_office(path: Path, name: str) -> str:
    """By the names of the streams in it, which stand in its directory in UTF-16."""
    directory = _directory_of(path)

    def has(stream_name: str) -> bool:
        return stream_name.encode("utf-16-le") + b"\0\0" in directory

    if has("__properties_version1.0"):  # before what may be an object in a mail
        return OUTLOOK
    if any(has(stream_name) for stream_name in _TARO):
        raise ClosedFormat(name=name, program=ICHITARO)
    if _DOCUWORKS.search(directory):
        raise ClosedFormat(name=name, program="DocuWorks")
    if has("EncryptedPackage"):  # before it is opened, only its name says what is in it
        suffix = Path(name.strip()).suffix.lower()
        kind = _PROTECTED.get(suffix[:4]) if suffix != ".xlsb" else None
        if kind is None:
            raise FileEncrypted(name=name)
        return kind
    for stream_name, kind in _STREAMS.items():
        if has(stream_name):
            return kind
    raise _unknown(name, "an old Office file")


def _directory_of(path: Path) -> bytes:
    """The parts of an old Office file in which its directory stands: where its header says that it begins
    (MS-CFB 2.2), its beginning and its end. So much and no more of a file of any size is read here."""
    with path.open("rb") as stream:
        first = stream.read(_OLD_PART)
        size = stream.seek(0, os.SEEK_END)
        sector = 1 << min(int.from_bytes(first[30:32], "little"), 12)
        begins = (int.from_bytes(first[48:52], "little") + 1) * sector
        parts = [first]
        for offset in (begins, max(size - _OLD_PART, 0)):
            if 0 < offset < size:
                stream.seek(offset)
                parts.append(stream.read(_OLD_PART))
    return b"\xff".join(parts)


def _unknown(name: str, kind: str) -> FileTypeUnknown:
    return FileTypeUnknown(name=name, media_type=kind, readable=", ".join(READABLE))

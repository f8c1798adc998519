"""Opens the archives that office files are, and their XML, without unfolding what was made to do harm.

Nothing outside the archive is ever opened: no template, no linked picture, no entity.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import unquote
from xml.parsers import expat

from lxml import etree

from core.errors import FileDamaged, FileEncrypted, TooMuchInFile

MOST_PARTS = 20_000
MOST_XML = 600 * 2**20  # bytes of XML, unfolded; a workbook with a million filled cells has some 50 MB
MOST_RATIO = 400  # times that a part may unfold; text of an office unfolds 5 to 60 times
RATIO_FROM = 20 * 2**20  # bytes, unfolded, from which the ratio counts
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
DUBLIN_CORE_TITLE = "{http://purl.org/dc/elements/1.1/}title"

_CONTENT_TYPES = "[Content_Types].xml"
_OVERRIDE = "{http://schemas.openxmlformats.org/package/2006/content-types}Override"
# The strict form of the standard has names of its own for the same elements.
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w{1,40})/(\w{1,40})")
_STRICT_BEGINS = b"http://purl.oclc.org/ooxml/"

Element = etree._Element


def as_usual(content: bytes) -> bytes:
    """XML of the strict form of ISO/IEC 29500 with the names that its transitional form, which every office
    program writes, has for the same things; any other XML as it is."""
    if _STRICT_BEGINS not in content:
        return content
    return _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/\2", content)


class Package:
    """An opened office archive. Its parts are known by their names as the standard compares them: whatever
    their case, and with `/` between folders, though some programs write them with `\\`."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self.archive = archive
        self.name = name  # of the file, for errors
        self._entries = {part_name(entry): entry for entry in archive.namelist()}

    def has(self, part: str) -> bool:
        """Whether there is a part of that name."""
        return part_name(part) in self._entries

    def content(self, part: str) -> bytes:
        """The bytes of a part; XML as `as_usual` has it. Raises FileDamaged."""
        entry = self._entries.get(part_name(part))
        if entry is None:
            raise FileDamaged(name=self.name, problem=f"{part} is missing")
        if self.archive.getinfo(entry).file_size > MOST_XML:
            raise TooMuchInFile(name=self.name, what="MB of unpacked text", limit=f"{MOST_XML // 2**20}")
        try:
            return as_usual(self.archive.read(entry))
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise FileDamaged(name=self.name, problem=f"{part} is damaged") from error

    def stream(self, part: str) -> IO[bytes]:
        """A part to be read piece by piece. Raises FileDamaged."""
        entry = self._entries.get(part_name(part))
        if entry is None:
            raise FileDamaged(name=self.name, problem=f"{part} is missing")
        with self.archive.open(entry) as stream:
            strict = _STRICT_BEGINS in stream.read(2**14)  # an element names its space where it begins
        return io.BytesIO(self.content(part)) if strict else self.archive.open(entry)

    def xml(self, part: str) -> Element:
        """The root element of a part. Raises FileDamaged if it is missing or no XML."""
        try:
            return etree.fromstring(self.content(part), _parser())
        except (etree.XMLSyntaxError, ValueError) as error:
            raise FileDamaged(name=self.name, problem=f"{part} is damaged") from error

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part points to inside the archive: relation id to (last word of its type, part name)."""
        folder, file = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{file}.rels")
        if not self.has(relations):
            return {}
        parts: dict[str, tuple[str, str]] = {}
        for relation in self.xml(relations).iter(RELATIONS):
            if relation.get("TargetMode") == "External":
                continue
            target = relation.get("Target", "").replace("\\", "/")
            target = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            target = posixpath.normpath(target)
            if self.has(target):
                parts[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], target)
        return parts

    def main_part(self) -> str:
        """The part that the archive is about: the one that its relations name, or else its list of types."""
        for kind, target in self.related("").values():
            if kind == "officeDocument":
                return target
        for declared in self.xml(_CONTENT_TYPES).iter(_OVERRIDE) if self.has(_CONTENT_TYPES) else ():
            if declared.get("ContentType", "").endswith(".main+xml"):
                return declared.get("PartName", "").lstrip("/")
        raise FileDamaged(name=self.name, problem="it does not say which part is its document")

    def title(self) -> str:
        """The title in the file's properties, or nothing."""
        for kind, target in self.related("").values():
            if kind == "core-properties":
                try:
                    return (self.xml(target).findtext(DUBLIN_CORE_TITLE) or "").strip()
                except FileDamaged:  # a document can be read without its properties
                    return ""
        return ""


def part_name(part: str) -> str:
    """A part's name as the standard compares them."""
    return unquote(part.replace("\\", "/").lstrip("/")).casefold()


@contextmanager
def open_package(path: Path, name: str) -> Iterator[Package]:
    """The archive, looked over. Raises FileDamaged, FileEncrypted or TooMuchInFile."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        raise FileDamaged(name=name, problem="its archive is cut off") from error
    with archive:
        look_over(archive, name)
        yield Package(archive, name)


def look_over(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse what was made to do harm. Raises FileDamaged, FileEncrypted or TooMuchInFile."""
    entries = archive.infolist()
    if len(entries) > MOST_PARTS:
        raise TooMuchInFile(name=name, what="parts", limit=f"{MOST_PARTS:,}")
    texts = [entry for entry in entries if entry.filename.lower().endswith((".xml", ".rels", ".vml"))]
    if any(entry.flag_bits & 1 for entry in texts):
        raise FileEncrypted(name=name)
    # zipfile unfolds no part further than its entry says, so the stated sizes bound the reading.
    if sum(entry.file_size for entry in texts) > MOST_XML:
        raise TooMuchInFile(name=name, what="MB of unpacked text", limit=f"{MOST_XML // 2**20}")
    for entry in texts:
        if entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise TooMuchInFile(name=name, what="text for its packed size", limit=f"{MOST_RATIO}-fold")
        try:
            with archive.open(entry) as stream:
                refuse_entities(stream.read(2**16), name)
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise FileDamaged(name=name, problem=f"{entry.filename} is damaged") from error


class _Begun(Exception):  # not an error: everything that had to be looked at has been seen
    pass


def refuse_entities(beginning: bytes, name: str) -> None:
    """Refuse XML that declares what its document type holds: no office program does, entity bombs need it. A
    type that is named alone, as OpenOffice names that of its macros and lists, declares nothing: no reader
    here fetches it.

    Raises FileDamaged. `beginning` is the part's first bytes; what they are cut off from does not matter.
    """
    parser = expat.ParserCreate()
    met: list[str] = []

    def declares(_name: str, _system: str | None, _public: str | None, inside: bool) -> None:
        if inside:
            met.append("declaration")
            raise _Begun

    def begins(*_: object) -> None:
        met.append("element")
        raise _Begun

    parser.StartDoctypeDeclHandler = declares
    parser.StartElementHandler = begins
    try:
        parser.Parse(beginning, False)
    except _Begun:
        pass
    except (expat.ExpatError, ValueError):
        return  # whoever reads broken XML reports it
    if beginning and met != ["element"]:  # a declaration, or 64 kB in which one may hide
        raise FileDamaged(name=name, problem="it declares entities of its own")


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True,
        remove_comments=True, remove_pis=True,  # an element's neighbours, with no name to go by
        collect_ids=False,  # a list's id that is given twice harms nobody
    )  # fmt: skip

"""An Office file as a ZIP of XML parts, opened as one opens a stranger's parcel.

Runs in the sandbox's child. Nothing is fetched, no entity is resolved, no macro is run; a file that unpacks
to far more than it is, or names a document type of its own, is refused, by the limits that ingest has.
"""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from core.errors import FileDamaged, FileEncrypted, TooMuchInFile
from ingest.readers.office.package import MOST_XML, as_usual, look_over, part_name

_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_HARMLESS = ("/hyperlink",)  # an address that a person may click; nothing loads it


@dataclass(frozen=True)
class Relationship:
    """A part's reference to another part, or to something outside."""

    kind: str
    target: str
    external: bool


class OfficePackage:
    """The parts of an Office file."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        with path.open("rb") as stream:
            if stream.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
                raise FileEncrypted(name=name)
        try:
            self.archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise FileDamaged(name=name, problem=str(error)) from error
        look_over(self.archive, name)
        self.entries = {entry.filename.lstrip("/"): entry for entry in self.archive.infolist()}
        self._by_name = {part_name(entry): entry for entry in self.entries}

    def __contains__(self, part: str) -> bool:
        return part_name(part) in self._by_name

    def names(self, prefix: str) -> list[str]:
        """The parts whose names begin so, in order."""
        return sorted(entry for name, entry in self._by_name.items() if name.startswith(part_name(prefix)))

    def read(self, part: str) -> bytes:
        """A part's bytes, XML as `as_usual` has it; empty where it is missing. Raises FileDamaged or
        TooMuchInFile."""
        entry = self._by_name.get(part_name(part))
        if entry is None:
            return b""
        try:
            with self.archive.open(self.entries[entry]) as stream:
                content = stream.read(MOST_XML + 1)
        except (
            zipfile.BadZipFile,
            OSError,
            ValueError,
            NotImplementedError,
            EOFError,
            RuntimeError,
        ) as error:
            raise FileDamaged(name=self.name, problem=f"{part}: {error}") from error
        except Exception as error:  # zlib.error has no base of its own but Exception
            if type(error).__module__ != "zlib":
                raise
            raise FileDamaged(name=self.name, problem=f"{part}: {error}") from error
        if len(content) > MOST_XML:
            raise TooMuchInFile(name=self.name, what="MB of unpacked text", limit=f"{MOST_XML // 2**20}")
        return as_usual(content)

    def xml(self, part: str) -> etree._Element | None:
        """A part as XML; None where it is missing. Raises FileDamaged, also for a document type."""
        content = self.read(part)
        if not content:
            return None
        if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content:
            raise FileDamaged(
                name=self.name, problem=f"{part} declares a document type, as no Office file does"
            )
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
            remove_pis=True,
        )  # fmt: skip
        try:
            return etree.fromstring(content, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise FileDamaged(name=self.name, problem=f"{part}: {error}") from error

    def relationships(self, part: str) -> dict[str, Relationship]:
        """The references of a part, by id."""
        folder, base = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{base}.rels"))
        by_id: dict[str, Relationship] = {}
        for element in [] if root is None else root.iter(_RELATIONSHIP):
            target, external = element.get("Target", ""), element.get("TargetMode") == "External"
            if not external:
                target = posixpath.normpath(
                    posixpath.join(folder, target) if target[:1] != "/" else target[1:]
                )
            kind = element.get("Type", "").rsplit("/", 1)[-1]
            by_id[element.get("Id", "")] = Relationship(kind, target, external)
        return by_id

    def notes(self) -> tuple[str, ...]:
        """What was left aside: macros, and references to other computers that the file would load."""
        notes = []
        if any(name.lower().endswith(("vbaproject.bin", ".vbs")) for name in self.entries):
            notes.append("macros")
        external = 0
        for part in self.names(""):
            if part.endswith(".rels"):
                root = self.xml(part)
                for element in [] if root is None else root.iter(_RELATIONSHIP):
                    outside = element.get("TargetMode") == "External"
                    if outside and not element.get("Type", "").endswith(_HARMLESS):
                        external += 1
        if external:
            notes.append(f"external references: {external}")
        if any("embeddings/" in name for name in self.entries):
            notes.append("embedded files")
        return tuple(notes)

    def metadata(self) -> dict[str, str]:
        """The document's properties: title, creator, modified, company and what the company added."""
        properties: dict[str, str] = {}
        for part in ("docProps/core.xml", "docProps/app.xml"):
            root = self.xml(part)
            for element in [] if root is None else root:
                if isinstance(element.tag, str) and element.text and len(element) == 0:
                    properties[etree.QName(element).localname] = element.text.strip()
        root = self.xml("docProps/custom.xml")
        for element in [] if root is None else root:
            if element.get("name"):
                properties[str(element.get("name"))] = "".join(
                    str(text) for text in element.itertext()
                ).strip()
        return properties

    def signatures(self) -> tuple[str, ...]:
        """Who signed the file, by its certificate's subject where it says one."""
        signers = []
        for part in self.names("_xmlsignatures/"):
            if part.endswith(".xml"):
                root = self.xml(part)
                names = (
                    []
                    if root is None
                    else [e.text for e in root.iter("{*}X509SubjectName", "{*}X509IssuerName")]
                )
                signers.append(next((name for name in names if name), "signature"))
        return tuple(signers)

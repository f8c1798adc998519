"""Footnotes of a Word document, which python-docx does not make: the part, its notes and their references."""

from __future__ import annotations

import copy
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from lxml import etree

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
HALF_POINTS = "17"  # the size of a note's text
# Word wants these two: the line above the notes, and the one above those that go on from the page before.
_SEPARATORS = (
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p>'
    "</w:footnote>"
)


class Footnotes:
    """The footnotes of one document; `write` puts them into it at the end."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.part = next(
            (
                relation.target_part
                for relation in document.part.rels.values()
                if relation.reltype == RELATIONSHIP_TYPE.FOOTNOTES
            ),
            None,
        )
        if self.part is not None:
            self.root: Any = parse_xml(self.part.blob)
        else:
            self.root = parse_xml(f"<w:footnotes {nsdecls('w')}>{_SEPARATORS}</w:footnotes>")
        numbers = [int(note.get(qn("w:id"), "0")) for note in self.root]
        self.last = max([0, *numbers])
        self.made = 0

    def reference(self, text: str, format_of_run: Any) -> Any:
        """A run that refers to a new note of that text, for a paragraph with runs of that format."""
        self.last += 1
        self.made += 1
        note = OxmlElement("w:footnote", {qn("w:id"): str(self.last)})
        paragraph = OxmlElement("w:p")
        properties = OxmlElement("w:pPr")  # else the body's space and indent hold here too
        spacing = {"w:before": "0", "w:after": "0", "w:line": "240", "w:lineRule": "auto"}
        properties.append(OxmlElement("w:spacing", {qn(name): value for name, value in spacing.items()}))
        properties.append(OxmlElement("w:ind", {qn("w:firstLine"): "0", qn("w:firstLineChars"): "0"}))
        paragraph.append(properties)
        mark = self._run(None)
        mark.append(OxmlElement("w:footnoteRef"))
        said = self._run(format_of_run, plain=True)
        element = OxmlElement("w:t")
        element.text = f" {text}"
        element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        said.append(element)
        paragraph.extend([mark, said])
        note.append(paragraph)
        self.root.append(note)
        run = self._run(format_of_run)
        run.append(OxmlElement("w:footnoteReference", {qn("w:id"): str(self.last)}))
        return run

    def write(self) -> None:
        """Put the notes into the document, if any were made."""
        if not self.made:
            return
        blob = etree.tostring(self.root, xml_declaration=True, encoding="UTF-8", standalone=True)
        if self.part is None:
            package = self.document.part.package
            self.part = Part(PackURI("/word/footnotes.xml"), CONTENT_TYPE, blob, package)
            self.document.part.relate_to(self.part, RELATIONSHIP_TYPE.FOOTNOTES)
        else:
            self.part._blob = blob  # python-docx loads notes as a part without a shape, and has no setter

    def _run(self, format_of_run: Any, *, plain: bool = False) -> Any:
        """A run with the fonts of that format: raised as marks are, or plain in the notes' size."""
        run = OxmlElement("w:r")
        properties = OxmlElement("w:rPr")
        fonts = None if format_of_run is None else format_of_run.find(qn("w:rFonts"))
        if fonts is not None:
            properties.append(copy.deepcopy(fonts))
        if plain:
            properties.append(OxmlElement("w:sz", {qn("w:val"): HALF_POINTS}))
        else:
            properties.append(OxmlElement("w:vertAlign", {qn("w:val"): "superscript"}))
        run.append(properties)
        return run

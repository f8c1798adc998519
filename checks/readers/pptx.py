"""PowerPoint presentations as checked documents: every paragraph of every slide with its effective format.

Runs in the sandbox's child. Sizes and fonts come from the run, the shape, the layout's and the master's
placeholder of the same kind, and the master's text styles, in that order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks.document.document import (
    MM_PER_POINT,
    CheckedDocument,
    DocumentFormat,
    DocumentPiece,
    Format,
    PageSection,
    ParagraphFormat,
    RunKind,
    Table,
    TableCell,
    TextRun,
    Zone,
)
from checks.document.traces import DocumentPicture, Trace
from checks.readers.office_traces import PPTX_TRACES, slide_pictures, slide_traces
from checks.readers.package import OfficePackage
from core.errors import FileDamaged, ReaderGaveUp
from ingest.pages import Box

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
EMU_MM, EMU_POINT = 36000, 12700
MOST_RUNS = 300_000
EDGE = 0.12  # of a slide's height
_CAPTION = re.compile(
    r"^\s*(?:図|表|图|圖|写真|Figure|Table|Fig\.)\s*[0-9０-９一二三四五六七八九十]+", re.IGNORECASE
)
_TITLES = ("title", "ctrTitle")


@dataclass
class _Base:
    """What a slide inherits: placeholders of its layout and master, and the master's styles."""

    placeholders: list[Any] = field(default_factory=list)
    master: Any = None
    fonts: dict[str, str] = field(default_factory=dict)


def read_pptx(path: Path, name: str) -> CheckedDocument:
    """The presentation. Raises FileDamaged, FileEncrypted or ReaderGaveUp."""
    package = OfficePackage(path, name)
    main = next((r.target for r in package.relationships("").values() if r.kind == "officeDocument"),
                "ppt/presentation.xml")  # fmt: skip
    root = package.xml(main)
    if root is None:
        raise FileDamaged(name=name, problem=f"{main} is missing")
    targets = package.relationships(main)
    slides = [targets[i].target for e in root.iter(P + "sldId") if (i := e.get(R + "id", "")) in targets]
    if sum(package.read(slide).count(b"<a:r>") for slide in slides) > MOST_RUNS:
        raise ReaderGaveUp(name=name, limit=f"{MOST_RUNS:,} stretches of text")
    size = root.find(P + "sldSz")
    width, height = (
        (int(size.get(side, "0")) / EMU_MM for side in ("cx", "cy")) if size is not None else (0, 0)
    )
    pieces: list[DocumentPiece] = []
    tables: list[Table] = []
    traces: list[Trace] = []
    pictures: list[DocumentPicture] = []
    for number, slide in enumerate(slides, start=1):
        if (shown := package.xml(slide)) is not None:
            traces += slide_traces(package, slide, shown, number)
            pictures += slide_pictures(shown, slide, number)
        _Slide(package, slide, number, pieces, tables, height / MM_PER_POINT).read()
    return CheckedDocument(
        name=name,
        format=DocumentFormat.PPTX,
        pieces=tuple(pieces),
        tables=tuple(tables),
        sections=(PageSection(round(width, 1), round(height, 1)),),
        metadata=package.metadata(),
        signatures=package.signatures(),
        notes=package.notes(),
        pages=len(slides),
        traces=tuple(traces),
        traced=PPTX_TRACES,
        pictures=tuple(pictures),
    )


class _Slide:
    def __init__(
        self,
        package: OfficePackage,
        part: str,
        number: int,
        pieces: list[DocumentPiece],
        tables: list[Table],
        height: float,
    ) -> None:
        self.package, self.part, self.number, self.height = package, part, number, height
        self.pieces, self.tables = pieces, tables
        self.base = _base(package, part)

    def read(self) -> None:
        root = self.package.xml(self.part)
        if root is None:
            return
        tree = root.find(f"{P}cSld/{P}spTree")
        for shape in [] if tree is None else self._shapes(tree):
            if shape.tag == P + "sp":
                self._shape(shape)
            else:
                self._table(shape)
        for relation in self.package.relationships(self.part).values():
            if relation.kind == "notesSlide":
                notes = self.package.xml(relation.target)
                for paragraph in [] if notes is None else notes.iter(A + "p"):
                    text = "".join(run.text or "" for run in paragraph.iter(A + "t"))
                    if text.strip() and paragraph.find(f".//{A}fld") is None:
                        piece = DocumentPiece(
                            text, Zone.COMMENT, slide=self.number, part=relation.target,
                            section=self.number - 1,
                        )  # fmt: skip
                        self.pieces.append(piece)

    def _shapes(self, parent: Any) -> Any:
        for child in parent:
            if child.tag == P + "grpSp":
                yield from self._shapes(child)
            elif child.tag in (P + "sp", P + "graphicFrame"):
                yield child

    def _shape(self, shape: Any) -> None:
        holder = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
        kind = "" if holder is None else holder.get("type", "body")
        named = shape.find(f"{P}nvSpPr/{P}cNvPr")
        name = "" if named is None else named.get("name", "")
        body = shape.find(P + "txBody")
        if body is None:
            return
        zone, level = Zone.BODY, 0
        if kind in _TITLES:
            zone, level = Zone.HEADING, 0 if kind == "ctrTitle" else 1
        elif kind in ("ftr", "sldNum", "dt"):
            zone = Zone.FOOTER
        elif kind == "hdr":
            zone = Zone.HEADER
        elif holder is None:
            zone = self._edge(_where(shape))
        sources = [body.find(A + "lstStyle"), *_inherited(self.base, holder)]
        where = _where(shape)
        for number, paragraph in enumerate(body.iter(A + "p")):
            deep = int((_attribute(paragraph.find(A + "pPr"), "lvl")) or 0)
            where_to = zone
            if zone is Zone.BODY and kind in ("body", "obj", "") and _has_bullet(paragraph):
                where_to = Zone.LIST
            style = "title" if kind in _TITLES else "body" if kind in ("body", "subTitle", "obj") else "other"
            self._paragraph(paragraph, where_to, level or deep, sources, style, name, number, where)

    def _edge(self, box: Box) -> Zone:
        """A box at the edge of a slide is its header or footer: slides have no header of their own."""
        if self.height and box[3] > box[1]:
            if box[3] <= EDGE * self.height:
                return Zone.HEADER
            if box[1] >= (1 - EDGE) * self.height:
                return Zone.FOOTER
        return Zone.TEXTBOX

    def _paragraph(
        self, paragraph: Any, zone: Zone, level: int, sources: list[Any], style: str, name: str, number: int,
        where: Box, cell: tuple[int, int, int] = (-1, -1, -1),
    ) -> int:  # fmt: skip
        text, runs = "", []
        deep = min(int(_attribute(paragraph.find(A + "pPr"), "lvl") or 0), 8)
        for index, run in enumerate(paragraph.iter(A + "r", A + "br", A + "fld")):
            shown = (
                "\n" if run.tag == A + "br" else "".join(piece.text or "" for piece in run.findall(A + "t"))
            )
            kind = RunKind.TEXT
            if run.tag == A + "fld":
                kind = RunKind.PAGE if run.get("type") == "slidenum" else RunKind.FIELD
            properties = run.find(A + "rPr")
            form = self._format(properties, sources, style, deep)
            if shown:
                runs.append(TextRun(len(text), len(text) + len(shown), kind, index, form))
            text += shown
        align = _attribute(paragraph.find(A + "pPr"), "algn")
        if zone in (Zone.BODY, Zone.TEXTBOX) and len(text) < 80 and _CAPTION.match(text):
            zone = Zone.CAPTION
        piece = DocumentPiece(
            text, zone, level=level, runs=tuple(runs), section=self.number - 1, part=self.part,
            slide=self.number, shape=name, box=where, table=cell[0], row=cell[1], column=cell[2],
            page=self.number, path=f"{name}/p[{number}]",
            paragraph=ParagraphFormat(align={"ctr": "center", "r": "right", "l": "left"}.get(align, align)),
        )  # fmt: skip
        self.pieces.append(piece)
        return len(self.pieces) - 1

    def _format(self, properties: Any, sources: list[Any], style: str, level: int) -> Format:
        chain = [properties]
        for source in sources:
            level_properties = None if source is None else source.find(f"{A}lvl{level + 1}pPr/{A}defRPr")
            chain.append(level_properties)
        if self.base.master is not None:
            named = self.base.master.find(f"{P}txStyles/{P}{style}Style/{A}lvl{level + 1}pPr/{A}defRPr")
            chain.append(named)
        size = next((known for p in chain if (known := _attribute(p, "sz"))), "")
        bold = next((known for p in chain if (known := _attribute(p, "b"))), "0")
        latin, east = self._font(chain, "latin"), self._font(chain, "ea")
        return Format(
            latin, east, int(size) / 100 if size.isdigit() else 0.0, bold in ("1", "true"),
            next((known for p in chain if (known := _attribute(p, "i"))), "0") in ("1", "true"),
        )  # fmt: skip

    def _font(self, chain: list[Any], slot: str) -> str:
        for properties in chain:
            font = None if properties is None else properties.find(A + slot)
            if font is not None and font.get("typeface"):
                name = str(font.get("typeface"))
                return self.base.fonts.get(name, "") if name.startswith("+") else name
        return self.base.fonts.get("+mn-lt" if slot == "latin" else "+mn-ea", "")

    def _table(self, frame: Any) -> None:
        table = frame.find(f".//{A}tbl")
        if table is None:
            return
        named = frame.find(f"{P}nvGraphicFramePr/{P}cNvPr")
        name = "" if named is None else named.get("name", "")
        index, first = len(self.tables), len(self.pieces)
        cells = []
        for row, tr in enumerate(table.findall(A + "tr")):
            for column, tc in enumerate(tr.findall(A + "tc")):
                if tc.get("hMerge") == "1" or tc.get("vMerge") == "1":
                    continue
                mine = [
                    self._paragraph(
                        p, Zone.TABLE, 0, [], "other", name, order, _where(frame), (index, row, column)
                    )
                    for order, p in enumerate(tc.iter(A + "p"))
                ]
                text = "\n".join(self.pieces[place].text for place in mine)
                cells.append(TableCell(text, row, column, tuple(mine), False, int(tc.get("rowSpan", "1")),
                                  int(tc.get("gridSpan", "1"))))  # fmt: skip
        self.tables.append(Table(index, tuple(cells), name, self.number - 1, first))


def _attribute(element: Any, name: str) -> str:
    return "" if element is None else str(element.get(name, ""))


def _has_bullet(paragraph: Any) -> bool:
    properties = paragraph.find(A + "pPr")
    return properties is None or properties.find(A + "buNone") is None


def _where(shape: Any) -> Box:
    transform = next((child for child in shape.iter(A + "xfrm", P + "xfrm")), None)
    offset, extent = (
        (None, None) if transform is None else (transform.find(A + "off"), transform.find(A + "ext"))
    )
    if offset is None or extent is None:
        return (0.0, 0.0, 0.0, 0.0)
    x, y = int(offset.get("x", 0)) / EMU_POINT, int(offset.get("y", 0)) / EMU_POINT
    return (x, y, x + int(extent.get("cx", 0)) / EMU_POINT, y + int(extent.get("cy", 0)) / EMU_POINT)


def _base(package: OfficePackage, part: str) -> _Base:
    base = _Base()
    for kind in ("slideLayout", "slideMaster"):
        part = next((r.target for r in package.relationships(part).values() if r.kind == kind), "")
        root = package.xml(part) if part else None
        if root is None:
            break
        base.placeholders.append(root)
        if kind == "slideMaster":
            base.master = root
            theme = next((r.target for r in package.relationships(part).values() if r.kind == "theme"), "")
            fonts = package.xml(theme) if theme else None
            for size, sign in (("major", "mj"), ("minor", "mn")):
                for slot, short in (("latin", "lt"), ("ea", "ea")):
                    font = None if fonts is None else fonts.find(f".//{A}{size}Font/{A}{slot}")
                    if font is not None:
                        base.fonts[f"+{sign}-{short}"] = font.get("typeface", "")
    return base


def _inherited(base: _Base, holder: Any) -> list[Any]:
    """The list styles of the placeholders that a placeholder stands for, in layout and master."""
    if holder is None:
        return []
    kind, index = holder.get("type", "body"), holder.get("idx", "")
    chain = []
    for root in base.placeholders:
        for shape in root.iter(P + "sp"):
            other = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
            if other is None:
                continue
            same = other.get("type", "body") == kind or (kind == "ctrTitle" and other.get("type") == "title")
            if (
                (index and other.get("idx", "") == index)
                or (same and not index)
                or (same and root is base.master)
            ):
                body = shape.find(P + "txBody")
                chain.append(None if body is None else body.find(A + "lstStyle"))
                break
    return chain

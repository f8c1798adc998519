"""Word documents as checked documents: every paragraph, cell, header and footnote with its effective format.

Runs in the sandbox's child. Deleted text of tracked changes is not read, inserted text is; text boxes,
content
controls and field results are; what a contents table repeats is told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from checks.document.document import (
    CheckedDocument,
    DocumentFormat,
    DocumentPiece,
    Format,
    Ignore,
    RunKind,
    Table,
    TableCell,
    TextRun,
    Zone,
)
from checks.document.traces import DocumentPicture, Trace
from checks.ignores import read_ignore
from checks.readers.docx_formats import Formats, W, flag, read_formats, value
from checks.readers.docx_sections import section_elements, sections_of
from checks.readers.docx_traces import (
    DOCX_TRACES,
    comment_traces,
    paragraph_pictures,
    paragraph_traces,
    row_traces,
)
from checks.readers.package import OfficePackage
from core.errors import FileDamaged, ReaderGaveUp
from language.headings import heading_level

MOST_RUNS = 300_000
R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_CAPTION = re.compile(
    r"^\s*(?:図|表|图|圖|写真|Figure|Table|Fig\.)\s*[0-9０-９一二三四五六七八九十]+", re.IGNORECASE
)
_THROUGH = {W + name for name in ("ins", "moveTo", "hyperlink", "smartTag", "sdt", "sdtContent", "fldSimple",
                                  "customXml", "dir", "bdo")}  # fmt: skip
_ANCHORS = tuple(W + name for name in ("commentRangeStart", "commentRangeEnd", "commentReference"))
_SKIPPED = {W + name for name in ("del", "moveFrom", "pPr", "rPr", "sdtPr", "sdtEndPr")}


def read_docx(path: Path, name: str) -> CheckedDocument:
    """The document. Raises FileDamaged, FileEncrypted or ReaderGaveUp."""
    package = OfficePackage(path, name)
    main = next((r.target for r in package.relationships("").values() if r.kind == "officeDocument"),
                "word/document.xml")  # fmt: skip
    content = package.read(main)
    if content.count(b"<w:r>") + content.count(b"<w:r ") > MOST_RUNS:
        raise ReaderGaveUp(name=name, limit=f"{MOST_RUNS:,} stretches of text")
    root = package.xml(main)
    body = None if root is None else root.find(W + "body")
    if body is None:
        raise FileDamaged(name=name, problem=f"{main} has no body")
    parts = {r.kind: r.target for r in package.relationships(main).values() if not r.external}
    formats = read_formats(
        *(package.xml(parts.get(kind, "")) if parts.get(kind) else None
          for kind in ("styles", "theme", "settings", "numbering"))
    )  # fmt: skip
    settings = package.xml(parts["settings"]) if "settings" in parts else None
    even = bool(flag(settings, "evenAndOddHeaders"))
    walk = _BodyWalk(formats, main)
    walk.body(body)
    sections = sections_of(body, even)
    pieces = _with_headings(walk.pieces)
    marks = walk.marks
    _headers(package, main, body, formats, pieces, marks)
    for kind, zone in (("footnotes", Zone.FOOTNOTE), ("endnotes", Zone.FOOTNOTE), ("comments", Zone.COMMENT)):
        if kind in parts:
            _notes(package, parts[kind], zone, formats, pieces, marks)
    remarks = package.xml(parts["comments"]) if "comments" in parts else None
    marks.traces += comment_traces(remarks, walk.anchors)
    ignores = _ignores(remarks, walk.anchors)
    styles = {
        style.name: formats.run(style.id, None)
        for style in formats.styles.values()
        if style.kind == "paragraph"
    }
    return CheckedDocument(
        name=name,
        format=DocumentFormat.DOCX,
        pieces=tuple(pieces),
        tables=tuple(walk.tables),
        sections=sections,
        metadata=package.metadata(),
        signatures=package.signatures(),
        styles=styles,
        ignores=tuple(ignores),
        notes=package.notes(),
        pages=int(package.metadata().get("Pages", "0") or 0)
        if package.metadata().get("Pages", "0").isdigit()
        else 0,
        traces=tuple(marks.traces),
        traced=DOCX_TRACES,
        pictures=tuple(marks.pictures),
    )


@dataclass
class _Marks:
    """Traces and pictures that a walk met."""

    traces: list[Trace] = field(default_factory=list)
    pictures: list[DocumentPicture] = field(default_factory=list)

    def take(self, inner: _Marks, first: int) -> None:
        """Those of another walk, whose pieces begin at `first` among ours."""
        for trace in inner.traces:
            self.traces.append(replace(trace, spot=replace(trace.spot, piece=trace.spot.piece + first)))
        for picture in inner.pictures:
            self.pictures.append(
                replace(picture, spot=replace(picture.spot, piece=picture.spot.piece + first))
            )


class _BodyWalk:
    """One pass over a part's blocks."""

    def __init__(self, formats: Formats, part: str, zone: Zone = Zone.BODY) -> None:
        self.formats, self.part, self.zone = formats, part, zone
        self.pieces: list[DocumentPiece] = []
        self.tables: list[Table] = []
        self.section = 0
        self.variant = ""
        self.fields: list[str] = []  # open complex fields, by their instruction
        self.in_result: list[bool] = []
        self.field_starts: list[int] = []  # where each begins in its paragraph's text
        self.marks = _Marks()
        self.hidden = formats.hidden
        self.anchors: dict[str, tuple[int, int]] = {}  # by comment: the first and the last piece it is on

    def body(
        self, parent: Any, path: str = "body", table_style: str = "", cell: tuple[int, int, int] | None = None
    ) -> None:
        counts = {"p": 0, "tbl": 0}
        for child in blocks(parent):
            kind = "p" if child.tag == W + "p" else "tbl"
            here = f"{path}/{kind}[{counts[kind]}]"
            counts[kind] += 1
            if kind == "p":
                self.paragraph(child, here, table_style, cell)
            else:
                self.table(child, here)

    def table(self, element: Any, path: str) -> None:
        style = value(element.find(W + "tblPr"), "tblStyle")
        index = len(self.tables)
        self.tables.append(Table(index, (), section=self.section, first_piece=len(self.pieces)))
        cells: list[TableCell] = []
        spans: dict[int, int] = {}  # by column: the index in `cells` of the cell that goes on downwards
        for row, tr in enumerate(rows_of(element)):
            column = 0
            self.marks.traces += row_traces(tr, len(self.pieces))
            for number, tc in enumerate(cells_of(tr)):
                properties = tc.find(W + "tcPr")
                wide = value(properties, "gridSpan")
                width = int(wide) if wide.isdigit() and 0 < int(wide) < 200 else 1
                merge = None if properties is None else properties.find(W + "vMerge")
                if merge is not None and merge.get(W + "val", "continue") == "continue" and column in spans:
                    above = cells[spans[column]]
                    cells[spans[column]] = replace(above, row_span=above.row_span + 1)
                    column += width
                    continue
                first = len(self.pieces)
                self.body(tc, f"{path}/tr[{row}]/tc[{number}]", style, (index, row, column))
                mine = [
                    index_ for index_ in range(first, len(self.pieces)) if self.pieces[index_].table == index
                ]
                text = "\n".join(self.pieces[place].text for place in mine)
                picture = any(self.pieces[place].picture for place in range(first, len(self.pieces)))
                spans[column] = len(cells)
                cells.append(TableCell(text.strip("\n"), row, column, tuple(mine), picture, 1, width))
                column += width
        self.tables[index] = replace(self.tables[index], cells=tuple(cells))

    def paragraph(self, element: Any, path: str, table_style: str, cell: tuple[int, int, int] | None) -> None:
        properties = element.find(W + "pPr")
        style = value(properties, "pStyle")
        reader = _Runs(self, style, table_style)
        reader.read(element)
        text = "".join(reader.text)
        name = self.formats.name(style)
        zone, level, number, group = self._zone(style, name, properties, text, cell)
        piece = DocumentPiece(
            text,
            zone,
            level=level,
            number=number,
            style=name,
            runs=tuple(reader.runs),
            paragraph=self.formats.paragraph(style, properties, table_style),
            section=self.section,
            variant=self.variant,
            part=self.part,
            path=path,
            table=cell[0] if cell else -1,
            row=cell[1] if cell else -1,
            column=cell[2] if cell else -1,
            picture=reader.picture,
            group=group,
        )
        for mark in element.iter(*_ANCHORS):
            comment, here = mark.get(W + "id", ""), len(self.pieces)
            first, last = self.anchors.get(comment, (here, here))
            self.anchors[comment] = (min(first, here), max(last, here))
        here = len(self.pieces)
        self.marks.traces += paragraph_traces(element, reader.elements, reader.runs, here, self.hidden)
        if reader.drawn:
            self.marks.pictures += paragraph_pictures(element, here)
        self.pieces.append(piece)
        for number_of_box, box in enumerate(reader.boxes):
            inner = _BodyWalk(self.formats, self.part, Zone.TEXTBOX)
            inner.section = self.section
            inner.body(box, f"{path}/box[{number_of_box}]")
            self.marks.take(inner.marks, len(self.pieces))
            self.pieces += [replace(piece, zone=Zone.TEXTBOX, table=-1) for piece in inner.pieces]
        if properties is not None and properties.find(W + "sectPr") is not None:
            self.section += 1

    def _zone(
        self, style: str, name: str, properties: Any, text: str, cell: tuple[int, int, int] | None
    ) -> tuple[Zone, int, str, int]:
        numbered = self.formats.numbering(style, properties)
        number = self.formats.number(*numbered) if numbered and text.strip() else ""
        lowered = name.lower()
        if self.zone is not Zone.BODY:
            return self.zone, 0, number, -1
        if lowered.startswith(("toc ", "目次", "table of figures", "目录")):
            return Zone.CONTENTS, 0, "", -1
        direct = value(properties, "outlineLvl")
        outline = int(direct) if direct.isdigit() else self.formats.outline(style)
        if cell is None and 0 <= outline < 9:
            return Zone.HEADING, outline + 1, number, -1
        if cell is None and lowered in ("title", "表題", "标题", "標題"):
            return Zone.HEADING, 0, number, -1
        if lowered in ("caption", "図表番号", "题注", "圖表標題") or (
            _CAPTION.match(text) and len(text) < 80
        ):
            return Zone.CAPTION, 0, number, -1
        if cell is not None:
            return Zone.TABLE, 0, number, -1
        if "quote" in lowered or lowered in ("引用文", "引文"):
            return Zone.QUOTE, 0, number, -1
        if numbered:
            return Zone.LIST, numbered[1], number, int(numbered[0]) if numbered[0].isdigit() else 0
        return Zone.BODY, 0, number, -1


class _Runs:
    """Reads one paragraph."""

    def __init__(self, walk: _BodyWalk, style: str, table_style: str) -> None:
        self.walk, self.style, self.table_style = walk, style, table_style
        self.text: list[str] = []
        self.runs: list[TextRun] = []
        self.boxes: list[Any] = []
        self.elements: list[Any] = []  # the runs of the file, which `runs` number
        self.picture = self.drawn = False
        self.length = 0

    def read(self, element: Any) -> None:
        for index, (run, link, simple) in enumerate(paragraph_runs(element)):
            self.elements.append(run)
            kind = RunKind.LINK if link else RunKind.TEXT
            if simple:
                kind = _field_kind(simple)
            if run.tag == W + "fldSimple":
                self._unshown(simple, index)
            else:
                self._run(run, index, kind)

    def _run(self, run: Any, index: int, kind: RunKind) -> None:
        walk, start = self.walk, self.length
        form = walk.formats.run(self.style, run.find(W + "rPr"), self.table_style)
        for child in _unwrapped(run):
            tag = child.tag
            if tag == W + "fldChar":
                # A field may begin and end within one run: what stands before it is a stretch of its own.
                self._close(start, index, kind, form)
                start = self.length
                self._field(child.get(W + "fldCharType"), index)
            elif tag == W + "instrText":
                if walk.fields:
                    walk.fields[-1] += child.text or ""
            elif shown := run_text(child):
                if not walk.in_result or walk.in_result[-1]:
                    self.text.append(shown)
                    self.length += len(shown)
            elif tag in (W + "drawing", W + "pict", W + "object"):
                content = list(child.iter(W + "txbxContent"))
                self.boxes += content
                self.picture = self.picture or not content
                self.drawn = True
        self._close(start, index, kind, form)

    def _field(self, which: str | None, index: int) -> None:
        walk = self.walk
        if which == "begin":
            walk.fields.append("")
            walk.in_result.append(False)
            walk.field_starts.append(self.length)
        elif which == "separate" and walk.in_result:
            walk.in_result[-1] = True
        elif which == "end" and walk.fields:
            instruction = walk.fields.pop()
            walk.in_result.pop()
            if walk.field_starts.pop() == self.length:
                self._unshown(instruction, index)

    def _unshown(self, instruction: str, index: int) -> None:
        """A page number whose result the file does not keep: Word computes it, and shows it all the same."""
        if (kind := _field_kind(instruction)) in (RunKind.PAGE, RunKind.PAGES):
            self.runs.append(TextRun(self.length, self.length, kind, index))

    def _close(self, start: int, index: int, kind: RunKind, form: Format) -> None:
        if self.length > start:
            if self.walk.fields and self.walk.in_result[-1]:
                kind = _field_kind(self.walk.fields[-1])
            self.runs.append(TextRun(start, self.length, kind, index, form))


def run_text(child: Any) -> str:
    """What a child of a run shows as text."""
    tag = child.tag
    if tag == W + "t":
        return child.text or ""
    if tag in (W + "tab", W + "ptab"):
        return "\t"
    if tag in (W + "br", W + "cr"):
        return "\n"
    if tag == W + "noBreakHyphen":
        return "-"
    if tag == W + "sym":
        code = child.get(W + "char", "")
        return chr(int(code, 16)) if re.fullmatch("[0-9A-Fa-f]{4}", code) else ""
    return ""


def paragraph_runs(element: Any) -> Iterator[tuple[Any, bool, str]]:
    """The runs of a paragraph in order, with whether each stands in a link and a simple field's
    instruction."""
    stack: list[tuple[Any, bool, str]] = [(child, False, "") for child in reversed(element)]
    while stack:
        child, link, simple = stack.pop()
        tag = child.tag
        if tag == W + "r":
            yield child, link, simple
        elif tag in _THROUGH and tag not in _SKIPPED:
            inside = link or tag == W + "hyperlink"
            instruction = child.get(W + "instr", "") if tag == W + "fldSimple" else simple
            if tag == W + "fldSimple" and child.find(W + "r") is None:
                yield child, inside, instruction
            stack += [(inner, inside, instruction) for inner in reversed(child)]
        elif tag == MC + "AlternateContent":
            choice = child.find(MC + "Choice")
            chosen = choice if choice is not None else child.find(MC + "Fallback")
            stack += [] if chosen is None else [(inner, link, simple) for inner in reversed(chosen)]


def _unwrapped(run: Any) -> Iterator[Any]:
    for child in run:
        if child.tag == MC + "AlternateContent":
            choice = child.find(MC + "Choice")
            chosen = choice if choice is not None else child.find(MC + "Fallback")
            yield from [] if chosen is None else chosen
        else:
            yield child


def blocks(parent: Any) -> Iterator[Any]:
    """The paragraphs and tables right below, also those in content controls and insertions."""
    for child in parent:
        if child.tag in (W + "p", W + "tbl"):
            yield child
        elif child.tag in _THROUGH:
            yield from blocks(child)
        elif child.tag == MC + "AlternateContent":
            for choice in child[:1]:
                yield from blocks(choice)


def rows_of(table: Any) -> Iterator[Any]:
    """The rows of a table, also those in content controls."""
    for child in table:
        if child.tag == W + "tr":
            yield child
        elif child.tag in _THROUGH:
            yield from rows_of(child)


def cells_of(row: Any) -> Iterator[Any]:
    """The cells of a row, also those in content controls."""
    for child in row:
        if child.tag == W + "tc":
            yield child
        elif child.tag in _THROUGH:
            yield from cells_of(child)


def _field_kind(instruction: str) -> RunKind:
    word = instruction.split()[0].upper() if instruction.split() else ""
    if word == "PAGE":
        return RunKind.PAGE
    if word in ("NUMPAGES", "SECTIONPAGES"):
        return RunKind.PAGES
    return RunKind.LINK if word == "HYPERLINK" else RunKind.FIELD


def _with_headings(pieces: list[DocumentPiece]) -> list[DocumentPiece]:
    """Where no style makes headings, a line written as one is one: many offices set headings by hand."""
    if any(piece.zone is Zone.HEADING and piece.level for piece in pieces):
        return pieces
    out = []
    for piece in pieces:
        level = heading_level(piece.whole) if piece.zone in (Zone.BODY, Zone.LIST) else 0
        out.append(replace(piece, zone=Zone.HEADING, level=level) if level else piece)
    return out


def _headers(
    package: OfficePackage, main: str, body: Any, formats: Formats, pieces: list[DocumentPiece], marks: _Marks
) -> None:
    """The headers and footers of each section; one without its own has that of the section before."""
    targets = {key: r.target for key, r in package.relationships(main).items() if not r.external}
    inherited: dict[tuple[Zone, str], str] = {}
    noted: set[str] = set()  # parts whose traces were taken: a header stands in every section
    for section, element in enumerate(section_elements(body)):
        for kind, zone in (("headerReference", Zone.HEADER), ("footerReference", Zone.FOOTER)):
            for reference in element.findall(W + kind):
                target = targets.get(reference.get(R_ID, ""), "")
                if target:
                    inherited[zone, reference.get(W + "type", "default")] = target
        for (zone, variant), part in inherited.items():
            root = package.xml(part)
            if root is None:
                continue
            walk = _BodyWalk(formats, part, zone)
            walk.section, walk.variant = section, variant
            walk.body(root, part.rsplit("/", 1)[-1].removesuffix(".xml"))
            if part not in noted:
                marks.take(walk.marks, len(pieces))
                noted.add(part)
            pieces += [
                replace(piece, zone=zone, section=section, variant=variant, table=-1) for piece in walk.pieces
            ]


def _notes(
    package: OfficePackage, part: str, zone: Zone, formats: Formats, pieces: list[DocumentPiece],
    marks: _Marks,
) -> None:  # fmt: skip
    root = package.xml(part)
    for number, element in enumerate([] if root is None else root):
        if element.get(W + "type", "normal") in ("separator", "continuationSeparator", "continuationNotice"):
            continue
        walk = _BodyWalk(formats, part, zone)
        walk.body(element, f"{zone}[{number}]")
        if zone is not Zone.COMMENT:
            marks.take(walk.marks, len(pieces))
        pieces += [replace(piece, zone=zone, table=-1) for piece in walk.pieces]


def _ignores(comments: Any, anchors: dict[str, tuple[int, int]]) -> Iterator[Ignore]:
    """The comments that let findings pass, each in the paragraphs that it is on."""
    for element in [] if comments is None else comments:
        text = "\n".join("".join(t.text or "" for t in p.iter(W + "t")) for p in element.iter(W + "p"))
        named = read_ignore(text)
        first, last = anchors.get(element.get(W + "id", ""), (-1, -1))
        if named is not None and first >= 0:
            yield Ignore(*named, first, last + 1, piece=first)

"""The checked document: one shape for Word, Excel, PowerPoint, PDF, Markdown and text that rules see.

A document is a row of pieces (paragraphs, headings, cells, header lines), each with its effective format
and its place. Nothing here opens a file; `checks.readers` makes these, and rules only read them.
"""

from __future__ import annotations

import base64
import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from checks.document.traces import DocumentPicture, Trace, TraceKind, TraceSpot
from ingest.pages import Box, marked_boxes

MASK = "\ufffc"  # stands where a text rule must see that something is there, and must not read it
MM_PER_POINT = 25.4 / 72


class DocumentFormat(StrEnum):
    """What kind of file it is."""

    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    PDF = "pdf"
    MARKDOWN = "markdown"
    TEXT = "text"


class Zone(StrEnum):
    """Where in a document a piece stands; a rule's `scope` names zones."""

    BODY = "body"
    HEADING = "heading"
    LIST = "list"
    TABLE = "table"
    QUOTE = "quote"
    CAPTION = "caption"
    FOOTNOTE = "footnote"
    TEXTBOX = "textbox"
    HEADER = "header"
    FOOTER = "footer"
    COMMENT = "comment"
    CODE = "code"
    CONTENTS = "contents"  # a table of contents: what stands elsewhere


# What a text rule reads when its pack does not say otherwise.
READ_TEXT = frozenset(Zone) - {Zone.COMMENT, Zone.CODE, Zone.CONTENTS}


class RunKind(StrEnum):
    """What a stretch of text is, where that matters to a rule."""

    TEXT = "text"
    CODE = "code"
    CONTENTS = "contents"  # a table of contents: what stands elsewhere
    LINK = "link"
    EMPHASIS = "emphasis"
    STRONG = "strong"
    PAGE = "page"  # a field: the number of this page
    PAGES = "pages"  # a field: how many pages there are
    FIELD = "field"  # any other field: its shown result


@dataclass(frozen=True, slots=True)
class Format:
    """Effective character format, after every style that bears on it. Sizes in points, 0 unknown."""

    latin_font: str = ""
    east_asian_font: str = ""
    size: float = 0.0
    bold: bool = False
    italic: bool = False
    underline: bool = False
    color: str = ""


@dataclass(frozen=True, slots=True)
class ParagraphFormat:
    """Effective paragraph format. Lengths in points; `line` is a multiple where `line_rule` is auto."""

    align: str = ""
    indent_left: float = 0.0
    indent_right: float = 0.0
    indent_first: float = 0.0
    indent_first_chars: float = 0.0
    space_before: float = 0.0
    space_after: float = 0.0
    line: float = 0.0
    line_rule: str = ""
    page_break_before: bool = False


@dataclass(frozen=True, slots=True)
class TextRun:
    """The text at [start, end) of its piece; `index` counts the runs of the paragraph in the file."""

    start: int
    end: int
    kind: RunKind = RunKind.TEXT
    index: int = 0
    format: Format = Format()


@dataclass(frozen=True)
class DocumentPiece:
    """A paragraph, heading, list item, cell or header line, with its place in the file.

    `offsets` gives for each character of `text` its offset in the source (text formats) or in the page's
    text (PDF); empty where they follow one another from `start` or `boxes_start`.
    """

    text: str
    zone: Zone = Zone.BODY
    level: int = 0  # of a heading from 1 (0: a title), of a list item from 0
    number: str = ""  # what automatic numbering writes before the text
    style: str = ""
    runs: tuple[TextRun, ...] = ()
    paragraph: ParagraphFormat = ParagraphFormat()
    section: int = 0
    variant: str = ""  # of a header or footer: default, first or even
    part: str = ""
    path: str = ""
    page: int = 0
    sheet: str = ""
    cell: str = ""
    slide: int = 0
    shape: str = ""
    table: int = -1
    row: int = -1
    column: int = -1
    picture: bool = False  # an image stands in it
    group: int = -1  # items of one list share it
    start: int = 0
    offsets: tuple[int, ...] = ()
    boxes_start: int = -1  # PDF: where its characters begin among the page's boxes
    box: Box = (0.0, 0.0, 0.0, 0.0)

    @cached_property
    def prose(self) -> str:
        """The text with code and fields masked, character for character."""
        masked = [run for run in self.runs if run.kind is RunKind.CODE]
        return _masked(self.text, masked)

    @cached_property
    def plain(self) -> str:
        """The text with code, links and emphasis masked: what textlint calls the paragraph's own text."""
        return _masked(self.text, [run for run in self.runs if run.kind in _MARKED])

    @property
    def whole(self) -> str:
        """With the number that automatic numbering puts before it."""
        return f"{self.number}{self.text}" if self.number else self.text

    def source(self, index: int) -> int:
        """The offset in the source of the character at `at` (or of the end)."""
        if not self.offsets:
            return self.start + index
        if index < len(self.offsets):
            return self.offsets[index]
        return self.offsets[-1] + 1

    def box_index(self, index: int) -> int:
        """Of a PDF: the place of the character at `at` among its page's boxes."""
        return self.offsets[index] if index < len(self.offsets) else self.boxes_start + index


_MARKED = (RunKind.CODE, RunKind.LINK, RunKind.EMPHASIS, RunKind.STRONG)


def _masked(text: str, runs: list[TextRun]) -> str:
    if not runs:
        return text
    parts, end = [], 0
    for run in runs:
        if run.start >= end:
            parts += [text[end : run.start], MASK * (run.end - run.start)]
            end = run.end
    return "".join([*parts, text[end:]])


@dataclass(frozen=True)
class TableCell:
    """A cell of a table: its text, the pieces in it (by index), and whether a picture stands in it."""

    text: str
    row: int
    column: int
    pieces: tuple[int, ...] = ()
    picture: bool = False
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True)
class Table:
    """A table; `pieces` of its cells stand in the document's order. `name` of a sheet or caption."""

    index: int
    cells: tuple[TableCell, ...]
    name: str = ""
    section: int = 0
    first_piece: int = 0

    @cached_property
    def rows(self) -> list[list[TableCell]]:
        """The cells, row by row, each row from left to right."""
        rows: dict[int, list[TableCell]] = {}
        for cell in self.cells:
            rows.setdefault(cell.row, []).append(cell)
        return [sorted(rows[row], key=lambda cell: cell.column) for row in sorted(rows)]


@dataclass(frozen=True)
class PageSection:
    """Page geometry in millimetres; the grid where the document has one (characters a line, lines a page)."""

    width: float = 0.0
    height: float = 0.0
    top: float = 0.0
    bottom: float = 0.0
    left: float = 0.0
    right: float = 0.0
    gutter: float = 0.0
    header: float = 0.0
    footer: float = 0.0
    columns: int = 1
    vertical: bool = False
    line_pitch: float = 0.0  # points
    char_space: float = 0.0  # points added to each character
    title_page: bool = False  # the first page has its own header and footer
    even_pages: bool = False
    first_page: int = 0  # PDF: the page that this measures
    name: str = ""  # a sheet's


@dataclass(frozen=True)
class Ignore:
    """A comment in the document that lets findings of rules pass in the pieces [first, last), with its
    reason; `piece` and `at` are where the comment itself stands (a place in the source for text formats)."""

    rules: tuple[str, ...]
    reason: str
    first: int
    last: int
    piece: int = -1
    at: int = -1


@dataclass(frozen=True)
class DocumentPlace:
    """Where a finding is, for a person and for a program; what a format does not have stays out."""

    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    page: int = 0
    boxes: tuple[Box, ...] = ()
    part: str = ""
    path: str = ""
    runs: tuple[int, int] = (0, 0)
    characters: tuple[int, int] = (0, 0)
    style: str = ""
    sheet: str = ""
    cell: str = ""
    slide: int = 0
    shape: str = ""
    section: str = ""  # the headings above it
    piece: int = -1

    def as_dict(self) -> dict[str, object]:
        """What is known of the place, by name."""
        known: dict[str, object] = {}
        for name in ("line", "column", "end_line", "end_column", "page", "part", "path", "style", "sheet",
                     "cell", "slide", "shape"):  # fmt: skip
            if value := getattr(self, name):
                known[name] = value
        if self.boxes:
            known["boxes"] = [[round(side, 1) for side in box] for box in self.boxes]
        if self.path or self.cell or self.shape:
            known["characters"] = list(self.characters)
        if self.path:
            known["runs"] = list(self.runs)
        if self.section:
            known["section"] = self.section
        return known

    def shown(self) -> str:
        """In few words: `12:3`, `p. 4`, `Sheet1!B2`, `slide 2`, `word/document.xml body/p[3]`."""
        if self.line:
            return f"{self.line}:{self.column}"
        if self.sheet:
            return f"{self.sheet}!{self.cell}" if self.cell else self.sheet
        if self.slide:
            return f"slide {self.slide}" + (f", {self.shape}" if self.shape else "")
        page = f"p. {self.page}" if self.page else ""
        return ", ".join(part for part in (page, self.path or self.part) if part)


@dataclass(frozen=True)
class CheckedDocument:
    """A document as rules see it."""

    name: str
    format: DocumentFormat
    pieces: tuple[DocumentPiece, ...] = ()
    tables: tuple[Table, ...] = ()
    sections: tuple[PageSection, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    signatures: tuple[str, ...] = ()  # who signed, for each signature in the file
    styles: dict[str, Format] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # what a reader left aside: macros, external references
    source: str = ""  # of a text format: the whole text
    pages: int = 0
    ignores: tuple[Ignore, ...] = ()
    page_boxes: dict[int, str] = field(default_factory=dict)  # PDF: base64 of `ingest.pages.pack_boxes`
    sha256: str = ""
    traces: tuple[Trace, ...] = ()
    traced: tuple[TraceKind, ...] = ()  # the kinds of trace that its reader can tell in this format
    pictures: tuple[DocumentPicture, ...] | None = None  # None: this file does not tell of their texts
    pdfa: str = ""  # PDF: what it declares to be, such as 2B; of nothing more than the declaration

    @cached_property
    def _line_starts(self) -> list[int]:
        starts, newline = [0], self.source.find("\n")
        while newline >= 0:
            starts.append(newline + 1)
            newline = self.source.find("\n", newline + 1)
        return starts

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Line and column from 1 of that offset in the source."""
        line = bisect.bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def property(self, name: str) -> str:
        """That property of the file, by the name that a program or a person gives it; empty where it has
        none. Word's author is `creator` in the file."""
        wanted = _PROPERTY_NAMES.get(name.strip().lower(), (name.strip().lower(),))
        known = {key.lower(): text for key, text in self.metadata.items()}
        return next((known[key] for key in wanted if known.get(key, "").strip()), "")

    @cached_property
    def headings(self) -> list[int]:
        """Indices of the pieces that are headings."""
        return [index for index, piece in enumerate(self.pieces) if piece.zone is Zone.HEADING]

    @cached_property
    def _paths(self) -> list[str]:
        paths, above = [], list[tuple[int, str]]()
        for piece in self.pieces:
            if piece.zone is Zone.HEADING:
                while above and above[-1][0] >= piece.level:
                    above.pop()
                above.append((piece.level, piece.whole.strip()))
            outside = piece.zone in (Zone.HEADER, Zone.FOOTER, Zone.COMMENT)
            paths.append("" if outside else " > ".join(title for _, title in above))
        return paths

    def heading_path(self, index: int) -> str:
        """The headings above that piece, itself among them where it is one."""
        return self._paths[index] if 0 <= index < len(self.pieces) else ""

    def of(self, zones: frozenset[Zone]) -> Iterator[tuple[int, DocumentPiece]]:
        """The pieces of those zones that have text, with their indices."""
        return (
            (index, piece) for index, piece in enumerate(self.pieces) if piece.zone in zones and piece.text
        )

    def place(self, index: int, start: int = 0, end: int | None = None) -> DocumentPlace:
        """The place of the characters [start, end) of that piece; of the whole document for -1."""
        if not 0 <= index < len(self.pieces):
            return DocumentPlace(line=1, column=1) if self.source else DocumentPlace()
        piece = self.pieces[index]
        end = len(piece.text) if end is None else end
        line = column = end_line = end_column = 0
        if self.format in (DocumentFormat.MARKDOWN, DocumentFormat.TEXT):
            line, column = self.line_and_column(piece.source(start))
            last = piece.source(end - 1) + 1 if end > start else piece.source(end)
            end_line, end_column = self.line_and_column(last)
        return DocumentPlace(
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            page=piece.page,
            boxes=self._boxes(piece, start, end),
            part=piece.part,
            path=piece.path,
            runs=_run_range(piece, start, end),
            characters=(start, end),
            style=piece.style,
            sheet=piece.sheet,
            cell=piece.cell,
            slide=piece.slide,
            shape=piece.shape,
            section=self.heading_path(index),
            piece=index,
        )

    def spot(self, spot: TraceSpot) -> DocumentPlace:
        """The place of a trace or a picture."""
        if 0 <= spot.piece < len(self.pieces):
            return self.place(spot.piece, spot.start, spot.end)
        line, column = self.line_and_column(spot.source) if spot.source >= 0 else (0, 0)
        boxes = (spot.box,) if spot.box[2] > spot.box[0] else ()
        return DocumentPlace(
            line=line, column=column, page=spot.page, boxes=boxes, part=spot.part, sheet=spot.sheet,
            cell=spot.cell, slide=spot.slide, shape=spot.shape,
        )  # fmt: skip

    def _boxes(self, piece: DocumentPiece, start: int, end: int) -> tuple[Box, ...]:
        if piece.boxes_start >= 0 and piece.page in self.page_boxes:
            packed = base64.b64decode(self.page_boxes[piece.page])
            last = piece.box_index(max(start, end - 1))
            return tuple(marked_boxes(packed, piece.box_index(start), last + 1))
        return (piece.box,) if piece.box[2] > piece.box[0] else ()


# What people and programs call a property, and how files name it.
_PROPERTY_NAMES = {
    names[0]: names
    for pair in (
        ("author", "creator"), ("last_modified_by", "lastmodifiedby"), ("comments", "description"),
        ("tags", "keywords"), ("created", "creationdate"), ("modified", "moddate"),
    )
    for names in (pair, pair[::-1])
}  # fmt: skip


def _run_range(piece: DocumentPiece, start: int, end: int) -> tuple[int, int]:
    touched = [run.index for run in piece.runs if run.start < max(end, start + 1) and run.end > start]
    return (min(touched), max(touched)) if touched else (0, 0)

"""Reads OpenDocument (.odt, .ods, .odp): text with headings, lists, tables and notes; sheets; slides."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import FileDamaged, FileEncrypted, TooMuchInFile
from ingest.pages import BlockKind, PageContent, PageKind, Spot, Unit
from ingest.readers.assembly import TextBlock, compose_pages, table_row
from ingest.readers.headers import Cell, Row
from ingest.readers.office.grid import column_name, pieces_of
from ingest.readers.office.package import DUBLIN_CORE_TITLE, Element, Package, open_package
from ingest.readers.office.slides import WHOLE_SLIDE
from ingest.readers.office.word_numbers import formatted

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
SHOW = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
MANIFEST = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
MOST_CELLS = 3_000_000
_NUMBERS = {
    "": "none", "1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
    "１, ２, ３, ...": "decimalFullWidth", "一, 二, 三, ...": "japaneseCounting",
    "①, ②, ③, ...": "decimalEnclosedCircle", "ア, イ, ウ, ...": "aiueo", "イ, ロ, ハ, ...": "iroha",
}  # fmt: skip
_INDEXES = ("table-of-content", "alphabetical-index", "illustration-index")
_LEFT_OUT = {
    OFFICE + "annotation", OFFICE + "forms", TEXT + "tracked-changes", TEXT + "sequence-decls",
    TEXT + "ruby-text", TEXT + "note", *(TEXT + name for name in _INDEXES),
}  # fmt: skip


def read_opendocument(path: Path, name: str) -> Iterator[PageContent]:
    """The pages: stretches of text, sheets, or slides. Raises FileDamaged and what `office` raises."""
    with open_package(path, name) as package:
        if package.has("META-INF/manifest.xml"):
            manifest = package.xml("META-INF/manifest.xml")
            if next(manifest.iter(MANIFEST + "encryption-data"), None) is not None:
                raise FileEncrypted(name=name)
        root = package.xml("content.xml")
        body = root.find(OFFICE + "body")
        kind = body[0] if body is not None and len(body) else None
        if kind is None:
            raise FileDamaged(name=name, problem="it has no content")
        title = _title(package)
        if kind.tag == OFFICE + "spreadsheet":
            yield from _sheets(root, kind, name, title)
        elif kind.tag == OFFICE + "presentation":
            yield from _slides(kind, title)
        else:
            story = _Story(root)
            pieces = [*story.blocks(kind), *_annotations(kind), *_headers_and_footers(package)]
            yield from compose_pages(pieces, title=title)


def _title(package: Package) -> str:
    if not package.has("meta.xml"):
        return ""
    return next((element.text or "" for element in package.xml("meta.xml").iter(DUBLIN_CORE_TITLE)), "")


@dataclass(frozen=True)
class _Level:
    style: str
    before: str
    after: str
    start: int
    shown: int


class _Story:
    """The blocks of a text, in its order, with its lists' numbers."""

    def __init__(self, root: Element) -> None:
        self.lists = {
            list_style.get(STYLE + "name", ""): {
                int(level.get(TEXT + "level", "1")): _level(level)
                for level in list_style
                if level.get(TEXT + "level", "").isdigit()
            }
            for list_style in root.iter(TEXT + "list-style")
        }
        self.paragraphs = 0
        self.tables = 0
        self.notes = 0

    def blocks(self, parent: Element) -> Iterator[TextBlock]:
        """The pieces below that element."""
        for child in parent:
            if child.tag == TEXT + "p" or child.tag == TEXT + "h":
                yield from self._paragraph(child, "")
            elif child.tag == TEXT + "list":
                yield from self._list(child, child.get(TEXT + "style-name", ""), 1)
            elif child.tag == TABLE + "table":
                yield from self._table(child)
            elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
                yield from self.blocks(child)

    def _paragraph(self, paragraph: Element, number: str, level: int = 0) -> Iterator[TextBlock]:
        self.paragraphs += 1
        spot = Spot(Unit.PARAGRAPH, *2 * (str(self.paragraphs),))
        text = text_of(paragraph)
        if text.strip() and paragraph.tag == TEXT + "h":
            outline = paragraph.get(TEXT + "outline-level", "1")
            rank = int(outline) if outline.isdigit() else 1
            yield TextBlock(number + " ".join(text.split()), spot, BlockKind.HEADING, rank)
        elif text.strip():
            kind = BlockKind.ITEM if number or level else BlockKind.PARAGRAPH
            yield TextBlock(number + text, spot, kind, level)
        for note in paragraph.iter(TEXT + "note"):
            yield from self._note(note)
        for box in paragraph.iter(DRAW + "text-box"):
            yield from self.blocks(box)

    def _note(self, note: Element) -> Iterator[TextBlock]:
        self.notes += 1
        citation = (note.findtext(TEXT + "note-citation") or str(self.notes)).strip()
        body = note.find(TEXT + "note-body")
        content = (
            "\n".join(text_of(paragraph) for paragraph in body.iter(TEXT + "p")) if body is not None else ""
        )
        unit = Unit.ENDNOTE if note.get(TEXT + "note-class") == "endnote" else Unit.FOOTNOTE
        if content.strip():
            yield TextBlock(f"{citation}) {content}", Spot(unit, citation, citation), BlockKind.ITEM)

    def _list(
        self, element: Element, style: str, level: int, above: tuple[int, ...] = ()
    ) -> Iterator[TextBlock]:
        shape = self.lists.get(style, {}).get(level)
        count = (shape.start if shape else 1) - 1
        for item in element:
            header = item.tag == TEXT + "list-header"
            if not header:
                start = item.get(TEXT + "start-value", "")
                count = int(start) if start.isdigit() else count + 1
            number = "" if header else self._number(style, level, (*above, count))
            for child in item:
                if child.tag in (TEXT + "p", TEXT + "h"):
                    yield from self._paragraph(child, number, 0 if header else level)
                    number = ""
                elif child.tag == TEXT + "list":
                    own = child.get(TEXT + "style-name", style)
                    yield from self._list(child, own, level + 1, (*above, count))

    def _number(self, style: str, level: int, counts: tuple[int, ...]) -> str:
        shape = self.lists.get(style, {}).get(level)
        if shape is None or shape.style == "bullet":
            return "• "
        if shape.style == "none":
            return ""
        parts = []
        for depth in range(max(0, level - shape.shown), level):
            mine = self.lists[style].get(depth + 1, shape)
            parts.append(formatted(counts[depth], mine.style if mine.style != "bullet" else "decimal"))
        return f"{shape.before}{'.'.join(parts)}{shape.after} "

    def _table(self, table: Element) -> Iterator[TextBlock]:
        self.tables += 1
        number = self.tables
        headers: list[str] = []
        rows = list(table.iter(TABLE + "table-row"))
        for index, row in enumerate(rows, start=1):
            cells = [
                element
                for element in row
                if element.tag in (TABLE + "table-cell", TABLE + "covered-table-cell")
            ]
            texts = []
            for cell in cells:
                texts.append(" ".join(" ".join(piece.text for piece in self.blocks(cell)).split()))
            parent = row.getparent()
            spot = Spot(Unit.ROW, *2 * (f"{number}.{index}",))
            if not any(texts):
                continue
            header = parent is not None and parent.tag == TABLE + "table-header-rows"
            made = table_row([] if header else headers, texts, names_row=bool(headers) and not header)
            if header:
                headers = texts
            yield TextBlock(made.text, spot, BlockKind.ROW, cells=made.cells, header=header)


def _level(element: Element) -> _Level:
    if element.tag != TEXT + "list-level-style-number":
        return _Level("bullet", "", "", 1, 1)
    number = element.get(STYLE + "num-format", "")
    start, shown = element.get(TEXT + "start-value", "1"), element.get(TEXT + "display-levels", "1")
    return _Level(
        _NUMBERS.get(number, "decimal"),
        element.get(STYLE + "num-prefix", ""),
        element.get(STYLE + "num-suffix", ""),
        int(start) if start.isdigit() else 1,
        int(shown) if shown.isdigit() else 1,
    )


def text_of(element: Element) -> str:
    """The text of a paragraph, without its notes, annotations, ruby and text boxes."""
    parts = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str):
            pass
        elif child.tag == TEXT + "s":
            parts.append(" " * min(100, int(child.get(TEXT + "c", "1") or 1)))
        elif child.tag == TEXT + "tab":
            parts.append(" ")
        elif child.tag == TEXT + "line-break":
            parts.append("\n")
        elif child.tag not in _LEFT_OUT and child.tag != DRAW + "text-box":
            parts.append(text_of(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _annotations(parent: Element) -> Iterator[TextBlock]:
    """What people noted at places of a text, a slide or the cells of a sheet, with who wrote it."""
    for number, note in enumerate(parent.iter(OFFICE + "annotation"), start=1):
        if text := _noted(note):
            yield TextBlock(text, Spot(Unit.COMMENT, *2 * (str(number),)))


def _noted(note: Element) -> str:
    text = "\n".join(text_of(paragraph) for paragraph in note.iter(TEXT + "p")).strip()
    author = (note.findtext(CREATOR) or "").strip()
    return f"{author}: {text}" if text and author and not text.startswith(f"{author}:") else text


def _headers_and_footers(package: Package) -> Iterator[TextBlock]:
    if not package.has("styles.xml"):
        return
    counts = {"header": 0, "footer": 0}
    seen: set[str] = set()
    for element in package.xml("styles.xml").iter(STYLE + "header", STYLE + "footer"):
        kind = element.tag.rpartition("}")[2]
        counts[kind] += 1
        text = "\n".join(text_of(paragraph) for paragraph in element.iter(TEXT + "p"))
        if text.strip() and text not in seen:
            seen.add(text)
            yield TextBlock(text, Spot(Unit(kind), *2 * (str(counts[kind]),)))


def _sheets(root: Element, body: Element, name: str, title: str) -> Iterator[PageContent]:
    hidden = {
        style.get(STYLE + "name", "")
        for style in root.iter(STYLE + "style")
        for properties in style.iter(STYLE + "table-properties")
        if properties.get(TABLE + "display") == "false"
    }
    number = 0
    total = [0]
    for table in body.iterchildren(TABLE + "table"):
        source = "hidden" if table.get(TABLE + "style-name", "") in hidden else "layer"
        rows = itertools.chain(pieces_of(_rows(table, name, total)), _shapes(table), _cell_notes(table))
        for page in compose_pages(rows, kind=PageKind.SHEET, name=table.get(TABLE + "name", ""), title=title):
            number += 1
            yield replace(page, number=number, source=source)


def _shapes(table: Element) -> Iterator[TextBlock]:
    """The texts of the boxes and shapes that lie on a sheet, each at the cell that holds it; first those that
    no cell holds."""
    on_the_sheet = (("", shapes) for shapes in table.iterchildren(TABLE + "shapes"))
    for place, holder in itertools.chain(on_the_sheet, _cells_of(table)):
        spot = Spot(Unit.CELLS, place, place) if place else Spot(Unit.SHAPE)
        for shape in holder:
            if isinstance(shape.tag, str) and shape.tag.startswith(DRAW):
                paragraphs = shape.iter(TEXT + "p", TEXT + "h")
                texts = [text for paragraph in paragraphs if (text := text_of(paragraph).strip())]
                if texts:
                    yield TextBlock("\n".join(texts), spot)


def _cells_of(table: Element) -> Iterator[tuple[str, Element]]:
    """The cells of a sheet with their places, each repeated one once."""
    row = 0
    for element in table.iter(TABLE + "table-row"):
        column = 0
        for cell in element:
            if cell.tag in (TABLE + "table-cell", TABLE + "covered-table-cell"):
                yield f"{column_name(column)}{row + 1}", cell
                column += int(cell.get(TABLE + "number-columns-repeated", "1") or 1)
        row += int(element.get(TABLE + "number-rows-repeated", "1") or 1)


def _cell_notes(table: Element) -> Iterator[TextBlock]:
    """The notes on the cells of a sheet, `B2: Sato: to be checked`."""
    for place, cell in _cells_of(table):
        for note in cell.iterchildren(OFFICE + "annotation"):
            if text := _noted(note):
                yield TextBlock(f"{place}: {text}", Spot(Unit.COMMENT, place, place))


def _rows(table: Element, name: str, total: list[int]) -> Iterator[Row]:
    number = 0
    for row in table.iter(TABLE + "table-row"):
        again = int(row.get(TABLE + "number-rows-repeated", "1") or 1)
        cells: list[Cell] = []
        column = 0
        for cell in row:
            if cell.tag not in (TABLE + "table-cell", TABLE + "covered-table-cell"):
                continue
            repeated = int(cell.get(TABLE + "number-columns-repeated", "1") or 1)
            text = "\n".join(text_of(paragraph) for paragraph in cell.iterchildren(TEXT + "p")).strip()
            if text:
                is_text = cell.get(OFFICE + "value-type", "string") == "string"
                spread = int(cell.get(TABLE + "number-columns-spanned", "1") or 1)
                total[0] += repeated * again
                if total[0] > MOST_CELLS:
                    raise TooMuchInFile(name=name, what="cells", limit=f"{MOST_CELLS:,}")
                cells += [Cell(column + repeat, text, is_text, spread) for repeat in range(repeated)]
            column += repeated
        parent = row.getparent()
        declared = parent is not None and parent.tag == TABLE + "table-header-rows"
        for repeat in range(again if cells else 0):
            yield Row(number + repeat + 1, tuple(cells), declared)
        number += again


def _slides(body: Element, title: str) -> Iterator[PageContent]:
    for number, page in enumerate(body.iterchildren(DRAW + "page"), start=1):
        pieces: list[TextBlock] = []
        for position, frame in enumerate(page, start=1):
            if frame.tag == OFFICE + "annotation":
                if text := _noted(frame):
                    pieces.append(TextBlock(text, Spot(Unit.COMMENT, str(position), str(position))))
                continue
            if frame.tag == SHOW + "notes":
                texts = [
                    text_of(paragraph) for paragraph in frame.iter(TEXT + "p") if not _is_field(paragraph)
                ]
                pieces += [TextBlock(text, Spot(Unit.NOTES)) for text in texts if text.strip()]
                continue
            spot = Spot(Unit.SHAPE, str(position), str(position))
            for table in frame.iter(TABLE + "table"):
                for row in table.iter(TABLE + "table-row"):
                    cells = [" ".join(text_of(p) for p in element.iter(TEXT + "p")) for element in row]
                    made = table_row([], cells)
                    pieces.append(TextBlock(made.text, spot, BlockKind.ROW, cells=made.cells))
            texts = [
                text_of(paragraph)
                for paragraph in frame.iter(TEXT + "p", TEXT + "h")
                if next(paragraph.iterancestors(TABLE + "table"), None) is None
            ]
            if frame.get(SHOW + "class") == "title" and any(texts):
                pieces.insert(0, TextBlock(" ".join(texts), spot, BlockKind.HEADING, 1))
            else:
                pieces += [TextBlock(text, spot) for text in texts if text.strip()]
        heading = next((piece.text for piece in pieces if piece.kind == BlockKind.HEADING), "")
        name = " ".join(heading.split())
        pages = list(compose_pages(pieces, kind=PageKind.SLIDE, name=name, title=title, longest=WHOLE_SLIDE))
        yield replace(pages[0], number=number) if pages else PageContent(number, "", kind=PageKind.SLIDE)


def _is_field(paragraph: Element) -> bool:
    """Whether a paragraph of the notes is only the slide's number."""
    return next(paragraph.iter(TEXT + "page-number"), None) is not None

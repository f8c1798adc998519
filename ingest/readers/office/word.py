"""Reads Word (.docx): what a reader of the printed document sees, in its order.

Tracked insertions are read and deletions are not; content controls, text boxes, automatic numbers, tables
with their headers and footnotes are read; comments, and headers and footers, apart from the text.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.errors import FileDamaged, ShokoError
from ingest.formats import media_type_of
from ingest.left_out import LeftOut, LeftOutKind
from ingest.pages import BlockKind, PageContent, Spot, Unit
from ingest.readers.assembly import TextBlock, compose_pages, pieces_of_page
from ingest.readers.headers import Cell, Row, looks_like_number
from ingest.readers.office.drawings import drawn
from ingest.readers.office.grid import pieces_of
from ingest.readers.office.package import Element, Package, open_package
from ingest.readers.office.word_comments import comments_of
from ingest.readers.office.word_forms import show_forms, sign_of, signs_shown
from ingest.readers.office.word_numbers import Counters, NumberingLevel

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
OLE_OBJECT = "{urn:schemas-microsoft-com:office:office}OLEObject"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
LONGEST_CELL = 300  # characters: a cell with more text holds paragraphs and is not a value
HEADINGS = 9  # levels of Word's outline

_THROUGH = {W + name for name in ("ins", "moveTo", "hyperlink", "smartTag", "fldSimple", "customXml", "dir",
                                  "bdo", "rubyBase", "sdtContent", "r", "sdt", "ruby")}  # fmt: skip
Inserted = Callable[[Path, str, str], Iterator[PageContent]]  # path, name, media type


def read_word(path: Path, name: str, inserted: Inserted) -> Iterator[PageContent]:
    """The pages: stretches of the text between paragraphs. `inserted` reads a document that stands in this
    one as a part of its own. Raises FileDamaged and what `office` raises."""
    with open_package(path, name) as package:
        left_out = LeftOut()
        yield from left_out.beside(_pages(package, inserted, left_out))


def _pages(package: Package, inserted: Inserted, left_out: LeftOut) -> Iterator[PageContent]:
    main = package.main_part()
    root = package.xml(main)
    body = root.find(W + "body")
    if body is None:
        raise FileDamaged(name=package.name, problem="it has no text part")
    show_forms(root)
    reader = _WordReader(package, main, inserted, left_out)
    title = package.title()
    last = 0
    parts = (
        (reader.story(body), ""), (reader.comments(), "comments"),
        (reader.headers_and_footers(), "header · footer"),
    )  # fmt: skip
    for pieces, name in parts:
        before = last
        for page in compose_pages(pieces, name=name, title=title):
            last = before + page.number
            yield replace(page, number=last)


@dataclass(frozen=True)
class _Style:
    """What matters here of a paragraph style, its base styles included."""

    name: str = ""
    outline: int | None = None
    numbering: tuple[str, int] | None = None


@dataclass
class _Text:
    """A paragraph's text and what hangs on it."""

    shown: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)  # text boxes, to be read behind it
    drawings: list[Element] = field(default_factory=list)  # what may hold charts and diagrams
    notes: list[tuple[str, str]] = field(default_factory=list)  # kind of note, its id


class _WordReader:
    def __init__(self, package: Package, main: str, inserted: Inserted, left_out: LeftOut) -> None:
        self.package, self.inserted, self.left_out = package, inserted, left_out
        self.related = package.related(main)  # of the part that is being read
        self.parts = dict(self.related.values())
        self.main_parts = list(self.related.values())
        self.styles, self.default_style = self._styles()
        self.levels, self.abstract = self._numberings()
        self.counters = Counters()
        self.paragraphs: dict[Element, int] = {}
        self.tables = 0
        self.notes = {kind: self._notes(kind) for kind in ("footnotes", "endnotes")}
        self.note_numbers = {"footnotes": 0, "endnotes": 0}

    # The body, in its order.

    def story(self, body: Element) -> Iterator[TextBlock]:
        self.paragraphs = {paragraph: number for number, paragraph in enumerate(body.iter(W + "p"), start=1)}
        yield from self._blocks(body)

    def _blocks(self, parent: Element) -> Iterator[TextBlock]:
        for child in parent:
            if child.tag == W + "p":
                yield from self._paragraph(child)
            elif child.tag == W + "tbl":
                yield from self._table(child)
            elif child.tag == MC + "AlternateContent":
                chosen = _alternative(child)
                if chosen is not None:
                    yield from self._blocks(chosen)
            elif child.tag in (W + "altChunk", W + "subDoc"):
                yield from self._inserted(child)
            elif child.tag in _THROUGH:
                yield from self._blocks(child)

    def _inserted(self, place: Element) -> Iterator[TextBlock]:
        """The text of a document that stands in this one as a part of its own."""
        _, part = self.related.get(place.get(R + "id", ""), ("", ""))
        name = part.rpartition("/")[2] or "linked document"
        try:
            if not part:
                raise FileDamaged(name=name, problem="it is not in the file")
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "inserted"
                path.write_bytes(self.package.content(part))
                for page in self.inserted(path, name, media_type_of(path, name)):
                    for kind, names in page.left_out.items():
                        for unread in names:
                            self.left_out.add(LeftOutKind(kind), unread)
                    yield from pieces_of_page(page)
        except ShokoError:
            self.left_out.add(LeftOutKind.PARTS, name)

    def _paragraph(self, paragraph: Element) -> Iterator[TextBlock]:
        text = self._text_of(paragraph)
        style = self._style_of(paragraph)
        properties = paragraph.find(W + "pPr")
        mark = properties.find(f"{W}rPr/{W}del") if properties is not None else None
        content = "".join(text.shown)
        number = "" if mark is not None and not content.strip() else self._number(paragraph, style, content)
        spot = Spot(Unit.PARAGRAPH, *2 * (str(self.paragraphs.get(paragraph, 0)),))
        outline = _value(properties, "outlineLvl")
        level = int(outline) if outline.isdigit() else style.outline
        if content.strip():
            if style.name.startswith("toc "):
                yield TextBlock(number + content, spot, None)
            elif style.name == "title" or (level is not None and level < HEADINGS):
                rank = 0 if style.name == "title" else (level or 0) + 1
                yield TextBlock(" ".join((number + content).split()), spot, BlockKind.HEADING, rank)
            else:
                depth = self._numbering(paragraph, style)[1] + 1 if number else 0
                sort = BlockKind.ITEM if number else BlockKind.PARAGRAPH
                yield TextBlock(number + content, spot, sort, depth)
        if "".join(text.hidden).strip():
            yield TextBlock("".join(text.hidden), spot, BlockKind.HIDDEN)
        for kind, note_id in text.notes:
            yield from self._note(kind, note_id)
        for box in text.boxes:
            yield from self._blocks(box)
        for drawing in text.drawings:
            yield from self._drawn(drawing, spot)

    def _drawn(self, drawing: Element, spot: Spot) -> Iterator[TextBlock]:
        """The charts and diagrams of a drawing; objects of other programs are reported as left out."""
        pieces, unread = drawn(self.package, self.related, drawing, spot)
        yield from pieces
        for kind in unread:
            self.left_out.add(LeftOutKind.PARTS, kind)
        for item in drawing.iter(OLE_OBJECT):
            program = item.get("ProgID", "")
            _, part = self.related.get(item.get(R + "id", ""), ("", ""))
            kind = LeftOutKind.PARTS if program.startswith("Equation") else LeftOutKind.ATTACHMENTS
            self.left_out.add(kind, " ".join(filter(None, (program, part.rpartition("/")[2]))) or "object")
        for item in drawing.iter(W + "control"):
            self.left_out.add(LeftOutKind.PARTS, item.get(W + "name") or "form control")

    def _text_of(self, paragraph: Element) -> _Text:
        text = _Text()
        self._gather(paragraph, text, in_table=_inside(paragraph, W + "tbl"))
        return text

    def _gather(self, parent: Element, text: _Text, *, in_table: bool, hidden: bool = False) -> None:
        for child in parent:
            tag = child.tag
            if tag == W + "r":
                unseen = hidden or _unseen(child, in_table)
                self._gather(child, text, in_table=in_table, hidden=unseen)
            elif tag in (W + "t", MATH_TEXT):
                words = signs_shown(child.text or "", _font(parent))
                (text.hidden if hidden else text.shown).append(words)
            elif tag == W + "tab":
                text.shown.append(" ")
            elif tag in (W + "br", W + "cr"):
                text.shown.append("\n")
            elif tag == W + "noBreakHyphen":
                text.shown.append("-")
            elif tag == W + "sym":
                code = child.get(W + "char", "")
                text.shown.append(sign_of(_hexadecimal(code), child.get(W + "font", "")))
            elif tag in (W + "footnoteReference", W + "endnoteReference"):
                kind = "footnotes" if tag == W + "footnoteReference" else "endnotes"
                text.notes.append((kind, child.get(W + "id", "")))
            elif tag == MC + "AlternateContent":
                chosen = _alternative(child)
                if chosen is not None:
                    self._gather(chosen, text, in_table=in_table, hidden=hidden)
            elif tag in (W + "drawing", W + "pict", W + "object"):
                text.boxes.extend(child.iter(W + "txbxContent"))
                text.drawings.append(child)
            elif tag in _THROUGH or tag.startswith(MATH_TEXT[:-1]):
                self._gather(child, text, in_table=in_table, hidden=hidden)

    # Tables.

    def _table(self, table: Element) -> Iterator[TextBlock]:
        self.tables += 1
        number = self.tables
        above: dict[int, str] = {}
        rows: list[Row] = []

        def spot(row: Row) -> Spot:
            return Spot(Unit.ROW, *2 * (f"{number}.{row.number}",))

        for index, element in enumerate(_children(table, W + "tr"), start=1):
            cells, pieces = self._cells(element, above)
            if len(cells) == 1 or any(len(cell.text) > LONGEST_CELL for cell in cells):
                yield from pieces_of(rows, spot)
                rows = []
                yield from pieces  # a table that only arranges the page
                continue
            yield from (piece for piece in pieces if piece.kind == BlockKind.HIDDEN)
            with_text = tuple(cell for cell in cells if cell.text)
            if with_text:
                rows.append(Row(index, with_text, element.find(f"{W}trPr/{W}tblHeader") is not None))
        yield from pieces_of(rows, spot)

    def _cells(self, row: Element, above: dict[int, str]) -> tuple[list[Cell], list[TextBlock]]:
        """The cells of a row, and the pieces in them; a cell that a merged one covers says what that says."""
        cells: list[Cell] = []
        pieces: list[TextBlock] = []
        column = _integer(_value(row.find(W + "trPr"), "gridBefore"))
        for cell in _children(row, W + "tc"):
            properties = cell.find(W + "tcPr")
            merged = properties.find(W + "vMerge") if properties is not None else None
            inside = list(self._blocks(cell))
            seen = [piece for piece in inside if piece.kind != BlockKind.HIDDEN]
            text = " ".join(" ".join(piece.text.split()) for piece in seen)
            if merged is not None and merged.get(W + "val") != "restart":
                text = above.get(column, "")
            else:
                pieces += inside
            above[column] = text
            wide = max(1, _integer(_value(properties, "gridSpan"), 1))
            cells.append(Cell(column, text, not looks_like_number(text), wide, _stands_out(cell)))
            column += wide
        return cells, pieces

    # Notes, headers, footers.

    def _notes(self, kind: str) -> dict[str, Element]:
        part = self.parts.get(kind)
        if part is None:
            return {}
        root = self.package.xml(part)
        show_forms(root)
        return {note.get(W + "id", ""): note for note in root if note.get(W + "type", "normal") == "normal"}

    def _note(self, kind: str, note_id: str) -> Iterator[TextBlock]:
        note = self.notes[kind].get(note_id)
        if note is None:
            return
        self.note_numbers[kind] += 1
        number = str(self.note_numbers[kind])
        spot = Spot(Unit.FOOTNOTE if kind == "footnotes" else Unit.ENDNOTE, number, number)
        text = "\n".join(piece.text for piece in self._blocks(note) if piece.kind != BlockKind.HIDDEN)
        if text.strip():
            yield TextBlock(f"{number}) {text.strip()}", spot, BlockKind.ITEM)

    def comments(self) -> Iterator[TextBlock]:
        """What reviewers wrote in the margin."""
        part = self.parts.get("comments")
        if part is not None:
            self.related = self.package.related(part)
            yield from comments_of(self.package.xml(part), self._blocks)

    def headers_and_footers(self) -> Iterator[TextBlock]:
        """Each text once; the files of a long document repeat them for every section."""
        counts = {"header": 0, "footer": 0}
        seen: set[str] = set()
        for kind, part in self.main_parts:
            if kind not in counts:
                continue
            counts[kind] += 1
            number = str(counts[kind])
            root, self.related = self.package.xml(part), self.package.related(part)
            show_forms(root)
            text = "\n".join(piece.text for piece in self._blocks(root) if piece.kind)
            if text not in seen and any(letter.isalpha() for letter in text):  # not a page number alone
                seen.add(text)
                yield TextBlock(text, Spot(Unit(kind), number, number))

    # Styles and numberings.

    def _styles(self) -> tuple[dict[str, _Style], _Style]:
        part = self.parts.get("styles")
        if part is None:
            return {}, _Style()
        elements = {style.get(W + "styleId", ""): style for style in self.package.xml(part).iter(W + "style")}
        styles = {key: self._style(key, elements) for key in elements}
        default = next(
            (
                key
                for key, style in elements.items()
                if style.get(W + "type") == "paragraph" and style.get(W + "default") in ("1", "true", "on")
            ),
            "",
        )
        return styles, styles.get(default, _Style())

    def _style(self, key: str, elements: dict[str, Element]) -> _Style:
        name, outline = "", None
        number_id, level = "", ""
        seen: set[str] = set()
        while key in elements and key not in seen:
            seen.add(key)
            style = elements[key]
            name = name or _value(style, "name").casefold()
            properties = style.find(W + "pPr")
            value = _value(properties, "outlineLvl")
            if outline is None and value.isdigit():
                outline = int(value)
            numbering = properties.find(W + "numPr") if properties is not None else None
            if numbering is not None:
                number_id = number_id or _value(numbering, "numId")
                level = level or _value(numbering, "ilvl")
            key = _value(style, "basedOn")
        if outline is None and name.startswith("heading ") and name[8:].isdigit():
            outline = int(name[8:]) - 1
        return _Style(name, outline, (number_id, _integer(level)) if number_id else None)

    def _style_of(self, paragraph: Element) -> _Style:
        key = _value(paragraph.find(W + "pPr"), "pStyle")
        return self.styles.get(key, self.default_style)

    def _numberings(self) -> tuple[dict[str, dict[int, NumberingLevel]], dict[str, str]]:
        """The levels of each numbering, and which abstract one it counts with."""
        part = self.parts.get("numbering")
        if part is None:
            return {}, {}
        root = self.package.xml(part)
        shapes = {
            numbering.get(W + "abstractNumId", ""): numbering for numbering in root.iter(W + "abstractNum")
        }
        by_link = {
            _value(numbering, "styleLink"): numbering
            for numbering in shapes.values()
            if _value(numbering, "styleLink")
        }
        levels: dict[str, dict[int, NumberingLevel]] = {}
        abstract: dict[str, str] = {}
        for number in root.iter(W + "num"):
            key = number.get(W + "numId", "")
            abstract[key] = _value(number, "abstractNumId")
            shape = shapes.get(abstract[key])
            if shape is not None and (link := _value(shape, "numStyleLink")) in by_link:
                shape = by_link[link]
            mine = {_integer(child.get(W + "ilvl")): _level(child) for child in _children(shape, W + "lvl")}
            for change in number.iter(W + "lvlOverride"):
                level = _integer(change.get(W + "ilvl"))
                own, start = change.find(W + "lvl"), _value(change, "startOverride")
                if own is not None:
                    mine[level] = _level(own)
                if start.isdigit() and level in mine:
                    mine[level] = NumberingLevel(**{**mine[level].__dict__, "start": int(start)})
                    abstract[key] = f"{abstract[key]}/{key}"  # it counts by itself
            levels[key] = mine
        return levels, abstract

    def _numbering(self, paragraph: Element, style: _Style) -> tuple[str, int, bool]:
        """The numbering of a paragraph, its level from 0, and whether the paragraph itself names it."""
        properties = paragraph.find(W + "pPr")
        own = properties.find(W + "numPr") if properties is not None else None
        key, level = style.numbering or ("", 0)
        if own is not None:
            key = _value(own, "numId") or key
            level = _integer(_value(own, "ilvl"), level)
        return key, level, own is not None

    def _number(self, paragraph: Element, style: _Style, content: str) -> str:
        key, level, own = self._numbering(paragraph, style)
        if key in ("", "0") or key not in self.levels:
            return ""
        if not content.strip() and not own:
            return ""
        return self.counters.next(self.abstract.get(key, key), level, self.levels[key])


def _level(element: Element) -> NumberingLevel:
    suffix = {"nothing": ""}.get(_value(element, "suff"), " ")
    style = element.find(W + "numFmt")
    if style is None:  # a newer format with an older one beside it
        style = element.find(f"{MC}AlternateContent/{MC}Fallback/{W}numFmt")
    legal = element.find(W + "isLgl")
    return NumberingLevel(
        style.get(W + "val", "decimal") if style is not None else "decimal",
        _value(element, "lvlText"),
        _integer(_value(element, "start"), 1),
        suffix,
        _integer(_value(element, "lvlRestart"), -1),
        legal is not None and legal.get(W + "val", "1") not in ("0", "false", "off"),
    )


def _alternative(element: Element) -> Element | None:
    """Of content that stands in several forms the newest one whose text is known here."""
    for name in ("Choice", "Fallback"):
        alternative = element.find(MC + name)
        if alternative is not None:
            return alternative
    return None


def _unseen(run: Element, in_table: bool) -> bool:
    """Whether nobody sees a run: hidden, of at most a point, or white on white paper."""
    properties = run.find(W + "rPr")
    if properties is None:
        return False
    for name in ("vanish", "webHidden"):
        mark = properties.find(W + name)
        if name == "vanish" and mark is not None and mark.get(W + "val") not in ("0", "false", "off"):
            return True
    if 0 < _integer(_value(properties, "sz")) <= 2:  # half-points
        return True
    if _value(properties, "color").upper() != "FFFFFF" or in_table or _inside(run, W + "txbxContent"):
        return False
    paragraph = run.getparent()
    while paragraph is not None and paragraph.tag != W + "p":
        paragraph = paragraph.getparent()
    shaded = paragraph is not None and paragraph.find(f"{W}pPr/{W}shd") is not None
    return not shaded and properties.find(W + "shd") is None and properties.find(W + "highlight") is None


def _stands_out(cell: Element) -> bool:
    """Whether a cell is shaded, or all its letters are bold."""
    shade = cell.find(f"{W}tcPr/{W}shd")
    if shade is not None and shade.get(W + "fill", "auto").upper() not in ("AUTO", "FFFFFF"):
        return True
    runs = [run for run in cell.iter(W + "r") if any((child.text or "").strip() for child in run)]
    return bool(runs) and all(run.find(f"{W}rPr/{W}b") is not None for run in runs)


def _children(parent: Element | None, tag: str) -> Iterator[Element]:
    """The children of that tag, also inside content controls, insertions and the like."""
    for child in parent if parent is not None else ():
        if child.tag == tag:
            yield child
        elif child.tag in _THROUGH or child.tag == W + "tblPrEx":
            yield from _children(child, tag)


def _inside(element: Element, tag: str) -> bool:
    return next(element.iterancestors(tag), None) is not None


def _value(parent: Element | None, child: str) -> str:
    element = parent.find(W + child) if parent is not None else None
    return element.get(W + "val", "") if element is not None else ""


def _font(run: Element) -> str:
    """The font that a run names for itself, if it is one of signs."""
    fonts = run.find(f"{W}rPr/{W}rFonts")
    return fonts.get(W + "ascii", "") if fonts is not None else ""


def _hexadecimal(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0


def _integer(text: str | None, otherwise: int = 0) -> int:
    try:
        return int(text) if text else otherwise
    except ValueError:
        return otherwise

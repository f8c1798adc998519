"""Reads HTML as a browser shows it, without running, opening or fetching anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree, html

from core.errors import FileDamaged
from ingest.pages import BlockKind, PageContent, Spot, Unit
from ingest.readers.assembly import TextBlock, compose_pages
from ingest.readers.headers import Cell, Row, looks_like_number
from ingest.readers.office.grid import MOST_COLUMNS, pieces_of
from ingest.readers.office.package import Element
from ingest.readers.plain.folding import FIELDS, is_opened, opens_text, shown_field
from ingest.readers.traversal import Walk, flattened
from language.encodings import decoded

LONGEST_CELL = 300
MOST_SPREAD = 1000  # columns that one cell may go over, as in browsers
MOST_ROWS = 65_534  # rows, likewise; there are never more than the table has
MOST_REPEATED = 2_000_000  # characters of a table that are repeated in rows below their cell's first
REPEATED_CELL = 20  # characters that a repeated cell counts for, beside its own
BULLET = "•"
_LISTS = ("ul", "ol", "menu", "dl")
_CHARSET = re.compile(rb"""charset\s*+=\s*+["']?\s*+([\w.:-]++)""", re.I)
_XML_CHARSET = re.compile(
    rb"""\s{0,10}<\?xml[^>]{0,200}?\sencoding\s{0,5}=\s{0,5}["']([\w.:-]{2,40})""", re.I
)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_FOLDED = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_TINY = re.compile(r"font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.I)
# No "head": where a page does not write its body, the parser leaves sections and articles in the head.
_LEFT_OUT = {
    "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "title", "datalist",
    "canvas", "audio", "video", "rt", "rp", "frameset",
}  # fmt: skip
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "big", "center", "cite", "code", "data", "del", "dfn", "em", "font",
    "i", "img", "ins", "kbd", "label", "mark", "nobr", "q", "rb", "ruby", "s", "samp", "small", "span",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "button", "input", "select", "textarea",
    "output", "meter", "progress", "legend",
}  # fmt: skip


def read_html(content: bytes, name: str, charset: str = "") -> Iterator[PageContent]:
    """The pages: stretches of the text. `charset` is what the page's sender says of it; else what the page
    says. Raises FileDamaged."""
    if not charset:
        declared = _CHARSET.search(content[:4096]) or _XML_CHARSET.match(content)
        charset = declared[1].decode("ascii") if declared else ""
    text = _XML_DECLARATION.sub("", decoded(content, charset))
    parser = html.HTMLParser(no_network=True, remove_comments=True, huge_tree=True)
    try:
        root = html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise FileDamaged(name=name, problem="nothing is in it") from error
    if any(problem.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for problem in parser.error_log):
        # The parser silently leaves out what lies deeper than 2,048 elements.
        raise FileDamaged(name=name, problem="its parts stand too deeply inside one another")
    title = " ".join((root.findtext(".//title") or "").split())
    yield from compose_pages(inline_pieces(root), title=title)


def inline_pieces(root: Element) -> Iterator[TextBlock]:
    """What a browser shows of an element, in pieces."""
    return _Walk().pieces(root)


class _Walk:
    """Gathers inline text until a block ends."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.line = 1
        self.lists: list[int | None] = []  # open ones: the last number given, None if items have bullets
        self.label = ""  # of the item whose text comes next

    def pieces(self, root: Element) -> Iterator[TextBlock]:
        yield from flattened(self._inside(root, BlockKind.PARAGRAPH, 0), TextBlock)
        yield from self._flush(BlockKind.PARAGRAPH, 0)

    def _inside(self, element: Element, kind: BlockKind | None, level: int) -> Walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag == "svg":  # a drawing: its letters, and nothing where it is an icon
            self.text += [f"\n{text}\n" for text in _drawn_texts(element)]
            return
        if tag in _LEFT_OUT or not tag:
            return
        if tag in FIELDS:
            self._add(shown_field(element), tag)
            return
        if tag == "button" and not opens_text(element):
            return
        if kind != BlockKind.HIDDEN and _unseen(element):
            yield from self._flush(kind, level)
            yield self._inside(element, BlockKind.HIDDEN, 0)
            yield from self._flush(BlockKind.HIDDEN, 0)
            return
        if tag == "br":
            self.text.append("\n")
            return
        if tag == "table" and kind != BlockKind.HIDDEN and not _arranges(element):
            yield from self._flush(kind, level)
            yield from self._table(element)
            return
        inline = tag in _INLINE
        if not inline:
            yield from self._flush(kind, level)
            kind, level = _kind(tag, kind, level)
            self.line = getattr(element, "sourceline", None) or self.line
            self._enter(element, tag)
            if kind == BlockKind.ITEM:
                level = max(1, len(self.lists))
        self._add(element.text, tag)
        for child in element:
            yield self._inside(child, kind, level)
            self._add(child.tail, tag)
        if not inline:
            yield from self._flush(kind, level)
        if tag in _LISTS:
            self.lists.pop()

    def _enter(self, element: Element, tag: str) -> None:
        """Open a list, or count an item of one."""
        if tag in _LISTS:
            start = element.get("start", "1")
            self.lists.append((int(start) if start.isdigit() else 1) - 1 if tag == "ol" else None)
        elif tag == "li" and self.lists:
            number = self.lists[-1]
            if number is None:
                self.label = BULLET
            else:
                own = element.get("value", "")
                self.lists[-1] = int(own) if own.isdigit() else number + 1
                self.label = f"{self.lists[-1]}."

    def _add(self, text: str | None, tag: str) -> None:
        if text:
            self.text.append(text if tag == "pre" else re.sub(r"\s+", " ", text))

    def _flush(self, kind: BlockKind | None, level: int) -> Iterator[TextBlock]:
        text = re.sub(r"(?:(?<! ) ++)?\n *", "\n", "".join(self.text)).strip()
        self.text.clear()
        if text:
            label, self.label = (self.label, "") if kind == BlockKind.ITEM else ("", self.label)
            yield TextBlock(text, Spot(Unit.LINE, *2 * (str(self.line),)), kind, level, label=label)

    def _table(self, table: Element) -> Iterator[TextBlock]:
        lines: dict[int, str] = {}
        rows: list[Row] = []
        above = _Above()
        caption = table.find("caption")
        if caption is not None and (text := " ".join(shown_text(caption).split())):
            yield TextBlock(text, Spot(Unit.LINE, *2 * (str(caption.sourceline or self.line),)))
        for number, element in enumerate(table.iter("tr"), start=1):
            cells = _row_cells(element, above)
            heads = [cell for cell in element if cell.tag in ("td", "th")]
            lines[number] = str(element.sourceline or self.line)
            if cells:
                declared = len(heads) > 1 and all(head.tag == "th" for head in heads)
                rows.append(Row(number, cells, declared))
        yield from pieces_of(rows, lambda row: Spot(Unit.LINE, *2 * (lines[row.number],)))


@dataclass
class _Above:
    """The cells that go over rows: by column, how many more, and how much of their texts may be repeated."""

    covering: dict[int, tuple[Cell, int]] = field(default_factory=dict)
    left: int = MOST_REPEATED

    def may_repeat(self, cell: Cell) -> bool:
        """Whether one more row may say what that cell does: a small file could fill memories."""
        self.left -= len(cell.text) + REPEATED_CELL
        return self.left >= 0


def _row_cells(row: Element, above: _Above) -> tuple[Cell, ...]:
    """The cells of a row; a place that a cell of a row above covers says what that says."""
    cells: list[Cell] = []
    column = 0
    waiting = above.covering
    above.covering = {}

    def covered(column: int) -> int:
        cell, rows = waiting.pop(column)
        if above.may_repeat(cell):
            cells.append(cell)
        if rows > 1 and above.left > 0:
            above.covering[column] = (cell, rows - 1)
        return column + cell.spread

    for element in row:
        if element.tag not in ("td", "th"):
            continue
        while column in waiting:
            column = covered(column)
        text = " ".join(shown_text(element).split())
        wide, high = _span(element, "colspan", MOST_SPREAD), _span(element, "rowspan", MOST_ROWS)
        wide = max(1, min(wide, MOST_COLUMNS - column))
        cell = Cell(column, text, not looks_like_number(text), wide, element.tag == "th")
        cells.append(cell)
        if high > 1:
            above.covering[column] = (cell, high - 1)
        column += wide
    for column in sorted(waiting):
        covered(column)
    return tuple(sorted((cell for cell in cells if cell.text), key=lambda cell: cell.column))


def _span(cell: Element, name: str, most: int) -> int:
    """How many columns or rows a cell goes over, as browsers count them."""
    value = cell.get(name, "1").strip()
    return max(1, min(int(value), most)) if value.isdecimal() and len(value) < 9 else 1


def _kind(tag: str, kind: BlockKind | None, level: int) -> tuple[BlockKind | None, int]:
    if kind == BlockKind.HIDDEN:
        return kind, level
    if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
        return BlockKind.HEADING, int(tag[1])
    if tag == "nav":
        return None, 0  # a menu is on the page, and no text of it
    if tag in ("li", "dt", "dd"):
        return BlockKind.ITEM, 0
    return (kind, level) if kind in (None, BlockKind.ITEM) else (BlockKind.PARAGRAPH, 0)


def _drawn_texts(drawing: Element) -> list[str]:
    """The texts of a drawing (SVG) that is seen."""
    if _unseen(drawing):
        return []
    texts = (" ".join(str(part) for part in text.itertext()) for text in drawing.iter("text"))
    return [joined for text in texts if (joined := " ".join(text.split()))]


def _unseen(element: Element) -> bool:
    """Whether nobody sees an element, even after a click."""
    style = element.get("style", "")
    if _TINY.search(style):
        return True
    folded = element.get("hidden") is not None or bool(_FOLDED.search(style))
    return folded and not is_opened(element)


def shown_text(element: Element) -> str:
    """The text below an element that is seen."""
    return "".join(flattened(_shown(element), str))


def _shown(element: Element) -> Walk:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag in FIELDS:
            yield shown_field(child)
        elif isinstance(child.tag, str) and child.tag not in _LEFT_OUT and not _unseen(child):
            yield " " if child.tag not in _INLINE else ""
            yield _shown(child)
        yield child.tail or ""


def _arranges(table: Element) -> bool:
    """Whether a table only arranges the page: others stand in it, or texts."""
    if next(table.iterdescendants("table"), None) is not None:
        return True
    cells = list(table.iter("td", "th"))
    if (
        table.find("thead") is not None
        or table.find("caption") is not None
        or len(list(table.iter("th"))) > 1
    ):
        return len(cells) < 2
    return len(cells) < 2 or any(len(shown_text(cell)) > LONGEST_CELL for cell in cells)

"""Reads HTML as a browser shows it, without running, opening or fetching anything."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from core.errors import FileDamaged
from ingest.pages import BlockKind, PageContent, Spot, Unit
from ingest.readers.assembly import Piece, compose_pages, row_text
from ingest.readers.office.package import Element
from ingest.readers.traversal import Walk, flattened
from language.encodings import decoded

LONGEST_CELL = 300
_CHARSET = re.compile(rb"""charset\s*+=\s*+["']?\s*+([\w-]++)""", re.I)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_INVISIBLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.I
)
_LEFT_OUT = {
    "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "head", "select",
    "button", "datalist", "canvas", "audio", "video", "rt", "rp", "textarea", "frameset",
}  # fmt: skip
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "big", "center", "cite", "code", "data", "del", "dfn", "em", "font",
    "i", "img", "ins", "kbd", "label", "mark", "nobr", "q", "rb", "ruby", "s", "samp", "small", "span",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
}  # fmt: skip


def read_html(content: bytes, name: str) -> Iterator[PageContent]:
    """The pages: stretches of the text. Raises FileDamaged."""
    declared = _CHARSET.search(content[:4096])
    text = _XML_DECLARATION.sub("", decoded(content, declared[1].decode("ascii") if declared else ""))
    parser = html.HTMLParser(no_network=True, remove_comments=True, huge_tree=True)
    try:
        root = html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise FileDamaged(name=name, problem="nothing is in it") from error
    if any(one.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for one in parser.error_log):
        # The parser leaves out without a word what lies deeper than 2,048 elements.
        raise FileDamaged(name=name, problem="its parts stand too deeply inside one another")
    title = " ".join((root.findtext(".//title") or "").split())
    yield from compose_pages(_Walk().pieces(root), title=title)


class _Walk:
    """Gathers inline text until a block ends."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.line = 1

    def pieces(self, root: Element) -> Iterator[Piece]:
        yield from flattened(self._inside(root, BlockKind.PARAGRAPH, 0), Piece)
        yield from self._flush(BlockKind.PARAGRAPH, 0)

    def _inside(self, element: Element, kind: BlockKind | None, level: int) -> Walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _LEFT_OUT or not tag:
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
        self._add(element.text, tag)
        for child in element:
            yield self._inside(child, kind, level)
            self._add(child.tail, tag)
        if not inline:
            yield from self._flush(kind, level)

    def _add(self, text: str | None, tag: str) -> None:
        if text:
            self.text.append(text if tag == "pre" else re.sub(r"\s+", " ", text))

    def _flush(self, kind: BlockKind | None, level: int) -> Iterator[Piece]:
        text = re.sub(r"(?:(?<! ) ++)?\n *", "\n", "".join(self.text)).strip()
        self.text.clear()
        if text:
            yield Piece(text, Spot(Unit.LINE, *2 * (str(self.line),)), kind, level)

    def _table(self, table: Element) -> Iterator[Piece]:
        headers: list[str] = []
        for row in table.iter("tr"):
            names: list[str] = []
            texts: list[str] = []
            column = 0
            cells = [cell for cell in row if cell.tag in ("td", "th")]
            heads = bool(cells) and all(cell.tag == "th" for cell in cells)
            spread: list[str] = []
            for cell in cells:
                text = " ".join(_shown_text(cell).split())
                wide = cell.get("colspan", "1")
                width = min(int(wide), 1000) if wide.isdigit() else 1
                names.append(headers[column] if column < len(headers) else "")
                texts.append(text)
                spread += [text] * max(1, width)
                column += max(1, width)
            spot = Spot(Unit.LINE, *2 * (str(row.sourceline or self.line),))
            if heads and len(cells) > 1:
                headers = spread
                yield Piece(" | ".join(text for text in texts if text), spot, BlockKind.ROW)
            elif any(texts):
                if not headers and len(cells) == 2 and cells[0].tag == "th":
                    names, texts = [texts[0]], [texts[1]]
                yield Piece(row_text(names, texts), spot, BlockKind.ROW)


def _kind(tag: str, kind: BlockKind | None, level: int) -> tuple[BlockKind | None, int]:
    if kind == BlockKind.HIDDEN:
        return kind, level
    if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
        return BlockKind.HEADING, int(tag[1])
    if tag == "nav":
        return None, 0  # a menu is on the page, and no text of it
    if tag in ("li", "dt", "dd"):
        return BlockKind.ITEM, 0
    return (kind, 0) if kind in (None, BlockKind.ITEM) else (BlockKind.PARAGRAPH, 0)


def _unseen(element: Element) -> bool:
    return element.get("hidden") is not None or bool(_INVISIBLE.search(element.get("style", "")))


def _shown_text(element: Element) -> str:
    """The text below an element that is seen."""
    return "".join(flattened(_shown(element), str))


def _shown(element: Element) -> Walk:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _LEFT_OUT and not _unseen(child):
            yield " " if child.tag not in _INLINE else ""
            yield _shown(child)
        yield child.tail or ""


def _arranges(table: Element) -> bool:
    """Whether a table only arranges the page: others stand in it, or texts."""
    if next(table.iterdescendants("table"), None) is not None:
        return True
    cells = list(table.iter("td", "th"))
    return len(cells) < 2 or any(len(_shown_text(cell)) > LONGEST_CELL for cell in cells)

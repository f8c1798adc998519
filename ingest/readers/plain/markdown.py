"""Reads Markdown as it is shown: without the addresses behind links, marks of emphasis, comments and tags of
template languages; a paragraph is one line, however it was wrapped. Numbers and signs of lists stay, and each
block knows its lines in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree, html
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.pages import Block, BlockKind, CellSpan, PageContent, PageKind, Spot, Unit
from ingest.readers.assembly import shown, table_row
from ingest.readers.plain.front_matter import FrontMatter, front_matter
from ingest.readers.plain.html import inline_pieces
from language.labels import stands_alone
from language.marks import mark_of
from language.tokens import is_cjk

MOST_SPACES = 8  # before a nested item, however deep it is
MOST_NESTED = (
    10_000  # else the parser silently leaves out what lies deeper than 20; nothing real is nested so deep
)
BULLET = "•"
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_TIGHT_HEADING = re.compile(r"( {0,3})(#{2,6}|#(?=[\u3040-\u30ff\u3400-\u9fff]))(?=[^\s#])")
_TAG = re.compile(r"\{%[^%]{0,500}%\}|\{\{[^{}]{0,500}\}\}|\{#[^#]{0,500}#\}")
# A tag that shows the one text that it is given, as {% channel "help" %} does; others put something in, or
# decide what is shown.
_SAID = re.compile(
    r"\{%-?\s*(?!include|page|link|assign|if|elsif|unless|for|case|when|render|import)\w+\s+"
    r"[\"']([^\"'%]{1,200})[\"']\s*-?%\}"
)
_COMMENTED = re.compile(r"\{%-?\s*(end)?comment\b")
_BREAK = re.compile(r"<br\s*/?>", re.I)


def markdown_page(text: str, number: int, line: int) -> PageContent:
    """The page of a Markdown text that begins on that line of its file."""
    head = front_matter(text) if number == 1 else FrontMatter()
    source = "\n" * text.count("\n", 0, head.end) + text[head.end :]
    made = _Page(line)
    made.say(head, text)
    made.read(_parser().parse(_plain_source(source)))
    title = head.title
    if not title:
        first = [block for block in made.blocks if block.kind == BlockKind.HEADING and block.level == 1]
        title = made.text[first[0].start : first[0].end] if len(first) == 1 and number == 1 else ""
    return PageContent(number, made.text, blocks=made.blocks, kind=PageKind.TEXT, title=title)


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": MOST_NESTED}).enable(["table", "strikethrough"])


def _plain_source(text: str) -> str:
    """The source without comments and template tags, line for line, and with a space behind the signs of each
    heading."""
    text = _without_tags(_without_comments(text))
    lines = text.split("\n")
    fence = ""
    for number, line in enumerate(lines):
        if opened := _FENCE.match(line):
            fence = opened[1] if not fence else "" if line.strip().startswith(fence) else fence
        elif not fence and (heading := _TIGHT_HEADING.match(line)):
            lines[number] = f"{line[: heading.end()]} {line[heading.end() :]}"
    return "\n".join(lines)


def _without_comments(text: str) -> str:
    """The source without `<!-- … -->`; its line ends stay. One that is never closed is not a comment."""
    parts: list[str] = []
    position = 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts += [text[position:start], "\n" * text.count("\n", start, end)]
        position = end + 3
    return "".join([*parts, text[position:]])


def _without_tags(text: str) -> str:
    """The source without the tags of template languages, and what they comment out; its line ends stay."""
    parts: list[str] = []
    position, hidden = 0, False
    for tag in _TAG.finditer(text):
        before = text[position : tag.start()]
        parts.append("\n" * before.count("\n") if hidden else before)
        comment, said = _COMMENTED.match(tag[0]), _SAID.fullmatch(tag[0])
        if comment:
            hidden = comment[1] is None
        parts.append(said[1] if said and not hidden else "\n" * tag[0].count("\n"))
        position = tag.end()
    return "".join([*parts, text[position:]])


class _Page:
    """A page that is being made of a parser's tokens."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.parts: list[str] = []
        self.blocks: list[Block] = []
        self.at = 0
        self.lists = 0  # how many are open
        self.label = ""  # of the item whose text comes next
        self.headers: list[str] = []

    @property
    def text(self) -> str:
        """What was put on it."""
        return "".join(self.parts)

    def read(self, tokens: Sequence[Token]) -> None:
        """Put blocks on the page."""
        for place, token in enumerate(tokens):
            if token.type in ("bullet_list_open", "ordered_list_open"):
                self.lists += 1
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                self.lists -= 1
            elif token.type == "list_item_open":
                self.label = f"{token.info}{token.markup}" if token.info else BULLET
            elif token.type == "inline":
                self._inline(tokens[place - 1], token)
            elif token.type in ("fence", "code_block"):
                self._add(shown(token.content), BlockKind.PARAGRAPH, token)
            elif token.type == "html_block":
                self._html(token)
            elif token.type == "tr_open":
                self._row(tokens, place)

    def say(self, head: FrontMatter, text: str) -> None:
        """Put what the file's head says on the page: who is responsible, from when, about what."""
        lines = text[: head.end].split("\n")
        for key, value in head.values.items():
            starts = (number for number, line in enumerate(lines) if line.strip("\"' ").startswith(key))
            number = str(self.line + next(starts, 0))
            if self.parts:
                self._put("\n")
            start = self.at
            self._put(f"{key}: {value}")
            self.blocks.append(Block(start, self.at, spot=Spot(Unit.LINE, number, number)))

    def _inline(self, opened: Token, token: Token) -> None:
        text = shown(inline_text(token.children or ()))
        if opened.type == "heading_open":
            self._add(text.replace("\n", " "), BlockKind.HEADING, opened, level=int(opened.tag[1:]))
        elif opened.type == "paragraph_open":
            self._add(text, BlockKind.ITEM if self.lists else BlockKind.PARAGRAPH, opened)

    def _html(self, token: Token) -> None:
        if not token.content.strip():
            return
        try:
            root = html.fragment_fromstring(token.content, create_parent="div")
        except (etree.ParserError, etree.XMLSyntaxError, ValueError):
            return
        for piece in inline_pieces(root):
            if piece.kind is not None:
                self._add(
                    shown(piece.text), piece.kind, token,
                    level=piece.level, cells=piece.cells, header=piece.header,
                )  # fmt: skip

    def _row(self, tokens: Sequence[Token], place: int) -> None:
        cells: list[str] = []
        header = False
        for number in range(place + 1, len(tokens)):
            token = tokens[number]
            if token.type == "tr_close":
                break
            header = header or token.type == "th_open"
            if token.type == "inline":
                cells.append(" ".join(inline_text(token.children or ()).split()))
        row = table_row([] if header else self.headers, cells)
        if header:
            self.headers = cells
        if row.text:
            self._add(row.text, BlockKind.ROW, tokens[place], cells=row.cells, header=header)

    def _add(
        self, text: str, kind: BlockKind, token: Token, *, level: int = 0,
        cells: tuple[CellSpan, ...] = (), header: bool = False,
    ) -> None:  # fmt: skip
        """Put a block on the page, with the sign of its item."""
        label, self.label = self.label, ""
        if kind == BlockKind.ITEM:
            level = max(level, self.lists)
            text = f"{label} {text}" if label and text else text
        if not text:
            return
        if self.parts:
            alone = kind not in (BlockKind.ITEM, BlockKind.ROW) or self.blocks[-1].kind != kind
            self._put("\n\n" if alone else "\n")
        if kind == BlockKind.ITEM:
            self._put(" " * min(MOST_SPACES, 2 * (level - 1)))
        assert token.map is not None
        first, last = token.map
        spot = Spot(Unit.LINE, str(self.line + first), str(self.line + max(first, last - 1)))
        start = self.at
        self._put(text)
        self.blocks.append(Block(start, self.at, kind, level=level, spot=spot, cells=cells, header=header))

    def _put(self, text: str) -> None:
        self.parts.append(text)
        self.at += len(text)


def _joint(before: str, after: str) -> str:
    """What stands between two lines of a paragraph: nothing, or a space if it was wrapped there."""
    if mark_of(after) is not None or stands_alone(before, after):
        return "\n"
    return "" if before and after and is_cjk(before[-1]) and is_cjk(after[0]) else " "


def inline_text(tokens: Sequence[Token]) -> str:
    """What is shown of a paragraph's tokens."""
    return "".join(_shown_of(tokens))


def _shown_of(tokens: Sequence[Token]) -> Iterator[str]:
    before = ""
    for place, token in enumerate(tokens):
        text = ""
        if token.type in ("text", "code_inline"):
            text = token.content
        elif token.type == "softbreak":
            after = next((follower.content for follower in tokens[place + 1 :] if follower.content), "")
            text = _joint(before, after)
        elif token.type == "hardbreak" or (token.type == "html_inline" and _BREAK.fullmatch(token.content)):
            text = "\n"
        elif token.type == "image":
            text = inline_text(token.children or ()) or token.content
        if text:
            before = text
            yield text

"""Reads plain text and Markdown: a page is what stands between two form feeds, else the whole file; what is
too long for a person to look at is several."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.errors import TooManyPages
from ingest.pages import Block, BlockKind, PageContent, PageKind, Spot, Unit
from language.encodings import decoded

LONGEST_PAGE = 100_000  # characters: a book's chapter
_ITEM = re.compile(r"^\s*(?:[-*+・•]|\d+[.)])\s+")
_MARKS = re.compile(r"^(?:\s*+(?:[-*+>]|\d+[.)])\s++)+|^\s*#{1,6}\s+")
_HEADING_END = re.compile(r"(?<!\s)\s++#++\s*+$")
LONGEST_FRONT = 20_000  # characters of front matter; the title of what is longer is not looked for


def read_plain(content: bytes, name: str, *, markdown: bool, page_limit: int) -> Iterator[PageContent]:
    """The pages; the text is the file's own but for line ends, NUL and form feeds. Raises TooManyPages."""
    text = decoded(content).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    pages = [part for page in text.split("\f") for part in _cut(page)]
    if len(pages) > page_limit:
        raise TooManyPages(name=name, pages=len(pages), limit=page_limit)
    line, title = 1, ""
    for number, page in enumerate(pages, start=1):
        blocks = list(_markdown(page, line) if markdown else _plain(page, line))
        if markdown and number == 1:
            title = _title(page, blocks)
        yield PageContent(number, page, blocks=blocks, kind=PageKind.TEXT, title=title)
        line += page.count("\n")


def _cut(text: str) -> Iterator[str]:
    """A page, in parts of at most LONGEST_PAGE characters: between paragraphs, lines, or anywhere."""
    start = 0
    while len(text) - start > LONGEST_PAGE:
        end = start + LONGEST_PAGE
        for mark in ("\n\n", "\n"):
            at = text.rfind(mark, start + LONGEST_PAGE // 2, end)
            if at >= 0:
                end = at + len(mark)
                break
        yield text[start:end]
        start = end
    yield text[start:]


def _plain(text: str, line: int) -> Iterator[Block]:
    at, start, first = 0, -1, line
    for number, content in enumerate([*text.split("\n"), ""], start=line):
        if start >= 0 and (not content.strip() or _ITEM.match(content)):
            yield Block(start, at - 1, spot=_lines(first, number - 1))
            start = -1
        if content.strip() and start < 0:
            start, first = at, number
        at += len(content) + 1


def _markdown(text: str, line: int) -> Iterator[Block]:
    """The blocks that the CommonMark parser finds, in the file's own text."""
    starts = [0]
    for content in text.split("\n"):
        starts.append(starts[-1] + len(content) + 1)
    items = 0
    _, front_ends = _front(text)
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        items += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
        if token.map is None or starts[token.map[0]] < front_ends:
            continue
        if token.type in (
            "heading_open",
            "paragraph_open",
            "fence",
            "code_block",
            "table_open",
            "html_block",
        ):
            block = _block(token, text, starts, line, in_item=items > 0)
            if block is not None:
                yield block


def _block(token: Token, text: str, starts: list[int], line: int, *, in_item: bool) -> Block | None:
    assert token.map is not None
    first, last = token.map
    start, end = starts[first], min(len(text), starts[last] - 1)
    end = start + len(text[start:end].rstrip())
    spot = _lines(line + first, line + last - 1)
    if token.type == "heading_open":
        marks = _MARKS.match(text[start:end])
        if token.markup.startswith("#"):
            start += marks.end() if marks else 0
            closing = _HEADING_END.search(text[start:end])
            end = start + closing.start() if closing else end
        else:  # underlined with = or -
            end = start + text[start:end].rfind("\n")
        if end <= start or not text[start:end].strip("# "):
            return None
        return Block(start, end, BlockKind.HEADING, level=int(token.tag[1:]), spot=spot)
    if end <= start:
        return None
    return Block(start, end, BlockKind.ITEM if in_item else BlockKind.PARAGRAPH, spot=spot)


def _title(text: str, blocks: list[Block]) -> str:
    """What the front matter says, else the only heading of the first level."""
    title, _ = _front(text)
    if title:
        return title
    first = [block for block in blocks if block.kind == BlockKind.HEADING and block.level == 1]
    return text[first[0].start : first[0].end].strip() if len(first) == 1 else ""


def _front(text: str) -> tuple[str, int]:
    """The title that the front matter between two lines `---` gives, and where that ends; nothing and 0 where
    there is none."""
    head = text[:LONGEST_FRONT]
    if not head.startswith("---\n"):
        return "", 0
    title, at = "", 4
    while (end := head.find("\n", at)) >= 0:
        line = head[at:end]
        at = end + 1
        if line == "---":
            return title, at if title else 0
        if not title and line.startswith("title:"):
            title = line.removeprefix("title:").strip()
            title = title[title[:1] in "\"'" :]
            title = (title[:-1] if title[-1:] in ("'", '"') else title).strip()
    return "", 0


def _lines(first: int, last: int) -> Spot:
    return Spot(Unit.LINE, str(first), str(max(first, last)))

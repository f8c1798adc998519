"""Pages into passages: along headings and paragraphs, about one thought each. Pure.

A passage is what search finds. It never begins in the middle of a paragraph unless the paragraph alone is
longer than LONGEST; it may go over a page's end, and knows which stretch of which page each part of it is.
Running headers and footers stay in the page's text and out of every passage. A passage that begins in the
middle of a table has the table's header as the last part of its heading: a row says little without it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from ingest.pages import Block, BlockKind, PageContent, PageKind
from ingest.places import Place, place_in
from ingest.structure.furniture import running_lines
from language.sentences import sentences
from language.tokens import language_of

SPLITTER_VERSION = "2"
TARGET = 400  # tokens of a passage, by the estimate below: embedders read 256 to 512
LONGEST = 520
HEADING_SIZE = 1.12  # letters this much larger than the text's are a heading's
LONGEST_HEADING = 90  # characters
LONGEST_HEADER = 200  # characters of a table's header that a passage of its later rows carries
ROWS_LOOKED_AT = 5  # below a table's first one, to tell whether it names the columns

OUTSIDE = (BlockKind.HIDDEN, BlockKind.FURNITURE)  # kinds of block that are in no passage

_CJK = regex.compile(r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]")
_WORD = regex.compile(r"[\p{Latin}\p{N}]+")
_CHAPTER = re.compile(r"^第\s*[0-9０-９一二三四五六七八九十百]+\s*[章编編部]|^(?:Chapter|Part)\s+[0-9IVX]+\b")
_ARTICLE = re.compile(
    r"^第\s*[0-9０-９一二三四五六七八九十百]+\s*[条條節节]|^(?:Article|Section)\s+[0-9IVX]+\b"
)
_NUMBERED = re.compile(r"^\d{1,2}(?:\.\d{1,2}){0,3}\.?\s+\S")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Piece:
    """A stretch of one page's text."""

    page: int
    start: int
    end: int


@dataclass(frozen=True)
class SplitPassage:
    """A passage before it is stored."""

    pieces: tuple[Piece, ...]
    heading: str
    text: str
    language: str
    place: Place


def estimated_tokens(text: str) -> int:
    """About the tokens of an embedder: one for each CJK character, 1.3 for each Latin word."""
    return len(_CJK.findall(text)) + round(1.3 * len(_WORD.findall(text)))


@dataclass(frozen=True)
class _Part:
    """A block, or a piece of a too long one, with the page it stands on."""

    page: PageContent
    block: Block
    start: int
    end: int
    tokens: int

    @property
    def text(self) -> str:
        return self.page.text[self.start : self.end]


def split(pages: Sequence[PageContent]) -> list[SplitPassage]:
    """The passages of a document, in its order."""
    furniture = running_lines(pages)
    body = _body_size(pages)
    found: list[SplitPassage] = []
    path: list[tuple[float, str]] = []
    gathered: list[_Part] = []
    heading = ""

    def close() -> None:
        if gathered:
            found.append(_passage(gathered, heading))
            gathered.clear()

    rows = _Headers()
    part = (PageKind.PAGE, "")  # of the file: a sheet, an attachment
    for page in pages:
        if page.kind == PageKind.SLIDE:
            path.clear()  # a slide without a title is not about the slide before it
        elif (page.kind, page.name) != part:
            part = (page.kind, page.name)
            close()
            path[:] = [(0.0, page.name)] if page.name else []
        for number, block in enumerate(page.blocks):
            if block.kind in OUTSIDE or (page.number, number) in furniture:
                continue
            text = page.text[block.start : block.end].strip()
            if not text:
                continue
            header = rows.above(page, number)
            rank = _heading_rank(block, text, body)
            if rank is not None:
                if any(_heading_rank(piece.block, piece.text, body) is None for piece in gathered):
                    close()
                while path and path[-1][0] >= rank:
                    path.pop()
                path.append((rank, text))
                heading = " > ".join(title for _, title in path)
            for piece in _parts(page, block):
                size = sum(piece.tokens for piece in gathered)
                if gathered and size + piece.tokens > TARGET and (rank is None or size > TARGET):
                    close()
                if not gathered and rank is None:
                    heading = " > ".join([*(title for _, title in path), *header])
                gathered.append(piece)
    close()
    return found


class _Headers:
    """The header of the table that the blocks just gone through are rows of. Formats that know their headers
    themselves (a row's block has a spot) write them into every row."""

    def __init__(self) -> None:
        self.header = ""
        self.in_table = False

    def above(self, page: PageContent, number: int) -> list[str]:
        """The header above that block of that page, in a list; empty where there is none."""
        block = page.blocks[number]
        if block.kind != BlockKind.ROW or block.spot is not None:
            self.header, self.in_table = "", False
            return []
        named = self._names_columns(page, number)
        if named or not self.in_table:
            text = " ".join(page.text[block.start : block.end].split())
            self.header = text if named and len(text) <= LONGEST_HEADER else ""
            self.in_table = True
            return []
        return [self.header] if self.header else []

    def _names_columns(self, page: PageContent, number: int) -> bool:
        """Whether a row is a header: without figures above rows that have some, or bold above ones that
        are not."""
        block = page.blocks[number]
        below = [
            one for one in page.blocks[number + 1 : number + 1 + ROWS_LOOKED_AT] if one.kind == BlockKind.ROW
        ]
        if not below or _DIGITS.search(page.text[block.start : block.end]):
            return bool(below) and block.bold and not any(one.bold for one in below)
        figures = sum(bool(_DIGITS.search(page.text[one.start : one.end])) for one in below)
        lone = not self.in_table and block.bold and not any(one.bold for one in below)
        return lone or 2 * figures > len(below)


def _passage(parts: Sequence[_Part], heading: str) -> SplitPassage:
    """Blocks that follow one another on a page become one piece of it."""
    pieces: list[Piece] = []
    texts: list[str] = []
    for part in parts:
        page, last = part.page, pieces[-1] if pieces else None
        gap = page.text[last.end : part.start] if last and last.page == page.number else None
        if last is not None and gap is not None and part.start >= last.end and not gap.strip():
            pieces[-1] = Piece(last.page, last.start, part.end)
            texts[-1] = page.text[last.start : part.end]
        else:
            pieces.append(Piece(page.number, part.start, part.end))
            texts.append(part.text)
    text = "\n".join(texts)
    page = parts[0].page
    blocks = [part.block for part in parts if part.page is page]
    place = place_in(page.kind, page.number, page.name, blocks, blocks[0].start, blocks[-1].end)
    return SplitPassage(tuple(pieces), heading, text, language_of(text), place)


def _parts(page: PageContent, block: Block) -> Iterator[_Part]:
    """The block whole, or by sentences where it is too long for one passage."""
    text = page.text[block.start : block.end]
    tokens = estimated_tokens(text)
    if tokens <= LONGEST:
        yield _Part(page, block, block.start, block.end, tokens)
        return
    start = end = 0
    for first, last in sentences(text):
        while estimated_tokens(text[first:last]) > LONGEST:  # no sentence end anywhere: cut it
            if end > start:
                yield _part(page, block, start, end)
            cut = _fitting(text, first)
            yield _part(page, block, first, cut)
            first = start = end = cut
        if end > start and estimated_tokens(text[start:last]) > TARGET:
            yield _part(page, block, start, end)
            start = first
        elif end == start:
            start = first
        end = last
    if end > start:
        yield _part(page, block, start, end)


def _fitting(text: str, start: int) -> int:
    """The end of as much text from `start` as fits into one passage, at a space where there is one."""
    end = start
    for end in range(min(len(text), start + 4 * LONGEST), start, -20):
        if estimated_tokens(text[start:end]) <= TARGET:
            break
    space = text.rfind(" ", start + 1, end)
    return space if space > start + (end - start) // 2 else end


def _part(page: PageContent, block: Block, start: int, end: int) -> _Part:
    start, end = block.start + start, block.start + end
    return _Part(page, block, start, end, estimated_tokens(page.text[start:end]))


def _body_size(pages: Sequence[PageContent]) -> float:
    """The letter size that most of the text has; 0 where the format knows no sizes."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for block in page.blocks:
            if block.size:
                sizes[round(block.size * 2) / 2] += block.end - block.start
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _heading_rank(block: Block, text: str, body: float) -> float | None:
    """How high a heading stands (smaller is higher); None for what is no heading."""
    if block.kind == BlockKind.HEADING:
        return float(block.level)
    if block.kind == BlockKind.ROW:
        return None
    if len(text) > LONGEST_HEADING or text[-1] in "。.、，,;；":
        return None
    larger = body > 0 and block.size >= HEADING_SIZE * body
    if _CHAPTER.match(text) and (larger or len(text) <= 40):
        return 101.0
    if _ARTICLE.match(text) and (larger or len(text) <= 40):
        return 102.0
    if larger:
        return 100.0 - block.size  # the larger the letters, the higher
    if block.bold and body and block.size >= 0.98 * body and _NUMBERED.match(text):
        return 103.0
    return None

"""Characters with places into lines, and lines into paragraphs. Pure; knows no PDF library.

A page's text is made so that a sentence that was wrapped over several lines is one stretch of it: Latin
lines are joined by a space (a hyphen at the end of a line goes), Chinese and Japanese lines by nothing.
Every character keeps its box; a joining space has none.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from ingest.pages import Block, BlockKind, Box, PageContent, pack_boxes

_CJK = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々、。，．・：；！？「」『』（）［］【】〈〉《》〔〕]"
)
_STARTS = regex.compile(
    r"^(?:第\s*[\d０-９一二三四五六七八九十百]+\s*[章節条款編项項]|附\s*則|[（(][\d０-９一二三四五六七八九十ア-ンa-zA-Z]{1,3}[)）]"
    r"|[\d０-９]{1,3}(?:[.．][\d０-９]{1,3})*(?:[.．、)）][\s　]|[\s　]+(?![a-z\s　]))"  # no "10 days"
    r"|[①-⑳]|[一二三四五六七八九十]{1,3}[、．]"
    r"|[ア-ン][.．、\s　]|[・●○■□◆◇※•‣▪–*-]\s?)"
)
_ENDS = regex.compile(r"[。．.！？!?：:；;」』）)]$")
SAME_SIZE = 0.12  # letters that differ by less than this share of their size belong together
LINE_GAP = 1.9  # lines of one paragraph lie at most this many letter heights apart (top to top)


@dataclass(slots=True)
class Char:
    """A character of a page: its box in points from the upper left, and its letter size in points."""

    text: str
    box: Box
    size: float
    bold: bool = False
    hidden: bool = False


@dataclass
class Line:
    """Characters that stand beside one another, in reading order."""

    chars: list[Char]

    @cached_property
    def text(self) -> str:
        """Its text."""
        return "".join(char.text for char in self.chars)

    @cached_property
    def box(self) -> Box:
        """The box around its visible characters."""
        placed = [char.box for char in self.chars if not char.text.isspace() and char.box[2] > 0]
        if not placed:
            return (0.0, 0.0, 0.0, 0.0)
        return (
            min(box[0] for box in placed),
            min(box[1] for box in placed),
            max(box[2] for box in placed),
            max(box[3] for box in placed),
        )

    @cached_property
    def size(self) -> float:
        """The median size of its letters."""
        sizes = [char.size for char in self.chars if not char.text.isspace()]
        return statistics.median(sizes) if sizes else 0.0

    @cached_property
    def bold(self) -> bool:
        """Whether most of its letters are bold."""
        letters = [char for char in self.chars if not char.text.isspace()]
        return bool(letters) and sum(char.bold for char in letters) * 2 > len(letters)

    @cached_property
    def hidden(self) -> bool:
        """Whether nobody can see it."""
        letters = [char for char in self.chars if not char.text.isspace()]
        return bool(letters) and sum(char.hidden for char in letters) * 2 > len(letters)


def is_cjk(character: str) -> bool:
    """Whether a character is written without spaces around it."""
    return bool(_CJK.match(character))


def paragraphs(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that belong together, in the order given."""
    found: list[list[Line]] = []
    shapes = [(line.box, line.size) for line in lines]
    for number, line in enumerate(lines):
        if found and _goes_on(lines, shapes, number):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _goes_on(lines: Sequence[Line], shapes: list[tuple[Box, float]], number: int) -> bool:
    (left, top, right, _), size = shapes[number]
    (before_left, before_top, before_right, _), before_size = shapes[number - 1]
    before, line = lines[number - 1], lines[number]
    if not size or not before_size or abs(size - before_size) > SAME_SIZE * max(size, before_size):
        return False
    if line.bold != before.bold or line.hidden != before.hidden:
        return False
    if top < before_top or top - before_top > LINE_GAP * max(size, before_size) + 1:
        return False
    if min(right, before_right) - max(left, before_left) <= 0 or _STARTS.match(line.text.strip()):
        return False
    # The line before must have been full: as far right as its neighbours reach, but for a word.
    column = [
        box[2]
        for box, other in shapes
        if other and abs(other - size) <= SAME_SIZE * size and box[0] < before_right and box[2] > before_left
    ]
    edge = max(column, default=before_right)
    ends = bool(_ENDS.search(before.text.rstrip()))
    cjk = is_cjk(before.text.rstrip()[-1:]) and is_cjk(line.text.strip()[:1])
    slack = (2.5 if cjk else 12.0) * size
    if before_right < edge - slack:
        return False
    # A new paragraph that is indented against the line before begins anew.
    return not (ends and left > before_left + 0.8 * size and before_left < left)


def compose(
    number: int, groups: Sequence[Sequence[Line]], width: float, height: float, label: str
) -> PageContent:
    """A page from its paragraphs: text, boxes and blocks."""
    text: list[str] = []
    boxes: list[Box] = []
    blocks: list[Block] = []
    nowhere = (0.0, 0.0, 0.0, 0.0)

    def put(piece: str, box: Box) -> None:
        for character in piece:  # a ligature or an emoji of several code points shares one box
            text.append(character)
            boxes.append(box)

    for group in groups:
        if text:
            put("\n", nowhere)
        start = len(text)
        for line in group:
            chars = _trimmed(line.chars)
            if not chars:
                continue
            if len(text) > start:
                if text[-1] == "-" and len(text) > 1 and text[-2].isalpha() and chars[0].text[:1].islower():
                    text.pop()
                    boxes.pop()
                elif not (is_cjk(text[-1]) and is_cjk(chars[0].text[:1])):
                    put(" ", nowhere)
            for char in chars:
                put(char.text, char.box)
        if len(text) == start:
            if text:
                text.pop()
                boxes.pop()
            continue
        box = _around([line.box for line in group])
        kind = BlockKind.HIDDEN if group[0].hidden else BlockKind.PARAGRAPH
        blocks.append(Block(start, len(text), kind, group[0].size, 0, box, all(line.bold for line in group)))
    return PageContent(
        number, "".join(text), round(width, 1), round(height, 1), label, pack_boxes(boxes), blocks
    )


def _trimmed(chars: list[Char]) -> list[Char]:
    start, end = 0, len(chars)
    while start < end and chars[start].text.isspace():
        start += 1
    while end > start and chars[end - 1].text.isspace():
        end -= 1
    return chars[start:end]


def _around(boxes: Sequence[Box]) -> Box:
    placed = [box for box in boxes if box[2] > 0] or [(0.0, 0.0, 0.0, 0.0)]
    return (
        min(box[0] for box in placed),
        min(box[1] for box in placed),
        max(box[2] for box in placed),
        max(box[3] for box in placed),
    )

"""The blocks of a document's pages as lines: what stands alone, with its sign, and where it begins. Pure.

A block of several lines is taken apart if each line is an item or a field of its own, and stays whole
if it is one text that was wrapped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

import regex

from ingest.pages import Block, BlockKind, PageContent
from language.marks import Mark, MarkKind, mark_of
from language.sentences import is_wrapped

LONGEST_LABEL, LONGEST_VALUE = 24, 120  # characters of a field
# A label is a name: no sentence, no address, no time of day.
_FIELD = regex.compile(
    rf"[\s　]*[【\[]?(?P<label>\p{{L}}[^:：。．、，,;；|\n]{{0,{LONGEST_LABEL}}})[】\]]?[\s　]*"
    r"(?:[:：](?!//|\d\d\b)|(?<=[】\]]))[\s　]*(?P<value>\S.*)"
)
_STOPS = regex.compile(r"[。．！？]|[.!?](?=\s|$)")


@dataclass(frozen=True)
class TextLine:
    """A stretch of one block that stands alone: its place on its page, its sign, and the label of a field."""

    page: PageContent
    number: int  # of its block on the page
    block: Block
    start: int
    end: int
    mark: Mark | None
    label: str = ""
    first: bool = True  # of its block

    @property
    def text(self) -> str:
        """Its text on the page."""
        return self.page.text[self.start : self.end]

    @property
    def behind(self) -> int:
        """Where on the page the text behind its sign begins."""
        if self.mark is None:
            return self.start
        rest = self.text[self.mark.end :]
        return self.start + self.mark.end + len(rest) - len(rest.lstrip())

    @property
    def indent(self) -> float:
        """How far from the left it begins: in points if the page has boxes, else in characters."""
        if self.block.box[2] > 0:
            return self.block.box[0]
        line_start = self.page.text.rfind("\n", 0, self.start) + 1
        before = self.page.text[line_start : self.start]
        return float(
            sum(4 if sign == "\t" else 2 if sign == "　" else 1 for sign in before if sign.isspace())
        )


def lines_of(
    pages: Sequence[PageContent], left_out: Set[tuple[int, int]], outside: Sequence[BlockKind]
) -> Iterator[TextLine]:
    """The lines of all pages in their order, without the blocks of `left_out` (page, number) and of the kinds
    `outside`."""
    for page in pages:
        for number, block in enumerate(page.blocks):
            if block.kind in outside or (page.number, number) in left_out:
                continue
            yield from _lines(page, number, block)


def _lines(page: PageContent, number: int, block: Block) -> Iterator[TextLine]:
    text = page.text[block.start : block.end]
    if not text.strip():
        return
    whole = block.kind in (BlockKind.ROW, BlockKind.HEADING) or "\n" not in text.strip()
    spans = [(0, len(text))] if whole else list(_apart(text))
    first = True
    for start, end in spans:
        part = text[start:end]
        begin = block.start + start + len(part) - len(part.lstrip())
        finish = block.start + end - (len(part) - len(part.rstrip()))
        if begin >= finish:
            continue
        line = page.text[begin:finish]
        mark = mark_of(line) if block.kind != BlockKind.ROW else None
        if block.label and block.kind == BlockKind.ITEM and mark is None and first:
            mark = Mark(MarkKind.BULLET, block.label, 0, 0)
        label = "" if block.kind in (BlockKind.ROW, BlockKind.HEADING) or mark else label_of(line)
        yield TextLine(page, number, block, begin, finish, mark, label, first)
        first = False


def _apart(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of a text of several lines that stand alone."""
    spans: list[tuple[int, int]] = []
    offset = 0
    for line in text.split("\n"):
        spans.append((offset, offset + len(line)))
        offset += len(line) + 1
    spans = [(start, end) for start, end in spans if text[start:end].strip()]
    alone = sum(_stands_alone(text[start:end]) for start, end in spans)
    start, before = -1, ""
    end = 0
    for first, last in spans:
        line = text[first:last]
        together = start >= 0 and (
            is_wrapped(before.strip(), line.strip())
            or (
                not (_stands_alone(line) or _stands_alone(before))
                and (alone == 0 or len(before.strip()) > 2 * LONGEST_LABEL)
            )
        )
        if start < 0:
            start = first
        elif not together:
            yield start, end
            start = first
        before, end = line, last
    if start >= 0:
        yield start, end


def _stands_alone(line: str) -> bool:
    return mark_of(line) is not None or bool(label_of(line))


def label_of(line: str) -> str:
    """The label of a line that is one with its value ("所管：総務部"); empty if it is none."""
    line = line.strip()
    if len(line) > 2 * (LONGEST_LABEL + LONGEST_VALUE):
        return ""
    field = _FIELD.fullmatch(line)
    if field is None or len(field["value"]) > LONGEST_VALUE:
        return ""
    label = str(field["label"]).strip()
    if _STOPS.search(field["value"][:-1]) or (label.isascii() and len(label.split()) > 4):
        return ""
    return label

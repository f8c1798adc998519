"""What the outline of a document is made of: headings, paragraphs, items and rows, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from language.sentences import sentences
from language.structure import NodeKind

CAPTION = "caption"  # the marker of a paragraph that names the table below it


class OutlineKind(StrEnum):
    """What a node is by its writing."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    HEADER = "header"  # of a table
    ROW = "row"
    ASIDE = "aside"  # comments and templates: never a part of an answer


@dataclass
class OutlineNode:
    """A heading, paragraph, item or row: [start, end) on its page, with its marker; `text` without it begins
    at `body`. `parent` is the place of the stem, heading or header that it stands under, -1 for none."""

    kind: OutlineKind
    page: int
    start: int
    end: int
    body: int
    text: str
    piece: int
    depth: int = 0
    parent: int = -1
    children: list[int] = field(default_factory=list)
    marker: str = ""  # which sort of marker, "1." or "(a)"
    follows_blank: bool = False
    number: int = 0  # of an item that is numbered in digits
    before: int = -1  # the node whose last sentence ends here, on the page before

    @property
    def length(self) -> int:
        """Characters."""
        return self.end - self.start


@dataclass(frozen=True)
class OutlinePiece:
    """A stretch of a page that the outline was read from."""

    page: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class TableLine:
    """A row, header row or caption of that table, where its reader knew it as one; `end` on its page."""

    kind: NodeKind
    table: int
    end: int


TableLines = Mapping[tuple[int, int], TableLine]  # by page and start


@dataclass(frozen=True)
class Outline:
    """The nodes in reading order. Nodes of one piece can be shown as one stretch of the page."""

    nodes: tuple[OutlineNode, ...]
    pieces: tuple[OutlinePiece, ...]

    def between(self, piece: int, start: int, end: int) -> str:
        """The page's text at [start, end), which lies in that piece."""
        own = self.pieces[piece]
        return own.text[start - own.start : end - own.start]

    def sentences_of(self, place: int) -> list[tuple[int, int]]:
        """The [start, end) on the page of each sentence of a node; a row is one."""
        node = self.nodes[place]
        if node.kind in (OutlineKind.ROW, OutlineKind.HEADER):
            return [(node.start, node.end)]
        whole = sentences(node.text, paragraph=True)
        return [(node.body + start, node.body + end) for start, end in whole]

    def descendants(self, place: int) -> list[int]:
        """A node and all below it, in reading order."""
        below, open_nodes = [], [place]
        while open_nodes:
            here = open_nodes.pop()
            below.append(here)
            open_nodes += reversed(self.nodes[here].children)
        return sorted(below)

    def heading_of(self, place: int) -> int:
        """The nearest heading above a node, -1 where there is none."""
        while place >= 0 and self.nodes[place].kind is not OutlineKind.HEADING:
            place = self.nodes[place].parent
        return place

    def stems_of(self, place: int) -> list[int]:
        """The paragraphs and items that a node stands under, the highest first, and the header of a row."""
        above: list[int] = []
        node = self.nodes[place].parent
        while node >= 0 and self.nodes[node].kind is not OutlineKind.HEADING:
            above.append(node)
            node = self.nodes[node].parent
        return above[::-1]

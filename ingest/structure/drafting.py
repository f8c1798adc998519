"""What a structure is drafted with: nodes that are being made, lists and headings that are open. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import regex

from ingest.pages import PageContent, PageKind
from ingest.structure.lines import TextLine
from ingest.structure.rows import ColumnNames
from language import clauses
from language.marks import MarkKind
from language.structure import NodeKind, Trait

_CAPTION = regex.compile(
    r"[\s　【\[<＜]{0,8}+(?:(?:[図圖图表]|写真|照片)[\s　]?\p{Nd}{1,3}(?:[-－–.]\p{Nd}{1,3}+){0,6}+"
    r"|別表(?:第?\p{Nd}+)?"
    r"|(?:Table|TABLE|Figure|FIGURE|Fig\.|Exhibit|Chart)\s?\d{1,3}(?:[-–.]\d{1,3}+){0,6}+)"
    r"(?=[\s　.:：．】\]>＞]|$)"
)


LONGEST_CAPTION = 120


@dataclass
class DraftNode:
    """A node that is being made."""

    kind: NodeKind
    page: int
    start: int
    end: int
    parent: int
    level: int = 0
    label: str = ""
    traits: Trait = Trait.NONE
    column: int = 0
    span: int = 1


@dataclass
class OpenList:
    """A list whose items are being read: the sign they have, and the node they belong to."""

    sign: tuple[MarkKind, str]
    parent: int
    indent: float
    kind: NodeKind
    level: int = 0  # as the format says; 0 if it does not
    number: int = 0
    item: int = -1  # the last one


@dataclass
class OpenHead:
    """A heading or article below which the next lines stand."""

    rank: float
    index: int
    depth: int
    number: int = 0  # of the last numbered paragraph in an article


def join(nodes: Sequence[DraftNode], pages: dict[int, PageContent]) -> None:
    """Mark each node that stands directly behind the one before it."""
    last: DraftNode | None = None
    for node in nodes:
        if node.kind in (NodeKind.PART, NodeKind.TABLE, NodeKind.CELL):
            continue
        if last is not None and last.page == node.page and last.end <= node.start:
            between = pages[node.page].text[last.end : node.start]
            if not between.strip():
                node.traits |= Trait.JOINED
        last = node


def _end_of(spans: Sequence[tuple[int, int]], start: int) -> int:
    return next(last for first, last in spans if first == start)


def _before(text: str, end: int) -> int:
    return len(text[:end].rstrip())


def caption_label(line: TextLine) -> str:
    """The label of a caption, "Table 3"; empty if the line is none."""
    match = _CAPTION.match(line.text)
    return match[0].strip(" 　【[<＜") if match else ""


def table_like(line: TextLine) -> bool:
    """Whether the line may be a table's caption, by its first letter."""
    return line.text.lstrip(" 　【[<＜")[:1] in "表别別T"


@dataclass
class TreeDraft:
    """The nodes so far, and what is open: headings, lists, a paragraph, a table."""

    lines: list[TextLine]
    body: float
    nodes: list[DraftNode] = field(default_factory=list)
    heads: list[OpenHead] = field(default_factory=list)
    lists: list[OpenList] = field(default_factory=list)
    paragraph: int = -1  # the last one under this head, which a list or a proviso may belong to
    table: int = -1
    opened: int = -1  # the table of which nothing but a caption or a unit has been read
    after_table: int = -1  # the table that stood directly before this line
    rows: list[TextLine] = field(default_factory=list)  # of the table, so far
    headers: int = 0
    names: list[ColumnNames] = field(default_factory=list)  # of its header, row by row
    part: tuple[PageKind, str, int] = (PageKind.PAGE, "", 0)
    _pages: dict[int, PageContent] = field(default_factory=dict)

    def _close_all(self) -> None:
        self.heads.clear()
        self._close_lists()
        self.table = self.opened = self.after_table = -1

    def _close_lists(self) -> None:
        self.lists.clear()
        self.paragraph = -1

    @property
    def _head(self) -> int:
        return self.heads[-1].index if self.heads else -1

    def _in_article(self) -> bool:
        return self._head >= 0 and self.nodes[self._head].kind == NodeKind.ARTICLE

    def _text_of(self, index: int) -> str | None:
        """The text of a node that was just read."""
        node = self.nodes[index]
        page = self._pages.get(node.page)
        return page.text[node.start : node.end] if page is not None else None

    def _anchor(self) -> int:
        """What a note or a caption belongs to: the text that announced the open list, the last paragraph."""
        if self.lists and self.lists[0].parent != self._head:
            return self.lists[0].parent
        if self.lists:
            return self.lists[0].item
        return self.paragraph if self.paragraph >= 0 else self._head

    def _close_lists_only(self) -> None:
        self.lists.clear()

    def _announcing(self) -> bool:
        """Whether the last paragraph announces what follows it, and nothing else has followed."""
        if self.paragraph < 0 or self.lists:
            return False
        text = self._text_of(self.paragraph)
        return text is not None and clauses.announces(text)

    def _item_announces(self) -> bool:
        if not self.lists:
            return False
        text = self._text_of(self.lists[-1].item)
        return text is not None and clauses.announces(text)

    def _add(
        self, kind: NodeKind, page: int, start: int, end: int, parent: int, level: int = 0, label: str = "",
        traits: Trait = Trait.NONE, *, column: int = 0, span: int = 1,
    ) -> int:  # fmt: skip
        parent = self._open(parent)
        self.nodes.append(DraftNode(kind, page, start, end, parent, level, label, traits, column, span))
        return len(self.nodes) - 1

    def _open(self, parent: int) -> int:
        """That node, or the nearest above it below which the next one may stand: nothing closed it."""
        last = len(self.nodes) - 1
        if parent in (-1, last) or (last >= 0 and parent == self.nodes[last].parent):
            return parent
        way: set[int] = {-1}
        while last >= 0:
            way.add(last)
            last = self.nodes[last].parent
        while parent not in way:
            parent = self.nodes[parent].parent
        return parent

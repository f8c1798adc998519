"""The structure of a document: a tree of headings, articles, paragraphs, items, steps, provisos, notes,
tables and fields, each with the exact stretch of a page that is its own text. Pure; it holds no text.

Nodes stand in reading order, each before its children, so a node and all below it are a range. A node's own
text is one stretch of one page without its children's; a cell alone lies inside the stretch of its row, and
table and part nodes have no text of their own. What goes on behind a child (a sentence behind a proviso, a
paragraph on the next page) is a child of the kind CONTINUED. `ingest.structure` makes the tree.
"""

from __future__ import annotations

import json
import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from functools import cached_property

import numpy as np
import numpy.typing as npt


class NodeKind(IntEnum):
    """What a node is. The numbers are stored: new kinds are added at the end."""

    PART = 0  # of the file: a sheet, a slide, an attachment; it has no text of its own
    HEADING = 1  # what stands under a heading are its children
    ARTICLE = 2  # 第5条, Article 5, Section 5: its number and title; its paragraphs are its children
    PARAGRAPH = 3
    ITEM = 4  # of a list: 一, (1), ア, •
    STEP = 5  # an item of a list whose order counts
    PROVISO = 6  # limits its parent: ただし…, 但…, except that…
    NOTE = 7  # ※, 注, Note: belongs to its parent
    TABLE = 8  # it has no text of its own; caption, header rows, rows and notes are its children
    HEADER_ROW = 9
    UNIT_ROW = 10  # （単位：千円）
    ROW = 11
    CELL = 12  # lies inside its row's stretch
    FIELD = 13  # a label with its value; `label` says the label
    CAPTION = 14  # 表1 …, Figure 2: …
    CONTINUED = 15  # its parent's text goes on


class Trait(IntFlag):
    """What else is true of a node."""

    NONE = 0
    STEM = 1  # announces the items that are its children
    DEFINITION = 2  # says what a term means
    JOINED = 4  # nothing but space stands between it and the node before it, on the same page
    ROW_HEADER = 8  # a cell that names its row
    INLINE = 16  # an article or item whose text begins on the line of its number


LISTED = frozenset({NodeKind.ITEM, NodeKind.STEP})
ROWS = frozenset({NodeKind.HEADER_ROW, NodeKind.UNIT_ROW, NodeKind.ROW})
HEADS = frozenset({NodeKind.PART, NodeKind.HEADING, NodeKind.ARTICLE})
TEXTLESS = frozenset({NodeKind.PART, NodeKind.TABLE})


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its own text is the page's text at [start, end). `parent` is an index, -1 at the top; `label`
    the number or sign before an article or item, or a field's label; `level` the depth among its like from 1.
    """

    kind: NodeKind
    page: int
    start: int
    end: int
    parent: int = -1
    level: int = 0
    label: str = ""
    traits: Trait = Trait.NONE
    column: int = 0  # of a cell, from 0
    span: int = 1  # how many columns a cell goes over


@dataclass(frozen=True, slots=True, order=True)
class PageStretch:
    """A stretch of one page's text."""

    page: int
    start: int
    end: int


_FIELDS: tuple[tuple[str, str], ...] = (
    ("kind", "<u1"), ("traits", "<u1"), ("level", "<u1"), ("page", "<u4"), ("start", "<u4"), ("end", "<u4"),
    ("parent", "<i4"), ("column", "<u2"), ("span", "<u2"),
)  # fmt: skip
_KINDS = tuple(NodeKind)
_TRAITS = tuple(Trait(number) for number in range(32))
_HEAD = struct.Struct("<BI")
_FORM = 1  # of the packed bytes

Numbers = npt.NDArray[np.int64]


class Structure:
    """The nodes of one version, looked up by index or place."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._columns: dict[str, Numbers] = {
            name: np.array([getattr(node, name) for node in nodes], np.int64) for name, _ in _FIELDS
        }
        self.labels: list[str] = [node.label for node in nodes]
        self._runs: dict[int, tuple[list[int], list[int]]] = {}  # of tables: see `_header_rows`

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Node:
        if not 0 <= index < len(self):
            raise IndexError(index)
        value = {name: int(column[index]) for name, column in self._columns.items()}
        return Node(
            NodeKind(value["kind"]), value["page"], value["start"], value["end"], value["parent"],
            value["level"], self.labels[index], Trait(value["traits"]), value["column"], value["span"],
        )  # fmt: skip

    def __iter__(self) -> Iterator[Node]:
        return self.between(0, len(self))

    def between(self, first: int, stop: int) -> Iterator[Node]:
        """The nodes [first, stop): many at once cost a tenth of each by itself."""
        columns = [self._columns[name][first:stop].tolist() for name, _ in _FIELDS]
        for label, kind, traits, level, page, start, end, parent, column, span in zip(
            self.labels[first:stop], *columns, strict=True
        ):
            yield Node(_KINDS[kind], page, start, end, parent, level, label, _TRAITS[traits], column, span)

    # Up and down the tree.

    @cached_property
    def _behind(self) -> Numbers:
        """For each node the index behind its last descendant."""
        behind = list(range(1, len(self) + 1))
        parents = self._columns["parent"].tolist()
        for index in range(len(self) - 1, -1, -1):
            parent = parents[index]
            if parent >= 0 and behind[index] > behind[parent]:
                behind[parent] = behind[index]
        return np.array(behind, np.int64)

    def subtree(self, index: int) -> range:
        """The node and all below it, in reading order."""
        return range(index, int(self._behind[index]))

    def children(self, index: int) -> list[int]:
        """The nodes directly below it (-1: those at the top), in reading order."""
        children: list[int] = []
        child, stop = index + 1, len(self) if index < 0 else int(self._behind[index])
        while child < stop:
            children.append(child)
            child = int(self._behind[child])
        return children

    def parent(self, index: int) -> int:
        """The node above it; -1 for one at the top."""
        return int(self._columns["parent"][index])

    def ancestors(self, index: int) -> list[int]:
        """The nodes above it, the nearest first."""
        ancestors: list[int] = []
        while (index := self.parent(index)) >= 0:
            ancestors.append(index)
        return ancestors

    def path(self, index: int) -> list[int]:
        """The parts, headings and articles above it, the highest first: its heading path."""
        return [above for above in reversed(self.ancestors(index)) if self.kind(above) in HEADS]

    def kind(self, index: int) -> NodeKind:
        """What it is."""
        return NodeKind(int(self._columns["kind"][index]))

    def traits(self, index: int) -> Trait:
        """What else is true of it."""
        return Trait(int(self._columns["traits"][index]))

    # By place.

    @cached_property
    def _by_place(self) -> tuple[Numbers, Numbers]:
        """The nodes with text, by page and start, and their places as one number each."""
        kinds = self._columns["kind"]
        with_text = np.flatnonzero(~np.isin(kinds, [NodeKind.PART, NodeKind.TABLE, NodeKind.CELL]))
        places = (self._columns["page"][with_text] << 32) + self._columns["start"][with_text]
        order = np.argsort(places, kind="stable")
        return with_text[order], places[order]

    def at(self, page: int, start: int, end: int) -> list[int]:
        """The nodes whose own text has part of that page's text at [start, end), in the page's order; rows
        and not their cells. Empty if none has any: hidden text, or a running header."""
        nodes, places = self._by_place
        last = int(np.searchsorted(places, (page << 32) + max(end, start + 1), "left"))
        matching: list[int] = []
        for place in range(last - 1, -1, -1):
            node = int(nodes[place])
            if self._columns["page"][node] != page or self._columns["end"][node] <= start:
                break
            matching.append(node)
        return matching[::-1]

    def cell_at(self, page: int, start: int, end: int) -> int | None:
        """The cell that holds that stretch; None if none does, or several do."""
        for row in self.at(page, start, end):
            for cell in self.children(row):
                if self.kind(cell) == NodeKind.CELL and self._holds(cell, start, end):
                    return cell
        return None

    def _holds(self, index: int, start: int, end: int) -> bool:
        return bool(self._columns["start"][index] <= start and end <= self._columns["end"][index])

    # Units.

    def stretch(self, index: int) -> PageStretch:
        """The place of its own text."""
        columns = self._columns
        return PageStretch(
            int(columns["page"][index]), int(columns["start"][index]), int(columns["end"][index])
        )

    def stretches(self, nodes: Iterable[int]) -> tuple[PageStretch, ...]:
        """The places of those nodes' own texts in reading order, as few as can be: what stands together on a
        page without anything but space between is one stretch."""
        chosen = set(nodes)
        stretches: list[PageStretch] = []
        last = -2
        for index in sorted(chosen):
            kind = self.kind(index)
            if kind in TEXTLESS or (kind == NodeKind.CELL and self.parent(index) in chosen):
                continue
            own = self.stretch(index)
            if self._joins(last, index):
                stretches[-1] = PageStretch(own.page, stretches[-1].start, max(own.end, stretches[-1].end))
            else:
                stretches.append(own)
            last = index
        return tuple(stretches)

    def _joins(self, last: int, index: int) -> bool:
        """Whether the text of `index` stands directly behind that of `last`."""
        if last < 0 or not self.traits(index) & Trait.JOINED:
            return False
        return all(self.kind(between) in (NodeKind.CELL, *TEXTLESS) for between in range(last + 1, index))

    def complete(self, index: int) -> list[int]:
        """The nodes of the smallest whole that the node belongs to, in reading order: a list with what
        announces it, a paragraph with its provisos and notes, a row with its table's headers, units and
        notes, an article or heading with everything under it."""
        kind, parent = self.kind(index), self.parent(index)
        if kind == NodeKind.CELL:
            return self.complete(parent)
        if kind in ROWS:
            return self._with_headers(index)
        if kind == NodeKind.CAPTION and parent >= 0 and self.kind(parent) == NodeKind.TABLE:
            return list(self.subtree(parent))
        if kind in LISTED:
            if parent >= 0 and self.kind(parent) not in HEADS:
                return self.complete(parent)
            return self._run(index)
        bound = parent >= 0 and self.kind(parent) not in (*HEADS, NodeKind.TABLE)
        if bound and kind in (NodeKind.PROVISO, NodeKind.NOTE, NodeKind.CONTINUED):
            return self.complete(parent)
        return list(self.subtree(index))

    def narrow(self, index: int) -> list[int]:
        """The node and what is below it, with what it cannot be understood without: the texts that announce
        an item (not the items beside it), the headers above a row, what a proviso limits."""
        if self.kind(index) == NodeKind.CELL:
            return self.narrow(self.parent(index))
        if self.kind(index) in ROWS:
            return self._with_headers(index)
        above = []
        for node in self.ancestors(index):
            if self.kind(node) in HEADS or self.kind(node) == NodeKind.TABLE:
                break
            above.append(node)
            above += [
                child
                for child in self.children(node)
                if self.kind(child) == NodeKind.CONTINUED and child < index
            ]
        return sorted({*above, *self.subtree(index)})

    def _run(self, index: int) -> list[int]:
        """The items directly under a heading that no text announces, as one list."""
        siblings = self.children(self.parent(index))
        place = siblings.index(index)
        first = last = place
        while first > 0 and self.kind(siblings[first - 1]) in LISTED:
            first -= 1
        while last + 1 < len(siblings) and self.kind(siblings[last + 1]) in LISTED:
            last += 1
        return [node for item in siblings[first : last + 1] for node in self.subtree(item)]

    def provisos(self, index: int) -> list[int]:
        """The provisos that limit it: its own, and those of the texts that announce it."""
        limited = [index, *(node for node in self.ancestors(index) if self.kind(node) not in HEADS)]
        return [
            child for node in limited for child in self.children(node) if self.kind(child) == NodeKind.PROVISO
        ]

    # Tables.

    def table(self, index: int) -> int | None:
        """The table that the node is in."""
        for node in (index, *self.ancestors(index)):
            if self.kind(node) == NodeKind.TABLE:
                return node
        return None

    def tables(self) -> list[int]:
        """All tables, in reading order."""
        tables: list[int] = np.flatnonzero(self._columns["kind"] == NodeKind.TABLE).tolist()
        return tables

    def rows(self, table: int, *kinds: NodeKind) -> list[int]:
        """The rows of a table of those kinds (none given: ROW)."""
        wanted = kinds or (NodeKind.ROW,)
        return [child for child in self.children(table) if self.kind(child) in wanted]

    def cells(self, row: int) -> list[int]:
        """The cells of a row, from the left."""
        return [child for child in self.children(row) if self.kind(child) == NodeKind.CELL]

    def column_headers(self, cell: int) -> list[int]:
        """The header cells above a cell, the highest first."""
        table = self.table(cell)
        if table is None:
            return []
        left, right = self._columns_of(cell)
        headers = []
        for row in self.headers_above(self.parent(cell)):
            for header in self.cells(row):
                first, last = self._columns_of(header)
                if first < right and left < last:
                    headers.append(header)
        return headers

    def row_headers(self, cell: int) -> list[int]:
        """The cells that name the row of a cell, from the left."""
        return [
            other
            for other in self.cells(self.parent(cell))
            if other != cell and self.traits(other) & Trait.ROW_HEADER
        ]

    def _columns_of(self, cell: int) -> tuple[int, int]:
        first = int(self._columns["column"][cell])
        return first, first + max(1, int(self._columns["span"][cell]))

    def headers_above(self, row: int) -> list[int]:
        """The last run of header rows above that row: a table may repeat its column names."""
        table = self.table(row)
        if table is None:
            return []
        if table not in self._runs:
            self._runs[table] = self._header_rows(table)
        headers, begins = self._runs[table]
        last = bisect_left(headers, row) - 1
        return headers[begins[last] : last + 1] if last >= 0 else []

    def _header_rows(self, table: int) -> tuple[list[int], list[int]]:
        """The header rows of a table, and for each where its run begins among them. Kept: a table of tens of
        thousands of rows is not gone through for each of them."""
        headers: list[int] = []
        begins: list[int] = []
        behind = True  # whether another row has followed the run
        for child in self.children(table):
            if self.kind(child) == NodeKind.HEADER_ROW:
                begins.append(len(headers) if behind else begins[-1])
                headers.append(child)
                behind = False
            elif self.kind(child) == NodeKind.ROW:
                behind = True
        return headers, begins

    def _with_headers(self, row: int) -> list[int]:
        table = self.table(row)
        if table is None:
            return list(self.subtree(row))
        beside = [
            child
            for child in self.children(table)
            if self.kind(child) in (NodeKind.CAPTION, NodeKind.UNIT_ROW, NodeKind.NOTE)
        ]
        parts = {*beside, *self.headers_above(row), row}
        return sorted(node for part in parts for node in self.subtree(part))

    # To and from the records.

    def packed(self) -> bytes:
        """As bytes: each column by itself, compressed."""
        labels = json.dumps(self.labels, ensure_ascii=False).encode()
        columns = b"".join(
            np.clip(self._columns[name], -1 if name == "parent" else 0, _most(form)).astype(form).tobytes()
            for name, form in _FIELDS
        )
        return zlib.compress(_HEAD.pack(_FORM, len(self)) + columns + labels, 6)

    @classmethod
    def unpacked(cls, packed: bytes) -> Structure:
        """From `packed`. Raises ValueError for what has another form."""
        content = zlib.decompress(packed)
        form, count = _HEAD.unpack_from(content)
        if form != _FORM:
            raise ValueError(f"a structure of form {form}; this program reads form {_FORM}")
        structure = cls(())
        offset = _HEAD.size
        for name, number in _FIELDS:
            column = np.frombuffer(content, number, count, offset)
            structure._columns[name] = column.astype(np.int64)
            offset += column.nbytes
        structure.labels = json.loads(content[offset:])
        return structure


def _most(form: str) -> int:
    return int(np.iinfo(np.dtype(form)).max)

"""The facts of a document's sections as units that can be quoted by themselves: a sentence with what limits
it, a stem with its items, a table's header with its rows, a label with its value. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from language.clauses import begins_as_proviso
from language.sentences import sentences
from language.structure import HEADS, LISTED, NodeKind, PageStretch, Trait
from retrieval.evidence.units import UnitKind
from retrieval.overview.telling import size, telling
from retrieval.overview.whole_document import WholeDocument

WHOLE_LIST = 130  # characters up to which a list or table is one unit; a longer one gives its telling items
WHOLE_STEM = 90  # and up to which what announces it is shown whole; of a longer one its last sentence
LONGEST = 170  # of a sentence that is a key fact; longer ones are taken where nothing else is
_BOUND = (NodeKind.PROVISO, NodeKind.CONTINUED)


@dataclass(frozen=True)
class Fact:
    """A unit of a section: `node` is where it begins, `head` the heading or article that it stands under,
    `dropped` how many items or rows of its list it leaves out, `first` whether it opens what is under its
    heading."""

    node: int
    head: int
    places: tuple[PageStretch, ...]
    text: str
    kind: UnitKind
    dropped: int = 0
    first: bool = False


def facts_of(whole: WholeDocument, root: int, *, rows_apart: bool = False) -> list[Fact]:
    """The facts under a heading (-1: of what stands under none), in reading order; a table is one, or each of
    its rows."""
    reader = _FactReader(whole, rows_apart)
    if root < 0:
        for child in whole.structure.children(-1):
            if whole.structure.kind(child) not in HEADS:
                reader.read(child, -1)
    else:
        reader.read(root, root)
    return reader.found


class _FactReader:
    """Goes through a tree, heading by heading."""

    def __init__(self, whole: WholeDocument, rows_apart: bool) -> None:
        self.whole, self.tree, self.rows_apart = whole, whole.structure, rows_apart
        self.found: list[Fact] = []
        self._opened: set[int] = set()

    def read(self, node: int, head: int) -> None:
        """All facts of a node and below it."""
        kind = self.tree.kind(node)
        if kind in HEADS:
            if kind == NodeKind.ARTICLE and self.tree.traits(node) & Trait.INLINE:
                self._said(node, node)
            else:
                for child in self.tree.children(node):
                    self.read(child, node)
        elif kind == NodeKind.TABLE:
            self._table(node, head)
        elif kind == NodeKind.FIELD:
            self._add(node, head, [self.tree.stretch(node)], UnitKind.SENTENCE)
        elif kind != NodeKind.CAPTION:
            self._said(node, head)

    def _said(self, node: int, head: int) -> None:
        """What a paragraph, item, note or article says, with what is bound to it."""
        children = self.tree.children(node)
        items = [child for child in children if self.tree.kind(child) in LISTED]
        if len(items) > 1:
            self._list(node, head, items)
            self._rest(node, head, [child for child in children if child not in items])
            return
        bound = [child for child in children if self.tree.kind(child) in _BOUND]
        self._prose(node, head, bound)
        self._rest(node, head, [child for child in children if child not in bound])

    def _rest(self, node: int, head: int, children: Iterable[int]) -> None:
        inside = node if self.tree.kind(node) in HEADS else head
        for child in children:
            self.read(child, inside)

    def _prose(self, node: int, head: int, bound: Sequence[int]) -> None:
        """Each sentence; one that limits what stands before it goes with that."""
        runs: list[list[PageStretch]] = []
        for part in (node, *bound):
            own = self.tree.stretch(part)
            for start, end in sentences(self.whole.text(own), paragraph=True):
                place = PageStretch(own.page, own.start + start, own.start + end)
                text = self.whole.text(place)
                goes_on = runs and (
                    begins_as_proviso(text)
                    or (part != node and start == 0 and self.tree.kind(part) == NodeKind.PROVISO)
                    or (part != node and start == 0 and self._unfinished(runs[-1][-1]))
                )
                if goes_on:
                    runs[-1].append(place)
                else:
                    runs.append([place])
        for run in runs:
            self._add(node, head, run, UnitKind.SENTENCE)

    def _unfinished(self, place: PageStretch) -> bool:
        return self.whole.text(place).rstrip()[-1:] not in "。．.!?！？:：;；」）)"

    def _list(self, node: int, head: int, items: Sequence[int]) -> None:
        """What announces a list, with all its items or those that tell most."""
        own = self.tree.stretch(node)
        stem, text = own, self.whole.text(own)
        if size(text) > WHOLE_STEM:
            spans = sentences(text, paragraph=True)
            for start, end in spans[:-1]:
                self._add(
                    node, head, [PageStretch(own.page, own.start + start, own.start + end)], UnitKind.SENTENCE
                )
            if spans:
                stem = PageStretch(own.page, own.start + spans[-1][0], own.start + spans[-1][1])
        parts = [list(self.tree.stretches(self.tree.subtree(item))) for item in items]
        kept = self._telling_most([stem], parts)
        places = [stem, *(place for number in kept for place in parts[number])]
        self._add(node, head, places, UnitKind.LIST, dropped=len(parts) - len(kept))

    def _table(self, table: int, head: int) -> None:
        """A table's header and units with all its rows or those that tell most."""
        rows = self.tree.rows(table)
        if not rows:
            return
        names = [*self.tree.headers_above(rows[0]), *self.tree.rows(table, NodeKind.UNIT_ROW)]
        named = [self.tree.stretch(row) for row in sorted(names)]
        parts = [[self.tree.stretch(row)] for row in rows]
        if self.rows_apart:
            for part in parts:
                self._add(table, head, [*named, *part], UnitKind.ROWS)
            parts = []
        kept = self._telling_most(named, parts) if parts else []
        places = sorted([*named, *(place for number in kept for place in parts[number])])
        if kept:
            self._add(table, head, places, UnitKind.ROWS, dropped=len(parts) - len(kept))
        for note in self.tree.rows(table, NodeKind.NOTE):
            self.read(note, head)

    def _telling_most(
        self, always: Sequence[PageStretch], parts: Sequence[Sequence[PageStretch]]
    ) -> list[int]:
        """Which parts are shown: all where they are short, else those that tell most, in their order."""
        texts = [" ".join(self.whole.text(place) for place in part) for part in parts]
        room = WHOLE_LIST - sum(size(self.whole.text(place)) for place in always)
        if sum(map(size, texts)) <= max(room, WHOLE_LIST / 2):
            return list(range(len(parts)))
        kept: list[int] = []
        for number in sorted(range(len(parts)), key=lambda number: (-telling(texts[number]), number)):
            if not kept or size(texts[number]) <= room:
                kept.append(number)
                room -= size(texts[number])
        return sorted(kept)

    def _add(
        self, node: int, head: int, places: Sequence[PageStretch], kind: UnitKind, *, dropped: int = 0
    ) -> None:
        joined = self._joined([place for place in places if self.whole.text(place).strip()])
        text = "\n".join(self.whole.text(place) for place in joined)
        if not any(character.isalnum() for character in text):
            return
        first = head not in self._opened
        self._opened.add(head)
        self.found.append(Fact(node, head, joined, text, kind, dropped, first))

    def _joined(self, places: Sequence[PageStretch]) -> tuple[PageStretch, ...]:
        """The places; those with nothing but space between them as one."""
        joined: list[PageStretch] = []
        for place in places:
            last = joined[-1] if joined else None
            between = (
                PageStretch(place.page, last.end, place.start) if last and last.page == place.page else None
            )
            if last and between and between.start <= between.end and not self.whole.text(between).strip():
                joined[-1] = PageStretch(place.page, last.start, place.end)
            else:
                joined.append(place)
        return tuple(joined)

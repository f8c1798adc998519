"""Pages into passages: along the document's tree, about one thought each. Pure.

A passage is what search finds: a whole article or section if it fits, else paragraphs of it, a list with
what announces it and a table with its headers kept together as long as they fit. It may go over a page's end,
and knows which stretch of which page each part of it is. Headings above are its heading path; one under which
nothing stands but other headings is in their paths alone, for it would lend its words to the first of them.
Running headers and footers stay in the page's text and out of every passage. A passage that begins in the
middle of a list or a table has what announces it, or the table's header, as the last part of its heading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import regex

from ingest.pages import PageContent, PageKind
from ingest.places import Place, place_in
from ingest.structure.tree import build
from language.sentences import sentences
from language.structure import HEADS, LISTED, TEXTLESS, NodeKind, Structure
from language.tokens import language_of

SPLITTER_VERSION = (
    "3"  # stands with each version's structure: versions with another one are split again at the next start
)
TARGET = 400  # tokens of a passage, by the estimate below: embedders read 256 to 512
LONGEST = 520
NODES_A_STEP = 1000  # of the tree, between two looks whether the work is to end
LONGEST_HEADER = 200  # characters of a table's header, or of a list's stem, that later passages of it carry

_CJK = regex.compile(r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]")
_WORD = regex.compile(r"[\p{Latin}\p{N}]+")


@dataclass(frozen=True)
class PassagePiece:
    """A stretch of one page's text."""

    page: int
    start: int
    end: int


@dataclass(frozen=True)
class SplitPassage:
    """A passage before it is stored."""

    pieces: tuple[PassagePiece, ...]
    heading: str
    text: str
    language: str
    place: Place


def estimated_tokens(text: str) -> int:
    """About the tokens of an embedder: one for each CJK character, 1.3 for each Latin word."""
    return len(_CJK.findall(text)) + round(1.3 * len(_WORD.findall(text)))


def split(
    pages: Sequence[PageContent],
    structure: Structure | None = None,
    step: Callable[[], None] = lambda: None,
) -> list[SplitPassage]:
    """The passages of a document, in its order; `structure` is its tree, if the caller has made it. `step`
    is called after each passage, and now and then before: it may end the work with an error of its own."""
    return _Split(pages, build(pages, step=step) if structure is None else structure, step).passages()


@dataclass(frozen=True)
class _Part:
    """A node's own text, or a stretch of a too long one; `joined`: nothing but space stands before it and
    behind the part before it."""

    node: int
    piece: PassagePiece
    tokens: int


class _Split:
    """One document being split."""

    def __init__(self, pages: Sequence[PageContent], structure: Structure, step: Callable[[], None]) -> None:
        self.step = step
        self.pages = {page.number: page for page in pages}
        self.structure = structure
        self.nodes = list(structure)
        self.kinds = [node.kind for node in self.nodes]
        self.texts = self._own_texts()
        self.tokens = self._counted()
        self.made: list[SplitPassage] = []
        self.gathered: list[_Part] = []
        self.size = 0

    def _counted(self) -> list[int]:
        """The tokens of each node's own text."""
        tokens: list[int] = []
        for node, text in enumerate(self.texts):
            if node % NODES_A_STEP == 0:
                self.step()
            tokens.append(estimated_tokens(text))
        return tokens

    def _own_texts(self) -> list[str]:
        """Each node's text; a proviso within a paragraph, and what follows it, is the paragraph's."""
        texts: list[str] = []
        self.ends: list[int] = []  # of those texts on their pages
        whole = -1  # the node whose line goes on
        for index, node in enumerate(self.nodes):
            if index % NODES_A_STEP == 0:
                self.step()
            text = self._text(node.page, node.start, node.end)
            if node.kind in TEXTLESS or node.kind == NodeKind.CELL:
                text = ""
            elif whole >= 0 and node.kind in (NodeKind.PROVISO, NodeKind.CONTINUED):
                first = self.nodes[whole]
                between = self._text(node.page, self.ends[whole], node.start)
                beside = not between.strip() and "\n" not in between
                if first.page == node.page and self.ends[whole] <= node.start and beside:
                    texts[whole] = self._text(node.page, first.start, node.end)
                    self.ends[whole] = node.end
                    text = ""
            if text:
                whole = index
            texts.append(text)
            self.ends.append(node.end)
        return texts

    def _text(self, page: int, start: int, end: int) -> str:
        return self.pages[page].text[start:end]

    def passages(self) -> list[SplitPassage]:
        """All of them."""
        self._section(-1)
        self._close()
        return self.made

    # Down the tree.

    def _section(self, head: int) -> None:
        """What stands under a heading (-1: under none): its own text first, then the headings below it."""
        children = self.structure.children(head)
        direct = [child for child in children if self.kinds[child] not in HEADS]
        if head >= 0:
            self._begin(head, direct, alone=len(direct) == len(children))
        groups = list(self._groups(direct))
        own = self.tokens[head] if head >= 0 else 0
        whole = head >= 0 and own + sum(map(self._size, groups)) <= LONGEST
        for group in groups:
            self._add_group(group, LONGEST if whole else TARGET)
        for child in children:
            if self.kinds[child] in HEADS:
                self._section(child)

    def _begin(self, head: int, direct: Sequence[int], *, alone: bool) -> None:
        """Begin a passage with a heading if text stands under it, or with nothing at all."""
        waiting = any(self.kinds[part.node] not in HEADS for part in self.gathered)
        if waiting or self.kinds[head] == NodeKind.PART:
            if self.kinds[head] != NodeKind.PART or not self._is_slide(head):
                self._close()
            elif waiting:
                self._close_where_full()
        if (direct or alone) and self.texts[head]:
            self._add(head)

    def _is_slide(self, part: int) -> bool:
        page = self.pages.get(self.nodes[part].page)
        return page is not None and page.kind == PageKind.SLIDE

    def _groups(self, nodes: Sequence[int]) -> Iterator[range]:
        """What is kept together: a child with all below it, and items that nothing announces."""
        index = 0
        while index < len(nodes):
            first = last = index
            if self.kinds[nodes[first]] in LISTED:
                while last + 1 < len(nodes) and self.kinds[nodes[last + 1]] in LISTED:
                    last += 1
            yield range(nodes[first], self.structure.subtree(nodes[last]).stop)
            index = last + 1

    def _size(self, group: range) -> int:
        return sum(self.tokens[node] for node in group)

    def _add_group(self, group: range, limit: int) -> None:
        size = self._size(group)
        headings_alone = all(self.kinds[part.node] in HEADS for part in self.gathered)
        if self.gathered and self.size + size > limit and not (headings_alone and size > LONGEST):
            self._close_but_headings(size)
        if size <= LONGEST:
            for node in group:
                self._add(node)
            return
        for node in group:  # too long for one passage
            if self.gathered and self.size + self.tokens[node] > TARGET:
                self._close_but_headings(self.tokens[node])
            self._add(node)

    def _close_but_headings(self, size: int) -> None:
        """Close the passage, but for one that is nothing but headings and has room."""
        alone = all(self.kinds[part.node] in HEADS for part in self.gathered)
        if not alone or self.size + min(size, LONGEST) > LONGEST:
            self._close()

    def _close_where_full(self) -> None:
        if self.size > TARGET:
            self._close()

    # Passages.

    def _add(self, node: int) -> None:
        """Add a node's own text; one that is too long by sentences, closing passages between."""
        text = self.texts[node]
        if not text:
            return
        own = self.nodes[node]
        if self.tokens[node] <= LONGEST:
            if self.gathered and self.size + self.tokens[node] > LONGEST + TARGET:
                self._close()
            self._gather(node, PassagePiece(own.page, own.start, self.ends[node]), self.tokens[node])
            return
        for start, end in _cut(text):
            piece = PassagePiece(own.page, own.start + start, own.start + end)
            tokens = estimated_tokens(text[start:end])
            if self.gathered and self.size + tokens > TARGET:
                self._close_but_headings(tokens)
            self._gather(node, piece, tokens)

    def _gather(self, node: int, piece: PassagePiece, tokens: int) -> None:
        self.gathered.append(_Part(node, piece, tokens))
        self.size += tokens

    def _close(self) -> None:
        """Make the gathered parts a passage."""
        if not self.gathered:
            return
        self.step()
        pieces: list[PassagePiece] = []
        for part in self.gathered:
            piece, last = part.piece, pieces[-1] if pieces else None
            if last is not None and last.page == piece.page and last.end <= piece.start:
                between = self._text(piece.page, last.end, piece.start)
                if not between.strip():
                    pieces[-1] = PassagePiece(last.page, last.start, piece.end)
                    continue
            pieces.append(piece)
        text = "\n".join(self._text(piece.page, piece.start, piece.end) for piece in pieces)
        page = self.pages[pieces[0].page]
        first = [piece for piece in pieces if piece.page == page.number]
        place = place_in(page.kind, page.number, page.name, page.blocks, first[0].start, first[-1].end)
        self.made.append(SplitPassage(tuple(pieces), self._heading(), text, language_of(text), place))
        self.gathered.clear()
        self.size = 0

    def _heading(self) -> str:
        """The heading path of the gathered parts: of the first that is no heading, if there is one."""
        first = next(
            (part for part in self.gathered if self.kinds[part.node] not in HEADS), self.gathered[-1]
        )
        node = first.node
        path = self.structure.path(node)
        if self.kinds[node] in HEADS:
            path.append(node)
        titles: list[str] = []
        for head in path:
            kind = self.kinds[head]
            title = (
                self.structure.labels[head] if kind == NodeKind.PART else " ".join(self.texts[head].split())
            )
            if title and titles[-1:] != [title]:
                titles.append(title)
        return " > ".join([*titles, *self._above(self.gathered[0])])

    def _above(self, first: _Part) -> list[str]:
        """What a passage's first part cannot be understood without: the stem above an item, the header above
        a row that does not say it itself."""
        node = first.node
        kind = self.kinds[node]
        if kind == NodeKind.ROW:
            names = (self.structure.labels[cell].rpartition(" > ")[2] for cell in self.structure.cells(node))
            if any(name and name in self.texts[node] for name in names):
                return []
            headers = self.structure.headers_above(node)
            if len(headers) > LONGEST_HEADER:  # each has a character at least
                return []
            title = " ".join(" ".join(self.texts[header].split()) for header in headers)
        elif kind in HEADS or first.piece.start > self.nodes[node].start:
            return []
        else:
            parent = self.nodes[node].parent
            if parent < 0 or self.kinds[parent] in HEADS or self.kinds[parent] == NodeKind.TABLE:
                return []
            title = " ".join(self.texts[parent].split())
        return [title] if 0 < len(title) <= LONGEST_HEADER else []


def _cut(text: str) -> Iterator[tuple[int, int]]:
    """A text that is too long for one passage in stretches that are not, at sentence ends if there are
    some."""
    start = end = 0
    for first, last in _sentences_and_rests(text):
        while estimated_tokens(text[first:last]) > LONGEST:  # no sentence end anywhere: cut it
            if end > start:
                yield start, end
            cut = _fitting(text, first)
            yield first, cut
            first = start = end = cut
        if end > start and estimated_tokens(text[start:last]) > TARGET:
            yield start, end
            start = first
        elif end == start:
            start = first
        end = last
    if end > start:
        yield start, end


def _sentences_and_rests(text: str) -> Iterator[tuple[int, int]]:
    """The sentences, each from the end of the one before: a number alone is not one, and belongs to the
    next."""
    ends = [last for _, last in sentences(text)]
    whole = len(text.rstrip())
    start = 0
    for last in [*ends[:-1], whole]:
        while start < last and text[start].isspace():
            start += 1
        if start < last:
            yield start, last
        start = max(start, last)


def _fitting(text: str, start: int) -> int:
    """The end of as much text from `start` as fits into one passage, at a space if there is one."""
    end = start
    for end in range(min(len(text), start + 4 * LONGEST), start, -20):
        if estimated_tokens(text[start:end]) <= TARGET:
            break
    space = text.rfind(" ", start + 1, end)
    return space if space > start + (end - start) // 2 else end

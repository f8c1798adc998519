"""The shape of a stretch of a document, told by how its lines are written: headings, paragraphs, items under
their stems, rows under their header. Pure; it changes no text and joins none that the page does not hold.

A reader of files sees more than lines do (sizes, ruled tables); what it kept of that is in the passages: their
pieces are stretches of pages, their headings name the lines that are headings; and in the structure of their
version, which knows the rows of a table whose text shows no columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import regex

from core.models import Passage
from language.labels import stands_alone
from language.structure import NodeKind
from language.tokens import CJK
from retrieval.evidence.outline_nodes import (
    CAPTION,
    Outline,
    OutlineKind,
    OutlineNode,
    OutlinePiece,
    TableLine,
    TableLines,
)

TAB = 4  # columns of a tab in an indentation
LONGEST_STEM = 400  # characters of a stem that is shown above one of its items
WIDTH = (60, 100)
WRAPPED = {True: 26, False: 46}  # characters (wide, narrow) from which a line may have been wrapped
LONGEST_CELLS = {True: 45, False: 80}  # characters (wide, narrow) of a line of cells
FEWEST_LINES, MOST_PARTS, FIGURED = 4, 3, 0.4  # of a table that is lines of cells alone
LONGEST_UNMARKED = {True: 40, False: 90}  # characters (wide, narrow) of an item without a marker


_MARKERS: tuple[tuple[str, regex.Pattern[str]], ...] = (
    ("bullet", regex.compile(r"[-*+•‣◦・●○■□◆◇▪▶►]\s+(?=\S)|[•・●○■□◆◇▪](?=\S)")),
    ("article", regex.compile(r"第\s*[\p{N}〇一二三四五六七八九十百]+\s*[条條](?:の[\p{N}一二三四五六七八九十]+)?[\s　]*")),
    ("decimal", regex.compile(r"\p{Nd}{1,2}(?:[.．]\p{Nd}{1,2}){1,3}[.．]?[\s　]+")),
    ("number", regex.compile(r"\p{Nd}{1,3}(?:[.．、:：](?!\p{Nd})|[)）])[\s　]*")),
    ("spaced number", regex.compile(r"\p{Nd}{1,2}[　]+(?=\S)")),
    ("bracketed number", regex.compile(r"[（(]\p{Nd}{1,3}[)）][\s　]*")),
    ("circled", regex.compile(r"[①-⑳❶-❿㈠-㈩][\s　]*")),
    ("han", regex.compile(r"[一二三四五六七八九十]{1,3}(?:[、．.][\s　]*|[\s　]+(?=\S))")),
    ("bracketed han", regex.compile(r"[（(][一二三四五六七八九十]{1,3}[)）][\s　]*")),
    ("kana", regex.compile(r"[（(]?[アイウエオカキクケコ](?:[)）．.、]|[　])[\s　]*")),
    ("letter", regex.compile(r"[（(]?[a-z](?:[)）]|[.．](?=\s))[\s　]*")),
    ("capital", regex.compile(r"[（(]?[A-Z](?:[)）]|[.．](?=\s[\p{Lu}]))[\s　]*")),
    ("roman", regex.compile(r"[（(]?[ivx]{2,4}[)）.][\s　]*")),
)  # fmt: skip
_ASIDE = regex.compile(
    r"<!--.{3,}+(?<=-->)|\{[%#].{2,}+(?<=[%#]\})|\[[^\]\n]++\]:\s*+\S++|</?[a-z][^>]*+>|```.*+|-{3,}+|_{3,}+|\*{3,}+"
)
_RULE_ROW = regex.compile(r"[\s|:+-]+$")
_LABELLED_CELL = regex.compile(r"(?:^|\|)\s*[^|:：]{1,60}: ")
_END = regex.compile(r"[。．.!?！？:：;；…）)」』】\]|]\s*$")
_NO_CELL = regex.compile(r"[。.!?！？…；;]\s*$|[:：]\s|：|^[※*•・(（]|://|@")
_UNIT_ALONE = regex.compile(r"[円元人名日回件個箱台本枚％年月時分]")  # a wrapped cell's last character
_SENTENCE_END = regex.compile(r"[。．.!?！？:：;；…]\s*$")
_DIGITS = regex.compile(r"\d{1,3}")
_COUNTED = ("number", "spaced number", "bracketed number")
_PROSE = (OutlineKind.PARAGRAPH, OutlineKind.ITEM)
_BOLD = regex.compile(r"\s*(?:\*\*|__)[^*_]{1,80}(?:\*\*|__)[:：]?\s*$")
STEM_WORDS = regex.compile(
    r"[:：]\s{0,4}[*_]{0,4}\s{0,4}$|(?:次|以下|下記|左記)(?:の|に|から|を|は|と|による|各)|下列|以下|如下|(?:次|以下)のとおり|"
    r"各号|\bfollow(?:s|ing)\b|\bbelow\b",
    regex.I,
)


@lru_cache(maxsize=512)
def _outlined(
    pieces: tuple[OutlinePiece, ...],
    headings: frozenset[str],
    tables: tuple[tuple[int, int, TableLine], ...],
) -> Outline:
    reader = _LineReader(pieces, headings, {(page, start): line for page, start, line in tables})
    for number in range(len(pieces)):
        reader.read(number)
    reader.end()
    return Outline(tuple(_with_rows_of_cells(reader.nodes, pieces)), pieces)


def outline(passages: Sequence[Passage], tables: TableLines | None = None) -> Outline:
    """The outline of passages that follow one another in one version; `tables` are the lines of its tables
    that are known as such."""
    pieces: list[OutlinePiece] = []
    headings: set[str] = set()
    for passage in passages:
        headings.update(part.strip() for part in passage.heading.split(" > "))
        offset = 0
        for page, start, end in passage.pieces:
            text = passage.text[offset : offset + end - start]
            offset += end - start + 1
            pieces.append(OutlinePiece(page, start, end, text))
    known = tuple((*place, tables[place]) for place in sorted(tables)) if tables else ()
    return _outlined(tuple(pieces), frozenset(filter(None, headings)), known)


@dataclass
class _LineReader:
    """Reads the lines one after another; `stack` holds the open items: (indentation, marker, node)."""

    pieces: Sequence[OutlinePiece]
    headings: frozenset[str]
    tables: TableLines
    nodes: list[OutlineNode] = field(default_factory=list)
    stack: list[tuple[int, str, int]] = field(default_factory=list)
    heading: int = -1
    paragraph: int = -1  # the last paragraph under this heading, which a list may hang from
    announced: int = -1  # the paragraph that the lines just read are unmarked items of
    rows: list[int] = field(default_factory=list)  # of the table that is being read
    ruled: int = 0  # how many of them stand above a rule
    table: int = -1  # which one it is, where its reader knew it
    row_end: int = 0  # where a row ends that goes over several lines
    captions: dict[int, int] = field(default_factory=dict)  # the nodes that name tables, by table
    in_comment: bool = False
    blank: bool = True

    def read(self, number: int) -> None:
        """All lines of one piece."""
        piece = self.pieces[number]
        offset = 0
        self.blank = True
        self.row_end = 0
        for line in piece.text.split("\n"):
            self._line(number, piece, offset, line)
            offset += len(line) + 1

    def end(self) -> None:
        """Say that nothing follows."""
        self._close_table()

    def _line(self, number: int, piece: OutlinePiece, offset: int, line: str) -> None:
        bare = line.strip()
        if not bare:
            self.blank = True
            return
        start = piece.start + offset + len(line) - len(line.lstrip())
        if start < self.row_end:
            return
        end = piece.start + offset + len(line.rstrip())
        indent = _indentation(line)
        node = OutlineNode(OutlineKind.PARAGRAPH, piece.page, start, end, start, bare, number)
        node.follows_blank = self.blank
        known = None if _is_row(bare) else self.tables.get((piece.page, start))
        if known is not None and known.end > piece.end:
            known = None
        if self.rows and self.table != (known.table if known else -1 if _is_row(bare) else -2):
            self._close_table()
        if known is not None:
            self._known(node, known, piece)
            self.blank = False
            return
        if self._aside(bare):
            node.kind = OutlineKind.ASIDE
            self._add(node, -1)
        elif self._is_heading(bare, number, offset):
            self._head(node)
        elif _is_row(bare):
            self._row(node, bare)
        else:
            sort, length = _marker(bare)
            if sort:
                self._item(node, indent, sort, length)
            elif not self._continues(node, indent, line):
                self._paragraph(node, indent)
        self.blank = False

    def _aside(self, bare: str) -> bool:
        if self.in_comment:
            self.in_comment = "-->" not in bare
            return True
        if bare.startswith("<!--") and "-->" not in bare:
            self.in_comment = True
            return True
        return bool(_ASIDE.fullmatch(bare))

    def _is_heading(self, bare: str, number: int, offset: int) -> bool:
        plain = bare.strip("#* 　\t")
        if plain in self.headings and len(plain) <= 120:
            return True
        return bare.startswith("#") or (bool(_BOLD.match(bare)) and self.blank)

    def _head(self, node: OutlineNode) -> None:
        node.kind = OutlineKind.HEADING
        self.stack.clear()
        self.paragraph = -1
        minor = bool(_BOLD.match(node.text)) and node.text.strip("* ") not in self.headings
        self.heading = self._add(node, self.heading if minor and self.heading >= 0 else -1)

    def _row(self, node: OutlineNode, bare: str) -> None:
        node.kind = OutlineKind.ROW
        if _RULE_ROW.match(bare):  # the line under a Markdown table's header
            node.kind = OutlineKind.ASIDE
            if self.rows and not self.ruled:
                self.ruled = len(self.rows)
            self._add(node, -1)
            return
        self.rows.append(self._add(node, self._above()))

    def _above(self) -> int:
        """What a table hangs from: the open item, the last paragraph, or the heading."""
        return self.stack[-1][2] if self.stack else self.paragraph if self.paragraph >= 0 else self.heading

    def _known(self, node: OutlineNode, known: TableLine, piece: OutlinePiece) -> None:
        """A line of a table that its reader knew as one."""
        if known.kind == NodeKind.CAPTION:
            self._close_table()
            above = self._above()
            announced = above >= 0 and bool(STEM_WORDS.search(self.nodes[above].text))
            node.marker = CAPTION
            self.captions[known.table] = self._add(node, above if announced else self.heading)
            return
        node.kind, node.end = OutlineKind.ROW, max(node.end, known.end)
        node.text = piece.text[node.start - piece.start : node.end - piece.start]
        self.row_end, self.table = node.end, known.table
        above = self.captions.get(known.table, self._above())
        if known.kind == NodeKind.HEADER_ROW and self.ruled == len(self.rows):
            self.ruled += 1
        self.rows.append(self._add(node, above))

    def _close_table(self) -> None:
        """Put the rows of the tables that end here under their headers."""
        rows, ruled = self.rows, self.ruled
        self.rows, self.ruled, self.table = [], 0, -1
        begin = 0
        named = [bool(_LABELLED_CELL.search(self.nodes[place].text)) for place in rows]
        for number in range(1, len(rows) + 1):
            # a row without names below rows that have them is the header of the next table
            if number == len(rows) or (named[number - 1] and not named[number]):
                self._put_under_header(rows[begin:number], ruled if begin == 0 else 0)
                begin = number

    def _put_under_header(self, rows: Sequence[int], ruled: int) -> None:
        headers = ruled or _headers([self.nodes[place].text for place in rows])
        if not 0 < headers < len(rows):
            return
        for place in rows[:headers]:
            self.nodes[place].kind = OutlineKind.HEADER
        for place in rows[1:]:
            above = self.nodes[place].parent
            if above >= 0:
                self.nodes[above].children.remove(place)
            self.nodes[place].parent = rows[0]
            self.nodes[rows[0]].children.append(place)

    def _item(self, node: OutlineNode, indent: int, sort: str, length: int) -> None:
        node.kind, node.marker = OutlineKind.ITEM, sort
        node.body = node.start + length
        node.text = node.text[length:]
        digits = _DIGITS.search(self.pieces[node.piece].text, node.start - self.pieces[node.piece].start)
        node.number = int(digits[0]) if digits and sort in _COUNTED else 0
        while self.stack:
            top_indent, top_sort, top = self.stack[-1]
            if indent == top_indent and sort == top_sort and node.number:
                # Without indentation, as in PDFs, a list within a list begins with 1 behind what announces it.
                if node.number == 1 and STEM_WORDS.search(self.nodes[top].text):
                    break
                self.stack.pop()
                if self.nodes[top].number == node.number - 1:
                    break
                continue
            if (
                indent < top_indent
                or (indent == top_indent and sort == top_sort)
                or (indent == top_indent and any(sort == other for _, other, _ in self.stack))
            ):
                self.stack.pop()
            else:
                break
        parent = self.stack[-1][2] if self.stack else self._stem(sort)
        node.depth = len(self.stack)
        place = self._add(node, parent)
        self.stack.append((indent, sort, place))

    def _stem(self, sort: str) -> int:
        """What a list of that sort hangs from: the paragraph before it where it announces a list. Bullets
        need no announcing; numbers may number the paragraphs of a section."""
        last = self.nodes[self.paragraph] if self.paragraph >= 0 else None
        if last is not None and (sort == "bullet" or STEM_WORDS.search(last.text)):
            return self.paragraph
        return self.heading

    def _continues(self, node: OutlineNode, indent: int, line: str) -> bool:
        """Whether the line goes on with the node before it, which then ends where it ends."""
        last = self.nodes[-1] if self.nodes else None
        if last is None or self.blank or last.piece != node.piece:
            return False
        if last.kind not in (OutlineKind.PARAGRAPH, OutlineKind.ITEM):
            return False
        before = last.text.rsplit("\n", 1)[-1]
        wide = bool(CJK.search(before))
        inside = last.kind is OutlineKind.ITEM and bool(self.stack) and indent > self.stack[-1][0]
        wrapped = not wide and WIDTH[0] <= len(before) <= WIDTH[1]  # at a width as editors have it
        if not inside and not wrapped:
            if _END.search(before) and not (not wide and before.rstrip()[-1] in ")]"):
                return False
            if not node.text[:1].islower() and len(before) < WRAPPED[wide]:
                return False
            if stands_alone(before, node.text):
                return False
        elif inside and wide and _END.search(before):
            return False
        piece = self.pieces[node.piece]
        last.end = node.end
        last.text = piece.text[last.body - piece.start : node.end - piece.start]
        return True

    def _paragraph(self, node: OutlineNode, indent: int) -> None:
        while self.stack and indent <= self.stack[-1][0]:
            self.stack.pop()
        if self.stack:  # a paragraph inside an item
            node.depth = len(self.stack)
            self._add(node, self.stack[-1][2])
            return
        if self._is_unmarked_item(node):
            node.kind, node.marker = OutlineKind.ITEM, "line"
            self._add(node, self.announced)
            return
        node.before = self._unfinished(node)
        self.paragraph = self._add(node, self.heading)

    def _unfinished(self, node: OutlineNode) -> int:
        """The last node of the page before where the paragraph goes on with its last sentence; -1 for none."""
        last = self.nodes[-1] if self.nodes else None
        if (
            last is None
            or last.page + 1 != node.page
            or last.kind not in _PROSE
            or node.follows_blank is False
        ):
            return -1
        long = len(last.text.rsplit("\n", 1)[-1]) >= WRAPPED[bool(CJK.search(last.text))]
        return len(self.nodes) - 1 if long and not _END.search(last.text) else -1

    def _is_unmarked_item(self, node: OutlineNode) -> bool:
        """Whether a short line that is no sentence is an item of the paragraph that announces a list right
        before it: pages of the web and copied texts have lists whose signs are in no text."""
        last = len(self.nodes) - 1
        if last < 0 or self.blank or self.nodes[last].piece != node.piece:
            return False
        short = len(node.text) <= LONGEST_UNMARKED[bool(CJK.search(node.text))]
        if not short or _SENTENCE_END.search(node.text):
            return False
        if last == self.paragraph and STEM_WORDS.search(self.nodes[last].text):
            self.announced = last
            return True
        above = self.nodes[last]
        return above.marker == "line" and above.parent == self.announced

    def _add(self, node: OutlineNode, parent: int) -> int:
        place = len(self.nodes)
        node.parent = parent
        if parent >= 0:
            self.nodes[parent].children.append(place)
        self.nodes.append(node)
        return place


def _with_rows_of_cells(nodes: list[OutlineNode], pieces: Sequence[OutlinePiece]) -> list[OutlineNode]:
    """The nodes with runs of lines that are a table's cells as rows under their first: a PDF's tables come
    without what parts their columns, and often with a line for each cell."""
    groups: dict[int, list[list[int]]] = {}  # the first line of a table, and the lines of each of its rows
    place = 0
    while place < len(nodes):
        end = place
        while end < len(nodes) and _is_line_of_cells(nodes[end], nodes[place]):
            end += 1
        if end - place >= FEWEST_LINES:
            rows = _rows_of_cells([nodes[number].text for number in range(place, end)])
            if rows:
                groups[place] = [part for row in rows for part in _of_one_piece(nodes, place, row)]
        place = max(end, place + 1)
    if not groups:
        return nodes
    dropped: set[int] = set()
    for first, rows in groups.items():
        above = nodes[first].parent
        for row in rows:
            node, last = nodes[row[0]], nodes[row[-1]]
            own = pieces[node.piece]
            node.kind, node.end = OutlineKind.ROW, last.end
            node.text = own.text[node.body - own.start : node.end - own.start]
            dropped.update(row[1:])
            if row[0] != first:
                node.parent = first
                nodes[first].children.append(row[0])
        nodes[first].kind = OutlineKind.HEADER
        if above >= 0:
            inside = {number for row in rows for number in row if number != first}
            nodes[above].children = [child for child in nodes[above].children if child not in inside]
    kept = [number for number in range(len(nodes)) if number not in dropped]
    moved = {number: new for new, number in enumerate(kept)}
    for number in kept:
        nodes[number].parent = moved.get(nodes[number].parent, -1)
        nodes[number].before = moved.get(nodes[number].before, -1)
        nodes[number].children = [moved[child] for child in nodes[number].children]
    return [nodes[number] for number in kept]


def _of_one_piece(nodes: Sequence[OutlineNode], place: int, row: Sequence[int]) -> list[list[int]]:
    """The places of a row's lines, from `place` on, in as many rows as it has pieces: none reaches over two."""
    parts: list[list[int]] = []
    for number in row:
        if parts and nodes[parts[-1][0]].piece == nodes[place + number].piece:
            parts[-1].append(place + number)
        else:
            parts.append([place + number])
    return parts


def _is_line_of_cells(node: OutlineNode, first: OutlineNode) -> bool:
    """Whether a node is one line that may be cells of the table that begins with `first`."""
    return (
        node.kind is OutlineKind.PARAGRAPH
        and node.parent == first.parent
        and not node.children
        and "\n" not in node.text
        and len(node.text) <= LONGEST_CELLS[bool(CJK.search(node.text))]
        and not _NO_CELL.search(node.text)
    )


def _rows_of_cells(lines: Sequence[str]) -> list[list[int]]:
    """The lines of each row; none where they are no table. A row begins with a name: what begins with a
    figure or a sign goes on with it."""
    figured = sum(any(character.isdigit() for character in line) for line in lines)
    if figured < FIGURED * len(lines) or max(len(line.split()) for line in lines) < MOST_PARTS:
        return []
    rows: list[list[int]] = []
    for number, line in enumerate(lines):
        if not rows or (line[0].isalpha() and not _UNIT_ALONE.fullmatch(line)):
            rows.append([number])
        else:
            rows[-1].append(number)
    return rows if len(rows) > 2 else []


def _indentation(line: str) -> int:
    columns = 0
    for character in line:
        if character == "\t":
            columns += TAB
        elif character == "　":
            columns += 2
        elif character == " ":
            columns += 1
        else:
            break
    return columns


def _marker(bare: str) -> tuple[str, int]:
    """The sort of a line's list marker and its length; ("", 0) where it has none."""
    for sort, pattern in _MARKERS:
        match = pattern.match(bare)
        if match and match.end() < len(bare):
            return sort, match.end()
    return "", 0


def _headers(rows: Sequence[str]) -> int:
    """How many of a table's first rows name its columns: those without "name: value" above rows that have it,
    or one without figures above rows that have some."""
    labelled = [bool(_LABELLED_CELL.search(row)) for row in rows]
    if any(labelled):
        return labelled.index(True)
    figures = [any(character.isdigit() for character in row) for row in rows]
    return int(len(rows) > 1 and not figures[0] and 2 * sum(figures) > len(rows) - 1)


def tells_rows(text: str) -> bool:
    """Whether a text shows by itself that it holds rows of a table."""
    return any(_is_row(line.strip()) for line in text.split("\n"))


def _is_row(bare: str) -> bool:
    return bare.startswith("|") or " | " in bare or bare.count("\t") >= 1

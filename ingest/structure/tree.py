"""Makes a document's structure from its pages: `build`. Pure.

Line by line, in reading order: a heading closes what stands lower than it, an item belongs to the list that
its sign goes on with, and a list, a table or a proviso to the text that announces it or that it limits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import regex

from ingest.pages import BlockKind, PageContent, PageKind, Unit
from ingest.structure.drafting import (
    _CAPTION,
    LONGEST_CAPTION,
    OpenHead,
    OpenList,
    TreeDraft,
    _before,
    _end_of,
    caption_label,
    join,
    table_like,
)
from ingest.structure.furniture import running_lines
from ingest.structure.heads import body_size, head_rank, is_inline_article, title_end
from ingest.structure.lines import TextLine, lines_of
from ingest.structure.rows import (
    MOST_HEADER_ROWS,
    ColumnNames,
    RowCell,
    cells_of,
    goes_on,
    is_row,
    names_columns,
    says_unit,
)
from language import clauses
from language.marks import ITEMS, Mark, MarkKind
from language.sentences import is_wrapped, sentences
from language.structure import Node, NodeKind, Structure, Trait

OUTSIDE = (BlockKind.HIDDEN, BlockKind.FURNITURE)  # kinds of block that are in no passage
ASIDE = (Unit.FOOTNOTE, Unit.ENDNOTE, Unit.COMMENT)  # places of notes
MOST_NAMED = 10  # header rows whose names a cell is given
LINES_A_STEP = 100  # between two looks whether the work is to end
INDENTED = 6.0  # points, or characters of a text without boxes, are no deeper indent
ORDERED = ITEMS - {MarkKind.BULLET}
_ENDED = regex.compile(r"[。．.!！?？]['\"”’」』）)】\]]{0,8}+\s{0,8}+$")
_BRACKETED = regex.compile(r"[（(【\[][^（()）]{1,40}[)）】\]]")


@dataclass
class _Build(TreeDraft):
    """The nodes so far, and the way down to where the next line stands."""

    def run(self, step: Callable[[], None]) -> None:
        """Read all lines."""
        for number, line in enumerate(self.lines):
            if number % LINES_A_STEP == 0:
                step()
            self._part(line.page)
            if is_row(line):
                self._row(number)
                continue
            self.opened = self.table if not self.rows else -1
            self.after_table = self.table if self.table >= 0 and self.rows else self.after_table
            self.table = -1
            if not self._text(number):
                self.after_table = -1

    # Parts and heads.

    def _part(self, page: PageContent) -> None:
        each = page.number if page.kind == PageKind.SLIDE else 0
        part = (page.kind, page.name, each)
        if part == self.part:
            return
        self.part = part
        self._close_all()
        if page.name or page.kind == PageKind.SLIDE:
            index = self._add(NodeKind.PART, page.number, 0, 0, -1, 1, page.name)
            self.heads.append(OpenHead(-1.0, index, 0))

    def _heading(self, line: TextLine, rank: float) -> None:
        caption = self._caption_above(line)
        while self.heads and self.heads[-1].rank >= rank:
            self.heads.pop()
        self._close_lists()
        article = line.mark is not None and line.mark.kind == MarkKind.ARTICLE
        depth = (self.heads[-1].depth if self.heads else 0) + 1
        label = line.mark.label if line.mark is not None else ""
        end = title_end(line) if is_inline_article(line) else line.end
        kind = NodeKind.ARTICLE if article else NodeKind.HEADING
        start = line.start if caption is None else caption
        index = self._add(kind, line.page.number, start, end, self._head, depth, label)
        self.heads.append(OpenHead(rank, index, depth))
        if end < line.end:
            self.nodes[index].traits |= Trait.INLINE
            begin = end + len(line.page.text[end : line.end]) - len(line.page.text[end : line.end].lstrip())
            self._paragraph(line, begin)

    def _caption_above(self, line: TextLine) -> int | None:
        """Where the title in brackets begins that stands on a line of its own above an article, as in
        Japanese law; it was taken for a paragraph of the article before."""
        last = len(self.nodes) - 1
        if line.mark is None or line.mark.kind != MarkKind.ARTICLE or last < 0:
            return None
        node, page = self.nodes[last], line.page
        if (
            node.kind != NodeKind.PARAGRAPH
            or node.page != page.number
            or page.text[node.end : line.start].strip()
        ):
            return None
        if not _BRACKETED.fullmatch(page.text[node.start : node.end]):
            return None
        self.nodes.pop()
        return node.start

    # Text.

    def _text(self, number: int) -> bool:
        """Read a line that is no row; whether it belongs to the table before it."""
        line = self.lines[number]
        rank = head_rank(self.lines, number, self.body)
        if rank is not None:
            self._heading(line, rank)
            return False
        if self._continues(line):
            return False
        if self._above_table(number):
            return True
        mark = line.mark
        spot = line.block.spot
        if (mark is not None and mark.kind == MarkKind.NOTE) or (spot is not None and spot.unit in ASIDE):
            self._note(line, mark.label if mark is not None else "")
            return True
        if line.block.kind == BlockKind.ITEM and mark is None and self.lists:
            self._more_of_item(line)
        elif mark is not None and (mark.kind in ITEMS or mark.kind == MarkKind.DECIMAL):
            self._marked(line, mark)
        elif line.label and not clauses.begins_as_proviso(line.text):
            self._field(line)
        else:
            self._paragraph(line, line.start)
        return False

    def _continues(self, line: TextLine) -> bool:
        """Add a line that continues the paragraph on the page before it."""
        last = len(self.nodes) - 1
        if last < 0 or line.mark is not None or self.nodes[last].page == line.page.number:
            return False
        node = self.nodes[last]
        if node.kind not in (
            NodeKind.PARAGRAPH,
            NodeKind.ITEM,
            NodeKind.STEP,
            NodeKind.CONTINUED,
            NodeKind.PROVISO,
        ):
            return False
        before = self._text_of(last)
        if before is None or not is_wrapped(before.rpartition("\n")[2], line.text.partition("\n")[0]):
            return False
        self._add(NodeKind.CONTINUED, line.page.number, line.start, line.end, last, node.level)
        return True

    def _above_table(self, number: int) -> bool:
        """Begin a table with its caption or unit, if rows follow."""
        line = self.lines[number]
        caption = bool(_CAPTION.match(line.text)) and len(line.text) <= LONGEST_CAPTION
        if not caption and not says_unit(line.text):
            return False
        ahead = number + 1
        while ahead < len(self.lines) and ahead <= number + 2 and says_unit(self.lines[ahead].text):
            ahead += 1
        if ahead < len(self.lines) and is_row(self.lines[ahead]):
            if self.opened >= 0:
                self.table = self.opened
            else:
                self._open_table(line)
        elif caption and self.after_table >= 0 and not table_like(line):
            self.table = self.after_table  # a caption below its table
            self._add_row(line, NodeKind.CAPTION)
            self.table = -1
            return True
        elif caption:
            self._add(
                NodeKind.CAPTION,
                line.page.number,
                line.start,
                line.end,
                self._anchor(),
                0,
                caption_label(line),
            )
            self.after_table = -1
            return True
        else:
            return False
        self._add_row(line, NodeKind.CAPTION if caption else NodeKind.UNIT_ROW)
        return True

    def _note(self, line: TextLine, label: str) -> None:
        parent = self.after_table if self.after_table >= 0 else self._anchor()
        self._add(NodeKind.NOTE, line.page.number, line.start, line.end, parent, 0, label)

    def _field(self, line: TextLine) -> None:
        stem = self._announcing()
        if not stem:
            self._close_lists_only()
        parent = self.paragraph if stem else self._head
        self._add(NodeKind.FIELD, line.page.number, line.start, line.end, parent, 0, line.label)
        if stem:
            self.nodes[parent].traits |= Trait.STEM
        else:
            self.paragraph = -1

    def _paragraph(self, line: TextLine, begin: int, label: str = "") -> None:
        """A paragraph, or a proviso of the one before it."""
        text = line.page.text[begin : line.end]
        behind = line.behind - begin if label else 0
        limits = clauses.begins_as_proviso(text[max(0, behind) :])
        anchor = self.lists[0].parent if self.lists and self.lists[0].parent != self._head else self.paragraph
        self.lists.clear()
        if limits and anchor >= 0:
            self.paragraph = self._sentences(NodeKind.PROVISO, line, begin, anchor, label)
        else:
            self.paragraph = self._sentences(NodeKind.PARAGRAPH, line, begin, self._head, label)

    def _sentences(
        self, kind: NodeKind, line: TextLine, begin: int, parent: int, label: str, level: int = 1
    ) -> int:
        """A text of several sentences: the node, and below it its provisos and what follows each."""
        text = line.page.text[begin : line.end]
        spans = sentences(text)
        cuts = [start for start, _ in spans[1:] if clauses.limits(text[start : _end_of(spans, start)])]
        end = begin + (_before(text, cuts[0]) if cuts else len(text))
        traits = Trait.DEFINITION if clauses.defines(text) else Trait.NONE
        index = self._add(kind, line.page.number, begin, end, parent, level, label, traits)
        for start in cuts:
            stop = _end_of(spans, start)
            self._add(NodeKind.PROVISO, line.page.number, begin + start, begin + stop, index)
            following = min((cut for cut in cuts if cut > start), default=len(text))
            rest = text[stop:following]
            if rest.strip():
                first = begin + stop + len(rest) - len(rest.lstrip())
                last = begin + stop + len(rest.rstrip())
                self._add(NodeKind.CONTINUED, line.page.number, first, last, index)
        return index

    # Lists.

    def _more_of_item(self, line: TextLine) -> None:
        """A further paragraph of the last item."""
        level = line.block.level
        while level and len(self.lists) > 1 and self.lists[-1].level > level:
            self.lists.pop()
        self._add(
            NodeKind.CONTINUED, line.page.number, line.start, line.end, self.lists[-1].item, len(self.lists)
        )

    def _marked(self, line: TextLine, mark: Mark) -> None:
        """An item of a list, or a numbered paragraph of an article."""
        if self._is_numbered_paragraph(line, mark):
            head = self.heads[-1]
            head.number = mark.number
            self._paragraph(line, line.start, mark.label)
            return
        open_list = self._list_of(line, mark)
        open_list.number = mark.number
        node = self.nodes[open_list.parent] if open_list.parent >= 0 else None
        if node is not None and node.kind not in (NodeKind.HEADING, NodeKind.ARTICLE, NodeKind.PART):
            node.traits |= Trait.STEM
        behind = line.page.text[line.behind : line.end]
        kind = NodeKind.PROVISO if clauses.begins_as_proviso(behind) and node is not None else open_list.kind
        open_list.item = self._sentences(
            kind, line, line.start, open_list.parent, mark.label, len(self.lists)
        )

    def _is_numbered_paragraph(self, line: TextLine, mark: Mark) -> bool:
        """Whether a number counts the paragraphs (項) of an article and no items."""
        if mark.kind != MarkKind.NUMBER or not self._in_article() or line.block.level > 1:
            return False
        head = self.heads[-1]
        if (
            self.lists
            and self.lists[0].sign[0] == MarkKind.NUMBER
            and self.lists[0].number + 1 == mark.number
        ):
            return False
        if mark.number == 1:
            return head.number == 0 and not (self.paragraph >= 0 and self._announcing())
        # A number that goes on with no list is the article's, even if one was left out or given twice.
        return head.number > 0 or mark.number == 2 or line.block.level == 1

    def _list_of(self, line: TextLine, mark: Mark) -> OpenList:
        """The list that an item goes on with; a new one if it continues none."""
        sign = (mark.kind, mark.label if mark.kind == MarkKind.BULLET else "")
        if line.block.kind == BlockKind.ITEM and line.block.level > 0:
            level = line.block.level
            while self.lists and self.lists[-1].level > level:
                self.lists.pop()
            if self.lists and self.lists[-1].level == level:
                if self.lists[-1].sign[0] == sign[0]:
                    return self.lists[-1]
                self.lists.pop()
            return self._new_list(line, sign)
        indent = line.indent
        place = self._place(sign, mark.number, indent)
        if place is not None:
            del self.lists[place + 1 :]
            return self.lists[place]
        if mark.number > 1 or not self.lists or self.lists[-1].sign == sign:
            same = [number for number, open_list in enumerate(self.lists) if open_list.sign == sign]
            if same and mark.number > 1:
                del self.lists[same[-1] + 1 :]
                return self.lists[-1]
        while self.lists and indent < self.lists[-1].indent - INDENTED:
            self.lists.pop()
        return self._new_list(line, sign)

    def _place(self, sign: tuple[MarkKind, str], number: int, indent: float) -> int | None:
        """Which of the open lists has that item as its next."""
        for place in range(len(self.lists) - 1, -1, -1):
            open_list = self.lists[place]
            if open_list.sign != sign:
                continue
            if number == 0 and indent > open_list.indent + INDENTED / 3 and place == len(self.lists) - 1:
                return None  # the same sign, further in
            if (
                number == 0
                and indent < open_list.indent - INDENTED / 3
                and any(other.sign == sign for other in self.lists[:place])
            ):
                continue
            if number == 0 or number == open_list.number + 1:
                return place
        return None

    def _new_list(self, line: TextLine, sign: tuple[MarkKind, str]) -> OpenList:
        parent = self.lists[-1].item if self.lists else self._stem(sign[0])
        ordered = sign[0] in ORDERED
        steps = sign[0] == MarkKind.STEP or (ordered and self._tells_how(parent))
        level = line.block.level if line.block.kind == BlockKind.ITEM else 0
        opened = OpenList(sign, parent, line.indent, NodeKind.STEP if steps else NodeKind.ITEM, level)
        self.lists.append(opened)
        return opened

    def _stem(self, sign: MarkKind) -> int:
        """The paragraph that a new list belongs to, else the head."""
        if self.paragraph < 0:
            return self._head
        text = self._text_of(self.paragraph) or ""
        numbered = self._in_article() and sign != MarkKind.NUMBER
        if clauses.announces(text) or numbered or not _ENDED.search(text[-40:]):
            return self.paragraph
        return self._head

    def _tells_how(self, parent: int) -> bool:
        """Whether what a list belongs to, or the heading above it, speaks of a procedure."""
        nodes = {parent, self._head} - {-1}
        return any(
            clauses.tells_how(self._text_of(index) or "")
            for index in nodes
            if self.nodes[index].kind != NodeKind.ARTICLE or index == parent
        )

    # Tables.

    def _row(self, number: int) -> None:
        line = self.lines[number]
        if self.table >= 0 and self.rows and not goes_on(self.rows[-1], line):
            self.table = -1
        if self.table < 0:
            self._open_table(line)
        following = self._following(number)
        first = not self.rows
        heading = self.headers == len(self.rows) or not self.headers
        # Below a header that the reader knows as one, a label that stands alone belongs to the rows beneath
        # it.
        heading = heading and not (self._named_by_reader() and len(cells_of(line)) == 1)
        header = (line.block.header or (heading and self.headers < MOST_HEADER_ROWS)) and names_columns(
            following, 0, first=first
        )
        kind = NodeKind.HEADER_ROW if header else NodeKind.UNIT_ROW if says_unit(line.text) else NodeKind.ROW
        if header:
            self.headers = self.headers + 1 if self.headers == len(self.rows) else 1
        self.rows.append(line)
        index = self._add_row(line, kind)
        cells = cells_of(line)
        if header:
            above = self.names[1 - MOST_NAMED :] if self.headers > 1 else []
            self.names = [*above, ColumnNames(line, cells)]
        else:
            cells = self._labelled(line, cells)
        for cell in cells:
            traits = Trait.ROW_HEADER if cell.names_row else Trait.NONE
            self._add(
                NodeKind.CELL, line.page.number, cell.start, cell.end, index, 0, cell.label, traits,
                column=cell.column, span=cell.span,
            )  # fmt: skip

    def _named_by_reader(self) -> bool:
        """Whether the table's first row is a header by what its reader says, which then knows its columns."""
        return bool(self.rows) and self.rows[0].block.header

    def _labelled(self, line: TextLine, cells: list[RowCell]) -> list[RowCell]:
        """The cells of a row, each with the name of its column if the row itself does not say it."""
        if not self.names or any(cell.label for cell in cells):
            return cells
        # Where its reader does not know the columns, its empty cells are not known either.
        unsure = not self._named_by_reader() or len(cells) == 1
        if line.block.spot is None and len(cells) != len(self.names[-1]) and unsure:
            return cells
        return [replace(cell, label=self._name_of(cell)) for cell in cells]

    def _name_of(self, cell: RowCell) -> str:
        """What the header's rows call a cell's column: `2026 > April`."""
        return " > ".join(dict.fromkeys(name for row in self.names for name in row.over(cell)))

    def _following(self, number: int) -> list[TextLine]:
        """That row and those that follow it without other text between."""
        rows = [self.lines[number]]
        for line in self.lines[number + 1 : number + 8]:
            if not is_row(line) or not goes_on(rows[-1], line):
                break
            rows.append(line)
        return rows

    def _open_table(self, line: TextLine) -> None:
        announced = self._announcing()
        parent = (
            self.paragraph if announced else self.lists[-1].item if self._item_announces() else self._head
        )
        if announced:
            self.nodes[parent].traits |= Trait.STEM
        elif parent == self._head:
            self.lists.clear()
        self.table = self._add(NodeKind.TABLE, line.page.number, line.start, line.start, parent)
        self.rows, self.names, self.headers = [], [], 0

    def _add_row(self, line: TextLine, kind: NodeKind) -> int:
        label = caption_label(line) if kind == NodeKind.CAPTION else ""
        return self._add(kind, line.page.number, line.start, line.end, self.table, 0, label)


def build(
    pages: Sequence[PageContent],
    furniture: set[tuple[int, int]] | None = None,
    *,
    step: Callable[[], None] = lambda: None,
) -> Structure:
    """The structure of a document. `furniture`: (page, block) of its running headers and footers, where the
    caller has found them. `step` is called now and then, and may end the work with an error of its own."""
    left_out = running_lines(pages) if furniture is None else furniture
    lines = list(lines_of(pages, left_out, OUTSIDE))
    made = _Build(lines, body_size(pages), _pages={page.number: page for page in pages})
    made.run(step)
    join(made.nodes, made._pages)
    return Structure(
        [
            Node(
                draft.kind, draft.page, draft.start, draft.end, draft.parent, draft.level, draft.label,
                draft.traits, draft.column, draft.span,
            )
            for draft in made.nodes
        ]
    )  # fmt: skip

"""The text of a page without a picture, laid out: headings, paragraphs, lists, tables; the quote is marked.
Pure; all that is shown is the page's own text, escaped."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from contract.documents import PageBlockOut, PageOut
from ui.language import Words, script_of
from ui.markup import escape

MOST_LEVELS = 6
UNSEEN = ("hidden",)  # what nobody sees in the original either
LINES = "line"


class _Marked:
    """A page's text, of which pieces are taken with what is marked in them."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.start, self.end = text, start, end

    def piece(self, start: int, end: int) -> str:
        """The characters at [start, end) as HTML."""
        first, last = max(start, self.start), min(end, self.end)
        if first >= last or not self.text[first:last].strip():
            return escape(self.text[start:end])
        before, inside, behind = self.text[start:first], self.text[first:last], self.text[last:end]
        return f"{escape(before)}<mark>{escape(inside)}</mark>{escape(behind)}"


def page_layout(page: PageOut, start: int, end: int, words: Words) -> str:
    """The page with the characters at [start, end) marked; nothing is marked where they are equal."""
    marked = _Marked(page.text, start, end)
    blocks = sorted(
        (block for block in page.blocks if block.kind not in UNSEEN), key=lambda block: block.start
    )
    numbered = bool(blocks) and all(
        block.kind in ("paragraph", "item") and block.unit == LINES for block in blocks
    )
    parts: list[str] = []
    done = 0
    for is_row, group in groupby(blocks, lambda block: block.kind == "row" and bool(block.cells)):
        together = list(group)
        if is_row:
            parts.append(_between(marked, done, together[0].start))
            parts.append(_table(marked, together))
            done = max(done, together[-1].end)
            continue
        for block in together:
            parts.append(_between(marked, done, block.start))
            parts.append(_block(marked, block, numbered=numbered))
            done = max(done, block.end)
    parts.append(_between(marked, done, len(page.text)))
    language, name = script_of(page.text, words.language), escape(words("viewer.content"), quote=True)
    style = "page-text numbered" if numbered else "page-text"
    return (
        f'<div class="{style}" lang="{language}" tabindex="0" role="region" aria-label="{name}">'
        f"{''.join(parts)}</div>"
    )


def _between(marked: _Marked, start: int, end: int) -> str:
    """What stands outside of the blocks: nothing but spaces, as a rule."""
    return f"<p>{marked.piece(start, end)}</p>" if marked.text[start:end].strip() else ""


def _block(marked: _Marked, block: PageBlockOut, *, numbered: bool) -> str:
    inner = marked.piece(block.start, block.end)
    if block.kind == "heading":
        level = min(MOST_LEVELS, max(1, block.level) + 2)
        return f'<p class="head level-{level}" role="heading" aria-level="{level}">{inner}</p>'
    if block.kind == "item":
        inner = f"{escape(block.label)} {inner}" if block.label else inner
        return f'<p class="item"{_line(block, numbered)} style="--level:{max(1, block.level)}">{inner}</p>'
    if block.kind == "furniture":
        return f'<p class="furniture">{inner}</p>'
    style = ' class="strong"' if block.bold else ""
    return f"<p{style}{_line(block, numbered)}>{inner}</p>"


def _line(block: PageBlockOut, numbered: bool) -> str:
    """The number of the block's first line in the file."""
    return f' data-line="{escape(block.first, quote=True)}"' if numbered else ""


def _table(marked: _Marked, rows: Sequence[PageBlockOut]) -> str:
    """Rows that stand one after another; a cell over several columns is one."""
    parts = []
    for row in rows:
        cells, column = [], 0
        for cell in sorted(row.cells, key=lambda inside: inside.column):
            if cell.column > column:  # what the reader left out is empty
                cells.append("<td></td>" * min(cell.column - column, 200))
            tag = "th" if row.header or cell.names_row else "td"
            scope = ' scope="col"' if row.header else ' scope="row"' if cell.names_row else ""
            span = f' colspan="{cell.span}"' if cell.span > 1 else ""
            inner = marked.piece(row.start + cell.start, row.start + cell.end)
            cells.append(f"<{tag}{scope}{span}>{inner}</{tag}>")
            column = cell.column + max(1, cell.span)
        parts.append(f"<tr>{''.join(cells)}</tr>")
    return f'<div class="wide"><table>{"".join(parts)}</table></div>'

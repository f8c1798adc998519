"""Lines of characters with places into paragraphs, and paragraphs into a page. Pure; knows no PDF library.

A page's text is made so that a sentence that was wrapped over several lines is one stretch of it: Latin
lines are joined by a space (a hyphen at the end of a line goes), Chinese and Japanese lines by nothing.
Every character keeps its box; a joining space has none.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import regex

from ingest.pages import Block, BlockKind, Box, CellSpan, PageContent, pack_boxes
from language.labels import stands_alone
from language.marks import mark_of
from language.tokens import is_cjk

_ENDS = regex.compile(r"[。．.！？!?：:；;」』）)]$")
# Words that a number follows: a line that begins with one goes on with them, "as shown in Table / 2. Meals".
_TAKES_NUMBER = regex.compile(
    r"(?:\b(?:tables?|figures?|fig\.|sections?|articles?|chapters?|appendix|annex|schedule|pages?|items?|clauses?|paragraphs?|rules?|no\.)|[表図图第])$",
    regex.I,
)
_HYPHENATED = regex.compile(r"(?<!\p{L})(\p{L}+)-$")
_WORD = regex.compile(r"^(\p{Ll}\p{L}*)")
SAME_SIZE = 0.12  # letters that differ by less than this share of their size belong together
LINE_GAP = 1.9  # lines of one paragraph lie at most this many letter heights apart (top to top)
WIDE_GAP = 3.2  # and at most this many on a page that is set in wide lines throughout, as drafts of law are
WIDE_LINES = 4  # lines before and after one that show how far apart its page's lines lie
NEIGHBOURS = 60  # lines before and after one that show how far its column reaches
NOWHERE: Box = (0.0, 0.0, 0.0, 0.0)

Boxes = npt.NDArray[np.float64]


@dataclass(slots=True)
class Char:
    """A character of a page: its box in points from the upper left, and its letter size in points."""

    text: str
    box: Box
    size: float
    bold: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Line:
    """Characters that stand beside one another (above one another where `vertical`), in reading order.

    `boxes` has a row of left, top, right, bottom for each character of `text`, zeros if it has no place;
    `box` is the one around them, `size` the height of its letters in points. `cells` are the places in the
    text at which a wide gap stands: the columns of a table's row; `columns` says the number of each and how
    many it goes over, where lines are ruled between them, `header` that it names them. `row` is the number of
    the table that it is a row of, `level` that of a heading; `furniture`: the file itself says
    that it is no part of the text.
    """

    text: str
    boxes: Boxes
    box: Box
    size: float
    bold: bool = False
    hidden: str = ""
    vertical: bool = False
    cells: tuple[int, ...] = ()
    row: int = 0
    level: int = 0
    furniture: bool = False
    columns: tuple[tuple[int, int], ...] = ()
    header: bool = False


def line_of(chars: Sequence[Char]) -> Line:
    """A line of those characters; the several code points of one (a ligature, an emoji) share its box."""
    text = "".join(char.text for char in chars)
    boxes = np.array([char.box for char in chars for _ in char.text], np.float64).reshape(-1, 4)
    letters = [char for char in chars if not char.text.isspace()]
    size = statistics.median(char.size for char in letters) if letters else 0.0
    bold = bool(letters) and sum(char.bold for char in letters) * 2 > len(letters)
    hidden = bool(letters) and sum(char.hidden for char in letters) * 2 > len(letters)
    return Line(text, boxes, around(boxes), size, bold, "hidden" if hidden else "")


def around(boxes: Boxes) -> Box:
    """The box around those that are somewhere."""
    placed = boxes[boxes[:, 2] > 0]
    if not len(placed):
        return NOWHERE
    left, top = placed[:, :2].min(axis=0).tolist()
    right, bottom = placed[:, 2:].max(axis=0).tolist()
    return (left, top, right, bottom)


def paragraphs(lines: Sequence[Line], width: float = 0.0) -> list[list[Line]]:
    """Lines that belong together, in the order given; `width` is the page's, for vertical writing."""
    groups: list[list[Line]] = []
    shapes = [_shape(line, width) for line in lines]
    edges = _edges(shapes)
    for number, line in enumerate(lines):
        goes_on = bool(groups) and _goes_on(lines, shapes, edges, number)
        if goes_on and len(groups[-1]) == 1 and stands_alone(groups[-1][0].text, line.text):
            goes_on = False
        if goes_on:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _shape(line: Line, width: float) -> tuple[float, float, float, float, float]:
    """A line's box and size, turned so that vertical lines lie as horizontal ones do: the first on top."""
    left, top, right, bottom = line.box
    if line.vertical:
        left, top, right, bottom = top, width - right, bottom, width - left
    return left, top, right, bottom, line.size


def _edges(shapes: Sequence[tuple[float, float, float, float, float]]) -> list[float]:
    """How far right the lines reach that stand in each line's column and have its size of letters. A line
    that reaches over what stands beside it, as an author's name over two columns, is of neither column."""
    if not shapes:
        return []
    left, top, right, bottom, size = np.array(shapes, np.float64).T
    edges: list[float] = []
    for start in range(0, len(shapes), 4 * NEIGHBOURS):
        some = slice(start, start + 4 * NEIGHBOURS)
        near = slice(max(0, start - NEIGHBOURS), start + 5 * NEIGHBOURS)
        alike = np.abs(size[near] - size[some, None]) <= SAME_SIZE * size[some, None]
        column = alike & (left[near] < right[some, None]) & (right[near] > left[some, None])
        row = (top[near] < bottom[some, None] - 0.3 * size[some, None]) & (
            bottom[near] > top[some, None] + 0.3 * size[some, None]
        )
        beside = alike & row & (left[near] >= right[some, None] - 0.3 * size[some, None])
        end = np.where(beside, left[near], np.inf).min(axis=1)
        column &= right[near] <= end[:, None] + 0.3 * size[some, None]
        reach = np.where(column, right[near], right[some, None]).max(axis=1)
        edges += np.maximum(reach, right[some]).tolist()
    return edges


def _goes_on(
    lines: Sequence[Line],
    shapes: Sequence[tuple[float, float, float, float, float]],
    edges: Sequence[float],
    number: int,
) -> bool:
    left, top, right, _, size = shapes[number]
    before_left, before_top, before_right, _, before_size = shapes[number - 1]
    before, line = lines[number - 1], lines[number]
    if line.row or before.row or line.level or before.level or line.vertical != before.vertical:
        return False
    if not size or not before_size or abs(size - before_size) > SAME_SIZE * max(size, before_size):
        return False
    if (line.bold, line.hidden, line.furniture) != (before.bold, before.hidden, before.furniture):
        return False
    gap, letter = top - before_top, max(size, before_size)
    wide = gap > LINE_GAP * letter + 1
    if gap < 0 or (wide and not _is_usual(gap, shapes, number)):
        return False
    if min(right, before_right) - max(left, before_left) <= 0:
        return False
    if mark_of(line.text) and not _TAKES_NUMBER.search(before.text.rstrip()):
        return False
    # The line before must have been full: as far right as its neighbours reach, but for a word.
    last, first = before.text.rstrip()[-1:], line.text.strip()[:1]
    slack = (2.5 if is_cjk(last) and is_cjk(first) else 12.0) * size
    if before_right < edges[number - 1] - slack:
        return False
    ends = bool(_ENDS.search(before.text.rstrip()))
    # Far apart, a sentence's end is as likely the paragraph's, and short lines are a figure's labels.
    if wide and (ends or before_right - before_left < 12.0 * size):
        return False
    # A line that is indented against the one before starts a new paragraph.
    return not (ends and left > before_left + 0.8 * size and before_left < left)


def _is_usual(gap: float, shapes: Sequence[tuple[float, float, float, float, float]], number: int) -> bool:
    """Whether lines about this one lie that far apart throughout: two pairs or more, and no pair close."""
    size = shapes[number][4]
    if gap > WIDE_GAP * size + 1:
        return False
    alike = 0
    near = shapes[max(0, number - WIDE_LINES) : number + WIDE_LINES + 1]
    for above, beneath in itertools.pairwise(near):
        if max(abs(above[4] - size), abs(beneath[4] - size)) > SAME_SIZE * size:
            continue
        down = beneath[1] - above[1]
        if down < 0 or min(above[2], beneath[2]) <= max(above[0], beneath[0]):  # the next column
            continue
        if down <= LINE_GAP * size + 1:
            return False
        alike += down <= 1.1 * gap
    return alike >= 2


def compose(
    number: int, groups: Sequence[Sequence[Line]], width: float, height: float, label: str
) -> PageContent:
    """A page from its paragraphs: text, boxes and blocks."""
    nowhere = np.zeros((1, 4))
    text: list[str] = []
    boxes: list[Boxes] = []
    blocks: list[Block] = []
    offset = 0
    said = _Said(groups)
    for group in groups:
        pieces = [piece for piece in map(_trimmed, group) if piece[0]]
        if not pieces:
            continue
        if offset:
            text.append("\n")
            boxes.append(nowhere)
            offset += 1
        start, begun = offset, len(text)
        for piece, places in pieces:
            if offset > start:
                joint = _joint(text[-1], piece, said)
                if joint == "-":  # the hyphen of a wrapped word goes
                    text[-1] = text[-1][:-1]
                    boxes[-1] = boxes[-1][:-1]
                    offset -= 1
                elif joint:
                    text.append(joint)
                    boxes.append(nowhere)
                    offset += 1
            text.append(piece)
            boxes.append(places)
            offset += len(piece)
        blocks.append(_block(group, start, offset, "".join(text[begun:])))
    places = np.concatenate(boxes) if boxes else np.zeros((0, 4))
    return PageContent(
        number, "".join(text), round(width, 1), round(height, 1), label, pack_boxes(places), blocks
    )


def _block(group: Sequence[Line], start: int, end: int, text: str) -> Block:
    first = group[0]
    kind, level = BlockKind.PARAGRAPH, 0
    if first.hidden:
        kind = BlockKind.HIDDEN
    elif first.furniture:
        kind = BlockKind.FURNITURE
    elif first.row:
        kind = BlockKind.ROW
    elif first.level:
        kind, level = BlockKind.HEADING, first.level
    box = around(np.array([line.box for line in group]))
    cells = _cells(first, text) if kind == BlockKind.ROW and len(group) == 1 else ()
    bold = all(line.bold for line in group)
    header = kind == BlockKind.ROW and first.header
    return Block(start, end, kind, first.size, level, box, bold, cells=cells, header=header)


def _cells(line: Line, text: str) -> tuple[CellSpan, ...]:
    """The cells of a row that is one line, in its text."""
    shift = len(line.text) - len(line.text.lstrip())
    ends = [0, *(cell - shift for cell in line.cells if shift < cell < shift + len(text)), len(text)]
    spans: list[CellSpan] = []
    for start, end in itertools.pairwise(ends):
        part = text[start:end]
        begin, finish = start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
        if begin < finish:
            spans.append(CellSpan(begin, finish, len(spans)))
    if len(line.columns) == len(spans):
        return tuple(
            cell._replace(column=column, span=span)
            for cell, (column, span) in zip(spans, line.columns, strict=True)
        )
    return tuple(spans) if len(spans) > 1 else ()


class _Said:
    """The words of a page, made when the first hyphen asks for them."""

    def __init__(self, groups: Sequence[Sequence[Line]]) -> None:
        self._groups = groups
        self._words: set[str] | None = None

    def __contains__(self, word: str) -> bool:
        if self._words is None:
            texts = (line.text for group in self._groups for line in group)
            self._words = {match for text in texts for match in regex.findall(r"\p{L}+(?:-\p{L}+)*", text)}
        return word in self._words


def _joint(before: str, piece: str, said: _Said) -> str:
    """What joins two lines of a paragraph: a space, nothing, or "-" if the last hyphen is to go."""
    if before.endswith("-") and len(before) > 1:
        left, right = _HYPHENATED.search(before), _WORD.match(piece)
        if left is None or right is None:
            return "" if before[-2].isalnum() and piece[0].isalnum() else " "
        whole = f"{left[1]}-{right[1]}"  # a hyphen that the page writes elsewhere too belongs to the word
        return "" if whole in said and f"{left[1]}{right[1]}" not in said else "-"
    wide = is_cjk(before[-1]), is_cjk(piece[0])
    # Japanese and Chinese write no space before or behind a figure: "2024年7月 / 1日".
    figure = before[-1].isdecimal() or piece[0].isdecimal()
    return "" if all(wide) or (any(wide) and figure) else " "


def _trimmed(line: Line) -> tuple[str, Boxes]:
    """A line's text and boxes without white space at its ends."""
    text = line.text.lstrip()
    start = len(line.text) - len(text)
    text = text.rstrip()
    return text, line.boxes[start : start + len(text)]


def cut(line: Line, start: int, end: int) -> Line:
    """The part of a line at [start, end) of its text, with what is true of the part."""
    boxes = line.boxes[start:end]
    cells = tuple(cell - start for cell in line.cells if start < cell < end)
    return replace(line, text=line.text[start:end], boxes=boxes, box=around(boxes), cells=cells)


def together(first: Line, second: Line, between: str = "") -> Line:
    """Two lines as one."""
    gap = np.zeros((len(between), 4))
    boxes = np.concatenate((first.boxes, gap, second.boxes))
    shift = len(first.text) + len(between)
    cells = (*first.cells, *(cell + shift for cell in second.cells))
    return replace(
        first, text=f"{first.text}{between}{second.text}", boxes=boxes, box=around(boxes), cells=cells
    )


def parts(line: Line) -> Iterator[Line]:
    """The cells of a line."""
    ends = [0, *line.cells, len(line.text)]
    for start, end in itertools.pairwise(ends):
        yield cut(line, start, end)

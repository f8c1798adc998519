"""The order in which a page's lines are read, and which of them are rows of a table. Pure.

A PDF's own order is nearly always the one its author's program wrote in, and is kept. It is left where it
cannot be right: where two columns stand in it row by row, and where it jumps up and down the page.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.readers.pdf.layout import Line, parts
from language.tokens import is_cjk

LEAST_ROWS = 2  # of a table
COLUMN_LINES = 5  # lines of a column at the least
COLUMN_TEXT = 18  # letters of a column's line on average, two for a Chinese or Japanese one
DISORDER = 0.25  # share of a page's steps from line to line that may lead up within a column
LEAST_DISORDER = 4
NEXT_COLUMN = 2.0  # letters that vertical columns of one text stand apart at the most
Gap = tuple[float, float]


def in_order(lines: Sequence[Line]) -> list[Line]:
    """The lines as they are read; rows of tables carry the number of theirs."""
    return _rows(_columns(_sorted_if_confused(list(lines))))


def _gaps(line: Line) -> list[Gap]:
    """The wide gaps of a line, from left to right."""
    if not line.cells:
        return []
    boxes = [part.box for part in parts(line)]
    return [(box[2], other[0]) for box, other in itertools.pairwise(boxes) if other[0] > box[2]]


def _common(gaps: Sequence[Gap], other: Sequence[Gap], least: float) -> list[Gap]:
    """Where both lines are empty."""
    both = [(max(a[0], b[0]), min(a[1], b[1])) for a in gaps for b in other]
    return [gap for gap in both if gap[1] - gap[0] >= least]


def _runs(lines: Sequence[Line]) -> Iterator[tuple[int, int, list[Gap]]]:
    """Stretches [start, end) of lines below one another with a gap that goes through all of them."""
    start, shared = 0, _gaps(lines[0]) if lines else []
    for number, line in enumerate(lines[1:], start=1):
        before = lines[number - 1]
        below = before.box[1] < line.box[1] < before.box[1] + 4 * max(before.size, line.size)
        gaps = _common(shared, _gaps(line), 0.6 * line.size) if below and line.cells else []
        if gaps and not line.hidden and not line.level and not before.level:
            shared = gaps
            continue
        if number - start >= LEAST_ROWS and shared:
            yield start, number, shared
        start, shared = number, _gaps(line)
    if len(lines) - start >= LEAST_ROWS and shared:
        yield start, len(lines), shared


def _columns(lines: list[Line]) -> list[Line]:
    """Two columns of prose that stand row by row, one after the other."""
    ordered: list[Line] = []
    taken = 0
    for start, end, gaps in list(_runs(lines)):
        if len(gaps) != 1 or end - start < COLUMN_LINES:
            continue
        middle = sum(gaps[0]) / 2
        sides: tuple[list[Line], list[Line]] = ([], [])
        for line in lines[start:end]:
            for part in parts(line):
                sides[part.box[0] > middle].append(part)
        if all(_is_prose(side, end - start) for side in sides):
            ordered += [*lines[taken:start], *sides[0], *sides[1]]
            taken = end
    return ordered + lines[taken:]


def _is_prose(side: Sequence[Line], rows: int) -> bool:
    weight = sum(2 if is_cjk(character) else 1 for line in side for character in line.text)
    return rows * 0.8 <= len(side) <= rows * 1.2 and weight >= COLUMN_TEXT * rows


def _rows(lines: list[Line]) -> list[Line]:
    for table, (start, end, _) in enumerate(list(_runs(lines)), start=1):
        for number in range(start, end):
            lines[number] = replace(lines[number], row=table)
    return lines


def _sorted_if_confused(lines: list[Line]) -> list[Line]:
    placed = [line for line in lines if not line.hidden and line.size > 0]
    upright = [line for line in placed if line.vertical]
    if len(upright) * 2 > len(placed):
        return _right_to_left(lines) if _is_confused(upright, vertical=True) else lines
    level = [line for line in placed if not line.vertical]
    return _cut(lines, 0) if _is_confused(level, vertical=False) else lines


def _is_confused(lines: Sequence[Line], *, vertical: bool) -> bool:
    back = 0
    for before, line in itertools.pairwise(lines):
        (left, top, right, bottom), (x1, y1, x2, y2) = before.box, line.box
        if vertical:
            beside = min(bottom, y2) - max(top, y1) > 0.3 * min(bottom - top, y2 - y1)
            near = x1 - right < NEXT_COLUMN * line.size  # farther apart they are not columns of one text
            back += beside and x1 > right and near
        else:
            beside = min(right, x2) - max(left, x1) > 0.3 * min(right - left, x2 - x1)
            back += beside and y2 < top + 0.2 * line.size
    return back >= max(LEAST_DISORDER, DISORDER * len(lines))


def _right_to_left(lines: Sequence[Line]) -> list[Line]:
    """The vertical lines in their order; what is written across stays where it stands between them."""
    upright = iter(
        sorted((line for line in lines if line.vertical), key=lambda line: (-round(line.box[2]), line.box[1]))
    )
    return [next(upright) if line.vertical else line for line in lines]


def _cut(lines: list[Line], depth: int) -> list[Line]:
    """Lines by columns and then from top to bottom: along the page's white gaps, the widest first."""
    if len(lines) < 2 or depth > 20:
        return lines
    size = sorted(line.size for line in lines)[len(lines) // 2] or 1.0
    across, x = _widest(sorted((line.box[0], line.box[2]) for line in lines))
    down, y = _widest(sorted((line.box[1], line.box[3]) for line in lines))
    left = [line for line in lines if line.box[0] < x]
    if across > size and 1 < len(left) < len(lines) - 1 and down < 2.5 * size:
        right = [line for line in lines if line.box[0] >= x]
        return _cut(left, depth + 1) + _cut(right, depth + 1)
    upper = [line for line in lines if line.box[1] < y]
    if down > 0 and 0 < len(upper) < len(lines):
        lower = [line for line in lines if line.box[1] >= y]
        return _cut(upper, depth + 1) + _cut(lower, depth + 1)
    return sorted(lines, key=lambda line: (round(line.box[3] / size), line.box[0]))


def _widest(spans: Sequence[Gap]) -> tuple[float, float]:
    """The widest gap between the spans, and where the span after it begins."""
    widest, begins, reach = 0.0, 0.0, spans[0][1]
    for start, end in spans[1:]:
        if start - reach > widest:
            widest, begins = start - reach, start
        reach = max(reach, end)
    return widest, begins

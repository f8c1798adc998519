"""The ruled lines of a page, and the tables that they make: where each cell begins and ends.

Lines are strokes that run along the page's sides, and filled boxes so thin that they look like lines.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pypdfium2.raw as raw

from ingest.readers.pdf.glyphs import Transform

MOST_PATHS = 6000  # of a page; a drawing has more, and no table
MOST_SEGMENTS = 400  # of a path
MOST_DEPTH = 4  # of forms in forms
THIN = 2.6  # points: a filled box of at most so much is a line
SHORTEST = 4.0  # points of a line
SLANT = 0.8  # points by which a line may lean
NEAR = 2.5  # points between lines that meet, or are one
MOST_LINES = 1500  # across, and down, of a page
Point = tuple[float, float]
Stretch = tuple[float, float]


class Ruling(NamedTuple):
    """A line: its place (y of one across, x of one down), and from where to where it goes."""

    place: float
    start: float
    end: float


@dataclass(frozen=True)
class Grid:
    """A ruled table: the places of its lines, and which of its cells belong together.

    `owner[row][column]` is the (row, column) of the upper left part of the cell that this one belongs to.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    owner: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]


def grids_of(page: Any, transform: Transform) -> list[Grid]:
    """The ruled tables of a page, from top to bottom; a lone frame does not count."""
    across, down = _rulings(page, transform)
    if len(across) < 2 or not down or max(len(across), len(down)) > MOST_LINES:
        return []
    grids = [_grid(*part) for part in _connected(across, down)]
    return sorted((grid for grid in grids if grid is not None), key=lambda grid: (grid.ys[0], grid.xs[0]))


def _rulings(page: Any, transform: Transform) -> tuple[list[Ruling], list[Ruling]]:
    segments = list(_segments(page))
    if not segments:
        return [], []
    ends = np.array(segments, np.float64)
    left, right = np.minimum(ends[:, 0], ends[:, 2]), np.maximum(ends[:, 0], ends[:, 2])
    low, high = np.minimum(ends[:, 1], ends[:, 3]), np.maximum(ends[:, 1], ends[:, 3])
    boxes = transform.boxes(left, low, right, high)
    across: list[Ruling] = []
    down: list[Ruling] = []
    for x0, y0, x1, y1 in np.asarray(boxes).reshape(-1, 4).tolist():
        if y1 - y0 <= SLANT and x1 - x0 >= SHORTEST:
            across.append(Ruling((y0 + y1) / 2, x0, x1))
        elif x1 - x0 <= SLANT and y1 - y0 >= SHORTEST:
            down.append(Ruling((x0 + x1) / 2, y0, y1))
    return _joined(across), _joined(down)


def _segments(page: Any) -> Iterator[tuple[float, float, float, float]]:
    """The strokes of the page's paths in its own points: x and y of both ends."""
    count = raw.FPDFPage_CountObjects(page.raw)
    paths = 0
    parts = [
        (raw.FPDFPage_GetObject(page.raw, number), _UNMOVED, 0)
        for number in range(min(count, 4 * MOST_PATHS))
    ]
    for part, matrix, depth in parts:  # grows by what stands in forms
        kind = raw.FPDFPageObj_GetType(part)
        if kind == raw.FPDF_PAGEOBJ_FORM and depth < MOST_DEPTH:
            inner = _times(_matrix(part), matrix)
            parts += [
                (raw.FPDFFormObj_GetObject(part, number), inner, depth + 1)
                for number in range(max(0, min(raw.FPDFFormObj_CountObjects(part), MOST_PATHS)))
            ]
        elif kind == raw.FPDF_PAGEOBJ_PATH:
            paths += 1
            if paths > MOST_PATHS or len(parts) > 8 * MOST_PATHS:
                return
            yield from _of_path(part, _times(_matrix(part), matrix))


_UNMOVED = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_Matrix = tuple[float, float, float, float, float, float]


def _matrix(part: Any) -> _Matrix:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(part, ctypes.byref(matrix)):
        return _UNMOVED
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _times(first: _Matrix, other: _Matrix) -> _Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = other
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _of_path(path: Any, matrix: _Matrix) -> Iterator[tuple[float, float, float, float]]:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    count = raw.FPDFPath_CountSegments(path)
    if not 2 <= count <= MOST_SEGMENTS or not raw.FPDFPath_GetDrawMode(
        path, ctypes.byref(fill), ctypes.byref(stroke)
    ):
        return
    if not fill.value and not stroke.value:
        return
    lines: list[tuple[float, float, float, float]] = []
    begun: Point | None = None
    current: Point | None = None
    curved = False
    x, y = ctypes.c_float(), ctypes.c_float()
    a, b, c, d, e, f = matrix
    for number in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, number)
        raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        point = (a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            begun = point
        elif kind == raw.FPDF_SEGMENT_LINETO and current is not None:
            lines.append((*current, *point))
        else:
            curved = True
        current = point
        if raw.FPDFPathSegment_GetClose(segment) and begun is not None and begun != point:
            lines.append((*point, *begun))
            current = begun
    if stroke.value:
        yield from lines
    elif not curved:
        yield from _thin(lines)


def _thin(lines: Sequence[tuple[float, float, float, float]]) -> Iterator[tuple[float, float, float, float]]:
    """A filled box that is so thin that it is a line; its middle."""
    if not 3 <= len(lines) <= 5:
        return
    xs, ys = [x for line in lines for x in line[::2]], [y for line in lines for y in line[1::2]]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    if high <= THIN < wide:
        middle = (min(ys) + max(ys)) / 2
        yield min(xs), middle, max(xs), middle
    elif wide <= THIN < high:
        middle = (min(xs) + max(xs)) / 2
        yield middle, min(ys), middle, max(ys)


def _joined(rulings: Sequence[Ruling]) -> list[Ruling]:
    """Lines that go on in one another as one."""
    joined: list[Ruling] = []
    for group in _near(sorted(rulings)):
        place = sum(line.place for line in group) / len(group)
        stretches: list[list[float]] = []
        for line in sorted(group, key=lambda line: line.start):
            if stretches and line.start <= stretches[-1][1] + NEAR:
                stretches[-1][1] = max(stretches[-1][1], line.end)
            else:
                stretches.append([line.start, line.end])
        joined += [Ruling(place, start, end) for start, end in stretches]
    return joined


def _near(rulings: Sequence[Ruling]) -> Iterator[list[Ruling]]:
    """Those lines, in the order of their places, with those beside one another together."""
    group: list[Ruling] = []
    for line in rulings:
        if group and line.place - group[0].place > NEAR:
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _connected(across: list[Ruling], down: list[Ruling]) -> Iterator[tuple[list[Ruling], list[Ruling]]]:
    """Lines that meet, each with all that it meets."""
    left = set(range(len(down)))
    done: set[int] = set()
    places = np.array(down, np.float64).reshape(-1, 3)
    for first in range(len(across)):
        if first in done:
            continue
        mine, theirs, waiting = [first], set[int](), [first]
        done.add(first)
        while waiting:
            line = across[waiting.pop()]
            meets = (
                (places[:, 0] >= line.start - NEAR) & (places[:, 0] <= line.end + NEAR)
                & (places[:, 1] <= line.place + NEAR) & (places[:, 2] >= line.place - NEAR)
            )  # fmt: skip
            for other in np.flatnonzero(meets).tolist():
                if other not in left:
                    continue
                left.discard(other)
                theirs.add(other)
                for number, beside in enumerate(across):
                    if number not in done and _meet(beside, down[other]):
                        done.add(number)
                        mine.append(number)
                        waiting.append(number)
        if len(mine) > 1 and theirs:
            yield [across[number] for number in mine], [down[number] for number in sorted(theirs)]


def _meet(across: Ruling, down: Ruling) -> bool:
    return (
        across.start - NEAR <= down.place <= across.end + NEAR
        and down.start - NEAR <= across.place <= down.end + NEAR
    )


def _grid(across: list[Ruling], down: list[Ruling]) -> Grid | None:
    """The table of lines that meet; None if they make no two rows or no two columns."""
    ys = [sum(line.place for line in group) / len(group) for group in _near(sorted(across))]
    xs = [sum(line.place for line in group) / len(group) for group in _near(sorted(down))]
    left, right = min(line.start for line in across), max(line.end for line in across)
    xs = [*([left] if left < xs[0] - 2 * NEAR else []), *xs, *([right] if right > xs[-1] + 2 * NEAR else [])]
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 2 or columns < 2 or rows * columns > 20_000:
        return None
    owner = {(row, column): (row, column) for row in range(rows) for column in range(columns)}

    def of(cell: tuple[int, int]) -> tuple[int, int]:
        while owner[cell] != cell:
            cell = owner[cell]
        return cell

    for row in range(rows):
        for column in range(columns):
            middle_x, middle_y = (xs[column] + xs[column + 1]) / 2, (ys[row] + ys[row + 1]) / 2
            if column + 1 < columns and not _drawn(down, xs[column + 1], middle_y):
                _together(owner, of((row, column)), of((row, column + 1)))
            if row + 1 < rows and not _drawn(across, ys[row + 1], middle_x):
                _together(owner, of((row, column)), of((row + 1, column)))
    table = tuple(tuple(of((row, column)) for column in range(columns)) for row in range(rows))
    if len({cell for line in table for cell in line}) < 4:
        return None
    return Grid(tuple(xs), tuple(ys), table)


def _together(
    owner: dict[tuple[int, int], tuple[int, int]], cell: tuple[int, int], other: tuple[int, int]
) -> None:
    if cell != other:
        first, second = min(cell, other), max(cell, other)
        owner[second] = first


def _drawn(lines: Sequence[Ruling], place: float, middle: float) -> bool:
    """Whether one of those lines stands at that place, and goes through that point."""
    return any(abs(line.place - place) <= NEAR and line.start <= middle <= line.end for line in lines)

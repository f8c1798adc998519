"""What was filled into a page's fields and typed or stamped onto it, among the lines of the page.

PDFium keeps annotations apart from a page's text, though a reader sees no difference. They are drawn into the
page as objects of their own. What no screen shows is taken away before: what is hidden or for printing alone,
and what stands in a layer that can be switched off.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pypdfium2.raw as raw

from ingest.readers.pdf.glyphs import Glyphs, Transform
from ingest.readers.pdf.layout import Line, cut, parts, together

MOST_ANNOTATIONS = 2000  # of a page, that are looked at; a page of more is read without any
WRITTEN = (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP)
NOTES = (raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_POPUP)  # a viewer opens them in windows of their own
UNSEEN = 1 << 0 | 1 << 1 | 1 << 5  # flags "invisible", "hidden", "no view" (ISO 32000-1, table 165)
MOST_DEPTH = 8  # of forms in forms that are looked into
SAME_ROW = 0.5  # share of the lower line's height that two lines of one row have in common
OUTSIDE = 3.0  # points by which letters may stand out of their field
INSIDE = 0.6  # least share of a text's width that stands in its field


@dataclass(frozen=True)
class FilledField:
    """What was drawn into a page: the handles of its text objects, and the fields' boxes as shown."""

    handles: frozenset[int] = frozenset()
    boxes: tuple[tuple[float, float, float, float], ...] = ()

    def split(self, glyphs: Glyphs) -> tuple[Glyphs, Glyphs]:
        """The page's own characters, and those that were written onto it."""
        runs = np.array([run.handle in self.handles for run in glyphs.runs] or [False])
        letters = glyphs.run_of >= 0
        theirs = np.where(letters, runs[glyphs.run_of], False)
        # What is no letter (a space, the end of a line) goes with the letter before it, in both where these
        # change: each part keeps its words apart.
        owners = np.where(letters, theirs, -1)
        last = np.maximum.accumulate(np.where(letters, np.arange(len(owners)), -1))
        before = np.where(last >= 0, theirs[np.maximum(last, 0)], False)
        return glyphs.where((owners != 1) & ~(before & (owners < 0))), glyphs.where(
            (owners == 1) | (before & (owners < 0))
        )

    def unseen(self, glyphs: Glyphs, why: Sequence[str]) -> list[str]:
        """`why` nobody sees each run, with those that a field cuts off at its edge."""
        return [
            known or ("covered" if run.handle in self.handles and not self._holds(glyphs, number) else "")
            for number, (known, run) in enumerate(zip(why, glyphs.runs, strict=True))
        ]

    def _holds(self, glyphs: Glyphs, run: int) -> bool:
        boxes = glyphs.boxes[glyphs.run_of == run]
        x, y = boxes[:, [0, 2]].mean(axis=1), boxes[:, [1, 3]].mean(axis=1)
        shares = [
            np.mean((abs(x - (left + right) / 2) <= (right - left) / 2 + OUTSIDE)
                    & (abs(y - (top + bottom) / 2) <= (bottom - top) / 2 + OUTSIDE))
            for left, top, right, bottom in self.boxes
        ]  # fmt: skip
        return max(shares, default=0.0) >= INSIDE


def with_forms(document: Any) -> Any:
    """The document, just opened; fields are drawn if the file holds only their values."""
    if document.get_formtype() == raw.FORMTYPE_ACRO_FORM:
        document.init_forms()
    return document


def opened(document: Any, number: int) -> tuple[Any, FilledField]:
    """Page `number` with what was written onto it, and which of its text that is."""
    page = document[number - 1]
    rectangles = _seen_annotations(page)
    if not rectangles:
        return page, FilledField()
    _keep_frame(page)
    own = raw.FPDFPage_CountObjects(page)
    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    page.close()  # what was drawn into it is found in it once it is opened again
    page = document[number - 1]
    sides = np.array(rectangles)
    boxes = Transform(page).boxes(sides[:, 0], sides[:, 1], sides[:, 2], sides[:, 3])
    handles = frozenset(
        handle
        for index in range(own, raw.FPDFPage_CountObjects(page))
        for handle in _texts(raw.FPDFPage_GetObject(page, index), 0)
    )
    return page, FilledField(handles, tuple((a, b, c, d) for a, b, c, d in boxes.tolist()))


def _seen_annotations(page: Any) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right, top of what was written onto the page; what no screen shows is taken from it then.
    Other shapes stay, and cover what they lie over. A page without such text stays untouched."""
    count = raw.FPDFPage_GetAnnotCount(page)
    if not 0 < count <= MOST_ANNOTATIONS:
        return []
    written: list[tuple[float, float, float, float]] = []
    unseen: list[int] = []
    for index in range(count):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        kind, area = raw.FPDFAnnot_GetSubtype(annotation), raw.FS_RECTF()
        if (
            kind in NOTES
            or raw.FPDFAnnot_GetFlags(annotation) & UNSEEN
            or raw.FPDFAnnot_HasKey(annotation, b"OC")
            or not raw.FPDFAnnot_GetRect(annotation, ctypes.byref(area))
        ):
            unseen.append(index)
        elif kind in WRITTEN:
            written.append((area.left, area.bottom, area.right, area.top))
        raw.FPDFPage_CloseAnnot(annotation)
    if written:
        for index in reversed(unseen):
            raw.FPDFPage_RemoveAnnot(page, index)
    return written


def _keep_frame(page: Any) -> None:
    """Write the page's frame into the page itself: PDFium forgets an inherited one when it draws into it."""
    frame = raw.FS_RECTF()
    if raw.FPDF_GetPageBoundingBox(page, ctypes.byref(frame)):
        for write in (raw.FPDFPage_SetMediaBox, raw.FPDFPage_SetCropBox):
            write(page, frame.left, frame.bottom, frame.right, frame.top)


def _texts(part: Any, depth: int) -> Iterator[int]:
    kind = raw.FPDFPageObj_GetType(part)
    if kind == raw.FPDF_PAGEOBJ_TEXT:
        yield ctypes.cast(part, ctypes.c_void_p).value or 0
    elif kind == raw.FPDF_PAGEOBJ_FORM and depth < MOST_DEPTH:
        for index in range(max(0, raw.FPDFFormObj_CountObjects(part))):
            yield from _texts(raw.FPDFFormObj_GetObject(part, index), depth + 1)


def placed(own: Sequence[Line], written: Sequence[Line]) -> list[Line]:
    """The page's own lines in their order, and each written one in its row, beside what stands nearest on its
    left, or else above the first that stands below it."""
    rows = [[line] for line in own]
    rest = list[Line]()
    for line in itertools.chain.from_iterable(map(_single, written)):
        beside = [row for row in rows if _in_one_row(row[0], line)]
        if beside:
            min(beside, key=lambda row, line=line: _distance(row[0], line)).append(line)  # type: ignore[misc]
        else:
            rest.append(line)
    lines = [_joined(row[0], row[1:]) for row in rows]
    for line in rest:
        below = (
            place for place, other in enumerate(lines) if other.box[1] >= line.box[1] and not other.hidden
        )
        lines.insert(next(below, len(lines)), line)
    return lines


def _single(line: Line) -> Iterator[Line]:
    """The fields of a line: PDFium may take the texts of several for one."""
    letters = np.flatnonzero(line.boxes[:, 2] > 0)
    boxes = line.boxes[letters]
    back = boxes[:-1, 0] - boxes[1:, 0] > line.size  # to the next line's beginning; not so in turned text
    below = (boxes[1:, 1] > boxes[:-1, 3]) & back
    apart = (boxes[1:, 0] - boxes[:-1, 2] > line.size) | below
    cuts = () if line.vertical else letters[1:][apart].tolist()
    for start, end in itertools.pairwise([0, *cuts, len(line.text)]):
        yield replace(_stripped(cut(line, start, end)), cells=())


def _stripped(line: Line) -> Line:
    end = len(line.text.rstrip())
    return cut(line, end - len(line.text[:end].lstrip()), end)


def _in_one_row(line: Line, other: Line) -> bool:
    if line.vertical or other.vertical or line.hidden != other.hidden or line.furniture != other.furniture:
        return False
    common = min(line.box[3], other.box[3]) - max(line.box[1], other.box[1])
    return common > SAME_ROW * min(line.box[3] - line.box[1], other.box[3] - other.box[1])


def _distance(row: Line, line: Line) -> tuple[bool, float]:
    """How far a field stands from a row of the page: first those that begin left of it."""
    edges = [part.box[2] for part in parts(row) if part.box[0] <= line.box[0]]
    return (False, line.box[0] - max(edges)) if edges else (True, row.box[0] - line.box[2])


def _joined(line: Line, written: Sequence[Line]) -> Line:
    """A row of labels and what was filled in beside them, from left to right."""
    if not written:
        return line
    pieces = sorted((*map(_stripped, parts(line)), *written), key=lambda piece: piece.box[0])
    row = functools.reduce(lambda piece, other: together(piece, other, " "), pieces)
    return replace(row, size=line.size, bold=line.bold)

"""What was filled into a page's fields and typed or stamped onto it, among the lines of the page.

PDFium keeps annotations apart from a page's text, though a reader sees no difference. They are drawn into the
page, after its own characters; which of them may be seen is PDFium's word (hidden ones are not drawn).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pypdfium2.raw as raw

from ingest.readers.layout import Line, cut, parts, together

MOST_ANNOTATIONS = 2000  # of a page, that are looked at
WRITTEN = (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP)
SAME_ROW = 0.5  # share of the lower line's height that two lines of one row have in common


def with_forms(document: Any) -> Any:
    """The document, just opened, whose fields are drawn where the file holds their values alone."""
    if document.get_formtype() == raw.FORMTYPE_ACRO_FORM:
        document.init_forms()
    return document


def opened(document: Any, number: int) -> tuple[Any, int | None]:
    """Page `number` with what was written onto it, and how many characters are its own; None where nothing
    was written onto it."""
    page = document[number - 1]
    if not _is_written_on(page):
        return page, None
    textpage = page.get_textpage()
    own = max(0, raw.FPDFText_CountChars(textpage.raw))
    textpage.close()
    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    page.close()  # what was drawn into it is found in it once it is opened again
    return document[number - 1], own


def _is_written_on(page: Any) -> bool:
    for at in range(min(raw.FPDFPage_GetAnnotCount(page), MOST_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, at)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind in WRITTEN:
            return True
    return False


def placed(own: Sequence[Line], written: Sequence[Line]) -> list[Line]:
    """The page's own lines in their order, and each written one in its row, or else above the first that
    stands below it."""
    rows = [[line] for line in own]
    rest = list[Line]()
    for line in itertools.chain.from_iterable(map(_single, written)):
        row = next((row for row in rows if _in_one_row(row[0], line)), None)
        if row is None:
            rest.append(line)
        else:
            row.append(line)
    found = [_joined(row[0], row[1:]) for row in rows]
    for line in rest:
        below = (at for at, other in enumerate(found) if other.box[1] >= line.box[1] and not other.hidden)
        found.insert(next(below, len(found)), line)
    return found


def _single(line: Line) -> Iterator[Line]:
    """The fields of a line: PDFium may take the texts of several for one."""
    letters = np.flatnonzero(line.boxes[:, 2] > 0)
    boxes = line.boxes[letters]
    apart = (boxes[1:, 0] - boxes[:-1, 2] > line.size) | (boxes[1:, 1] > boxes[:-1, 3])
    cuts = () if line.vertical else letters[1:][apart].tolist()
    for start, end in itertools.pairwise([0, *cuts, len(line.text)]):
        yield replace(_stripped(cut(line, start, end)), cells=())


def _stripped(line: Line) -> Line:
    end = len(line.text.rstrip())
    return cut(line, end - len(line.text[:end].lstrip()), end)


def _in_one_row(one: Line, other: Line) -> bool:
    if one.vertical or other.vertical or one.hidden != other.hidden:
        return False
    common = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    return common > SAME_ROW * min(one.box[3] - one.box[1], other.box[3] - other.box[1])


def _joined(line: Line, written: Sequence[Line]) -> Line:
    """A row of labels and what was filled in beside them, from left to right."""
    if not written:
        return line
    pieces = sorted((*map(_stripped, parts(line)), *written), key=lambda piece: piece.box[0])
    row = functools.reduce(lambda one, other: together(one, other, " "), pieces)
    return replace(row, size=line.size, bold=line.bold)

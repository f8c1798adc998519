"""What the reading network leaves out of vertical Japanese and Chinese, since it sees a column on its side:
commas, full stops and long marks, recognised by their ink in the gap where they stand."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ingest.readers.scan.networks.detection import Gray
from ingest.readers.scan.networks.reading import Glyph

ENOUGH = 3  # characters needed to know how far apart they stand
GAP = 1.6  # times the usual distance is a gap with something in it
INK = 140  # gray below which is ink
SMALL = 0.5  # of a character's side is the most that a comma or full stop takes
LEAST = 0.1  # and the least, else it is dust
LONG = 0.45  # of a character's side that a long mark takes at the least
SLIM = 2.2  # times as long as wide
ABOVE = 0.2  # of a character's side that a mark may stand higher than its own place begins
MOST_LEFT_OUT = 2  # characters beside one another
KANA = ("\u3041", "\u30ff")


def completed(column: Gray, glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The column's characters with those that stand in its gaps. `column` is cut out upright."""
    length = column.shape[0]
    middles = [(glyph.start + glyph.end) / 2 * length for glyph in glyphs]
    if len(middles) <= ENOUGH:
        return list(glyphs)
    pitch = statistics.median(after - before for before, after in itertools.pairwise(middles))
    # Behind the last there may be one more; before the first stands nothing of the kind.
    ends = [*middles[1:], min(length + 0.5 * pitch, middles[-1] + 2 * pitch)]
    whole: list[Glyph] = []
    for glyph, middle, after in zip(glyphs, middles, ends, strict=True):
        whole.append(glyph)
        count = round((after - middle) / pitch) - 1
        if after - middle < GAP * pitch or count > MOST_LEFT_OUT:
            continue
        begin, room = middle + pitch / 2, (after - middle - pitch) / count
        for number in range(count):
            top, bottom = begin + room * number, min(begin + room * (number + 1), float(length))
            above = max(0, round(top - ABOVE * pitch))
            if sign := _sign(column[above : round(bottom)], pitch, whole[-1].text):
                whole.append(Glyph(sign, top / length, bottom / length, glyph.sure))
    return whole


def _sign(cell: Gray, pitch: float, before: str) -> str:
    """The mark that stands there, or nothing."""
    ink = cell < INK
    inked = _own_rows(np.asarray(ink.any(axis=1), np.bool_))
    rows, columns = np.flatnonzero(inked), np.flatnonzero(ink[inked].any(axis=0))
    if not len(rows):
        return ""
    tall, wide = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
    if tall >= LONG * pitch and tall >= SLIM * wide:
        return "ー" if KANA[0] <= before <= KANA[1] else ""
    if not LEAST * pitch <= max(tall, wide) <= SMALL * pitch:
        return ""
    if (columns[0] + columns[-1]) / 2 < cell.shape[1] / 2:  # they stand at the right
        return ""
    mark = cell[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    core = mark[tall * 2 // 5 : tall * 3 // 5 + 1, wide * 2 // 5 : wide * 3 // 5 + 1]
    return "。" if float(core.mean()) > INK else "、"  # a full stop is a ring


def _own_rows(inked: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Without the rows at the edges that belong to the characters above and below."""
    blank = np.flatnonzero(~inked)
    own = inked.copy()
    if len(blank):
        own[: blank[0]] = False
        own[blank[-1] :] = False
    return own

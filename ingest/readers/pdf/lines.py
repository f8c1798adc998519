"""A page's glyphs into lines: where PDFium ends a line, where the look changes that decides who may see it,
letters that stand above one another, raised and lowered ones, and readings above Japanese words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import regex

from ingest.readers.pdf.glyphs import BREAK, DROP, HYPHEN, SPACE, Glyphs, Run
from ingest.readers.pdf.layout import Line, cut, together
from language.tokens import is_cjk

WIDE_GAP = 1.6  # letter heights between two cells of a row
RUBY = 0.62  # a reading's letters are at most this share of those they explain
_KANA = regex.compile(r"^[\p{Script=Hiragana}\p{Script=Katakana}ー・\s　]+$")
_HAN = regex.compile(r"[\p{Script=Han}々]")
_SPREAD = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_LIGATURES = regex.compile("[ﬀ-ﬆ]")


def lines_of(glyphs: Glyphs, hidden: Sequence[str]) -> list[Line]:
    """The lines of a page in PDFium's order; `hidden` says for each run why nobody sees it, or nothing."""
    kept = np.flatnonzero((glyphs.kinds != DROP) & (glyphs.codes > 0))
    if not len(kept):
        return []
    codes, kinds, run_of = glyphs.codes[kept].copy(), glyphs.kinds[kept], glyphs.run_of[kept]
    boxes = glyphs.boxes[kept]
    wrapped = codes == HYPHEN
    codes[wrapped] = ord("-")
    codes[kinds == SPACE] = 32
    text = codes.astype("<u4").tobytes().decode("utf-32-le")
    starts = {0, *(np.flatnonzero((kinds == BREAK) | wrapped) + 1).tolist()}
    starts |= _seen_changes(run_of, hidden)
    cuts = np.array(sorted(start for start in starts if start < len(text)))
    letters = np.flatnonzero(run_of >= 0)
    firsts = np.searchsorted(letters, cuts)
    counts = np.diff(np.concatenate((firsts, [len(letters)])))
    cuts, firsts, counts = cuts[counts > 0], firsts[counts > 0], counts[counts > 0]
    if not len(cuts):
        return []
    ends = np.searchsorted(letters, np.concatenate((cuts[1:], [len(text)]))) - 1
    shapes = _shapes(glyphs.runs, run_of[letters], boxes[letters], firsts, counts)
    wide = _wide_gaps(boxes[letters], shapes.size, firsts, counts)
    lines: list[Line] = []
    for number, (start, first, last) in enumerate(
        zip(cuts.tolist(), firsts.tolist(), letters[ends].tolist(), strict=True)
    ):
        content, places = text[start : last + 1], boxes[start : last + 1]
        cells = letters[wide[(wide > first) & (wide <= ends[number])]] - start if len(wide) else wide
        if _LIGATURES.search(content):
            content, places, cells = _spread(content, places, cells)
        left, top, right, bottom = shapes.box[number]
        lines.append(
            Line(
                content,
                places,
                (left, top, right, bottom),
                shapes.size[number],
                shapes.bold[number],
                hidden[int(run_of[letters[first]])] if hidden else "",
                cells=tuple(cells.tolist()),
            )
        )
    aside = shapes.artifact
    if any(aside) and sum(aside) * 2 <= len(aside):  # a file that marks all of its text means nothing by it
        return [replace(line, furniture=True) if a else line for line, a in zip(lines, aside, strict=True)]
    return lines


class _Shapes(NamedTuple):
    """Of each line the box, the letters' size, whether they are bold, and whether all are artifacts."""

    box: list[list[float]]
    size: list[float]
    bold: list[bool]
    artifact: list[bool]


def _shapes(
    runs: Sequence[Run], owners: np.ndarray, boxes: np.ndarray, firsts: np.ndarray, counts: np.ndarray
) -> _Shapes:
    least = np.minimum.reduceat(boxes, firsts, axis=0)[:, :2]
    most = np.maximum.reduceat(boxes, firsts, axis=0)[:, 2:]
    size_of = np.array([run.size for run in runs])[owners]
    smallest, largest = np.minimum.reduceat(size_of, firsts), np.maximum.reduceat(size_of, firsts)
    size = largest.tolist()
    for number in np.flatnonzero(smallest < largest).tolist():
        first = int(firsts[number])
        size[number] = float(np.median(size_of[first : first + int(counts[number])]))
    bold = np.add.reduceat(np.array([run.bold for run in runs], float)[owners], firsts) > 0.5 * counts
    artifact = np.minimum.reduceat(np.array([run.artifact for run in runs])[owners], firsts)
    return _Shapes(np.hstack((least, most)).tolist(), size, bold.tolist(), artifact.tolist())


def _wide_gaps(
    boxes: np.ndarray, sizes: Sequence[float], firsts: np.ndarray, counts: np.ndarray
) -> np.ndarray:
    """The numbers of the letters before which a wide gap stands in their line."""
    gaps = np.zeros(len(boxes))
    gaps[1:] = boxes[1:, 0] - boxes[:-1, 2]
    gaps[firsts] = 0.0
    return np.flatnonzero(gaps > WIDE_GAP * np.maximum(np.repeat(np.array(sizes), counts), 1.0))


def _seen_changes(run_of: np.ndarray, hidden: Sequence[str]) -> set[int]:
    """Where seen text ends and hidden text begins, or the other way round."""
    if not any(hidden):
        return set()
    letters = np.flatnonzero(run_of >= 0)
    states = np.array([hash(why) for why in hidden])[run_of[letters]]
    return set(letters[1:][states[1:] != states[:-1]].tolist())


def _spread(content: str, places: np.ndarray, cells: np.ndarray) -> tuple[str, np.ndarray, np.ndarray]:
    """Ligatures as their letters, each with the ligature's box."""
    letters = [character.translate(_SPREAD) for character in content]
    counts = np.array([len(spread) for spread in letters])
    begins = np.concatenate(([0], np.cumsum(counts)))
    return "".join(letters), np.repeat(places, counts, axis=0), begins[cells]


def mended(lines: Sequence[Line]) -> list[Line]:
    """The lines with what PDFium took apart put together: vertical writing, raised letters, readings."""
    return _raised(_without_readings(_vertical(lines)))


def _vertical(lines: Sequence[Line]) -> list[Line]:
    """Letters that stand closely above one another, as vertical lines: PDFium gives them together or one by
    one."""
    upright: list[Line] = []
    for line in lines:
        above = upright[-1] if upright else None
        if _is_upright(line) or (above is not None and above.vertical and _begins_next_column(above, line)):
            upright.append(replace(line, vertical=True, cells=()))
            continue
        if above is not None and above.cells and len(above.text[above.cells[-1] :].strip()) == 1:
            last = cut(above, above.cells[-1], len(above.text))  # its first letter was put into a row
            if _stands_below(last, line):
                upright[-1:] = [cut(above, 0, above.cells[-1]), last]
                above = last
        if above is not None and _stands_below(above, line):
            upright[-1] = replace(together(above, line), vertical=True)
        else:
            upright.append(line)
    return upright


def _is_upright(line: Line) -> bool:
    """Whether the letters of a Chinese or Japanese line stand above one another."""
    word = line.text.strip()
    left, top, right, bottom = line.box
    if len(word) < 2 or right - left > 1.6 * line.size or bottom - top < 1.7 * line.size:
        return False
    tops = line.boxes[line.boxes[:, 2] > 0][:, 1]
    return is_cjk(word[0]) and bool((np.diff(tops) >= -0.3 * line.size).all())


def _begins_next_column(above: Line, line: Line) -> bool:
    """Whether a single letter is the whole of the column left of that one: the last of a paragraph."""
    return (
        len(line.text.strip()) == 1
        and abs(above.size - line.size) <= 0.2 * line.size
        and 0 < above.box[0] - line.box[2] < 2 * line.size
        and abs(above.box[1] - line.box[1]) < 2 * line.size
    )


def _stands_below(above: Line, line: Line) -> bool:
    word = line.text.strip()
    if not 0 < len(word) <= 4 or above.hidden != line.hidden or above.cells or line.cells:
        return False
    if not above.vertical and (len(above.text.strip()) > 2 or not is_cjk(above.text.strip()[-1:])):
        return False
    if not above.vertical and not is_cjk(word[0]):
        return False
    size = max(above.size, line.size)
    if abs(above.size - line.size) > 0.2 * size:
        return False
    left, top, right, _ = line.box
    last = above.boxes[np.flatnonzero(above.boxes[:, 2] > 0)[-1]]
    middle, last_middle = (left + right) / 2, (last[0] + last[2]) / 2
    return bool(
        abs(middle - last_middle) < 0.6 * size
        and right - left <= 1.6 * size
        and last[1] < top
        and -0.4 * size < top - last[3] < 0.75 * size
    )


def _without_readings(lines: Sequence[Line]) -> list[Line]:
    """Without the small kana that stand above (in vertical writing: right of) the words they explain."""
    small = [number for number, line in enumerate(lines) if line.size and _KANA.match(line.text)]
    if not small:
        return list(lines)
    readings = set()
    for number in small:
        line = lines[number]
        for other in lines[max(0, number - 3) : number + 4]:
            if other.size * RUBY >= line.size and _HAN.search(other.text) and _explains(line, other):
                readings.add(number)
    return [line for number, line in enumerate(lines) if number not in readings]


def _explains(line: Line, base: Line) -> bool:
    left, top, right, bottom = line.box
    base_left, base_top, base_right, base_bottom = base.box
    if base.vertical:
        beside = -0.5 * base.size < left - base_right < 0.6 * base.size
        return beside and top >= base_top - base.size and bottom <= base_bottom + base.size
    above = -0.6 * base.size < base_top - bottom < 0.6 * base.size and top < base_top
    return above and left >= base_left - base.size and right <= base_right + base.size


def _raised(lines: Sequence[Line]) -> list[Line]:
    """Lines that go on in the same row as one: PDFium ends a line at a raised or lowered letter."""
    joined: list[Line] = []
    for line in lines:
        before = joined[-1] if joined else None
        if before is None or not _same_row(before, line):
            joined.append(line)
            continue
        gap = " " if line.box[0] - before.box[2] > 0.2 * max(before.size, line.size) else ""
        both = together(before, line, gap)
        larger = max(before, line, key=lambda line: (len(line.text) > 6, line.size))
        joined[-1] = replace(both, size=larger.size, bold=larger.bold)
    return joined


def _same_row(before: Line, line: Line) -> bool:
    if before.hidden != line.hidden or before.vertical or line.vertical:
        return False
    size = max(before.size, line.size)
    across = min(before.box[3], line.box[3]) - max(before.box[1], line.box[1])
    least = min(before.box[3] - before.box[1], line.box[3] - line.box[1])
    return -0.3 * size < line.box[0] - before.box[2] < 0.45 * size and across > 0.35 * least > 0

"""A page's glyphs into lines: where PDFium ends a line, where the look changes that decides who may see it,
letters that stand above one another, raised and lowered ones, and readings above Japanese words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import regex

from ingest.readers.glyphs import BREAK, DROP, HYPHEN, SPACE, Glyphs
from ingest.readers.layout import Line, around, cut, is_cjk, together

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
    breaks = kinds == BREAK
    ends = set(np.flatnonzero(breaks).tolist())
    starts = {0, *(end + 1 for end in ends), *(np.flatnonzero(wrapped) + 1).tolist()}
    starts |= _seen_changes(run_of, hidden)
    sizes = np.array([run.size for run in glyphs.runs] + [0.0])
    bold = np.array([run.bold for run in glyphs.runs] + [False])
    artifact = np.array([run.artifact for run in glyphs.runs] + [False])
    cuts = sorted(start for start in starts if start < len(text))
    found: list[Line] = []
    aside: list[bool] = []
    for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True):
        while end > start and end - 1 in ends:
            end -= 1
        line = _line(text, boxes, run_of, sizes, bold, hidden, start, end)
        if line is not None:
            found.append(line)
            aside.append(bool(artifact[run_of[start:end][run_of[start:end] >= 0]].all()))
    if any(aside) and sum(aside) * 2 <= len(aside):  # a file that calls all of its text so means nothing
        return [replace(line, furniture=True) if a else line for line, a in zip(found, aside, strict=True)]
    return found


def _seen_changes(run_of: np.ndarray, hidden: Sequence[str]) -> set[int]:
    """Where seen text ends and hidden text begins, or the other way round."""
    if not any(hidden):
        return set()
    letters = np.flatnonzero(run_of >= 0)
    states = np.array([hash(why) for why in hidden])[run_of[letters]]
    return set(letters[1:][states[1:] != states[:-1]].tolist())


def _line(
    text: str, boxes: np.ndarray, run_of: np.ndarray, sizes: np.ndarray, bold: np.ndarray,
    hidden: Sequence[str], start: int, end: int,
) -> Line | None:  # fmt: skip
    runs = run_of[start:end]
    letters = np.flatnonzero(runs >= 0)
    if not len(letters):
        return None
    places, owners = boxes[start:end], runs[letters]
    if (owners == owners[0]).all():
        size, heavy = float(sizes[owners[0]]), bool(bold[owners[0]])
    else:
        size, heavy = float(np.median(sizes[owners])), bool(bold[owners].mean() > 0.5)
    gaps = places[letters[1:], 0] - places[letters[:-1], 2]
    cells = letters[1:][gaps > WIDE_GAP * max(size, 1.0)]
    content = text[start:end]
    if _LIGATURES.search(content):
        content, places, cells = _spread(content, places, cells)
    return Line(
        content, places, around(places), size, heavy, hidden[int(owners[0])] if hidden else "",
        cells=tuple(cells.tolist()),
    )  # fmt: skip


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
    """Letters that PDFium gave one by one and that stand closely above one another, as vertical lines."""
    found: list[Line] = []
    for line in lines:
        above = found[-1] if found else None
        if above is not None and above.cells and len(above.text[above.cells[-1] :].strip()) == 1:
            last = cut(above, above.cells[-1], len(above.text))  # its first letter was put into a row
            if _stands_below(last, line):
                found[-1:] = [cut(above, 0, above.cells[-1]), last]
                above = last
        if above is not None and _stands_below(above, line):
            found[-1] = replace(together(above, line), vertical=True)
        else:
            found.append(line)
    return found


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
    found: list[Line] = []
    for line in lines:
        before = found[-1] if found else None
        if before is None or not _same_row(before, line):
            found.append(line)
            continue
        gap = " " if line.box[0] - before.box[2] > 0.2 * max(before.size, line.size) else ""
        both = together(before, line, gap)
        larger = max(before, line, key=lambda one: (len(one.text) > 6, one.size))
        found[-1] = replace(both, size=larger.size, bold=larger.bold)
    return found


def _same_row(before: Line, line: Line) -> bool:
    if before.hidden != line.hidden or before.vertical or line.vertical:
        return False
    size = max(before.size, line.size)
    across = min(before.box[3], line.box[3]) - max(before.box[1], line.box[1])
    least = min(before.box[3] - before.box[1], line.box[3] - line.box[1])
    return -0.3 * size < line.box[0] - before.box[2] < 0.45 * size and across > 0.35 * least > 0

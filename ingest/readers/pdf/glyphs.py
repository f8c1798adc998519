"""A PDF page's characters as PDFium sees them, as arrays: what, where, how large, in which run of one look.

PDFium is asked for each value of all characters in one sweep, since a call from Python costs more than what
it does. A run is the characters of one text object: they share font, size, colour and way of drawing.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections import deque
from dataclasses import dataclass, replace
from functools import cache
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as raw

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
BOLD_WEIGHT = 600
_FORCE_BOLD = 1 << 18
_BOLD_NAMES = ("bold", "black", "heavy", "semibold", "demi", "-w6", "-w7", "-w8", "-w9")
HYPHEN = 2  # PDFium's sign for the hyphen of a wrapped word; the line's end after it is left out
KEEP, DROP, BREAK, SPACE, _UNKNOWN = 0, 1, 2, 3, 255
_KINDS = np.full(0x10000, _UNKNOWN, np.uint8)  # filled with what was met
SET_APART = 0.65  # of the letters' size, between their ink: more than typesetters leave, less than columns do
SAMPLED = 8  # letters between two of one text object are that object's too
# Characters that no eye sees and no eye needs: nothing of a company's text is lost without them.
_UNSEEN = {0x200B, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xFEFF, 0x180E, *range(0xE0000, 0xE0080)}


@dataclass(frozen=True)
class Run:
    """The look of the characters of one text object.

    `mode` is PDF's text rendering mode; `layered`: it stands in a layer that a viewer can switch off;
    `artifact`: the file itself says that it is no part of the text (a running header, a watermark).
    """

    handle: int
    size: float  # points, as shown
    bold: bool
    mode: int
    colour: tuple[int, int, int, int]  # red, green, blue, opacity: 0 to 255
    layered: bool = False
    artifact: bool = False


@dataclass(frozen=True)
class Glyphs:
    """A page's characters in PDFium's order.

    `codes` are code points, `kinds` one of KEEP, DROP, BREAK, SPACE for each; `boxes` are left, top, right,
    bottom in points from the upper left of the page as shown, all zero for what is not a letter; `run_of`
    is a letter's number in `runs`, else -1. `unseen` counts the zero-width characters, `undecoded` those that
    no font explains.
    """

    codes: npt.NDArray[np.uint32]
    kinds: npt.NDArray[np.uint8]
    boxes: Numbers
    run_of: Indices
    runs: list[Run]
    unseen: int
    undecoded: int

    def where(self, kept: npt.NDArray[np.bool_]) -> Glyphs:
        """Those of the characters, with all runs."""
        return replace(
            self,
            codes=self.codes[kept],
            kinds=self.kinds[kept],
            boxes=self.boxes[kept],
            run_of=self.run_of[kept],
        )


def _typed(function: Any, result: Any, *arguments: Any) -> Any:
    """The same function with plain addresses for arguments: ctypes spends most of its time on pointers."""
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


_P, _I, _D = ctypes.c_void_p, ctypes.c_int, ctypes.c_double
_text = _typed(raw.FPDFText_GetText, _I, _P, _I, _I, _P)
_unicode = _typed(raw.FPDFText_GetUnicode, ctypes.c_uint, _P, _I)
_generated = _typed(raw.FPDFText_IsGenerated, _I, _P, _I)
_char_box = _typed(raw.FPDFText_GetCharBox, _I, _P, _I, _P, _P, _P, _P)
_object_of = _typed(raw.FPDFText_GetTextObject, _P, _P, _I)
_font_size = _typed(raw.FPDFText_GetFontSize, _D, _P, _I)
_matrix = _typed(raw.FPDFText_GetMatrix, _I, _P, _I, _P)
_fill = _typed(raw.FPDFText_GetFillColor, _I, _P, _I, _P, _P, _P, _P)
_mode = _typed(raw.FPDFTextObj_GetTextRenderMode, _I, _P)
_font_of = _typed(raw.FPDFTextObj_GetFont, _P, _P)
_count_marks = _typed(raw.FPDFPageObj_CountMarks, _I, _P)
_mark = _typed(raw.FPDFPageObj_GetMark, _P, _P, ctypes.c_ulong)
_mark_name = _typed(raw.FPDFPageObjMark_GetName, _I, _P, _P, ctypes.c_ulong, _P)
_font_weight = _typed(raw.FPDFFont_GetWeight, _I, _P)
_font_flags = _typed(raw.FPDFFont_GetFlags, _I, _P)
_font_name = _typed(raw.FPDFFont_GetBaseFontName, ctypes.c_size_t, _P, _P, ctypes.c_size_t)


def read_glyphs(page: Any, textpage: Any, transform: Transform) -> Glyphs:
    """The characters of that page; `page` and `textpage` are pypdfium2's."""
    handle = ctypes.cast(textpage.raw, ctypes.c_void_p).value
    count = max(0, raw.FPDFText_CountChars(textpage.raw))
    codes = _whole(_codes(handle, count))
    kinds = _kinds(codes)
    letters = np.flatnonzero((kinds == KEEP) & (codes != 32))
    indices = letters.tolist()
    run_of = np.full(count, -1, np.int64)
    run_of[letters], runs = _runs(handle, indices)
    sides = np.zeros((len(indices), 4))
    base, end = sides.ctypes.data, 32 * len(indices)  # PDFium writes left, right, bottom, top
    ends = [range(base + 8 * side, base + 8 * side + end, 32) for side in range(4)]
    deque(map(_char_box, repeat(handle), indices, *ends), maxlen=0)
    boxes = np.zeros((count, 4))
    boxes[letters] = transform.boxes(sides[:, 0], sides[:, 2], sides[:, 1], sides[:, 3])
    dropped = codes[kinds == DROP].tolist()
    unseen = sum(code in _UNSEEN for code in dropped)
    undecoded = sum(_undecoded(code) for code in dropped) + int((codes == 0xFFFD).sum())
    kinds[_set_apart(handle, codes, boxes, np.array([run.size for run in runs]), run_of)] = DROP
    return Glyphs(codes, kinds, boxes, run_of, runs, unseen, undecoded)


def _set_apart(
    handle: int | None, codes: npt.NDArray[np.uint32], boxes: Numbers, sizes: Numbers, run_of: Indices
) -> Indices:
    """The spaces that PDFium made of the little room that typesetters leave between Japanese or Chinese and
    Latin letters or digits (20日, set as 20 日): the document has none there."""
    middle = np.flatnonzero(codes[1:-1] == 32) + 1 if len(codes) > 2 else np.zeros(0, np.int64)
    middle = middle[(run_of[middle - 1] >= 0) & (run_of[middle + 1] >= 0)]
    wide, narrow = codes >= 0x2E80, (codes > 32) & (codes < 0x250)
    sides = (wide[middle - 1] & narrow[middle + 1]) | (narrow[middle - 1] & wide[middle + 1])
    middle = middle[sides]
    if not len(middle):
        return middle
    room = boxes[middle + 1, 0] - boxes[middle - 1, 2]
    size = np.maximum(sizes[run_of[middle - 1]], sizes[run_of[middle + 1]])
    middle = middle[(room > 0) & (room < SET_APART * size)]
    made = np.array([_generated(handle, place) == 1 for place in middle.tolist()], bool)
    generated: Indices = middle[made]
    return generated


def _codes(handle: int | None, count: int) -> npt.NDArray[np.uint32]:
    """The characters' codes: all at once if PDFium's text has one for each, else one by one."""
    text = np.zeros(count + 2, np.uint16)
    if count and _text(handle, 0, count, text.ctypes.data) == count + 1:
        codes = text[:count].astype(np.uint32)
        for place in np.flatnonzero(codes == 0xFFFE).tolist():  # so its text writes HYPHEN, and other signs
            codes[place] = _unicode(handle, place)
        return codes
    return np.fromiter(map(_unicode, repeat(handle), range(count)), np.uint32, count)


def _whole(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Halves of characters beyond the basic plane put together in the first's place; the second is 0."""
    high = (codes >= 0xD800) & (codes < 0xDC00)
    if not ((codes >= 0xD800) & (codes < 0xE000)).any():
        return codes
    low = (codes >= 0xDC00) & (codes < 0xE000)
    pairs = np.flatnonzero(high[:-1] & low[1:])
    codes = codes.copy()
    together = 0x10000 + ((codes[pairs] - 0xD800) << 10) + (codes[pairs + 1] - 0xDC00)
    codes[high | low] = 0
    codes[pairs] = together
    return codes


def _kinds(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """What is to be done with each character."""
    if not len(codes):
        return np.zeros(0, np.uint8)
    kinds = _KINDS[np.minimum(codes, 0xFFFF)]
    if (kinds == _UNKNOWN).any() or int(codes.max()) > 0xFFFF:
        for code in np.unique(codes[(kinds == _UNKNOWN) | (codes > 0xFFFF)]).tolist():
            kinds[codes == code] = kind = _kind(code)
            if code <= 0xFFFF:
                _KINDS[code] = kind
    return kinds


@cache
def _kind(code: int) -> int:
    if code in (10, 13):
        return BREAK
    if code == HYPHEN:
        return KEEP
    if code in (0, 0xFFFE, 0xFFFF) or code > 0x10FFFF:
        return DROP
    if code == 0xA0:
        return SPACE
    return DROP if unicodedata.category(chr(code)) in ("Cc", "Cf", "Co", "Cs") else KEEP


def _undecoded(code: int) -> bool:
    """Whether a character is a glyph's number rather than a letter."""
    if code in (0xFFFD, 0xFFFE) or 0xE000 <= code < 0xF900 or 0xF0000 <= code <= 0x10FFFF:
        return True
    return code in (0, 1) or 3 <= code < 9 or 14 <= code < 32 or 0x7F <= code < 0xA0


def _runs(handle: int | None, letters: list[int]) -> tuple[Indices, list[Run]]:
    """Each letter's run, and the runs."""
    if not letters:
        return np.zeros(0, np.int64), []
    owners = np.zeros(len(letters), np.uint64)
    marks = [*range(0, len(letters), SAMPLED), len(letters) - 1]
    sampled = [_object_of(handle, letters[mark]) or 0 for mark in marks]
    for mark, after, here, there in zip(marks, marks[1:], sampled, sampled[1:], strict=False):
        if here == there:
            owners[mark : after + 1] = here
        else:
            owners[mark : after + 1] = [
                _object_of(handle, letter) or 0 for letter in letters[mark : after + 1]
            ]
    owners[-1] = sampled[-1]
    begins = np.concatenate(([0], np.flatnonzero(owners[1:] != owners[:-1]) + 1))
    numbers: dict[int, int] = {}  # a text object's letters need not stand in one stretch
    fonts: dict[int, bool] = {}
    runs: list[Run] = []
    place = np.zeros(len(letters), np.int64)
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(letters)], strict=True):
        owner = int(owners[begin])
        if owner not in numbers:
            numbers[owner] = len(runs)
            runs.append(_run(handle, letters[begin], owner, fonts))
        place[begin:end] = numbers[owner]
    return place, runs


_six = (ctypes.c_float * 6)()
_four = (ctypes.c_uint * 4)()
_six_at = ctypes.addressof(_six)
_four_at = [ctypes.addressof(_four) + 4 * number for number in range(4)]


def _run(handle: int | None, index: int, text_object: int, fonts: dict[int, bool]) -> Run:
    size = float(_font_size(handle, index))
    if _matrix(handle, index, _six_at):
        across, down = abs(_six[0] * _six[3] - _six[1] * _six[2]), (_six[2] ** 2 + _six[3] ** 2) ** 0.5
        # A condensed font is as high as its size, whatever its width; without a height the area decides.
        size *= float(down or across**0.5)
    if not text_object:
        return Run(0, size, False, 0, (0, 0, 0, 255))
    colour = (0, 0, 0, 255)
    if _fill(handle, index, *_four_at):
        colour = (_four[0], _four[1], _four[2], _four[3])
    marks, font = _marks(text_object), int(_font_of(text_object) or 0)
    if font not in fonts:
        fonts[font] = _bold(font)
    return Run(
        text_object, size, fonts[font], int(_mode(text_object)), colour,
        "OC" in marks, "Artifact" in marks,
    )  # fmt: skip


_name_buffer = ctypes.create_string_buffer(64)
_name_length = ctypes.c_ulong()


def _marks(text_object: int) -> set[str]:
    """The names of the marks that a text object carries."""
    names = set()
    for number in range(min(int(_count_marks(text_object)), 8)):
        mark = _mark(text_object, number)
        if mark and _mark_name(mark, _name_buffer, 64, ctypes.addressof(_name_length)):
            names.add(_name_buffer.raw[: max(0, _name_length.value - 2)].decode("utf-16-le", "replace"))
    return names


def _bold(font: int | None) -> bool:
    """Whether that font is a bold one, by its weight, its flag, or its name."""
    if not font:
        return False
    if _font_weight(font) >= BOLD_WEIGHT or ((flags := _font_flags(font)) > 0 and flags & _FORCE_BOLD):
        return True
    name = ctypes.create_string_buffer(256)
    if not 0 < _font_name(font, name, 256) <= 256:
        return False
    lower = name.value.decode("utf-8", "replace").lower()
    return any(part in lower for part in _BOLD_NAMES)


class Transform:
    """From PDF coordinates to points from the upper left of the page as shown (rotation, crop)."""

    def __init__(self, page: Any) -> None:
        frame = raw.FS_RECTF()
        width, height = page.get_size()
        self.width, self.height = float(width), float(height)
        self.turn = int(page.get_rotation())
        if raw.FPDF_GetPageBoundingBox(page.raw, ctypes.byref(frame)):
            self.left, self.right = min(frame.left, frame.right), max(frame.left, frame.right)
            self.bottom, self.top = min(frame.bottom, frame.top), max(frame.bottom, frame.top)
        else:
            self.left, self.bottom, self.right, self.top = 0.0, 0.0, self.width, self.height

    def boxes(self, left: Numbers, bottom: Numbers, right: Numbers, top: Numbers) -> Numbers:
        """Boxes as shown, one a row: left, top, right, bottom."""
        match self.turn:
            case 90:
                sides = (bottom - self.bottom, left - self.left, top - self.bottom, right - self.left)
            case 180:
                sides = (self.right - right, bottom - self.bottom, self.right - left, top - self.bottom)
            case 270:
                sides = (self.top - top, self.right - right, self.top - bottom, self.right - left)
            case _:
                sides = (left - self.left, self.top - top, right - self.left, self.top - bottom)
        x1, y1, x2, y2 = sides
        corners = np.stack(
            (np.minimum(x1, x2), np.minimum(y1, y2), np.maximum(x1, x2), np.maximum(y1, y2)), axis=1
        )
        corners[~np.isfinite(corners)] = 0.0
        return corners

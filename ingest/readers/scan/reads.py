"""What any recogniser makes of a picture of a page: lines of characters with their places in dots, and how
they become lines of the page in points. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL import Image

from ingest.pages import Box
from ingest.readers.pdf.layout import NOWHERE, Char, Line, line_of

LETTER = 1.15  # times the height of its ink is a letter's size
COLUMN_GAP = 1.6  # times the height of the ink is a gap that parts columns and not letters


@dataclass(frozen=True)
class Picture:
    """A page to be recognised: gray, upright or not, at `dpi` dots per inch."""

    image: Image.Image
    dpi: int


@dataclass(frozen=True)
class Read:
    """A line as it was read: characters with their boxes in pixels, None if words are parted."""

    chars: list[tuple[str, Box | None]]
    sure: float
    height: float
    vertical: bool = False


def even(read: Read, usual: float) -> Read:
    """With the letters' usual height if its own is near it: ink is as high as the letters in it."""
    return replace(read, height=usual) if 0.78 < read.height / usual < 1.28 else read


def line_on_page(read: Read, turned: int, size: tuple[int, int], scale: float) -> Line:
    """The line in points, on the page as it is."""
    height = read.height * scale * LETTER
    chars = []
    for text, box in _joined(read):
        place = NOWHERE if box is None else _upright(box, turned, size, scale)
        chars += [Char(character, place, height) for character in text]
    return replace(line_of(chars), vertical=read.vertical and turned in (0, 180))


def _joined(read: Read) -> list[tuple[str, Box | None]]:
    """Without the blanks that a recogniser puts between Chinese and Japanese words, which nobody wrote; a
    wide gap is kept, it parts columns."""
    joined: list[tuple[str, Box | None]] = []
    for index, (text, box) in enumerate(read.chars):
        if box is None:
            if not joined or index + 1 == len(read.chars):
                continue
            (before, box_before), (after, box_after) = joined[-1], read.chars[index + 1]
            end, start = (3, 1) if read.vertical else (2, 0)
            wide = (
                box_before is not None
                and box_after is not None
                and box_after[start] - box_before[end] > COLUMN_GAP * read.height
            )
            if not (wide or (before.isascii() and after.isascii())):
                continue
        joined.append((text, box))
    return joined


def _upright(box: Box, turned: int, size: tuple[int, int], scale: float) -> Box:
    """A box on the turned picture as a box on the page, in points."""
    left, top, right, bottom = box
    width, height = size
    if turned == 90:
        left, top, right, bottom = top, height - right, bottom, height - left
    elif turned == 180:
        left, top, right, bottom = width - right, height - bottom, width - left, height - top
    elif turned == 270:
        left, top, right, bottom = width - bottom, left, width - top, right
    return (left * scale, top * scale, right * scale, bottom * scale)

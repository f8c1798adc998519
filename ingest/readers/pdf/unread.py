"""Letters of a PDF in fonts that are neither in the file nor on this computer: its pictures lack them, and
that is reported."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np
import pypdfium2.raw as raw

from ingest.readers.pdf.glyphs import Glyphs
from language.tokens import is_cjk

MOST_LOOKED_AT = 60  # letters of a font
LEAST_DRAWN = 0.3  # share of them that leave something on the page's picture
INK = 24  # levels of grey between paper and a letter
DRAWN_WRONG = 0.9  # quality of a page whose text is right and whose picture lacks letters


class FontsHere:
    """Whether the Chinese and Japanese fonts of a file can be drawn; each is looked at once."""

    def __init__(self) -> None:
        self._drawn: dict[str, bool] = {}

    def missing(self, page: Any, glyphs: Glyphs) -> list[str]:
        """The names of the page's fonts whose letters its picture lacks."""
        unknown: dict[str, list[int]] = {}
        names = dict[int, str]()
        for number, run in enumerate(glyphs.runs):
            font = raw.FPDFTextObj_GetFont(ctypes.cast(run.handle, raw.FPDF_PAGEOBJECT))
            if font and raw.FPDFFont_GetIsEmbedded(font) == 0:
                names[number] = _font_name(font)
        for name, letter in _letters(glyphs, names):
            unknown.setdefault(name, []).append(letter)
        looked_at = {name: letters for name, letters in unknown.items() if name not in self._drawn}
        if looked_at:
            picture = page.render(scale=1, grayscale=True).to_numpy()
            for name, letters in looked_at.items():
                shares = [_has_ink(picture, glyphs.boxes[letter]) for letter in letters[:MOST_LOOKED_AT]]
                self._drawn[name] = sum(shares) >= LEAST_DRAWN * len(shares)
        return [name for name in unknown if not self._drawn[name]]


def _letters(glyphs: Glyphs, names: dict[int, str]) -> Iterator[tuple[str, int]]:
    """The Chinese and Japanese letters in those runs, by the name of their font."""
    if not names:
        return
    for place in np.flatnonzero(np.isin(glyphs.run_of, list(names))).tolist():
        if is_cjk(chr(int(glyphs.codes[place]))):
            yield names[int(glyphs.run_of[place])], place


def _has_ink(picture: Any, box: Any) -> bool:
    left, top, right, bottom = (int(side) for side in box)
    area = picture[max(0, top) : bottom + 1, max(0, left) : right + 1]
    return bool(area.size) and int(area.max()) - int(area.min()) >= INK


def _font_name(font: Any) -> str:
    room = ctypes.create_string_buffer(256)
    length = raw.FPDFFont_GetBaseFontName(font, room, 256)
    return room.value.decode("utf-8", "replace") if 0 < length <= 256 else "?"

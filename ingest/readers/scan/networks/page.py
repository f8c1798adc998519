"""A whole page by the networks: which way up it lies, its lines, in the script that stands on it."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np

from ingest.readers.scan.networks.detection import Gray, lines_in
from ingest.readers.scan.networks.models import Floats, Network
from ingest.readers.scan.networks.reading import Glyph, LineReader, Reading, level
from ingest.readers.scan.networks.scripts import KANA, NAMES, Scripts
from ingest.readers.scan.networks.upright import completed
from language.tokens import is_cjk

SAMPLE = 5  # lines that show which way up a page lies
SURE = 0.85  # mean sureness at which a sample is not tried otherwise
SURER = 0.08  # by which another way must be surer
TALL = 1.5  # times its width: a line of that height may be read downwards
ALONE = 3.0  # times its width: it is, even on a page of level lines; a lower one may be a figure 1
LEAST_SURE = 0.5  # a line's mean sureness below which it is not text but a stain or a picture
LETTER = 0.68  # of a line's height as it is marked is the height of its letters' ink
INK = 0.87  # of a full-width character's pitch is
ENOUGH = 4  # so many adjacent full-width characters give their pitch
UPWARDS, UPSIDE_DOWN = 3, 2  # quarters against the clock that make such a page upright


class PageReader:
    """Reads pages with the two networks."""

    def __init__(self, detection: Network, reading: Network, characters: Sequence[str]) -> None:
        self.detection = detection
        self.scripts = Scripts(characters)
        self.lines = LineReader(reading, characters, self.scripts)

    def read(self, picture: Gray, languages: Sequence[str]) -> dict[str, Any]:
        """The lines with their characters' boxes in the picture as it was turned to be upright, and by how
        many degrees, clockwise."""
        places = lines_in(picture, self.detection)
        downwards = sum(_length(place) for place in places if _tall(place) > TALL) * 2 > sum(
            map(_length, places)
        )
        tried: dict[tuple[int, int], Reading] = {}  # of the sample, by its place in `places` and turns
        quarters = self._quarters(picture, places, downwards, tried)
        if quarters:
            tried = {}
            picture = np.ascontiguousarray(np.rot90(picture, quarters))
            places = lines_in(picture, self.detection)
            downwards = False
        limit = TALL if downwards else ALONE
        seen = []
        for number, place in enumerate(places):
            vertical = _tall(place) > limit
            reading = tried.get((number, int(vertical))) or self._read(picture, place, int(vertical))
            if len(reading.columns) and float(reading.sure.mean()) >= LEAST_SURE:
                seen.append((place, vertical, reading))
        usual = self._script([reading for _, _, reading in seen], languages)
        lines = []
        for place, vertical, reading in seen:
            own = self.lines.glyphs(reading, self._line_script(reading, usual, languages))
            if vertical:
                own = completed(level(picture, place), own)
            lines.append(_line(place, own, vertical, float(reading.sure.mean())))
        lines = [line for line in lines if line["chars"]]
        if not any(text.isalnum() for line in lines for text, _ in line["chars"]):
            lines = []  # a drawing's boxes and strokes: signs alone are no text
        return {"turned": (360 - 90 * quarters) % 360, "lines": lines}

    def _read(self, picture: Gray, place: Floats, turns: int) -> Reading:
        return self.lines.read(level(picture, place, turns))

    def _quarters(
        self,
        picture: Gray,
        places: Sequence[Floats],
        downwards: bool,
        tried: dict[tuple[int, int], Reading],
    ) -> int:
        """How many quarters against the clock make the page upright: 0 for one that is read downwards too.
        What it reads for that is put into `tried`: nothing is read twice."""
        fitting = [number for number, place in enumerate(places) if (_tall(place) > TALL) == downwards]
        sample = sorted(fitting, key=lambda number: _length(places[number]))[-SAMPLE:]

        def sure(turns: int) -> float:
            readings = [self._read(picture, places[number], turns) for number in sample]
            tried.update({(number, turns): reading for number, reading in zip(sample, readings, strict=True)})
            return statistics.fmean(
                float(reading.sure.mean()) if len(reading.sure) else 0.0 for reading in readings
            )

        if not sample:
            return 0
        usual, other, quarters = (1, 3, UPWARDS) if downwards else (0, 2, UPSIDE_DOWN)
        as_usual = sure(usual)
        return quarters if as_usual < SURE and sure(other) > as_usual + SURER else 0

    def _script(self, readings: Sequence[Reading], languages: Sequence[str]) -> int:
        signs = np.concatenate([np.zeros(0, np.int64), *(reading.signs[0] for reading in readings)])
        wanted = [NAMES[name] for name in languages if name in NAMES]
        return self.scripts.of_text(signs, wanted) if wanted else 0

    def _line_script(self, reading: Reading, usual: int, languages: Sequence[str]) -> int:
        """A line with kana in it is Japanese on any page."""
        signs = reading.signs[0]
        kana = int(self.scripts.kana[signs].sum())
        return NAMES["jpn"] if "jpn" in languages and kana > 1 and kana > KANA * len(signs) else usual


def _tall(place: Floats) -> float:
    across, down = (float(np.linalg.norm(place[number] - place[0])) for number in (1, 3))
    return down / max(across, 1.0)


def _length(place: Floats) -> float:
    return max(float(np.linalg.norm(place[number] - place[0])) for number in (1, 3))


def _line(place: Floats, glyphs: Sequence[Glyph], vertical: bool, sure: float) -> dict[str, Any]:
    """A line's characters with their boxes: left, top, right, bottom; None for a blank."""
    # Along the line, and across it: without the room that was added about the letters.
    start, along, across = (
        (place[1], place[2] - place[1], place[0] - place[1])
        if vertical
        else (place[0], place[1] - place[0], place[3] - place[0])
    )
    thick = float(np.linalg.norm(across))
    edge = (1 - LETTER * 1.15) / 2
    chars: list[tuple[str, list[float] | None]] = []
    for glyph in glyphs:
        if glyph.text.isspace():
            chars.append((" ", None))
            continue
        corners = np.array(
            [
                start + along * far + across * deep
                for far in (glyph.start, glyph.end)
                for deep in (edge, 1 - edge)
            ]
        )
        sides = [*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()]
        chars.append((glyph.text, [round(side, 1) for side in sides]))
    while chars and chars[-1][1] is None:
        chars.pop()
    while chars and chars[0][1] is None:
        chars.pop(0)
    return {"chars": chars, "sure": 100 * sure, "height": _ink(glyphs, along, thick), "vertical": vertical}


def _ink(glyphs: Sequence[Glyph], along: Floats, thick: float) -> float:
    """The height of the letters' ink."""
    pitches = [
        (after.start + after.end - glyph.start - glyph.end) / 2
        for glyph, after in itertools.pairwise(glyphs)
        if is_cjk(glyph.text) and is_cjk(after.text)
    ]
    if len(pitches) < ENOUGH:
        return LETTER * thick
    return min(INK * statistics.median(pitches) * float(np.linalg.norm(along)), thick)

"""What lines of text say: each is cut out level, read by a network column by column, and its characters get
their places. Of characters that look alike in Japanese, simplified and traditional Chinese, the one is taken
that the page's own script has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ingest.readers.scan.networks.detection import Gray
from ingest.readers.scan.networks.models import Floats, Network
from ingest.readers.scan.networks.scripts import Scripts

HEIGHT = 48  # of a line as the network reads it
STEP = 160  # widths are filled up to multiples of this, so that few shapes are prepared
WIDEST = 3200


@dataclass(frozen=True)
class Glyph:
    """A character that was read: where along its line it begins and ends (shares of its length)."""

    text: str
    start: float
    end: float
    sure: float


@dataclass(frozen=True)
class Reading:
    """What the network saw in a line: for each character the column, the sureness and, where scripts differ,
    what each of them would have there."""

    columns: npt.NDArray[np.int64]
    signs: npt.NDArray[np.int64]  # row of a script in `Scripts.names`, column of a character
    sure: Floats
    length: float  # columns that the line takes of those that the network read
    pitch: float  # columns that a full-width character takes


class LineReader:
    """Reads lines; keeps the network and what its characters are."""

    def __init__(self, network: Network, characters: Sequence[str], scripts: Scripts) -> None:
        self.network = network
        self.characters = characters
        self.scripts = scripts

    def read(self, line: Gray) -> Reading:
        """One line, cut out level."""
        height, width = line.shape
        wide = int(np.clip(round(width * HEIGHT / height), 8, WIDEST))
        sized = cv2.resize(
            line, (wide, HEIGHT), interpolation=cv2.INTER_AREA if height > HEIGHT else cv2.INTER_CUBIC
        )
        given = np.zeros((1, 3, HEIGHT, -(-wide // STEP) * STEP), np.float32)
        given[..., :wide] = (sized.astype(np.float32) / 255 - 0.5) / 0.5
        seen = self.network(given)[0]
        share = wide / given.shape[3]
        best = seen.argmax(axis=1)
        # A character is named in a run of columns; blanks part it from the next, as CTC has it.
        begins = np.flatnonzero((best != 0) & (np.concatenate(([0], best[:-1])) != best))
        ends = [_run_end(best, int(begin)) for begin in begins]
        peaks = np.array(
            [
                begin + int(seen[begin:end, best[begin]].argmax())
                for begin, end in zip(begins, ends, strict=True)
            ],
            np.int64,
        )
        signs = self.scripts.choices(seen[peaks], best[peaks]) if len(peaks) else np.zeros((1, 0), np.int64)
        middles = np.array([(begin + end - 1) / 2 for begin, end in zip(begins, ends, strict=True)])
        sure = seen[peaks, best[peaks]] if len(peaks) else np.zeros(0, np.float32)
        return Reading(middles, signs, sure, len(best) * share, 0.72 * HEIGHT * len(best) / given.shape[3])

    def glyphs(self, reading: Reading, script: int) -> list[Glyph]:
        """The characters as that script has them, with their places."""
        middles, glyphs = reading.columns, []
        texts = [self.characters[sign] for sign in reading.signs[script]] if len(middles) else []
        for number, (text, middle) in enumerate(zip(texts, middles, strict=True)):
            half = reading.pitch * (0.3 if text.isascii() else 0.5)
            start, end = middle + 0.5 - half, middle + 0.5 + half
            if number:
                start = max(start, (middles[number - 1] + middle + 1) / 2)
            if number + 1 < len(middles):
                end = min(end, (middle + middles[number + 1] + 1) / 2)
            start, end = max(0.0, start / reading.length), min(1.0, end / reading.length)
            glyphs.append(Glyph(text, start, max(start, end), float(reading.sure[number])))
        return glyphs


def _run_end(best: npt.NDArray[np.int64], begin: int) -> int:
    end = begin
    while end < len(best) and best[end] == best[begin]:
        end += 1
    return end


def level(picture: Gray, corners: Floats, turns: int = 0) -> Gray:
    """The rectangle of those corners, cut out level and turned by that many quarters against the clock."""
    width = max(1, round(float(np.linalg.norm(corners[1] - corners[0]))))
    height = max(1, round(float(np.linalg.norm(corners[3] - corners[0]))))
    aim = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    change = cv2.getPerspectiveTransform(corners, aim)
    cut = cv2.warpPerspective(
        picture, change, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.ascontiguousarray(np.rot90(cut, turns))

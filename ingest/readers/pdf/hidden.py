"""Finds text of a PDF page that nobody sees on it: outside the page, under two points, without opacity, in
the colour of what lies under it, behind a picture, or drawn by a mode that leaves no mark.

What the text's own values decide is decided by them. For the rest the page is drawn twice, with
the text in question and without: text that changes no pixel is not seen. The one exception is the layer that
text recognition lays over (or under) the picture of a scanned page: there the picture shows what it says.
"""

from __future__ import annotations

import contextlib
import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from ingest.readers.pdf.glyphs import Glyphs, Run, Transform

SMALLEST = 2.0  # points: smaller letters cannot be read
FAINTEST = 12  # of 255: a smaller opacity, or difference from what lies under, is not seen
LIGHT = 150  # of 255: letters all of whose colours are lighter may stand on a light ground
INVISIBLE_MODES = (3, 7)  # neither filled nor stroked; added to the clip alone
SCAN = 0.25  # share of a page that its pictures cover, of a scanned one
INK = 40  # of 255: difference between the ink and the paper of a scan
SCALE = 1.25  # pixels a point in the comparison
MOST_PIXELS = 3_000_000
MOST_OBJECTS = 4000  # a page of more is compared as a whole
SAMPLED = 40  # letters of a run that are looked at
LEAST_AREA = 20.0  # square points of a surface that could hide a letter

Picture = npt.NDArray[np.int16]


@dataclass(frozen=True)
class _Surface:
    """A picture, a filled shape or a group on the page that may lie under or over text."""

    box: tuple[float, float, float, float]
    order: int
    picture: bool
    colour: tuple[int, int, int] | None  # None: a picture's, a group's, a pattern's


def hidden_runs(page: Any, glyphs: Glyphs, transform: Transform) -> list[str]:
    """For each run why nobody sees it, or nothing."""
    runs = glyphs.runs
    if not runs:
        return []
    boxes = _boxes(glyphs)
    why = [_by_its_values(run, box, transform) for run, box in zip(runs, boxes, strict=True)]
    open_ = [number for number in range(len(runs)) if not why[number]]
    surfaces, order, whole = _surfaces(page, transform)
    asked = [
        number for number in open_
        if whole or _in_question(runs[number], boxes[number], surfaces, order.get(runs[number].handle))
    ]  # fmt: skip
    if not asked:
        return why
    pictures = _with_and_without(page, [runs[number] for number in asked])
    if pictures is None:
        return why
    scan = _is_scan([surface for surface in surfaces if surface.picture], transform)
    letters = _letters(glyphs)
    for number in asked:
        places = letters[number]
        if _share(places, pictures[1], transform, FAINTEST) >= 0.3:
            continue
        mode, layer = runs[number].mode, order.get(runs[number].handle)
        covered = _behind_picture(boxes[number], surfaces, layer)
        if scan and (mode in INVISIBLE_MODES or covered) and _has_ink(places, pictures[0], transform):
            continue
        why[number] = "invisible" if mode in INVISIBLE_MODES else "covered" if covered else "same_colour"
    return why


def _boxes(glyphs: Glyphs) -> list[tuple[float, float, float, float]]:
    """The box around each run."""
    letters = np.flatnonzero(glyphs.run_of >= 0)
    owners, places = glyphs.run_of[letters], glyphs.boxes[letters]
    order = np.argsort(owners, kind="stable")
    starts = np.searchsorted(owners[order], np.arange(len(glyphs.runs)))
    places = places[order]
    least = np.minimum.reduceat(places, starts, axis=0)
    most = np.maximum.reduceat(places, starts, axis=0)
    return [(a, b, c, d) for (a, b), (c, d) in zip(least[:, :2].tolist(), most[:, 2:].tolist(), strict=True)]


def _letters(glyphs: Glyphs) -> list[npt.NDArray[np.float64]]:
    """The boxes of some letters of each run."""
    letters = np.flatnonzero(glyphs.run_of >= 0)
    owners = glyphs.run_of[letters]
    order = letters[np.argsort(owners, kind="stable")]
    ends = np.cumsum(np.bincount(owners, minlength=len(glyphs.runs)))[:-1]
    return [glyphs.boxes[part[:: max(1, len(part) // SAMPLED)]] for part in np.split(order, ends)]


def _by_its_values(run: Run, box: tuple[float, float, float, float], transform: Transform) -> str:
    if 0 < run.size < SMALLEST:
        return "tiny"
    left, top, right, bottom = box
    if right <= 0 or bottom <= 0 or left >= transform.width or top >= transform.height:
        return "off_page"
    if run.colour[3] < FAINTEST and run.mode == 0:
        return "transparent"
    return ""


def _in_question(
    run: Run, box: tuple[float, float, float, float], surfaces: list[_Surface], order: int | None
) -> bool:
    """Whether the page must be drawn to know whether that run is seen."""
    if run.mode != 0 or min(run.colour[:3]) > LIGHT or run.layered:
        return True
    rim = 0.2 * min(box[2] - box[0], box[3] - box[1])  # boxes that touch hide nothing
    middle = (box[0] + rim, box[1] + rim, box[2] - rim, box[3] - rim)
    for surface in surfaces:
        if not _meet(surface.box, middle):
            continue
        above = order is None or surface.order > order
        if above or surface.colour is None:
            return True
        if max(abs(a - b) for a, b in zip(surface.colour, run.colour, strict=False)) < 4 * FAINTEST:
            return True
    return False


def _meet(box: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return box[0] < other[2] and box[2] > other[0] and box[1] < other[3] and box[3] > other[1]


def _surfaces(page: Any, transform: Transform) -> tuple[list[_Surface], dict[int, int], bool]:
    """The surfaces of a page, the place of each text object in the order of drawing, and whether there are
    too many to look at each."""
    count = raw.FPDFPage_CountObjects(page.raw)
    surfaces: list[_Surface] = []
    order: dict[int, int] = {}
    if count > MOST_OBJECTS:
        return surfaces, order, True
    for number in range(count):
        part = raw.FPDFPage_GetObject(page.raw, number)
        kind = raw.FPDFPageObj_GetType(part)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            order[ctypes.cast(part, ctypes.c_void_p).value or 0] = number
            continue
        surface = _surface(part, kind, number, transform)
        if surface is not None:
            surfaces.append(surface)
    return surfaces, order, False


def _surface(part: Any, kind: int, number: int, transform: Transform) -> _Surface | None:
    colour = None
    if kind == raw.FPDF_PAGEOBJ_PATH:
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(part, ctypes.byref(fill), ctypes.byref(stroke))
        if not fill.value:
            return None
        shades = [ctypes.c_uint() for _ in range(4)]
        if raw.FPDFPageObj_GetFillColor(part, *map(ctypes.byref, shades)):
            colour = (shades[0].value, shades[1].value, shades[2].value)
    sides = [ctypes.c_float() for _ in range(4)]  # left, bottom, right, top
    if not raw.FPDFPageObj_GetBounds(part, *map(ctypes.byref, sides)):
        return None
    values = [np.array([side.value], np.float64) for side in sides]
    left, top, right, bottom = transform.boxes(*values)[0].tolist()
    if (right - left) * (bottom - top) < LEAST_AREA:
        return None
    return _Surface((left, top, right, bottom), number, kind == raw.FPDF_PAGEOBJ_IMAGE, colour)


def _is_scan(pictures: list[_Surface], transform: Transform) -> bool:
    area = sum(
        (min(box[2], transform.width) - max(box[0], 0)) * (min(box[3], transform.height) - max(box[1], 0))
        for box in (picture.box for picture in pictures)
    )
    return area >= SCAN * transform.width * transform.height


def _behind_picture(
    box: tuple[float, float, float, float], surfaces: list[_Surface], order: int | None
) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(
        surface.picture
        and (order is None or surface.order > order)
        and _meet(surface.box, (x, y, x + 0.01, y + 0.01))
        for surface in surfaces
    )


def _with_and_without(page: Any, runs: list[Run]) -> tuple[Picture, Picture] | None:
    """The page's picture, and how much each pixel of it changes without those runs."""
    width, height = page.get_size()
    scale = min(SCALE, (MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    try:
        first = _drawn(page, scale)
        modes = [(ctypes.cast(run.handle, raw.FPDF_PAGEOBJECT), run.mode) for run in runs if run.handle]
        for handle, _ in modes:
            raw.FPDFTextObj_SetTextRenderMode(handle, 3)
        try:
            second = _drawn(page, scale)
        finally:
            for handle, mode in modes:
                raw.FPDFTextObj_SetTextRenderMode(handle, mode)
    except (pdfium.PdfiumError, ValueError, MemoryError):
        return None
    return first, np.abs(first - second)


def _drawn(page: Any, scale: float) -> Picture:
    bitmap = page.render(scale=scale, draw_annots=True, may_draw_forms=False)
    try:
        return np.array(bitmap.to_numpy()[:, :, :3], np.int16)
    finally:
        with contextlib.suppress(pdfium.PdfiumError):
            bitmap.close()


def _regions(
    places: npt.NDArray[np.float64], picture: Picture, transform: Transform
) -> list[npt.NDArray[np.int16]]:
    """What the picture shows of each letter, with a pixel around it."""
    height, width = picture.shape[:2]
    across, down = width / max(transform.width, 1e-6), height / max(transform.height, 1e-6)
    regions = []
    for left, top, right, bottom in places.tolist():
        x1, x2 = max(0, int(left * across) - 1), min(width, int(right * across) + 2)
        y1, y2 = max(0, int(top * down) - 1), min(height, int(bottom * down) + 2)
        if x1 < x2 and y1 < y2:
            regions.append(picture[y1:y2, x1:x2])
    return regions


def _share(places: npt.NDArray[np.float64], changes: Picture, transform: Transform, least: int) -> float:
    """The share of those letters of which a pixel changes by at least so much."""
    regions = _regions(places, changes, transform)
    return sum(int(region.max()) >= least for region in regions) / len(regions) if regions else 0.0


def _has_ink(places: npt.NDArray[np.float64], picture: Picture, transform: Transform) -> bool:
    """Whether the picture shows something where most of those letters would stand."""
    regions = _regions(places, picture, transform)
    inked = sum(int((region.max(axis=(0, 1)) - region.min(axis=(0, 1))).max()) >= INK for region in regions)
    return bool(regions) and inked * 2 >= len(regions)

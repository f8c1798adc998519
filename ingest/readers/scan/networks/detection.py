"""Where lines of text stand in a picture: rectangles, level or not, from what a network says of every dot."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ingest.readers.scan.networks.models import Floats, Network

DOTS = 1_160_000  # at which lines are looked for, whatever the picture has: of A4 it is 1280 by 906
PAPER = 200  # gray above which nothing is ink
STEP = 32  # the network wants multiples of this
TEXT = 0.3  # from which a dot counts as text
LEAST_SURE = 0.5  # mean of a line's dots below which it is not a line
GROWN = 1.6  # the network marks the core of a line; times area by girth it is grown
NARROW = 3.0  # dots below which something is no line
MOST_LINES = 3000

Gray = npt.NDArray[np.uint8]


def lines_in(picture: Gray, network: Network) -> list[Floats]:
    """The lines' corners in the picture, four points each: from the upper left of the text's own direction
    clockwise, where it is read from left to right or downwards."""
    height, width = picture.shape
    scale = min(1.0, float(np.sqrt(DOTS / (height * width))))
    small = _whole_steps(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    sure = _sureness(small, network)
    marked = cv2.dilate((sure > TEXT).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(marked, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    limit = np.array([width - 1, height - 1], np.float32)
    lines = []
    for outline in outlines[:MOST_LINES]:
        middle, (across, down), angle = cv2.minAreaRect(outline)
        if min(across, down) < NARROW or _mean_inside(sure, outline) < LEAST_SURE:
            continue
        grown = across * down * GROWN / (2 * (across + down))
        corners = cv2.boxPoints((middle, (across + 2 * grown, down + 2 * grown), angle)) / scale
        lines.append(np.clip(_ordered(corners), 0, limit).astype(np.float32))
    return lines


def _whole_steps(picture: Gray) -> Gray:
    """On white paper of whole steps."""
    height, width = picture.shape
    paper = np.full(
        (max(STEP, -(-height // STEP) * STEP), max(STEP, -(-width // STEP) * STEP)), 255, np.uint8
    )
    paper[:height, :width] = picture
    return paper


def _sureness(picture: Gray, network: Network) -> Floats:
    """How sure the network is of each dot that it is text. The page is seen whole: for a part without text
    the network says anything."""
    if picture.min() > PAPER:
        return np.zeros(picture.shape, np.float32)
    dots = (picture.astype(np.float32) / 255 - 0.5) / 0.5
    seen: Floats = network(np.repeat(dots[None, None], 3, axis=1))
    return np.ascontiguousarray(seen[0, 0])


def _mean_inside(sure: Floats, outline: npt.NDArray[np.int32]) -> float:
    left, top, width, height = cv2.boundingRect(outline)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [cv2.boxPoints(cv2.minAreaRect(outline - [left, top])).astype(np.int32)], 1)
    return float(cv2.mean(sure[top : top + height, left : left + width], inside)[0])


def _ordered(corners: Floats) -> Floats:
    """From the upper left clockwise."""
    by_side = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_side[:2], by_side[2:]
    upper_left, lower_left = left[np.argsort(left[:, 1])]
    upper_right, lower_right = right[np.argsort(right[:, 1])]
    return np.array([upper_left, upper_right, lower_right, lower_left])

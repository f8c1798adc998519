"""Draws the boxes of a quote or of findings on the picture of their page. Pure: bytes in, bytes out."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Box = tuple[float, float, float, float]

# Multiplied with the page, so that black print stays black; the rim serves those who do not see yellow well.
YELLOW, RIM, RED = (255, 226, 77), (176, 112, 0), (179, 38, 30)
ABOVE = 1.5  # points above and below the characters
RIM_PIXELS = 3
BESIDE = 0.3  # of their height, left and right: the blanks between words are covered too


def with_boxes(picture: bytes, boxes: Sequence[Box], width: float, height: float) -> bytes:
    """The PNG with the boxes marked. Boxes, width and height are in points from the upper left corner."""
    if not boxes or width <= 0 or height <= 0:
        return picture
    page = Image.open(BytesIO(picture)).convert("RGB")
    across, down = page.width / width, page.height / height
    marks = []
    for left, top, right, bottom in boxes:
        if left < right and top < bottom:
            beside = max(ABOVE, BESIDE * min(bottom - top, right - left))
            marks.append(
                (
                    (left - beside) * across,
                    (top - ABOVE) * down,
                    (right + beside) * across,
                    (bottom + ABOVE) * down,
                )
            )
    part = _around(marks, page)
    if part is None:
        return picture
    marked = Image.new("L", (part[2] - part[0], part[3] - part[1]), 0)
    pen = ImageDraw.Draw(marked)
    for mark in marks:
        pen.rectangle(tuple(side - part[number % 2] for number, side in enumerate(mark)), fill=255)
    ink = Image.composite(
        Image.new("RGB", marked.size, YELLOW), Image.new("RGB", marked.size, "white"), marked
    )
    drawn = ImageChops.multiply(page.crop(part), ink)
    drawn.paste(RIM, mask=ImageChops.subtract(marked.filter(ImageFilter.MaxFilter(5)), marked))
    page.paste(drawn, part[:2])
    return _png(page)


def _around(marks: Sequence[Box], page: Image.Image) -> tuple[int, int, int, int] | None:
    """The part of the page that the marks and their rims lie in; None where none lies on it."""
    if not marks:
        return None
    sides = list(zip(*marks, strict=True))
    left, top = max(0, int(min(sides[0])) - RIM_PIXELS), max(0, int(min(sides[1])) - RIM_PIXELS)
    right = min(page.width, int(max(sides[2])) + RIM_PIXELS + 1)
    bottom = min(page.height, int(max(sides[3])) + RIM_PIXELS + 1)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _png(page: Image.Image) -> bytes:
    out = BytesIO()
    page.save(out, "PNG", compress_level=1)  # the way to the browser is short: time counts more than size
    return out.getvalue()


def with_findings(
    picture: bytes, frames: Sequence[tuple[int, Sequence[Box]]], width: float, height: float, opened: int
) -> bytes:
    """The PNG with a frame and its number at each finding; the one that is opened is filled too.

    Boxes, width and height are in points, as above.
    """
    if width <= 0 or height <= 0:
        return picture
    page = Image.open(BytesIO(picture)).convert("RGB")
    across, down = page.width / width, page.height / height
    ink = Image.new("RGB", page.size, "white")
    pen, fill = ImageDraw.Draw(page), ImageDraw.Draw(ink)
    letters = ImageFont.load_default(size=max(12, page.width // 60))
    for number, boxes in sorted(frames, key=lambda numbered: numbered[0] == opened):
        colour = RED if number == opened else RIM
        for place, (left, top, right, bottom) in enumerate(boxes):
            frame = (
                (left - ABOVE) * across,
                (top - ABOVE) * down,
                max((right + ABOVE) * across, (left + ABOVE) * across),
                max((bottom + ABOVE) * down, (top + ABOVE) * down),
            )
            pen.rectangle(frame, outline=colour, width=max(2, page.width // 450))
            if number == opened:
                fill.rectangle(frame, fill=YELLOW)
            if place == 0:
                tag = pen.textbbox((frame[0], frame[1]), str(number), font=letters, anchor="lb")
                pen.rectangle((tag[0] - 4, tag[1] - 3, tag[2] + 4, tag[3] + 3), fill=colour)
                pen.text((frame[0], frame[1]), str(number), font=letters, anchor="lb", fill="white")
    return _png(ImageChops.multiply(page, ink))

"""Draws a quote's boxes on the picture of its page. Pure: bytes in, bytes out."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Box = tuple[float, float, float, float]

# Multiplied with the page, so that black print stays black; the rim serves those who do not see yellow well.
YELLOW, RIM = (255, 226, 77), (176, 112, 0)
ABOVE = 1.5  # points above and below the characters
BESIDE = 0.3  # of their height, left and right: the blanks between words are covered too


def with_boxes(picture: bytes, boxes: Sequence[Box], width: float, height: float) -> bytes:
    """The PNG with the boxes marked. Boxes, width and height are in points from the upper left corner."""
    if not boxes or width <= 0 or height <= 0:
        return picture
    page = Image.open(BytesIO(picture)).convert("RGB")
    across, down = page.width / width, page.height / height
    marked = Image.new("L", page.size, 0)
    pen = ImageDraw.Draw(marked)
    for left, top, right, bottom in boxes:
        if left < right and top < bottom:
            beside = max(ABOVE, BESIDE * min(bottom - top, right - left))
            pen.rectangle(
                (
                    (left - beside) * across,
                    (top - ABOVE) * down,
                    (right + beside) * across,
                    (bottom + ABOVE) * down,
                ),
                fill=255,
            )
    ink = Image.composite(Image.new("RGB", page.size, YELLOW), Image.new("RGB", page.size, "white"), marked)
    drawn = ImageChops.multiply(page, ink)
    rim = ImageChops.subtract(marked.filter(ImageFilter.MaxFilter(5)), marked)
    drawn.paste(RIM, mask=rim)
    out = BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()

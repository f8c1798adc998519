"""A picture in place of a template's: the frame keeps its place and size, the picture fits in whole.

What was given is decoded and written anew, so nothing of the file but what can be seen gets into the
document: no place where a photo was taken, no thumbnail, nothing that a damaged file might hold.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from docx.oxml.ns import qn

from core.errors import FileDamaged

BLIP, EXTENT, DRAWING = qn("a:blip"), qn("wp:extent"), qn("w:drawing")
MOST_PIXELS = 40_000_000  # of a picture that is given
SHARP = 220  # pixels to an inch in the document
EMU_TO_INCH = 914_400
MOST_DIGITS = 9  # of a side in EMU: up to 27 metres
LONGEST_TO_SHORT = 30  # sides of a frame; in a longer one a picture would be mostly what stands beside it
_SVG = "{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip"


def put_picture(part: Any, properties: Any, path: Path, label: str) -> None:
    """That picture in place of the one whose `wp:docPr` is given. Raises FileDamaged if it is damaged."""
    drawing = properties.getparent()
    extent = drawing.find(EXTENT)
    wide, high = _frame(extent) if extent is not None else (0, 0)
    relation, _ = part.get_or_add_image(io.BytesIO(_fitted(path, wide, high, label)))
    for blip in drawing.iter(BLIP):
        blip.set(qn("r:embed"), relation)
        for drawn in list(blip.iter(_SVG)):  # Word would show it in place of the picture
            holder = drawn.getparent()
            holder.getparent().remove(holder)
    for crop in list(drawing.iter(qn("a:srcRect"))):
        crop.getparent().remove(crop)
    properties.set("descr", label)
    for attribute in ("title", "name"):
        if properties.get(attribute) is not None:
            properties.set(attribute, label)


def take_out(properties: Any) -> Any:
    """The run of the picture that goes; what it leaves empty stays for whoever puts a blank there."""
    drawing = properties.getparent()
    while drawing.tag != DRAWING:
        drawing = drawing.getparent()
    holder = drawing.getparent()
    outer = holder
    while outer.tag != qn("w:r"):  # within w:r, often one of several choices
        outer = outer.getparent()
    if holder is outer:
        holder.remove(drawing)
    else:
        choices = drawing
        while choices.getparent() is not outer:
            choices = choices.getparent()
        outer.remove(choices)
    return outer


def _frame(extent: Any) -> tuple[int, int]:
    """Width and height of a frame in EMU; zeros where the template says none that a picture could fill."""
    sides = [extent.get(side, "") for side in ("cx", "cy")]
    if not all(side.isdecimal() and len(side) <= MOST_DIGITS for side in sides):
        return 0, 0
    wide, high = map(int, sides)
    return (wide, high) if max(wide, high) <= LONGEST_TO_SHORT * min(wide, high) else (0, 0)


def _fitted(path: Path, wide: int, high: int, label: str) -> bytes:
    """The picture as a PNG or JPEG of the frame's proportions: upright, clear beside where it is narrow."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(path) as given:
            if given.width * given.height > MOST_PIXELS:
                raise FileDamaged(name=label, problem=f"the picture has more than {MOST_PIXELS:,} points")
            picture = ImageOps.exif_transpose(given)
            picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise FileDamaged(name=label, problem=f"the picture cannot be drawn ({error})") from error
    if wide and high:
        sharp = max(1, wide * SHARP // EMU_TO_INCH), max(1, high * SHARP // EMU_TO_INCH)
        picture.thumbnail(sharp, Image.Resampling.LANCZOS)
        across = max(picture.width, -(-picture.height * wide // high))
        down = max(picture.height, -(-picture.width * high // wide))
        if (across - picture.width, down - picture.height) != (0, 0):
            framed = Image.new("RGBA", (across, down), (255, 255, 255, 0))
            framed.paste(picture, ((across - picture.width) // 2, (down - picture.height) // 2))
            picture = framed
    out = io.BytesIO()
    if picture.mode == "RGB":
        picture.save(out, "JPEG", quality=90)
    else:
        picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def emptied(element: Any) -> bool:
    """Whether a run has nothing left in it but its format."""
    return all(child.tag == qn("w:rPr") for child in element)

"""A copy of a PDF with a highlight and a note at each finding, drawn so that common viewers show them."""

from __future__ import annotations

import io
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Highlight, Text
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    TextStringObject,
)

from checks.findings import CheckReport, Level
from core.errors import FileDamaged

_OPINION = "d9c2f0"
_COLOURS = {Level.ERROR: "f4a3a3", Level.WARNING: "ffe08a", Level.INFO: "a9cdf5"}


Rect = tuple[float, float, float, float]


def annotated_pdf(path: Path, report: CheckReport) -> bytes:
    """The annotated copy. Raises FileDamaged where the PDF cannot be written anew."""
    try:
        reader = PdfReader(path, strict=False)
        writer = PdfWriter(clone_from=reader)
        marked = ((each, place) for each in report.findings for place in (each.place, *each.also))
        for finding, place in marked:
            number = (place.page or 1) - 1
            if number >= len(writer.pages):
                continue
            page = writer.pages[number]
            box = page.mediabox
            left, top = float(box.left), float(box.top)
            text = f"{finding.rule}: {finding.message}"
            if finding.fix is not None:
                text += f"\n{finding.quote} → {finding.fix}"
            if not place.boxes:
                note = Text(rect=(left + 12, top - 32, left + 32, top - 12), text=text, open=False)
                writer.add_annotation(number, note)
                continue
            quads, rects = ArrayObject(), list[Rect]()
            for x1, y1, x2, y2 in place.boxes:
                low, high = top - y2, top - y1
                rects.append((left + x1, low, left + x2, high))
                for value in (left + x1, high, left + x2, high, left + x1, low, left + x2, low):
                    quads.append(FloatObject(round(value, 2)))
            around = (
                min(rect[0] for rect in rects), min(rect[1] for rect in rects),
                max(rect[2] for rect in rects), max(rect[3] for rect in rects),
            )  # fmt: skip
            colour = _OPINION if finding.is_opinion else _COLOURS[finding.level]
            mark = Highlight(rect=around, quad_points=quads, highlight_color=colour, printing=True)
            mark[NameObject("/AP")] = DictionaryObject(
                {NameObject("/N"): writer._add_object(_appearance(around, rects, colour))}
            )
            mark[NameObject("/Contents")] = TextStringObject(text)
            who = "Shoko: the model's opinion" if finding.is_opinion else "Shoko"
            mark[NameObject("/T")] = TextStringObject(who)
            writer.add_annotation(number, mark)
        out = io.BytesIO()
        writer.write(out)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FileDamaged(name=path.name, problem=str(error)) from error
    return out.getvalue()


def _appearance(around: Rect, rects: list[Rect], colour: str) -> DecodedStreamObject:
    """How a highlight is drawn: viewers that make no appearance of their own, and printers, show nothing
    without it. It multiplies, so that the text below stays legible."""
    red, green, blue = (int(colour[digit : digit + 2], 16) / 255 for digit in (0, 2, 4))
    areas = " ".join(
        f"{left:.2f} {low:.2f} {right - left:.2f} {high - low:.2f} re" for left, low, right, high in rects
    )
    stream = DecodedStreamObject()
    stream.set_data(f"q /Over gs {red:.3f} {green:.3f} {blue:.3f} rg {areas} f Q".encode("ascii"))
    over = DictionaryObject({NameObject("/BM"): NameObject("/Multiply")})
    states = DictionaryObject({NameObject("/Over"): over})
    stream.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject([FloatObject(round(side, 2)) for side in around]),
            NameObject("/Resources"): DictionaryObject({NameObject("/ExtGState"): states}),
        }
    )
    return stream

"""Reads PDF with PDFium (text, places, pictures) and asks pypdf for a second opinion where PDFium fails.

Runs in the sandbox's child process: files are hostile until proven otherwise.
"""

from __future__ import annotations

import ctypes
import io
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from core.errors import FileDamaged, FileEncrypted, TooManyPages
from ingest.pages import Block, PageContent
from ingest.readers.layout import Char, Line, compose, paragraphs

BOLD_WEIGHT = 600
SAMPLED = 4  # of so many characters of a line one is asked for its font: a line has one size
NOWHERE = (0.0, 0.0, 0.0, 0.0)
MOST_PIXELS = 40_000_000  # of a picture: an A4 page at 600 dots per inch has 35 million


def read_pdf(
    path: Path, name: str, *, page_limit: int, first_page: int = 1, password: str = ""
) -> Iterator[PageContent]:
    """The pages from `first_page` on. Raises FileEncrypted, FileDamaged or TooManyPages."""
    try:
        document = pdfium.PdfDocument(path, password=password or None)
    except pdfium.PdfiumError as error:
        if "assword" in str(error):
            raise FileEncrypted(name=name) from error
        yield from _by_pypdf(path, name, page_limit, first_page, password)
        return
    try:
        count = len(document)
        if count > page_limit:
            raise TooManyPages(name=name, pages=count, limit=page_limit)
        if count == 0:
            raise FileDamaged(name=name, problem="it has no pages")
        for number in range(first_page, count + 1):
            yield _page(document, number)
    finally:
        document.close()


def page_count(path: Path) -> int:
    """How many pages PDFium finds; 0 where it cannot open the file."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError:
        return 0
    try:
        return len(document)
    finally:
        document.close()


def _page(document: Any, number: int) -> PageContent:
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return PageContent(number, "")  # one broken page does not take the others with it
    try:
        width, height = page.get_size()
        label = document.get_page_label(number - 1) or ""
        textpage = page.get_textpage()
        try:
            lines = _lines(page, textpage)
        finally:
            textpage.close()
        return compose(number, paragraphs(lines), width, height, label)
    finally:
        page.close()


def _lines(page: Any, textpage: Any) -> list[Line]:
    """PDFium's characters, in its reading order, as lines."""
    handle, count = textpage.raw, raw.FPDFText_CountChars(textpage.raw)
    to_page = _transform(page)
    sides = [ctypes.c_double() for _ in range(4)]  # left, right, bottom, top
    places = [ctypes.byref(side) for side in sides]
    unicode_of, box_of = raw.FPDFText_GetUnicode, raw.FPDFText_GetCharBox
    lines: list[Line] = [Line([])]
    size, bold, high = 0.0, False, 0
    for index in range(count):
        code = unicode_of(handle, index)
        if 0xD800 <= code < 0xDC00:
            high = code  # the first half of a character beyond the basic plane
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0
            high = 0
        character = _shown(code)
        if character == "\n":
            if lines[-1].chars:
                lines.append(Line([]))
            continue
        if not character:
            continue
        chars = lines[-1].chars
        if len(chars) % SAMPLED == 0:
            size = raw.FPDFText_GetFontSize(handle, index) or size
            bold = raw.FPDFText_GetFontWeight(handle, index) >= BOLD_WEIGHT
        box = NOWHERE
        if character != " " or raw.FPDFText_IsGenerated(handle, index) != 1:
            box_of(handle, index, *places)
            box = to_page(sides[0].value, sides[2].value, sides[1].value, sides[3].value)
        chars.append(Char(character, box, _letter_height(box, size), bold))
    return [line for line in lines if any(not char.text.isspace() for char in line.chars)]


@cache
def _shown(code: int) -> str:
    """What is kept of a character: itself, a space, a line end, or nothing (control and private signs)."""
    if code in (10, 13):
        return "\n"
    if code == 2:  # PDFium's sign for a hyphen that it took for a wrapped word's
        return "-"
    if code == 0xA0:
        return " "
    if code in (0, 0xFFFE, 0xFFFF) or unicodedata.category(chr(code)) in ("Cc", "Cf", "Co", "Cs"):
        return ""
    return chr(code)


def _letter_height(box: tuple[float, float, float, float], size: float) -> float:
    """The size a reader sees. A font size of 1 with a scaling matrix is common: the box decides then."""
    height = box[3] - box[1]
    return max(height, size) if size > 1.5 or not height else height * 1.3


def _transform(page: Any) -> Any:
    """From PDF coordinates to points from the upper left of the page as shown (rotation, crop)."""
    scale = 100
    width, height = (max(1, round(side * scale)) for side in page.get_size())

    def device(x: float, y: float) -> tuple[float, float]:
        shown_x, shown_y = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(
            page.raw, 0, 0, width, height, 0, x, y, ctypes.byref(shown_x), ctypes.byref(shown_y)
        )
        return shown_x.value / scale, shown_y.value / scale

    (ox, oy), (xx, xy), (yx, yy) = device(0, 0), device(1000, 0), device(0, 1000)
    ax, ay, bx, by = (xx - ox) / 1000, (xy - oy) / 1000, (yx - ox) / 1000, (yy - oy) / 1000

    def box(left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        x1, y1 = ox + ax * left + bx * bottom, oy + ay * left + by * bottom
        x2, y2 = ox + ax * right + bx * top, oy + ay * right + by * top
        if x1 > x2:
            x1, x2 = x2, x1
        return (x1, y1, x2, y2) if y1 <= y2 else (x1, y2, x2, y1)

    return box


def _by_pypdf(
    path: Path, name: str, page_limit: int, first_page: int, password: str
) -> Iterator[PageContent]:
    """The second opinion: text without places."""
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        reader = pypdf.PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(password):
            raise FileEncrypted(name=name)
        count = len(reader.pages)
    except FileEncrypted:
        raise
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        OSError,
        RecursionError,
        AttributeError,
    ) as error:
        raise FileDamaged(name=name, problem=f"neither reader can open it: {error}") from error
    if count == 0:
        raise FileDamaged(name=name, problem="it has no pages")
    if count > page_limit:
        raise TooManyPages(name=name, pages=count, limit=page_limit)
    for number in range(first_page, count + 1):
        try:
            text = reader.pages[number - 1].extract_text()
        except (PyPdfError, ValueError, KeyError, TypeError, RecursionError, AttributeError):
            text = ""
        text = "\n".join(line.strip() for line in text.splitlines() if line.strip())
        yield PageContent(number, text, blocks=_line_blocks(text), source="second opinion")


def _line_blocks(text: str) -> list[Block]:
    blocks, at = [], 0
    for line in text.split("\n"):
        if line:
            blocks.append(Block(at, at + len(line)))
        at += len(line) + 1
    return blocks


def render_pdf(path: Path, number: int, width: int, password: str = "") -> bytes:
    """A page's picture as PNG, `width` pixels wide. Raises FileDamaged."""
    try:
        document = pdfium.PdfDocument(path, password=password or None)
        page = document[number - 1]
        page_width, page_height = page.get_size()
        scale = width / max(page_width, 1.0)
        scale = min(scale, (MOST_PIXELS / max(page_width * page_height, 1.0)) ** 0.5)
        picture = page.render(scale=scale, draw_annots=True).to_pil()
    except (pdfium.PdfiumError, IndexError) as error:
        raise FileDamaged(name=path.name, problem=str(error)) from error
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue()

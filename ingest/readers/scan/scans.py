"""Finds the pages that are pictures of text, or whose letters no font explains, has them recognised, several
at once, and keeps their order.

Without text recognition such a page is handed on empty, with the source `scan`, so that it can be reported.
"""

from __future__ import annotations

import io
import itertools
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import regex
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from core.errors import FileDamaged, TooMuchInFile
from ingest.ocr import RECOGNISED, UNREAD, Recognition
from ingest.pages import PageContent
from ingest.readers.scan.reads import Picture
from ingest.readers.scan.recognition import recognise

FEW_LETTERS = 60  # a page with more has a text of its own; a stamp or a page number has fewer
UNEXPLAINED = 0.75  # quality below which a page's picture is asked whether its text says what stands there
AGREEING = 0.5  # share of the picture's words that must stand in the text, for the text to be kept
LEAST_WORDS = 8  # that a picture must show to say so
PICTURE_SHARE = 0.35  # of the page that pictures must cover, for a page with a few letters to be a scan
LEAST_DPI, MOST_DPI = 200, 300
MOST_PIXELS = 120_000_000  # A3 at 600 dots per inch has 70 million
INK = 160  # gray below this is ink
_CJK = r"\p{Han}\p{Hiragana}\p{Katakana}"
_WORDS = regex.compile(rf"[{_CJK}]{{2}}|[^\W\d_{_CJK}]{{3,}}")


def with_recognition(
    pages: Iterator[PageContent], path: Path, password: str, order: Recognition | None
) -> Iterator[PageContent]:
    """The PDF's pages, those that are scans with their text recognised. `order` None: they stay empty."""
    waiting: deque[PageContent | Future[PageContent]] = deque()
    drawer: _Drawer | None = None
    workers = order.workers if order is not None else 1
    pool = ThreadPoolExecutor(workers, thread_name_prefix="recognise")
    try:
        for page in pages:
            if sum(letter.isalnum() for letter in page.text) > FEW_LETTERS:
                if page.quality >= UNEXPLAINED or order is None or not order.languages:
                    waiting.append(page)
                else:
                    drawer = drawer or _Drawer(path, password)
                    picture = drawer.picture(page.number)
                    waiting.append(pool.submit(_surer, picture, page, order) if picture else page)
            else:
                drawer = drawer or _Drawer(path, password)
                waiting.append(_handed(page, drawer, order, pool))
            while waiting and (len(waiting) > 2 * workers or isinstance(waiting[0], PageContent)):
                yield _done(waiting.popleft())
        while waiting:
            yield _done(waiting.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        if drawer is not None:
            drawer.close()


def _handed(
    page: PageContent, drawer: _Drawer, order: Recognition | None, pool: ThreadPoolExecutor
) -> PageContent | Future[PageContent]:
    if not drawer.is_scan(page):
        return page
    if order is None or not order.languages:
        return _unread(page)
    picture = drawer.picture(page.number)
    return _unread(page) if picture is None else pool.submit(recognise, picture, page, order)


def _surer(picture: Picture, page: PageContent, order: Recognition) -> PageContent:
    """The page as its picture reads if its text says something else, as fonts without a true table of
    their letters make it; else as it is."""
    seen = recognise(picture, page, order)
    if seen.source != RECOGNISED:
        return page
    words, said = _units(seen.text), set(_units(page.text))
    if len(words) < LEAST_WORDS or sum(word in said for word in words) >= AGREEING * len(words):
        return page
    return replace(seen, quality=1.0)


def _units(text: str) -> list[str]:
    """Words of three letters and more, and pairs of Chinese or Japanese characters."""
    return [match[0] for match in _WORDS.finditer(text.casefold())]


def _unread(page: PageContent) -> PageContent:
    return page if page.text.strip() else replace(page, source=UNREAD)


def _done(page: PageContent | Future[PageContent]) -> PageContent:
    return page if isinstance(page, PageContent) else page.result()


class _Drawer:
    """The PDF once more, opened to be looked at and drawn."""

    def __init__(self, path: Path, password: str) -> None:
        try:
            self.document = pdfium.PdfDocument(path, password=password or None)
        except pdfium.PdfiumError:  # the second opinion read it; nothing can be drawn
            self.document = None

    def close(self) -> None:
        if self.document is not None:
            self.document.close()

    def is_scan(self, page: PageContent) -> bool:
        """Whether a page with few letters is a picture of text."""
        if self.document is None:
            return False
        try:
            drawn_page = self.document[page.number - 1]
        except pdfium.PdfiumError:
            return False
        try:
            width, height = drawn_page.get_size()
            covered, drawn = 0.0, False
            for thing in drawn_page.get_objects(max_depth=4):
                drawn = drawn or thing.type in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_TEXT)
                if thing.type == raw.FPDF_PAGEOBJ_IMAGE:
                    left, bottom, right, top = thing.get_bounds()
                    covered += max(0.0, min(right, width) - max(left, 0)) * max(
                        0.0, min(top, height) - max(bottom, 0)
                    )
            if page.text.strip():
                return bool(covered >= PICTURE_SHARE * width * height)
            if not covered and not drawn:
                return False
            # Letters that were turned into curves are a picture of text too; a coloured area is not.
            small = drawn_page.render(scale=min(1.0, 1000 / max(width, height, 1.0)), grayscale=True).to_pil()
            return _has_writing(small)
        except (pdfium.PdfiumError, ValueError, ZeroDivisionError):
            return False
        finally:
            drawn_page.close()

    def picture(self, number: int) -> Picture | None:
        """The page in gray, at the resolution of the scan in it; None if it cannot be drawn."""
        if self.document is None:
            return None
        page = self.document[number - 1]
        try:
            width, height = page.get_size()
            dpi = LEAST_DPI
            for thing in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=4):
                left, _, right, _ = thing.get_bounds()
                across = thing.get_px_size()[0]
                if right - left > width / 3:
                    dpi = max(dpi, round(across / max(right - left, 1.0) * 72))
            dpi = min(dpi, MOST_DPI)
            if width * height * (dpi / 72) ** 2 > MOST_PIXELS:
                dpi = int((MOST_PIXELS / (width * height)) ** 0.5 * 72)
            if dpi < 72:
                return None
            return Picture(page.render(scale=dpi / 72, grayscale=True).to_pil(), dpi)
        except (pdfium.PdfiumError, ValueError):
            return None
        finally:
            page.close()


def _has_writing(image: Image.Image) -> bool:
    """Whether there is ink on it, and paper, and rows of the one between rows of the other."""
    ink = image.convert("L").point([255] * INK + [0] * (256 - INK))
    share = ink.histogram()[255] / max(1, image.width * image.height)
    if not 0.0002 < share < 0.6:
        return False
    rows = [value > 0 for value in ink.resize((1, ink.height), Image.Resampling.BOX).tobytes()]
    return sum(row != next_one for row, next_one in itertools.pairwise(rows)) >= 2


def read_picture(path: Path, name: str, order: Recognition | None) -> Iterator[PageContent]:
    """The pages of a PNG, JPEG or TIFF file. Raises FileDamaged or TooMuchInFile."""
    pool = ThreadPoolExecutor(order.workers if order else 1, thread_name_prefix="recognise")
    waiting: deque[Future[PageContent]] = deque()
    try:
        for number, image, dpi in _frames(path, name):
            page = PageContent(
                number, "", round(image.width / dpi * 72, 1), round(image.height / dpi * 72, 1), source=UNREAD
            )
            if order is None or not order.languages:
                yield page
                continue
            waiting.append(pool.submit(recognise, _sized(image, dpi), page, order))
            if len(waiting) > 2 * order.workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def draw_picture(path: Path, name: str, number: int, width: int) -> bytes:
    """A picture file's page as PNG, `width` pixels wide. Raises FileDamaged or TooMuchInFile."""
    for position, image, _ in _frames(path, name, gray=False):
        if position == number:
            height = max(1, round(image.height * width / image.width))
            out = io.BytesIO()
            image.resize((width, min(height, 20 * width))).save(out, "PNG", compress_level=3)
            return out.getvalue()
    raise FileDamaged(name=name, problem="its page could not be drawn")


def _frames(path: Path, name: str, *, gray: bool = True) -> Iterator[tuple[int, Image.Image, float]]:
    """Number, picture and dots per inch of each page of a picture file."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit, below, is reported in a sentence
    try:
        with Image.open(path, formats=("PNG", "JPEG", "TIFF")) as opened:
            for number, frame in enumerate(ImageSequence.Iterator(opened), start=1):
                if frame.width * frame.height > MOST_PIXELS:
                    raise TooMuchInFile(name=name, what="pixels", limit=f"{MOST_PIXELS:,}")
                yield number, _flat(frame, gray=gray), _dpi(frame)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise FileDamaged(name=name, problem="its picture cannot be opened") from error


def _flat(frame: Image.Image, *, gray: bool) -> Image.Image:
    """Upright as a viewer shows it, and on white paper if it is transparent."""
    image = ImageOps.exif_transpose(frame)
    if image.mode in ("RGBA", "LA", "P", "PA"):
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
        image = paper
    return image.convert("L" if gray else "RGB")


def _dpi(frame: Image.Image) -> float:
    """As the file says if that can be true of a scan or a photograph of a page, else as if it were A4."""
    said = frame.info.get("dpi", (0, 0))
    try:
        dpi = float(said[0])
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        dpi = 0.0
    long_side = max(frame.width, frame.height)
    return dpi if 100 <= dpi <= 1200 and long_side / dpi <= 60 else max(36.0, long_side / 11.7)


def _sized(image: Image.Image, dpi: float) -> Picture:
    """At a resolution that recognition likes."""
    wanted = min(max(dpi, LEAST_DPI), MOST_DPI)
    if abs(wanted - dpi) < 1:
        return Picture(image, round(dpi))
    factor = wanted / dpi
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return Picture(image.resize(size, Image.Resampling.LANCZOS), round(wanted))

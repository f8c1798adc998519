"""Text recognition (OCR) with Tesseract: a picture of a page in, its lines with a box for each character out.

Tesseract runs as a program of its own, a process a page, below the sandbox's child and within its limits.
The language is detected from the script on the page.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import statistics
import subprocess
from collections.abc import Sequence

from lxml import html
from PIL import Image

from ingest.ocr import VERTICAL, Recognition, installed_languages
from ingest.pages import Box
from ingest.readers.office.package import Element
from ingest.readers.scan.reads import Picture, Read

LEAST_SURE = 35.0  # a line's mean certainty, of 100, below which it is not text but a stain or a picture
UNSURE = 72.0  # a page's mean certainty below which it is tried as vertical writing too
_BOX = re.compile(r"(?:x_bboxes|bbox) (-?\d+) (-?\d+) (-?\d+) (-?\d+)")
_SURE = re.compile(r"x_w?conf ([\d.]+)")
_SCRIPT = re.compile(r"Script: (\w+)")
_ROTATE = re.compile(r"Rotate: (\d+)")
_ORIENTATION_SURE = re.compile(r"Orientation confidence: ([\d.]+)")


def read_page(picture: Picture, order: Recognition) -> tuple[list[Read], int]:
    """The page's lines, and by how many degrees, clockwise, their picture was turned to be upright."""
    png = _png(picture.image)
    seen = _run(png, picture.dpi, ["--psm", "0", "-l", "osd"], order.seconds) or ""
    turned = _turned(seen)
    if turned:
        png = _png(picture.image.rotate(-turned, expand=True))
    best: list[list[Read]] = []
    surest = -1.0
    for languages, mode in _attempts(seen, order.languages):
        hocr = _run(
            png,
            picture.dpi,
            ["-l", languages, "--psm", mode, "-c", "hocr_char_boxes=1", "hocr"],
            order.seconds,
        )
        groups = _groups(hocr) if hocr else []
        sure = _certainty(groups)
        if sure > surest:
            best, surest = groups, sure
        if languages.split("+")[0] in VERTICAL and languages == order.languages[0] and sure >= UNSURE:
            break
        if mode == "3" and sure >= UNSURE and not languages.startswith("chi_"):
            break
    if not best:  # a short text in the corner of a page is sometimes seen as one block alone
        attempts = dict.fromkeys(languages for languages, _ in _attempts(seen, order.languages))
        for languages in attempts:
            hocr = _run(
                png,
                picture.dpi,
                ["-l", languages, "--psm", "6", "-c", "hocr_char_boxes=1", "hocr"],
                order.seconds,
            )
            groups = _groups(hocr) if hocr else []
            if (sure := _certainty(groups)) > surest:
                best, surest = groups, sure
    return [read for group in best for read in group], turned


def _attempts(seen: str, languages: Sequence[str]) -> list[tuple[str, str]]:
    """Languages and modes to try, in order; the surest result counts, the first sure one ends it."""
    script = _SCRIPT.search(seen)
    by_script = {
        "Japanese": ["jpn"], "Katakana": ["jpn"], "Hiragana": ["jpn"], "Latin": ["eng"],
        "Han": ["chi_sim", "chi_tra"], "HanS": ["chi_sim"], "HanT": ["chi_tra"],
    }  # fmt: skip
    fitting = [
        language for language in by_script.get(script[1] if script else "", []) if language in languages
    ]
    if not fitting:
        return [("+".join(languages), "3")]
    ways = [(language, "3") for language in fitting]
    known = installed_languages()
    ways += [(VERTICAL[language], "5") for language in fitting if VERTICAL.get(language) in known]
    return ways


def _turned(seen: str) -> int:
    """By how many degrees, clockwise, the picture must be turned to be upright."""
    rotate, sure = _ROTATE.search(seen), _ORIENTATION_SURE.search(seen)
    return int(rotate[1]) if rotate and sure and float(sure[1]) >= 2.0 else 0


def _run(png: bytes, dpi: int, words: list[str], seconds: float) -> str | None:
    """What Tesseract writes for that picture, or None if it failed or took too long."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    polite = shutil.which("nice")  # a question that somebody asks meanwhile comes first
    order = [*([polite, "-n", "10"] if polite else []), program, "-", "-", "--dpi", str(dpi), *words]
    try:
        done = subprocess.run(
            order, input=png, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=seconds,
            env=os.environ | {"OMP_THREAD_LIMIT": "1"}, check=False,
        )  # fmt: skip
    except (subprocess.TimeoutExpired, OSError):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _groups(hocr: str) -> list[list[Read]]:
    """The paragraphs, as lines, from Tesseract's hOCR."""
    root = html.document_fromstring(
        hocr.encode("utf-8"), parser=html.HTMLParser(encoding="utf-8", no_network=True)
    )
    groups = []
    for paragraph in root.iter("p"):
        lines = [read for line in paragraph if (read := _read(line)) is not None]
        if lines:
            groups.append(lines)
    return groups


def _read(line: Element) -> Read | None:
    chars: list[tuple[str, Box | None]] = []
    certain: list[float] = []
    for word in line:
        about = _title_of(word)
        signs = [sign for sign in word.iter("span") if sign.get("class") == "ocrx_cinfo" and sign.text]
        if about is None or not signs:
            continue
        if chars:
            chars.append((" ", None))
        certain.append(about[1])
        places = [_title_of(sign) for sign in signs]
        certain += [place[1] for place in places if place is not None]
        boxes = [place[0] for place in places if place is not None]
        if len(boxes) < len(signs) or not all(_inside(box, about[0]) for box in boxes):
            boxes = _shared(
                about[0], len(signs)
            )  # for vertical writing Tesseract gives only the words' places
        chars += [(sign.text or "", box) for sign, box in zip(signs, boxes, strict=True)]
    if not any(text.strip() for text, _ in chars):
        return None
    mean = statistics.fmean(certain)
    if mean < LEAST_SURE:
        return None
    sides = [min(box[3] - box[1], 2 * (box[2] - box[0])) for _, box in chars if box is not None]
    return Read(chars, mean, statistics.median(sides))


def _title_of(element: Element) -> tuple[Box, float] | None:
    """The box and the certainty that stand in an element's title."""
    place, sure = _BOX.search(element.get("title", "")), _SURE.search(element.get("title", ""))
    if place is None:
        return None
    left, top, right, bottom = (float(side) for side in place.groups())
    return (left, top, right, bottom), float(sure[1]) if sure else 0.0


def _inside(box: Box, word: Box) -> bool:
    return (
        word[0] - 2 <= box[0] < box[2] <= word[2] + 2 and word[1] - 2 <= box[1] < box[3] <= word[3] + 2
    )  # fmt: skip


def _shared(word: Box, count: int) -> list[Box]:
    """A word's box in as many equal parts, along its longer side."""
    left, top, right, bottom = word
    if bottom - top > right - left:
        step = (bottom - top) / count
        return [(left, top + index * step, right, top + (index + 1) * step) for index in range(count)]
    step = (right - left) / count
    return [(left + index * step, top, left + (index + 1) * step, bottom) for index in range(count)]


def _certainty(groups: list[list[Read]]) -> float:
    """The mean certainty of a page's characters, 0 if there are none."""
    weights = [(len(line.chars), line.sure) for group in groups for line in group]
    total = sum(weight for weight, _ in weights)
    return sum(weight * sure for weight, sure in weights) / total if total else 0.0

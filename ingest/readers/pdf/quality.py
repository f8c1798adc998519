"""How far the text of a PDF page can be trusted: letters that no font explains, words in single letters, a
page that is a picture."""

from __future__ import annotations

from typing import Any

import pypdfium2.raw as raw
import regex

from ingest.pages import PageContent
from ingest.readers.pdf.glyphs import Glyphs

LOOSE = 0.6  # share of single letters among a page's Latin words from which on it is in pieces
LEAST_WORDS = 20
MOST_OBJECTS = 200  # that are looked at for a picture
_LATIN = regex.compile(r"\p{Latin}+")


def quality(page: Any, glyphs: Glyphs, content: PageContent) -> float:
    """From 0 (a picture, nothing readable) to 1."""
    letters = int((glyphs.run_of >= 0).sum())
    if not letters:
        return 0.0 if _has_picture(page) else 1.0
    explained = letters / (letters + 2 * glyphs.undecoded)
    words = _LATIN.findall(content.text)
    if len(words) >= LEAST_WORDS and sum(len(word) == 1 for word in words) > LOOSE * len(words):
        explained *= 0.4
    return round(explained, 3)


def _has_picture(page: Any) -> bool:
    """Whether anything but text is drawn on the page."""
    count = min(raw.FPDFPage_CountObjects(page.raw), MOST_OBJECTS)
    kinds = (raw.FPDFPageObj_GetType(raw.FPDFPage_GetObject(page.raw, number)) for number in range(count))
    return any(kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM) for kind in kinds)

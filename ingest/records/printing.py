"""Office files as LibreOffice prints them.

Word, Excel and PowerPoint files say what stands in them and not where on a page: that a printer decides. A
printing is one of many possible; quotes and findings keep their own places, and are marked on it where their
words are found.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.errors import ConverterMissing, ShokoError
from ingest.formats import DOCX, PPTX, XLSX
from ingest.sandbox import ReadingLimits, print_file

OFFICE = frozenset({DOCX, XLSX, PPTX})
FILE = "printed.pdf"  # in the folder of what was printed
MOST_PAGES = 200  # of one file: past that its text is shown
SECONDS = 120.0
SHORT = 4  # characters: so few stand in many words
_printing = threading.Lock()  # one LibreOffice at a time


class NotPrinted(StrEnum):
    """Why there are no printed pages."""

    PRINTED = ""  # there are
    NO_PRINTER = "no_printer"  # LibreOffice is not installed here
    FAILED = "failed"  # it could not print the file, or not in time
    NO_PAPER = "no_paper"  # the format is no Office format


def printing_limits(limits: ReadingLimits) -> ReadingLimits:
    """What printing a file, and reading what was printed, may cost."""
    return ReadingLimits(MOST_PAGES, min(SECONDS, limits.seconds), limits.memory_mb)


def print_into(
    file: Path, source: Callable[[], Path], name: str, media_type: str, limits: ReadingLimits
) -> NotPrinted:
    """Print an Office file to the PDF `file`, unless that is there already: then `source`, which may have to
    bring the file from afar, is not asked."""
    with _printing:
        if file.exists():
            return NotPrinted.PRINTED
        original = source()
        try:
            made = print_file(original, name, media_type, MOST_PAGES, printing_limits(limits))
        except ConverterMissing:
            return NotPrinted.NO_PRINTER
        except ShokoError:
            return NotPrinted.FAILED
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        part.write_bytes(made)
        part.replace(file)
    return NotPrinted.PRINTED


@dataclass(frozen=True)
class FoldedText:
    """A text without spaces in compatible characters, as it is compared with what was printed, and for each
    of its characters the place in the text that was folded."""

    text: str
    places: tuple[int, ...]


def folded_text(text: str) -> FoldedText:
    """That text, folded."""
    pairs = [
        (character, place)
        for place, written in enumerate(text)
        for character in unicodedata.normalize("NFKC", written)
        if not character.isspace()
    ]
    return FoldedText("".join(character for character, _ in pairs), tuple(place for _, place in pairs))

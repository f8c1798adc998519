"""Does a reading lose what another library finds? Every word that the texts of Office files, workbooks, PDFs,
pages and mails hold by another way of reading must stand in ours, or the reading must say what it left out.

    python -m bench.documents.other_readers FOLDER…

Old Word, Excel and RTF files are compared where antiword, xlrd and striprtf are installed, and counted as
read alone elsewhere. Made for the test suites of other converters: whole folders of odd files. Prints each
file that crashed, lost words without a warning, took long, or was refused though the other reader found text,
and a table by ending; exit code 1 where there is one of the first two.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import re
import sys
import time
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

from lxml import etree

from bench.documents import old_formats, old_slides
from core.errors import ShokoError
from ingest.formats import media_type_of
from ingest.sandbox import ReadingLimits, read_file

LOST, LEAST = 0.02, 8  # share of the letters, and letters, from which on a difference is a loss
LONG_SECONDS = 30.0
SHOWN = 8  # words of a loss
_IN_ORDER = ("read", "alone", "warned", "refused")
_WORD = re.compile(r"[^\W_]+")
_UNSHOWN = {"script", "style", "noscript", "template", "title", "svg", "head"}


def plain(text: str) -> str:
    """A text as it is compared: without width and case."""
    return unicodedata.normalize("NFKC", text).casefold()


def lost_words(ours: str, other: str) -> list[str]:
    """Words of the other reading that ours has neither as words nor across its spaces and lines; empty where
    they are too few to be a loss. The longest first."""
    have = plain(ours)
    words, joined = set(_WORD.findall(have)), "".join(_WORD.findall(have))
    counts = Counter(_WORD.findall(plain(other)))
    missing = {word: count for word, count in counts.items() if word not in words and word not in joined}
    letters = sum(len(word) * count for word, count in missing.items())
    total = sum(len(word) * count for word, count in counts.items())
    return sorted(missing, key=len, reverse=True) if letters > max(LEAST, LOST * total) else []


def _parts(path: Path, parts: str, block: str, text: str) -> str:
    """The texts of an Office file's parts, straight from their XML."""
    texts: list[str] = []
    wanted = re.compile(parts)
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    with zipfile.ZipFile(path) as archive:
        for name in filter(wanted.fullmatch, archive.namelist()):
            root = etree.fromstring(archive.read(name), parser)
            for element in root.iter(f"{{*}}{block}") if root is not None else ():
                texts.append("".join(part.text or "" for part in element.iter(f"{{*}}{text}")))
    return "\n".join(texts)


def _word(path: Path) -> str:
    return _parts(path, r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml", "p", "t")


def _slides(path: Path) -> str:
    return _parts(path, r"ppt/(?:slides/slide|notesSlides/notesSlide)\d+\.xml", "p", "t")


def _cells(path: Path) -> str:
    import openpyxl

    book = openpyxl.load_workbook(path, data_only=True)
    rows = (row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True))
    return "\n".join(cell for row in rows for cell in row if isinstance(cell, str))


def _open_document(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        root = etree.fromstring(archive.read("content.xml"), etree.XMLParser(recover=True))
    for taken_out in list(root.iter("{*}tracked-changes")):
        taken_out.clear()
    return "\n".join(" ".join(map(str, block.itertext())) for block in root.iter("{*}p", "{*}h"))


def _pdf(path: Path) -> str:
    import pypdf

    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


class _Page(HTMLParser):
    """Gathers the text of a page outside what no browser shows."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter what is not shown."""
        if tag in _UNSHOWN - {"head"}:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        if tag in self.inside:
            del self.inside[self.inside.index(tag) :]

    def handle_data(self, data: str) -> None:
        """Keep what is shown."""
        if not self.inside:
            self.texts.append(data)


def _page(path: Path) -> str:
    page = _Page()
    page.feed(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(page.texts)


def _mail(path: Path) -> str:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    parts = [part for part in message.walk() if isinstance(part, EmailMessage)]
    texts = [str(part.get_content()) for part in parts if part.get_content_type() == "text/plain"]
    return "\n".join([str(message.get("subject", "")), *texts])


OTHERS: dict[str, Callable[[Path], str]] = {
    ".docx": _word, ".docm": _word, ".pptx": _slides, ".xlsx": _cells, ".xlsm": _cells, ".pdf": _pdf,
    ".odt": _open_document, ".ods": _open_document, ".odp": _open_document, ".html": _page, ".htm": _page,
    ".eml": _mail, ".doc": old_formats.word, ".ppt": old_slides.slides, ".xls": old_formats.cells,
    ".rtf": old_formats.rich_text,
}  # fmt: skip


def look_at(path: Path) -> tuple[str, str]:
    """How reading that file went, and what there is to say of it: read (nothing is missing), alone (read, and
    nothing to compare with), warned (what is missing was said to be), refused, and what is to be looked into:
    crash, lost, long, readable (refused, though the other reader finds text)."""
    began = time.monotonic()
    try:
        pages = list(read_file(path, path.name, media_type_of(path, path.name), ReadingLimits()))
    except ShokoError as error:
        words = len(_WORD.findall(_other_text(path)))
        return ("readable" if words else "refused"), f"{error.code}; {words} words"
    except Exception as error:  # noqa: BLE001  # that is what is looked for
        return "crash", f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - began
    other_text = _other_text(path)
    text = "\n".join(page.text for page in pages)
    if not text.strip():  # such a document is failed, and says so
        words = len(_WORD.findall(other_text))
        return ("readable" if words else "refused"), f"no text; {words} words"
    lost = lost_words(text, other_text)
    if lost:
        warned = any(page.left_out for page in pages)
        return ("warned" if warned else "lost"), " ".join(lost[:SHOWN])
    if seconds > LONG_SECONDS:
        return "long", f"{seconds:.0f} s"
    return ("read" if other_text.strip() else "alone"), ""


def _other_text(path: Path) -> str:
    """What the other reader of that kind finds; empty where there is none, or it cannot read the file."""
    other = OTHERS.get(path.suffix.lower())
    try:
        return other(path) if other is not None else ""
    except Exception:  # noqa: BLE001  # the other library cannot read it: nothing to compare with
        return ""


def main() -> None:
    """Look at the files of those folders, print what is to be looked into, and a table by ending."""
    asked = argparse.ArgumentParser(description="Compare readings with those of other libraries.")
    asked.add_argument("folders", type=Path, nargs="+")
    counts: dict[str, Counter[str]] = {}
    for folder in asked.parse_args().folders:
        for path in sorted(file for file in folder.rglob("*") if file.is_file()):
            outcome, said = look_at(path)
            counts.setdefault(path.suffix.lower(), Counter())[outcome] += 1
            if outcome not in _IN_ORDER:
                print(f"{outcome}: {path}: {said}", flush=True)
    for ending, outcomes in sorted(counts.items()):
        print(f"{ending}: " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()))
    sys.exit(1 if any(outcomes["crash"] or outcomes["lost"] for outcomes in counts.values()) else 0)


if __name__ == "__main__":
    main()

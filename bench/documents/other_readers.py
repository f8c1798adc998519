"""Does a reading lose what another library finds? Every word that the texts of Office files, workbooks, PDFs,
pages and mails hold by another way of reading must stand in ours, or the reading must say what it left out.

    python -m bench.documents.other_readers FOLDER…

Made for the test suites of other converters: whole folders of odd files. Prints each file that was not read
without a reason, lost words without a warning, or took long; exit code 1 where there is one of the first two.
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

from core.errors import ShokoError
from ingest.formats import media_type_of
from ingest.sandbox import ReadingLimits, read_file

LOST, LEAST = 0.02, 8  # share of the letters, and letters, from which on a difference is a loss
LONG_SECONDS = 30.0
SHOWN = 8  # words of a loss
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
    return "\n".join("".join(map(str, block.itertext())) for block in root.iter("{*}p", "{*}h"))


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
    ".eml": _mail,
}  # fmt: skip


def look_at(path: Path) -> tuple[str, str]:
    """How reading that file went (read, refused, crash, lost, or long), and what there is to say of it."""
    began = time.monotonic()
    try:
        pages = list(read_file(path, path.name, media_type_of(path, path.name), ReadingLimits()))
    except ShokoError as error:
        return "refused", error.code
    except Exception as error:  # noqa: BLE001  # that is what is looked for
        return "crash", f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - began
    other = OTHERS.get(path.suffix.lower())
    try:
        other_text = other(path) if other is not None else ""
    except Exception:  # noqa: BLE001  # the other library cannot read it: nothing to compare with
        other_text = ""
    lost = lost_words("\n".join(page.text for page in pages), other_text)
    if lost and not any(page.left_out for page in pages):
        return "lost", " ".join(lost[:SHOWN])
    return ("long", f"{seconds:.0f} s") if seconds > LONG_SECONDS else ("read", "")


def main() -> None:
    """Look at the files of those folders and print what is to be looked into."""
    asked = argparse.ArgumentParser(description="Compare readings with those of other libraries.")
    asked.add_argument("folders", type=Path, nargs="+")
    counts: Counter[str] = Counter()
    for folder in asked.parse_args().folders:
        for path in sorted(file for file in folder.rglob("*") if file.is_file()):
            outcome, said = look_at(path)
            counts[outcome] += 1
            if outcome not in ("read", "refused"):
                print(f"{outcome}: {path}: {said}", flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()))
    sys.exit(1 if counts["crash"] or counts["lost"] else 0)


if __name__ == "__main__":
    main()

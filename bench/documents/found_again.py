"""Is every passage's place found again in the original by another library? PDF pages by pypdf, the lines of
Markdown and text as Python reads them, the paragraphs of Word files by python-docx, cells by openpyxl.

    python -m bench.documents.found_again FOLDER…

Compared are letters and figures alone: white space, the hyphens of wrapped words and the width of characters
differ from library to library.
"""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.errors import ShokoError
from ingest.formats import DOCX, MARKDOWN, PDF, TEXT, XLSX, media_type_of
from ingest.pages import Block, BlockKind, PageContent, Unit
from ingest.sandbox import ReadingLimits, read_file
from ingest.splitter import split

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_INK = re.compile(r"[\W_]+")
LEAST = 0.97  # share of a PDF paragraph's letters that pypdf must give in one stretch: it misses raised ones
KINDS = (PDF, DOCX, XLSX, MARKDOWN, TEXT)


def letters(text: str) -> str:
    """The letters and figures of a text."""
    return _INK.sub("", unicodedata.normalize("NFKC", text)).casefold()


def check(path: Path) -> tuple[int, list[str]]:
    """How many places of that file's passages were looked up, and those that were not found again."""
    kind = media_type_of(path, path.name)
    pages = list(read_file(path, path.name, kind, ReadingLimits()))
    by_number = {page.number: page for page in pages}
    there = _originals(path, kind)
    count, missing = 0, []
    for passage in split(pages):
        for piece in passage.pieces:
            page = by_number[piece.page]
            for block in page.blocks:
                start, end = max(block.start, piece.start), min(block.end, piece.end)
                if start >= end or not (said := letters(page.text[start:end])):
                    continue
                count += 1
                if not there.has(page, block, said):
                    missing.append(f"{path.name} p. {page.number} {block.spot}: {page.text[start:end][:60]}")
    return count, missing


class _Original:
    """What another library finds in a file."""

    def has(self, page: PageContent, block: Block, said: str) -> bool:
        """Whether it finds those letters at the place of that block."""
        raise NotImplementedError


class _Pdf(_Original):
    def __init__(self, path: Path) -> None:
        import pypdf

        self.pages = [letters(page.extract_text()) for page in pypdf.PdfReader(path).pages]

    def has(self, page: PageContent, block: Block, said: str) -> bool:
        from rapidfuzz import fuzz

        whole = self.pages[page.number - 1]
        if said in whole or fuzz.partial_ratio(said, whole) >= 100 * LEAST:
            return True
        cells = page.text[block.start : block.end].split()  # a row's cells may stand in another order
        return block.kind == BlockKind.ROW and all(letters(cell) in whole for cell in cells)


class Lines(_Original):
    """The lines of a text as Python reads them."""

    def __init__(self, path: Path) -> None:
        self.lines = path.read_text(encoding="utf-8").split("\n")

    def has(self, page: PageContent, block: Block, said: str) -> bool:
        """Whether those lines hold those letters."""
        assert block.spot is not None and block.spot.unit == Unit.LINE
        first, last = int(block.spot.first), int(block.spot.last or block.spot.first)
        return said in letters("\n".join(self.lines[first - 1 : last]))


class _Word(_Original):
    def __init__(self, path: Path) -> None:
        import docx

        body = docx.Document(str(path)).element.body
        self.paragraphs = list(body.iter(W + "p"))
        self.tables = [list(table.iter(W + "tr")) for table in body.iter(W + "tbl")]

    def has(self, page: PageContent, block: Block, said: str) -> bool:
        assert block.spot is not None
        if block.spot.unit == Unit.PARAGRAPH:
            parts = [self.paragraphs[int(block.spot.first) - 1]]
        elif block.spot.unit == Unit.ROW:
            table, row = (int(number) for number in block.spot.first.split("."))
            parts = list(self.tables[table - 1][row - 1].iter(W + "tc"))
        else:
            return True  # headers and notes are no part of the body that python-docx gives
        return all(letters("".join(run.text or "" for run in part.iter(W + "t"))) in said for part in parts)


class _Cells(_Original):
    def __init__(self, path: Path) -> None:
        import openpyxl

        self.book = openpyxl.load_workbook(path, data_only=True)

    def has(self, page: PageContent, block: Block, said: str) -> bool:
        assert block.spot is not None
        sheet = self.book[page.name]
        cells = sheet[f"{block.spot.first}:{block.spot.last or block.spot.first}"]
        texts = [cell.value for row in cells for cell in row if isinstance(cell.value, str)]
        return all(letters(text) in said for text in texts)


def _originals(path: Path, kind: str) -> _Original:
    ways: dict[str, type[_Pdf] | type[Lines] | type[_Word] | type[_Cells]] = {
        PDF: _Pdf, DOCX: _Word, XLSX: _Cells, MARKDOWN: Lines, TEXT: Lines,
    }  # fmt: skip
    return ways[kind](path)


def files(folder: Path) -> Iterator[Path]:
    """The files in a folder that can be looked up."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                if media_type_of(path, path.name) in KINDS:
                    yield path
            except (ShokoError, OSError):
                continue


def main() -> None:
    """Print what was not found again, and the counts; exit code 1 if something was not."""
    asked = argparse.ArgumentParser(description="Find the place of every passage again.")
    asked.add_argument("folders", type=Path, nargs="+")
    counts: Counter[str] = Counter()
    for folder in asked.parse_args().folders:
        for path in files(folder):
            try:
                count, missing = check(path)
            except ShokoError as error:
                print(f"{path.name}: {error}")
                continue
            counts.update(files=1, places=count, missing=len(missing))
            for place in missing:
                print(place)
    print(f"{counts['places']} places in {counts['files']} files; {counts['missing']} not found again")
    sys.exit(1 if counts["missing"] else 0)


if __name__ == "__main__":
    main()

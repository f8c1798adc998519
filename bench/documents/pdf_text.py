"""How well the text of PDF pages is read, beside plain pypdfium2 and plain pypdf, on a folder of pages with
known text.

    python -m bench.documents.pdf_text FOLDER [--engines shoko,pypdfium2,pypdf] [--show FILE]

FOLDER holds `pages.jsonl` (file, page, gt_kind, text) and the files it names. Similarity is one less the
Levenshtein distance over the longer text's length, after runs of white space became one space; a truth whose
order nobody checked (`single-engine`) is compared as a bag of characters. `joined` compares both texts with
the hyphens of wrapped words taken out, since one engine writes a control sign there and another a line end;
`letters` compares them so without white space and control signs, which engines set as they like; `printed`
leaves the control signs alone out of both, which a page whose font has no table of its letters is full of.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.figures import Figure
from core.errors import ShokoError
from ingest.formats import PDF
from ingest.sandbox import ReadingLimits, read_file

ASKED = {"human": "≥ .97", "layout-expected": "≥ .97", "consensus": "≥ .95"}
_HYPHEN = re.compile("(?<=[^\\W\\d_])(?:[-\u00ad]\\s*\\n\\s*|\x02\\s*|\ufffe\\s*)(?=[a-zà-ÿ])")
_SPACES = re.compile(r"\s+")
_UNPRINTED = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ufffe\uffff]+")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]+")
# In which texts are compared, as figures name them.
WAYS = ("", ", wrapped words joined", ", letters", ", printed")

Reader = Callable[[Path], dict[int, str]]


def shoko(path: Path) -> dict[int, str]:
    """The product's own way: the sandboxed child."""
    try:
        return {page.number: page.text for page in read_file(path, path.name, PDF, ReadingLimits())}
    except ShokoError as error:
        print(f"  {path.name}: {error}")
        return {}


def pypdfium2(path: Path) -> dict[int, str]:
    """PDFium's text as it comes."""
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument(path)
    return {number + 1: page.get_textpage().get_text_bounded() for number, page in enumerate(document)}


def pypdf(path: Path) -> dict[int, str]:
    """The text that pypdf gives as it comes."""
    import pypdf

    return {number + 1: page.extract_text() for number, page in enumerate(pypdf.PdfReader(path).pages)}


ENGINES: dict[str, Reader] = {"shoko": shoko, "pypdfium2": pypdfium2, "pypdf": pypdf}


def similarity(extracted: str, truth: str, kind: str) -> float:
    """From 0 to 1."""
    from rapidfuzz.distance import Levenshtein

    extracted, truth = (_SPACES.sub(" ", text).strip() for text in (extracted, truth))
    if kind == "single-engine":
        ours, theirs = (Counter(text.replace(" ", "")) for text in (extracted, truth))
        total = max(ours.total(), theirs.total())
        return (ours & theirs).total() / total if total else 1.0
    return float(Levenshtein.normalized_similarity(extracted, truth))


def joined(text: str) -> str:
    """The text with wrapped words whole."""
    return _HYPHEN.sub("", text.replace("\r\n", "\n"))


def letters(text: str) -> str:
    """What of the text with wrapped words whole leaves ink."""
    return _UNPRINTED.sub("", joined(text))


def printed(text: str) -> str:
    """The text without control signs."""
    return _CONTROL.sub("", joined(text))


def compare(folder: Path, engines: list[str]) -> list[dict[str, Any]]:
    """One row for each page: file, page, kind, and {engine: the similarity in each of WAYS}."""
    pages: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with (folder / "pages.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            page = json.loads(line)
            pages[page["file"]].append(page)
    rows = []
    for file, truths in sorted(pages.items()):
        texts: dict[str, dict[int, str]] = {}
        for engine in engines:
            try:
                texts[engine] = ENGINES[engine](folder / file)
            except Exception as error:  # noqa: BLE001  # a plain engine that gives up has read nothing
                print(f"  {engine} on {file}: {error}")
                texts[engine] = {}
        for truth in truths:
            row: dict[str, Any] = {"file": file, "page": truth["page"], "kind": truth["gt_kind"], "by": {}}
            for engine in engines:
                text, kind = texts[engine].get(truth["page"], ""), truth["gt_kind"]
                row["by"][engine] = (
                    similarity(text, truth["text"], kind),
                    similarity(joined(text), joined(truth["text"]), kind),
                    similarity(letters(text), letters(truth["text"]), kind),
                    similarity(printed(text), printed(truth["text"]), kind),
                )
            rows.append(row)
    return rows


def measure(folder: Path) -> list[Figure]:
    """Mean similarity by kind of truth and engine."""
    rows = compare(folder, list(ENGINES))
    figures = []
    for kind in sorted({row["kind"] for row in rows}):
        of_kind = [row for row in rows if row["kind"] == kind]
        for engine in ENGINES:
            for place, name in enumerate(WAYS):
                mean = statistics.fmean(row["by"][engine][place] for row in of_kind)
                asked = ASKED.get(kind, "") if engine == "shoko" else ""
                figures.append(Figure(f"{kind}, {len(of_kind)} pages: {engine}{name}", mean, "", asked, True))
    return figures


def main() -> None:
    """Print the means and each file."""
    asked = argparse.ArgumentParser(description="Compare the text of PDF pages with known text.")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--engines", default=",".join(ENGINES))
    given = asked.parse_args()
    engines = given.engines.split(",")
    rows = compare(given.folder, engines)
    print("kind / file, page".ljust(62), *(engine.rjust(8 * len(WAYS)) for engine in engines))
    for row in rows:
        name = f"{Path(row['file']).name} {row['page']}"
        print(name.ljust(62), *(_shown(row["by"][engine]) for engine in engines))
    for kind in sorted({row["kind"] for row in rows}):
        of_kind = [row for row in rows if row["kind"] == kind]
        means = [
            [statistics.fmean(row["by"][engine][way] for row in of_kind) for way in range(len(WAYS))]
            for engine in engines
        ]
        print(f"MEAN {kind} ({len(of_kind)})".ljust(62), *map(_shown, means))


def _shown(values: Sequence[float]) -> str:
    return "".join(f"{value:8.4f}" for value in values)


if __name__ == "__main__":
    main()

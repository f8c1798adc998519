"""Are the facts of real workbooks read, each in its cell? A person wrote down what is to be read on the
sheets; for each fact, a line of the reader must hold the value and its label, and say the right cells.

    python -m bench.documents.sheets --files FOLDER [--half a|b] [--wrong] [--write-set OUT]
    python -m bench.documents.sheets --sources

The workbooks are public ones, and none of them is in this project: `--sources` prints repository, commit and
path of each. FOLDER holds them as OWNER/NAME/PATH, that is, it holds clones. Facts and questions about them
lie in `bench/documents/real_sheets`; a fact is sheet, cell, label and value, and the label may be empty.
Compared are texts without white space and width. `--half` takes every
other file, for mending on one half and measuring on the other. `--wrong` lists what was not found,
with what the cell's lines say.
`--write-set` puts the workbooks and the questions about them down as a set for `shoko eval OUT --model none`.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import shutil
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from core.errors import ShokoError
from ingest.formats import media_type_of
from ingest.places import place_in
from ingest.readers.office.workbook import bounds_of, position_of
from ingest.sandbox import ReadingLimits, read_file

FACTS = Path(__file__).parent / "real_sheets"
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class SheetLine:
    """A line as it was read: its sheet, the cells that it says it is from, and its text."""

    sheet: str
    bounds: tuple[int, int, int, int]
    text: str

    def holds(self, cell: str) -> bool:
        """Whether that cell is among its own."""
        row, column = position_of(cell.split(":")[0])
        left, top, right, bottom = self.bounds
        return left <= column <= right and top <= row <= bottom


def lines_of(path: Path) -> list[SheetLine]:
    """All lines of a workbook."""
    lines: list[SheetLine] = []
    for page in read_file(path, path.name, media_type_of(path, path.name), ReadingLimits()):
        for block in page.blocks:
            place = place_in(page.kind, page.number, page.name, [block], block.start, block.end)
            bounds = bounds_of(f"{place.first}:{place.last}" if place.last else place.first)
            lines.append(SheetLine(page.name, bounds, plain(page.text[block.start : block.end])))
    return lines


def plain(text: str) -> str:
    """A text without what differs from program to program."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a table beside this module."""
    with (FACTS / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def place_of(source: dict[str, str], folder: Path) -> Path:
    """Where a workbook lies in a folder of clones."""
    return folder / source["repository"] / source["path"]


def measured(folder: Path, sources: list[dict[str, str]], *, wrong: bool = False) -> dict[str, object]:
    """How many of the facts were found; `cell`: the value stands in a line of that cell; `fact`: with its
    label."""
    facts = rows_of("facts.csv")
    counts = {"files": 0, "missing": 0, "unread": 0, "facts": 0, "cell": 0, "fact": 0}
    for source in sources:
        mine = [fact for fact in facts if fact["file"] == source["file"]]
        path = place_of(source, folder)
        if not path.exists():
            counts["missing"] += 1
            print(f"not in the folder: {source['repository']}/{source['path']}", file=sys.stderr)
            continue
        counts["files"] += 1
        try:
            lines = lines_of(path)
        except (ShokoError, OSError) as error:
            counts["unread"] += 1
            print(f"{path.name}: {error}", file=sys.stderr)
            lines = []
        for fact in mine:
            valued, labelled = _looked_up(fact, lines)
            counts["facts"] += 1
            counts["cell"] += valued
            counts["fact"] += labelled
            if wrong and not labelled:
                _show(path, fact, lines)
    share = round(counts["fact"] / max(1, counts["facts"]), 3)
    return {**counts, "share": share}


def _looked_up(fact: dict[str, str], lines: list[SheetLine]) -> tuple[bool, bool]:
    mine = [line for line in lines if line.sheet == fact["sheet"] and line.holds(fact["cell"])]
    valued = [line for line in mine if plain(fact["value"]) in line.text]
    return bool(valued), any(plain(fact["label"]) in line.text for line in valued)


def _show(path: Path, fact: dict[str, str], lines: list[SheetLine]) -> None:
    mine = [line.text[:300] for line in lines if line.sheet == fact["sheet"] and line.holds(fact["cell"])]
    sheets = sorted({line.sheet for line in lines}) if not mine else ""
    print(f"{fact['file']} {path.name[-40:]} {fact['sheet']}!{fact['cell']}", end=" ")
    print(f"{fact['label']!r} {fact['value']!r}: {mine or sheets}", flush=True)


def write_set(folder: Path, sources: list[dict[str, str]], out: Path) -> None:
    """The workbooks and the questions about them as a set that `shoko eval` takes."""
    (out / "docs").mkdir(parents=True, exist_ok=True)
    names = {}
    for source in sources:
        path = place_of(source, folder)
        names[source["file"]] = f"{source['file']}-{path.name}"
        shutil.copyfile(path, out / "docs" / names[source["file"]])
    with (out / "questions.jsonl").open("w", encoding="utf-8") as lines:
        for number, row in enumerate(rows_of("questions.csv"), 1):
            if row["file"] in names:
                question = {
                    "qid": f"sheets-{number}", "lang": row["language"], "kind": "form",
                    "question": row["question"],
                    "docs": [names[row["file"]]], "facts": [row["answer"].split(" | ")],
                }  # fmt: skip
                lines.write(json.dumps(question, ensure_ascii=False) + "\n")


def main() -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", type=Path, help="folder of clones: OWNER/NAME/PATH")
    parser.add_argument("--half", choices=["a", "b"], help="the files of this half alone")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), help="numbers of files, joined by commas"
    )
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--write-set", type=Path)
    parser.add_argument(
        "--sources", action="store_true", help="print repository, commit and path of each file"
    )
    given = parser.parse_args()
    sources = [row for row in rows_of("sources.csv") if given.half in (None, row["half"])]
    sources = [row for row in sources if not given.only or row["file"] in given.only]
    if given.sources or given.files is None:
        for row in sources:
            print(f"{row['repository']} {row['commit']} {row['path']}")
    elif given.write_set is not None:
        write_set(given.files, sources, given.write_set)
    else:
        print(json.dumps(measured(given.files, sources, wrong=given.wrong)))


if __name__ == "__main__":
    main()

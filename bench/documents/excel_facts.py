"""Are the facts of real workbooks found, each in its cell? A person writes down what is to be read on the
sheets; for each fact, a line of the reader must hold the value and its label, and say the right cells.

    python -m bench.documents.excel_facts FOLDER FACTS.csv [--wrong]

The table has the columns `file`, `sheet`, `cell`, `label`, `value`; `label` may be empty. Compared are texts
without white space and width. `--wrong` lists what was not found, and what the cell's lines say.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from core.errors import ShokoError
from ingest.formats import media_type_of
from ingest.places import place_in
from ingest.readers.office.workbook import bounds_of, position_of
from ingest.sandbox import ReadingLimits, read_file

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


def measured(folder: Path, facts: list[dict[str, str]], *, wrong: bool = False) -> dict[str, object]:
    """How many of the facts were found; `cell`: the value stands in a line of that cell; `fact`: with its
    label."""
    lines: dict[str, list[SheetLine]] = {}
    counts = {"facts": 0, "cell": 0, "fact": 0}
    for fact in facts:
        name = fact["file"]
        if name not in lines:
            try:
                lines[name] = lines_of(folder / name)
            except (ShokoError, OSError) as error:
                print(f"{name}: {error}", file=sys.stderr)
                lines[name] = []
        mine = [line for line in lines[name] if line.sheet == fact["sheet"] and line.holds(fact["cell"])]
        valued = [line for line in mine if plain(fact["value"]) in line.text]
        labelled = [line for line in valued if plain(fact.get("label") or "") in line.text]
        counts["facts"] += 1
        counts["cell"] += bool(valued)
        counts["fact"] += bool(labelled)
        if wrong and not labelled:
            print(
                f"{name} {fact['sheet']}!{fact['cell']} {fact['label']!r} {fact['value']!r}:",
                [line.text for line in mine],
            )
    total = max(1, counts["facts"])
    return counts | {"share": round(counts["fact"] / total, 3), "files": len(lines)}


def main() -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("facts", type=Path)
    parser.add_argument("--wrong", action="store_true")
    given = parser.parse_args()
    with given.facts.open(encoding="utf-8-sig", newline="") as table:
        facts = list(csv.DictReader(table))
    print(json.dumps(measured(given.folder, facts, wrong=given.wrong)))


if __name__ == "__main__":
    main()

"""How many of the findings of the packs that ship are right, by findings of real documents that a person
judged:

    python -m bench.checks.precision draw FOLDER DRAWN.tsv [--most 30] [--seed 1]
    python -m bench.checks.precision measure FOLDER bench/checks/judged.tsv

FOLDER has a folder for each public repository, `owner+name`, with its documents; the packs of each follow its
language. `draw` writes findings drawn at random, at most so many of each rule, to be judged; `measure`
runs the packs
again and counts, of those that are still found, what is right (`t`), a matter of taste (`d`) and wrong
(`f`). A line
of the list names a finding by its document, pack, rule and place; no text of anybody's stands in it.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from checks.findings import Finding, Level
from checks.packs.loading import load_pack
from checks.readers.reading import read_document
from checks.service.runner import run_pack
from core.errors import ShokoError

PACKS = {
    "ja": ("jtf", "ja-technical", "koyobun", "business-ja"),
    "zh": ("gbt9704",),
    "en": ("english-report",),
}
LANGUAGES = {
    "18F+handbook": "en", "sec+filings": "en", "oldratlee+translations": "zh",
    "ruanyf+document-style-guide": "zh",
    "gov+official": "zh", "tuqulore+employee-handbook": "ja", "denkiyagi+kisoku": "ja",
    "hatena+Hatena-Textbook": "ja",
}  # fmt: skip
Named = tuple[str, str, str, str]  # document, pack, rule, place
LEAST = 0.8  # of a rule that is no advice


def findings(folder: Path) -> Iterator[tuple[Named, Finding, str]]:
    """Every finding of the packs on the documents, with the text around it."""
    for name, language in LANGUAGES.items():
        for file in sorted((folder / name).glob("*.*")):
            try:
                document = read_document(file)
            except ShokoError as error:
                print(f"{file.name} is left out: {error}")
                continue
            for pack in PACKS[language]:
                for finding in run_pack(document, load_pack(pack)).findings:
                    place = finding.place
                    where = f"{place.shown()}+{place.characters[0]}" if place.page else place.shown() or "-"
                    text = document.pieces[place.piece].text if place.piece >= 0 else ""
                    start, end = place.characters
                    near = (
                        f"{text[max(0, start - 25) : start]}【{text[start:end][:40]}】{text[end : end + 20]}"
                    )
                    yield (f"{name}/{file.name}", pack, finding.rule, where), finding, near


def draw(folder: Path, out: Path, most: int, seed: int) -> None:
    """Write findings drawn at random, at most `most` of each rule, with an empty verdict."""
    by_rule: dict[tuple[str, str], list[tuple[Named, Finding, str]]] = defaultdict(list)
    for each in findings(folder):
        by_rule[each[0][1], each[0][2]].append(each)
    drawn = random.Random(seed)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        for _, of_rule in sorted(by_rule.items()):
            for named, finding, near in drawn.sample(of_rule, min(most, len(of_rule))):
                writer.writerow([*named, "", "", finding.message[:60], " ".join(near.split())])


def measure(folder: Path, labels: Path) -> None:
    """Print for each rule and pack how many of the judged findings are right, and how many are found no
    more."""
    with labels.open(encoding="utf-8", newline="") as file:
        judged = {tuple(row[:4]): row[4] for row in csv.reader(file, delimiter="\t") if row and row[4]}
    level_of: dict[Named, Level] = {named: finding.level for named, finding, _ in findings(folder)}
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    levels: dict[tuple[str, str], Level] = {}
    for named, level in level_of.items():
        levels[named[1], named[2]] = level
    for named, verdict in judged.items():
        known = (named[0], named[1], named[2], named[3])
        key = verdict if known in level_of else f"gone {verdict}"
        counted[known[1], known[2]][key] += 1
    packs: dict[str, Counter[str]] = defaultdict(Counter)
    for (pack, rule), count in sorted(counted.items()):
        level = levels.get((pack, rule))
        if level is not None and level is not Level.INFO:
            packs[pack].update(count)
        print(f"{pack:15} {rule:22} {level or '-':8} {told(count)}")
    for pack, count in packs.items():
        print(f"{pack}, without advice: {told(count)}")


def told(count: Counter[str]) -> str:
    """The share of what is right; a matter of taste counts half."""
    judged = count["t"] + count["d"] + count["f"]
    share = f"{(count['t'] + count['d'] / 2) / judged:.2f}" if judged else "-"
    gone = f", gone: {count['gone t']} right, {count['gone d']} taste, {count['gone f']} wrong"
    low = "  < .8" if judged and (count["t"] + count["d"] / 2) / judged < LEAST else ""
    return f"{share} of {judged} ({count['t']} right, {count['d']} taste, {count['f']} wrong){gone}{low}"


def main() -> None:
    """Carry out what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["draw", "measure"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--most", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.what == "draw":
        draw(given.folder, given.file, given.most, given.seed)
    else:
        measure(given.folder, given.file)


if __name__ == "__main__":
    main()

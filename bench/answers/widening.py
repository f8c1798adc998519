"""What widening a question by other words does: `python -m bench.answers.widening SET_FOLDER …`.

Each question is looked up with its own words alone and with the words of the lexicon beside them, without any
model. Of each kind of question (rows with `kind`; else the whole set) it prints how often a right document is
the first, among the first three and among the first ten, before and behind the arrow; for rows with `facts`
the share of the facts in the text of the best three and ten passages; and how long a search takes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from core.access import Access, access_of
from core.identity.accounts import first_administrator
from core.settings import load_settings
from evaluation.runs import build
from evaluation.scoring import plain
from evaluation.sets import read_set
from operations.library import FIRST_SPACE, Library, open_library
from retrieval.index.search import search
from retrieval.index.widening import NOT_WIDENED

DOCUMENTS, PASSAGES = (1, 3, 10), (3, 10)


@dataclass
class Looked:
    """How one question went: the place of a right document, the shares of its facts in the best passages, and
    the milliseconds of the search alone."""

    rank: int
    facts: list[float]
    milliseconds: float


def main() -> None:
    """Print a table for each set."""
    asked = argparse.ArgumentParser(description="What widening does.")
    asked.add_argument("sets", nargs="+", type=Path)
    asked.add_argument("--shown", default="", help="print each question of this kind with its two ranks")
    given = asked.parse_args()
    for folder in given.sets:
        with tempfile.TemporaryDirectory(prefix="shoko-widen-") as place:
            settings = load_settings(data=Path(place), model="none")
            with open_library(settings, load_models=False) as library:
                _measure(library, folder, given.shown)


def _measure(library: Library, folder: Path, shown: str) -> None:
    chosen = read_set(folder)
    with library.sessions.write() as session:
        access = access_of(session, first_administrator(session).id)
    build(chosen, access, library.sessions, library.files, library.pipeline, FIRST_SPACE, lambda *_: None)
    kinds: dict[str, list[tuple[Looked, Looked]]] = defaultdict(list)
    for row in _rows(folder):
        both = (_looked(library, access, row, False), _looked(library, access, row, True))
        kinds[row.get("kind", folder.name)].append(both)
        if row.get("kind", folder.name) == shown:
            words = library.index.widened(row["question"]).words
            print(f"{both[0].rank:3} → {both[1].rank:3} {row['question']}  {words}")
    print(f"| {folder.name} | questions | " + " | ".join(f"document @{k}" for k in DOCUMENTS), end=" | ")
    print(" | ".join(f"facts @{k}" for k in PASSAGES) + " | search p50, ms |\n" + "|---" * 8 + "|")
    for kind, pairs in [*sorted(kinds.items()), ("all", [pair for each in kinds.values() for pair in each])]:
        before, after = [looked_before for looked_before, _ in pairs], [other for _, other in pairs]
        cells = [f"{_within(before, k):.3f} → {_within(after, k):.3f}" for k in DOCUMENTS]
        cells += [f"{_facts(before, n)} → {_facts(after, n)}" for n in range(len(PASSAGES))]
        times = (median(looked.milliseconds for looked in part) for part in (before, after))
        cells.append(" → ".join(f"{value:.1f}" for value in times))
        print(f"| {kind} | {len(pairs)} | {' | '.join(cells)} |", flush=True)


def _rows(folder: Path) -> list[dict[str, Any]]:
    """The answerable questions that name their documents."""
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return [row for row in rows if row.get("answerable", True) and _gold(row)]


def _gold(row: dict[str, Any]) -> set[str]:
    return {str(name) for name in row.get("docs") or [row[key] for key in ("pid", "doc") if row.get(key)]}


def _looked(library: Library, access: Access, row: dict[str, Any], widen: bool) -> Looked:
    question = row["question"]
    widening = library.index.widened(question) if widen else NOT_WIDENED
    with library.sessions.read() as session:
        began = time.perf_counter()
        library.index.search(question, access.readable, 40, widening)
        took = 1000 * (time.perf_counter() - began)
        hits = search(access, session, library.index, question, limit=40, widening=widening)
        hits = library.answerer.read(question, hits, widening).hits
    names = list(dict.fromkeys(hit.document.name.replace("∕", "/") for hit in hits))
    gold = _gold(row)
    rank = next((position for position, name in enumerate(names, start=1) if name in gold), 999)
    texts = [plain(hit.passage.text) for hit in hits]
    shares = [_share(row.get("facts") or [], " ".join(texts[:k])) for k in PASSAGES]
    return Looked(rank, shares, took)


def _share(facts: Sequence[Sequence[str]], text: str) -> float:
    """The share of the facts of which the text has a form; -1 if there are none."""
    if not facts:
        return -1.0
    return sum(any(plain(form) in text for form in forms) for forms in facts) / len(facts)


def _within(looked: Sequence[Looked], places: int) -> float:
    return sum(each.rank <= places for each in looked) / len(looked)


def _facts(looked: Sequence[Looked], number: int) -> str:
    shares = [each.facts[number] for each in looked if each.facts[number] >= 0]
    return f"{sum(shares) / len(shares):.3f}" if shares else "–"


if __name__ == "__main__":
    main()

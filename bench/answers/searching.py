"""Search and evidence at 1,000, 10,000 and 100,000 passages, by the product's own way, with the query's
embedding; vectors of the made passages are random directions, since making 100,000 real ones takes hours and
HNSW does not know the difference. The memory is that of a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert

from bench.corpus import question, texts
from bench.figures import Figure, p50, p95
from core import access as access_rules
from core.access import Access, access_of
from core.identity.accounts import first_administrator
from core.models import Document, Page, Passage, Version, VersionState, now, today
from core.settings import load_settings
from operations.library import FIRST_SPACE, Library, open_library
from retrieval.answers.answerer import Answerer
from retrieval.answers.events import Quotes
from retrieval.index.index import rebuild_words

SIZES = (1_000, 10_000, 100_000)
QUESTIONS = 150
ROUNDS = 3


def measure(place: Path) -> list[Figure]:
    """The figures of each size, each measured in a process of its own."""
    figures = []
    for size in SIZES:
        done = subprocess.run(
            [sys.executable, "-m", "bench.answers.searching", str(place / str(size)), str(size)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        got: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        large = size == SIZES[-1]
        figures += [
            Figure(f"{size:,} passages: search p50", got["search_p50"], "ms", "≤ 60 ms" if large else ""),
            Figure(f"{size:,} passages: search p95", got["search_p95"], "ms", "≤ 150 ms" if large else ""),
            Figure(
                f"{size:,} passages: first quote p50 (answer stream)", got["quote_p50"], "ms",
                "≤ 250 ms" if large else "",
            ),
            Figure(f"{size:,} passages: first quote p95 (answer stream)", got["quote_p95"], "ms"),
            Figure(f"{size:,} passages: right passage first", 100 * got["right"], "%", "", True),
            Figure(f"{size:,} passages: words indexed", got["words_per_s"], "passages/s", "", True),
            Figure(f"{size:,} passages: memory of the process", got["memory_mb"], "MB"),
        ]  # fmt: skip
    return figures


def _run(folder: Path, size: int) -> dict[str, float]:
    """Build a library of that size and ask it; in this process."""
    settings = load_settings(data=folder, models=load_settings().models_folder, model="none", answers_kept=0)
    with open_library(settings) as library:
        access, words_per_s = fill(library, size)
        step = size // QUESTIONS
        rounds = [_round(library.answerer, access, step) for _ in range(ROUNDS)]
        return {name: min(figures[name] for figures in rounds) for name in rounds[0]} | {
            "right": max(figures["right"] for figures in rounds),
            "words_per_s": words_per_s,
            "memory_mb": _resident_mb(),
        }


def fill(library: Library, size: int) -> tuple[Access, float]:
    """Put so many passages into an empty library; its administrator, and the words indexed in a second."""
    library.models_loaded.wait()
    with library.sessions.write() as session:
        access = access_of(session, first_administrator(session).id)
        space = access_rules.space(access, session, FIRST_SPACE).id
        rows = []
        for number, (language, text) in enumerate(texts(size)):
            rows.append((f"{number:016d}", language, text))
        session.execute(
            insert(Document),
            [
                {"id": i, "space_id": space, "name": i, "title": "", "current_version_id": i}
                for i, _, _ in rows
            ],
        )
        session.execute(
            insert(Version),
            [
                {
                    "id": i, "document_id": i, "number": 1, "sha256": i, "size": 1, "pages": 1,
                    "media_type": "text/plain", "state": VersionState.EMBEDDED, "passages": 1,
                    "created_by": access.user_id, "warnings": [], "starts_on": today(), "published_at": now(),
                }
                for i, _, _ in rows
            ],
        )  # fmt: skip
        session.execute(
            insert(Page),
            [
                {"version_id": i, "number": 1, "label": "", "width": 0, "height": 0, "text": t,
                 "boxes": b"", "blocks": [], "source": "layer"}
                for i, _, t in rows
            ],
        )  # fmt: skip
        session.execute(
            insert(Passage),
            [
                {
                    "id": f"{i}-00000", "version_id": i, "document_id": i, "ordinal": 0,
                    "first_page": 1, "last_page": 1, "pieces": [[1, 0, len(t)]], "heading": "",
                    "language": language, "text": t,
                }
                for i, language, t in rows
            ],
        )  # fmt: skip
    library.sessions.optimise()
    began = time.perf_counter()
    rebuild_words(library.sessions, library.index)
    words_per_s = size / (time.perf_counter() - began)
    if library.index.embedder is not None and library.index.vectors is not None:
        chance = np.random.default_rng(7)
        for start in range(0, size, 5000):
            ids = [f"{i}-00000" for i, _, _ in rows[start : start + 5000]]
            vectors = chance.standard_normal((len(ids), library.index.embedder.dimensions)).astype("f4")
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            library.index.vectors.add(space, ids, vectors)
    return access, words_per_s


def _round(answerer: Answerer, access: Access, step: int) -> dict[str, float]:
    """Ask every `step`-th passage's question once."""
    searches, quotes, right = [], [], 0
    for number in range(0, step * QUESTIONS, step):
        asked = question(number)
        _, hits, timings = answerer.evidence(access, asked)
        searches.append(timings["search"])
        right += bool(hits) and hits[0].document.id == f"{number:016d}"
        began = time.perf_counter()
        for event in answerer.ask(access, asked):
            if isinstance(event, Quotes):
                quotes.append(1000 * (time.perf_counter() - began))
    return {
        "search_p50": p50(searches),
        "search_p95": p95(searches),
        "quote_p50": p50(quotes),
        "quote_p95": p95(quotes),
        "right": right / QUESTIONS,
    }


def _resident_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


if __name__ == "__main__":
    print(json.dumps(_run(Path(sys.argv[1]), int(sys.argv[2]))))

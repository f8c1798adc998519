"""Both engines of the index beside one another on the same made passages: does the right passage come first,
by language, how long does a search take, how long to put them in, and how much room on the disk.

    python -m bench.answers.engines [--passages 20000] [--index milvus+http://host:19530]

Without an address Milvus is its embedded edition, whose times say nothing of a server's. Vectors are random
directions, as in `searching`; their recall is that of an exact scan."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.corpus import question, texts
from bench.figures import p50, p95
from core.settings import load_settings
from language.tokens import query_tokens
from llm.embedder import Vectors
from operations.index_engines import Engines, open_engines
from retrieval.index.retrievers import IndexedPassage

QUESTIONS = 60
WIDTH = 384
BATCH = 500
SCOPES = 4
NEAREST = 40


def measure(folder: Path, index: str, passages: Sequence[tuple[str, str]]) -> dict[str, float]:
    """The figures of one engine."""
    engines = open_engines(load_settings(data=folder, index=index))
    figures: dict[str, float] = {}
    try:
        began = time.perf_counter()
        for start in range(0, len(passages), BATCH):
            engines.words.add(
                IndexedPassage(f"p{row}", f"v{row}", f"space{row % SCOPES}", "", "", passages[row][1])
                for row in range(start, min(start + BATCH, len(passages)))
            )
            engines.words.commit()
        figures["words in, passages/s"] = len(passages) / (time.perf_counter() - began)
        figures |= _words(engines, passages)
        chance = np.random.default_rng(3)
        vectors = chance.standard_normal((len(passages), WIDTH)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        store = engines.vectors("bench")
        began = time.perf_counter()
        for scope in range(SCOPES):
            own = list(range(scope, len(passages), SCOPES))
            store.add(f"space{scope}", [f"p{row}" for row in own], vectors[own])
        figures["vectors in, /s"] = len(passages) / (time.perf_counter() - began)
        figures |= _vectors(engines, vectors)
    finally:
        engines.close()
    held = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return figures | {"disk, MB": held / 2**20}


def _words(engines: Engines, passages: Sequence[tuple[str, str]]) -> dict[str, float]:
    scopes = [f"space{number}" for number in range(SCOPES)]
    ranks: dict[str, list[float]] = defaultdict(list)
    times = []
    step = max(1, len(passages) // QUESTIONS)
    step += step % 3 == 0  # the languages stand in turn
    for row in range(0, len(passages), step):
        sought = query_tokens(question(row))
        began = time.perf_counter()
        keys = [key for key, _ in engines.words.search(sought, scopes, 60)]
        times.append(1000 * (time.perf_counter() - began))
        rank = keys.index(f"p{row}") + 1 if f"p{row}" in keys else 0
        ranks[passages[row][0]].append(1 / rank if rank else 0.0)
    figures = {"words: p50, ms": p50(times), "words: p95, ms": p95(times)}
    for language, own in sorted(ranks.items()):
        figures[f"words, {language}: first, %"] = 100 * sum(value == 1 for value in own) / len(own)
        figures[f"words, {language}: mean reciprocal rank"] = sum(own) / len(own)
    return figures


def _vectors(engines: Engines, vectors: Vectors) -> dict[str, float]:
    store = engines.vectors("bench")
    readable = [row for row in range(len(vectors)) if row % SCOPES != SCOPES - 1]
    scopes = [f"space{number}" for number in range(SCOPES - 1)]
    chance = np.random.default_rng(4)
    times, shares = [], []
    for _ in range(QUESTIONS // 2):
        asked = chance.standard_normal(WIDTH).astype(np.float32)
        asked /= np.linalg.norm(asked)
        near = np.asarray(readable)[np.argsort(-(vectors[readable] @ asked))[:NEAREST]]
        began = time.perf_counter()
        keys = {key for key, _ in store.search(asked, scopes, NEAREST)}
        times.append(1000 * (time.perf_counter() - began))
        shares.append(len(keys & {f"p{row}" for row in near}) / NEAREST)
    return {
        "vectors: p50, ms": p50(times),
        "vectors: p95, ms": p95(times),
        f"vectors: recall@{NEAREST}, %": 100 * sum(shares) / len(shares),
    }


def main() -> None:
    """Measure both and print a table."""
    asked = argparse.ArgumentParser(description="Both engines of the index, side by side.")
    asked.add_argument("--passages", type=int, default=20_000)
    asked.add_argument("--index", default="milvus", help="the other engine, as SHOKO_INDEX names it")
    given = asked.parse_args()
    passages = list(texts(given.passages))
    columns = {}
    for name, index in {"data folder": "", given.index: given.index}.items():
        with tempfile.TemporaryDirectory(prefix="shoko-engines-") as folder:
            columns[name] = measure(Path(folder), index, passages)
        print(json.dumps({name: columns[name]}), flush=True)
    print("| |" + "".join(f" {name} |" for name in columns))
    print("|---|" + "---|" * len(columns))
    for what in next(iter(columns.values())):
        print(f"| {what} |" + "".join(f" {own[what]:.3g} |" for own in columns.values()))


if __name__ == "__main__":
    main()

"""Shoko beside LangChain and LlamaIndex on Chroma: the same documents, questions and embedder.

    python -m bench.peers --python VENV/bin/python [--set bench/answers/office] [--questions 120]

`make bench-peers PEERS=VENV/bin/python` runs it. The environment is a throw-away one with `langchain-chroma
langchain-huggingface langchain-text-splitters llama-index-core llama-index-vector-stores-chroma
llama-index-embeddings-huggingface`. Texts and Markdown of the set are read alone: the peers' tutorials read
those. A fact counts as found where one of its forms stands in the first five passages.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.figures import p50, p95
from core.settings import load_settings

BEST = 5
EMBEDDER = "multilingual-e5-small"
READ = (".md", ".txt")
HEAD = (
    "| | document in the first 5 | all facts in the first 5 | characters of the 5 | a question: p50, p95 ms "
    "| its processor time, ms | passages | ingest s (processor) | memory MB |"
)


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description="What a user would pick instead.")
    asked.add_argument("--python", required=True, help="of the environment with the peers")
    asked.add_argument("--set", type=Path, default=Path("bench/answers/office"))
    asked.add_argument("--questions", type=int, default=120)
    asked.add_argument("--peers", nargs="+", default=["langchain", "llamaindex"])
    given = asked.parse_args()
    folder = given.set / "docs"
    texts = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.suffix in READ
    }
    rows = [json.loads(line) for line in (given.set / "questions.jsonl").open(encoding="utf-8")]
    usable = [row for row in rows if row["answerable"] and row["docs"] and not row["follows"]]
    usable = [row for row in usable if row["facts"] and set(row["docs"]) <= set(texts)]
    step = max(1, len(usable) // given.questions)
    questions = usable[::step][: given.questions]
    print(f"{len(texts)} documents, {len(questions)} questions")
    print(HEAD)
    print("|---|---|---|---|---|---|---|---|---|")
    _row("Shoko", _shoko(texts, questions), questions)
    for peer in given.peers:
        for prefixes in (False, True):
            measured = _peer(given.python, peer, prefixes, texts, questions)
            versions = ", ".join(f"{name} {number}" for name, number in measured["versions"].items())
            _row(
                f"{peer} ({'with' if prefixes else 'without'} e5's prefixes; {versions})", measured, questions
            )


def _shoko(texts: dict[str, str], questions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The same of Shoko, in this process."""
    from core.access import access_of
    from core.identity.accounts import first_administrator
    from ingest.uploads import accept
    from operations.library import FIRST_SPACE, open_library

    with tempfile.TemporaryDirectory(prefix="shoko-peers-") as place:
        settings = load_settings(data=Path(place), model="none", embedder=EMBEDDER)
        began, worked = time.perf_counter(), time.process_time()
        with open_library(settings) as library:
            library.models_loaded.wait()
            with library.sessions.write() as session:
                access = access_of(session, first_administrator(session).id)
            for name, text in texts.items():
                accept(access, library.sessions, library.files, FIRST_SPACE, Path(name).name, [text.encode()],
                       path=name, limit_bytes=10**9)  # fmt: skip
            while library.pipeline.work_once():
                pass
            ingest, ingest_worked = time.perf_counter() - began, time.process_time() - worked
            library.answerer.evidence(access, "warm")
            answers = []
            for row in questions:
                began, worked = time.perf_counter(), time.process_time()
                _, hits, _ = library.answerer.evidence(access, row["question"])
                answers.append(
                    {
                        "hits": [(hit.document.name, hit.passage.text) for hit in hits[:BEST]],
                        "ms": 1000 * (time.perf_counter() - began),
                        "worked_ms": 1000 * (time.process_time() - worked),
                    }
                )
            return {
                "passages": library.index.keywords.count(),
                "ingest": ingest,
                "ingest_worked": ingest_worked,
                "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "answers": answers,
            }


def _peer(
    python: str, peer: str, prefixes: bool, texts: dict[str, str], questions: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="shoko-peers-") as place:
        order, answer = Path(place) / "order.json", Path(place) / "answer.json"
        order.write_text(
            json.dumps(
                {
                    "texts": texts,
                    "questions": [row["question"] for row in questions],
                    "embedder": str(load_settings().models_folder / EMBEDDER),
                    "prefixes": prefixes,
                }
            )
        )
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environment |= {"ANONYMIZED_TELEMETRY": "False", "HF_HUB_OFFLINE": "1"}
        script = Path(__file__).with_name("pipelines.py")
        command = [python, str(script), peer, str(order), str(answer)]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        measured: dict[str, Any] = json.loads(answer.read_text())
        return measured


def _row(name: str, measured: dict[str, Any], questions: Sequence[dict[str, Any]]) -> None:
    document = whole = 0
    lengths = []
    for row, answer in zip(questions, measured["answers"], strict=True):
        names = {name for name, _ in answer["hits"]}
        text = "".join("".join(part for _, part in answer["hits"]).split())
        document += bool(names & set(row["docs"]))
        whole += all(any("".join(form.split()) in text for form in fact) for fact in row["facts"])
        lengths.append(len(text))
    times = [answer["ms"] for answer in measured["answers"]]
    worked = [answer["worked_ms"] for answer in measured["answers"]]
    count = len(questions)
    print(
        f"| {name} | {document / count:.3f} | {whole / count:.3f} | {p50(lengths):,.0f} "
        f"| {p50(times):,.0f}, {p95(times):,.0f} | {p50(worked):,.0f} | {measured['passages']} "
        f"| {measured['ingest']:.1f} ({measured['ingest_worked']:.1f}) | {measured['memory']:,.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()

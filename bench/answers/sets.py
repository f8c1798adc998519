"""`shoko eval` over every question set in a folder, without a chat model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.figures import Figure

SHOKO = (sys.executable, "-m", "cli.main")
SHOWN = (
    ("retrieval", "recall@1"), ("retrieval", "recall@5"), ("retrieval", "recall@10"), ("quotes", "verbatim"),
    ("quotes", "contains_answer@1"), ("quotes", "contains_answer@3"), ("quotes", "times_the_sentence"),
    ("refusal", "auc"), ("latency_ms", "search_p50"), ("latency_ms", "evidence_p50"),
)  # fmt: skip
ASKED = {
    (name, figure): f"≥ {value}"
    for figure, values in {
        "contains_answer@1": {"jsquad": 0.87, "jaquad": 0.78, "drcd": 0.88, "cmrc": 0.88, "squad2": 0.80},
        "contains_answer@3": {"jsquad": 0.96, "jaquad": 0.94, "drcd": 0.96, "cmrc": 0.96, "squad2": 0.93},
        "recall@1": {"jsquad": 0.94, "jaquad": 0.88, "drcd": 0.95, "cmrc": 0.985, "squad2": 0.87},
        "recall@5": {"kgrag": 0.95},
        "recall@10": {"jsquad": 0.985, "jaquad": 0.995, "drcd": 0.995, "cmrc": 1, "squad2": 0.985},
        "auc": {"jsquad": 0.98, "jaquad": 0.98, "drcd": 0.98, "cmrc": 0.98, "squad2": 0.75},
    }.items()
    for name, value in values.items()
}


def measure(folder: Path) -> list[Figure]:
    """Rows of every set that has questions and documents."""
    figures = []
    for set_folder in sorted(path for path in folder.iterdir() if (path / "questions.jsonl").exists()):
        if not any((set_folder / part).exists() for part in ("corpus.jsonl", "pdfs", "docs")):
            continue
        done = subprocess.run(
            [*SHOKO, "eval", str(set_folder), "--json"], check=True, stdout=subprocess.PIPE, text=True
        )
        report: dict[str, Any] = json.loads(done.stdout)
        for part, name in SHOWN:
            value = report[part][name]
            if value is not None:
                asked = ASKED.get((report["set"], name), "≤ 1.5" if name == "times_the_sentence" else "")
                figures.append(Figure(f"{report['set']}: {part} {name}", value, "", asked, True))
        print(f"  {report['set']} done", flush=True)
    return figures

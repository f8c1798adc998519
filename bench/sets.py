"""`shoko eval` over every question set in a folder, without a chat model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.figures import Figure

SHOKO = Path(sys.executable).parent / "shoko"
SHOWN = (
    ("retrieval", "recall@1"), ("retrieval", "recall@10"), ("quotes", "verbatim"),
    ("quotes", "contains_answer@1"), ("quotes", "contains_answer@3"), ("refusal", "auc"),
    ("latency_ms", "search_p50"), ("latency_ms", "evidence_p50"),
)  # fmt: skip
ASKED = {
    ("jsquad", "recall@1"): "≥ .92", ("drcd", "recall@1"): "≥ .93",
    ("cmrc", "recall@1"): "≥ .97", ("squad2", "recall@1"): "≥ .85",
}  # fmt: skip


def measure(folder: Path) -> list[Figure]:
    """Rows of every set that has questions and documents."""
    figures = []
    for one in sorted(path for path in folder.iterdir() if (path / "questions.jsonl").exists()):
        if not any((one / part).exists() for part in ("corpus.jsonl", "pdfs", "docs")):
            continue
        done = subprocess.run(
            [SHOKO, "eval", str(one), "--json"], check=True, stdout=subprocess.PIPE, text=True
        )
        report: dict[str, Any] = json.loads(done.stdout)
        for part, name in SHOWN:
            value = report[part][name]
            if value is not None:
                asked = ASKED.get((report["set"], name), "")
                figures.append(Figure(f"{report['set']}: {part} {name}", value, "", asked, True))
        print(f"  {report['set']} done", flush=True)
    return figures

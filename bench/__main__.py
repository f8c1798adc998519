"""Runs the measurements and writes their table into docs/benchmarks.md.

    python -m bench [--only NAME …] [--rounds 3] [--sets FOLDER]

Each measurement is a function of one module of this folder and gives rows (what, figure, unit). The best of
the rounds is kept if a figure is a time or a speed: the machine's other work only ever makes it worse.
What stands in docs/benchmarks.md outside the marked part is written by hand and stays.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path

from bench import patterns
from bench.answers import contention, searching, sets
from bench.documents import ingesting, pdf_hostile, pdf_text, recognising, scanning
from bench.figures import Figure, best
from bench.models import embedding, estimating, language_model
from bench.server import screens, starting
from llm.engines.llama import physical_cores
from llm.hardware import GB, total_memory

DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks.md"
MEASUREMENTS: dict[str, Callable[[Path], list[Figure]]] = {
    "starting": starting.measure,
    "searching": searching.measure,
    "ingesting": ingesting.measure,
    "embedding": embedding.measure,
    "language_model": language_model.measure,
    "contention": contention.measure,
    "scanning": scanning.measure,
    "recognising": recognising.measure,
    "estimating": estimating.measure,
    "screens": screens.measure,
    "patterns": patterns.measure,
}
ONCE = (
    "searching",
    "contention",
    "scanning",
    "recognising",
    "screens",
    "patterns",
)  # these do their rounds themselves
VERSIONS = (
    "llama-cpp-python",
    "chromadb",
    "tantivy",
    "openvino",
    "sentence-transformers",
    "torch",
    "pypdfium2",
)


def main() -> None:
    """Measure what was asked for and write it down."""
    asked = argparse.ArgumentParser(description="Measure this machine.")
    asked.add_argument(
        "--only", nargs="*", choices=[*MEASUREMENTS, "sets", "pdf_text", "pdf_hostile"], help="these alone"
    )
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--sets", type=Path, help="folder of question sets, each as `shoko eval` reads it")
    asked.add_argument("--pdf-text", type=Path, help="folder of PDFs with known text")
    asked.add_argument("--pdf-hostile", type=Path, help="folder of hostile PDFs")
    given = asked.parse_args()
    for name, measure in MEASUREMENTS.items():
        if given.only and name not in given.only:
            continue
        rounds = []
        times = 1 if name in ONCE else given.rounds
        for number in range(times):
            print(f"{name}: round {number + 1} of {times}", flush=True)
            with tempfile.TemporaryDirectory(prefix="shoko-bench-") as place:
                rounds.append(measure(Path(place)))
        write(name, best(rounds))
    if given.sets and (not given.only or "sets" in given.only):
        write("sets", sets.measure(given.sets))
    if given.pdf_text:
        write("pdf_text", pdf_text.measure(given.pdf_text))
    if given.pdf_hostile:
        write("pdf_hostile", pdf_hostile.measure(given.pdf_hostile))


def write(name: str, figures: list[Figure]) -> None:
    """Put a measurement's table into the document, in place of its last one."""
    rows = [f"| {figure.what} | {figure.shown} | {figure.asked} |" for figure in figures]
    versions = ", ".join(f"{package} {version(package)}" for package in VERSIONS)
    machine = f"{_cpu()}, {physical_cores()} cores, {total_memory() / GB:.0f} GB, {platform.system()}"
    table = "\n".join(
        [
            f"`python -m bench --only {name}`, {date.today().isoformat()}, {machine},"
            f" Python {platform.python_version()}, {versions}",
            "",
            "| what | measured | asked for |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
    text = DOCUMENT.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    if begin not in text:
        text += f"\n## {name.replace('_', ' ').capitalize()}\n\n{begin}\n{end}\n"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    DOCUMENT.write_text(f"{before}{begin}\n{table}{end}{after}", encoding="utf-8")
    print(table, flush=True)


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "CPU"


if __name__ == "__main__":
    main()

"""A made PDF of 1,600 pages from upload to searchable by words: pages a second, and the most memory that the
back-end and all that it starts hold at one time, with and without an embedder.

    python -m bench.documents.pages [--pages 1600] [--embed-seconds 60]

The memory is the sum of what each process holds in RAM, what they share counted for each of them; so it is
rather too high than too low.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.documents.ingesting import made_pdf
from bench.figures import Figure

PAGES = 1600
EVERY = 0.05  # seconds between two looks at the memory

# The back-end's own way, in a process that holds nothing else. Tells on each line how far it is.
CHILD = """
import json, sys, time
from pathlib import Path
from operations.library import FIRST_SPACE, open_library
from core.access import access_of
from core.identity.accounts import first_administrator
from core.settings import load_settings
from ingest.uploads import accept

place, pdf, embedder, seconds = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])
models = load_settings().models_folder
settings = load_settings(data=place, models=models, model="none", embedder=embedder, ocr_languages="none")
with open_library(settings) as library:
    library.models_loaded.wait()
    assert embedder == "none" or library.index.embedder is not None, library.problems
    with library.sessions.write() as session:
        access = access_of(session, first_administrator(session).id)
    began = time.perf_counter()
    with pdf.open("rb") as stream:
        chunks = iter(lambda: stream.read(2**20), b"")
        accept(access, library.sessions, library.files, FIRST_SPACE, "made.pdf", chunks, limit_bytes=10**9)
    assert library.pipeline.work_once()
    print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)
    end = time.monotonic() + seconds
    stop = library.pipeline.stopping
    library.pipeline.reached = lambda step: stop.set() if time.monotonic() > end else None
    while embedder != "none" and library.pipeline.work_once() and not stop.is_set():
        pass
"""


def measure(place: Path, pages: int = PAGES, embed_seconds: float = 60.0) -> list[Figure]:
    """Pages a second and the most memory, without and with an embedder."""
    pdf = place / "made.pdf"
    pdf.write_bytes(made_pdf(pages))
    figures = []
    for embedder, name in (("none", "without an embedder"), ("auto", "with an embedder, and its vectors")):
        seconds, megabytes = _run(place / embedder, pdf, embedder, embed_seconds)
        figures += [
            Figure(
                f"{pages:,} pages to searchable, {name}", pages / seconds, "pages/s", "≥ 30 pages/s", True
            ),
            Figure(f"the most memory of all its processes, {name}", megabytes, "MB", "< 600 MB"),
        ]
    return figures


def _run(data: Path, pdf: Path, embedder: str, embed_seconds: float) -> tuple[float, float]:
    """Seconds to searchable, and the most memory in MB."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(data), str(pdf), embedder, str(embed_seconds)],
        stdout=subprocess.PIPE,
    )
    most = 0.0
    while child.poll() is None:
        most = max(most, held_by_tree(child.pid))
        time.sleep(EVERY)
    assert child.stdout is not None
    with child.stdout as output:
        said = output.read()
    if child.returncode:
        raise RuntimeError(f"the back-end ended with {child.returncode}")
    return float(json.loads(said.splitlines()[0])["seconds"]), most


def held_by_tree(root: int) -> float:
    """MB of RAM that a process and all its descendants hold."""
    parents: dict[int, list[int]] = {}
    held: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        number = int(folder.name)
        parents.setdefault(int(fields[1]), []).append(number)
        held[number] = int(fields[21]) * 4096
    total, left = 0, [root]
    while left:
        number = left.pop()
        total += held.get(number, 0)
        left += parents.get(number, [])
    return total / 1e6


def main() -> None:
    """Print the figures."""
    asked = argparse.ArgumentParser(description="Read a long PDF, and watch the memory.")
    asked.add_argument("--pages", type=int, default=PAGES)
    asked.add_argument("--embed-seconds", type=float, default=60.0)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="shoko-pages-") as place:
        for figure in measure(Path(place), given.pages, given.embed_seconds):
            print(f"{figure.what}: {figure.shown} (asked for: {figure.asked})")


if __name__ == "__main__":
    main()

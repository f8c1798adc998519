"""Text recognition on clean and spoiled pages: characters right and processor time, of the installed networks
and of Tesseract in the same run."""

from __future__ import annotations

import os
import re
import resource
import statistics
import unicodedata
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from bench.documents.scanned_pages import ScannedPage, pages
from bench.figures import Figure
from ingest.ocr import NETWORKS, TESSERACT, Recognition, recognition
from ingest.pages import PageContent
from ingest.readers.scan.networks import asking
from ingest.readers.scan.reads import Picture
from ingest.readers.scan.recognition import recognise

CORES = 2  # for which seconds are reported: recognition takes all that there are


def measure(place: Path) -> list[Figure]:
    """For each kind of page the share of characters that are right, and the seconds of a whole page."""
    del place
    figures = []
    times: dict[str, list[float]] = {NETWORKS: [], TESSERACT: []}
    orders = [recognition("auto", 600, "auto"), recognition("auto", 600, TESSERACT)]
    for page in pages():
        for order in orders:
            right, seconds = _read(page, order)
            times[order.engine].append(seconds)
            asked = ">= 0.97" if page.manner == "clean" and order.engine == NETWORKS else ""
            what = f"{order.engine}: {page.language}, {page.manner}: characters right"
            figures.append(Figure(what, right, "", asked, more_is_better=True))
            print(f"{what} {right:.4f}, {seconds:.1f} processor seconds", flush=True)
    asking.end()
    for engine, seconds_of in times.items():
        typical = statistics.median(seconds_of) / CORES
        figures.append(Figure(f"{engine}: a page on {CORES} cores, median", typical, "s", "<= 3"))
    return figures


def _read(page: ScannedPage, order: Recognition) -> tuple[float, float]:
    """The share of the page's characters that are right, and its processor time."""
    points = [side / page.dpi * 72 for side in page.image.size]
    before = _used()
    seen = recognise(Picture(page.image, page.dpi), PageContent(1, "", points[0], points[1]), order)
    true = _plain(page.text)
    wrong = Levenshtein.distance(_plain(seen.text), true)
    return max(0.0, 1 - wrong / len(true)), _used() - before


def _plain(text: str) -> str:
    """Without white space, full-width and half-width signs alike, as search has them."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _used() -> float:
    """Processor seconds of this process's children: those that ended, and the one that holds the networks."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime + _used_by_networks()


def _used_by_networks() -> float:
    process = asking.running()
    if process is None:
        return 0.0
    numbers = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")

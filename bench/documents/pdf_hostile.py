"""Broken, encrypted, empty and hostile PDFs through the product's own way: each must end in its class, in
time, and leave the next file unharmed.

    python -m bench.documents.pdf_hostile FOLDER

FOLDER holds `files.jsonl` (file, cls, password, ref_chars_first8) and the files it names. After every file a
good one is read and compared with what it said at the beginning.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.documents.ingesting import made_pdf
from bench.figures import Figure
from core.errors import FileEmpty, FileEncrypted, ReaderGaveUp, ShokoError
from ingest.formats import PDF, media_type_of
from ingest.sandbox import ReadingLimits, read_file

LIMITS = ReadingLimits(pages=5000, seconds=60, memory_mb=1500)
# What may become of each class: "text", "no text" (opened, and said to be empty), or a refusal's code.
OPENED = {"text", "no text"}
REFUSED = {"file_damaged", "file_type_unknown", "file_empty", "no text"}
RIGHT: dict[str, set[str]] = {
    "ordinary": {"text"},
    "no_text_layer": OPENED,
    "damaged_reference_opens": OPENED,
    "encrypted_opens_without_password": OPENED,
    "encrypted_password_unknown": {"file_encrypted"},
    "encrypted_opens_with_password": {"file_encrypted"},
    "broken_reference_cannot_open": OPENED | REFUSED,
    "broken_only_second_engine_opens": OPENED | REFUSED,
    "made_by_helper": OPENED | REFUSED,
}


@dataclass(frozen=True)
class Outcome:
    """What became of a file, in how many seconds, and whether that is right."""

    file: str
    kind: str
    end: str
    seconds: float
    right: bool


def end_of(path: Path, password: str = "") -> str:
    """What becomes of that file: text, no text, or the code of its refusal."""
    try:
        if path.stat().st_size == 0:
            raise FileEmpty(name=path.name)
        kind = media_type_of(path, path.name)
        pages = list(read_file(path, path.name, kind, LIMITS, password=password))
    except ShokoError as error:
        return error.code
    if kind != PDF:
        return "another kind"
    return "text" if any(page.text.strip() for page in pages) else "no text"


def compare(folder: Path) -> tuple[list[Outcome], int]:
    """The outcome of each file, and after how many the good file was not read as before."""
    outcomes, harmed = [], 0
    with tempfile.TemporaryDirectory(prefix="shoko-hostile-") as place:
        good = Path(place) / "good.pdf"
        good.write_bytes(made_pdf(1))
        truth = [page.text for page in read_file(good, "good.pdf", PDF, LIMITS)]
        for line in (folder / "files.jsonl").read_text(encoding="utf-8").splitlines():
            row: dict[str, Any] = json.loads(line)
            path = folder / row["file"]
            began = time.perf_counter()
            end = end_of(path)
            right = end in RIGHT[row["cls"]]
            if row["cls"] == "ordinary" and not row.get("ref_chars_first8"):
                right = end in OPENED
            if row["cls"] in ("damaged_reference_opens", "encrypted_opens_without_password"):
                right &= end == "text" or not row.get("ref_chars_first8")
            if row["cls"] == "encrypted_opens_with_password":
                right &= end_of(path, row["password"]) in OPENED
                right &= end_of(path, row["password"] + "x") == "password_wrong"
            seconds = time.perf_counter() - began
            right &= end not in (FileEncrypted.code, ReaderGaveUp.code) or "password" in row["cls"]
            outcomes.append(Outcome(row["file"], row["cls"], end, seconds, right))
            harmed += [page.text for page in read_file(good, "good.pdf", PDF, LIMITS)] != truth
    return outcomes, harmed


def measure(folder: Path) -> list[Figure]:
    """How many end right, and how long the slowest took."""
    outcomes, harmed = compare(folder)
    right = sum(outcome.right for outcome in outcomes)
    return [
        Figure(
            "hostile PDFs that end in their class", right, f"of {len(outcomes)}", f"{len(outcomes)}", True
        ),
        Figure("files after which the next was harmed", harmed, "", "0"),
        Figure("the slowest of them", max(outcome.seconds for outcome in outcomes), "s", "< 60 s"),
    ]


def main() -> None:
    """Print each file that ended otherwise than it should, and the counts."""
    asked = argparse.ArgumentParser(description="Read a folder of hostile PDFs.")
    asked.add_argument("folder", type=Path)
    outcomes, harmed = compare(asked.parse_args().folder)
    for outcome in outcomes:
        if not outcome.right or outcome.seconds > 10:
            print(
                f"{'' if outcome.right else 'WRONG '}{outcome.file}: {outcome.kind} -> {outcome.end}"
                f" ({outcome.seconds:.1f} s)"
            )
    for (kind, end), count in sorted(Counter((outcome.kind, outcome.end) for outcome in outcomes).items()):
        print(f"{count:4} {kind} -> {end}")
    right = sum(outcome.right for outcome in outcomes)
    print(f"{right} of {len(outcomes)} right; {harmed} harmed the next file")


if __name__ == "__main__":
    main()

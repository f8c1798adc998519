"""What `shoko check` takes without a server, on a file of one line: processor time, the least of some runs.

    python -m bench.checks.starting_up [--runs 7]

User and system time of the whole command leave out what other work on the machine takes of the clock.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

COMMAND = "from cli.entry import main; main()"
FILES = {"a.md": "# 報告\n\n本文です。\n", "a.docx": ""}


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description="Start-up of shoko check.")
    asked.add_argument("--runs", type=int, default=7)
    runs = asked.parse_args().runs
    with tempfile.TemporaryDirectory(prefix="shoko-bench-") as place:
        for name, text in FILES.items():
            path = Path(place) / name
            if text:
                path.write_text(text, encoding="utf-8")
            else:
                import docx

                document = docx.Document()
                document.add_paragraph("本文です。")
                document.save(str(path))
            spent = min(processor_time(path) for _ in range(runs))
            print(f"shoko check {name} --rules business-ja: {spent:.2f} s of the processor  (asked: ≤ 1.5 s)")


def processor_time(path: Path) -> float:
    """Seconds of user and system time of one check."""
    before = psutil.Process().cpu_times()
    subprocess.run(
        [sys.executable, "-c", COMMAND, "check", str(path), "--rules", "business-ja"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    behind = psutil.Process().cpu_times()
    children = behind.children_user - before.children_user, behind.children_system - before.children_system
    return float(sum(children))


if __name__ == "__main__":
    main()

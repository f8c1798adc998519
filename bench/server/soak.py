"""Hours of work in minutes: does the memory of the back-end stay flat, does an error come?

    python -m bench.server.soak [--minutes 30] [--people 20] [--library FOLDER]

`make soak` runs it. The people are those of `bench.server.load`. The first fifth is left out of the slope:
caches fill then.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
from collections import Counter
from pathlib import Path

from bench.figures import p50, p95
from bench.server.load import load, prepared, resident_mb, served
from core.settings import load_settings

WARM = 0.2  # of the time, in which caches fill
PASSAGES = 600
TALLEST = 16  # rows that are printed


def main() -> None:
    """Work, look at the memory each minute, and print both."""
    asked = argparse.ArgumentParser(description="Many minutes of work.")
    asked.add_argument("--minutes", type=int, default=30)
    asked.add_argument("--people", type=int, default=20)
    asked.add_argument("--library", type=Path, help="a folder that keeps the library for the next run")
    given = asked.parse_args()
    os.environ["SHOKO_MODELS"] = str(load_settings().models_folder)
    memory: list[float] = []
    quoted: list[float] = []
    errors: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    things = 0
    print("| minute | things | first quote p50 ms | p95 ms | errors | told to come again | memory MB |")
    print("|---|---|---|---|---|---|---|")
    with (
        prepared(given.library, PASSAGES, given.people) as (place, tokens),
        served(place) as (server, address),
    ):
        for minute in range(given.minutes):
            seen = asyncio.run(load(address, tokens[: given.people], 60.0, PASSAGES))
            mine = [1000 * value for value in seen.seconds["ask: first quote"]]
            count = sum(len(values) for name, values in seen.seconds.items() if name != "ask: first quote")
            things, quoted = things + count, quoted + mine
            errors, refused = errors + seen.errors, refused + seen.refused
            memory.append(resident_mb(server.pid))
            if minute % max(1, given.minutes // TALLEST) == 0:
                shown = f"{p50(mine):,.0f} | {p95(mine):,.0f}" if mine else "– | –"
                print(
                    f"| {minute + 1} | {count} | {shown} | {seen.errors.total()} | {seen.refused.total()} "
                    f"| {memory[-1]:,.0f} |",
                    flush=True,
                )
    warm = memory[int(WARM * len(memory)) :]
    print(f"\n{things} things in {given.minutes} minutes by {given.people} people; errors: {errors.total()} "
          f"{dict(errors)}; told to come again: {refused.total()}")  # fmt: skip
    if quoted:
        print(f"first quote: p50 {p50(quoted):,.0f} ms, p95 {p95(quoted):,.0f} ms")
    if len(warm) > 1:
        slope = statistics.linear_regression(range(len(warm)), warm).slope
        print(f"memory: {warm[0]:,.0f} MB to {warm[-1]:,.0f} MB, {slope:+.1f} MB a minute")


if __name__ == "__main__":
    main()

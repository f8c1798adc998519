"""What three back-ends would do that one does not, as a model from measured parts: no three machines are
needed, and it is no measurement of three.

    python -m bench.server.several [--questions 60] [--people 50]

Questions go one after the other to one back-end over a PostgreSQL and an embedded Milvus of its own. Measured
are the processor time of each of the three, and how long the place of the one writer is held, which back-ends
share. From these the model works out the throughput of people who ask without a rest: a closed network of
queues, each back-end a queue of its own, PostgreSQL and the index one for each of their cores, the writer's
place one for all (mean value analysis; Reiser and Lavenberg 1980). With few people nobody waits for anybody,
and three are no quicker.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import text

from bench.corpus import question
from bench.server.faults import PASSAGES, Places
from bench.server.load import prepare
from bench.server.services import MilvusService, PostgresqlService
from core.db import WRITER, open_database
from core.settings import load_settings

SAMPLE_SECONDS = 0.002
BACK_ENDS = (1, 2, 3, 6)
CORES = (1, 2, 4)  # of PostgreSQL, and of the index service


@dataclass(frozen=True)
class Parts:
    """What a question costs, in seconds: of the processor of each service, and of the writer's place."""

    back_end: float
    records: float
    index: float
    writer: float


def throughput(demands: Sequence[float], people: int) -> float:
    """Questions in a second of so many people without a rest, where each question spends those seconds at
    queues of one server each: exact mean value analysis."""
    waiting = [0.0] * len(demands)
    rate = 0.0
    for count in range(1, people + 1):
        times = [demand * (1 + queue) for demand, queue in zip(demands, waiting, strict=True)]
        rate = count / sum(times)
        waiting = [rate * spent for spent in times]
    return rate


def expected(parts: Parts, back_ends: int, cores: int, people: int) -> float:
    """Questions in a second with so many back-ends of one core each; PostgreSQL and the index have so many
    cores, whatever the back-ends. A question goes to any back-end alike, and to any core."""
    own = [parts.back_end / back_ends] * back_ends
    shared = [parts.records / cores] * cores + [parts.index / cores] * cores + [parts.writer]
    return throughput([*own, *shared], people)


def main() -> None:
    """Measure the parts and print them and what follows."""
    asked = argparse.ArgumentParser(description="A model of several back-ends from measured parts.")
    asked.add_argument("--questions", type=int, default=60)
    asked.add_argument("--people", type=int, default=50, help="of each back-end")
    asked.add_argument("--parts", type=float, nargs=4, help="milliseconds, measured before")
    given = asked.parse_args()
    if given.parts:
        parts = Parts(*(each / 1000 for each in given.parts))
    else:
        os.environ["SHOKO_MODELS"] = str(load_settings().models_folder)
        with tempfile.TemporaryDirectory(prefix="shoko-several-") as made:
            parts = measured(Path(made), given.questions)
    print("| part of a question | ms |\n|---|---|")
    for what, seconds in (
        ("processor time of the back-end", parts.back_end),
        ("processor time of PostgreSQL", parts.records),
        ("processor time of the index service", parts.index),
        ("the one writer's place in PostgreSQL is held", parts.writer),
    ):
        print(f"| {what} | {seconds * 1000:.1f} |")
    print("\n| back-ends |" + "".join(f" {cores} cores each | times one |" for cores in CORES))
    print("|---|" + "---|---|" * len(CORES))
    for back_ends in BACK_ENDS:
        row = f"| {back_ends} |"
        for cores in CORES:
            rate = expected(parts, back_ends, cores, given.people * back_ends)
            row += f" {rate:.1f} in a second | {rate / expected(parts, 1, cores, given.people):.2f} |"
        print(row)


def measured(place: Path, questions: int) -> Parts:
    """Ask twice as many questions: half for the processor's time, half for the writer's place."""
    place.chmod(0o755)
    records, index = PostgresqlService(place / "postgresql"), MilvusService(place / "milvus")
    shoko = Places(place)
    try:
        os.environ |= {
            "SHOKO_DATABASE_URL": records.address, "SHOKO_INDEX": index.address,
            "SHOKO_ORIGINALS": str(place / "shared" / "originals"),
            "SHOKO_AUDIT_KEY": str(place / "shared" / "audit.key"),
        }  # fmt: skip
        (token,) = prepare(place / "first", PASSAGES, 1)
        shoko.start("first")
        assert records.process and index.process
        roots = [shoko.processes["first"].pid, records.process.pid, index.process.pid]
        ask(shoko.address("first"), token, range(5))  # a first question loads what all later ones use
        before = [processor_seconds(root) for root in roots]
        ask(shoko.address("first"), token, range(5, 5 + questions))
        spent = [(processor_seconds(root) - was) / questions for root, was in zip(roots, before, strict=True)]
        held = writer_held(
            records.address, lambda: ask(shoko.address("first"), token, range(5, 5 + questions))
        )
        return Parts(*spent, held / questions)
    finally:
        shoko.stop()
        index.stop()
        records.stop()


def ask(address: str, token: str, numbers: range) -> None:
    """Ask these questions, one after the other, with the whole answer each; none is kept from before."""
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=90, trust_env=False) as http:
        for number in numbers:
            order = {"question": f"{question(number % PASSAGES)} ({time.monotonic_ns()})", "stream": False}
            http.post(f"{address}/api/questions", json=order).raise_for_status()


def processor_seconds(root: int) -> float:
    """What that process and all beneath it have used, those that ended too."""
    ticks, beneath = 0, [root]
    parents: dict[int, list[int]] = {}
    values: dict[int, list[str]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            values[int(place.name)] = (place / "stat").read_text().rpartition(") ")[2].split()
        except OSError:  # it ended
            continue
        parents.setdefault(int(values[int(place.name)][1]), []).append(int(place.name))
    while beneath:
        process = beneath.pop()
        beneath += parents.get(process, [])
        if process in values:
            ticks += sum(
                int(value) for value in values[process][11:15]
            )  # own and waited-for, user and system
    return ticks / os.sysconf("SC_CLK_TCK")


def writer_held(address: str, work: Callable[[], None]) -> float:
    """Seconds in which somebody held the writer's place while that work was done, from looks at PostgreSQL's
    locks every two milliseconds."""
    held, looks, done = 0, 0, threading.Event()
    look = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ExclusiveLock'"
        f" AND classid::bigint = {WRITER >> 32} AND objid::bigint = {WRITER & 0xFFFFFFFF}"
    )
    sessions = open_database(address, changes=False)

    def watch() -> None:
        nonlocal held, looks
        with sessions.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not done.wait(SAMPLE_SECONDS):
                looks += 1
                held += bool(connection.execute(look).scalar())

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.monotonic()
    try:
        work()
    finally:
        took = time.monotonic() - began
        done.set()
        watcher.join()
        sessions.close()
    return took * held / max(1, looks)


if __name__ == "__main__":
    main()

"""What three back-ends would do that one does not, as a model from measured parts: no three machines are
needed, and it is no measurement of three.

    python -m bench.server.several [--questions 60] [--people 50] [--parts 70 10 6]

Questions go one after the other to one library over a PostgreSQL of its own, the index in its folder.
Measured are the processor time of the library and of PostgreSQL, and how long the place of the one writer is
held, which back-ends share. `--parts` gives these three in milliseconds instead. HTTP is left out of what is
measured, and so is an index service, which has cores of its own: what Milvus' embedded edition needs says
nothing of a server.

From the parts the model works out the throughput of people who ask without a rest: a closed network of
queues, each back-end one of its own, PostgreSQL one for each of its cores, the writer's place one for all
(exact mean value analysis; Reiser and Lavenberg 1980).
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from bench.corpus import passage, question
from bench.server.load import LANGUAGES
from bench.server.queues import Parts, expected
from bench.server.services import PostgresqlService
from core.access import Access, access_of
from core.db import WRITER, open_database
from core.identity.accounts import first_administrator
from core.settings import load_settings
from ingest.uploads import accept
from operations.library import FIRST_SPACE, Library, open_library

DOCUMENTS, PER_DOCUMENT = 3, 40  # passages
SAMPLE_SECONDS = 0.002
BACK_ENDS = (1, 2, 3, 6)
CORES = (1, 2, 4)  # of PostgreSQL


def main() -> None:
    """Measure the parts and print them and what follows."""
    asked = argparse.ArgumentParser(description="A model of several back-ends from measured parts.")
    asked.add_argument("--questions", type=int, default=60)
    asked.add_argument("--people", type=int, default=50, help="of each back-end")
    asked.add_argument("--parts", type=float, nargs=3, help="milliseconds, measured before")
    given = asked.parse_args()
    if given.parts:
        parts = Parts(*(each / 1000 for each in given.parts))
    else:
        with tempfile.TemporaryDirectory(prefix="shoko-several-") as made:
            parts = measured(Path(made), given.questions)
    print("| part of a question | ms |\n|---|---|")
    for what, seconds in (
        ("processor time of the back-end", parts.back_end),
        ("processor time of PostgreSQL", parts.records),
        ("the one writer's place in PostgreSQL is held", parts.writer),
    ):
        print(f"| {what} | {seconds * 1000:.1f} |")
    print("\n| back-ends |" + "".join(f" PostgreSQL with {cores} cores | times one |" for cores in CORES))
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
    records = PostgresqlService(place / "postgresql")
    try:
        settings = load_settings(
            data=place / "library", models=load_settings().models_folder, model="none",
            database_url=records.address, answers_kept=0,
        )  # fmt: skip
        with open_library(settings) as library:
            library.models_loaded.wait()
            with library.sessions.write() as session:
                access = access_of(session, first_administrator(session).id)
            for document in range(DOCUMENTS):
                numbers = range(document * PER_DOCUMENT, (document + 1) * PER_DOCUMENT)
                content = "\n\n".join(passage(number, LANGUAGES[number % 3]) for number in numbers)
                accept(access, library.sessions, library.files, FIRST_SPACE, f"{document}.txt",
                       [content.encode()], limit_bytes=10**9)  # fmt: skip
            while library.pipeline.work_once():
                pass
            assert records.process is not None
            ask(library, access, range(5))  # a first question loads what all later ones use
            own, theirs = time.process_time(), processor_seconds(records.process.pid)
            ask(library, access, range(5, 5 + questions))
            own, theirs = time.process_time() - own, processor_seconds(records.process.pid) - theirs
            share = writer_held(records.address, lambda: ask(library, access, range(5, 5 + questions)))
        return Parts(own / questions, theirs / questions, share * (own + theirs) / questions)
    finally:
        records.stop()


def ask(library: Library, access: Access, numbers: range) -> None:
    """Ask these questions, one after the other, with the whole answer each."""
    for number in numbers:
        for _ in library.answerer.ask(access, question(number % (DOCUMENTS * PER_DOCUMENT))):
            pass


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
    """The share of the time of that work in which somebody held the writer's place, from looks at
    PostgreSQL's locks every two milliseconds. A share and not seconds: on a busy machine whoever holds it
    waits too."""
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
    try:
        work()
    finally:
        done.set()
        watcher.join()
        sessions.close()
    return held / max(1, looks)


if __name__ == "__main__":
    main()

"""Good and hostile files are uploaded, replaced and erased while the back-end is killed every few seconds: is
anything lost, does anything stand twice?

    python -m bench.documents.mixture [--rounds 30] [--files 120] [--seed 7] [--embedder auto]

The back-end is `shoko serve` in a process of its own, killed with SIGKILL at a random moment of each round
and started again. What it has acknowledged is promised; what it has not is handed in again, as a person
would.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from bench.documents.mixture_files import Made, changed, mixture

SHORTEST, LONGEST = 0.3, 5.0  # seconds that a back-end answers until it is killed
START_SECONDS, END_SECONDS, ORPHAN_SECONDS = 60.0, 600.0, 5.0
WAITING = ("waiting", "running")
REPLACED, ERASED = 0.15, 0.08  # of the uploads are followed by that


@dataclass
class Promised:
    """What the back-end has acknowledged: the newest content of each name, and what is gone."""

    files: dict[str, Made] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    versions: Counter[str] = field(default_factory=Counter)
    gone: list[Made] = field(default_factory=list)
    erasing: list[str] = field(default_factory=list)  # names whose erasure was not acknowledged yet
    twice: set[str] = field(default_factory=set)  # handed in again, since the answer did not come
    orphans: int = 0
    kills: int = 0


def main() -> None:
    """Kill, start, look, and print what became of it; exit code 1 if anything is wrong."""
    asked = argparse.ArgumentParser(description="Kill the back-end over a mixture of files.")
    asked.add_argument("--rounds", type=int, default=30)
    asked.add_argument("--files", type=int, default=120)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--embedder", default="auto")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="shoko-mixture-") as place:
        wrong, figures = run(Path(place), given.rounds, given.files, given.seed, embedder=given.embedder)
    for what, value in figures.items():
        print(f"{what}: {value}")
    for problem in wrong:
        print(f"WRONG {problem}")
    sys.exit(1 if wrong else 0)


def run(
    place: Path, rounds: int, files: int, seed: int, *, embedder: str = "none"
) -> tuple[list[str], dict[str, object]]:
    """What is wrong at the end (nothing, if all is well), and figures about what was done."""
    chance = random.Random(seed)
    data = place / "data"
    waiting = deque(mixture(files, seed))
    promised = Promised()
    per_round = -(-files // max(1, rounds))
    began = time.monotonic()
    for _ in range(rounds):
        with _backend(data, embedder) as (process, client):
            killer = threading.Timer(chance.uniform(SHORTEST, LONGEST), _kill, [process, promised])
            killer.start()
            with contextlib.suppress(httpx.TransportError):  # killed in the middle of an upload
                _hand_in(client, waiting, per_round, promised, chance)
            killer.join()
    with _backend(data, embedder) as (process, client):
        while waiting or promised.erasing:
            _hand_in(client, waiting, len(waiting), promised, chance)
        _wait_for_the_end(client)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    wrong, figures = verdict(data, promised)
    return wrong, {
        "kills": promised.kills, "of them during an upload": len(promised.twice), "files": files,
        "seconds": round(time.monotonic() - began), **figures,
    }  # fmt: skip


class _Started:
    """The back-end's process and a client of it, for the time of a block; killed at its end if it lives."""

    def __init__(self, data: Path, embedder: str) -> None:
        from operations.library import running_server

        data.mkdir(parents=True, exist_ok=True)
        old = running_server(data)
        environment = os.environ | {
            "SHOKO_DATA": str(data), "SHOKO_PORT": "0", "SHOKO_UI_PORT": "0", "SHOKO_EMBEDDER": embedder,
            "SHOKO_MODEL": "none", "SHOKO_OCR_LANGUAGES": "none",
        }  # fmt: skip
        log = (data.parent / "backend.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from cli.main import main; main()", "serve", "--no-ui"],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        log.close()
        deadline = time.monotonic() + START_SECONDS
        while (running := running_server(data)) is None or running == old:
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.process.kill()
                said = (data.parent / "backend.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"the back-end did not start: {said}")
            time.sleep(0.02)
        headers = {"Authorization": f"Bearer {running.token}"}
        self.client = httpx.Client(base_url=running.address, headers=headers, timeout=60, trust_env=False)

    def __enter__(self) -> tuple[subprocess.Popen[bytes], httpx.Client]:
        return self.process, self.client

    def __exit__(self, *_: object) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


_backend = _Started


def _hand_in(
    client: httpx.Client, waiting: deque[Made], count: int, promised: Promised, chance: random.Random
) -> None:
    """Upload the next files; now and then replace or erase one that is there. Raises httpx.TransportError
    if the back-end ends meanwhile; what it did not acknowledge is handed in again the next time."""
    for name in list(promised.erasing):
        _erase(client, name, promised)
    for _ in range(count):
        if not waiting:
            return
        file = waiting[0]
        try:
            answer = client.post("/api/documents", files={"file": (file.name, file.content)})
        except httpx.TransportError:
            promised.twice.add(file.name)
            raise
        answer.raise_for_status() if file.token or answer.status_code >= 500 else None
        waiting.popleft()
        if answer.status_code != 201:
            continue
        before = promised.files.get(file.name)
        if before is not None:
            promised.gone.append(before)  # superseded: no search may find it
        promised.files[file.name] = file
        promised.ids[file.name] = answer.json()["document"]["id"]
        promised.versions[file.name] += 1
        queued = {file.name for file in waiting}
        text = [
            made for made in promised.files.values()
            if made.token and made.name.endswith((".md", ".html")) and made.name not in queued
        ]  # fmt: skip
        if text and chance.random() < REPLACED:
            word = "".join(chance.choices("bcdfghjklmnpqrstvwxz", k=12))
            waiting.append(changed(chance.choice(text), word))
        elif len(promised.files) > 5 and chance.random() < ERASED:
            name = chance.choice(sorted(set(promised.files) - queued))
            promised.erasing.append(name)
            gone = promised.files.pop(name)
            promised.gone += [gone] * bool(gone.token)
            _erase(client, name, promised)


def _erase(client: httpx.Client, name: str, promised: Promised) -> None:
    answer = client.delete(f"/api/documents/{promised.ids[name]}")
    if answer.status_code != 404:  # an erasure that was not acknowledged may be done
        answer.raise_for_status()
    promised.erasing.remove(name)
    del promised.ids[name], promised.versions[name]


def _kill(process: subprocess.Popen[bytes], promised: Promised) -> None:
    """Kill the back-end, and see that what it had started ends too."""
    started = _children(process.pid)
    process.kill()
    process.wait()
    promised.kills += 1
    deadline = time.monotonic() + ORPHAN_SECONDS
    while (
        left := [process_id for process_id in started if _runs(process_id)]
    ) and time.monotonic() < deadline:
        time.sleep(0.05)
    promised.orphans += len(left)


def _children(parent: int) -> list[int]:
    children = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "stat").read_text().rpartition(") ")[2].split()[1] == str(parent):
                children.append(int(folder.name))
        except OSError:
            continue
    return children


def _runs(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def _wait_for_the_end(client: httpx.Client) -> None:
    """Wait until no work is left."""
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        left = sum(client.get("/api/jobs", params={"state": state}).json()["total"] for state in WAITING)
        if not left:
            return
        time.sleep(0.3)
    raise RuntimeError(f"work did not end within {END_SECONDS:.0f} seconds")


def verdict(data: Path, promised: Promised) -> tuple[list[str], dict[str, object]]:
    """What does not agree with what was promised, and figures."""
    from core.models import Document, Job, Page, Passage, Version
    from core.settings import load_settings
    from operations.library import Library, open_library
    from retrieval.index.index import differences

    wrong: list[str] = [f"{promised.orphans} readers went on after their back-end"] * bool(promised.orphans)
    settings = load_settings(data=data, model="none", embedder="none", ocr_languages="none")

    def scan(library: Library) -> dict[str, object]:
        with library.sessions.read() as session:
            documents = {row.name: row for row in session.scalars(select(Document))}
            versions: dict[str, list[Version]] = {}
            for version in session.scalars(select(Version).order_by(Version.number)):
                versions.setdefault(version.document_id, []).append(version)
            counted = session.execute(select(Page.version_id, func.count()).group_by(Page.version_id))
            pages = dict(counted.all())
            texts: dict[str, list[str]] = {}
            for version_id, text in session.execute(select(Passage.version_id, Passage.text)):
                texts.setdefault(version_id, []).append(text)
            open_jobs = session.scalars(select(Job.id).where(Job.state.in_(WAITING))).all()
        if open_jobs:
            wrong.append(f"{len(open_jobs)} jobs are open")
        if sorted(documents) != sorted(promised.files):
            wrong.append(f"documents: {sorted(set(documents) ^ set(promised.files))}")
        ends: Counter[str] = Counter()
        for name, file in promised.files.items():
            if name not in documents:
                continue
            own = versions.get(documents[name].id, [])
            ends[f"{own[-1].state} {own[-1].error_code or ''}".strip()] += 1
            counts = {promised.versions[name]}
            if name in promised.twice and not file.token:
                counts.add(promised.versions[name] + 1)  # it had failed already, and was tried once more
            wrong.extend(_wrong_of(file, documents[name], own, pages, texts, counts))
        held = differences(library.sessions, library.index)
        if held.words_differ:
            wrong.append(f"words: {held}")
        originals = {path.name for path in library.files.folder.glob("??/*")}
        if originals != {original.sha256 for own in versions.values() for original in own}:
            wrong.append("the originals on the disk are not those of the records")
        wrong.extend(_search(library, promised))
        return {
            "documents": len(documents), "passages": held.records, "pages": sum(pages.values()),
            **{f"ended {end}": count for end, count in sorted(ends.items())},
        }  # fmt: skip

    with open_library(settings, load_models=False) as library:
        return wrong, scan(library)


def _wrong_of(
    file: Made,
    document: Any,
    own: list[Any],
    pages: dict[str, int],
    texts: dict[str, list[str]],
    counts: set[int],
) -> Iterator[str]:
    if len(own) not in counts:
        yield f"{file.name}: {len(own)} versions, promised {max(counts)}"
    for version, following in itertools.zip_longest(own, own[1:]):
        done = version.state in ("searchable", "embedded")
        if done != bool(file.token):
            yield f"{file.name}: version {version.number} is {version.state} {version.error_code}"
        if version.error_code == "worker_died":
            yield f"{file.name}: was blamed for the kills"
        said = texts.get(version.id, [])
        if done and (pages.get(version.id, 0) != version.pages or len(said) != version.passages):
            yield f"{file.name}: {pages.get(version.id)} pages and {len(said)} passages"
        if done and following is None and file.token:
            whole = "\n".join(said)
            wanted, there = file.content.count(file.token.encode()), whole.count(file.token)
            if file.name.endswith((".md", ".html", ".csv")) and wanted != there:
                yield f"{file.name}: its word stands {there} times, not {wanted}"
            if document.current_version_id != version.id:
                yield f"{file.name}: its newest version is not in force"


def _search(library: Any, promised: Promised) -> Iterator[str]:
    """Every good file is found by its word, and what was replaced or erased by none."""
    from core.models import Passage, Space

    with library.sessions.read() as session:
        spaces = list(session.scalars(select(Space.id)))
    words = {file.token: name for name, file in promised.files.items() if file.token}
    for token, name in [*words.items(), *((file.token, "") for file in promised.gone)]:
        hits = [hit for hit, _ in library.index.search(token, spaces, 50).keyword]
        with library.sessions.read() as session:
            rows = session.execute(
                select(Passage.document_id).where(Passage.id.in_(hits), Passage.text.contains(token))
            )
            owners = {owner for (owner,) in rows}
        if owners != ({promised.ids[name]} if name else set()):
            yield f"{name or 'what is gone'}: a search for its word finds {len(owners)} documents"


if __name__ == "__main__":
    main()

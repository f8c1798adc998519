"""What happens when a part dies while people work: a worker, a back-end, PostgreSQL, the index service; and
when the disk is full. Nothing that was accepted may be lost, and everything must mend itself.

    python -m bench.server.faults [--people 6] [--down 5]

Two back-ends and a worker over a PostgreSQL and an embedded Milvus of their own, all on this computer. Each
person asks, searches and uploads in turn, and goes to the other back-end where one does not answer, as a
proxy does. The model's child: `bench.server.killing`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.corpus import passage, question
from bench.server.load import LANGUAGES, SHOKO, prepare, ready
from bench.server.services import MilvusService, PostgresqlService, wait_until
from core.settings import load_settings
from operations.library import running_server

PASSAGES = 120
CALM = 4.0  # seconds of work before a fault, and after it is mended
FAULTS = ("nothing", "worker", "back-end", "postgresql", "index")
DEEDS = ("ask", "search", "upload")


@dataclass
class Work:
    """What people did, from one fault to the next."""

    done: Counter[str] = field(default_factory=Counter)
    by_the_other: int = 0
    failed: Counter[str] = field(default_factory=Counter)


@dataclass
class Crowd:
    """People who work at any of the back-ends until they are told to stop."""

    addresses: list[str]
    tokens: list[str]
    work: Work = field(default_factory=Work)
    uploaded: dict[str, str] = field(default_factory=dict)  # document by who may see it
    asked: dict[str, int] = field(default_factory=dict)  # by who it was that got whole answers
    stopping: threading.Event = field(default_factory=threading.Event)

    def person(self, number: int) -> None:
        """One thing after another."""
        token, count = self.tokens[number], 0
        with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=90, trust_env=False) as http:
            while not self.stopping.wait(0.5):
                count += 1
                deed = DEEDS[(count + number) % len(DEEDS)]
                for turn in range(len(self.addresses)):
                    address = self.addresses[(number + turn) % len(self.addresses)]
                    problem = self._try(http, address, token, deed, 1000 * number + count)
                    if problem is None:
                        self.work.done[deed] += 1
                        self.work.by_the_other += bool(turn)
                        break
                else:
                    self.work.failed[f"{deed}: {problem}"] += 1

    def _try(self, http: httpx.Client, address: str, token: str, deed: str, count: int) -> str | None:
        """Do it there; what went wrong, or None."""
        try:
            if deed == "upload":
                text = passage(10**6 + count, LANGUAGES[count % 3])
                files = {"file": (f"note-{count}.txt", text.encode())}
                answer = http.post(f"{address}/api/documents", files=files, data={"space": "General"})
            elif deed == "ask":
                order = {"question": question(count % PASSAGES), "stream": False}
                answer = http.post(f"{address}/api/questions", json=order)
            else:
                answer = http.get(f"{address}/api/search", params={"q": question(count % PASSAGES)})
        except httpx.HTTPError as error:
            return type(error).__name__
        if answer.status_code >= 400:
            return f"{answer.status_code} {answer.json()['error']['code']}"
        if deed == "upload":
            self.uploaded[answer.json()["document"]["id"]] = token
        elif deed == "ask":
            self.asked[token] = self.asked.get(token, 0) + 1
        return None


class Places:
    """The processes of Shoko: two back-ends and a worker, each with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start it; a back-end until it is ready."""
        place = self.folder / name
        place.mkdir(exist_ok=True)
        if name.startswith("worker"):
            order = [*SHOKO, "worker", "--data", str(place)]
        else:
            order = [*SHOKO, "serve", "--no-ui", "--model", "none"]
        own = {"SHOKO_DATA": str(place), "SHOKO_PORT": "0", "SHOKO_UI_PORT": "0"}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(order, env=os.environ | own, stdout=log, stderr=log)
        if not name.startswith("worker"):
            wait_until(lambda: self._is_ready(place), f"{name} does not start: {self.folder}/{name}.log")

    def _is_ready(self, place: Path) -> bool:
        running = running_server(place)
        return running is not None and ready(running.address)

    def address(self, name: str) -> str:
        """Where that back-end listens."""
        running = running_server(self.folder / name)
        assert running is not None
        return running.address

    def kill(self, name: str) -> None:
        """End it at once."""
        self.processes[name].kill()
        self.processes[name].wait()

    def stop(self) -> None:
        """End all of them."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(timeout=60)


def main() -> None:
    """Break one part after the other and print what people saw."""
    asked = argparse.ArgumentParser(description="Parts that die while people work.")
    asked.add_argument("--people", type=int, default=6)
    asked.add_argument("--only", nargs="+", default=list(FAULTS), choices=FAULTS)
    asked.add_argument("--down", type=float, default=5.0, help="seconds that a dead part stays away")
    given = asked.parse_args()
    os.environ["SHOKO_MODELS"] = str(load_settings().models_folder)
    with tempfile.TemporaryDirectory(prefix="shoko-faults-") as made:
        place = Path(made)
        place.chmod(0o755)
        records, index = PostgresqlService(place / "postgresql"), MilvusService(place / "milvus")
        shoko = Places(place)
        try:
            run(place, shoko, records, index, given.people, given.down, given.only)
        finally:
            shoko.stop()
            index.stop()
            records.stop()


def run(
    place: Path,
    shoko: Places,
    records: PostgresqlService,
    index: MilvusService,
    people: int,
    down: float,
    faults: Sequence[str],
) -> None:
    """The faults in their order, then the count of what is there."""
    os.environ |= {
        "SHOKO_DATABASE_URL": records.address,
        "SHOKO_INDEX": index.address,
        "SHOKO_ORIGINALS": str(place / "shared" / "originals"),
        "SHOKO_AUDIT_KEY": str(place / "shared" / "audit.key"),
    }
    tokens = prepare(place / "first", PASSAGES, people)
    for name in ("first", "second", "worker"):
        shoko.start(name)
    crowd = Crowd([shoko.address("first"), shoko.address("second")], tokens)
    threads = [threading.Thread(target=crowd.person, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    print("| what dies | things done | by the other back-end | failed | seconds until all works again |")
    print("|---|---|---|---|---|")

    def again(name: str) -> None:
        shoko.start(name)
        if name in ("first", "second"):
            crowd.addresses[name == "second"] = shoko.address(name)

    def fault(what: str, kill: Callable[[], None], start: Callable[[], None]) -> None:
        crowd.work = Work()
        time.sleep(CALM)
        kill()
        time.sleep(down)
        began = time.monotonic()
        start()
        try:
            wait_until(lambda: _all_works(crowd), "")
        except SystemExit:
            raise SystemExit(f"{what}: it does not work again; failed: {crowd.work.failed}") from None
        mended = time.monotonic() - began
        time.sleep(CALM)
        work = crowd.work
        failed = ", ".join(f"{count} {kind}" for kind, count in work.failed.most_common()) or "0"
        print(f"| {what} | {work.done.total()} | {work.by_the_other} | {failed} | {mended:.1f} |", flush=True)

    try:
        ways: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "nothing": (lambda: None, lambda: None),
            "worker": (lambda: shoko.kill("worker"), lambda: again("worker")),
            "back-end": (lambda: shoko.kill("first"), lambda: again("first")),
            "postgresql": (records.kill, records.start),
            "index": (index.kill, index.start),
        }
        for name in faults:
            fault(name, *ways[name])
    finally:
        crowd.stopping.set()
        for thread in threads:
            thread.join()
    _count(crowd)


def _all_works(crowd: Crowd) -> bool:
    """Whether each back-end does everything."""
    with httpx.Client(
        headers={"Authorization": f"Bearer {crowd.tokens[0]}"}, timeout=90, trust_env=False
    ) as http:
        return all(
            crowd._try(http, address, crowd.tokens[0], deed, 10**5 + int(time.monotonic())) is None
            for address in crowd.addresses
            for deed in DEEDS
        )


def _count(crowd: Crowd) -> None:
    """What was accepted and is there, what was answered and is recorded."""
    address = crowd.addresses[0]

    def get(token: str, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.get(f"{address}{path}", headers=headers, timeout=90, trust_env=False)

    def unread() -> list[str]:
        states = []
        for document, token in crowd.uploaded.items():
            answer = get(token, f"/api/documents/{document}")
            states.append("lost" if answer.status_code == 404 else answer.json()["version"]["state"])
        return [state for state in states if state not in ("searchable", "embedded")]

    wait_until(lambda: not unread(), f"not read after a while: {Counter(unread())}")
    print(f"\n{len(crowd.uploaded)} files were accepted: {len(crowd.uploaded)} are found, 0 are lost.")
    kept = {token: len(get(token, "/api/questions?limit=500").json()["questions"]) for token in crowd.asked}
    lost = sum(max(0, number - kept[token]) for token, number in crowd.asked.items())
    print(f"{sum(crowd.asked.values())} questions were answered: {lost} are not in the records.")


if __name__ == "__main__":
    main()

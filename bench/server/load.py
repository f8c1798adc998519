"""Many people at once over a real server: they ask, search, look at pages, open lists, upload and check, in
the mixture of an office, each with pauses to read, and each with a sign-in of their own.

    python -m bench.server.load [--people 10 50 200] [--seconds 60] [--passages 2000] [--library FOLDER]
        [--plot load.svg]

`make load` runs it. The people are in this process, on the machine of the server, and take their part of it.
Who is told to come again later does so when it was said. No chat model is loaded: it has a queue of its own,
measured elsewhere. A folder that `--library` names keeps the library from one run to the next.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.corpus import passage, question
from bench.figures import p50, p95
from bench.server.plots import Group, drawn
from bench.server.starting import SAMPLES, SHOKO
from core.settings import load_settings
from operations.library import running_server

PER_DOCUMENT = 40  # passages
WARM = 5.0  # seconds of two people before the measurement: a server's first requests are its slowest
PAUSE = 6.0  # seconds that a person reads between two things, on average
TIMEOUT = 120.0
SEED = 20261130
LANGUAGES = ("ja", "en", "zh")
CHECKED = b"The new rule shall be followed by all staff. It are valid from the first of May.\n"


@dataclass
class Seen:
    """What the people saw: seconds by what they did, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)  # told to come again: 429, 503
    errors: Counter[str] = field(default_factory=Counter)
    quoted: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))  # by person


@dataclass
class Person:
    """One signed-in person who does one thing after another."""

    http: httpx.AsyncClient
    seen: Seen
    chance: random.Random
    passages: int
    documents: Sequence[str]
    pictured: Sequence[str]
    number: int = 0

    async def work(self, until: float) -> None:
        """Do things until then."""
        await asyncio.sleep(self.chance.random() * PAUSE)
        deeds, weights = zip(*MIXTURE, strict=True)
        while time.monotonic() < until:
            (deed,) = self.chance.choices(deeds, weights)
            name = deed.__name__
            began = time.perf_counter()
            try:
                await deed(self)
            except httpx.HTTPStatusError as error:
                code = error.response.status_code
                (self.seen.refused if code in (429, 503) else self.seen.errors)[f"{name} {code}"] += 1
                await asyncio.sleep(float(error.response.headers.get("Retry-After", 0)))
            except (httpx.HTTPError, KeyError) as error:
                self.seen.errors[f"{name} {type(error).__name__}"] += 1
            else:
                if name != "ask":
                    self.seen.seconds[name].append(time.perf_counter() - began)
            await asyncio.sleep(self.chance.expovariate(1 / PAUSE))

    def _question(self) -> str:
        number = self.chance.randrange(self.passages)
        return question(number)

    async def ask(self) -> None:
        """A question: until its quotes, and to its end."""
        began = time.perf_counter()
        order = {"question": self._question()}
        async with self.http.stream("POST", "/api/questions", json=order) as answer:
            answer.raise_for_status()
            quoted = ended = False
            async for line in answer.aiter_lines():
                ended = ended or line == "event: done"
                if line == "event: quotes" and not quoted:
                    quoted = True
                    self.seen.seconds["ask: first quote"].append(time.perf_counter() - began)
                    self.seen.quoted[self.number].append(time.perf_counter() - began)
        if not ended:
            self.seen.errors["ask broke off"] += 1
            return
        self.seen.seconds["ask: whole answer"].append(time.perf_counter() - began)

    async def search(self) -> None:
        """Ten passages."""
        (await self.http.get("/api/search", params={"q": self._question()})).raise_for_status()

    async def picture(self) -> None:
        """A page as a picture."""
        document = self.chance.choice(self.pictured)
        width = self.chance.choice((800, 1000))
        address = f"/api/documents/{document}/pages/1/picture"
        (await self.http.get(address, params={"width": width})).raise_for_status()

    async def page(self) -> None:
        """A page as text."""
        document = self.chance.choice(self.documents)
        (await self.http.get(f"/api/documents/{document}/pages/1")).raise_for_status()

    async def lists(self) -> None:
        """What a screen asks for when it is opened."""
        for address in ("/api/session", "/api/spaces", "/api/documents?limit=50", "/api/questions?limit=20"):
            (await self.http.get(address)).raise_for_status()

    async def upload(self) -> None:
        """A short document; its reading goes on behind."""
        number = self.passages + self.chance.randrange(10**6)
        text = passage(number, LANGUAGES[number % 3])
        files = {"file": (f"note-{number}.txt", text.encode())}
        answer = await self.http.post("/api/documents", files=files, data={"space": "General"})
        answer.raise_for_status()

    async def check(self) -> None:
        """A short text against rules."""
        files = {"file": ("rule.txt", CHECKED)}
        form = {"pack": "english-report", "keep": "false"}
        (await self.http.post("/api/checks", files=files, data=form)).raise_for_status()


Deed = Callable[[Person], Awaitable[None]]
MIXTURE: tuple[tuple[Deed, float], ...] = (
    (Person.ask, 30),
    (Person.search, 25),
    (Person.lists, 20),
    (Person.picture, 10),
    (Person.page, 10),
    (Person.upload, 3),
    (Person.check, 2),
)


def prepare(data: Path, passages: int, people: int) -> list[str]:
    """Fill a library and sign people in; returns their tokens."""
    from contract.values import Role
    from core.access import access_of
    from core.identity.accounts import first_administrator, sign_in
    from core.models import Grant, Space, User
    from core.settings import load_settings
    from ingest.uploads import accept
    from operations.library import FIRST_SPACE, open_library

    with open_library(load_settings(data=data, model="none")) as library:
        library.models_loaded.wait()
        with library.sessions.write() as session:
            access = access_of(session, first_administrator(session).id)
        files = {f"rules-{start}.txt": _texts(start, passages) for start in range(0, passages, PER_DOCUMENT)}
        files |= {file.name: file.read_bytes() for file in sorted(SAMPLES.glob("*policy.pdf"))}
        for name, content in files.items():
            accept(access, library.sessions, library.files, FIRST_SPACE, name, [content], limit_bytes=10**9)
        print(f"  {len(files)} documents are read and embedded", file=sys.stderr, flush=True)
        while library.pipeline.work_once():
            pass
        tokens = []
        with library.sessions.write() as session:
            space = session.query(Space).filter(Space.name == FIRST_SPACE).one()
            for number in range(people):
                user = User(name=f"Person {number}")
                session.add(user)
                session.flush()
                session.add(Grant(space_id=space.id, user_id=user.id, role=Role.AUTHOR))
                session.flush()
                tokens.append(sign_in(session, user.id))
    return tokens


def _texts(start: int, passages: int) -> bytes:
    numbers = range(start, min(passages, start + PER_DOCUMENT))
    return "\n\n".join(passage(number, LANGUAGES[number % 3]) for number in numbers).encode()


async def load(address: str, tokens: Sequence[str], seconds: float, passages: int) -> Seen:
    """Let as many people work at that server as there are tokens."""
    seen = Seen()
    # A connection that rested about as long as the server keeps one is not used again: a browser asks twice.
    limits = httpx.Limits(max_connections=None, keepalive_expiry=2.0)
    clients = []
    for token in tokens:
        headers = {"Authorization": f"Bearer {token}"}
        clients.append(
            httpx.AsyncClient(
                base_url=address, headers=headers, timeout=TIMEOUT, trust_env=False, limits=limits
            )
        )
    listed = (await clients[0].get("/api/documents", params={"limit": 500})).raise_for_status().json()
    documents = [row["id"] for row in listed["documents"]]
    pictured = [row["id"] for row in listed["documents"] if row["name"].endswith(".pdf")]
    until = time.monotonic() + seconds
    people = [
        Person(http, seen, random.Random(SEED + number), passages, documents, pictured, number)
        for number, http in enumerate(clients)
    ]
    await asyncio.gather(*(person.work(until) for person in people))
    for http in clients:
        await http.aclose()
    return seen


def processor_seconds(process: int) -> float:
    """What that process and the children that it waited for have used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def resident_mb(process: int) -> float:
    """Memory of that process."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def table(seen: Seen, people: int, seconds: float, worked: float) -> list[str]:
    """Rows of Markdown; `worked`: processor seconds of the server."""
    rows = []
    for name in sorted(seen.seconds):
        taken = [1000 * value for value in seen.seconds[name]]
        shown = f"{p50(taken):,.0f} | {p95(taken):,.0f} | {max(taken):,.0f}"
        rows.append(f"| {people} | {name} | {len(taken)} | {shown} |")
    every = sum(len(values) for name, values in seen.seconds.items() if name != "ask: first quote")
    rows.append(
        f"| {people} | all: {every / seconds:.1f} a second; told to come again: {seen.refused.total()}; "
        f"errors: {seen.errors.total()} | {every} | | | |"
    )
    rows.append(
        f"| {people} | processor time of the back-end for each: {1000 * worked / max(1, every):,.0f} ms "
        "| | | | |"
    )
    medians = sorted(1000 * p50(values) for values in seen.quoted.values() if len(values) > 1)
    if medians:
        rows.append(
            f"| {people} | fair: the medians of each person's first quotes | {len(medians)} |"
            f" {p50(medians):,.0f} | {p95(medians):,.0f} | {medians[-1]:,.0f} |"
        )
    return rows


@contextlib.contextmanager
def prepared(folder: Path | None, passages: int, people: int) -> Iterator[tuple[Path, list[str]]]:
    """A library with that many passages and people, for the time of the block; in a folder that is given it
    stays, and is used again. Yields where it is, and the people's tokens."""
    with tempfile.TemporaryDirectory(prefix="shoko-load-") as made:
        place = folder or Path(made)
        known = place / "load-tokens.json"
        if not known.exists():
            place.mkdir(parents=True, exist_ok=True)
            known.write_text(json.dumps(prepare(place, passages, people)))
        tokens = json.loads(known.read_text())
        if len(tokens) < people:
            raise SystemExit(f"{place} has {len(tokens)} people, {people} are needed: remove that folder")
        yield place, tokens


@contextlib.contextmanager
def served(place: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The back-end over that library for the time of the block: its process and its address."""
    environment = os.environ | {"SHOKO_DATA": str(place), "SHOKO_PORT": "0", "SHOKO_UI_PORT": "0"}
    server = subprocess.Popen(
        [*SHOKO, "serve", "--no-ui", "--model", "none"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        while (running := running_server(place)) is None or not ready(running.address):
            if server.poll() is not None:
                raise SystemExit(f"the server ended with code {server.returncode}")
            time.sleep(0.2)
        yield server, running.address
    finally:
        server.terminate()
        server.wait(timeout=60)


def main() -> None:
    """Measure and print the rows of docs/benchmarks.md."""
    asked = argparse.ArgumentParser(description="Many people at once.")
    asked.add_argument("--people", type=int, nargs="+", default=[10, 50, 200])
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--passages", type=int, default=2000)
    asked.add_argument("--library", type=Path, help="a folder that keeps the library for the next run")
    asked.add_argument("--plot", type=Path, help="an SVG file to draw the waiting times in")
    given = asked.parse_args()
    os.environ |= {"SHOKO_MODELS": str(load_settings().models_folder)}
    groups: list[tuple[int, Seen]] = []
    with (
        prepared(given.library, given.passages, sum(given.people)) as (place, tokens),
        served(place) as (server, address),
    ):
        asyncio.run(load(address, tokens[:2], WARM, given.passages))
        print("| people | what | times | p50 ms | p95 ms | slowest ms |\n|---|---|---|---|---|---|")
        for people in given.people:
            mine, tokens = tokens[:people], tokens[people:]
            before = processor_seconds(server.pid)
            seen = asyncio.run(load(address, mine, given.seconds, given.passages))
            worked = processor_seconds(server.pid) - before
            groups.append((people, seen))
            print("\n".join(table(seen, people, given.seconds, worked)), flush=True)
            for kind, count in (seen.refused + seen.errors).most_common():
                print(f"  {kind}: {count}", file=sys.stderr)
            print(f"  {people}: the back-end holds {resident_mb(server.pid):,.0f} MB", file=sys.stderr)
            load_now = os.getloadavg()[0]
            print(f"  load of the machine {load_now:.1f}, {os.cpu_count()} cores", file=sys.stderr)
    if given.plot is not None:
        given.plot.write_text(
            drawn([Group(people, seen.seconds, sum(seen.refused.values())) for people, seen in groups])
        )


def ready(address: str) -> bool:
    """Whether the back-end there takes requests."""
    try:
        return httpx.get(f"{address}/ready", timeout=30, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


if __name__ == "__main__":
    main()

"""A real library behind the real HTTP door, without weights and without threads of its own: jobs are carried
out when a test says so, and nothing waits for a clock."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from making import client_of

from core.access import access_of
from core.identity.accounts import first_administrator, sign_in
from core.settings import Settings
from ingest.uploads import accept
from operations.library import FIRST_SPACE, Library, open_library
from ui.client import Backend

SECONDS = 240  # to wait for what a busy machine does
SAMPLES = Path(__file__).parents[2] / "samples" / "library"
# Every sign that Markdown, HTML, TeX or Streamlit would read as more than itself.
HOSTILE = (
    "The colour of the *gate* is _blue_ at $5 and $6, <b>not</b> <script>alert(1)</script> "
    "<img src=http://evil.invalid/i.png> # [red](http://evil.invalid/x) :red[a] :material/home: `c` ~~d~~."
)
HOSTILE_NAME = "*a* _b_ [c](http:evil.invalid) $x$ <b>d<b> :red[e].txt"


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with searchable documents, made once: English and Japanese PDF, hostile text."""
    folder = tmp_path_factory.mktemp("shelf") / "data"
    contents = {
        name: (SAMPLES / name).read_bytes() for name in ("travel-expense-policy.pdf", "work-rules.pdf")
    }
    contents[HOSTILE_NAME] = f"{HOSTILE}\n".encode()
    with open_library(settings_of(folder), load_models=False) as library:
        with library.sessions.read() as session:
            access = access_of(session, first_administrator(session).id)
        for name, content in contents.items():
            accept(access, library.sessions, library.files, FIRST_SPACE, name, [content], limit_bytes=2**24)
        while library.pipeline.work_once():
            pass
    return folder


def settings_of(folder: Path) -> Settings:
    return Settings(data=folder, model="none", embedder="none")


@pytest.fixture
def library(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Library]:
    """An open library; with the shelf's documents in it where the test asks for `filled`."""
    folder = tmp_path / "data"
    if "filled" in request.fixturenames:
        shutil.copytree(request.getfixturevalue("shelf"), folder)
    with open_library(settings_of(folder), load_models=False) as opened:
        yield opened


@pytest.fixture
def http(door: str) -> Iterator[httpx.Client]:
    """A client of the real application, signed in as nobody; its worker does not run."""
    with client_of(door) as client:
        yield client


@pytest.fixture
def token(library: Library) -> str:
    with library.sessions.write() as session:
        return sign_in(session, first_administrator(session).id)


@pytest.fixture
def backend(http: httpx.Client, token: str) -> Backend:
    return Backend(http, token)


@pytest.fixture
def hostile_text() -> str:
    return HOSTILE


@pytest.fixture
def hostile_name() -> str:
    return HOSTILE_NAME


@pytest.fixture
def filled(backend: Backend) -> Backend:
    """The way to a library with the shelf's documents in it."""
    return backend


@pytest.fixture
def samples() -> Path:
    return SAMPLES


@pytest.fixture
def goes_on(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Until it is set, what follows an answer's quotes is held back."""
    event, really = threading.Event(), Backend.ask

    def held(self: Backend, *given: Any, **named: Any) -> Any:
        for number, part in enumerate(really(self, *given, **named)):
            yield part
            assert number or event.wait(SECONDS)

    monkeypatch.setattr(Backend, "ask", held)
    return event

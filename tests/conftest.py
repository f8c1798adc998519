"""Fixtures of all tests: settings of this machine out of the way, and an open library without weights."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from hypothesis import HealthCheck, settings
from making import administrator, client_of, settings_in

from api.app import make_app
from api.connections import Connection
from contract.values import ModelRole
from core.identity.accounts import sign_in
from core.settings import load_settings
from llm.catalogue.store import InstalledModel, ModelStore
from llm.fakes import HashEmbedder
from operations.library import Library, open_library

MODELS = load_settings().models_folder  # the real ones, which no test may change
IN_CI = os.environ.get("CI") == "true"

settings.register_profile(
    "shoko",
    deadline=None,
    derandomize=IN_CI,  # the same examples at every submission; new ones on a developer's machine
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("shoko")


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SHOKO_"):
            monkeypatch.delenv(name)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An open library in an empty folder: vectors from hashes, no chat model, nobody works its jobs."""
    with open_library(settings_in(tmp_path / "data"), embedder=HashEmbedder(), load_models=False) as opened:
        yield opened


@pytest.fixture
def door(library: Library) -> Iterator[str]:
    """The address of a real HTTP server over that library; nobody works its jobs."""
    config = uvicorn.Config(
        make_app(library, work=False),
        host="127.0.0.1",
        port=0,
        log_level="warning",
        http=Connection,
        ws="none",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def client(library: Library, door: str) -> Iterator[httpx.Client]:
    """A client of that server, signed in as the administrator."""
    asker = administrator(library)
    with library.sessions.write() as session:
        token = sign_in(session, asker.user_id)
    with client_of(door, token) as opened:
        yield opened


def _installed(role: ModelRole) -> tuple[ModelStore, InstalledModel]:
    store = ModelStore(MODELS)
    found = store.choose(role, "auto")
    if found is None:
        reason = f"no {role} model in {store.folder}: run `shoko setup`, or set SHOKO_MODELS"
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return store, found


@pytest.fixture(scope="session")
def chat_model() -> Path:
    """The file of the installed chat model. Skips without one; fails in CI."""
    store, found = _installed(ModelRole.CHAT)
    return store.path(found)


@pytest.fixture(scope="session")
def embedding_model() -> tuple[InstalledModel, Path]:
    """The installed embedding model and its folder. Skips without one; fails in CI."""
    store, found = _installed(ModelRole.EMBED)
    return found, store.path(found)

"""Fixtures of all tests: settings of this machine out of the way, and an open library without weights.

What costs seconds to import is imported where it is used, so that tests of a pure function start at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from contract.values import ModelRole
from core.settings import load_settings

if TYPE_CHECKING:
    import httpx

    from llm.catalogue.store import InstalledModel, ModelStore
    from operations.library import Library

pytest_plugins = ["processor_time", "fast_tests"]
MODELS = load_settings().models_folder  # the real ones, which no test may change
MODELS_OF_TESTS = {ModelRole.CHAT: "smollm2-135m", ModelRole.EMBED: "multilingual-e5-small"}
ENGINES = {"chat_model", "embedding_model"}  # fixtures
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


@pytest.fixture(autouse=True)
def real_hasher(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The hasher of passwords, for the test of its costs: a tenth of a second each, by design. All others get
    one that costs nothing."""
    passwords = sys.modules.get("core.identity.passwords")
    if passwords is None:
        return None
    real = passwords._hasher
    monkeypatch.setattr(passwords, "_hasher", type(real)(time_cost=1, memory_cost=64, parallelism=1))
    return real


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An open library in an empty folder: vectors from hashes, no chat model, nobody works its jobs."""
    from making import settings_in

    from llm.fakes import HashEmbedder
    from operations.library import open_library

    with open_library(settings_in(tmp_path / "data"), embedder=HashEmbedder(), load_models=False) as opened:
        yield opened


@pytest.fixture
def door(library: Library) -> Iterator[str]:
    """The address of a real HTTP server over that library; nobody works its jobs."""
    from serving import served

    from api.app import make_app
    from api.connections import Connection

    with served(make_app(library, work=False), http=Connection) as address:
        yield address


@pytest.fixture
def client(library: Library, door: str) -> Iterator[httpx.Client]:
    """A client of that server, signed in as the administrator."""
    from making import administrator, client_of

    from core.identity.accounts import sign_in

    asker = administrator(library)
    with library.sessions.write() as session:
        token = sign_in(session, asker.user_id)
    with client_of(door, token) as opened:
        yield opened


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long begin first, so that no process of the tests has one left over at the end."""
    for item in items:
        if not ENGINES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.engines)
    slow = {item.path for item in items if item.get_closest_marker("engines")}
    rest = {item.path for item in items if not item.get_closest_marker("fast")}
    items.sort(key=lambda item: (item.path not in slow, item.path not in rest))  # within a file as they stand


def _installed(role: ModelRole) -> tuple[ModelStore, InstalledModel]:
    from llm.catalogue.store import ModelStore

    store = ModelStore(MODELS)
    installed = {model.name: model for model in store.installed()}
    entry = installed.get(MODELS_OF_TESTS[role])
    if entry is None:
        reason = f"no {role} model in {store.folder}: run `shoko setup`, or set SHOKO_MODELS"
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return store, entry


@pytest.fixture(scope="session")
def chat_model() -> Path:
    """The file of the installed chat model. Skips without one; fails in CI."""
    store, entry = _installed(ModelRole.CHAT)
    return store.path(entry)


@pytest.fixture(scope="session")
def embedding_model() -> tuple[InstalledModel, Path]:
    """The installed embedding model and its folder. Skips without one; fails in CI."""
    store, entry = _installed(ModelRole.EMBED)
    return entry, store.path(entry)

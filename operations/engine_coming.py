"""The chat model of a library whose engine is still being compiled: it is loaded when the engine has come,
without a restart. Until then answers are quotes."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from contract.values import ModelRole
from core.settings import Settings
from llm.catalogue.store import ModelStore
from operations import build_engine
from operations.chosen_models import wanted
from operations.setup import NO_ENGINE, fetched_beside, test_engine, tested

log = logging.getLogger("shoko.models")

COMING = (
    "The language model's engine is still being compiled; answers are quotes until it is ready. Its log:"
    " {log}"
)
FETCHED = "{name} is still being downloaded; answers are quotes until it is there."
FAILED = (
    "The language model's engine could not be compiled ({problem}); answers are quotes. What went wrong"
    " stands at the end of {log}. Run `make install` to try again."
)
SECONDS = 2.0  # from one look to the next


def lacking(settings: Settings, store: ModelStore) -> bool:
    """Whether a chat model is installed for an engine that is not."""
    if settings.model_servers or settings.model == "none" or build_engine.installed():
        return False
    if fetched_beside(store.folder):
        return True
    return any(model.role in (ModelRole.CHAT, ModelRole.VISION) for model in store.installed())


def wait_for_model(
    models: Path, problems: list[str], stopping: threading.Event, *, seconds: float = SECONDS
) -> bool:
    """Whether no model is being downloaded beside any more; what is waited for is told in `problems`."""
    name = fetched_beside(models)
    if not name:
        return True
    problems.append(FETCHED.format(name=name))
    while fetched_beside(models):
        if stopping.wait(seconds):
            return False
    problems.remove(FETCHED.format(name=name))
    return True


def prove(store: ModelStore, settings: Settings) -> None:
    """Let a new engine answer once, and build a plainer one where it cannot."""
    chat = store.choose(ModelRole.CHAT, wanted(settings, ModelRole.CHAT))
    if chat is not None and not tested(store.folder):
        for line in test_engine(settings, store, chat):
            log.info("%s", line)


def wait_for_engine(
    problems: list[str], stopping: threading.Event, *, seconds: float = SECONDS, place: Path | None = None
) -> bool:
    """Whether the engine is there, or came while this waited; what keeps it is told in `problems`."""
    if build_engine.installed():
        return True
    coming = COMING.format(log=build_engine.state(place).log)
    problems.append(coming)
    while (now := build_engine.state(place)).state == "running":
        if stopping.wait(seconds):
            return False
    problems.remove(coming)
    if now.state == "failed":
        problems.append(FAILED.format(problem=now.problem, log=now.log))
    elif build_engine.installed():
        log.info("the engine is compiled; the chat model is loaded")
        return True
    else:
        problems.append(NO_ENGINE)
    return False

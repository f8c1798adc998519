"""Which models a library uses, and how they change while it runs.

A choice made by `shoko models use` stands in the data folder and counts where the setting is `auto`. Another
chat model is loaded beside the old one and takes its place once it has answered its self-test; another
embedder makes all vectors anew in the background while the old index answers, and the two are switched at
once.
"""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import BadValue, ModelMissing, ModelUnknown, ShokoError
from core.settings import Settings
from ingest.pipeline import compare_vectors
from llm.catalogue import Part, catalogue
from llm.embedder import Embedder, open_embedder
from llm.estimate import memory_of, require_room
from llm.fallback import WithFallback
from llm.gguf import check_gguf
from llm.hardware import free_memory
from llm.llama import LlamaCpp, LlamaSettings, physical_cores
from llm.model import LanguageModel
from llm.server import open_servers
from llm.store import InstalledModel, ModelStore
from llm.tuning import Tuning
from retrieval.answering import Answerer
from retrieval.index import SearchIndex, add_missing_vectors, published
from retrieval.vectors import ChromaVectors

log = logging.getLogger("shoko.models")

CHOICES = "chosen-models.json"
SETTING = {Part.CHAT: "model", Part.EMBED: "embedder"}


def choices(data: Path) -> dict[str, str]:
    """What was chosen, by role; empty where nothing was."""
    try:
        found = json.loads((data / CHOICES).read_text(encoding="utf-8"))
        return {str(role): str(name) for role, name in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def wanted(settings: Settings, role: Part) -> str:
    """The name that counts for a role: the setting, or where that is `auto` the choice, or `auto`."""
    setting = str(getattr(settings, SETTING[role]))
    return setting if setting != "auto" else choices(settings.data).get(role, "auto")


def remember(settings: Settings, role: Part, name: str) -> None:
    """Write a choice down. Raises BadValue where a setting names the model, which would win."""
    if role not in SETTING:
        raise BadValue(
            name="--for", problem=f"nothing here uses a {role} model yet", fix="Give chat or embed"
        )
    setting = getattr(settings, SETTING[role])
    if setting != "auto":
        raise BadValue(
            name=f"SHOKO_{SETTING[role].upper()}",
            problem=f"it is set to {setting} and would win over the choice",
            fix="Take it out of the environment or shoko.toml first",
        )
    path = settings.data / CHOICES
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(choices(settings.data) | {role.value: name}), encoding="utf-8")
    part.replace(path)


def chat_model(settings: Settings, store: ModelStore) -> LanguageModel | None:
    """The chat model that settings and choice name, not started yet. Raises what is wrong with them."""
    first: LanguageModel | None = None
    if settings.model_servers and settings.model != "none":
        first = open_servers(
            settings.model_servers, key=settings.model_server_key, context_tokens=settings.context_tokens
        )
    elif (found := _choose(store, settings, Part.CHAT)) is not None:
        first = local_model(settings, store, found)
    if first is None or not settings.fallback_model:
        return first
    return WithFallback(first, local_model(settings, store, store.get(settings.fallback_model)))


def local_model(settings: Settings, store: ModelStore, found: InstalledModel) -> LlamaCpp:
    """That model in a child process, not started. Raises ModelTooBig where it would push out what else runs,
    and ModelFileBad."""
    path, projector = store.path(found), store.projector(found)
    tuning = Tuning.read(store.folder / found.name)
    memory = memory_of(
        check_gguf(path),
        settings.context_tokens,
        kv_type=tuning.kv_type,
        flash_attention=tuning.flash_attention,
    )
    if not settings.gpu_layers:  # on a GPU the weights lie elsewhere
        extra = projector.stat().st_size if projector else 0
        require_room(found.name, memory.total + extra, free_memory())
    opened = LlamaSettings(
        path,
        settings.context_tokens,
        settings.threads or tuning.threads,
        found.languages,
        flash_attention=tuning.flash_attention,
        kv_type=tuning.kv_type,
        gpu_layers=settings.gpu_layers,
        projector=projector,
        small=any(one.name == found.name and one.demonstration for one in catalogue()),
    )
    return LlamaCpp(found.name, opened, settings.data / "logs")


def embedder_model(settings: Settings, store: ModelStore) -> Embedder | None:
    """The embedder that settings and choice name."""
    found = _choose(store, settings, Part.EMBED)
    if found is None:
        return None
    return open_embedder(found, store.path(found), threads=settings.threads or physical_cores())


def _choose(store: ModelStore, settings: Settings, role: Part) -> InstalledModel | None:
    try:
        return store.choose(role, wanted(settings, role))
    except (ModelMissing, ModelUnknown):
        if getattr(settings, SETTING[role]) != "auto":
            raise
        return store.choose(role, "auto")  # what was chosen is gone: better another than none


@dataclass
class Switch:
    """A change of model on its way: `state` is running, done or failed; `done` of `total` counts passages."""

    role: str
    name: str
    state: str = "running"
    done: int = 0
    total: int = 0
    problem: str = ""


@dataclass
class Switches:
    """Changes models of a running library, one change at a time for each role."""

    settings: Settings
    store: ModelStore
    answerer: Answerer
    index: SearchIndex
    stopping: threading.Event
    current: dict[str, Switch] = field(default_factory=dict)
    pulls: dict[str, dict[str, Any]] = field(default_factory=dict)  # downloads since the start, by name
    _threads: list[threading.Thread] = field(default_factory=list)

    def use(self, role: Part, name: str) -> Switch:
        """Begin to use that model. Raises ModelMissing, ModelUnknown, BadValue, ModelTooBig."""
        found = self.store.get(name)
        if found.role != role and (found.role, role) != (Part.VISION, Part.CHAT):  # who sees can write too
            problem = f"{name} is a {found.role} model"
            raise BadValue(name="name", problem=problem, fix=f"Use it for {found.role}")
        running = self.current.get(role)
        if running is not None and running.state == "running":
            raise BadValue(
                name="name", problem=f"{running.name} is being taken into use already", fix="Wait for it"
            )
        if role == Part.CHAT:
            local_model(self.settings, self.store, found)  # says now whether it fits
        remember(self.settings, role, name)
        switch = self.current[role] = Switch(role, name)
        thread = threading.Thread(target=self._run, args=(switch, found), daemon=True, name=f"use-{role}")
        self._threads.append(thread)
        thread.start()
        return switch

    def close(self) -> None:
        """Wait for what is under way; `stopping` is set by then."""
        for thread in self._threads:
            thread.join(timeout=60)

    def _run(self, switch: Switch, found: InstalledModel) -> None:
        try:
            if switch.role == Part.CHAT:
                self._chat(found)
            else:
                self._embedder(switch, found)
            if switch.state == "running":
                switch.state = "done"
        except ShokoError as error:
            switch.state, switch.problem = "failed", str(error)
        except Exception as error:  # the old model goes on
            log.exception("%s could not be taken into use", found.name)
            switch.state, switch.problem = "failed", f"{type(error).__name__}: {error}"

    def _chat(self, found: InstalledModel) -> None:
        new = local_model(self.settings, self.store, found)
        try:
            new.start()
        except ShokoError:
            new.close()
            raise
        # Who writes now writes to the end: the old one is closed when it is the new one's turn.
        with self.answerer.gate.place("models use") as place:
            while not place.wait(1.0):
                if self.stopping.is_set():
                    break
            old, self.answerer.model = self.answerer.model, new
        if old is not None:
            old.close()

    def _embedder(self, switch: Switch, found: InstalledModel) -> None:
        threads = self.settings.threads or physical_cores()
        embedder = open_embedder(found, self.store.path(found), threads=threads)
        vectors = ChromaVectors(
            self.settings.data / "index" / "vectors", embedder.name, server=self.settings.chroma_host
        )

        def progress(done: int) -> bool:
            switch.done = done
            return not self.stopping.is_set()

        while True:  # documents come in meanwhile: until a look finds nothing new
            with self.answerer.sessions.read() as session:
                passages = published(session)
            if switch.total == len(passages):
                break
            switch.total = len(passages)
            if not add_missing_vectors(embedder, vectors, passages, progress):
                switch.state, switch.problem = "failed", "Shoko was stopped; it goes on at the next start"
                return
        self.index.attach(embedder, vectors)
        compare_vectors(self.answerer.sessions, vectors)


def shown(switch: Switch) -> dict[str, Any]:
    """For people and programs."""
    return dict(vars(switch))

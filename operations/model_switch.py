"""Changes of the models of a running library, one at a time for each role. Questions go on meanwhile.

Another chat model is loaded beside the old one and takes its place once it has answered its self-test; where
both do not fit, the old one leaves first and answers are quotes until the new one can. One that fails leaves
the old model where it was, or brings it back. Another embedder computes all vectors again in the background
while the old index answers, and the two are switched at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contract.values import ModelRole
from core.audit import record
from core.errors import BadValue, ShokoError
from core.models import now
from core.settings import Settings
from ingest.recovery import compare_vectors, remember_embedder
from llm.catalogue.estimate import SAFETY, require_room
from llm.catalogue.store import InstalledModel, ModelStore
from llm.embedder import open_embedder
from llm.engines.llama import physical_cores
from llm.hardware import free_memory, process_memory
from llm.model import LanguageModel
from llm.reranker import CrossEncoderReranker
from operations import model_selection
from operations.chosen_models import choices, remember
from operations.model_selection import local_model, memory_needed
from retrieval.answers.answerer import Answerer
from retrieval.index.index import SearchIndex, add_missing_vectors, published
from retrieval.index.retrievers import VectorStore

log = logging.getLogger("shoko.models")

NONE = "none"


class SwitchStopped(Exception):  # no error: Shoko is being stopped
    """Shoko stops while a change is on its way."""


@dataclass
class Switch:
    """A change of model: `state` is running, done or failed; `step` what it is at (freeing, loading,
    waiting, vectors); `done` of `total` counts passages. `answers`: who answers after it
    failed."""

    role: str
    name: str
    previous: str
    state: str = "running"
    step: str = ""
    done: int = 0
    total: int = 0
    problem: str = ""
    error: dict[str, Any] | None = None
    answers: str = ""
    started_at: datetime = field(default_factory=now)
    finished_at: datetime | None = None


@dataclass
class Switches:
    """Changes models of a running library."""

    settings: Settings
    store: ModelStore
    answerer: Answerer
    index: SearchIndex
    open_vectors: Callable[[str], VectorStore]  # of an embedder, by its name
    stopping: threading.Event
    others: Callable[[], list[str]] = list  # the hosts of other back-ends over the same records
    current: dict[str, Switch] = field(default_factory=dict)  # the last of each role
    _starting: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def used(self) -> dict[ModelRole, str]:
        """The names of the models that answer now, by role."""
        engines = {
            ModelRole.CHAT: self.answerer.model,
            ModelRole.EMBED: self.index.embedder,
            ModelRole.RERANK: self.answerer.reranker,
        }
        return {role: engine.name for role, engine in engines.items() if engine is not None}

    def busy(self, name: str) -> str:
        """For what a model is used, or being taken into use; empty where for nothing."""
        for role, used in self.used().items():
            if used == name:
                return str(role)
        if self.settings.fallback_model == name:
            return "fallback"
        for switch in self.current.values():
            if switch.state == "running" and switch.name == name:
                return switch.role
        return ""

    def use(self, role: ModelRole, name: str, user_id: str) -> Switch:
        """Begin to use that model, or `none` to do without. Raises ModelMissing, ModelUnknown, BadValue,
        ModelTooBig, ModelFileBad; nothing is changed then."""
        installed = None if name == NONE else self._of_role(role, name)
        model_selection.require_choice(self.settings, role)
        if installed is None and role == ModelRole.EMBED:
            fix = "Set SHOKO_EMBEDDER=none and start Shoko again"
            raise BadValue(name="name", problem="the embedder cannot be left out while it runs", fix=fix)
        if role == ModelRole.EMBED and (hosts := self.others()):
            fix = "Stop the others, choose it here, and give it to them in SHOKO_EMBEDDER"
            problem = f"the back-end on {hosts[0]} searches with the same vectors"
            raise BadValue(name="name", problem=problem, fix=fix)
        with self._starting:
            running = self.current.get(role)
            if running is not None and running.state == "running":
                problem = f"{running.name} is being taken into use already"
                raise BadValue(name="name", problem=problem, fix="Wait for it")
            beside = True
            if role == ModelRole.CHAT and installed is not None:
                beside = self._fits_beside(installed)
            switch = self.current[role] = Switch(role, name, self.used().get(role, NONE))
        self._write(user_id, "model.chosen", switch)
        thread = threading.Thread(
            target=self._run, args=(switch, installed, beside, user_id), daemon=True, name=f"use-{role}"
        )
        self._threads.append(thread)
        thread.start()
        return switch

    def close(self) -> None:
        """Wait for what is under way; `stopping` is set by then."""
        for thread in self._threads:
            thread.join(timeout=60)

    def _of_role(self, role: ModelRole, name: str) -> InstalledModel:
        installed = self.store.get(name)
        model_selection.check_role(installed, role)
        return installed

    def _fits_beside(self, installed: InstalledModel) -> bool:
        """Whether it fits beside the one that answers. Raises ModelTooBig where it would not fit alone."""
        if self.settings.gpu_layers:
            return True  # the weights lie elsewhere
        need, free = memory_needed(self.settings, self.store, installed), free_memory()
        if need <= SAFETY * free:
            return True
        require_room(installed.name, need, free + _memory_of(self.answerer.model))
        return False

    def _run(self, switch: Switch, installed: InstalledModel | None, beside: bool, user_id: str) -> None:
        role = ModelRole(switch.role)
        before = choices(self.settings.data).get(role)
        try:
            if role == ModelRole.CHAT:
                self._chat(switch, installed, beside)
            elif role == ModelRole.RERANK:
                self._rerank(switch, installed)
            else:
                assert installed is not None
                remember(self.settings.data, role, switch.name)  # a stop in between: it goes on after it
                self._embedder(switch, installed)
            remember(self.settings.data, role, switch.name)
            switch.state = "done"
        except SwitchStopped:
            switch.state, switch.problem = "failed", "Shoko was stopped; it goes on at the next start"
        except Exception as error:  # the old model goes on
            if not isinstance(error, ShokoError):
                log.exception("%s could not be taken into use", switch.name)
            remember(self.settings.data, role, before)
            self._failed(switch, error)
        if not self.stopping.is_set():
            self._write(user_id, "model.in_use" if switch.state == "done" else "model.change_failed", switch)
        switch.finished_at = now()

    def _failed(self, switch: Switch, error: Exception) -> None:
        if isinstance(error, ShokoError):
            switch.problem = str(error)
            switch.error = {"code": error.code, "message": str(error), "values": error.values}
        else:
            switch.problem = f"{type(error).__name__}: {error}"
        switch.answers = self.used().get(ModelRole(switch.role), NONE)
        switch.state = "failed"

    def _write(self, user_id: str, action: str, switch: Switch) -> None:
        detail = {"role": switch.role, "before": switch.previous}
        if switch.problem:
            detail |= {"problem": switch.problem, "answers": switch.answers}
        with self.answerer.sessions.write() as session:
            record(session, user_id, action, switch.name, **detail)

    def _chat(self, switch: Switch, installed: InstalledModel | None, beside: bool) -> None:
        old = self.answerer.model
        if installed is None:
            switch.step = "waiting"
            self._take(None)
            if old is not None:
                old.close()
            return
        if not beside and old is not None:
            switch.step = "freeing"
            self._take(None)
            old.close()
        switch.step = "loading"
        new: LanguageModel | None = None
        try:
            new = model_selection.with_fallback(
                self.settings, self.store, local_model(self.settings, self.store, installed)
            )
            new.start()
            switch.step = "waiting"
            self._take(new)
        except BaseException:  # also an interrupt: its memory is freed, and the old model comes back
            if new is not None:
                new.close()
            if not beside and old is not None and not self.stopping.is_set():
                self._bring_back(switch)
            raise
        if beside and old is not None:
            old.close()

    def _bring_back(self, switch: Switch) -> None:
        """Load the previous model again: what was chosen before still stands."""
        try:
            back = model_selection.chat_model(self.settings, self.store)
            if back is not None:
                back.start()
                self._take(back)
        except ShokoError as error:
            log.warning("%s could not be loaded again: %s", switch.previous, error)

    def _take(self, model: LanguageModel | None) -> None:
        """Let it answer from now on. Who writes now writes to the end: it waits for its turn."""
        with self.answerer.gate.place("models use") as place:
            while not place.wait(1.0):
                if self.stopping.is_set():
                    raise SwitchStopped
            self.answerer.model = model

    def _rerank(self, switch: Switch, installed: InstalledModel | None) -> None:
        if installed is None:
            self.answerer.reranker = None
            return
        switch.step = "loading"
        threads = self.settings.threads or physical_cores()
        new = CrossEncoderReranker(self.store.path(installed), threads=threads)
        new.scores("ready?", ["ready"])  # one that cannot judge shows it now, not at the next question
        self.answerer.reranker = new

    def _embedder(self, switch: Switch, installed: InstalledModel) -> None:
        switch.step = "loading"
        threads = self.settings.threads or physical_cores()
        embedder = open_embedder(installed, self.store.path(installed), threads=threads)
        vectors = self.open_vectors(embedder.name)
        switch.step = "vectors"

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
                raise SwitchStopped
        self.index.attach(embedder, vectors)
        remember_embedder(self.answerer.sessions, embedder.name)
        compare_vectors(self.answerer.sessions, vectors)


def _memory_of(model: LanguageModel | None) -> int:
    """Bytes that come free when it leaves."""
    number = getattr(model, "process_id", None)
    return process_memory(number) if number else 0

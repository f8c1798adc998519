"""`shoko worker`: reads files, recognises scans, makes vectors and carries out checks that back-ends put on
the list, on this computer or another. It answers no request, and nobody can reach it.

It takes jobs from PostgreSQL and originals from the folder or bucket that the back-ends store them in. It
writes the index where that lies on a server; else the back-end puts into its own what was read here.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from checks.service.checker import Checker
from core import egress
from core.backpressure import Traffic
from core.db import hosts_of, open_database
from core.errors import ShokoError
from core.jobs import Handler, Worker
from core.observing import traces
from core.settings import Settings
from ingest.pipeline import Pipeline
from ingest.recovery import embedder_differs
from llm.catalogue.store import ModelStore
from llm.embedder import Embedder
from operations import model_selection
from operations.index_engines import is_shared, open_engines
from operations.library import library_id, locked, reachable, reading_limits
from operations.records.moving import refuse_moved
from operations.records.originals import open_files
from operations.sharing.standing import Standing, must_be_shareable, must_see_originals, worker_standing
from retrieval.index.index import SearchIndex
from retrieval.index.nothing import NO_WORDS

log = logging.getLogger("shoko.worker")


@dataclass
class OpenWorker:
    """A worker that is ready: what it takes, and the loops that take it."""

    standing: Standing
    pipeline: Pipeline
    loops: list[Worker]
    stopping: threading.Event
    embedder: str  # its name; empty where it makes no vectors

    @property
    def kinds(self) -> str:
        """The kinds of jobs that it takes, by comma."""
        presence = self.standing.presence
        return presence.kinds if presence is not None else ""

    def run(self) -> None:
        """Carry out what waits until `stopping` is set."""
        threads = [
            threading.Thread(target=loop.work, daemon=True, name=f"work-{number}")
            for number, loop in enumerate(self.loops)
        ]
        for thread in threads:
            thread.start()
        self.stopping.wait()
        for thread in threads:
            thread.join(timeout=60)


@contextlib.contextmanager
def open_worker(
    settings: Settings, *, loops: int = 1, embedder: Embedder | None = None
) -> Iterator[OpenWorker]:
    """A worker over those records, for the time of the block, with so many files in work at once.

    `embedder` given here is used instead of the one that the settings name. Raises DataFolderInUse, BadValue,
    ConnectionRefusedByPolicy.
    """
    egress.silence_telemetry()
    egress.guard(reachable(settings))
    for host in hosts_of(settings.database):  # a driver in C would pass the guard, so it is asked for here
        egress.require(host)
    stopping = threading.Event()
    with contextlib.ExitStack() as held:
        must_be_shareable(settings)
        held.enter_context(traces.delivered(settings.traces, "worker"))
        held.enter_context(locked(settings.data))
        sessions = open_database(settings.database, changes=False)
        held.callback(sessions.close)
        standing = held.enter_context(worker_standing(settings, sessions))
        refuse_moved(sessions)
        files = open_files(settings)
        must_see_originals(sessions, files.originals)
        index = SearchIndex(NO_WORDS)
        if is_shared(settings):
            engines = open_engines(settings, library_id(sessions), standing.turns)
            held.callback(engines.close)
            index = SearchIndex(
                engines.words, engines.archive, turns=standing.turns, generation=standing.generation
            )
            embedder = embedder or _embedder(settings)
            if embedder is not None and embedder_differs(sessions, embedder.name):
                log.warning("no vectors are made with %s: the back-ends search with another", embedder.name)
            if embedder is not None:
                index.attach(embedder, engines.vectors(embedder.name))
        limits = reading_limits(settings)
        taker = standing.taker
        pipelines = [
            Pipeline(
                sessions,
                files,
                index,
                limits,
                stopping,
                taker=taker,
                share=standing.share,
                leads=lambda: False,
            )
            for _ in range(max(1, loops))
        ]
        checker = Checker(sessions, files, limits, Traffic(), stopping, taker)
        workers = [_with_checks(pipeline, checker) for pipeline in pipelines]
        assert standing.presence is not None
        held.enter_context(standing.presence.there())
        held.callback(stopping.set)
        name = embedder.name if embedder is not None and standing.share.embeds else ""
        yield OpenWorker(standing, pipelines[0], workers, stopping, name)


def _with_checks(pipeline: Pipeline, checker: Checker) -> Worker:
    """A loop that takes files first, then vectors, then checks."""
    handlers: list[Handler] = [*pipeline.worker.handlers, *checker.worker.handlers]
    return Worker(pipeline.sessions, handlers, pipeline.stopping, pipeline.taker)


def _embedder(settings: Settings) -> Embedder | None:
    """The embedder that the settings name; without it files are read all the same."""
    try:
        return model_selection.embedder_model(settings, ModelStore(settings.models_folder))
    except ShokoError as error:
        log.warning("the embedder could not be loaded: %s", error)
        return None

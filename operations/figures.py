"""The figures of an open library that are looked up when they are asked for, and whether it is ready."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator

from sqlalchemy import text

from core import egress, jobs
from core.models import now
from core.observing.metrics import Gauge, exposition
from core.sharing.processes import BACK_END, WORKER, living
from llm.hardware import process_memory
from operations.library import Library
from retrieval.index.index import Differences, differences

COMPARE_SECONDS = 60.0  # between two comparisons of records and index, which count all passages
LEAST_DISK = 200 * 2**20  # bytes under which nothing can be taken in any more


class _Compared:
    """The last comparison of the records with the index."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made = 0.0
        self._library: Library | None = None
        self._found: Differences | None = None

    def of(self, library: Library) -> Differences:
        with self._lock:
            old = time.monotonic() - self._made > COMPARE_SECONDS
            if self._found is None or self._library is not library or old:
                self._found = differences(library.sessions, library.index)
                self._library, self._made = library, time.monotonic()
            return self._found


_compared = _Compared()


def metrics(library: Library) -> bytes:
    """Everything in Prometheus' text form."""
    return exposition(lambda: _now(library))


def _now(library: Library) -> Iterator[Gauge]:
    answerer = library.answerer
    yield _plain("shoko_model_queue", "Questions that hold or await the chat model.", answerer.gate.waiting)
    model = answerer.model
    ready = float(model is not None and model.ready())
    yield _plain("shoko_model_ready", "Whether a chat model would answer at once.", ready)
    child = getattr(model, "process_id", None)
    held = process_memory(child) if child else 0
    yield _plain("shoko_model_memory_bytes", "Memory of the chat model's process.", held)
    processes = living(library.sessions)
    with library.sessions.read() as session:
        for state in jobs.states(session):
            labels = {"kind": state.kind, "state": state.state}
            yield Gauge("shoko_jobs", "Work by kind and state.", state.count, labels)
        waiting = jobs.oldest_waiting(session)
    for role in (BACK_END, WORKER):
        there = len([row for row in processes if row.role == role])
        labels = {"role": role}
        yield Gauge("shoko_processes", "Processes that share the records, by role.", there, labels)
    age = (now() - waiting).total_seconds() if waiting is not None else 0.0
    yield _plain("shoko_index_lag_seconds", "Age of the oldest work that waits.", max(0.0, age))
    compared = _compared.of(library)
    counts = {"records": compared.records, "words": compared.words, "vectors": compared.vectors}
    for place, count in counts.items():
        yield Gauge("shoko_passages", "Published passages by where they are.", count, {"place": place})
    disk = shutil.disk_usage(library.settings.data)
    yield _plain("shoko_disk_free_bytes", "Free room on the data folder's disk.", disk.free)
    yield _plain(
        "shoko_egress_blocked", "Connections that were blocked since the start.", len(egress.blocked)
    )
    yield _plain("shoko_ready", "Whether questions are answered.", float(not unready(library)))


def _plain(name: str, what: str, value: float) -> Gauge:
    return Gauge(name, what, value, {})


def unready(library: Library) -> list[str]:
    """What keeps questions from being answered, or documents from being taken in: models, stopping, records,
    words, vectors, disk; each is tried."""
    lacking = []
    if not library.models_loaded.is_set():
        lacking.append("models")
    if library.pipeline.stopping.is_set():
        lacking.append("stopping")
    try:
        with library.sessions.read() as session:
            session.execute(text("SELECT 1"))
    except Exception:  # noqa: BLE001  # whatever its driver raises: it does not answer
        lacking.append("records")
    try:
        library.index.keywords.count()
    except Exception:  # noqa: BLE001  # as above
        lacking.append("words")
    try:
        if library.index.vectors is not None:
            library.index.vectors.count()
    except Exception:  # noqa: BLE001  # as above
        lacking.append("vectors")
    if shutil.disk_usage(library.settings.data).free < LEAST_DISK:
        lacking.append("disk")
    return lacking

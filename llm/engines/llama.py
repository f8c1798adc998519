"""Supervises the child process that holds the chat model.

A child that dies takes nothing with it but its own generation: the asker gets ModelDied, and a new child
is started. A model whose child dies twice with no finished generation between is unfit and is not started
again until Shoko itself is.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import ModelDied, ModelUnfit, NoPictureModel
from core.observing.metrics import MODEL_DEATHS
from llm.engines.decoding import DRAFT
from llm.hardware import free_memory
from llm.model import End, Generation, GenerationRequest, Message

log = logging.getLogger("shoko.llama")

LOAD_SECONDS = 180.0  # a 20 GB file from a slow disk; a child that is silent longer is stuck
SILENCE_SECONDS = 30.0  # without a heartbeat; the child sends one every second, on a busy machine later
GRACE_SECONDS = 20.0  # beyond a request's deadline: the child checks the clock between two batches
MOST_DEATHS = 2
CRASHES, MOST_CRASHES = "model-crash-*.json", 10  # records of deaths, and how many are kept
SELF_TEST = GenerationRequest([Message("user", "Say: ready")], max_tokens=4, seconds=60)


# Threads that wait for one another spin a moment and then sleep: on a machine with other work a spinning
# thread holds the core that the one it waits for needs (bench/models/waiting.py). Another OpenMP than GNU's
# does not know the count, and sleeps at once.
ENVIRONMENT = {"PYTHONUTF8": "1", "GOMP_SPINCOUNT": "500", "OMP_WAIT_POLICY": "passive"}


@dataclass(frozen=True)
class LlamaSettings:
    """How a model file is opened. `threads` 0 takes the physical cores."""

    path: Path
    context_tokens: int = 4096
    threads: int = 0
    languages: tuple[str, ...] = ()
    flash_attention: bool = False
    kv_type: str = "f16"  # of the KV cache: f16, q8_0 or q4_0
    gpu_layers: int = 0  # -1: all
    small: bool = False  # a demonstration: it copies from quotes instead of composing
    projector: Path | None = None  # of a model that sees: turns pictures into tokens
    draft: int = DRAFT  # tokens that the prompt foretells, read in one go; 0: one by one
    beginnings: tuple[tuple[Message, ...], ...] = ()  # of every prompt: read and kept while nobody asks


class _Child:
    """One running child: its process, and a queue of messages for each request on its way."""

    def __init__(self, settings: LlamaSettings, log_file: Path) -> None:
        threads = settings.threads or physical_cores()
        with log_file.open("wb") as log_out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "llm.engines.llama_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log_out,
                env=os.environ | ENVIRONMENT | {"OMP_NUM_THREADS": str(threads)},
                start_new_session=True,  # a Ctrl-C in the terminal is the parent's to handle
            )
        self.inboxes: dict[int, queue.Queue[dict[str, Any]]] = {0: queue.Queue()}
        self.writing = threading.Lock()
        self.last_sign = time.monotonic()
        self.send(
            {
                "op": "load",
                "path": str(settings.path),
                "context_tokens": settings.context_tokens,
                "threads": threads,
                "flash_attention": settings.flash_attention,
                "kv_type": settings.kv_type,
                "gpu_layers": settings.gpu_layers,
                "projector": str(settings.projector or ""),
                "draft": settings.draft,
                "beginnings": [[asdict(message) for message in begin] for begin in settings.beginnings],
            }
        )
        threading.Thread(target=self._listen, daemon=True, name="llama-listen").start()

    def send(self, message: dict[str, Any]) -> None:
        """Write one line to the child; a dead child is noticed by the listener, not here."""
        line = (json.dumps(message, ensure_ascii=False) + "\n").encode()
        with self.writing, contextlib.suppress(BrokenPipeError, ValueError):
            assert self.process.stdin is not None
            self.process.stdin.write(line)
            self.process.stdin.flush()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                break  # half a line: the child was killed while writing
            self.last_sign = time.monotonic()
            if message.get("event") == "alive" and not message["id"]:
                continue
            inbox = self.inboxes.get(message.get("id", 0))
            if inbox is not None:
                inbox.put(message)
        self.process.wait()
        with self.writing, contextlib.suppress(BrokenPipeError):
            self.process.stdout.close()
            assert self.process.stdin is not None
            self.process.stdin.close()
        for inbox in list(self.inboxes.values()):
            inbox.put({"died": True})

    def death(self) -> str:
        """How it died, in words."""
        code = self.process.wait()
        if code < 0:
            import signal

            with contextlib.suppress(ValueError):
                return f"ended by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    def kill(self) -> None:
        """End it now."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


class LlamaCpp:
    """A GGUF file in a supervised child process. Safe to call from many threads; orders run one by one."""

    def __init__(self, name: str, settings: LlamaSettings, log_folder: Path) -> None:
        self._name = name
        self.settings = settings
        log_folder.mkdir(parents=True, exist_ok=True)
        self.log_file = log_folder / "model.log"
        self.system = ""
        self.gpu = False  # whether the engine was built for one
        self._context = settings.context_tokens
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._deaths = 0
        self._unfit = ""
        self._closed = False

    @property
    def name(self) -> str:
        """Its name in the catalogue."""
        return self._name

    @property
    def languages(self) -> frozenset[str]:
        """The languages that the catalogue says it writes."""
        return frozenset(self.settings.languages)

    @property
    def context_tokens(self) -> int:
        """The context that the child opened."""
        return self._context

    @property
    def process_id(self) -> int | None:
        """The child's process number while it runs."""
        return self._child.process.pid if self._child else None

    def ready(self) -> bool:
        """Whether the child has loaded the model and passed the self-test."""
        return self._child is not None and self._child.process.poll() is None

    def problem(self) -> str:
        """Why it is unfit, or empty."""
        return self._unfit

    def start(self) -> None:
        """Load the model and test it, if that is not done yet. Raises ModelUnfit."""
        self._running_child()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text."""
        child = self._running_child()
        with self._inbox(child) as (number, inbox):
            child.send({"op": "count", "id": number, "texts": list(texts)})
            counts = self._next(child, inbox, time.monotonic() + GRACE_SECONDS)["counts"]
        return [int(count) for count in counts]

    def count_prompt(self, messages: Sequence[Message]) -> int:
        """The number of tokens of a whole prompt with its template."""
        child = self._running_child()
        with self._inbox(child) as (number, inbox):
            child.send({"op": "count", "id": number, "messages": [asdict(message) for message in messages]})
            counts = self._next(child, inbox, time.monotonic() + GRACE_SECONDS)["counts"]
        return int(counts[0])

    @property
    def small(self) -> bool:
        """As the catalogue says."""
        return self.settings.small

    @property
    def slots(self) -> int:
        """One: a context serves one generation (llama-cpp-python #1529)."""
        return 1

    def generate(self, request: GenerationRequest) -> Generation:
        """Begin a generation; see `LanguageModel`. Raises NoPictureModel for pictures that it cannot see."""
        if request.pictures and self.settings.projector is None:
            raise NoPictureModel(name=self._name)
        generation = Generation()
        generation.pieces = self._pieces(self._running_child(), request, generation)
        return generation

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._closed = True
            if self._child is not None:
                self._child.kill()
                self._child = None

    def _running_child(self) -> _Child:
        with self._lock:
            if self._closed:
                raise ModelUnfit(name=self._name, problem="it was closed")
            while not self._unfit:
                if self._child is not None and self._child.process.poll() is None:
                    return self._child
                try:
                    self._child = self._start_child()
                except ModelDied as error:
                    self._count_death(error.values["problem"])
            raise ModelUnfit(name=self._name, problem=self._unfit)

    def _start_child(self) -> _Child:
        began = time.monotonic()
        child = _Child(self.settings, self.log_file)
        loaded = self._next(child, child.inboxes[0], began + LOAD_SECONDS)
        if loaded["event"] == "failed":
            child.kill()
            raise ModelDied(problem=loaded["problem"])
        self._context, self.system, self.gpu = loaded["context_tokens"], loaded["system"], loaded["gpu"]
        test = Generation()
        text = "".join(self._pieces(child, SELF_TEST, test))
        if not test.tokens and not text:
            child.kill()
            raise ModelDied(problem="the self-test gave no token")
        log.info("model %s ready after %.1f s", self._name, time.monotonic() - began)
        return child

    def _count_death(self, problem: str) -> None:
        self._deaths += 1
        MODEL_DEATHS.inc()
        log.warning("the model %s died (%s), for time %d in a row", self._name, problem, self._deaths)
        if self._deaths >= MOST_DEATHS:
            self._unfit = problem
        self._record_crash(problem)

    def _record_crash(self, problem: str) -> None:
        """Leave a file about the death: how, in which state, and the last lines of the child's log. No
        word of a question or a document is in it."""
        settings = {name: str(value) for name, value in asdict(self.settings).items() if name != "beginnings"}
        crash = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "model": self._name,
            "problem": problem,
            "in_a_row": self._deaths,
            "orders_under_way": max(0, len(self._child.inboxes) - 1) if self._child else 0,
            "settings": settings,
            "system": self.system,
            "free_memory": free_memory(),
            "log": last_lines(self.log_file),
        }
        folder = self.log_file.parent
        number = max((int(path.stem.split("-")[-1]) for path in folder.glob(CRASHES)), default=0) + 1
        with contextlib.suppress(OSError):  # a full disk must not add a second fault to the first
            path = folder / f"model-crash-{number:04d}.json"
            path.write_text(json.dumps(crash, ensure_ascii=False, indent=1), encoding="utf-8")
            for old in sorted(folder.glob(CRASHES))[:-MOST_CRASHES]:
                old.unlink()

    @contextlib.contextmanager
    def _inbox(self, child: _Child) -> Iterator[tuple[int, queue.Queue[dict[str, Any]]]]:
        number = next(self._numbers)
        inbox: queue.Queue[dict[str, Any]] = queue.Queue()
        child.inboxes[number] = inbox
        try:
            yield number, inbox
        finally:
            child.inboxes.pop(number, None)

    def _next(self, child: _Child, inbox: queue.Queue[dict[str, Any]], deadline: float) -> dict[str, Any]:
        """The next message. Raises ModelDied when the child is dead, or silent past the deadline."""
        while True:
            try:
                message = inbox.get(timeout=min(1.0, max(0.01, deadline - time.monotonic())))
            except queue.Empty:
                if child.process.poll() is not None:
                    message = {"died": True}
                elif time.monotonic() - child.last_sign > SILENCE_SECONDS:
                    child.kill()
                    raise ModelDied(problem=f"no sign of life for {SILENCE_SECONDS:.0f} s") from None
                elif time.monotonic() < deadline:
                    continue
                else:
                    child.kill()
                    raise ModelDied(problem="no end of its work before the deadline") from None
            if message.get("died"):
                raise ModelDied(problem=child.death())
            if message.get("event") == "alive" and time.monotonic() > deadline:
                child.kill()
                raise ModelDied(problem="no end of its work before the deadline")
            if "problem" in message and "event" not in message:
                raise ModelDied(problem=message["problem"])
            return message

    def _pieces(
        self, child: _Child, request: GenerationRequest, generation: Generation
    ) -> Generator[str, None, None]:
        deadline = time.monotonic() + request.seconds + GRACE_SECONDS
        with self._inbox(child) as (number, inbox):
            child.send(
                {
                    "op": "generate",
                    "id": number,
                    "messages": [asdict(message) for message in request.messages],
                    "grammar": request.grammar,
                    "schema": request.schema,
                    "max_tokens": request.max_tokens,
                    "temperature": request.temperature,
                    "top_p": request.top_p,
                    "seed": request.seed,
                    "frequency_penalty": request.frequency_penalty,
                    "presence_penalty": request.presence_penalty,
                    "stop": list(request.stop),
                    "seconds": request.seconds,
                    "pictures": [base64.b64encode(picture).decode() for picture in request.pictures],
                }
            )
            try:
                while True:
                    message = self._next(child, inbox, deadline)
                    if "piece" in message or message.get("event") == "alive":
                        yield message.get("piece", "")
                        continue
                    generation.end = End(message["end"])
                    for figure in ("prompt_tokens", "reused_tokens", "tokens", "timings_ms"):
                        setattr(generation, figure, message[figure])
                    if request is not SELF_TEST:  # it passes that at every start, and may die of others
                        self._deaths = 0
                    return
            except ModelDied as error:
                if child.process.poll() is not None and self._child is child:
                    with self._lock:
                        self._count_death(error.values["problem"])
                raise
            finally:
                if generation.end is None:
                    child.send({"op": "cancel", "id": number})


def last_lines(path: Path, count: int = 40) -> list[str]:
    """The last lines of a log, of its last 64 KB at most."""
    try:
        with path.open("rb") as log_in:
            log_in.seek(max(0, path.stat().st_size - 2**16))
            return log_in.read().decode("utf-8", "replace").splitlines()[-count:]
    except OSError:
        return []


def last_crash(logs: Path) -> dict[str, Any] | None:
    """The newest record of a death in that folder, or None."""
    for path in sorted(logs.glob(CRASHES), reverse=True):
        with contextlib.suppress(OSError, ValueError):
            crash: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return crash
    return None


def physical_cores() -> int:
    """Cores that this process may run on; the second thread of a core adds nothing to matrix work."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    siblings = Path("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list")
    try:
        per_core = len(_cpu_list(siblings.read_text()))
    except OSError:
        per_core = 1
    return max(1, usable // per_core)


def _cpu_list(text: str) -> list[int]:
    numbers: list[int] = []
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        numbers.extend(range(int(first), int(last or first) + 1))
    return numbers

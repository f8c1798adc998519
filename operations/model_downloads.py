"""Downloads of models for a running library: each in a process of its own, the one that may go out. It can be
watched and cancelled, and what has come stays for the next try."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from contract.values import JobState
from core.audit import record
from core.db import Sessions
from core.errors import BadValue, NotFound
from core.models import new_id, now
from core.settings import PROJECT
from llm.catalogue.entries import entry
from llm.catalogue.store import ModelStore

PACE_SECONDS = 15.0  # of the past that the rate is taken from
GRACE_SECONDS = 10.0


@dataclass
class Download:
    """One download; `done` of `total` are bytes (total 0: not known yet), `step` is download or measure."""

    name: str
    user_id: str
    id: str = field(default_factory=new_id)
    state: JobState = JobState.RUNNING
    step: str = "download"
    done: int = 0
    total: int = 0
    problem: str = ""
    error: dict[str, Any] | None = None
    created_at: datetime = field(default_factory=now)
    finished_at: datetime | None = None
    process: subprocess.Popen[str] | None = field(default=None, repr=False)
    _past: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=2000), repr=False)

    def take_in(self, line: dict[str, Any]) -> None:
        """Take in what the process says."""
        if "done" in line:
            self.done, self.total = int(line["done"]), int(line["total"])
            self._past.append((time.monotonic(), self.done))
        if "step" in line:
            self.step = str(line["step"])
        if "problem" in line:
            self.problem, self.error = str(line["problem"]), line.get("error")

    @property
    def bytes_per_second(self) -> float | None:
        """At the pace of the last seconds; None where nothing comes."""
        past = [(moment, done) for moment, done in self._past if moment > time.monotonic() - PACE_SECONDS]
        if self.state != JobState.RUNNING or len(past) < 2 or past[-1][0] - past[0][0] < 0.2:
            return None
        return max(0.0, (past[-1][1] - past[0][1]) / (past[-1][0] - past[0][0]))

    @property
    def seconds_left(self) -> float | None:
        """At that pace; None where there is none or the end is not known."""
        pace = self.bytes_per_second
        return (self.total - self.done) / pace if pace and self.total > self.done else None


class Downloads:
    """Those since the start, newest first. Safe to call from many threads."""

    def __init__(self, models: Path, sessions: Sessions) -> None:
        self.models, self.sessions = models, sessions
        self._known: list[Download] = []
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def all(self) -> list[Download]:
        """Newest first."""
        return list(reversed(self._known))

    def running(self, name: str) -> Download | None:
        """The one under way of that model."""
        of_name = (download for download in self._known if download.name == name)
        return next((download for download in of_name if download.state == JobState.RUNNING), None)

    def begin(self, name: str, place: str, user_id: str) -> Download:
        """Begin to download that model of the catalogue, from where it comes from or from a mirror's address
        or folder. Raises ModelUnknown, and BadValue where it is there already or on its way."""
        entry(name)
        with self._lock:
            if self.running(name) is not None:
                raise BadValue(name="name", problem=f"{name} is being downloaded already", fix="Wait for it")
            if any(model.name == name for model in ModelStore(self.models).installed()):
                fix = "Use it, or remove it first to get it again"
                raise BadValue(name="name", problem=f"{name} is installed already", fix=fix)
            download = Download(name, user_id)
            self._known.append(download)
        self._write(download, "model.pulled")
        thread = threading.Thread(target=self._run, args=(download, place), daemon=True, name="pull")
        self._threads.append(thread)
        thread.start()
        return download

    def cancel(self, name: str, user_id: str) -> Download:
        """Stop the download of that model; what has come stays. Raises NotFound if none is under way."""
        with self._lock:
            download = self.running(name)
            if download is None:
                raise NotFound(what="download", name=name)
            download.state, download.user_id = JobState.CANCELLED, user_id
        _end(download.process)
        return download

    def close(self) -> None:
        """Stop all; each goes on where it stopped when it is asked for again."""
        with self._lock:
            running = [download for download in self._known if download.state == JobState.RUNNING]
            for download in running:
                download.state = JobState.CANCELLED
        for download in running:
            _end(download.process)
        for thread in self._threads:
            thread.join(GRACE_SECONDS)

    def _run(self, download: Download, place: str) -> None:
        order = [sys.executable, "-m", "operations.setup", download.name, str(self.models), place]
        try:
            with subprocess.Popen(
                order, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=PROJECT,
                start_new_session=True,  # so that what it starts itself (pip) ends with it
            ) as process:  # fmt: skip
                download.process = process
                if download.state != JobState.RUNNING:  # cancelled before it began
                    _end(process)
                assert process.stdout is not None
                for line in process.stdout:
                    with contextlib.suppress(ValueError):  # half a line of a process that was ended
                        download.take_in(json.loads(line))
            code = process.returncode
        except OSError as error:
            code, download.problem = 1, str(error)
        with self._lock:
            if download.state == JobState.RUNNING:
                download.state = JobState.DONE if code == 0 else JobState.FAILED
                if code != 0 and not download.problem:
                    download.problem = f"the download's process ended with code {code}"
            download.finished_at = now()
        if download.state == JobState.DONE:
            self._write(download, "model.pull_done")
        else:
            self._write(download, "model.pull_ended", state=str(download.state), problem=download.problem)

    def _write(self, download: Download, action: str, **detail: Any) -> None:
        with self.sessions.write() as session:
            record(session, download.user_id, action, download.name, **detail)


def _end(process: subprocess.Popen[str] | None) -> None:
    """End it and what it started."""
    if process is not None and process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)

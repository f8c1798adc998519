"""Evaluations that administrators start on the screen: one at a time, in a process of its own that can be
watched and stopped. The library that people ask is not touched, and keeps its memory and its models."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contract.values import JobState
from core.audit import record
from core.db import Sessions
from core.errors import BadValue, NotFound
from core.models import new_id, now
from core.settings import PROJECT, SECRETS, Settings
from operations.evaluation_runs.question_sets import QuestionSets

GRACE_SECONDS = 10.0


@dataclass
class EvaluationRun:
    """One run. `step` is what it does (empty while models are loaded), with `done` of `total` (0: not known);
    `report` is the id of what it found, once it has."""

    set: str
    model: str
    user_id: str
    id: str = field(default_factory=new_id)
    state: JobState = JobState.RUNNING
    step: str = ""
    done: int = 0
    total: int = 0
    report: str = ""
    problem: str = ""
    error: dict[str, Any] | None = None
    created_at: datetime = field(default_factory=now)
    finished_at: datetime | None = None
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def take_in(self, line: dict[str, Any]) -> None:
        """Take in what the process says."""
        if "step" in line:
            self.step, self.done, self.total = str(line["step"]), int(line["done"]), int(line["total"])
        if "problem" in line:
            self.problem, self.error = str(line["problem"]), line.get("error")
        self.report = str(line.get("report", self.report))


class Evaluations:
    """The run under way, or the last one since the start. Safe to call from many threads."""

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        self.settings, self.sessions = settings, sessions
        self.sets = QuestionSets(settings.data)
        self.last: EvaluationRun | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def running(self) -> EvaluationRun | None:
        """The one under way."""
        return self.last if self.last is not None and self.last.state == JobState.RUNNING else None

    def begin(self, name: str, model: str, user_id: str) -> EvaluationRun:
        """Begin to ask the questions of that set, with that chat model or `none`. Raises NotFound, and
        BadValue where a run is under way."""
        folder = self.sets.place(name)
        own = self.settings.model_dump(mode="json", exclude=SECRETS, exclude_defaults=True)
        order = {"settings": own, "folder": str(folder), "model": model}
        with self._lock:
            if (other := self.running()) is not None:
                problem = f"the questions of {other.set} are being asked"
                raise BadValue(name="evaluation", problem=problem, fix="Wait for its end, or stop it")
            run = self.last = EvaluationRun(name, model, user_id)
        self._write(run, "evaluation.begun", model=model)
        self._thread = threading.Thread(target=self._run, args=(run, order), daemon=True, name="evaluation")
        self._thread.start()
        return run

    def stop(self, user_id: str) -> EvaluationRun:
        """Stop the run under way; nothing of it is kept. Raises NotFound where there is none."""
        with self._lock:
            run = self.running()
            if run is None:
                raise NotFound(what="evaluation", name="under way")
            run.state, run.user_id = JobState.CANCELLED, user_id
        _end(run.process)
        return run

    def remove_set(self, name: str, user_id: str) -> None:
        """Delete that set. Raises NotFound, and BadValue where its questions are being asked."""
        if (run := self.running()) is not None and run.set == name:
            fix = "Wait for the end of the evaluation, or stop it"
            raise BadValue(name=name, problem="its questions are being asked", fix=fix)
        self.sets.remove(name)
        with self.sessions.write() as session:
            record(session, user_id, "evaluation.set_removed", name)

    def close(self) -> None:
        """Stop what runs and wait for its end."""
        with contextlib.suppress(NotFound):
            self.stop(self.last.user_id if self.last is not None else "")
        if self._thread is not None:
            self._thread.join(GRACE_SECONDS)

    def _run(self, run: EvaluationRun, order: dict[str, Any]) -> None:
        try:
            # Its library lies in a folder of ours, which is removed however the process ends.
            with tempfile.TemporaryDirectory(prefix="shoko-evaluation-") as scratch:
                code = _carried_out(run, order, scratch)
        except OSError as error:
            code, run.problem = 1, run.problem or str(error)
        with self._lock:
            if run.state == JobState.RUNNING:
                run.state = JobState.DONE if run.report else JobState.FAILED
                if not run.report and not run.problem:
                    run.problem = f"the evaluation's process ended with code {code}"
            run.finished_at = now()
        self._write(run, "evaluation.ended", state=str(run.state), report=run.report, problem=run.problem)

    def _write(self, run: EvaluationRun, action: str, **detail: Any) -> None:
        with self.sessions.write() as session:
            record(
                session, run.user_id, action, run.set, **{key: text for key, text in detail.items() if text}
            )


def _carried_out(run: EvaluationRun, order: dict[str, Any], scratch: str) -> int:
    """Let a process carry out that order, and take in what it says; its exit status."""
    with subprocess.Popen(
        [sys.executable, "-m", "operations.evaluations.apart"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=PROJECT,
        env=os.environ | {"TMPDIR": scratch},
        start_new_session=True,  # so that what it starts itself (a model) ends with it
    ) as process:  # fmt: skip
        run.process = process
        if run.state != JobState.RUNNING:  # stopped before it began
            _end(process)
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()  # it stays open: the process ends when this one does
        for line in process.stdout:
            with contextlib.suppress(ValueError, KeyError):  # half a line of a process that was ended
                run.take_in(json.loads(line))
    return process.returncode


def _end(process: subprocess.Popen[str] | None) -> None:
    """End it and what it started."""
    if process is not None and process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)

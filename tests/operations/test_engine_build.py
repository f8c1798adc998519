"""The engine is compiled beside everything else: Shoko serves with quotes, and writes when it has come."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path

import pytest
from making import settings_in

from core.settings import PROJECT
from operations import build_engine
from operations.build_engine import LIBRARIES, EngineState, background, needed, state
from operations.engine_coming import wait_for_engine, wait_for_model
from operations.library import open_library
from operations.setup import COMING, defaults, fetched_beside, prepare


def test_the_engine_is_installed_when_it_is_built_and_the_libraries_are_there(tmp_path: Path) -> None:
    steps: list[str] = []

    def make(tier: str) -> Path:
        steps.append(f"built {tier}")
        return tmp_path / "engine.whl"

    def install(made: Path) -> None:
        assert (tmp_path / LIBRARIES).exists()
        steps.append(f"installed {made.name}")

    building = threading.Thread(target=background, args=(make, install, tmp_path))
    building.start()
    while not steps:
        time.sleep(0.01)
    assert len(steps) == 1
    (tmp_path / LIBRARIES).touch()
    building.join(timeout=60)
    assert steps[1:] == ["installed engine.whl"]
    assert state(tmp_path).state == "done"


def test_a_build_that_failed_or_was_ended_is_told_with_the_place_of_its_log(tmp_path: Path) -> None:
    def make(tier: str) -> Path:
        raise subprocess.CalledProcessError(1, "pip")

    with pytest.raises(subprocess.CalledProcessError):
        background(make, lambda made: None, tmp_path)
    failed = state(tmp_path)
    assert (failed.state, failed.log) == ("failed", str(tmp_path / "engine.log"))
    assert "pip" in failed.problem
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    build_engine._note(tmp_path, EngineState("running", ended.pid, "/x/engine.log"))
    assert state(tmp_path) == EngineState("failed", 0, "/x/engine.log", "it was ended before it was done")
    assert state(tmp_path / "nowhere").state == "none"


def test_what_is_installed_before_is_all_but_the_engine() -> None:
    project = PROJECT / "pyproject.toml"
    listed = tomllib.loads(project.read_text("utf-8"))["project"]["dependencies"]
    (left_out,) = set(listed) - set(needed(project))
    assert left_out == f"llama-cpp-python=={build_engine.VERSION}"
    written = subprocess.run(
        [sys.executable, str(PROJECT / "operations" / "build_engine.py"), "--needed"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert written.stdout.splitlines() == needed(project)


def test_who_waits_is_told_why_and_whether_it_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_engine, "installed", lambda: False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    build_engine._note(tmp_path, EngineState("running", os.getpid(), "/x/engine.log"))
    problems: list[str] = []
    came: list[bool] = []
    stopping = threading.Event()

    def wait() -> None:
        came.append(wait_for_engine(problems, stopping, seconds=0.01))

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not problems:
        time.sleep(0.01)
    assert "/x/engine.log" in problems[0]
    build_engine._note(tmp_path, EngineState("failed", 0, "/x/engine.log", "no compiler"))
    waiting.join(timeout=60)
    assert came == [False]
    assert len(problems) == 1
    assert "no compiler" in problems[0]
    assert "make install" in problems[0]


def test_what_is_fetched_is_said_before_with_its_size_and_the_word_that_skips_it(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data", model="auto")
    both = defaults(settings)
    said = next(prepare(settings, lambda *_: None, both))
    assert all(name in said for name in both)
    assert " MB in all; `make run MODEL=none`" in said
    settings = settings_in(tmp_path / "data", model="none")
    (embedder,) = defaults(settings)
    assert embedder != both[1]
    assert "MODEL=none" not in next(prepare(settings, lambda *_: None, (embedder,)))
    assert "smollm2-135m" in defaults(settings_in(tmp_path / "data", model="smollm2-135m"))
    assert defaults(settings_in(tmp_path / "data", model="a model of our own")) == (embedder,)


def test_a_chat_model_comes_beside_while_its_engine_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    build_engine._note(tmp_path, EngineState("running", os.getpid(), "/x/engine.log"))
    settings = settings_in(tmp_path / "data", model="auto")
    embedder, writer = defaults(settings)
    begun: list[str] = []
    monkeypatch.setattr("operations.setup.pull", lambda models, name, progress: iter([f"pulled {name}"]))
    monkeypatch.setattr("operations.setup.fetch_beside", lambda models, name: begun.append(name))
    lines = list(prepare(settings, lambda *_: None, (embedder, writer)))
    assert f"pulled {embedder}" in lines
    assert any(line.startswith(f"{writer}: comes meanwhile") for line in lines)
    assert begun == [writer]


def test_who_waits_for_a_model_is_told_until_its_download_ends(tmp_path: Path) -> None:
    stopping, problems, came = threading.Event(), list[str](), list[bool]()
    assert wait_for_model(tmp_path, problems, stopping)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as download:
        (tmp_path / COMING).write_text(json.dumps({"name": "writer", "process": download.pid}))
        assert fetched_beside(tmp_path) == "writer"

        def wait() -> None:
            came.append(wait_for_model(tmp_path, problems, stopping, seconds=0.01))

        waiting = threading.Thread(target=wait)
        waiting.start()
        while not problems:
            time.sleep(0.01)
        assert "writer is still being downloaded" in problems[0]
        assert download.stdin is not None
        download.stdin.close()
        waiting.join(timeout=60)
    assert (came, problems, fetched_beside(tmp_path)) == ([True], [], "")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not say when it began")
def test_another_process_with_the_number_of_one_that_ended_is_not_taken_for_it(tmp_path: Path) -> None:
    own = build_engine.started(os.getpid())
    coming = {"name": "writer", "process": os.getpid(), "started": own}
    (tmp_path / COMING).write_text(json.dumps(coming))
    build_engine._note(tmp_path, EngineState("running", os.getpid(), started=own))
    assert fetched_beside(tmp_path) == "writer"
    assert build_engine.state(tmp_path).state == "running"
    (tmp_path / COMING).write_text(json.dumps(coming | {"started": "1"}))  # before the last start
    build_engine._note(tmp_path, EngineState("running", os.getpid(), started="1"))
    assert fetched_beside(tmp_path) == ""
    assert build_engine.state(tmp_path).state == "failed"


@pytest.mark.engines
def test_the_model_of_an_engine_that_came_later_writes_without_a_restart(
    tmp_path: Path, chat_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = threading.Event()
    monkeypatch.setattr(build_engine, "installed", there.is_set)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr("operations.engine_coming.prove", lambda *_: None)
    build_engine._note(tmp_path, EngineState("running", os.getpid(), "/x/engine.log"))
    settings = settings_in(
        tmp_path / "data", model="auto", embedder="none", models=chat_model.parent.parent, context_tokens=1024
    )
    with open_library(settings) as library:
        assert library.models_loaded.wait(60)  # questions are answered, by quotes
        assert library.answerer.model is None
        while not library.problems:
            time.sleep(0.05)
        assert "still being compiled" in library.problems[0]
        there.set()
        build_engine._note(tmp_path, EngineState("done", 0, "/x/engine.log"))
        deadline = time.monotonic() + 300
        while library.answerer.model is None or library.problems:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert library.answerer.model.name == chat_model.parent.name

"""A back-end that is killed after any step of ingest goes on where it was: nothing twice, nothing lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from making import administrator, child_environment, finish_work, passages_of, settings_in
from sqlalchemy import func, select

from core.models import Document, Page, Version
from llm.fakes import HashEmbedder
from operations.library import Library, open_library
from retrieval.index.index import differences

STEPS = ["pages", "read", "split", "words", "published", "vectors", "embedded"]
TEXT = "\f".join(
    f"# Chapter {page}\n\n" + f"The rule {page} is kept by the office. " * 60 for page in range(90)
)

# The child kills itself with SIGKILL at the step that it is given: nothing of Python's own is cleaned up.
CHILD = """
import os, signal, sys
from pathlib import Path
from operations.library import open_library
from llm.fakes import HashEmbedder
from making import finish_work, settings_in, upload

step, folder, text = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]).read_text()

def killed(reached):
    if reached == step:
        os.kill(os.getpid(), signal.SIGKILL)

with open_library(settings_in(folder), embedder=HashEmbedder(), load_models=False) as library:
    upload(library, "rules.md", text)
    library.pipeline.reached = killed
    finish_work(library)
"""


def _state(library: Library) -> tuple[list[tuple[int, str, str]], int, int, int]:
    with library.sessions.read() as session:
        document = session.scalars(select(Document)).one()
        versions = session.scalars(select(Version)).all()
        assert [version.state for version in versions] == ["embedded"]
        assert document.current_version_id == versions[0].id
        pages = session.scalar(select(func.count()).select_from(Page))
    passages = [
        (passage.ordinal, passage.heading, passage.text) for passage in passages_of(library, document.id)
    ]
    counted = differences(library.sessions, library.index)
    assert counted.records == len(passages)
    return passages, pages or 0, counted.words, counted.vectors


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[tuple[int, str, str]], int, int, int]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with open_library(settings_in(folder), embedder=HashEmbedder(), load_models=False) as library:
        from making import upload

        upload(library, "rules.md", TEXT)
        finish_work(library)
        return _state(library)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(
    step: str, tmp_path: Path, undisturbed: tuple[list[tuple[int, str, str]], int, int, int]
) -> None:
    folder, text = tmp_path / "data", tmp_path / "text.md"
    text.write_text(TEXT)
    child = subprocess.run(
        [sys.executable, "-c", CHILD, step, str(folder), str(text)],
        env=child_environment() | {"PYTHONPATH": f"{Path(__file__).parents[1]}:{Path(__file__).parents[2]}"},
        check=False,
        capture_output=True,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    with open_library(settings_in(folder), embedder=HashEmbedder(), load_models=False) as library:
        finish_work(library)
        state = _state(library)
    assert state == undisturbed
    assert state[2] == state[3] == len(state[0]) > 80


def test_a_half_written_upload_is_gone_after_the_next_start(tmp_path: Path) -> None:
    with open_library(settings_in(tmp_path), load_models=False) as library:
        part = library.files.incoming / "half"
        part.write_bytes(b"%PDF-1.7 half of")
    with open_library(settings_in(tmp_path), load_models=False) as library:
        assert not list(library.files.incoming.iterdir())
        assert administrator(library).is_admin

"""The plan of the house is held to: each floor imports only what is beneath it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from making import child_environment

from core.settings import PROJECT


def test_no_floor_imports_one_above_it_and_each_library_has_one_owner() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=child_environment(),
        timeout=480,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_the_engine_is_imported_by_its_child_process_alone() -> None:
    script = """
import sys
import cli.main, cli.serve, cli.client, operations.library, operations.doctor, operations.setup
import ingest.sandbox_child
heavy = {"llama_cpp", "torch", "sentence_transformers", "transformers", "streamlit", "openvino"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=PROJECT, env=child_environment(),
        timeout=480,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"

"""The plan of the house is held to: each floor imports only what is beneath it."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from making import child_environment

from core.settings import PROJECT

MOST_MODULES, MOST_LINES = 20, 500
EMPTY_NAMES = frozenset({"one", "found", "at", "told"})  # of anything at all


PLANTED = {  # a file, and a line in it that the contracts must catch
    "retrieval/index/index.py": "import chromadb",
    "retrieval/answers/cache.py": "import tantivy",
    "retrieval/index/milvus/words.py": "import pymilvus",
    "core/files.py": "import minio",
    "operations/measuring.py": "import prometheus_client",
    "llm/gate.py": "import llama_cpp",
    "checks/rules.py": "import fastapi",
    "cli/console.py": "import streamlit",
    "drafts/values.py": "import docxtpl",
    "core/jobs/queue.py": "import ingest.uploads",
    "ui/client.py": "import core.settings",
    "contract/base.py": "import core.settings",
    "api/routes/people/keys.py": "import api.routes.people.people",
    "api/routes/people/session.py": "import sqlalchemy",
    "retrieval/index/search.py": "import retrieval.evidence.ranking",
    "retrieval/overview/types.py": "import retrieval.answers.answerer",
}


def _lint_imports(place: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        capture_output=True,
        text=True,
        cwd=place,
        env=child_environment(PYTHONPATH=str(place)),
        timeout=480,
    )


def test_no_floor_imports_one_above_it_and_each_library_has_one_owner() -> None:
    done = _lint_imports(PROJECT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_the_contracts_catch_what_is_planted(tmp_path: Path) -> None:
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    packages = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    for name in packages["root_packages"]:
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, line in PLANTED.items():
        path = tmp_path / name
        path.write_text(f"{path.read_text('utf-8')}\n{line}\n", "utf-8")
    done = _lint_imports(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    for name, line in PLANTED.items():
        module = name.removesuffix(".py").replace("/", ".")
        imported = line.removeprefix("import ")
        shown = re.search(rf"{re.escape(module)} -> {re.escape(imported.split('.')[0])}", done.stdout)
        room = name.split("/")[1]  # a circle is shown by its rooms
        assert shown or f".{room} -> ." in done.stdout, f"{line} in {name} was not caught:\n{done.stdout}"


def _sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], capture_output=True, text=True, cwd=PROJECT, check=False
    ).stdout.split()
    files = [PROJECT / name for name in listed] or [
        path
        for path in PROJECT.rglob("*.py")
        if not {".venv", "build"} & set(path.relative_to(PROJECT).parts)
    ]
    return [path for path in files if path.exists()]


def test_no_folder_is_a_flat_list_and_no_file_is_long() -> None:
    files = [path for path in _sources() if "migrations" not in path.parts]
    folders = Counter(path.parent for path in files if path.name != "__init__.py")
    assert {str(folder): count for folder, count in folders.items() if count >= MOST_MODULES} == {}
    assert [str(path) for path in files if len(path.read_text("utf-8").splitlines()) > MOST_LINES] == []


def _names_bound(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The names that variables and parameters get, each with its line. Fields of a class are not among them:
    a column or a field of the API may be called `at`."""
    fields = {
        id(statement.target)
        for definition in ast.walk(tree)
        if isinstance(definition, ast.ClassDef)
        for statement in definition.body
        if isinstance(statement, ast.AnnAssign)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in fields:
            yield node.id, node.lineno


def test_variables_and_parameters_say_what_they_hold() -> None:
    empty = [
        f"{path.relative_to(PROJECT)}:{line}: {name}"
        for path in _sources()
        for name, line in _names_bound(ast.parse(path.read_text("utf-8")))
        if name in EMPTY_NAMES
    ]
    assert empty == [], "name it by what it holds: match, offset, passage, hits, message, …"


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

"""The command line: the same answers with and without a running server, and errors that name the fix."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from making import child_environment, pdf, picture_pdf
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from cli import client as backend_module
from cli.console import out, print_json, write_what_can_be_written
from cli.main import app
from core.db import open_database
from core.models import Document, Question, SignIn
from core.settings import PROJECT, load_settings
from operations.library import RunningServer, announce, open_library, running_server

FEE = "The fee for a lost card is 50 yuan."
ASKED = "What is the fee for a lost card?"


@pytest.fixture(autouse=True)
def _no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOKO_MODEL", "none")
    monkeypatch.setenv("SHOKO_EMBEDDER", "none")


def shoko(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def json_of(*arguments: str | Path) -> Any:
    """The JSON that a command prints; it must end well."""
    done = shoko(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refused(*arguments: str | Path) -> str:
    """The sentence with which a command ends that fails as it should: no trace, exit code 1."""
    done = shoko(*arguments)
    assert done.exit_code == 1, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.stderr


def count(data: Path, table: type) -> int:
    sessions = open_database(load_settings(data=data).database)
    try:
        with sessions.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0
    finally:
        sessions.close()


def originals(data: Path) -> list[Path]:
    return [path for path in (data / "originals").rglob("*") if path.is_file()]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def fee(tmp_path: Path) -> Path:
    path = tmp_path / "fee.txt"
    path.write_text(FEE)
    return path


def commands() -> Iterator[tuple[str, Any]]:
    waiting: list[tuple[str, Any]] = [("", typer.main.get_command(app))]
    while waiting:
        path, command = waiting.pop()
        if hasattr(command, "commands"):
            waiting += [(f"{path} {name}".strip(), inner) for name, inner in command.commands.items()]
        else:
            yield path, command


@pytest.mark.parametrize("path", sorted(path for path, _ in commands()))
def test_the_help_of_every_command_has_an_example_of_it(path: str) -> None:
    done = shoko(*path.split(), "--help")
    assert done.exit_code == 0
    assert f"Example: shoko {path}" in " ".join(done.output.split())


def test_ingest_search_and_ask_print_the_shapes_that_programs_read(data: Path, fee: Path) -> None:
    taken = json_of("ingest", fee, "--data", data)
    (file,) = taken["files"]
    assert (file["file"], file["state"]) == (str(fee), "searchable")
    assert json_of("ingest", fee, "--data", data)["files"][0]["state"] == "duplicate"

    results = json_of("search", ASKED, "--data", data)
    (hit,) = results["hits"]
    assert {"document": "fee.txt", "page": 1, "last_page": 1, "passage": FEE}.items() <= hit.items()
    assert hit["score"] > 0
    answer = json_of("ask", ASKED, "--data", data)
    assert {"status", "answer", "citations", "timings_ms", "struck"} <= set(answer)
    assert (answer["status"], answer["answer"], answer["struck"]) == ("quoted", "", [])
    (cited,) = answer["citations"]
    assert {
        "document": "fee.txt",
        "page": 1,
        "quote": FEE,
        "start": 0,
        "end": len(FEE),
    }.items() <= cited.items()
    assert set(answer["timings_ms"]) == {"search", "evidence", "first_token", "total"}
    assert answer["timings_ms"]["first_token"] is None
    assert 0 < answer["timings_ms"]["search"] <= answer["timings_ms"]["evidence"]


def test_people_get_quotes_with_their_places(data: Path, fee: Path) -> None:
    assert "searchable" in shoko("ingest", fee, "--data", data).output
    answer = shoko("ask", ASKED, "--data", data).output
    assert f"[1] {FEE}" in answer
    assert "fee.txt, line 1" in answer
    nothing = shoko("ask", "Which helicopter does the chairman fly?", "--data", data).output
    assert "Not in the documents" in nothing
    assert FEE in shoko("search", "lost card", "--data", data).output
    assert "Nothing was found" in shoko("search", "zzzz", "--data", data).output


def test_a_folder_is_taken_in_without_its_hidden_files(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "handbook"
    (folder / "part" / ".git").mkdir(parents=True)
    for name in ("a.txt", "part/b.md", ".hidden", "part/.git/config"):
        (folder / name).write_text(f"The rule of {name}.")
    names = sorted(Path(file["file"]).name for file in json_of("ingest", folder, "--data", data)["files"])
    assert names == ["a.txt", "b.md"]


@pytest.mark.parametrize(
    ("name", "content", "sentence", "kept"),
    [
        ("empty.pdf", b"", "empty (0 bytes)", 0),
        ("program.pdf", b"\x7fELF" + bytes(30), "of a kind that cannot be read", 0),
        ("secret.pdf", pdf("x", password="p"), "protected by a password", 1),
        ("cut.pdf", pdf("Hello.")[:200], "damaged or cut off", 1),
        ("none.pdf", b"%PDF-1.7 no, it is not", "damaged or cut off", 1),
        ("scan.pdf", picture_pdf(), "no text in it", 1),
        ("long.txt", b"a\fb\fc\fd", "4 pages and the limit is 3", 1),
        ("large.txt", b"x" * (2**20 + 1), "larger than the limit of 1 MB", 0),
    ],
)  # fmt: skip
def test_a_bad_file_is_told_by_name_and_ends_the_command_with_1(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: bytes,
    sentence: str,
    kept: int,
) -> None:
    monkeypatch.setenv("SHOKO_PAGE_LIMIT", "3")
    monkeypatch.setenv("SHOKO_UPLOAD_LIMIT_MB", "1")
    path = tmp_path / name
    path.write_bytes(content)
    done = shoko("ingest", path, "--data", data, "--json")
    assert done.exit_code == 1
    (file,) = json.loads(done.stdout)["files"]
    assert file["state"] == ("failed" if kept else "refused")
    assert sentence in file["error"]
    assert name in file["error"] or file["error"].startswith("The file (upload)")
    assert count(data, Document) == len(originals(data)) == kept  # a failed one can be tried again
    assert json_of("search", "x", "--data", data) == {"hits": [], "widened": []}


def test_a_file_that_is_not_there_is_told(data: Path, tmp_path: Path, fee: Path) -> None:
    done = shoko("ingest", fee, tmp_path / "missing.txt", "--data", data, "--json")
    assert done.exit_code == 1
    states = {Path(file["file"]).name: file["state"] for file in json.loads(done.stdout)["files"]}
    assert states == {"fee.txt": "searchable", "missing.txt": "refused"}


def test_an_unknown_space_is_told(data: Path, fee: Path) -> None:
    done = shoko("ingest", fee, "--space", "Nowhere", "--data", data)
    assert done.exit_code == 1
    assert "no space Nowhere" in done.output
    assert originals(data) == []


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("question", "sentence"),
    [("", "The question is empty"), ("  \n", "The question is empty"), ("x" * 100_000, "100000 characters")],
    ids=["empty", "blank", "100 kB"],
)
def test_a_bad_question_is_told_and_nothing_is_kept(
    data: Path, command: str, question: str, sentence: str
) -> None:
    assert sentence in refused(command, question, "--data", data)
    if (data / "shoko.sqlite3").exists():
        assert count(data, Question) == 0


def test_a_wrong_setting_is_told_by_name(data: Path) -> None:
    data.mkdir()
    (data / "shoko.toml").write_text("colour = 'red'")
    assert "SHOKO_COLOUR" in refused("search", "x", "--data", data)


def test_a_model_that_is_not_there_leaves_the_quotes_and_is_told_by_health(data: Path, fee: Path) -> None:
    json_of("ingest", fee, "--data", data)
    assert json_of("ask", ASKED, "--model", "qwen3.5-4b", "--data", data)["status"] == "quoted"


def test_a_command_that_found_no_server_leaves_no_sign_in_behind(data: Path) -> None:
    json_of("search", "x", "--data", data)
    assert count(data, SignIn) == 0
    assert running_server(data) is None


def test_what_a_killed_server_left_stands_in_nobody_s_way(data: Path, fee: Path) -> None:
    json_of("ingest", fee, "--data", data)
    announce(data, RunningServer("http://127.0.0.1:9", "old"))
    assert json_of("ask", ASKED, "--data", data)["status"] == "quoted"


def test_a_server_that_goes_away_in_the_middle_is_told_as_such(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.mkdir()
    announce(data, RunningServer("http://127.0.0.1:9", "old"))
    monkeypatch.setattr(backend_module, "_answers", lambda server: True)
    assert "shoko serve" in refused("search", "x", "--data", data)


def test_where_the_server_is_and_its_token_can_be_read_by_its_user_alone(data: Path) -> None:
    data.mkdir()
    announce(data, RunningServer("http://127.0.0.1:9", "secret"))
    assert (data / "server.json").stat().st_mode & 0o077 == 0


def test_models_are_listed_shown_and_refused_by_name(data: Path) -> None:
    listed = {row["name"]: row for row in json_of("models", "list", "--data", data)["models"]}
    assert {"name", "role", "languages", "bytes", "licence", "installed", "fits", "note"} <= set(
        listed["smollm2-135m"]
    )
    shown = shoko("models", "show", "smollm2-135m", "--data", data)
    assert json.loads(shown.stdout)["catalogue"]["licence"] == "Apache-2.0"
    for command in ("show", "pull", "rm"):
        assert "shoko models list" in refused("models", command, "no-such-model", "--data", data)
    assert "not a file" in refused("models", "import", data / "missing.gguf", "--data", data)


def test_the_doctor_prints_what_it_found(data: Path) -> None:
    findings = json_of("doctor", "--data", data)["findings"]
    assert {"Python", "memory", "disk", "records", "chat model"} <= {finding["what"] for finding in findings}
    assert all(set(finding) == {"level", "what", "found", "fix"} for finding in findings)
    assert not [finding for finding in findings if finding["level"] == "fault"]


def test_the_doctor_finds_a_changed_audit_log(data: Path, fee: Path) -> None:
    json_of("ingest", fee, "--data", data)
    sessions = open_database(load_settings(data=data).database)
    with sessions.write() as session:
        from core.models import AuditEntry

        session.get_one(AuditEntry, 1).user_id = "somebody"
    sessions.close()
    done = shoko("doctor", "--data", data)
    assert done.exit_code == 1
    assert "entry 1 was changed" in done.output


def test_reindex_makes_the_words_anew(data: Path, fee: Path) -> None:
    json_of("ingest", fee, "--data", data)
    assert "1 passages" in shoko("reindex", "--data", data).output


def test_a_link_is_printed(data: Path) -> None:
    assert "/sign-in/" in shoko("users", "link", "--data", data).output


def test_a_second_process_is_refused_by_the_number_of_the_first(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend_module, "HELD_SECONDS", 0.5)
    with open_library(load_settings(data=data), load_models=False):
        assert f"(number {os.getpid()})" in refused("reindex", "--data", data)


def test_a_command_waits_for_one_that_is_just_starting(data: Path) -> None:
    with contextlib.ExitStack() as first:
        library = first.enter_context(open_library(load_settings(data=data), load_models=False))
        starting = threading.Timer(
            1.0,
            lambda: first.enter_context(
                backend_module.serving(library, "127.0.0.1", backend_module.free_port(0))
            ),
        )
        starting.start()
        assert json_of("search", "card", "--data", data) == {"hits": [], "widened": []}
        starting.join()


@pytest.mark.parametrize("command", ["ask", "search"])
def test_words_that_are_not_utf_8_are_told(command: str, data: Path) -> None:
    assert "not written in UTF-8" in refused(command, os.fsdecode("有給".encode("cp932")), "--data", data)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no file names but Unicode")
def test_a_file_name_that_is_not_utf_8_is_refused_by_itself(data: Path, tmp_path: Path, fee: Path) -> None:
    folder = tmp_path / "share"
    folder.mkdir()
    fee.rename(folder / "z.txt")
    odd = os.fsdecode(os.fsencode(folder) + "/規程.txt".encode("cp932"))
    Path(odd).write_text(FEE)
    done = shoko("ingest", folder, "--data", data, "--json")
    files = {entry["file"]: entry for entry in json.loads(done.stdout)["files"]}
    assert done.exit_code == 1 and files[str(folder / "z.txt")]["state"] == "searchable"
    assert files[odd]["state"] == "refused" and "Rename the file" in files[odd]["error"]
    checked = shoko("check", folder, "--rules", "jtf", "--json")
    assert Path(odd).name in [entry["document"] for entry in json.loads(checked.stdout)["documents"]]


@pytest.mark.parametrize("below", ["file", "file/below"])
def test_a_data_folder_that_cannot_be_one_is_told(below: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "choose another folder with --data" in refused("search", "x", "--data", tmp_path / below)


def test_a_disk_that_is_full_is_told_without_a_trace(data: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", "models", "list", "--json", "--data", str(data)],
            stdout=full, stderr=subprocess.PIPE, text=True, cwd=PROJECT, env=child_environment(), check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "the output: No space left on device\n")


def test_an_output_that_is_not_utf_8_reads_back_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    print_json({"quote": "手数料"})
    assert json.loads(written.getvalue().decode("ascii")) == {"quote": "手数料"}
    write_what_can_be_written()
    out.print("手数料 1,000")
    sys.stdout.flush()
    assert written.getvalue().endswith(b"\\u624b\\u6570\\u6599 1,000\n")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """A data folder whose server runs in a process of its own."""
    data = tmp_path_factory.mktemp("served") / "data"
    server = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "serve", "--no-ui", "--port", "0", "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=PROJECT,
        env=child_environment(SHOKO_MODEL="none", SHOKO_EMBEDDER="none"),
    )
    while running_server(data) is None:
        assert server.poll() is None, server.communicate()
        time.sleep(0.05)
    yield data, server
    server.kill()
    server.communicate()


def test_a_stop_during_the_welcome_ends_it_at_once(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "serve", "--welcome", "--no-ui", "--port=0", f"--data={tmp_path}"],
        stdout=subprocess.PIPE, text=True, cwd=PROJECT,
        env=child_environment(SHOKO_MODEL="none", SHOKO_EMBEDDER="none", PYTHONUNBUFFERED="1"),
    )  # fmt: skip
    assert server.stdout is not None
    said = server.stdout.readline()
    server.send_signal(signal.SIGINT)
    said += server.communicate(timeout=240)[0]
    assert server.returncode == 0
    assert "sample documents" in said and "Sign in" not in said
    with open_library(load_settings(data=tmp_path), load_models=False):  # nothing holds the folder any more
        pass


def test_with_a_running_server_every_command_goes_through_it(
    served: tuple[Path, subprocess.Popen[str]], fee: Path
) -> None:
    data, server = served
    assert json_of("ingest", fee, "--data", data)["files"][0]["state"] == "searchable"
    assert json_of("search", ASKED, "--data", data)["hits"][0]["passage"] == FEE
    answer = json_of("ask", ASKED, "--data", data)
    assert (answer["status"], answer["citations"][0]["quote"]) == ("quoted", FEE)
    assert "The question is empty" in refused("ask", "", "--data", data)
    assert "100000 characters" in refused("ask", "x" * 100_000, "--data", data)
    assert (data / "lock.pid").read_text() == str(server.pid)
    assert "1 passages" in shoko("reindex", "--data", data).output
    assert "/sign-in/" in shoko("users", "link", "--data", data).output
    assert server.poll() is None


def test_the_server_ends_well_when_it_is_asked_to(served: tuple[Path, subprocess.Popen[str]]) -> None:
    data, server = served
    server.send_signal(signal.SIGTERM)
    said, _ = server.communicate(timeout=240)
    assert server.returncode == 0
    assert "/sign-in/" in said
    assert "Traceback" not in said
    assert running_server(data) is None
    assert not (data / "lock.pid").exists()
    with open_library(load_settings(data=data), load_models=False) as library:
        assert library.index.keywords.count() == count(data, Document)

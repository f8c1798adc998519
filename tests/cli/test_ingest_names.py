"""Files of a folder keep their paths: two of one name are two documents, and a replacement is told first."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest
from making import settings_in

from cli.client import client_of, free_port, serving
from cli.commands.ingest import Sent, _files, _named, _tell_of_replacements
from core.errors import BadValue
from ingest.uploads import document_name
from operations.library import open_library


def named(*paths: Path) -> list[str]:
    return sorted(sent.name for sent in _named(list(paths), [_files(path)[0] for path in paths]))


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"About {name}.")


def test_a_folder_keeps_its_paths(tmp_path: Path) -> None:
    put(tmp_path, "hr/minutes.md", "sales/minutes.md", "plan.md")
    assert named(tmp_path) == ["hr/minutes.md", "plan.md", "sales/minutes.md"]
    assert named(tmp_path / "hr" / "minutes.md") == ["minutes.md"]


def test_two_that_would_be_called_alike_have_their_folders_before_them(tmp_path: Path) -> None:
    put(tmp_path, "hr/minutes.md", "hr/own.md", "sales/minutes.md")
    assert named(tmp_path / "hr", tmp_path / "sales") == ["hr/minutes.md", "own.md", "sales/minutes.md"]
    both = named(tmp_path / "hr" / "minutes.md", tmp_path / "sales" / "minutes.md")
    assert both == ["hr/minutes.md", "sales/minutes.md"]
    put(tmp_path, "a/x/y/z.md", "b/x/y/z.md")
    assert named(tmp_path / "a" / "x" / "y" / "z.md", tmp_path / "a" / "x" / "y" / "z.md") == ["z.md"]
    with pytest.raises(BadValue, match="one document"):
        named(tmp_path / "a" / "x" / "y" / "z.md", tmp_path / "b" / "x" / "y" / "z.md")


@pytest.mark.parametrize(
    ("name", "path", "called"),
    [
        ("report.md ", "", "report.md "), ('say "hi".md', "", 'say "hi".md'),
        ("C:\\docs\\plan.md", "", "plan.md"),
        ("x", "hr/minutes.md", "hr/minutes.md"), ("x", "./hr//minutes.md", "hr/minutes.md"),
        ("x", "hr\\minutes.md", "hr/minutes.md"), ("か\u3099.md", "", "が.md"),
    ],
)  # fmt: skip
def test_what_a_document_is_called(name: str, path: str, called: str) -> None:
    assert document_name(name, path) == called


@pytest.mark.parametrize(
    ("name", "path"), [("", ""), (" ", ""), ("..", ""), ("x", "../secret.md"), ("x", "a\n/b")]
)
def test_what_is_no_name(name: str, path: str) -> None:
    with pytest.raises(BadValue):
        document_name(name, path)


def test_a_replacement_is_told_before_it_happens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "in", "hr/minutes.md", 'say "hi".md')
    sent = [Sent(tmp_path / "in" / name, name) for name in ("hr/minutes.md", 'say "hi".md')]
    with (
        open_library(settings_in(tmp_path / "data"), load_models=False) as library,
        serving(library, "127.0.0.1", free_port(0)) as server,
        client_of(server) as api,
    ):
        _tell_of_replacements(api, "General", sent, ask=True)
        assert capsys.readouterr().err == ""
        answers = [api.upload(file.file, "General", path=file.name) for file in sent]
        assert [answer["document"]["name"] for answer in answers] == ["hr/minutes.md", 'say "hi".md']
        _tell_of_replacements(api, "General", sent, ask=True)
        assert capsys.readouterr().err == ""  # the same files: nothing is replaced
        sent[0].file.write_text("About something else.")
        _tell_of_replacements(api, "General", sent, ask=True)
        shown = capsys.readouterr().err
        assert "hr/minutes.md" in shown
        assert "say" not in shown


@pytest.mark.parametrize(("host", "reached"), [("::1", ["[::1]"]), ("::", ["[::1]", "127.0.0.1"])])
def test_hosts_of_ipv6_are_listened_on(tmp_path: Path, host: str, reached: list[str]) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this computer has no IPv6")
    port = free_port(0, host)
    with (
        open_library(settings_in(tmp_path / "data", host=host), load_models=False) as library,
        serving(library, host, port) as server,
    ):
        for address in (server.address, *(f"http://{name}:{port}" for name in reached)):
            assert httpx.get(f"{address}/health", trust_env=False).status_code == 200

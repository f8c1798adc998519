"""Changing a model while people ask: a change that fails leaves the old one, what was chosen is kept, and
everything is in the log. The list beside it tells what fits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from making import add_all, administrator, settings_in
from sqlalchemy import select
from typer.testing import CliRunner

import operations.model_selection
import operations.model_switch
from cli.main import app
from contract.values import ModelRole
from core.errors import BadValue, ModelTooBig, ModelUnfit
from core.models import AuditEntry
from llm.catalogue.estimate import Rates
from llm.catalogue.store import ModelStore
from llm.engines.synthetic import ModelShape, write_synthetic
from llm.fakes import HashEmbedder, ScriptedModel
from llm.hardware import GB
from operations.chosen_models import choices
from operations.doctor import _models
from operations.library import Library, open_library
from operations.model_switch import Switch
from operations.models import SPEEDS, USUAL_KIND

QUESTION = "When does the valve 3 open?"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library with two imported models (files that are sound, weights that are zero) and a script that
    answers in the place of either."""
    settings = settings_in(tmp_path / "data", model="auto", embedder="auto", context_tokens=512)
    store = ModelStore(settings.models_folder)
    for name in ("first", "second"):
        file = tmp_path / f"{name}.gguf"
        write_synthetic(file, ModelShape(1, 256, 256, 256), 8)
        store.import_file(file)
    with open_library(
        settings, model=ScriptedModel("At night [1]."), embedder=HashEmbedder(), load_models=False
    ) as opened:
        add_all(opened, [(f"{number}.txt", f"The valve {number} opens at night.") for number in range(5)])
        yield opened


class Engine(ScriptedModel):
    """A model that starts slowly, or not at all."""

    def __init__(self, name: str, *, fails: str = "", wait: Callable[[], Any] = lambda: None) -> None:
        super().__init__("At night [1].")
        self._called, self.fails, self.wait, self.closed = name, fails, wait, False

    @property
    def name(self) -> str:
        return self._called

    def start(self) -> None:
        self.wait()
        if self.fails:
            raise ModelUnfit(name=self._called, problem=self.fails)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> dict[str, Engine]:
    """What is opened in the place of a file, by name; a second opening makes a new one."""
    opened: dict[str, Engine] = {}
    plans: dict[str, dict[str, Any]] = {}

    def open_one(_settings: Any, _store: Any, file: Any, _writes: Any = None) -> Engine:
        opened[file.name] = Engine(file.name, **plans.get(file.name, {}))
        return opened[file.name]

    monkeypatch.setattr(operations.model_switch, "local_model", open_one)
    monkeypatch.setattr(operations.model_selection, "local_model", open_one)
    opened["plans"] = plans  # type: ignore[assignment]  # the tests' own drawer
    return opened


def plan(engines: dict[str, Engine], name: str, **how: Any) -> None:
    engines["plans"][name] = how  # type: ignore[index]  # as above


def ended(library: Library, role: ModelRole = ModelRole.CHAT) -> Switch:
    deadline = time.monotonic() + 240
    while library.switches.current[role].finished_at is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return library.switches.current[role]


def log_of(library: Library) -> list[tuple[str, str, dict[str, Any]]]:
    with library.sessions.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [
            (entry.action, entry.subject, entry.detail)
            for entry in entries
            if entry.action.startswith("model.")
        ]


def answers(library: Library) -> bool:
    evidence, _, _ = library.answerer.evidence(administrator(library), QUESTION)
    return evidence.quotes[0].hit.document.name == "3.txt"


def test_while_another_loads_the_old_one_answers_and_then_the_new_one(
    library: Library, engines: dict[str, Engine]
) -> None:
    seen: list[str] = []
    old = library.answerer.model
    assert old is not None

    def look() -> None:
        assert library.answerer.model is not None
        seen.append(library.answerer.model.name)
        assert answers(library)

    plan(engines, "second", wait=look)
    library.switches.use(ModelRole.CHAT, "second", "admin-1")
    assert ended(library).state == "done"
    assert seen == ["scripted"]
    assert library.answerer.model is engines["second"]
    assert choices(library.settings.data) == {"chat": "second"}
    assert [(action, name) for action, name, _ in log_of(library)] == [
        ("model.chosen", "second"),
        ("model.in_use", "second"),
    ]


def test_one_that_fails_leaves_the_old_one_and_the_old_choice_and_says_why(
    library: Library, engines: dict[str, Engine]
) -> None:
    library.switches.use(ModelRole.CHAT, "first", "admin-1")
    assert ended(library).state == "done"
    plan(engines, "second", fails="ended by SIGILL")
    library.switches.use(ModelRole.CHAT, "second", "admin-1")
    switch = ended(library)
    assert (switch.state, switch.answers, switch.previous) == ("failed", "first", "first")
    assert "ended by SIGILL" in switch.problem
    assert switch.error is not None and switch.error["code"] == "model_unfit"
    assert library.answerer.model is engines["first"] and not engines["first"].closed
    assert engines["second"].closed
    assert choices(library.settings.data) == {"chat": "first"}
    action, name, detail = log_of(library)[-1]
    assert (action, name, detail["answers"]) == ("model.change_failed", "second", "first")


@pytest.mark.parametrize("fails", ["", "ended by SIGKILL"])
def test_where_both_do_not_fit_the_old_one_leaves_first_and_comes_back_after_a_failure(
    library: Library, engines: dict[str, Engine], monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    library.switches.use(ModelRole.CHAT, "first", "admin-1")
    ended(library)
    old = engines["first"]
    without: list[object] = []

    def look() -> None:
        without.append(library.answerer.model)
        assert answers(library)  # as quotes

    monkeypatch.setattr(operations.model_switch, "free_memory", lambda: 10 * 2**20)
    monkeypatch.setattr(operations.model_switch, "_memory_of", lambda _model: 8 * GB)
    plan(engines, "second", fails=fails, wait=look)
    library.switches.use(ModelRole.CHAT, "second", "admin-1")
    switch = ended(library)
    assert without == [None]
    assert old.closed
    used = "first" if fails else "second"
    assert switch.state == ("failed" if fails else "done")
    assert library.answerer.model is engines[used] and engines[used] is not old
    assert choices(library.settings.data) == {"chat": used}
    assert not fails or switch.answers == "first"


def test_one_that_would_not_fit_alone_is_refused_before_anything_happens(
    library: Library, engines: dict[str, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations.model_switch, "free_memory", lambda: 10 * 2**20)
    with pytest.raises(ModelTooBig):
        library.switches.use(ModelRole.CHAT, "second", "admin-1")
    assert log_of(library) == []
    assert library.switches.current == {}
    assert library.answerer.model is not None and library.answerer.model.name == "scripted"


def test_none_leaves_quotes_alone_and_is_remembered(library: Library, engines: dict[str, Engine]) -> None:
    library.switches.use(ModelRole.CHAT, "none", "admin-1")
    assert ended(library).state == "done"
    assert library.answerer.model is None
    assert answers(library)
    assert operations.model_selection.chat_model(library.settings, library.store) is None
    with pytest.raises(BadValue, match="embedder cannot be left out"):
        library.switches.use(ModelRole.EMBED, "none", "admin-1")


def test_an_embedder_that_cannot_be_opened_leaves_the_old_index(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **_more: Any) -> None:
        raise OSError("no weights")

    monkeypatch.setattr(operations.model_switch, "open_embedder", broken)
    folder = library.settings.models_folder / "empty"
    folder.mkdir()
    record = '{"name": "empty", "role": "embed", "languages": ["en"], "bytes": 0, "files": [], "source": "x"}'
    (folder / "model.json").write_text(record)
    library.switches.use(ModelRole.EMBED, "empty", "admin-1")
    switch = ended(library, ModelRole.EMBED)
    assert (switch.state, switch.answers) == ("failed", "hash")
    assert "no weights" in switch.problem
    assert choices(library.settings.data) == {}
    assert answers(library)


def test_a_model_behind_servers_is_changed_by_the_setting_alone(library: Library) -> None:
    library.switches.settings = library.settings.model_copy(update={"model_servers": "http://127.0.0.1:1"})
    with pytest.raises(BadValue, match="SHOKO_MODEL_SERVERS"):
        library.switches.use(ModelRole.CHAT, "second", "admin-1")


# The list.


def test_the_list_tells_what_fits_and_how_long_an_answer_takes_once_the_machine_was_measured(
    library: Library, client: httpx.Client
) -> None:
    def cards() -> dict[str, Any]:
        return {row["name"]: row for row in client.get("/api/models").json()["models"]}

    before = cards()
    assert before["first"]["installed"] and before["first"]["basis"] == "header"
    assert before["first"]["fits_now"] and before["first"]["memory"] > before["first"]["bytes"]
    assert before["qwen3.5-4b"]["basis"] == "catalogue"
    assert not before["qwen3.5-4b"]["verified"] and before["qwen3.5-4b"]["typical_seconds"] is None
    assert client.get("/api/models").json()["machine"]["measured"] is False
    rates = Rates(written_bytes=10e9, written_layer=0.0, read_elements=100e9)
    threads = client.get("/api/models").json()["machine"]["cores"]
    kept = library.settings.models_folder / SPEEDS
    kept.write_text("{" + ", ".join(f'"{kind} {threads}": {_json(rates)}' for kind in (USUAL_KIND, 8)) + "}")
    after = cards()
    assert client.get("/api/models").json()["machine"]["measured"] is True
    assert after["qwen3.5-4b"]["written"] == pytest.approx(10e9 / 2.91e9)
    # Of a mixture of experts the active share alone is read for each token.
    assert after["gpt-oss-20b"]["written"] == pytest.approx(10e9 / (0.17 * 12.1e9))
    assert after["first"]["typical_seconds"] > 0
    assert after["bge-m3"]["typical_seconds"] is None  # it writes nothing


def _json(rates: Rates) -> str:
    import json
    from dataclasses import asdict

    return json.dumps(asdict(rates))


def test_a_damaged_file_is_told_in_the_list_and_hides_nothing(library: Library, client: httpx.Client) -> None:
    (library.settings.models_folder / "first" / "first.gguf").write_bytes(b"GGUFxxxx")
    rows = {row["name"]: row for row in client.get("/api/models").json()["models"]}
    assert "cannot be loaded" in rows["first"]["problem"]
    assert rows["second"]["problem"] == ""
    assert client.put("/api/models/use", json={"name": "first", "role": "chat"}).status_code == 422


def test_what_is_in_use_or_on_its_way_is_not_removed(
    library: Library, client: httpx.Client, engines: dict[str, Engine]
) -> None:
    plan(engines, "second", wait=lambda: time.sleep(0.5))
    assert client.put("/api/models/use", json={"name": "second", "role": "chat"}).status_code == 202
    assert client.delete("/api/models/second").json()["error"]["code"] == "model_in_use"
    ended(library)
    assert client.delete("/api/models/second").json()["error"]["code"] == "model_in_use"
    assert client.delete("/api/models/first").json()["freed"] > 0
    switches = client.get("/api/models/running").json()["switches"]
    assert [(switch["name"], switch["state"], switch["answers"]) for switch in switches] == [
        ("second", "done", "")
    ]


def test_the_folder_for_imports_says_what_is_wrong_with_each_file(
    library: Library, client: httpx.Client
) -> None:
    folder = Path(client.get("/api/models/incoming").json()["folder"])
    (folder / "bad.gguf").write_bytes(b"GGUF")
    write_synthetic(folder / "good.gguf", ModelShape(1, 256, 256, 256), 8)
    files = {row["file"]: row["problem"] for row in client.get("/api/models/incoming").json()["files"]}
    assert files["good.gguf"] == ""
    assert "ends in the middle" in files["bad.gguf"]
    assert client.post("/api/models/imports", json={"file": "good.gguf", "name": "mine"}).status_code == 201
    taken = client.post("/api/models/imports", json={"file": "good.gguf", "name": "smollm2-135m"})
    assert taken.json()["error"]["code"] == "bad_value"  # the name of another file's model


# Wrong input, as a user would give it.


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (["run", "words", "--prompt", "x"], "words is a model for embed"),
        (["tune", "words"], "words is a model for embed"),
        (["use", "words", "--for", "chat"], "words is a model for embed"),
        (["use", "first", "--for", "paint"], "Give chat, embed or rerank"),
        (["rm", "nothing"], "shoko models list"),
        (["import", "/nowhere"], "is not a file"),
    ],
)
def test_a_wrong_order_is_told_in_a_sentence(tmp_path: Path, order: list[str], said: str) -> None:
    folder = tmp_path / "models" / "words"
    folder.mkdir(parents=True)
    record = '{"name": "words", "role": "embed", "languages": ["en"], "bytes": 0, "files": [], "source": "x"}'
    (folder / "model.json").write_text(record)
    write_synthetic(tmp_path / "first.gguf", ModelShape(1, 256, 256, 256), 8)
    ModelStore(tmp_path / "models").import_file(tmp_path / "first.gguf")
    done = CliRunner().invoke(app, ["models", *order, "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert said in " ".join(done.output.split())
    assert choices(tmp_path) == {}


def test_a_folder_of_models_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "models"
    file.write_text("x")
    with pytest.raises(BadValue, match="SHOKO_MODELS"):
        ModelStore(file).pull("smollm2-135m")
    settings = settings_in(tmp_path)
    assert [model.found for model in _models(settings) if model.level == "fault"] == [
        f"{file} is not a folder"
    ]

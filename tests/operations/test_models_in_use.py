"""Models while the library runs: what one would take, what is refused, and changing them under load."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from making import add_all, administrator, settings_in
from typer.testing import CliRunner

import operations.model_selection
import operations.model_switch
from cli.main import app
from contract.values import ModelRole
from core.errors import BadValue, ModelTooBig
from core.settings import load_settings
from llm.catalogue.estimate import KV_BYTES, Rates, biggest_fitting, memory_of, require_room, speed_of
from llm.engines.llama import LlamaCpp, LlamaSettings
from llm.engines.synthetic import ModelShape, write_synthetic
from llm.engines.tuning import Trial, Tuning, choose, keep
from llm.fakes import HashEmbedder, ScriptedModel
from llm.gguf import check_gguf, read_gguf
from llm.hardware import GB, process_memory
from llm.model import GenerationRequest, Message
from operations.chosen_models import choices, wanted
from operations.library import Library, open_library
from operations.model_selection import local_model
from operations.model_switch import Switch

pytestmark = pytest.mark.engines

DOCUMENTS = [(f"{number}.txt", f"Rule {number}: the valve {number} opens at night.") for number in range(5)]
USER = "somebody"
QUESTION = "When does the valve 3 open?"


@pytest.fixture
def running(tmp_path: Path, chat_model: Path) -> Iterator[Library]:
    """A library with a folder of real models, searching by hashes and written by a script."""
    settings = settings_in(
        tmp_path / "data", model="auto", models=chat_model.parent.parent, context_tokens=1024
    )
    model = ScriptedModel("The valve opens at night [1].")
    with open_library(settings, model=model, embedder=HashEmbedder(), load_models=False) as opened:
        add_all(opened, DOCUMENTS)
        yield opened


def finished(library: Library, role: ModelRole) -> Switch:
    deadline = time.monotonic() + 480
    while library.switches.current[role].state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return library.switches.current[role]


def found(library: Library) -> str:
    evidence, _, _ = library.answerer.evidence(administrator(library), QUESTION)
    return evidence.quotes[0].hit.document.name


def test_another_embedder_takes_over_at_once_when_all_its_vectors_are_there(
    running: Library, embedding_model: Any
) -> None:
    name = embedding_model[0].name
    assert running.index.embedder is not None
    running.switches.use(ModelRole.EMBED, name, USER)
    while running.switches.current[ModelRole.EMBED].state == "running":
        assert running.index.embedder.name in ("hash", name)
        assert found(running) == "3.txt"  # whichever index it is, it answers
    assert finished(running, ModelRole.EMBED).state == "done"
    assert running.index.embedder.name == name
    assert running.index.vectors is not None
    assert running.index.vectors.count() == len(DOCUMENTS)
    assert found(running) == "3.txt"
    assert choices(running.settings.data) == {"embed": name}
    assert wanted(running.settings, ModelRole.EMBED) == name


def test_another_chat_model_takes_over_without_a_stop(running: Library, chat_model: Path) -> None:
    name = chat_model.parent.name
    running.switches.use(ModelRole.CHAT, name, USER)
    assert running.answerer.model is not None
    assert finished(running, ModelRole.CHAT).state == "done"
    model = running.answerer.model
    assert (model.name, model.ready()) == (name, True)
    assert running.answerer.gate.waiting == 0
    model.close()


def test_what_cannot_be_used_is_told_and_changes_nothing(running: Library, chat_model: Path) -> None:
    name = chat_model.parent.name
    with pytest.raises(BadValue, match="is a model for chat"):
        running.switches.use(ModelRole.EMBED, name, USER)
    running.switches.settings = running.settings.model_copy(update={"model": name})
    with pytest.raises(BadValue, match="SHOKO_MODEL"):
        running.switches.use(ModelRole.CHAT, name, USER)
    assert choices(running.settings.data) == {}
    assert isinstance(running.answerer.model, ScriptedModel)


def test_a_model_that_would_push_out_what_else_runs_is_refused_before_it_is_loaded(
    running: Library, chat_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations.model_switch, "free_memory", lambda: 200 * 2**20)
    with pytest.raises(ModelTooBig, match="Choose a smaller one"):
        running.switches.use(ModelRole.CHAT, chat_model.parent.name, USER)
    assert isinstance(running.answerer.model, ScriptedModel)


def test_the_biggest_that_fits_is_named() -> None:
    assert biggest_fitting(64 * GB) not in ("", "smollm2-135m")
    assert biggest_fitting(1 * GB) == "qwen2.5-coder-0.5b"
    assert biggest_fitting(2**20) == ""
    require_room("x", 8 * GB, 10 * GB)
    with pytest.raises(ModelTooBig) as raised:
        require_room("x", 10 * GB, 10 * GB)
    assert raised.value.values["instead"] == biggest_fitting(10 * GB)


@pytest.mark.parametrize(
    ("context", "flash", "kv_type"), [(1024, False, "f16"), (4096, True, "q8_0"), (4096, False, "f16")]
)
def test_memory_is_estimated_within_15_percent_of_the_childs_own(
    chat_model: Path, tmp_path: Path, context: int, flash: bool, kv_type: str
) -> None:
    opened = LlamaSettings(chat_model, context, 1, flash_attention=flash, kv_type=kv_type)
    engine = LlamaCpp("x", opened, tmp_path / "logs")
    try:
        engine.start()
        for _ in engine.generate(GenerationRequest([Message("user", "word " * 400)], max_tokens=4)).pieces:
            pass
        assert engine.process_id is not None
        real = process_memory(engine.process_id)
    finally:
        engine.close()
    estimate = memory_of(check_gguf(chat_model), context, kv_type=kv_type, flash_attention=flash).total
    assert estimate == pytest.approx(real, rel=0.15)


def test_the_cache_grows_with_the_context_and_shrinks_with_its_type(chat_model: Path) -> None:
    header = check_gguf(chat_model)
    small, large = (memory_of(header, context).cache for context in (1024, 8192))
    assert large == 8 * small
    assert memory_of(header, 1024, kv_type="q8_0", flash_attention=True).cache == pytest.approx(
        small * KV_BYTES["q8_0"] / 2
    )


@pytest.mark.parametrize("kind", [2, 8, 12, 3])
def test_the_synthetic_model_is_a_sound_file_of_its_type(tmp_path: Path, kind: int) -> None:
    path = tmp_path / "zero.gguf"
    shape = ModelShape(2, 256, 512, 512)
    elements = write_synthetic(path, shape, kind)
    header = read_gguf(path)
    assert {tensor.type for tensor in header.tensors if len(tensor.shape) == 2} == {kind}
    assert elements > 2 * 256 * 512
    rates = Rates(written_bytes=1e9, written_layer=0.001, read_elements=1e9)
    speed = speed_of(header, rates)
    assert speed.read == pytest.approx(1e9 / elements)
    assert 1 / speed.written == pytest.approx(0.002 + sum(
        tensor.bytes for tensor in header.tensors
        if len(tensor.shape) == 2 and tensor.name != "token_embd.weight"
    ) / 1e9)  # fmt: skip


def test_the_quickest_way_to_run_it_is_kept_where_it_is_clearly_quicker(tmp_path: Path) -> None:
    usual, slower = Trial(Tuning(2), 100, 20), Trial(Tuning(1), 50, 15)
    quicker, quantised = Trial(Tuning(2, True), 200, 20), Trial(Tuning(2, True, "q8_0"), 900, 90)
    assert choose([usual, slower, quicker, quantised]) == quicker
    assert choose([usual, Trial(Tuning(2, True), 101, 20)]) == usual
    assert Tuning.read(tmp_path) == Tuning()
    keep(tmp_path, [usual, quicker])
    assert Tuning.read(tmp_path) == quicker.tuning


def test_a_gpu_that_is_not_there_is_told_and_no_cpu_steps_in(chat_model: Path, tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path, gpu_layers=-1, models=chat_model.parent.parent)
    store = operations.model_selection.ModelStore(settings.models_folder)
    engine = local_model(settings, store, store.get(chat_model.parent.name))
    try:
        with pytest.raises(Exception, match="SHOKO_GPU_LAYERS=0"):
            engine.start()
        assert not engine.ready()
    finally:
        engine.close()


# The doors.


def test_the_routes_tell_what_runs_and_what_it_would_take(
    client: httpx.Client, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.models.measure_speed", lambda *_: Rates(1e9, 0.0, 1e9))
    library.answerer.model = ScriptedModel("x")
    in_memory = client.get("/api/models/running").json()
    assert [(row["role"], row["name"], row["state"]) for row in in_memory["models"]] == [
        ("chat", "scripted", "ready"),
        ("embed", "hash", "ready"),
    ]
    assert client.get("/api/models/qwen3.5-4b").json()["installed"] is None
    estimate = client.get("/api/models/qwen3.5-4b/estimate").json()
    assert estimate["memory"] == sum(estimate["parts"].values()) > 2.9e9
    assert (estimate["basis"], estimate["written"]) == ("catalogue", pytest.approx(1e9 / 2.91e9))
    assert client.get("/api/models/nothing/estimate").status_code == 404
    assert client.put("/api/models/use", json={"name": "qwen3.5-4b", "role": "chat"}).status_code == 409
    assert client.post("/api/models/pulls", json={"name": "nothing"}).status_code == 404
    assert client.delete("/api/models/qwen3.5-4b").status_code == 409
    assert client.post("/api/models/imports", json={"file": "../x.gguf"}).status_code == 422
    incoming = library.settings.models_folder / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    (incoming / "bad.gguf").write_bytes(b"GGUF")
    assert (
        client.post("/api/models/imports", json={"file": "bad.gguf"}).json()["error"]["code"]
        == "model_file_bad"
    )
    write_synthetic(incoming / "good.gguf", ModelShape(1, 256, 256, 256), 8)
    assert client.post("/api/models/imports", json={"file": "good.gguf", "name": "mine"}).status_code == 201
    assert client.delete("/api/models/mine").json()["freed"] > 0


def test_the_commands_say_the_same(chat_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, data = chat_model.parent.name, ["--data", str(tmp_path)]
    monkeypatch.setenv("SHOKO_MODELS", str(chat_model.parent.parent))
    monkeypatch.setattr("operations.models.measure_speed", lambda *_: Rates(1e9, 0.0, 1e9))
    runner = CliRunner()
    estimate = json.loads(runner.invoke(app, ["models", "estimate", name, "--json", *data]).output)
    assert (estimate["fits"], estimate["instead"]) == (True, "")
    assert estimate["written"] == pytest.approx(10, rel=0.2)
    assert "fits" in runner.invoke(app, ["models", "estimate", name, *data]).output
    assert runner.invoke(app, ["models", "use", name, "--for", "embed", *data]).exit_code == 1
    assert runner.invoke(app, ["models", "use", name, "--for", "chat", *data]).exit_code == 0
    assert choices(tmp_path) == {"chat": name}
    said = runner.invoke(app, ["models", "run", name, "--prompt", "Name the capital of France.", *data])
    assert "Paris" in said.output
    assert runner.invoke(app, ["models", "ps", *data]).exit_code == 1


def test_a_model_comes_from_a_folder_of_the_company(chat_model: Path, tmp_path: Path) -> None:
    name = chat_model.parent.name
    store = operations.model_selection.ModelStore(tmp_path / "models")
    store.folder.mkdir()
    with pytest.raises(BadValue, match="has not all of"):
        store.pull_from(name, str(tmp_path))
    steps: list[tuple[int, int]] = []
    model = store.pull_from(
        name, str(chat_model.parent.parent), lambda done, all_: steps.append((done, all_))
    )
    assert store.get(name) == model
    assert steps[-1][0] == steps[-1][1] == model.bytes

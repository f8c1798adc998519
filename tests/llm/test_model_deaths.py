"""What is left of a death of the model: a record, a fallback, and no lost question; and files that are no
models reach no engine."""

from __future__ import annotations

import json
import os
import random
import signal
from pathlib import Path

import httpx
import pytest
from gguf_files import gguf
from making import add, administrator, settings_in

import llm.engines.llama
from bench.server.killing import run
from core.errors import ModelDied, ModelFileBad, NoPictureModel
from core.models import AnswerStatus
from llm.catalogue.store import InstalledModel, ModelStore
from llm.engines.fallback import WithFallback
from llm.engines.llama import CRASHES, MOST_CRASHES, LlamaCpp, LlamaSettings, last_crash
from llm.engines.synthetic import ModelShape, write_synthetic
from llm.fakes import ScriptedModel
from llm.model import GenerationRequest, Message
from operations.doctor import examine
from operations.library import Library, open_library
from operations.model_selection import local_model
from retrieval.answers.events import Done

pytestmark = pytest.mark.engines

ENDLESS = 'root ::= [a-z ]+ "\\x01"'
SECRET = "confidential words of a question"


def die(engine: LlamaCpp) -> None:
    generation = engine.generate(
        GenerationRequest([Message("user", SECRET)], max_tokens=500, grammar=ENDLESS)
    )
    next(piece for piece in generation.pieces if piece)
    assert engine.process_id is not None
    os.kill(engine.process_id, signal.SIGSEGV)
    with pytest.raises(ModelDied):
        list(generation.pieces)


def test_a_death_leaves_a_record_without_a_word_of_the_question(chat_model: Path, tmp_path: Path) -> None:
    logs = tmp_path / "data" / "logs"
    engine = LlamaCpp("mortal", LlamaSettings(chat_model, 512, 1), logs)
    fallback = WithFallback(engine, ScriptedModel("From the second."))
    try:
        die(engine)
        crash = last_crash(logs)
        assert crash is not None
        assert (crash["model"], crash["in_a_row"], "SIGSEGV" in crash["problem"]) == ("mortal", 1, True)
        assert any("Segmentation fault" in line for line in crash["log"])  # the stack of the child
        assert SECRET not in json.dumps(crash)
        assert fallback.name == "mortal"
        die(engine)
        assert engine.problem()
        assert (
            "".join(fallback.generate(GenerationRequest([Message("user", "x")], 9)).pieces)
            == "From the second."
        )
        assert (fallback.name, fallback.problem()) == ("scripted", "")
        for _ in range(2 * MOST_CRASHES):
            engine._record_crash("again")
        assert len(list(logs.glob(CRASHES))) == MOST_CRASHES
        findings = {finding.what: finding.found for finding in examine(settings_in(tmp_path / "data"))}
        assert "again" in findings["last death"]
    finally:
        fallback.close()


def test_the_doctor_tells_what_the_engine_runs_on(chat_model: Path, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, model=chat_model.parent.name, models=chat_model.parent.parent)
    chat_model_line = next(finding for finding in examine(settings) if finding.what == "chat model")
    assert "threads, 0 layers on a GPU" in chat_model_line.found
    assert "built with" in chat_model_line.found


def test_questions_are_answered_while_the_child_is_killed_again_and_again(
    chat_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOKO_MODELS", str(chat_model.parent.parent))
    figures = run(tmp_path, questions=9, every=3)
    assert figures["lost"] == 0
    assert sum(int(str(figures.get(f"ended {status}", 0))) for status in AnswerStatus) == 9


def mutations(whole: bytes) -> list[bytes]:
    """Fifty files that are damaged for certain: cut off anywhere, or with another magic or number of keys."""
    chance = random.Random(1)
    damaged = [whole[: chance.randrange(len(whole) - 1)] for _ in range(20)]
    for number in range(30):
        changed = bytearray(whole)
        changed[chance.randrange(0, 4) if number % 2 else chance.randrange(16, 24)] ^= chance.randrange(
            1, 256
        )
        damaged.append(bytes(changed))
    return damaged


def test_fifty_malformed_files_reach_no_engine_and_kill_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError("an engine was started")

    monkeypatch.setattr(llm.engines.llama.subprocess, "Popen", started)
    store, settings = ModelStore(tmp_path / "models"), settings_in(tmp_path / "data")
    path = tmp_path / "bad.gguf"
    for number, content in enumerate(mutations(gguf())):
        path.write_bytes(content)
        with pytest.raises(ModelFileBad):
            store.import_file(path, f"bad{number}")
        folder = store.folder / "sneaked"  # past the import, as by hand
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "bad.gguf").write_bytes(content)
        model = InstalledModel("sneaked", "chat", (), len(content), ("bad.gguf",), "file")
        with pytest.raises(ModelFileBad):
            local_model(settings, store, model)
    assert store.installed() == []


# Pictures.

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


def test_without_a_model_that_sees_a_picture_is_refused_with_the_way_to_one(
    client: httpx.Client, library: Library, chat_model: Path, tmp_path: Path
) -> None:
    form = {"files": {"picture": ("page.png", PNG)}, "data": {"question": "What is on the page?"}}
    assert client.post("/api/pictures/questions", **form).json()["error"]["code"] == "no_picture_model"  # type: ignore[arg-type]  # one form, many calls
    engine = LlamaCpp("blind", LlamaSettings(chat_model, 512, 1), tmp_path / "logs")
    with pytest.raises(NoPictureModel, match="qwen3-vl-8b"):
        engine.generate(GenerationRequest([Message("user", "x")], 5, pictures=(PNG,)))
    assert engine.process_id is None


def test_a_model_that_sees_is_given_the_picture_and_its_words_are_marked_unchecked(
    client: httpx.Client, library: Library
) -> None:
    library.answerer.model = model = ScriptedModel("A red valve.")
    form = {"files": {"picture": ("page.png", PNG)}, "data": {"question": "What is on the page?"}}
    answer = client.post("/api/pictures/questions", **form).json()  # type: ignore[arg-type]  # as above
    assert answer == {"text": "A red valve.", "model": "scripted", "ended_by": "stop", "checked": False}
    assert model.requests[0].pictures == (PNG,)
    form["files"] = {"picture": ("page.gif", b"GIF89a")}
    assert client.post("/api/pictures/questions", **form).status_code == 415  # type: ignore[arg-type]  # as above
    form["files"] = {"picture": ("page.png", PNG + b"0" * 10 * 2**20)}
    assert client.post("/api/pictures/questions", **form).status_code == 413  # type: ignore[arg-type]  # as above


def test_the_part_by_which_a_model_sees_is_told_from_the_model(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    folder = tmp_path / "seeing"
    folder.mkdir()
    for name in ("a-mmproj-f16.gguf", "b-model.gguf"):
        write_synthetic(folder / name, ModelShape(1, 256, 256, 256), 8)
    model = InstalledModel("seeing", "vision", (), 0, ("a-mmproj-f16.gguf", "b-model.gguf"), "hub")
    projector = store.projector(model)
    assert (store.path(model).name, projector.name if projector else "") == (
        "b-model.gguf",
        "a-mmproj-f16.gguf",
    )


# One sentence, so that each question has the same one quote.
FEE = (
    "The fee for a lost card is 50 yuan, which the owner of the card pays in cash at the gate of the east "
    "building on the same day before the office closes."
)


def test_a_second_question_on_the_same_passages_reads_only_what_is_new(
    chat_model: Path, tmp_path: Path
) -> None:
    settings = settings_in(
        tmp_path / "data", model="auto", models=chat_model.parent.parent, answer_tokens=16, answers_kept=0
    )
    with open_library(settings, load_models=False) as library:
        add(library, "fee.txt", FEE)
        engine = local_model(settings, library.store, library.store.get(chat_model.parent.name))
        library.answerer.model = engine
        try:
            answers = []
            for question in ("What is the fee for a lost card?", "How much is the fee for a lost card?"):
                done = list(library.answerer.ask(administrator(library), question))[-1]
                assert isinstance(done, Done)
                answers.append(done)
        finally:
            engine.close()
            library.answerer.model = None
    assert [quote.text for quote in answers[0].quotes] == [quote.text for quote in answers[1].quotes]
    assert answers[1].writing["reused_tokens"] > 0.75 * answers[1].writing["prompt_tokens"]

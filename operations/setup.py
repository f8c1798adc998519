"""Gets the default models and makes sure that the engine runs on this machine."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from contract.values import ModelRole
from core.egress import lift
from core.errors import ModelFileBad, ModelUnfit, ShokoError
from core.settings import PROJECT, Settings
from llm.catalogue.entries import catalogue, entry
from llm.catalogue.store import InstalledModel, ModelStore
from llm.embedder import EmbedderPlan
from llm.embedder_reference import LEAST_COSINE, reference
from llm.engines.llama import LlamaCpp, LlamaSettings
from llm.hardware import GB, total_memory
from operations import build_engine
from operations.chosen_models import wanted
from operations.writing.trial import time_first_sentence

EMBEDDER = "multilingual-e5-small"
# The one that passes the test of writing in all languages, of what comes from the package index.
WRITER = "qwen2.5-coder-1.5b"
DEFAULTS = (EMBEDDER, WRITER)
LEAST_MEMORY = 0.9  # of the memory class: part of a machine's memory is not counted
TESTED = "engine-tested"
COMING, COMING_LOG = (
    "coming.json",
    "coming.log",
)  # of a model that is downloaded beside, in the models' folder
NO_ENGINE = "engine: it is not installed. Answers will be quotes alone; see `shoko doctor`."
Progress = Callable[[str, int, int], None]


def prepare(settings: Settings, progress: Progress, names: tuple[str, ...] = DEFAULTS) -> Iterator[str]:
    """Pull what is missing of those models, set the embedder up, test the engine and how soon the chat model
    writes; tells each step."""
    models = settings.models_folder
    models.mkdir(parents=True, exist_ok=True)
    store = ModelStore(models)
    installed = {model.name for model in store.installed()}
    missing = [entry(name) for name in names if name not in installed]
    if missing:
        listed = ", ".join(f"{known.name} ({known.download / 1e6:.0f} MB)" for known in missing)
        skip = "; `make run MODEL=none` leaves the chat model out" if len(names) > 1 else ""
        total = sum(known.download for known in missing) / 1e6
        yield f"Models are fetched: {listed}, {total:.0f} MB in all{skip}"
    for name in names:
        if name in installed:
            continue
        coming = build_engine.state().state == "running" and entry(name).role == ModelRole.CHAT
        if coming or fetched_beside(models) == name:
            if fetched_beside(models) != name:
                fetch_beside(models, name)
            yield f"{name}: comes meanwhile, like its engine; answers are quotes until both are there"
        else:
            yield from pull(models, name, progress)
    chat = store.choose(ModelRole.CHAT, wanted(settings, ModelRole.CHAT))
    slow = chat is None  # it may have been slow because of other work
    if chat is None:
        chat = next((model for model in store.installed() if store.verdict(model).slow), None)
    if chat is None or settings.model == "none":
        return
    if not build_engine.installed():
        yield f"engine: {build_engine.STILL}" if build_engine.state().state == "running" else NO_ENGINE
    elif slow or not tested(models):
        yield from test_engine(settings, store, chat)


def fetch_beside(models: Path, name: str) -> None:
    """Let a process of its own download that model; it goes on when this one has ended. Nothing waits for it:
    a chat model is of no use before its engine is compiled."""
    with (models / COMING_LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "operations.setup", name, str(models), ""],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, cwd=PROJECT,
            start_new_session=True,
        )  # fmt: skip
    coming = {"name": name, "process": process.pid, "started": build_engine.started(process.pid)}
    (models / COMING).write_text(json.dumps(coming), encoding="utf-8")


def fetched_beside(models: Path) -> str:
    """The model that such a process is downloading now, or empty."""
    try:
        coming = json.loads((models / COMING).read_text(encoding="utf-8"))
        there = build_engine.runs(coming["process"], coming.get("started", ""))
        return str(coming["name"]) if there else ""
    except (OSError, ValueError, KeyError):
        return ""


def defaults(settings: Settings) -> tuple[str, ...]:
    """The models that are fetched: what the settings name of the catalogue, and where they leave it to Shoko
    the default; no chat model on a machine with too little memory for it."""
    known = {model.name for model in catalogue()}
    writer = WRITER if total_memory() >= LEAST_MEMORY * entry(WRITER).memory_class_gb * GB else "none"
    names = (
        EMBEDDER if settings.embedder == "auto" else settings.embedder,
        writer if settings.model == "auto" else settings.model,
    )
    return tuple(name for name in names if name in known)


def pull(models: Path, name: str, progress: Progress, place: str = "") -> Iterator[str]:
    """Download a model, or take it from a mirror or folder; an embedder is translated and measured for this
    machine."""
    lift()  # a person asked for this download
    store = ModelStore(models)
    folder = store.fetch(name, lambda done, total: progress(name, done, total), place)
    known = entry(name)
    yield f"{name}: {known.bytes / 1e6:.0f} MB, checked"
    if known.role == ModelRole.EMBED:
        yield f"{name}: is measured on this machine (half a minute) …"
        yield f"{name}: {set_up_embedder(folder)}"
    store.accept(name)


def set_up_embedder(folder: Path) -> str:
    """Run the embedder's set-up in a process of its own; what it found, in words. Raises ModelFileBad where
    the vectors are not those that the catalogue keeps of it."""
    done = subprocess.run(
        [sys.executable, "-m", "llm.embedder_setup", str(folder)],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=False,  # without a translation the model runs in torch
    )
    measured = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
    if reference(folder.name) is not None and not (measured.get("stored_cosine") or -1) >= LEAST_COSINE:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        problem = (
            f"its vectors have a cosine of {measured['stored_cosine']:.4f} to those of the model"
            if measured
            else ""
        )
        raise ModelFileBad(
            path=folder, problem=problem or f"its set-up failed ({lines[-1] if lines else 'killed'})"
        )
    plan = EmbedderPlan.read(folder)
    if plan is None:
        return "runs in torch"
    return f"runs in OpenVINO, {plan.precision}, cosine to torch {plan.cosine:.5f}"


def _engine_version() -> str:
    from importlib.metadata import version

    return version("llama-cpp-python")


def mark_tested(models: Path) -> None:
    """Note that this version of the engine runs here."""
    (models / TESTED).write_text(_engine_version())


def tested(models: Path) -> bool:
    """Whether this version of the engine has answered here."""
    try:
        return (models / TESTED).read_text() == _engine_version()
    except OSError:
        return False


def test_engine(settings: Settings, store: ModelStore, chat: InstalledModel) -> Iterator[str]:
    """Load the chat model and generate; if that fails, build the engine again for a plainer CPU. A model that
    Shoko chose and that is too slow here writes nothing from then on."""
    own = build_engine.tier_of_machine()
    for tier in build_engine.TIERS[build_engine.TIERS.index(own) :]:
        began = time.monotonic()
        engine = LlamaCpp(chat.name, LlamaSettings(store.path(chat)), settings.data / "logs")
        try:
            engine.start()
            mark_tested(store.folder)
            yield f"engine: {chat.name} answers after {time.monotonic() - began:.1f} s ({engine.system})"
            yield _time(settings, store, chat, engine)
            return
        except ModelUnfit as error:
            yield f"engine: {error.values['problem']}"
        finally:
            engine.close()
        below = build_engine.TIERS[build_engine.TIERS.index(tier) + 1 :][:1]
        if below:
            yield f"engine: is built again for {below[0]} (5 to 15 minutes) …"
            build_engine.build(below[0], fresh=True)
    yield "engine: no build of it runs here. Answers will be quotes alone; see `shoko doctor`."


def _time(settings: Settings, store: ModelStore, chat: InstalledModel, engine: LlamaCpp) -> str:
    verdict = time_first_sentence(settings, store, chat.name, engine)
    said = f"{chat.name}: its first sentence comes after {verdict.first_sentence_seconds:.1f} s"
    if not verdict.slow:
        return said
    return (
        f"{said}, more than SHOKO_FIRST_SENTENCE_SECONDS ({settings.first_sentence_seconds:g}): answers are"
        f" quotes alone. To let it write all the same: SHOKO_MODEL={chat.name}"
    )


def main() -> None:
    """`python -m operations.setup NAME FOLDER [PLACE]`: pull for the server, in a process that may go out;
    each line of its output is JSON."""
    name, models, place = sys.argv[1], Path(sys.argv[2]), "".join(sys.argv[3:])
    said = [0.0]

    def progress(what: str, done: int, total: int) -> None:
        if done == total or time.monotonic() - said[0] > 0.2:  # a person reads it, not a machine
            said[0] = time.monotonic()
            print(json.dumps({"done": done, "total": total}), flush=True)

    try:
        for line in pull(models, name, progress, place):
            print(json.dumps({"line": line, "step": "measure"}), flush=True)
    except ShokoError as error:
        problem = {"code": error.code, "message": str(error), "values": error.values}
        print(json.dumps({"problem": str(error), "error": problem}), flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

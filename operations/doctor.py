"""Looks at a data folder and a machine and says what is right, what to know, and what to fix."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import permutations
from pathlib import Path

from contract.values import ModelRole
from core import egress
from core.audit import first_broken_entry
from core.db import open_database
from core.errors import ShokoError
from core.settings import Settings
from ingest.ocr import LANGUAGES as LANGUAGES_OF_SCANS
from ingest.ocr import NETWORKS, installed_languages, recognition
from ingest.readers.office.legacy import converter
from llm.catalogue.entries import recommended
from llm.catalogue.store import ModelStore
from llm.engines.llama import LlamaCpp, LlamaSettings, last_crash, physical_cores
from llm.engines.tuning import Tuning
from llm.hardware import GB, cpu_features, free_memory, total_memory
from operations.chosen_models import wanted
from operations.library import reachable
from operations.records.originals import open_originals
from operations.sharing.standing import must_see_originals
from retrieval.answers.writing.translation import DIRECTIONS

LANGUAGES = {"ja": "Japanese", "en": "English", "zh": "Chinese"}
LEAST_DISK_GB = 2
ENGINE_FEATURES = ("sse4_2", "avx", "avx2", "fma", "f16c", "bmi2", "avx512f", "avx512_vnni", "amx_tile")


@dataclass(frozen=True)
class Remark:
    """Something that was looked at. `level` is ok, note (works, but know it) or fault (fix it)."""

    level: str
    what: str
    found: str
    fix: str = ""


def examine(settings: Settings) -> list[Remark]:
    """Everything that can be looked at without changing anything."""
    folder = _folder(settings)
    looked_at = [*_machine(settings), *_reading(settings)]
    if folder is not None:  # what lies in it cannot be looked at
        return [folder, *looked_at]
    return [*looked_at, *_models(settings), *_crash(settings), *_records(settings), *_originals(settings)]


def _folder(settings: Settings) -> Remark | None:
    """What is wrong with the data folder: it must be there, or be made, and be written to."""
    fix = "Let the account that runs Shoko write there, or choose another folder with --data or SHOKO_DATA."
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data):
            return None
    except OSError as error:
        problem = f"{settings.data} cannot be written: {error.strerror or error}"
        return Remark("fault", "data folder", problem, fix)


def _machine(settings: Settings) -> list[Remark]:
    amx = "has AMX, which the engine's build leaves out" if "amx_tile" in cpu_features() else ""
    findings = [
        Remark("ok", "Python", f"{platform.python_version()} at {sys.executable}"),
        Remark("ok", "cores", f"{physical_cores()} {amx}".strip()),
        Remark("ok", "CPU", _cpu()),
        Remark("ok", "memory", f"{total_memory() / GB:.1f} GB, {free_memory() / GB:.1f} GB free"),
    ]
    there = next(folder for folder in (settings.data, *settings.data.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(there).free / GB
    if free < LEAST_DISK_GB:
        findings.append(Remark("fault", "disk", f"{free:.1f} GB free", "Free some space, or move --data."))
    else:
        findings.append(Remark("ok", "disk", f"{free:.0f} GB free at {settings.data}"))
    return findings


def _reading(settings: Settings) -> list[Remark]:
    """What reads scans and old office files."""
    known = installed_languages()
    order = recognition(settings.ocr_languages, settings.ocr_seconds, settings.ocr_engine)
    used = order.languages
    lacking = [name for name in LANGUAGES_OF_SCANS if name not in known]
    packages = " ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in lacking)
    install = f"Debian, Ubuntu: `apt install tesseract-ocr {packages}`; then try the documents again."
    if settings.ocr_languages == "none":
        findings = [Remark("ok", "text recognition", "switched off (SHOKO_OCR_LANGUAGES=none)")]
    elif order.engine == NETWORKS:
        names = ", ".join(LANGUAGES_OF_SCANS[name] for name in used)
        findings = [Remark("ok", "text recognition", f"{names}, by the networks that come with Shoko")]
    elif not known:
        findings = [Remark("note", "text recognition", "no Tesseract: scans stay without text", install)]
    elif lacking or not used:
        names = ", ".join(LANGUAGES_OF_SCANS[name] for name in lacking) or settings.ocr_languages
        findings = [Remark("note", "text recognition", f"{' '.join(used)}; not installed: {names}", install)]
    else:
        findings = [Remark("ok", "text recognition", " ".join(used))]
    office = converter()
    if office is None:
        fix = "Debian, Ubuntu: `apt install libreoffice`; or save such files in today's formats."
        return [
            *findings,
            Remark("note", "LibreOffice", "none: .doc, .xls, .ppt, .rtf are not read", fix),
        ]
    return [*findings, Remark("ok", "LibreOffice", office)]


def _models(settings: Settings) -> list[Remark]:
    store = ModelStore(settings.models_folder)
    findings: list[Remark] = []
    if store.folder.exists() and not store.folder.is_dir():
        fix = "Set SHOKO_MODELS to a folder, or leave it out."
        return [Remark("fault", "models", f"{store.folder} is not a folder", fix)]
    try:
        engine = version("llama-cpp-python")
    except PackageNotFoundError:
        engine = ""
    if not engine:
        findings.append(Remark("fault", "engine", "llama-cpp-python is missing", "Run `make setup`."))
    try:
        chat = store.choose(ModelRole.CHAT, wanted(settings, ModelRole.CHAT))
        embedder = store.choose(ModelRole.EMBED, wanted(settings, ModelRole.EMBED))
    except ShokoError as error:
        return [*findings, Remark("fault", "models", str(error))]
    if chat is None:
        findings.append(
            Remark("note", "chat model", "none: answers are quotes alone", _better(ModelRole.CHAT))
        )
    elif engine:
        findings.append(_tried(store, chat.name, settings))
    if chat is not None and chat.languages and (missing := _missing(chat.languages)):
        findings.append(
            Remark("note", "chat model", f"{chat.name} does not write {missing}", _better(ModelRole.CHAT))
        )
    if embedder is None:
        findings.append(
            Remark("note", "embedder", "none: search is by words alone", _better(ModelRole.EMBED))
        )
    else:
        findings.append(Remark("ok", "embedder", f"{embedder.name} ({', '.join(embedder.languages)})"))
        if missing := _missing(embedder.languages):
            findings.append(
                Remark(
                    "note",
                    "embedder",
                    f"it does not know {missing}: those are searched by words, and a question in one"
                    " language does not find a document in another",
                    _better(ModelRole.EMBED),
                )
            )
    if chat is not None and embedder is not None:
        findings.append(_translating(settings, chat.languages, embedder.languages))
    return findings


def _translating(settings: Settings, written: Collection[str], known: Collection[str]) -> Remark:
    """Between which languages answers are written by the models that are installed."""
    wanted = settings.translated_answers
    pairs = [
        f"{LANGUAGES[quoted]} documents to {LANGUAGES[language]}"
        for quoted, language in permutations(LANGUAGES, 2)
        if language in written
        and {quoted, language} <= set(known)
        and (wanted == "all" or (wanted == "auto" and (quoted, language) in DIRECTIONS))
    ]
    says = "; ".join(pairs) or "none: documents in another language are quoted as they are"
    return Remark("ok", "translated answers", says)


def _missing(languages: tuple[str, ...]) -> str:
    return " and ".join(name for code, name in LANGUAGES.items() if code not in languages)


def _better(role: ModelRole) -> str:
    model = recommended(role)
    return (
        f"`shoko models pull {model.name}` ({model.bytes / 1e9:.1f} GB) fits this machine." if model else ""
    )


def _tried(store: ModelStore, name: str, settings: Settings) -> Remark:
    model = store.get(name)
    tuning = Tuning.read(store.folder / name)
    opened = LlamaSettings(
        store.path(model),
        settings.context_tokens,
        settings.threads or tuning.threads,
        flash_attention=tuning.flash_attention,
        kv_type=tuning.kv_type,
        gpu_layers=settings.gpu_layers,
        projector=store.projector(model),
    )
    engine = LlamaCpp(name, opened, settings.data / "logs")
    try:
        engine.start()
        gpu = "the engine can use a GPU" if engine.gpu else "the engine is built for the CPU alone"
        threads = settings.threads or tuning.threads or physical_cores()
        return Remark(
            "ok",
            "chat model",
            f"{name} loads and answers: {threads} threads, {settings.gpu_layers} layers on a GPU, {gpu};"
            f" built with {_flags(engine.system)}",
        )
    except ShokoError as error:
        return Remark(
            "fault",
            "chat model",
            str(error),
            "Run `make setup` to build the engine again for this CPU, or set SHOKO_MODEL=none.",
        )
    finally:
        engine.close()


def _flags(system: str) -> str:
    """What of the CPU the engine's build uses, out of the engine's own line."""
    on = [part.split("=")[0].strip() for part in system.split("|") if part.strip().endswith("= 1")]
    return " ".join(name.removeprefix("CPU : ") for name in on) or system


def _cpu() -> str:
    """Of the CPU's features those that the engine could use."""
    return (
        " ".join(name for name in ENGINE_FEATURES if name in cpu_features()) or "not reported by this system"
    )


def _crash(settings: Settings) -> list[Remark]:
    crash = last_crash(settings.data / "logs")
    if crash is None:
        return []
    lines = [line for line in crash["log"] if line.strip()]
    text = f"{crash['model']} died at {crash['at']}: {crash['problem']}" + (
        f" ({lines[-1]})" if lines else ""
    )
    return [Remark("note", "last death", text, "logs/model-crash-*.json in the data folder has more.")]


def _originals(settings: Settings) -> list[Remark]:
    """The place of the originals, if it is another than the data folder."""
    if not settings.originals:
        return []
    with tempfile.TemporaryDirectory(prefix="shoko-doctor-") as copies:
        try:
            egress.guard(reachable(settings))
            store = open_originals(settings.originals, settings, Path(copies))
            sessions = open_database(settings.database)
            try:
                must_see_originals(sessions, store)
            finally:
                sessions.close()
        except ShokoError as error:
            return [Remark("fault", "originals", str(error))]
        return [
            Remark("ok", "originals", f"{store.shown} answers, and has those of the newest versions"),
            *(Remark("note", "originals", f"{store.shown}: {remark}") for remark in store.remarks()),
        ]


def _records(settings: Settings) -> list[Remark]:
    try:
        sessions = open_database(settings.database)
    except ShokoError as error:
        return [Remark("fault", "records", str(error))]
    try:
        with sessions.read() as session:
            broken = first_broken_entry(session)
    finally:
        sessions.close()
    if broken is not None:
        return [
            Remark(
                "fault",
                "audit log",
                f"entry {broken} was changed or removed",
                "Compare with a backup; somebody wrote to the database.",
            )
        ]
    return [Remark("ok", "records", "tables and audit log are whole")]

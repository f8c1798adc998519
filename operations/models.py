"""What is known of models on this machine: the list, one model, and what it would take here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from contract.values import ModelRole
from llm.catalogue.entries import ModelEntry, catalogue
from llm.catalogue.estimate import (
    SAFETY,
    Rates,
    Speed,
    biggest_fitting,
    known_speed,
    main_type,
    measure_speed,
    memory_of,
    rough_speed,
    speed_of,
)
from llm.catalogue.store import InstalledModel, ModelStore
from llm.engines.llama import physical_cores
from llm.engines.tuning import Tuning
from llm.gguf import GgufHeader, check_gguf
from llm.hardware import GB, free_memory, total_memory

SPEEDS = "machine-speed.json"
# ggml's number of the layout that most weights of a quantisation have.
KINDS = {
    "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 8, "Q4_K_M": 12, "Q4_K_S": 12, "Q4_K_XL": 12, "Q5_K_M": 13,
    "Q6_K": 14, "MXFP4": 12,
}  # fmt: skip
USUAL_KIND = 12  # Q4_K: most of the catalogue
ENCODER_MEMORY = 1.5  # of their files' size is what embedders and rerankers take, roughly
MOST_OF_THE_MACHINE = 0.6  # of its memory a model that is not in the catalogue may take


@dataclass(frozen=True)
class Card:
    """A model as a list shows it. Sizes are bytes, speeds tokens a second, None where nothing is known.

    `basis` says what the figures rest on: `header` (of the installed file), or `catalogue` (sizes alone).
    `fits` means this machine when nothing else fills it, `fits_now` what is free at the moment.
    """

    name: str
    title: str
    role: str
    languages: list[str]
    licence: str
    bytes: int
    installed: bool
    demonstration: bool
    verified: bool
    opt_in: bool
    note: dict[str, str]
    good_for: list[str]
    faults: list[str]
    quirks: list[str]
    quantisation: str
    source: str
    fits: bool
    fits_now: bool
    basis: str
    memory: int
    read: float | None = None
    written: float | None = None
    typical_seconds: float | None = None
    problem: str = ""
    partial_bytes: int = field(default=0)  # of a download that stopped in the middle


def cards(models: Path, context_tokens: int, threads: int = 0) -> list[Card]:
    """The catalogue first, then what was imported. Nothing is loaded and nothing measured: speeds are told
    where this machine was measured before."""
    store = ModelStore(models)
    installed = {model.name: model for model in store.installed()}
    partial = store.unfinished()
    found = [
        _catalogue_card(
            store, one, installed.get(one.name), context_tokens, threads, partial.get(one.name, 0)
        )
        for one in catalogue()
    ]
    names = {card.name for card in found}
    found += [
        _imported_card(store, model, context_tokens, threads)
        for model in installed.values()
        if model.name not in names
    ]
    found += [_damaged_card(name, size) for name, size in partial.items() if name not in names]
    return found


def _catalogue_card(
    store: ModelStore,
    one: ModelEntry,
    installed: InstalledModel | None,
    context_tokens: int,
    threads: int,
    partial: int,
) -> Card:
    if installed is not None:
        told = _installed_figures(store, installed, context_tokens, threads)
    else:
        speed, need = None, round(ENCODER_MEMORY * one.bytes)
        if one.role in (ModelRole.CHAT, ModelRole.VISION):
            kind = KINDS.get(one.quantisation, USUAL_KIND)
            rates = known_speed(kind, threads or physical_cores(), store.folder / SPEEDS)
            speed = rough_speed(one.bytes * one.active_share, kind, rates) if rates else None
            need = one.memory(context_tokens)
        told = _Told("catalogue", need, speed)
    return Card(
        name=one.name, title=one.title, role=str(one.role), languages=list(one.languages),
        licence=one.licence, bytes=one.bytes, installed=installed is not None,
        demonstration=one.demonstration, verified=one.verified, opt_in=one.opt_in, note=one.note,
        good_for=list(one.good_for), faults=list(one.faults), quirks=list(one.quirks),
        quantisation=one.quantisation, source=one.source.kind,
        fits=one.memory_class_gb <= total_memory() / GB / 0.9, partial_bytes=partial, **told.fields(),
    )  # fmt: skip


def _imported_card(store: ModelStore, model: InstalledModel, context_tokens: int, threads: int) -> Card:
    told = _installed_figures(store, model, context_tokens, threads)
    return Card(
        name=model.name, title=model.name, role=model.role, languages=list(model.languages), licence="",
        bytes=model.bytes, installed=True, demonstration=False, verified=False, opt_in=False, note={},
        good_for=[], faults=[], quirks=[], quantisation="", source=model.source,
        fits=told.memory < MOST_OF_THE_MACHINE * total_memory(), **told.fields(),
    )  # fmt: skip


def _damaged_card(name: str, size: int) -> Card:
    problem = f"its record (model.json) cannot be read: import it again, or `shoko models rm {name}`"
    return Card(
        name=name, title=name, role=str(ModelRole.CHAT), languages=[], licence="", bytes=size,
        installed=False,
        demonstration=False, verified=False, opt_in=False, note={}, good_for=[], faults=[], quirks=[],
        quantisation="", source="", fits=False, fits_now=False, basis="catalogue", memory=size,
        problem=problem, partial_bytes=size,
    )  # fmt: skip


@dataclass(frozen=True)
class _Told:
    basis: str
    memory: int
    speed: Speed | None = None
    problem: str = ""

    def fields(self) -> dict[str, Any]:
        speed = self.speed
        return {
            "basis": self.basis,
            "memory": self.memory,
            "fits_now": self.memory <= SAFETY * free_memory(),
            "read": speed.read if speed else None,
            "written": speed.written if speed else None,
            "typical_seconds": speed.typical_seconds if speed else None,
            "problem": self.problem,
        }


def _installed_figures(store: ModelStore, model: InstalledModel, context_tokens: int, threads: int) -> _Told:
    if model.role not in (ModelRole.CHAT, ModelRole.VISION):
        return _Told("catalogue", round(ENCODER_MEMORY * model.bytes))
    try:
        header = _header(store.path(model))
    except Exception as error:  # noqa: BLE001  # one damaged file must not hide the list
        return _Told("catalogue", model.bytes, problem=str(error))
    tuning = Tuning.read(store.folder / model.name)
    memory = _memory(store, model, header, context_tokens, tuning)
    count = threads or tuning.threads or physical_cores()
    rates = known_speed(main_type(header), count, store.folder / SPEEDS)
    return _Told("header", sum(memory.values()), speed_of(header, rates) if rates else None)


_headers: dict[Path, tuple[int, int, GgufHeader]] = {}


def _header(path: Path) -> GgufHeader:
    """The header of a file; read once as long as the file stays as it is."""
    stat = path.stat()
    known = _headers.get(path)
    if known is None or known[:2] != (stat.st_mtime_ns, stat.st_size):
        known = _headers[path] = (stat.st_mtime_ns, stat.st_size, check_gguf(path))
    return known[2]


def _memory(
    store: ModelStore, model: InstalledModel, header: GgufHeader, context_tokens: int, tuning: Tuning
) -> dict[str, int]:
    """Bytes by what takes them; the part by which a model sees is a part too."""
    told = memory_of(header, context_tokens, kv_type=tuning.kv_type, flash_attention=tuning.flash_attention)
    projector = store.projector(model)
    return asdict(told) | ({"pictures": projector.stat().st_size} if projector else {})


def known(models: Path, name: str) -> dict[str, Any]:
    """Its entry in the catalogue and what is installed of it. Raises ModelUnknown."""
    store = ModelStore(models)
    entry = next((one.model_dump(mode="json") for one in catalogue() if one.name == name), None)
    installed = next((asdict(model) for model in store.installed() if model.name == name), None)
    if entry is None and installed is None:
        store.get(name)  # raises with the fix
    return {"catalogue": entry, "installed": installed}


def kinds_to_measure(models: Path) -> list[int]:
    """The layouts that speeds of a list rest on: the catalogue's usual one and those of installed files."""
    store = ModelStore(models)
    found = {USUAL_KIND}
    for model in store.installed():
        if model.role in (ModelRole.CHAT, ModelRole.VISION):
            try:
                found.add(main_type(_header(store.path(model))))
            except Exception:  # noqa: BLE001  # a damaged file is told where it is listed
                continue
    return sorted(found)


def measured(models: Path, threads: int = 0) -> bool:
    """Whether speeds can be told: this machine was measured with the usual layout."""
    return known_speed(USUAL_KIND, threads or physical_cores(), models / SPEEDS) is not None


def measure(models: Path, kinds: Iterable[int], threads: int = 0) -> dict[int, Rates]:
    """Measure this machine with those layouts, some ten seconds each; what is found is kept."""
    count = threads or physical_cores()
    return {kind: measure_speed(kind, count, models / SPEEDS) for kind in kinds}


def forget_speed(models: Path) -> None:
    """Measure anew the next time."""
    (models / SPEEDS).unlink(missing_ok=True)


def estimated(models: Path, name: str, context_tokens: int, threads: int = 0) -> dict[str, Any]:
    """Memory, and speed; nothing is loaded, but this machine is measured the first time. Raises ModelUnknown.

    Sizes are bytes, speeds tokens a second; `read` and `written` are 0 where they cannot be told.
    """
    store = ModelStore(models)
    free = free_memory()
    found = next((model for model in store.installed() if model.name == name), None)
    speed: Speed | None = None
    basis = "catalogue"
    if found is None:
        entry = next((one for one in catalogue() if one.name == name), None)
        if entry is None:
            store.get(name)
        assert entry is not None
        if entry.role in (ModelRole.CHAT, ModelRole.VISION):
            cache = context_tokens * entry.cache_bytes_per_token
            rest = entry.memory(context_tokens) - entry.bytes - cache
            parts = {"weights": entry.bytes, "cache": cache, "process and buffers, roughly": rest}
            kind = KINDS.get(entry.quantisation, USUAL_KIND)
            rates = measure_speed(kind, threads or physical_cores(), models / SPEEDS)
            speed = rough_speed(entry.bytes * entry.active_share, kind, rates)
        else:
            parts = _encoder_parts(entry.bytes)
    elif found.role not in (ModelRole.CHAT, ModelRole.VISION):
        parts = _encoder_parts(found.bytes)
    else:
        header = _header(store.path(found))
        tuning = Tuning.read(store.folder / name)
        parts, basis = _memory(store, found, header, context_tokens, tuning), "header"
        count = threads or tuning.threads or physical_cores()
        speed = speed_of(header, measure_speed(main_type(header), count, models / SPEEDS))
    need = sum(parts.values())
    fits = need <= SAFETY * free
    return {
        "name": name,
        "context_tokens": context_tokens,
        "basis": basis,
        "memory": need,
        "parts": parts,
        "free": free,
        "fits": fits,
        "read": speed.read if speed else 0.0,
        "written": speed.written if speed else 0.0,
        "typical_seconds": speed.typical_seconds if speed else 0.0,
        "instead": "" if fits else biggest_fitting(free),
    }


def _encoder_parts(size: int) -> dict[str, int]:
    return {"weights": size, "buffers, roughly": round((ENCODER_MEMORY - 1) * size)}

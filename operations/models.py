"""What is known of models on this machine: the list, one model, and what it would take here."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from llm.catalogue import Part, catalogue
from llm.estimate import (
    SAFETY,
    biggest_fitting,
    main_type,
    measure_speed,
    memory_of,
    rough_need,
    speed_of,
)
from llm.gguf import check_gguf
from llm.hardware import GB, free_memory, total_memory
from llm.llama import physical_cores
from llm.store import ModelStore
from llm.tuning import Tuning

SPEEDS = "machine-speed.json"


def listed(models: Path) -> list[dict[str, Any]]:
    """The catalogue first, then what was imported, each with whether it is installed and fits."""
    installed = {model.name: model for model in ModelStore(models).installed()}
    memory = total_memory() / GB / 0.9
    rows: list[dict[str, Any]] = [
        {
            "name": entry.name,
            "role": str(entry.role),
            "languages": list(entry.languages),
            "bytes": entry.bytes,
            "licence": entry.licence,
            "installed": entry.name in installed,
            "fits": entry.memory_class_gb <= memory,
            "note": entry.note["en"],
        }
        for entry in catalogue()
    ]
    names = {row["name"] for row in rows}
    rows += [
        {
            "name": model.name,
            "role": model.role,
            "languages": list(model.languages),
            "bytes": model.bytes,
            "licence": "",
            "installed": True,
            "fits": model.bytes / GB < memory * 0.6,
            "note": f"imported from {model.source}",
        }
        for model in installed.values()
        if model.name not in names
    ]
    return rows


def known(models: Path, name: str) -> dict[str, Any]:
    """Its entry in the catalogue and what is installed of it. Raises ModelUnknown."""
    store = ModelStore(models)
    entry = next((one.model_dump(mode="json") for one in catalogue() if one.name == name), None)
    installed = next((asdict(model) for model in store.installed() if model.name == name), None)
    if entry is None and installed is None:
        store.get(name)  # raises with the fix
    return {"catalogue": entry, "installed": installed}


def estimated(models: Path, name: str, context_tokens: int, threads: int = 0) -> dict[str, Any]:
    """Memory, and speed where the file is here; nothing is loaded. Raises ModelUnknown.

    Sizes are bytes, speeds tokens a second; `read` and `written` are 0 where they cannot be told.
    """
    store = ModelStore(models)
    free = free_memory()
    found = next((model for model in store.installed() if model.name == name), None)
    if found is None:
        entry = next((one for one in catalogue() if one.name == name), None)
        if entry is None:
            store.get(name)
        assert entry is not None
        need = rough_need(entry, context_tokens)
        parts, speed = {"weights": entry.bytes, "cache and buffers, roughly": need - entry.bytes}, None
    elif found.role != Part.CHAT:
        need, speed = round(1.5 * found.bytes), None
        parts = {"weights": found.bytes, "buffers, roughly": need - found.bytes}
    else:
        header = check_gguf(store.path(found))
        tuning = Tuning.read(store.folder / name)
        memory = memory_of(
            header, context_tokens, kv_type=tuning.kv_type, flash_attention=tuning.flash_attention
        )
        need, parts = memory.total, asdict(memory)
        rates = measure_speed(
            main_type(header), threads or tuning.threads or physical_cores(), models / SPEEDS
        )
        speed = speed_of(header, rates)
    fits = need <= SAFETY * free
    return {
        "name": name,
        "context_tokens": context_tokens,
        "memory": need,
        "parts": parts,
        "free": free,
        "fits": fits,
        "read": speed.read if speed else 0.0,
        "written": speed.written if speed else 0.0,
        "typical_seconds": speed.typical_seconds if speed else 0.0,
        "instead": "" if fits else biggest_fitting(free),
    }

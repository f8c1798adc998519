"""`python -m operations.selftest DATA`: whether the installed models run here; it fetches and builds
nothing. The installer for isolated computers ends with it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from contract.values import ModelRole
from core.egress import guard, silence_telemetry
from core.errors import ModelUnfit
from llm.catalogue.store import ModelStore
from llm.engines.llama import LlamaCpp, LlamaSettings, physical_cores
from operations.setup import mark_tested


def try_models(models: Path, logs: Path) -> Iterator[tuple[bool, str]]:
    """Each thing that was tried: whether it works, in words. A missing model is reported and is no fault:
    Shoko answers with quotes alone then."""
    store = ModelStore(models)
    embedder = store.choose(ModelRole.EMBED, "auto")
    if embedder is None:
        yield True, "no embedding model: search goes by words"
    else:
        from llm.embedder import open_embedder  # seconds, and only where there is one

        began = time.monotonic()
        opened = open_embedder(embedder, store.path(embedder), threads=physical_cores())
        fits = opened.query("When does the gate open?").shape[-1] == opened.dimensions
        yield fits, f"{embedder.name}: embeds after {time.monotonic() - began:.1f} s"
    chat = store.choose(ModelRole.CHAT, "auto")
    if chat is None:
        yield True, "no chat model: answers are quotes alone"
        return
    began = time.monotonic()
    engine = LlamaCpp(chat.name, LlamaSettings(store.path(chat)), logs)
    try:
        engine.start()
        mark_tested(models)
        yield True, f"{chat.name}: answers after {time.monotonic() - began:.1f} s ({engine.system})"
    except ModelUnfit as error:
        yield (
            False,
            f"{error} The bundle's engine may be made for another processor: `shoko bundle --engine`.",
        )
    finally:
        engine.close()


def main() -> None:
    """Print what was found; ends with 1 where something does not work."""
    silence_telemetry()
    guard()
    data = Path(sys.argv[1])
    good = True
    for works, said in try_models(data / "models", data / "logs"):
        print(f"  {'ok' if works else 'FAULT'}  {said}", flush=True)
        good = good and works
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

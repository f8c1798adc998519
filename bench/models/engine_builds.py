"""Compares builds of the engine on this machine: prompt and generation speed of each wheel, in turn.

    python -m bench.models.engine_builds WHEEL … [--model FILE.gguf]

Each wheel is unpacked beside the installed one and used in a process of its own. The layout of the weights
matters as much as the build: llama.cpp repacks Q4_0 for wide registers and leaves Q4_1 as it is, so the
model is measured as it comes and requantised to Q4_0.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from contract.values import ModelRole
from core.settings import load_settings
from llm.catalogue.store import ModelStore
from llm.engines.llama import physical_cores

ROUNDS = 3
LOOP = """
import json, sys, time
import llama_cpp
path, threads, flash = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "1"
llama = llama_cpp.Llama(path, n_ctx=2048, n_batch=256, n_threads=threads, n_threads_batch=threads,
                        flash_attn=flash, verbose=False)
prompt = llama.tokenize(("The daily allowance in Osaka is 3,000 yen for grade B. " * 90).encode())[:1000]
read = written = 0.0
for _ in range(3):
    llama.reset(); llama._ctx.kv_cache_clear()
    began = time.perf_counter()
    llama.eval(prompt)
    read = max(read, len(prompt) / (time.perf_counter() - began))
    began = time.perf_counter()
    for _ in range(60):
        llama.eval([llama.sample(temp=0.0)])
    written = max(written, 60 / (time.perf_counter() - began))
print(json.dumps([read, written]))
"""
QUANTISE = """
import sys, ctypes, llama_cpp
order = llama_cpp.llama_model_quantize_default_params()
order.ftype, order.allow_requantize = llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0, True
sys.exit(llama_cpp.llama_model_quantize(sys.argv[1].encode(), sys.argv[2].encode(), ctypes.byref(order)))
"""


def main() -> None:
    """Print a table: build, layout, flash attention, tokens a second of prompt and of generation."""
    asked = argparse.ArgumentParser(description="Compare builds of the engine.")
    asked.add_argument("wheels", nargs="+", type=Path)
    asked.add_argument("--model", type=Path)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="shoko-builds-") as place:
        model = given.model or _default_model()
        plain = Path(place) / "q4_0.gguf"
        subprocess.run(
            [sys.executable, "-c", QUANTISE, str(model), str(plain)], check=True, stderr=subprocess.DEVNULL
        )
        print(
            "| build | layout | flash attention | prompt tokens/s | generated tokens/s |",
            "|---|---|---|---|---|",
            sep="\n",
        )
        for wheel in given.wheels:
            folder = Path(place) / wheel.parent.name
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)
            for layout, file in ((model.stem.rpartition(".")[2], model), ("Q4_0", plain)):
                for flash in ("0", "1"):
                    read, written = _run(folder, file, flash)
                    shown = "on" if flash == "1" else "off"
                    print(
                        f"| {wheel.parent.name} | {layout} | {shown} | {read:.0f} | {written:.0f} |",
                        flush=True,
                    )


def _run(folder: Path, file: Path, flash: str) -> tuple[float, float]:
    best = (0.0, 0.0)
    for _ in range(ROUNDS):
        done = subprocess.run(
            [sys.executable, "-c", LOOP, str(file), str(physical_cores()), flash],
            env=os.environ | {"PYTHONPATH": str(folder)},
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        read, written = json.loads(done.stdout.splitlines()[-1])
        best = max(best[0], read), max(best[1], written)
    return best


def _default_model() -> Path:
    store = ModelStore(load_settings().models_folder)
    model = store.choose(ModelRole.CHAT, "auto")
    assert model is not None, "run `make setup` first"
    return store.path(model)


if __name__ == "__main__":
    main()

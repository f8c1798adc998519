"""How the chat model's threads should wait for one another: tokens a second with each way, alone on the
machine and beside a process that holds one core.

    python -m bench.models.waiting [--rounds 3]

The engine's threads meet some hundred times for each token. One that spins is there at once, but on a machine
with other work it holds the core that the one it waits for needs; one that sleeps costs a call of the kernel
at each meeting. GNU's OpenMP can spin for a while and then sleep (GOMP_SPINCOUNT).
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from bench.figures import Figure, p50
from bench.models.language_model import stream

CONTEXT = 2048
TOKENS = 24  # few: beside other work a spinning thread may write one in two seconds
WAYS = {
    "as the library comes": {},
    "asleep at once": {"OMP_WAIT_POLICY": "passive"},
    "spins 1,000 times, then sleeps": {"GOMP_SPINCOUNT": "1000"},
    "spins 3,000 times, then sleeps": {"GOMP_SPINCOUNT": "3000"},
    "spins 10,000 times, then sleeps": {"GOMP_SPINCOUNT": "10000"},
    "spins 30,000 times, then sleeps": {"GOMP_SPINCOUNT": "30000"},
}


def measure(place: Path, rounds: int = 3) -> list[Figure]:
    """Tokens a second of each way, the ways in turn; medians over the rounds."""
    from contract.values import ModelRole
    from core.settings import load_settings
    from llm.catalogue.store import ModelStore
    from llm.engines import llama

    store = ModelStore(load_settings().models_folder)
    model = store.choose(ModelRole.CHAT, "auto")
    if model is None:
        raise SystemExit("No chat model was found. Get the default models first: make setup")
    settings = llama.LlamaSettings(store.path(model), CONTEXT)
    with contextlib.ExitStack() as closing:
        engines = {}
        for way, environment in WAYS.items():
            with patch.object(llama, "ENVIRONMENT", {"PYTHONUTF8": "1", **environment}):
                engines[way] = llama.LlamaCpp(model.name, settings, place / "logs")
                engines[way].start()
            closing.callback(engines[way].close)
        figures = []
        for beside, company in (("alone", contextlib.nullcontext()), ("beside a busy process", _busy())):
            with company:
                written: dict[str, list[float]] = {way: [] for way in WAYS}
                for number in range(rounds):
                    for way, engine in engines.items():
                        prompt = f"{number}. Write a long story about a warehouse."
                        written[way].append(stream(engine, prompt, TOKENS)[0])
            figures += [
                Figure(f"{way}, {beside}", p50(speeds), "tokens/s") for way, speeds in written.items()
            ]
    return figures


@contextlib.contextmanager
def _busy() -> Iterator[None]:
    """One process that does nothing but count."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


def main() -> None:
    """Print the figures."""
    asked = argparse.ArgumentParser(description="How the engine's threads wait.")
    asked.add_argument("--rounds", type=int, default=3)
    with tempfile.TemporaryDirectory(prefix="shoko-bench-") as place:
        for figure in measure(Path(place), asked.parse_args().rounds):
            print(f"| {figure.what} | {figure.shown} |", flush=True)


if __name__ == "__main__":
    main()

"""The chat model through the product's child process against llama-cpp-python's own loop, with the same
settings and in turn, so that the machine's other work falls on both; and what a second question on the same
passages waits for its first word.

    python -m bench.models.language_model [--rounds 7]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.corpus import passage
from bench.figures import Figure, p50

TOKENS = 64
ROUNDS = 5
CONTEXT = 4096
PASSAGES = 2  # of a prompt, as an answer's has quotes
# The bare loop: no child of ours, no guard, no queue. It reads a request a line and writes its times.
BARE = """
import json, sys, time
from llama_cpp import Llama
path, threads, context = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
llama = Llama(path, n_ctx=context, n_batch=256, n_threads=threads, n_threads_batch=threads, verbose=False)
print("{}", flush=True)
for line in sys.stdin:
    request = json.loads(line)
    messages = [{"role": "user", "content": request["prompt"]}]
    began = time.perf_counter()
    first = count = 0
    for piece in llama.create_chat_completion(
        messages, max_tokens=request["tokens"], temperature=0.0, stream=True
    ):
        if piece["choices"][0]["delta"].get("content"):
            count += 1
            first = first or time.perf_counter()
    print(json.dumps([(count - 1) / (time.perf_counter() - first), first - began]), flush=True)
"""


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description="The product's stream against the bare loop.")
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    with tempfile.TemporaryDirectory(prefix="shoko-bench-") as place:
        for figure in measure(Path(place), asked.parse_args().rounds):
            print(f"{figure.what}: {figure.shown}  {figure.asked}", flush=True)


def measure(place: Path, rounds: int = ROUNDS) -> list[Figure]:
    """Tokens a second and the time to the first token, of both in turn; medians over the rounds."""
    from contract.values import ModelRole
    from core.settings import load_settings
    from llm.catalogue.store import ModelStore
    from llm.engines.llama import LlamaCpp, LlamaSettings, physical_cores

    store = ModelStore(load_settings().models_folder)
    model = store.choose(ModelRole.CHAT, "auto")
    assert model is not None
    path, threads = store.path(model), physical_cores()
    prompt = "Write a long story about a warehouse. " + passage(1, "en")
    began = time.perf_counter()
    engine = LlamaCpp(model.name, LlamaSettings(path, CONTEXT, threads), place / "logs")
    engine.start()
    started = time.perf_counter() - began
    ratios, gaps, speeds, bares = [], [], [], []
    try:
        with bare(path, threads) as ask:
            for number in range(rounds):
                # Another beginning each round, so that neither reuses the prompt before.
                own_prompt = f"{number}. {prompt}"
                # Whose turn is first changes: what else the machine does must not favour one.
                turns = ["bare", "product"] if number % 2 else ["product", "bare"]
                streamed = {}
                for turn in turns:
                    streamed[turn] = ask(own_prompt) if turn == "bare" else stream(engine, own_prompt, TOKENS)
                speeds.append(streamed["product"][0])
                bares.append(streamed["bare"][0])
                ratios.append(streamed["product"][0] / streamed["bare"][0])
                gaps.append(1000 * (streamed["product"][1] - streamed["bare"][1]))
        overhead = around(engine)
        first, second = second_question(engine, rounds)
    finally:
        engine.close()
    return [
        Figure("chat model loaded and tested", started, "s"),
        Figure("llama-cpp-python's own loop, median", p50(bares), "tokens/s", "", True),
        Figure("the product's stream, median", p50(speeds), "tokens/s", "", True),
        Figure(f"ratio, median of {rounds} rounds in turn", p50(ratios), "×", "≥ 0.95", True),
        Figure("first token, product less bare loop, median", p50(gaps), "ms", "≤ 15 ms"),
        Figure("first token, what the product adds around the engine, median", overhead, "ms", "≤ 15 ms"),
        Figure("first token of a question on new passages, median", 1000 * first, "ms"),
        Figure("first token of a second question on the same passages, median", 1000 * second, "ms"),
        Figure("second / first", second / first, "×", "≤ 0.25"),
    ]


@contextlib.contextmanager
def bare(path: Path, threads: int) -> Iterator[Any]:
    """The bare loop in a process of its own; called with a prompt it gives tokens a second and seconds to
    the first."""
    request = [sys.executable, "-c", BARE, str(path), str(threads), str(CONTEXT)]
    with subprocess.Popen(
        request, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()  # loaded

        def ask(prompt: str) -> tuple[float, float]:
            process.stdin.write(json.dumps({"prompt": prompt, "tokens": TOKENS}) + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            speed, first = json.loads(process.stdout.readline())  # type: ignore[union-attr]
            return speed, first

        yield ask
        process.stdin.close()


def stream(engine: Any, prompt: str, tokens: int) -> tuple[float, float]:
    """Of the product: tokens a second as they arrive, and seconds to the first. An empty piece is a sign of
    life and no token."""
    from llm.model import GenerationRequest, Message

    asked = time.perf_counter()
    generation = engine.generate(GenerationRequest([Message("user", prompt)], max_tokens=tokens))
    first, count = 0.0, 0
    for piece in generation.pieces:
        if piece:
            count += 1
            first = first or time.perf_counter()
    return (count - 1) / (time.perf_counter() - first), first - asked


def around(engine: Any, times: int = 9) -> float:
    """Milliseconds to the first token that are none of the engine's own: from the request to its
    arrival, less what the child itself spent on it (its template, its reading, its first token)."""
    from llm.model import GenerationRequest, Message

    gaps = []
    for number in range(times):
        asked = time.perf_counter()
        generation = engine.generate(GenerationRequest([Message("user", f"{number}?")], max_tokens=2))
        first = 0.0
        for piece in generation.pieces:
            if piece and not first:
                first = time.perf_counter()
        gaps.append(1000 * (first - asked) - generation.timings_ms["first_token"])
    return p50(gaps)


def second_question(engine: Any, rounds: int) -> tuple[float, float]:
    """Seconds to the first token of a question on passages that were not read before, and of another question
    on the same ones, in the order of the product's prompts: rules, passages, question."""
    firsts, seconds = [], []
    for number in range(rounds):
        passages = "\n\n".join(passage(100 * number + place, "en") for place in range(PASSAGES))
        for waits, question in ((firsts, "What is the fee?"), (seconds, "Who has to sign the form?")):
            waits.append(stream(engine, f"Answer from these passages.\n{passages}\n\n{question}", 4)[1])
    return p50(firsts), p50(seconds)


if __name__ == "__main__":
    main()

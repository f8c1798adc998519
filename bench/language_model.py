"""The chat model through the product's child process, against llama-cpp-python's own loop in the same run,
with the same settings; and the time to the first token of an answer with its quotes as the prompt."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from bench.corpus import passage
from bench.figures import Figure, p50

TOKENS = 120
ROUNDS = 3
BARE = """
import json, sys, time
from llama_cpp import Llama
path, threads, prompt, tokens = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
llama = Llama(path, n_ctx=4096, n_batch=256, n_threads=threads, n_threads_batch=threads, verbose=False)
messages = [{"role": "user", "content": prompt}]
best, first_best = 0.0, 1e9
for _ in range(3):
    llama.reset()
    began = time.perf_counter()
    first = count = 0
    for piece in llama.create_chat_completion(messages, max_tokens=tokens, temperature=0.0, stream=True):
        if "content" in piece["choices"][0]["delta"]:
            count += 1
            first = first or time.perf_counter()
    best = max(best, (count - 1) / (time.perf_counter() - first))
    first_best = min(first_best, first - began)
print(json.dumps([best, first_best]))
"""


def measure(place: Path) -> list[Figure]:
    """Tokens a second and the time to the first token, of both."""
    from core.settings import load_settings
    from llm.catalogue import Part
    from llm.llama import LlamaCpp, LlamaSettings, physical_cores
    from llm.model import Message, Order
    from llm.store import ModelStore

    store = ModelStore(load_settings().models_folder)
    model = store.choose(Part.CHAT, "auto")
    assert model is not None
    prompt = "Write a long story about a warehouse. " + passage(1, "en")
    done = subprocess.run(
        [sys.executable, "-c", BARE, str(store.path(model)), str(physical_cores()), prompt, str(TOKENS)],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    bare, bare_first = json.loads(done.stdout.splitlines()[-1])
    began = time.perf_counter()
    engine = LlamaCpp(model.name, LlamaSettings(store.path(model)), place / "logs")
    engine.start()
    started = time.perf_counter() - began
    speeds, firsts = [], []
    for number in range(ROUNDS):
        # Another beginning each round, so that nothing of the prompt before is reused.
        order = Order([Message("user", f"{number}. {prompt}")], max_tokens=TOKENS)
        asked = time.perf_counter()
        first, count = 0.0, 0
        for _ in engine.generate(order).pieces:
            count += 1
            first = first or time.perf_counter()
        speeds.append((count - 1) / (time.perf_counter() - first))
        firsts.append(first - asked)
    again = engine.generate(Order([Message("user", f"{ROUNDS - 1}. {prompt} And then?")], max_tokens=4))
    asked = time.perf_counter()
    next(again.pieces)
    reused = time.perf_counter() - asked
    list(again.pieces)
    engine.close()
    return [
        Figure("chat model loaded and tested", started, "s"),
        Figure("llama-cpp-python's own loop", bare, "tokens/s", "", True),
        Figure("the product's stream", max(speeds), "tokens/s", "", True),
        Figure("ratio", max(speeds) / bare, "×", "", True),
        Figure("first token, llama-cpp-python", 1000 * bare_first, "ms"),
        Figure("first token, the product", 1000 * min(firsts), "ms"),
        Figure("first token, the product, median", 1000 * p50(firsts), "ms"),
        Figure("first token of a second prompt with the same beginning", 1000 * reused, "ms"),
    ]

"""The product's embedder against sentence-transformers' default `encode` (torch, fp32) on the same
passages in the same run, with the difference of their vectors; each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from bench.figures import Figure

PASSAGES = 240
ORDER = """
import json, sys, time
import numpy as np
from bench.models.embedding import passages, product, torch_default
run = {"product": product, "torch": torch_default}[sys.argv[1]]
speed, vectors = run()
np.save(sys.argv[2], vectors)
print(json.dumps(speed))
"""


def passages() -> list[str]:
    """English passages of 20 to 230 tokens."""
    from bench.corpus import passage

    texts = [passage(number, "en") for number in range(PASSAGES)]
    return [" ".join(text.split()[: 15 + 13 * (number % 9)]) for number, text in enumerate(texts)]


def product() -> tuple[float, np.ndarray]:
    """Passages a second of the product's embedder."""
    from contract.values import ModelRole
    from core.settings import load_settings
    from llm.catalogue.store import ModelStore
    from llm.embedder import open_embedder
    from llm.engines.llama import physical_cores

    store = ModelStore(load_settings().models_folder)
    model = store.choose(ModelRole.EMBED, "auto")
    assert model is not None
    embedder = open_embedder(model, store.path(model), threads=physical_cores())
    return _timed(embedder.passages)


def torch_default() -> tuple[float, np.ndarray]:
    """Passages a second of sentence-transformers as it comes."""
    from sentence_transformers import SentenceTransformer

    from contract.values import ModelRole
    from core.settings import load_settings
    from llm.catalogue.store import ModelStore

    store = ModelStore(load_settings().models_folder)
    model = store.choose(ModelRole.EMBED, "auto")
    assert model is not None
    engine = SentenceTransformer(str(store.path(model)), device="cpu", local_files_only=True)
    return _timed(lambda texts: engine.encode(texts, show_progress_bar=False))


def _timed(encode: object) -> tuple[float, np.ndarray]:
    texts = passages()
    encode(texts[:16])  # type: ignore[operator]  # both engines' functions
    began = time.perf_counter()
    vectors = encode(texts)  # type: ignore[operator]  # both engines' functions
    return len(texts) / (time.perf_counter() - began), np.asarray(vectors)


def measure(place: Path) -> list[Figure]:
    """Both speeds, their ratio, and how far the vectors differ."""
    speeds, vectors = {}, {}
    for name in ("torch", "product"):
        done = subprocess.run(
            [sys.executable, "-c", ORDER, name, str(place / name)],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        speeds[name] = float(json.loads(done.stdout.splitlines()[-1]))
        vectors[name] = np.load(place / f"{name}.npy")
    difference = np.abs(vectors["product"] - vectors["torch"])
    cosine = (vectors["product"] * vectors["torch"]).sum(axis=1)
    return [
        Figure("sentence-transformers' default encode", speeds["torch"], "passages/s", "", True),
        Figure("the product's embedder", speeds["product"], "passages/s", "", True),
        Figure("ratio", speeds["product"] / speeds["torch"], "×", "≥ 1.8 ×", True),
        Figure("1 − least cosine between both vectors", 1 - float(cosine.min()), ""),
        Figure("mean difference of a component", float(difference.mean()), "", "< 0.0005 (three places)"),
        Figure("greatest difference of a component", float(difference.max()), ""),
    ]

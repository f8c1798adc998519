"""Vectors that a model is known to give, kept with the catalogue: one that was unpacked here is compared with
them before it counts as installed."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from llm.embedder import Embedder, Vectors

STORED = Path(__file__).parent / "catalogue" / "reference_vectors.json"
LEAST_COSINE = 0.999  # 16 bits of storage cost less than a hundred-thousandth, a wrong weight far more


@dataclass(frozen=True)
class Reference:
    """Texts to be found and questions, with the vectors that the model gives for them, row by row."""

    passages: tuple[str, ...]
    queries: tuple[str, ...]
    vectors: Vectors

    def least_cosine(self, embedder: Embedder) -> float:
        """The least cosine between the stored vectors and that embedder's; -1 if the shapes differ."""
        queries = [embedder.query(text) for text in self.queries]
        computed = np.vstack([embedder.passages(self.passages), *queries])
        if computed.shape != self.vectors.shape:
            return -1.0
        return float((computed * self.vectors).sum(axis=1).min())


def reference(name: str) -> Reference | None:
    """The stored vectors of that model; None if there are none."""
    stored = json.loads(STORED.read_text(encoding="utf-8")).get(name)
    if stored is None:
        return None
    passages, queries = tuple(stored["passages"]), tuple(stored["queries"])
    values = np.frombuffer(base64.b64decode(stored["vectors"]), "<f2").astype(np.float32)
    vectors = values.reshape(len(passages) + len(queries), -1)
    return Reference(passages, queries, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

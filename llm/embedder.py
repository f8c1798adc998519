"""Texts to vectors. The model runs in OpenVINO if `llm/embedder_setup.py` could translate it, else in
torch through sentence-transformers; both give unit vectors and pass the same behaviour tests.

The OpenVINO engine needs no torch at run time: the back-end starts in seconds and stays small.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from llm.catalogue.store import InstalledModel

Vectors = NDArray[np.float32]

BATCH = 8  # more gains nothing on two cores (measured, docs/benchmarks.md) and costs memory
SPECIAL_TOKENS = 2  # around each part of a text that was cut
PLAN = "openvino/plan.json"  # written last by the set-up: the translation is complete and was compared


class Embedder(Protocol):
    """Turns texts into unit vectors of `dimensions` float32 each. Safe to call from many threads."""

    @property
    def name(self) -> str:
        """The model's name: vectors of two names are not comparable."""

    @property
    def dimensions(self) -> int:
        """The length of a vector."""

    @property
    def languages(self) -> frozenset[str]:
        """The languages it knows; it gives vectors for others too, and they mean little."""

    @property
    def longest_tokens(self) -> int:
        """Tokens of a text that it reads; what is behind them has no part in the vector."""

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each whole text."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts to be found, shape (len(texts), dimensions)."""

    def query(self, text: str) -> Vectors:
        """The vector of a question, shape (dimensions,)."""


@dataclass(frozen=True)
class EmbedderPlan:
    """How the translated model is run; `embedder_setup` measured it on this machine."""

    precision: str  # f32 or bf16
    pooling: str  # mean or cls
    longest_tokens: int
    dimensions: int
    cosine: float  # least cosine between a vector and torch's own, over the set-up's texts

    @classmethod
    def read(cls, folder: Path) -> EmbedderPlan | None:
        """The plan in that model folder; None if it was never translated."""
        try:
            return cls(**json.loads((folder / PLAN).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):  # none, or half of one
            return None


class OpenVinoEmbedder:
    """A sentence-transformers model (transformer, mean or cls pooling, unit length) in OpenVINO."""

    def __init__(
        self,
        model: InstalledModel,
        folder: Path,
        plan: EmbedderPlan,
        *,
        threads: int,
        precision: str = "",
    ) -> None:
        import openvino
        from tokenizers import Tokenizer

        self._model, self._plan = model, plan
        compiled = openvino.Core().compile_model(
            folder / "openvino" / "model.xml",
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": precision or plan.precision,
                # A short text gains nothing from a second thread and costs half as much again (measured), so
                # each of several runs on one.
                "NUM_STREAMS": str(threads),
                "INFERENCE_NUM_THREADS": str(threads),
            },
        )
        self._free: SimpleQueue[Any] = SimpleQueue()
        for _ in range(threads):
            self._free.put(compiled.create_infer_request())
        self._streams = ThreadPoolExecutor(threads, thread_name_prefix="embed")
        self._inputs = [port.get_any_name() for port in compiled.inputs]
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()  # some tokenizer files pad every text to a fixed length
        self._tokenizer.enable_truncation(plan.longest_tokens)

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self._plan.dimensions

    @property
    def languages(self) -> frozenset[str]:
        """The languages it knows."""
        return frozenset(self._model.languages)

    @property
    def longest_tokens(self) -> int:
        """Tokens of a text that it reads."""
        return self._plan.longest_tokens

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each whole text."""
        prefix = self._model.passage_prefix
        return [
            len(encoding.ids) + sum(len(part.ids) - SPECIAL_TOKENS for part in encoding.overflowing)
            for encoding in self._tokenizer.encode_batch([prefix + text for text in texts])
        ]

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts to be found; texts of like length run together, so little is padding."""
        prefix = self._model.passage_prefix
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        vectors = np.empty((len(texts), self.dimensions), np.float32)

        def fill(start: int) -> None:
            batch = order[start : start + BATCH]
            vectors[batch] = self._run([prefix + texts[number] for number in batch])

        starts = range(0, len(order), BATCH)
        if len(starts) > 1:
            list(self._streams.map(fill, starts))
        elif starts:
            fill(0)
        return vectors

    def query(self, text: str) -> Vectors:
        """The vector of a question."""
        vector: Vectors = self._run([self._model.query_prefix + text])[0]
        return vector

    def _run(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        longest = max(len(encoding.ids) for encoding in encoded)
        ids = np.zeros((len(texts), longest), np.int64)
        mask = np.zeros((len(texts), longest), np.int64)
        for row, encoding in enumerate(encoded):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        request = self._free.get()  # its buffers are reused, so one text at a time has it
        try:
            request.infer({name: given[name] for name in self._inputs})
            states = np.array(request.get_output_tensor(0).data, np.float32)
        finally:
            self._free.put(request)
        if self._plan.pooling == "cls":
            pooled = states[:, 0]
        else:
            weight = mask[..., None].astype(np.float32)
            pooled = (states * weight).sum(axis=1) / weight.sum(axis=1)
        vectors: Vectors = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return vectors


class TorchEmbedder:
    """Any sentence-transformers model, in torch, for which OpenVINO has no translation."""

    def __init__(self, model: InstalledModel, folder: Path, *, threads: int) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(threads)
        self._model = model
        self._engine = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self._engine.get_sentence_embedding_dimension() or 0)

    @property
    def languages(self) -> frozenset[str]:
        """The languages it knows."""
        return frozenset(self._model.languages)

    @property
    def longest_tokens(self) -> int:
        """Tokens of a text that it reads."""
        return int(self._engine.max_seq_length or 512)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each whole text."""
        encoded = self._engine.tokenizer([self._model.passage_prefix + text for text in texts])
        return [len(ids) for ids in encoded["input_ids"]]

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts to be found."""
        return self._encode([self._model.passage_prefix + text for text in texts])

    def query(self, text: str) -> Vectors:
        """The vector of a question."""
        vector: Vectors = self._encode([self._model.query_prefix + text])[0]
        return vector

    def _encode(self, texts: list[str]) -> Vectors:
        with self._lock:
            vectors: Vectors = self._engine.encode(
                texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, np.float32).reshape(len(texts), self.dimensions)


def open_embedder(model: InstalledModel, folder: Path, *, threads: int) -> Embedder:
    """The fastest engine that this model was found fit for at its set-up."""
    plan = EmbedderPlan.read(folder)
    if plan is None:
        return TorchEmbedder(model, folder, threads=threads)
    return OpenVinoEmbedder(model, folder, plan, threads=threads)

"""Reads a question and a passage together and says how well the passage answers. Optional: an engine reads
every passage again for every question, which takes a GPU or patience.

The one real engine is sentence-transformers' CrossEncoder over a model's folder on this disk; nothing is
ever downloaded.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from core.errors import RerankerMissing

BATCH = 8


class Reranker(Protocol):
    """Judges passages against a question. Safe to call from many threads."""

    @property
    def name(self) -> str:
        """The model's name."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers, 0 to 1, in the order of the texts."""


class CrossEncoderReranker:
    """A cross-encoder in torch, from a folder as sentence-transformers or transformers saves it."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        import torch
        from sentence_transformers import CrossEncoder

        if not (folder / "config.json").is_file():
            raise RerankerMissing(path=folder)
        torch.set_num_threads(threads)
        self._folder = folder
        self._engine: Any = CrossEncoder(str(folder), device="cpu", local_files_only=True, num_labels=1)
        self._activation = torch.nn.Sigmoid()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._folder.name

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers: the sigmoid of the model's one output."""
        if not texts:
            return []
        with self._lock:
            given = self._engine.predict(
                [(question, text) for text in texts],
                batch_size=BATCH,
                activation_fn=self._activation,
                show_progress_bar=False,
            )
        return [float(score) for score in given]


def open_reranker(wanted: str, models: Path, *, threads: int) -> Reranker | None:
    """The reranker that a setting names: `none`, or a model's folder, absolute or in the models folder.
    Raises RerankerMissing if there is no model in it."""
    if wanted == "none":
        return None
    return CrossEncoderReranker(models / wanted, threads=threads)

"""The stored vectors of a model: what is compared with them, and that a model with others is not accepted."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import operations.setup
from core.errors import ModelFileBad
from language.tokens import language_of
from llm.catalogue.entries import PackedSource, catalogue
from llm.catalogue.store import InstalledModel, ModelStore
from llm.embedder import Vectors, open_embedder
from llm.embedder_reference import LEAST_COSINE, Reference, reference
from llm.fakes import HashEmbedder
from operations.setup import pull, set_up_embedder

NAME = "multilingual-e5-small"


class Recorded(HashEmbedder):
    """Gives the stored vectors back, turned by an angle with that cosine."""

    def __init__(self, stored: Reference, cosine: float) -> None:
        super().__init__()
        self.stored, self.cosine = stored, cosine

    def _turned(self, rows: Vectors) -> Vectors:
        other = np.roll(rows, 1, axis=1)
        other -= (other * rows).sum(axis=1, keepdims=True) * rows
        other /= np.linalg.norm(other, axis=1, keepdims=True)
        return (self.cosine * rows + np.sqrt(1 - self.cosine**2) * other).astype(np.float32)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._turned(self.stored.vectors[: len(texts)])

    def query(self, text: str) -> Vectors:
        row = len(self.stored.passages) + self.stored.queries.index(text)
        return self._turned(self.stored.vectors[row : row + 1])[0]


def stored() -> Reference:
    vectors_of = reference(NAME)
    assert vectors_of is not None
    return vectors_of


def test_a_model_that_is_unpacked_here_has_stored_vectors_in_each_of_its_languages() -> None:
    packed = [model for model in catalogue() if isinstance(model.source, PackedSource)]
    assert packed
    for model in packed:
        stored_vectors = reference(model.name)
        assert stored_vectors is not None
        assert stored_vectors.vectors.shape[1] == model.dimensions
        assert np.linalg.norm(stored_vectors.vectors, axis=1) == pytest.approx(1, abs=1e-5)
        assert {language_of(text) for text in stored_vectors.passages} == set(model.languages)
    assert reference("all-minilm-l6-v2") is None


@pytest.mark.parametrize("cosine", [1.0, 0.9995, 0.98])
def test_the_least_cosine_is_told(cosine: float) -> None:
    assert stored().least_cosine(Recorded(stored(), cosine)) == pytest.approx(cosine, abs=1e-4)


def test_one_bad_vector_among_good_ones_and_vectors_of_another_length_are_seen() -> None:
    bad = stored().vectors.copy()
    bad[-1] = -bad[-1]
    assert stored().least_cosine(Recorded(replace(stored(), vectors=bad), 1.0)) == pytest.approx(-1, abs=1e-4)
    assert stored().least_cosine(HashEmbedder()) == -1


def child_says(monkeypatch: pytest.MonkeyPatch, line: object, code: int = 0) -> None:
    done = subprocess.CompletedProcess([], code, f"noise\n{json.dumps(line)}\n", "ValueError: why\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)


def test_a_model_that_gives_other_vectors_is_not_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(store: ModelStore, name: str, *_: object) -> Path:
        (store.folder / name).mkdir()
        (store.folder / name / "model.safetensors").write_bytes(b"x")
        return store.folder / name

    monkeypatch.setattr(ModelStore, "fetch", fetch)
    monkeypatch.setattr(operations.setup, "lift", lambda: None)
    child_says(monkeypatch, {"plan": None, "stored_cosine": 0.87})
    with pytest.raises(ModelFileBad, match=r"0\.8700"):
        list(pull(tmp_path, NAME, lambda *_: None))
    assert ModelStore(tmp_path).installed() == []
    assert ModelStore(tmp_path).unfinished() == {NAME: 1}


def test_a_set_up_that_failed_accepts_no_model_with_stored_vectors_and_leaves_others_to_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child_says(monkeypatch, {}, code=1)
    with pytest.raises(ModelFileBad, match="ValueError: why"):
        set_up_embedder(tmp_path / NAME)
    assert set_up_embedder(tmp_path / "all-minilm-l6-v2") == "runs in torch"


def test_the_installed_model_gives_the_stored_vectors(embedding_model: tuple[InstalledModel, Path]) -> None:
    model, folder = embedding_model
    if (kept := reference(model.name)) is None:
        pytest.skip(f"the installed embedder {model.name} was not unpacked here")
    assert kept.least_cosine(open_embedder(model, folder, threads=2)) >= LEAST_COSINE

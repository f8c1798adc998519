"""Embedders: the fake and the real one keep the same promises, and the translated one agrees with torch."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from making import child_environment

from core.settings import PROJECT
from llm.catalogue.store import InstalledModel
from llm.embedder import Embedder, EmbedderPlan, OpenVinoEmbedder, open_embedder
from llm.fakes import HashEmbedder

pytestmark = pytest.mark.engines

TEXTS = [
    "Annual paid leave is granted after six months of service.",
    "年次有給休暇は、勤続6か月で10日付与されます。",
    "涉密文件不得带离办公场所。",
    "",
    " ",
    "x",
    "Receipts must be handed in within 30 days of the journey. " * 40,
    "\U0001f469\u200d\U0001f4bb e\u0301 \ufeff\x00\u2028",
    "Annual paid leave is granted after six months of service.",
]
LEAST_COSINE = 0.9999


@pytest.fixture(scope="module", params=["hash", "real"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "hash":
        return HashEmbedder()
    model, folder = request.getfixturevalue("embedding_model")
    return open_embedder(model, folder, threads=2)


def test_every_vector_has_the_promised_length_and_is_a_unit(embedder: Embedder) -> None:
    vectors = embedder.passages(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    assert embedder.query(TEXTS[0]).shape == (embedder.dimensions,)


def test_many_texts_and_questions_at_once_get_the_vectors_that_each_gets_alone(embedder: Embedder) -> None:
    texts = [f"{text[:80]} {number}" for number, text in enumerate(TEXTS * 5)]
    alone = np.stack([embedder.query(text) for text in texts])
    asked: dict[str, np.ndarray] = {}

    def ask(mine: list[str]) -> None:
        asked.update({text: embedder.query(text) for text in mine})

    threads = [threading.Thread(target=ask, args=(texts[start::3],)) for start in range(3)]
    for thread in threads:
        thread.start()
    together = embedder.passages(texts)
    for thread in threads:
        thread.join()
    assert np.array_equal(np.stack([asked[text] for text in texts]), alone)
    each = np.concatenate([embedder.passages([text]) for text in texts])
    assert (each * together).sum(axis=1).min() >= 0.999


def test_the_order_of_the_texts_is_kept_and_company_changes_no_vector(embedder: Embedder) -> None:
    together = embedder.passages(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        alone = embedder.passages([text])[0]
        assert float(alone @ vector) >= 0.999, text
    backwards = embedder.passages(TEXTS[::-1])[::-1]
    assert (backwards * together).sum(axis=1).min() >= 0.999


def test_the_same_text_gives_the_same_vector_as_a_passage_each_time(embedder: Embedder) -> None:
    first, again = embedder.passages(TEXTS), embedder.passages(TEXTS)
    assert np.array_equal(first, again)
    assert float(first[0] @ first[-1]) >= 0.9999


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.passages([]).shape == (0, embedder.dimensions)


def test_a_text_is_nearer_to_its_like_than_to_another(embedder: Embedder) -> None:
    near = embedder.query("paid leave after six months of service")
    vectors = embedder.passages([TEXTS[0], "The pump's relief valve opens at 1.2 MPa."])
    assert float(near @ vectors[0]) > float(near @ vectors[1]) + 0.1


def test_many_threads_may_ask_at_once(embedder: Embedder) -> None:
    expected = [embedder.query(text) for text in TEXTS]  # a question may have another prefix than a passage
    cosines_of: dict[int, list[float]] = {}

    def ask(number: int) -> None:
        cosines_of[number] = [
            float(embedder.query(text) @ vector) for text, vector in zip(TEXTS, expected, strict=True)
        ]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cosines_of) == 4
    assert min(min(cosines) for cosines in cosines_of.values()) >= 0.999


def test_it_says_its_name_and_its_languages(embedder: Embedder) -> None:
    assert embedder.name
    assert embedder.languages <= {"ja", "en", "zh"}


def test_a_folder_without_a_translation_has_no_plan(tmp_path: Path) -> None:
    assert EmbedderPlan.read(tmp_path) is None


def test_a_half_written_plan_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "openvino").mkdir()
    (tmp_path / "openvino" / "plan.json").write_text('{"precision": "f3')
    assert EmbedderPlan.read(tmp_path) is None


def test_the_installed_model_runs_translated(embedding_model: tuple[InstalledModel, Path]) -> None:
    model, folder = embedding_model
    plan = EmbedderPlan.read(folder)
    assert plan is not None, f"{folder} has no translation: run `shoko setup`"
    assert plan.cosine >= LEAST_COSINE
    assert plan.dimensions == model.dimensions
    assert isinstance(open_embedder(model, folder, threads=1), OpenVinoEmbedder)


def test_the_translated_model_gives_the_vectors_of_torch(
    embedding_model: tuple[InstalledModel, Path], tmp_path: Path
) -> None:
    model, folder = embedding_model
    script = f"""
import json, sys
import numpy as np
from pathlib import Path
from llm.embedder import TorchEmbedder
from llm.catalogue.store import ModelStore
folder = Path({str(folder)!r})
embedder = TorchEmbedder(ModelStore(folder.parent).get(folder.name), folder, threads=2)
texts = json.loads(sys.stdin.read())
np.save({str(tmp_path / "torch.npy")!r}, embedder.passages(texts))
print(embedder.dimensions, list(embedder.passages([]).shape), embedder.query(texts[0]).shape)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=child_environment(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1"),
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[-2] == f"{model.dimensions} [0, {model.dimensions}] ({model.dimensions},)"
    torch = np.load(tmp_path / "torch.npy")
    translated = open_embedder(model, folder, threads=2).passages(TEXTS)
    cosines = (torch * translated).sum(axis=1)
    assert cosines.min() >= LEAST_COSINE, dict(zip(TEXTS, cosines.tolist(), strict=True))

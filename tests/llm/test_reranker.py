"""The optional reranker: the real engine on a small model made here, and the fake, held to the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import add_all, administrator, settings_in

from core.errors import RerankerMissing
from llm.fakes import OverlapReranker
from llm.reranker import CrossEncoderReranker, Reranker, open_reranker
from operations.library import open_library

TEXTS = ["the relief valve opens", "a claim is due in ten days", "the valve of the pump"]


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of one tiny layer with made-up weights, saved as transformers saves one."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "small-cross-encoder"
    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *sorted({word for text in TEXTS for word in text.split()})]
    tokenizer = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(params=["fake", "real"])
def reranker(request: pytest.FixtureRequest, small_model: Path) -> Reranker:
    if request.param == "fake":
        return OverlapReranker()
    return CrossEncoderReranker(small_model, threads=1)


def test_every_text_gets_a_score_between_0_and_1_in_its_order(reranker: Reranker) -> None:
    scores = reranker.scores("when does the valve open", TEXTS)
    assert len(scores) == len(TEXTS)
    assert all(0 <= score <= 1 for score in scores)
    turned = reranker.scores("when does the valve open", TEXTS[::-1])
    assert turned[::-1] == pytest.approx(scores, abs=1e-4)
    assert len({round(score, 6) for score in scores}) > 1
    assert reranker.scores("anything", []) == []


def test_a_setting_names_a_folder_or_none(small_model: Path, tmp_path: Path) -> None:
    assert open_reranker("none", tmp_path, threads=1) is None
    opened = open_reranker(small_model.name, small_model.parent, threads=1)
    assert opened is not None
    assert opened.name == small_model.name
    with pytest.raises(RerankerMissing, match="SHOKO_RERANKER=none"):
        open_reranker("nothing-here", tmp_path, threads=1)


class _Backwards:
    """A reranker that is sure of one passage, and that it is the only one."""

    name = "backwards"

    def scores(self, question: str, texts: list[str]) -> list[float]:
        return [1.0 if "kilometer" in text else 0.0 for text in texts]


def test_the_reranker_sets_the_order_of_the_passages(tmp_path: Path) -> None:
    documents = [
        ("claims.txt", "An expense claim must be submitted within 10 business days after the trip."),
        ("cars.txt", "The private car of an employee is reimbursed at JPY 25 per kilometer after the trip."),
    ]
    question = "Within how many business days must an expense claim be submitted after the trip?"
    with open_library(settings_in(tmp_path), load_models=False) as library:
        add_all(library, documents)
        access = administrator(library)
        _, hits, _ = library.answerer.evidence(access, question)
        assert hits[0].document.name == "claims.txt"
        library.answerer.reranker = _Backwards()
        _, hits, _ = library.answerer.evidence(access, question)
        assert hits[0].document.name == "cars.txt"


def test_a_reranker_that_is_not_there_is_told_and_leaves_the_search(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, reranker="nothing-here", embedder="none")
    with open_library(settings) as library:
        library.models_loaded.wait(240)
        assert library.answerer.reranker is None
        assert any("nothing-here" in problem for problem in library.problems)

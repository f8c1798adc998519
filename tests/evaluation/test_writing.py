"""The test by which a chat model may write: its cases, its judgement, and what becomes of the verdict."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from making import settings_in

from contract.values import ModelRole
from evaluation import writing
from evaluation.writing import (
    LANGUAGES,
    WritingCase,
    first_sentence_seconds,
    judged,
    passed,
    try_writing,
    writing_cases,
)
from llm.catalogue.entries import entry
from llm.catalogue.store import InstalledModel, ModelStore
from llm.catalogue.writing import WritingVerdict
from llm.fakes import ScriptedModel
from llm.hardware import processor_share
from operations.setup import WRITER
from operations.writing.trial import LanguageScore, time_first_sentence
from retrieval.answers.writing.generation import fence
from retrieval.answers.writing.prompts import EXAMPLES

CASES = {(case.language, case.id): case for case in writing_cases()}


def test_each_language_has_the_same_thirty_cases() -> None:
    by_language = {language: {name for lang, name in CASES if lang == language} for language in LANGUAGES}
    assert len({frozenset(names) for names in by_language.values()}) == 1
    assert len(by_language["ja"]) == 30


@pytest.mark.parametrize("case", writing_cases(), ids=lambda case: f"{case.language}-{case.id}")
def test_the_quotes_of_a_case_are_judged_as_they_should_be(case: WritingCase) -> None:
    whole = "\n".join(case.quotes)
    denied = [fact for fact in case.facts if not judged(replace(case, facts=(fact,), never=()), whole)[0]]
    assert case.kind == "denial" or not denied, denied
    assert judged(case, "") == (not case.facts, False)
    assert all(judged(case, said)[1] for said in case.never)


def test_an_answer_that_leaves_a_fact_out_is_neither_right_nor_wrong() -> None:
    case = CASES["en", "holidays"]
    assert judged(case, "The office is closed on Sundays.") == (False, False)


def test_an_answer_to_what_no_quote_says_is_wrong() -> None:
    assert judged(CASES["en", "other-entity"], "24 parking spaces.") == (False, True)


def test_a_model_is_asked_as_an_employee_asks() -> None:
    case = CASES["en", "usb"]
    model = ScriptedModel("No, private USB sticks must not be connected to company computers. [1]")
    (outcome,) = try_writing(model, [case])
    assert outcome.right
    (outcome,) = try_writing(ScriptedModel("Private USB sticks may be connected. [1]"), [case])
    assert (outcome.right, outcome.wrong) == (False, False)
    assert outcome.struck[0].startswith("denial")


def test_the_secret_of_a_fence_is_taken_out_of_what_is_shown() -> None:
    case = CASES["en", "usb"]
    for fenced in (f"Staff handbook\n{case.quotes[0]}", EXAMPLES["en"][0].quotes[0]):
        said = f"Private USB sticks must not be connected to company computers {fence(fenced)}. [1]"
        (outcome,) = try_writing(ScriptedModel(said), [case])
        assert outcome.text == "Private USB sticks must not be connected to company computers."


def test_passing_takes_most_right_and_few_wrong() -> None:
    (right,) = try_writing(ScriptedModel("INSUFFICIENT"), [CASES["en", "other-entity"]])
    wrong = replace(right, right=False, wrong=True)
    missed = replace(right, right=False)
    assert passed([right] * 24 + [missed] * 6)
    assert not passed([right] * 23 + [missed] * 7)
    assert not passed([right] * 26 + [wrong] * 4)
    assert not passed([])
    score = LanguageScore.of("en", [right] * 24 + [wrong] * 2)
    assert (score.right, score.wrong, score.cases, score.passed) == (24, 2, 26, True)


def installed(store: ModelStore, name: str, size: int) -> InstalledModel:
    folder = store.folder / name
    folder.mkdir(parents=True)
    (folder / "model.gguf").write_bytes(b"x")
    model = InstalledModel(name, ModelRole.CHAT, ("ja", "en", "zh"), size, ("model.gguf",), "file x")
    (folder / "model.json").write_text(json.dumps(asdict(model)))
    return store.get(name)


def test_the_verdict_decides_what_is_chosen_by_itself(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    big, small = installed(store, "big", 200), installed(store, "small", 100)
    assert store.choose(ModelRole.CHAT, "auto") == big
    WritingVerdict(languages=("en",)).keep(tmp_path / "big")
    assert store.choose(ModelRole.CHAT, "auto") == small  # nobody tried it: it may know all three
    assert store.serves(big) == ("en",)
    WritingVerdict(languages=()).keep(tmp_path / "small")
    assert store.choose(ModelRole.CHAT, "auto") == big
    WritingVerdict(languages=("en",), slow=True).keep(tmp_path / "big")
    assert store.choose(ModelRole.CHAT, "auto") is None
    assert store.choose(ModelRole.CHAT, "big") == big  # whoever names it, gets it


def test_a_verdict_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "writing.json").write_text("{")
    assert WritingVerdict.read(tmp_path) == WritingVerdict()


def test_a_model_that_is_slow_here_is_told_so_and_keeps_its_languages(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data", first_sentence_seconds=0.000001)
    store = ModelStore(tmp_path)
    installed(store, "big", 200)
    WritingVerdict(languages=("ja",)).keep(tmp_path / "big")
    model = ScriptedModel("The papers are due by the 25th. [1]")
    verdict = time_first_sentence(settings, store, "big", model)
    assert verdict.slow
    assert store.verdict(store.get("big")).languages == ("ja",)
    assert first_sentence_seconds(model) > 0


def test_other_work_is_not_counted_as_the_models(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ScriptedModel("The papers are due by the 25th. [1]")
    whole = first_sentence_seconds(model)
    monkeypatch.setattr(writing, "processor_share", lambda: 0.0)
    assert 0 == first_sentence_seconds(model) < whole


def test_the_share_of_the_processor_is_a_share() -> None:
    assert 0 < processor_share(0.05) <= 1


def test_what_is_fetched_by_default_writes_all_three_languages() -> None:
    assert set(entry(WRITER).writes or ()) == set(LANGUAGES)

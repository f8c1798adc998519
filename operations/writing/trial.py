"""Which languages a chat model may write by itself on this machine, and whether it is quick enough for that.

Both are found out by letting it answer the cases of `evaluation/writing_cases.yaml`. What was found is kept
beside the model, and counts wherever nobody chose a model by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.settings import Settings
from evaluation.writing import (
    LANGUAGES,
    WritingOutcome,
    first_sentence_seconds,
    passed,
    try_writing,
    writing_cases,
)
from llm.catalogue.store import ModelStore
from llm.catalogue.writing import WritingVerdict
from llm.model import LanguageModel
from operations.model_selection import local_model


@dataclass(frozen=True)
class LanguageScore:
    """How many cases of a language a model answered in full and wrongly, and whether that is enough."""

    language: str
    right: int
    wrong: int
    cases: int
    passed: bool

    @classmethod
    def of(cls, language: str, outcomes: Sequence[WritingOutcome]) -> LanguageScore:
        """The score of those outcomes, which are of that language."""
        right = sum(outcome.right for outcome in outcomes)
        wrong = sum(outcome.wrong for outcome in outcomes)
        return cls(language, right, wrong, len(outcomes), passed(outcomes))


@dataclass(frozen=True)
class WritingReport:
    """What the test of a model gave."""

    model: str
    scores: tuple[LanguageScore, ...]
    first_sentence_seconds: float
    outcomes: tuple[WritingOutcome, ...]


def run_writing_test(
    settings: Settings,
    name: str,
    languages: Sequence[str] = LANGUAGES,
    on_outcome: Callable[[WritingOutcome], None] = lambda outcome: None,
) -> WritingReport:
    """Let that installed model answer the cases of those languages, and keep the verdict. Raises
    ModelMissing, ModelUnknown, ModelTooBig, ModelUnfit, and BadValue for a model that cannot write."""
    store = ModelStore(settings.models_folder)
    installed = store.get(name)
    model = local_model(settings, store, installed)
    try:
        model.start()
        seconds = first_sentence_seconds(model)
        scores, outcomes = [], []
        for language in languages:
            cases = [case for case in writing_cases() if case.language == language]
            of_language = []
            for outcome in try_writing(model, cases):
                on_outcome(outcome)
                of_language.append(outcome)
            scores.append(LanguageScore.of(language, of_language))
            outcomes += of_language
    finally:
        model.close()
    folder = store.folder / name
    before = WritingVerdict.read(folder)
    tried = {score.language for score in scores}
    kept = [language for language in before.languages or () if language not in tried]
    passing = tuple(kept + [score.language for score in scores if score.passed])
    WritingVerdict(passing, seconds, seconds > settings.first_sentence_seconds).keep(folder)
    return WritingReport(name, tuple(scores), seconds, tuple(outcomes))


def time_first_sentence(
    settings: Settings, store: ModelStore, name: str, model: LanguageModel
) -> WritingVerdict:
    """Measure how soon that started model writes, and keep it; the languages stay what they were."""
    seconds = first_sentence_seconds(model, settings.first_sentence_seconds)
    verdict = replace(
        WritingVerdict.read(store.folder / name),
        first_sentence_seconds=seconds,
        slow=seconds > settings.first_sentence_seconds,
    )
    verdict.keep(store.folder / name)
    return verdict

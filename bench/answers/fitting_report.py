"""How fitted weights do on questions that they did not see, in words for a person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.answers.fitting_samples import Sample, document, facts_in
from core.settings import load_settings
from evaluation.scoring import area_under_curve, contains_answer
from retrieval.answers.writing.prompts import SURE
from retrieval.evidence.ranking import Weights, read_closely
from retrieval.evidence.unit_values import shown_of

ANSWERED = load_settings().refusal_threshold
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


def report(name: str, given: Sequence[Sample], weights: Weights) -> str:
    """What the product shows with those weights, for the questions of one set."""
    probabilities: dict[bool, list[float]] = {True: [], False: []}
    copied: list[tuple[float, list[bool]]] = []  # the same, of each quote
    answering: list[tuple[float, bool]] = []  # the stated probability, and whether the quotes held the answer
    whole: list[tuple[float, float]] = []  # share of the facts that is shown, and in how many characters
    first_documents: list[bool] = []
    for sample in given:
        reading = read_closely(sample.asked, sample.hits, around=sample.around, weights=weights)
        evidence = reading.evidence(3)
        texts = [quote.text for quote in evidence.quotes[: shown_of(sample.asked, evidence.quotes)]]
        probabilities[sample.question.answerable].append(evidence.probability)
        if not sample.question.answerable:
            answering.append((evidence.probability, False))
        elif sample.question.facts:
            said = facts_in("\n".join(texts), sample.question) / len(sample.question.facts)
            whole.append((said, float(len("".join("".join(texts).split())))))
        if not (sample.question.answerable and sample.question.answers):
            continue
        right = [contains_answer(text, sample.question.answers) for text in texts]
        answering.append((evidence.probability, any(right)))
        copied.append((evidence.probability, right))
        first_documents.append(bool(reading.hits) and document(reading.hits[0]) in sample.question.documents)
    count = max(1, len(copied))
    asked = [sample for sample in given if sample.question.answerable and sample.question.answers]
    retrievers = {
        part: sum(_first_of(part, sample) for sample in asked) / count for part in ("words", "meaning")
    }
    auc = area_under_curve(probabilities[True], probabilities[False])
    facts = (
        f", facts shown {np.mean([said for said, _ in whole]):.3f}"
        f" in {np.mean([length for _, length in whole]):.0f} characters ({len(whole)})"
        if whole
        else ""
    )
    return (
        f"{name}: answer @1 {sum(any(right[:1]) for _, right in copied) / count:.4f}"
        f" @3 {sum(any(right) for _, right in copied) / count:.4f},"
        f" document @1 {sum(first_documents) / count:.4f}"
        f" (by words alone {retrievers['words']:.4f}, by vectors alone {retrievers['meaning']:.4f}){facts},"
        f" refusal AUC {auc} ({len(probabilities[True])} answerable, {len(probabilities[False])} not)\n"
        f"  threshold: answered / refused rightly: {_trade_off(probabilities)}\n"
        f"  told and true: {_calibration(answering)}\n"
        f"  what a small model copies holds the answer: {_copied(copied)}"
    )


def _trade_off(probabilities: dict[bool, list[float]]) -> str:
    """For each threshold, the share of answerable questions answered and of the others refused."""
    with_answer, without = np.array(probabilities[True]), np.array(probabilities[False])
    if not len(with_answer) or not len(without):
        return "one kind of question alone"
    shares = [
        (threshold, (with_answer >= threshold).mean(), (without < threshold).mean())
        for threshold in THRESHOLDS
    ]
    return ", ".join(f"{threshold} {answered:.3f} / {refused:.3f}" for threshold, answered, refused in shares)


def _calibration(answering: Sequence[tuple[float, bool]]) -> str:
    """In fifths of the stated probability: in how many of how many the quotes held the answer."""
    fifths = []
    for fifth in range(5):
        here = [held for probability, held in answering if min(4, int(5 * probability)) == fifth]
        fifths.append(f"{20 * fifth} to {20 * fifth + 20} %: {sum(here)} of {len(here)}")
    return ", ".join(fifths)


def _copied(copied: Sequence[tuple[float, list[bool]]]) -> str:
    """Of the answerable questions that are answered, by how sure the evidence is: the first quote alone, or
    one of the first two."""
    sure = [right[:1] for probability, right in copied if probability >= SURE]
    unsure = [right[:2] for probability, right in copied if ANSWERED <= probability < SURE]
    return ", ".join(
        f"{sum(map(any, some))} of {len(some)} {name}"
        for name, some in ((f"from {SURE} on (first quote)", sure), ("below (first two)", unsure))
    )


def _first_of(retriever: str, sample: Sample) -> bool:
    """Whether the best hit of one retriever alone is a right document; one that found nothing has none."""
    best = max(sample.hits, key=lambda hit: float(getattr(hit, retriever)), default=None)
    if best is None or not getattr(best, retriever):
        return False
    return document(best) in sample.question.documents

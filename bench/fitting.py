"""Fits the weights of `retrieval.evidence` on one half of some question sets and reports on the other half.

    python -m bench.fitting SET_FOLDER …

Halves are by document, so no document is in both. The fitted weights are printed, not written: taking them
over is a decision. Method: logistic regression over differences of features of a right and a wrong sentence
of one question (and likewise of passages), without intercept; the product's own features, nothing else.
"""

from __future__ import annotations

import sys
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from api.wiring import FIRST_SPACE, open_library
from core.access import access_of
from core.accounts import first_administrator
from core.settings import load_settings
from evaluation.runs import build
from evaluation.scoring import contains_answer
from evaluation.sets import read_set
from retrieval.evidence import PASSAGES_QUOTED, Question, read_closely
from retrieval.search import search
from retrieval.text import query_tokens

SENTENCE = ("own", "around", "passage", "covered", "cue", "new", "first")
PASSAGE = ("score", "covered", "best sentence", "best around")
MOST_WRONG = 8  # wrong ones a question: the others are easy


@dataclass
class Sample:
    """A question's features: of sentences with their truth, and of passages with theirs."""

    second_half: bool
    sentences: np.ndarray
    right_sentence: np.ndarray
    passages: np.ndarray
    right_passage: np.ndarray


def samples(folder: Path) -> list[Sample]:
    """Every answerable question of a set, by the product's own search and reading."""
    chosen = read_set(folder)
    found = []
    with tempfile.TemporaryDirectory(prefix="shoko-fit-") as place:
        settings = load_settings(data=Path(place), models=load_settings().models_folder, model="none")
        with open_library(settings) as library:
            library.models_loaded.wait()
            with library.sessions.write() as session:
                access = access_of(session, first_administrator(session).id)
            build(
                chosen, access, library.sessions, library.files, library.pipeline, FIRST_SPACE,
                lambda what, done, total: None,
            )  # fmt: skip
            for question in chosen.questions:
                if not question.answerable or not question.answers:
                    continue
                with library.sessions.read() as session:
                    hits = search(access, session, library.index, question.question, limit=40)
                counted = library.index.keywords.document_frequencies(query_tokens(question.question))
                reading = read_closely(Question.parse(question.question, *counted), hits)
                gold = min(question.documents, default="")
                found.append(_sample(reading.read, question.documents, question.answers, gold))
    return found


def _sample(read: list, documents: frozenset[str], answers: tuple[str, ...], gold: str) -> Sample:  # type: ignore[type-arg]  # the private rows of a Reading
    best = max((one.hit.score for one in read[:PASSAGES_QUOTED]), default=1.0) or 1.0
    rows, truths, places, right = [], [], [], []
    for number, one in enumerate(read):
        own = max((u.own + 0.12 * u.cue + 0.15 * u.new for u in one.units), default=0.0)
        places.append([one.hit.score, one.covered, own, max((u.around for u in one.units), default=0.0)])
        right.append(one.hit.document.name in documents)
        for unit in one.units if number < PASSAGES_QUOTED else ():
            rows.append(
                [unit.own, unit.around, one.hit.score / best, one.covered, unit.cue, unit.new, unit.first]
            )
            truths.append(contains_answer(unit.text, answers))
    return Sample(
        zlib.crc32(gold.encode()) % 2 == 1,
        np.array(rows, float), np.array(truths, bool), np.array(places, float), np.array(right, bool),
    )  # fmt: skip


def fitted(pairs: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Weights that put the right before the wrong; `pairs` are (features, truth) of each question."""
    differences = []
    for features, truth in pairs:
        if truth.any() and not truth.all():
            wrong = features[~truth]
            wrong = wrong[np.argsort(-wrong.sum(axis=1))[:MOST_WRONG]]
            differences += [good - bad for good in features[truth][:2] for bad in wrong]
    rows = np.array(differences)
    both = np.concatenate([rows, -rows])
    truth = np.concatenate([np.ones(len(rows)), np.zeros(len(rows))])
    weights: np.ndarray = (
        LogisticRegression(C=1.0, fit_intercept=False, max_iter=500).fit(both, truth).coef_[0]
    )
    return weights


def hit_at(pairs: list[tuple[np.ndarray, np.ndarray]], weights: np.ndarray, k: int) -> float:
    """The share of questions with a right one among the first k."""
    hits = [
        truth[np.argsort(-(rows @ weights), kind="stable")[:k]].any() for rows, truth in pairs if len(rows)
    ]
    return float(np.mean(hits))


def main() -> None:
    """Fit on the first half of all sets together; report each set's second half."""
    sets = {Path(name).name: samples(Path(name)) for name in sys.argv[1:]}
    first = [sample for found in sets.values() for sample in found if not sample.second_half]
    sentence = fitted([(one.sentences, one.right_sentence) for one in first if len(one.sentences)])
    passage = fitted([(one.passages, one.right_passage) for one in first if len(one.passages)])
    print("sentence:", dict(zip(SENTENCE, sentence.round(2).tolist(), strict=True)))
    print("passage:", dict(zip(PASSAGE, (passage / passage[0]).round(2).tolist(), strict=True)))
    for name, found in sets.items():
        second = [one for one in found if one.second_half]
        lines = [(one.sentences, one.right_sentence) for one in second]
        places = [(one.passages, one.right_passage) for one in second]
        print(
            f"{name}: answer @1 {hit_at(lines, sentence, 1):.4f} @3 {hit_at(lines, sentence, 3):.4f},"
            f" passage @1 {hit_at(places, passage, 1):.4f} ({len(second)} questions)"
        )


if __name__ == "__main__":
    main()

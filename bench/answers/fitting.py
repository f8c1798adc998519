"""Fits the weights of `retrieval.evidence` on one half of some question sets and reports on the other half.

    python -m bench.answers.fitting SET_FOLDER … [--embedder NAME] [--write] [--leave-out NAME …]

Halves are by document, in sets of whole answers by question. Three scores are fitted: of passages and of
sentences by their order within one question, and of the whole evidence by whether the question has an
answer. The first is a weighted sum (logistic regression) that boosted trees (LightGBM) correct, the others
are trees alone, each as it did best. A score that is the input of another one is taken from documents that it
was not fitted on. Of each question with known facts a second one is made that nothing
answers, by taking its documents away. `--embedder` fits to what that installed embedder finds beside the
words; without it, to words alone. `--leave-out` fits without those sets and reports on them: how it does on a
kind of text that it never saw. `--write` fits once more, on both halves, and puts these weights into
retrieval/evidence/weights: what is shipped has seen everything, what is reported has not.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from core.access import access_of
from core.identity.accounts import first_administrator
from core.models import Passage
from core.settings import load_settings
from evaluation.runs import build
from evaluation.scoring import area_under_curve, contains_answer
from evaluation.sets import SetQuestion, half_of, read_set
from language.tokens import query_tokens
from operations.library import FIRST_SPACE, open_library
from retrieval.answers.prompts import SURE
from retrieval.evidence import answerability, features
from retrieval.evidence.answerability import REFUSAL_FEATURES
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.features import PASSAGE_FEATURES, SENTENCE_FEATURES
from retrieval.evidence.ranking import PASSAGES_QUOTED, PASSAGES_READ, WEIGHTS, Weights, read_closely
from retrieval.evidence.surroundings import surroundings
from retrieval.evidence.trees import Trees
from retrieval.evidence.unit_values import shown_of
from retrieval.index.search import Hit, search

Array = NDArray[Any]
MOST_WRONG = 8  # wrong ones of a question that the sum is fitted on: the others are easy
WHOLE_ANSWERS = 4  # how often a question of a set of whole answers counts: there are few of them
RANKING = {
    "objective": "lambdarank", "learning_rate": 0.05, "lambdarank_truncation_level": 3, "num_leaves": 8,
    "max_depth": 5, "min_data_in_leaf": 60, "lambda_l2": 5, "feature_fraction": 0.6, "bagging_fraction": 0.7,
    "bagging_freq": 1, "verbose": -1, "num_threads": 1, "seed": 1, "deterministic": True,
}  # fmt: skip
ANSWERING = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 8, "min_data_in_leaf": 15, "lambda_l2": 5,
    "feature_fraction": 0.4, "bagging_fraction": 0.7, "bagging_freq": 1, "verbose": -1, "num_threads": 1,
    "seed": 1, "deterministic": True,
}  # fmt: skip
ANSWERED = load_settings().refusal_threshold
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
WHOLE_REFUSED = 3  # likewise, where it is told whether anything answers
PASSAGE_TREES, SENTENCE_TREES, REFUSAL_TREES = 25, 220, 150


@dataclass
class Sample:
    """A question of a set: the features of its passages and sentences, and which of them are right. `of` says
    to which passage a sentence belongs. Rows of sentences lack what the passages' scores tell."""

    set: str
    question: SetQuestion
    passages: Array
    right_passage: Array
    sentences: Array
    of: Array
    right_sentence: Array
    asked: AskedQuestion
    hits: list[Hit] = field(repr=False)
    around: Mapping[str, Sequence[Passage]] = field(repr=False)

    @property
    def group(self) -> str:
        """What decides in which half it is: the document, or in a set of whole answers the question."""
        if self.question.facts or not self.question.documents:
            return self.question.id
        return min(self.question.documents)

    @property
    def second_half(self) -> bool:
        """Whether it is for the report."""
        return half_of(self.group) == "b"

    @property
    def times(self) -> int:
        """How often it counts."""
        return WHOLE_ANSWERS if self.question.facts else 1


def part_of(group: str) -> int:
    """0 or 1, always the same for a group: the parts that one score is fitted on for the other."""
    return zlib.crc32((group + "part").encode()) % 2


def samples(folder: Path, embedder: str) -> Iterator[Sample]:
    """Every question of a set, by the product's own search and reading."""
    chosen = read_set(folder)
    with tempfile.TemporaryDirectory(prefix="shoko-fit-") as place:
        settings = load_settings(
            data=Path(place), models=load_settings().models_folder, model="none", embedder=embedder or "none"
        )
        with open_library(settings) as library:
            library.models_loaded.wait()
            with library.sessions.write() as session:
                access = access_of(session, first_administrator(session).id)
            build(
                chosen, access, library.sessions, library.files, library.pipeline, FIRST_SPACE,
                lambda what, done, total: None,
            )  # fmt: skip
            for question in chosen.questions:
                with library.sessions.read() as session:
                    hits = search(access, session, library.index, question.question, limit=40)
                    around = surroundings(access, session, hits)
                counted = library.index.keywords.document_frequencies(query_tokens(question.question))
                asked = AskedQuestion.parse(question.question, *counted)
                yield sample(chosen.name, question, asked, hits, around)


def sample(
    name: str,
    question: SetQuestion,
    asked: AskedQuestion,
    hits: Sequence[Hit],
    around: Mapping[str, Sequence[Passage]],
) -> Sample:
    """What was found for a question, in numbers."""
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    read = features.read_passages(
        asked, [replace(hit, score=hit.score / best) for hit in hits[:PASSAGES_READ]], around
    )
    right = np.array([_document(one.hit) in question.documents for one in read], bool)
    if question.facts:  # of the documents' passages those that hold the most, and half as many
        said = np.array([_facts_in(one.hit.passage.text, question) for one in read]) * right
        right = (said > 0) & (2 * said >= said.max(initial=0))
    texts = [sentence.sentence.text for one in read for sentence in one.sentences]
    return Sample(
        name,
        question,
        features.passage_rows(read),
        right,
        features.sentence_rows(asked, read, [0.0] * len(read)),
        np.array([number for number, one in enumerate(read) for _ in one.sentences], int),
        np.array([_holds(text, question) for text in texts], bool),
        asked,
        list(hits),
        around,
    )


def withheld(given: Sample) -> Sample:
    """The same question where nothing answers it: without the documents that do, and without what says most
    of the facts elsewhere."""
    question = given.question
    hits = [
        hit
        for hit in given.hits
        if _document(hit) not in question.documents
        and not (question.facts and 2 * _facts_in(hit.passage.text, question) >= len(question.facts))
        and not (question.answers and contains_answer(hit.passage.text, question.answers))
    ]
    unanswerable = replace(question, answerable=False, answers=(), documents=frozenset())
    return sample(given.set, unanswerable, given.asked, hits, given.around)


def _document(hit: Hit) -> str:
    return hit.document.name.replace("∕", "/")


def _facts_in(text: str, question: SetQuestion) -> int:
    return sum(contains_answer(text, forms) for forms in question.facts)


def _holds(text: str, question: SetQuestion) -> bool:
    if question.facts:
        return _facts_in(text, question) > 0
    return contains_answer(text, question.answers)


def fitted(given: Sequence[Sample]) -> Weights:
    """The three scores, fitted on those samples."""
    answerable = [one for one in given if one.question.answerable and len(one.passages)]
    parts = [[one for one in answerable if part_of(one.group) == number] for number in (0, 1)]
    passage = _passages_fitted(answerable)
    apart = [_passages_fitted(part) for part in parts]
    rows = [
        row
        for number, part in enumerate(parts)
        for one in part
        if (one.question.answers or one.question.facts)
        and (row := _sentence_group(one, apart[1 - number].score(one.passages))) is not None
        for _ in range(one.times)
    ]
    sentence = _ranked(rows, SENTENCE_FEATURES, SENTENCE_TREES, with_sum=False)
    # The refusal sees what the other two say of documents that they were fitted on: their sizes matter
    # little to it, and what it is told of the evidence itself is not fitted at all.
    first_two = Weights(passage, sentence, _zero(REFUSAL_FEATURES))
    judged = [*given, *(withheld(one) for one in given if one.question.answerable and one.question.facts)]
    truth = np.array([one.question.answerable for one in judged])
    evidence = [evidence_row(one, first_two) for one in judged]
    sets, whole = [one.set for one in judged], [bool(one.question.facts) for one in judged]
    return Weights(passage, sentence, _answering(evidence, truth, sets, whole))


def _passages_fitted(given: Sequence[Sample]) -> Trees:
    groups = [
        (one.passages, one.right_passage)
        for one in given
        if one.right_passage.any() and not one.right_passage.all()
        for _ in range(one.times)
    ]
    return _ranked(groups, PASSAGE_FEATURES, PASSAGE_TREES, with_sum=True)


def _sentence_group(one: Sample, scores: Array) -> tuple[Array, Array] | None:
    """The sentences of the best passages with their truth: right ones are those of the right document."""
    rows, places = placed(one, scores)
    right = one.right_sentence[places] & one.right_passage[one.of[places]]
    kept = right | ~one.right_sentence[places]
    return (rows[kept], right[kept]) if right.any() and not right[kept].all() else None


def placed(one: Sample, scores: Array) -> tuple[Array, Array]:
    """The rows of the sentences of the best passages, with the features that need the passages' scores, and
    where they stand among all."""
    order = np.argsort(-scores, kind="stable")[:PASSAGES_QUOTED]
    places = np.concatenate([np.where(one.of == passage)[0] for passage in order])
    rank = {passage: number for number, passage in enumerate(order)}
    rows = one.sentences[places].copy()
    mine = scores[one.of[places]]
    rows[:, SENTENCE_FEATURES.index("passage")] = mine
    rows[:, SENTENCE_FEATURES.index("passage_below_best")] = mine - scores.max()
    rows[:, SENTENCE_FEATURES.index("passage_rank")] = [1 / (1 + rank[number]) for number in one.of[places]]
    return rows, places


def evidence_row(one: Sample, weights: Weights) -> Array:
    """REFUSAL_FEATURES of what those weights choose."""
    reading = read_closely(one.asked, one.hits, around=one.around, weights=weights)
    row: Array = answerability.row(one.asked, reading.read, reading.chosen(3))[0]
    return row


def _ranked(
    groups: Sequence[tuple[Array, Array]], columns: Sequence[str], trees: int, *, with_sum: bool
) -> Trees:
    differences = []
    for rows, truth in groups:
        wrong = rows[~truth][:MOST_WRONG]  # they come in the search's order: the hardest first
        differences += [good - wrong for good in rows[truth][:1]]
    linear = _sum(np.concatenate(differences)) if with_sum else np.zeros(len(columns))
    rows = np.concatenate([rows for rows, _ in groups])
    truth = np.concatenate([truth for _, truth in groups]).astype(int)
    data = lightgbm.Dataset(rows, truth, group=[len(own) for own, _ in groups], init_score=rows @ linear)
    return _forest(lightgbm.train(RANKING, data, trees), linear, columns)


def _sum(differences: Array) -> Array:
    """Weights that put the right before the wrong, from rows of right minus wrong; without intercept."""
    scale = differences.std(axis=0) + 1e-9
    rows = differences / scale
    truth = np.concatenate([np.ones(len(rows)), np.zeros(len(rows))])
    model = LogisticRegression(C=0.3, fit_intercept=False, max_iter=200)
    weights: Array = model.fit(np.concatenate([rows, -rows]), truth).coef_[0] / scale
    return weights


def _answering(rows: Sequence[Array], truth: Array, sets: Sequence[str], whole: Sequence[bool]) -> Trees:
    """The log-odds that a question has an answer. Each set's questions with one count as much together as
    those without, and as those of every other set; those of whole answers three times as much."""
    table = np.array(rows, np.float32)
    kinds = list(zip(sets, truth.tolist(), strict=True))
    counted = Counter(kinds)
    weight = np.array(
        [(WHOLE_REFUSED if own else 1) / counted[kind] for kind, own in zip(kinds, whole, strict=True)]
    )
    weight /= weight.mean()
    data = lightgbm.Dataset(table, truth.astype(int), weight=weight)
    model = lightgbm.train(ANSWERING, data, REFUSAL_TREES)
    return _forest(model, np.zeros(table.shape[1]), REFUSAL_FEATURES)


def _forest(model: lightgbm.Booster, linear: Array, columns: Sequence[str]) -> Trees:
    trees, depth = [], 1
    for given in model.dump_model()["tree_info"]:
        nodes: list[list[float]] = []
        depth = max(depth, _flat(given["tree_structure"], nodes))
        trees.append(nodes)
    return Trees.read(
        {"columns": columns, "linear": linear.tolist(), "depth": depth, "trees": trees}, columns
    )


def _flat(node: dict[str, Any], nodes: list[list[float]]) -> int:
    """Write a node and those below it; returns how deep it goes."""
    at = len(nodes)
    if "leaf_value" in node:
        nodes.append([0, 0.0, at, at, float(node["leaf_value"])])
        return 0
    nodes.append([int(node["split_feature"]), float(node["threshold"]), 0, 0, 0.0])
    nodes[at][2] = len(nodes)
    left = _flat(node["left_child"], nodes)
    nodes[at][3] = len(nodes)
    return 1 + max(left, _flat(node["right_child"], nodes))


def _zero(columns: Sequence[str]) -> Trees:
    return Trees.read(
        {"columns": columns, "linear": [0.0] * len(columns), "depth": 1, "trees": [[[0, 0.0, 0, 0, 0.0]]]},
        columns,
    )


def written(weights: Weights) -> str:
    """The weights as a file of retrieval/evidence/weights holds them: six digits, one tree a line."""
    parts = []
    for name in ("passage", "sentence", "refusal"):
        trees: Trees = getattr(weights, name)
        lines = [
            "   "
            + json.dumps(
                [_node(trees, tree, node) for node in range(_nodes(trees, tree))], separators=(",", ":")
            )
            for tree in range(len(trees.column))
        ]
        linear = json.dumps([float(f"{value:.6g}") for value in trees.linear])
        parts.append(
            f' "{name}": {{\n  "columns": {json.dumps(trees.columns)},\n  "linear": {linear},\n'
            f'  "depth": {trees.depth},\n  "trees": [\n' + ",\n".join(lines) + "\n  ]\n }"
        )
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _nodes(trees: Trees, tree: int) -> int:
    return int(max(trees.left[tree].max(), trees.right[tree].max())) + 1


def _node(trees: Trees, tree: int, node: int) -> list[float]:
    return [
        int(trees.column[tree, node]),
        float(f"{trees.threshold[tree, node]:.6g}"),
        int(trees.left[tree, node]),
        int(trees.right[tree, node]),
        float(f"{trees.value[tree, node]:.6g}"),
    ]


def report(name: str, given: Sequence[Sample], weights: Weights) -> str:
    """What the product shows with those weights, for the questions of one set."""
    probabilities: dict[bool, list[float]] = {True: [], False: []}
    copied: list[tuple[float, list[bool]]] = []  # the same, of each quote
    answering: list[tuple[float, bool]] = []  # the probability told, and whether the quotes held the answer
    whole: list[tuple[float, float]] = []  # share of the facts that is shown, and in how many characters
    first_documents: list[bool] = []
    for one in given:
        reading = read_closely(one.asked, one.hits, around=one.around, weights=weights)
        evidence = reading.evidence(3)
        texts = [quote.text for quote in evidence.quotes[: shown_of(one.asked, evidence.quotes)]]
        probabilities[one.question.answerable].append(evidence.probability)
        if not one.question.answerable:
            answering.append((evidence.probability, False))
        elif one.question.facts:
            said = _facts_in("\n".join(texts), one.question) / len(one.question.facts)
            whole.append((said, float(len("".join("".join(texts).split())))))
        if not (one.question.answerable and one.question.answers):
            continue
        right = [contains_answer(text, one.question.answers) for text in texts]
        answering.append((evidence.probability, any(right)))
        copied.append((evidence.probability, right))
        first_documents.append(bool(reading.hits) and _document(reading.hits[0]) in one.question.documents)
    count = max(1, len(copied))
    asked = [one for one in given if one.question.answerable and one.question.answers]
    retrievers = {part: sum(_first_of(part, one) for one in asked) / count for part in ("words", "meaning")}
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
    shares = [(at, (with_answer >= at).mean(), (without < at).mean()) for at in THRESHOLDS]
    return ", ".join(f"{at} {answered:.3f} / {refused:.3f}" for at, answered, refused in shares)


def _calibration(answering: Sequence[tuple[float, bool]]) -> str:
    """In fifths of the probability told: in how many of how many the quotes held the answer."""
    told = []
    for fifth in range(5):
        here = [held for probability, held in answering if min(4, int(5 * probability)) == fifth]
        told.append(f"{20 * fifth} to {20 * fifth + 20} %: {sum(here)} of {len(here)}")
    return ", ".join(told)


def _copied(told: Sequence[tuple[float, list[bool]]]) -> str:
    """Of the answerable questions that are answered, by how sure the evidence is: the first quote alone, or
    one of the first two."""
    sure = [right[:1] for probability, right in told if probability >= SURE]
    unsure = [right[:2] for probability, right in told if ANSWERED <= probability < SURE]
    return ", ".join(
        f"{sum(map(any, some))} of {len(some)} {name}"
        for name, some in ((f"from {SURE} on (first quote)", sure), ("below (first two)", unsure))
    )


def _first_of(retriever: str, one: Sample) -> bool:
    """Whether the best hit of one retriever alone is a right document; one that found nothing has none."""
    best = max(one.hits, key=lambda hit: float(getattr(hit, retriever)), default=None)
    if best is None or not getattr(best, retriever):
        return False
    return _document(best) in one.question.documents


def main() -> None:
    """Fit on the first half of all sets together; report each set's second half."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--embedder", default="")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--leave-out", action="append", default=[])
    given = parser.parse_args()
    read = {folder.name: list(samples(folder, given.embedder)) for folder in given.sets}
    fitting = {name: own for name, own in read.items() if name not in given.leave_out}
    weights = fitted([one for own in fitting.values() for one in own if not one.second_half])
    for name, own in read.items():
        left_out = name in given.leave_out
        tested = own if left_out else [one for one in own if one.second_half]
        print(report(name + (" (left out)" if left_out else ""), tested, weights), flush=True)
    if given.write:
        everything = fitted([one for own in fitting.values() for one in own])
        path = WEIGHTS / f"{given.embedder or 'words'}.json"
        path.write_text(written(everything), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Fits the weights of `retrieval.evidence` on one half of some question sets and reports on the other half.

    python -m bench.answers.fitting SET_FOLDER … [--embedder NAME] [--write] [--leave-out NAME …]
        [--small N] [--limit N]

Halves are by document, in sets of whole answers by question. Three scores are fitted: of passages and of
sentences by their order within one question, and of the whole evidence by whether the question has an
answer. The first is a weighted sum (logistic regression) that boosted trees (LightGBM) correct, the others
are trees alone, each as it did best. A score that is the input of another one is taken from documents that it
was not fitted on. Of each question with known facts a second one is made that nothing
answers, by taking its documents away. `--embedder` fits to what that installed embedder finds beside the
words; without it, to words alone. `--leave-out` fits without those sets and reports on them: how it does on a
kind of text that it never saw. `--small` makes so many small libraries of each set too
(`bench.answers.small_libraries`), `--limit` takes so many questions of a set, spread over it. `--write` fits
once more, on both halves, and puts these weights into
retrieval/evidence/weights: what is shipped has seen everything, what is reported has not.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from sklearn.linear_model import LogisticRegression

from bench.answers.fitting_report import report
from bench.answers.fitting_samples import Array, Sample, part_of, samples, small_samples, withheld
from evaluation.sets import SetQuestion, read_set
from retrieval.evidence import answerability
from retrieval.evidence.answerability import REFUSAL_FEATURES, SUMMED_FEATURES
from retrieval.evidence.features import PASSAGE_FEATURES, SENTENCE_FEATURES
from retrieval.evidence.ranking import PASSAGES_QUOTED, WEIGHTS, Weights, read_closely
from retrieval.evidence.trees import Trees

MOST_WRONG = 8  # wrong ones of a question that the sum is fitted on: the others are easy
RANKING = {
    "objective": "lambdarank", "learning_rate": 0.05, "lambdarank_truncation_level": 3, "num_leaves": 8,
    "max_depth": 5, "min_data_in_leaf": 60, "lambda_l2": 5, "feature_fraction": 0.6, "bagging_fraction": 0.7,
    "bagging_freq": 1, "verbose": -1, "num_threads": 1, "seed": 1, "deterministic": True,
}  # fmt: skip
ANSWERING = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 4, "min_data_in_leaf": 40, "lambda_l2": 5,
    "feature_fraction": 0.4, "bagging_fraction": 0.7, "bagging_freq": 1, "verbose": -1, "num_threads": 1,
    "seed": 1, "deterministic": True,
}  # fmt: skip
WHOLE_REFUSED = (
    3  # how often a question of a set of whole answers counts, where it is told whether any answers
)
PASSAGE_TREES, SENTENCE_TREES, REFUSAL_TREES = 25, 220, 60
REFUSAL_C = 0.05  # the sum's inverse strength of regularisation


def fitted(given: Sequence[Sample]) -> Weights:
    """The three scores, fitted on those samples."""
    answerable = [sample for sample in given if sample.question.answerable and len(sample.passages)]
    parts = [[sample for sample in answerable if part_of(sample.group) == number] for number in (0, 1)]
    passage = _passages_fitted(answerable)
    apart = [_passages_fitted(part) for part in parts]
    rows = [
        row
        for number, part in enumerate(parts)
        for sample in part
        if (sample.question.answers or sample.question.facts)
        and (row := _sentence_group(sample, apart[1 - number].score(sample.passages))) is not None
        for _ in range(sample.times)
    ]
    sentence = _ranked(rows, SENTENCE_FEATURES, SENTENCE_TREES, with_sum=False)
    # The refusal sees what the other two say of documents that they were fitted on: their sizes matter
    # little to it, and what it knows of the evidence itself is not fitted at all.
    first_two = Weights(passage, sentence, _zero(REFUSAL_FEATURES))
    asked = [sample for sample in given if sample.hits]
    made = [
        twin
        for sample in asked
        if sample.question.answerable and sample.question.facts and (twin := withheld(sample)).hits
    ]
    truth = np.array([sample.question.answerable for sample in asked + made])
    evidence = [evidence_row(sample, first_two) for sample in asked + made]
    groups = [*(sample.set for sample in asked), *(f"{sample.set} withheld" for sample in made)]
    whole = [*(bool(sample.question.kinds) for sample in asked), *(False for _ in made)]
    return Weights(passage, sentence, _answering(evidence, truth, groups, whole))


def _passages_fitted(given: Sequence[Sample]) -> Trees:
    groups = [
        (sample.passages, sample.right_passage)
        for sample in given
        if sample.right_passage.any() and not sample.right_passage.all()
        for _ in range(sample.times)
    ]
    return _ranked(groups, PASSAGE_FEATURES, PASSAGE_TREES, with_sum=True)


def _sentence_group(sample: Sample, scores: Array) -> tuple[Array, Array] | None:
    """The sentences of the best passages with their truth: right ones are those of the right document."""
    rows, places = placed(sample, scores)
    right = sample.right_sentence[places] & sample.right_passage[sample.of[places]]
    kept = right | ~sample.right_sentence[places]
    return (rows[kept], right[kept]) if right.any() and not right[kept].all() else None


def placed(sample: Sample, scores: Array) -> tuple[Array, Array]:
    """The rows of the sentences of the best passages, with the features that need the passages' scores, and
    where they stand among all."""
    order = np.argsort(-scores, kind="stable")[:PASSAGES_QUOTED]
    places = np.concatenate([np.where(sample.of == passage)[0] for passage in order])
    rank = {passage: number for number, passage in enumerate(order)}
    rows = sample.sentences[places].copy()
    mine = scores[sample.of[places]]
    rows[:, SENTENCE_FEATURES.index("passage")] = mine
    rows[:, SENTENCE_FEATURES.index("passage_below_best")] = mine - scores.max()
    rows[:, SENTENCE_FEATURES.index("passage_rank")] = [
        1 / (1 + rank[number]) for number in sample.of[places]
    ]
    return rows, places


def evidence_row(sample: Sample, weights: Weights) -> Array:
    """REFUSAL_FEATURES of what those weights choose."""
    reading = read_closely(sample.asked, sample.hits, around=sample.around, weights=weights)
    row: Array = answerability.row(sample.asked, reading.read, reading.chosen(3))[0]
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


def _answering(rows: Sequence[Array], truth: Array, groups: Sequence[str], whole: Sequence[bool]) -> Trees:
    """The log-odds that a question has an answer: a sum, and trees that correct it. Each group's questions
    with an answer count as much together as those without, and as those of every other group; those of whole
    answers that people wrote WHOLE_REFUSED times as much."""
    table = np.array(rows, np.float32)
    kinds = list(zip(groups, truth.tolist(), strict=True))
    counted = Counter(kinds)
    weight = np.array(
        [(WHOLE_REFUSED if own else 1) / counted[kind] for kind, own in zip(kinds, whole, strict=True)]
    )
    for side in (True, False):
        weight[truth == side] /= weight[truth == side].sum()
    weight /= weight.mean()
    linear, intercept = _answering_sum(table, truth, weight)
    data = lightgbm.Dataset(table, truth.astype(int), weight=weight, init_score=table @ linear + intercept)
    model = lightgbm.train(ANSWERING, data, REFUSAL_TREES)
    return _forest(model, linear, REFUSAL_FEATURES, intercept)


def _answering_sum(table: Array, truth: Array, weight: Array) -> tuple[Array, float]:
    """A weight for each of REFUSAL_FEATURES, 0 for those that are not summed, and the intercept."""
    summed = [REFUSAL_FEATURES.index(name) for name in SUMMED_FEATURES]
    scale = table[:, summed].std(axis=0) + 1e-9
    model = LogisticRegression(C=REFUSAL_C, max_iter=3000)
    model.fit(table[:, summed] / scale, truth, sample_weight=weight)
    linear = np.zeros(table.shape[1])
    linear[summed] = model.coef_[0] / scale
    return linear, float(model.intercept_[0])


def _forest(model: lightgbm.Booster, linear: Array, columns: Sequence[str], intercept: float = 0.0) -> Trees:
    trees, depth = [[[0, 0.0, 0, 0, intercept]]], 1  # a tree of one leaf adds to every score
    for given in model.dump_model()["tree_info"]:
        nodes: list[list[float]] = []
        depth = max(depth, _flat(given["tree_structure"], nodes))
        trees.append(nodes)
    return Trees.read(
        {"columns": columns, "linear": linear.tolist(), "depth": depth, "trees": trees}, columns
    )


def _flat(node: dict[str, Any], nodes: list[list[float]]) -> int:
    """Write a node and those below it; returns how deep it goes."""
    index = len(nodes)
    if "leaf_value" in node:
        nodes.append([0, 0.0, index, index, float(node["leaf_value"])])
        return 0
    nodes.append([int(node["split_feature"]), float(node["threshold"]), 0, 0, 0.0])
    nodes[index][2] = len(nodes)
    left = _flat(node["left_child"], nodes)
    nodes[index][3] = len(nodes)
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


def _some(questions: Sequence[SetQuestion], most: int) -> Sequence[SetQuestion]:
    """So many of the questions, spread over all of them; all if `most` is 0."""
    if not most or len(questions) <= most:
        return questions
    return [questions[int(number * len(questions) / most)] for number in range(most)]


def main() -> None:
    """Fit on the first half of all sets together; report each set's second half."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--embedder", default="")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--leave-out", action="append", default=[])
    parser.add_argument("--small", type=int, default=0, metavar="N")
    parser.add_argument("--limit", type=int, default=0, metavar="N")
    given = parser.parse_args()
    read: dict[str, list[Sample]] = {}
    for folder in given.sets:
        chosen = read_set(folder)
        questions = _some(chosen.questions, given.limit)
        read[chosen.name] = list(samples(chosen, questions, given.embedder))
        small = list(small_samples(chosen, given.small, given.embedder))
        read |= {sample.set: small for sample in small[:1]}
    fitting = {name: own for name, own in read.items() if name not in given.leave_out}
    weights = fitted([sample for own in fitting.values() for sample in own if not sample.second_half])
    for name, own in read.items():
        left_out = name in given.leave_out
        tested = own if left_out else [sample for sample in own if sample.second_half]
        print(report(name + (" (left out)" if left_out else ""), tested, weights), flush=True)
    if given.write:
        everything = fitted([sample for own in fitting.values() for sample in own])
        path = WEIGHTS / f"{given.embedder or 'words'}.json"
        path.write_text(written(everything), encoding="utf-8")


if __name__ == "__main__":
    main()

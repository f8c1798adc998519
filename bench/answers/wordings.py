"""How alike may two different questions be: `python -m bench.answers.wordings FOLDER…` (question sets).

Pairs of questions on one paragraph whose answers differ are different questions, and the hardest that there
are; an approved answer must not be served to the other one. Prints, for several thresholds, the share of
such pairs that would be taken for one question.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from pathlib import Path

from evaluation.scoring import plain
from evaluation.sets import SetQuestion, read_set
from retrieval.faq.faqs import LEAST_ALIKE, alike, taken_apart

THRESHOLDS = (0.8, 0.85, 0.9, LEAST_ALIKE, 1.0)


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description="How alike different questions are.")
    asked.add_argument("sets", nargs="+", type=Path)
    print("| set | pairs of different questions | " + " | ".join(f"≥ {t}" for t in THRESHOLDS) + " |")
    print("|---|---|" + "---|" * len(THRESHOLDS))
    for folder in asked.parse_args().sets:
        chosen = read_set(folder)
        scores = _scores(chosen.questions)
        shares = (f"{sum(score >= t for score in scores)}" for t in THRESHOLDS)
        print(f"| {chosen.name} | {len(scores)} | " + " | ".join(shares) + " |")


def _scores(questions: list[SetQuestion]) -> list[float]:
    """How alike each pair of questions with different answers on one paragraph is."""
    groups: dict[frozenset[str], list[SetQuestion]] = defaultdict(list)
    for question in questions:
        if question.answerable and question.documents and question.answers:
            groups[question.documents].append(question)
    scores = []
    for group in groups.values():
        apart = [
            (taken_apart(question.question), {plain(answer) for answer in question.answers})
            for question in group
        ]
        scores += [
            alike(wording, other)
            for (wording, mine), (other, theirs) in itertools.combinations(apart, 2)
            if mine.isdisjoint(theirs)
        ]
    return scores


if __name__ == "__main__":
    main()

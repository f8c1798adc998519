"""What two small models wrote to the cases of the test of writing, judged by a person: what is shown is
right, and little that is right is struck.

`right` is "yes", "no", or "bare" for a sentence that is right without the "yes" or "no" at its beginning.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from evaluation.writing import writing_cases
from retrieval.answers.writing.relevance import fitting
from retrieval.answers.writing.verification import Verdict, verify

pytestmark = pytest.mark.fast

ROWS = [
    json.loads(line)
    for line in Path(__file__).with_name("written_sentences.jsonl").read_text(encoding="utf-8").splitlines()
]
CASES = {(case.language, case.id): case for case in writing_cases()}
LEAST_RIGHT, MOST_STRUCK = 0.97, 0.12


def shown(row: dict[str, str]) -> Verdict:
    case = CASES[row["language"], row["case"]]
    verdicts = [verify(f"{row['text']}[{mark}]", case.quotes) for mark in range(1, len(case.quotes) + 1)]
    verdict = next((verdict for verdict in verdicts if verdict.stands), verdicts[0])
    return fitting(case.question, verdict, "\n".join(case.quotes[mark - 1] for mark in verdict.marks))


def is_right(row: dict[str, str], verdict: Verdict) -> bool:
    changed = verdict.text != row["text"]
    quoted = any(
        verdict.text in " ".join(text.split()) for text in CASES[row["language"], row["case"]].quotes
    )
    return row["right"] == "yes" or (changed and (quoted or row["right"] == "bare"))


def test_what_is_shown_is_right_and_little_that_is_right_is_struck() -> None:
    counted: Counter[str] = Counter()
    wrong = []
    for row in ROWS:
        verdict = shown(row)
        if verdict.stands:
            right = is_right(row, verdict)
            counted["shown right" if right else "shown wrong"] += 1
            wrong += [] if right else [verdict.text]
        else:
            counted["struck right" if row["right"] == "yes" else "struck wrong"] += 1
    assert counted.total() >= 270
    assert counted["struck wrong"] >= 50, "the rows hold too little that is wrong"
    assert counted["shown right"] / (counted["shown right"] + counted["shown wrong"]) >= LEAST_RIGHT, wrong
    assert counted["struck right"] / (counted["struck right"] + counted["shown right"]) <= MOST_STRUCK


def test_the_sentences_are_of_three_languages() -> None:
    assert {row["language"] for row in ROWS} == {"ja", "en", "zh"}

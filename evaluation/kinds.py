"""Whole answers by kind of question: how complete, how long, how often refused. Pure.

Completeness alone says little: a whole document is complete and useless. So the characters that a person
has to read always stand beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluation.outcomes import QuestionOutcome
from evaluation.scoring import mean, share

ALL = "all"
GROUPED = ("kinds", "languages")  # groups of the report that hold a group for each kind or language


def kinds_report(outcomes: Sequence[QuestionOutcome]) -> dict[str, Any]:
    """The figures of each kind and of all, and those of each language; empty if no question has a kind."""
    rows = [outcome for outcome in outcomes if outcome.question.kinds]
    if not rows:
        return {}
    kinds = list(dict.fromkeys(kind for outcome in rows for kind in outcome.question.kinds))
    languages = sorted({outcome.question.language for outcome in rows})
    return {
        "kinds": {
            kind: figures([outcome for outcome in rows if kind in outcome.question.kinds]) for kind in kinds
        }
        | {ALL: figures(rows)},
        "languages": {
            name: figures([outcome for outcome in rows if outcome.question.language == name])
            for name in languages
        },
    }


def figures(outcomes: Sequence[QuestionOutcome]) -> dict[str, float | int | None]:
    """complete: mean share of the facts shown, a refusal being 0; all_facts: share with every fact, both of
    the questions that the documents answer; forbidden: share with a forbidden text, of those that have one;
    refused: share refused of the questions that the documents answer, or of all if they answer none;
    refused_unanswerable: of those that they do not answer; mean_characters: of what was not refused."""
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    absent = [outcome for outcome in outcomes if not outcome.question.answerable]
    complete = [value for outcome in answerable if (value := outcome.carried.complete) is not None]
    return {
        "n": len(outcomes),
        "complete": mean(complete),
        "all_facts": share([value == 1 for value in complete]),
        "forbidden": share(
            [bool(outcome.carried.forbidden) for outcome in outcomes if outcome.question.forbidden]
        ),
        "refused": share([outcome.refused for outcome in answerable or absent]),
        "refused_unanswerable": share([outcome.refused for outcome in absent]),
        "mean_characters": mean([outcome.carried.characters for outcome in outcomes if not outcome.refused]),
    }

"""Whole answers by kind of question: how complete, how long, how often refused. Pure.

Completeness alone says little: a whole document is complete and useless. So the characters that a person
has to read always stand beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluation.outcomes import Outcome
from evaluation.scoring import mean, share

ALL = "all"
GROUPED = ("kinds", "languages")  # groups of the report that hold a group for each kind or language


def kinds_report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures of each kind and of all, and those of each language; empty where no question has a kind."""
    rows = [one for one in outcomes if one.question.kinds]
    if not rows:
        return {}
    kinds = list(dict.fromkeys(kind for one in rows for kind in one.question.kinds))
    languages = sorted({one.question.language for one in rows})
    return {
        "kinds": {kind: figures([one for one in rows if kind in one.question.kinds]) for kind in kinds}
        | {ALL: figures(rows)},
        "languages": {
            name: figures([one for one in rows if one.question.language == name]) for name in languages
        },
    }


def figures(outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
    """complete: mean share of the facts shown, a refusal being 0; all_facts: share with every fact, both of
    the questions that the documents answer; forbidden: share with a forbidden text, of those that have one;
    refused: share refused of the questions that the documents answer, or of all where they answer none;
    refused_unanswerable: of those that they do not answer; mean_characters: of what was not refused."""
    answerable = [one for one in outcomes if one.question.answerable]
    absent = [one for one in outcomes if not one.question.answerable]
    complete = [value for one in answerable if (value := one.carried.complete) is not None]
    return {
        "n": len(outcomes),
        "complete": mean(complete),
        "all_facts": share([value == 1 for value in complete]),
        "forbidden": share([bool(one.carried.forbidden) for one in outcomes if one.question.forbidden]),
        "refused": share([one.refused for one in answerable or absent]),
        "refused_unanswerable": share([one.refused for one in absent]),
        "mean_characters": mean([one.carried.characters for one in outcomes if not one.refused]),
    }

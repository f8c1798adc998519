"""What people judged of shown answers where no string decides, kept and used again for the same text.

A reference answer that is a whole sentence stands word for word in no document. So a person writes `judged`
into lines of an outcomes file, and the next run finds what it shows again there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import BadValue
from evaluation.outcomes import QuestionOutcome
from evaluation.scoring import comparable, share

Judgements = Mapping[tuple[str, str], bool]  # by question id and what was shown


def read_judgements(path: Path) -> dict[tuple[str, str], bool]:
    """The judgements of that file; lines without one are passed over. Raises BadValue."""
    judgements: dict[tuple[str, str], bool] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise BadValue(name=path, problem=error, fix="Name a file that --outcomes wrote") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            qid, shown, judged = row["qid"], row["shown"], row.get("judged")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            fix = "Each line must be an object with qid, shown and judged"
            raise BadValue(name=f"{path}:{number}", problem=error, fix=fix) from error
        if judged is None:
            continue
        if not isinstance(judged, bool):
            raise BadValue(
                name=f"{path}:{number}",
                problem="judged is neither true nor false",
                fix="Write true, false or null",
            )
        judgements[qid, comparable(shown)] = judged
    return judgements


def judged(outcome: QuestionOutcome, judgements: Judgements) -> bool | None:
    """Whether what was shown is right: by a person's judgement, else by what decides by itself (a refusal, or
    an answer that stands in it); None if a person must still say."""
    if outcome.refused or not outcome.question.answerable:
        return outcome.right
    said = judgements.get((outcome.question.id, comparable(outcome.text)))
    if said is not None:
        return said
    return True if outcome.right or outcome.carried.complete == 1 else None


def judged_report(outcomes: Sequence[QuestionOutcome], judgements: Judgements) -> dict[str, Any]:
    """Of the questions that the documents answer: how many, in how many of them nobody has judged yet what
    was shown, and the share that is right, those taken as wrong."""
    answerable = [judged(outcome, judgements) for outcome in outcomes if outcome.question.answerable]
    return {
        "n": len(answerable),
        "open": sum(verdict is None for verdict in answerable),
        "right": share([verdict is True for verdict in answerable]),
    }

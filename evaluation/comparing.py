"""Two models on the same questions: who is right more often, and whether that is more than chance. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Paired:
    """How two did on the same questions: how often both were right, one alone, or neither; `p_value` is
    that of McNemar's exact test (two-sided), None if they never differ."""

    both: int
    first_alone: int
    second_alone: int
    neither: int
    p_value: float | None


def paired(first: Sequence[bool], second: Sequence[bool]) -> Paired:
    """Compare question by question; both lists are in the order of the questions."""
    pairs = list(zip(first, second, strict=True))
    alone = (
        sum(first_right and not second_right for first_right, second_right in pairs),
        sum(second_right and not first_right for first_right, second_right in pairs),
    )
    return Paired(
        sum(first_right and second_right for first_right, second_right in pairs),
        *alone,
        sum(not first_right and not second_right for first_right, second_right in pairs),
        mcnemar(*alone),
    )


def mcnemar(first_alone: int, second_alone: int) -> float | None:
    """The exact two-sided p-value of McNemar's test: under no difference, each question on which they
    differ is a toss of a coin (McNemar 1947; exact binomial form)."""
    tosses = first_alone + second_alone
    if tosses == 0:
        return None
    tail = sum(math.comb(tosses, k) for k in range(min(first_alone, second_alone) + 1))
    return round(min(1.0, float(2 * tail / 2**tosses)), 6)

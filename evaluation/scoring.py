"""The measures, each a function of plain values. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence


def rank_of(found: Sequence[str], gold: Collection[str]) -> int | None:
    """The place (from 1) of the first right one; None where none was found."""
    return next((place for place, name in enumerate(found, start=1) if name in gold), None)


def recall_at(ranks: Sequence[int | None], k: int) -> float | None:
    """The share of questions whose first right document stands among the first k."""
    return share([rank is not None and rank <= k for rank in ranks])


def reciprocal_rank(ranks: Sequence[int | None], k: int) -> float | None:
    """The mean of 1/place of the first right document, 0 beyond the first k (MRR@k)."""
    if not ranks:
        return None
    return round(sum(1 / rank for rank in ranks if rank is not None and rank <= k) / len(ranks), 4)


def share(truths: Sequence[bool]) -> float | None:
    """The share that is true; None of nothing."""
    return round(sum(truths) / len(truths), 4) if truths else None


def plain(text: str) -> str:
    """Text for comparing answers: NFKC, lower case, no white space, no thousands separators."""
    folded = "".join(unicodedata.normalize("NFKC", text).lower().split())
    return re.sub(r"(?<=\d),(?=\d{3})", "", folded)


def contains_answer(text: str, answers: Sequence[str]) -> bool:
    """Whether one of the answers stands in the text."""
    have = plain(text)
    return any(plain(answer) in have for answer in answers if plain(answer))


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """The chance that a random positive scores above a random negative, ties half (ROC AUC, by ranks)."""
    if not positive or not negative:
        return None
    scored = sorted([(score, True) for score in positive] + [(score, False) for score in negative])
    total, at = 0.0, 0
    while at < len(scored):
        end = at
        while end < len(scored) and scored[end][0] == scored[at][0]:
            end += 1
        rank = (at + 1 + end) / 2
        total += rank * sum(is_positive for _, is_positive in scored[at:end])
        at = end
    count = len(positive)
    return round((total - count * (count + 1) / 2) / (count * len(negative)), 4)


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The value below which that share lies, nearest rank; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))], 2)

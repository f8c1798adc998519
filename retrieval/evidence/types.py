"""What evidence is made of: quotes, what they were chosen from, and how likely they answer."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.evidence.features import PassageRead, Unit
from retrieval.index.search import Hit


@dataclass(frozen=True)
class Quote:
    """A stretch of a page: `text` is that page's text at [start, end)."""

    hit: Hit
    page: int
    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True)
class Evidence:
    """The best quotes, best first, and the probability that they answer the question."""

    quotes: list[Quote]
    probability: float


@dataclass(frozen=True)
class Chosen:
    """The sentences of a quote, one or two neighbours in their order, and the chance that they answer."""

    one: PassageRead
    units: tuple[Unit, ...]
    chance: float

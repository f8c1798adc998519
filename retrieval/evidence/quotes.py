"""What is shown as evidence: quotes of one or more exact stretches of pages, and how sure they are. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.evidence.units import UnitKind
from retrieval.index.search import Hit


@dataclass(frozen=True)
class Stretch:
    """`text` is that page's text at [start, end)."""

    page: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Quote:
    """A unit of a document, word for word: `text` is that of its stretches, in reading order, joined by a
    line's end; `page`, `start` and `end` are those of the first. `emphasis` are the decisive stretches, each
    within one of them and left empty where all of it decides."""

    hit: Hit
    page: int
    start: int
    end: int
    text: str
    score: float
    stretches: tuple[Stretch, ...] = ()
    emphasis: tuple[Stretch, ...] = ()
    unit: UnitKind = UnitKind.SENTENCE

    def __post_init__(self) -> None:
        if not self.stretches:
            object.__setattr__(self, "stretches", (Stretch(self.page, self.start, self.end, self.text),))

    @classmethod
    def of(
        cls,
        hit: Hit,
        stretches: Sequence[Stretch],
        score: float,
        *,
        unit: UnitKind = UnitKind.SENTENCE,
        emphasis: Sequence[Stretch] = (),
    ) -> Quote:
        """The quote of those stretches, of which there is at least one."""
        first = stretches[0]
        text = "\n".join(stretch.text for stretch in stretches)
        return cls(
            hit, first.page, first.start, first.end, text, score, tuple(stretches), tuple(emphasis), unit
        )


@dataclass(frozen=True)
class Evidence:
    """The best quotes, best first, and the probability that they answer the question."""

    quotes: list[Quote]
    probability: float

"""What is shown as evidence: quotes of one or more exact stretches of pages, and how sure they are. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contract.values import Certainty
from retrieval.evidence.computed import ComputedFromTable
from retrieval.evidence.reading import PassageRead, ReadSentence
from retrieval.evidence.units import EvidenceUnit, UnitKind
from retrieval.index.search import Hit

SURE, LIKELY = 0.8, 0.5  # the probability from which quotes are said to answer, and to answer likely


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
    line's end; `page`, `start` and `end` are those of the first. `emphasis` are the [start, end) of `text`
    that decide, none where all of it does."""

    hit: Hit
    page: int
    start: int
    end: int
    text: str
    score: float
    stretches: tuple[Stretch, ...] = ()
    emphasis: tuple[tuple[int, int], ...] = ()
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
        emphasis: Sequence[tuple[int, int]] = (),
    ) -> Quote:
        """The quote of those stretches, of which there is at least one."""
        first = stretches[0]
        text = "\n".join(stretch.text for stretch in stretches)
        return cls(
            hit, first.page, first.start, first.end, text, score, tuple(stretches), tuple(emphasis), unit
        )


@dataclass(frozen=True)
class QuotedUnit:
    """A quote as a model reads it: the document's title, the headings above it, from the highest, and its
    parts in reading order: the stem and each item, the header and each row, the sentences of a paragraph."""

    title: str
    headings: tuple[str, ...]
    kind: UnitKind
    parts: tuple[str, ...]

    @classmethod
    def of(cls, quote: Quote) -> QuotedUnit:
        """The quote, its lines as parts."""
        lines = (line.strip() for line in quote.text.splitlines())
        headings = tuple(part for part in quote.hit.passage.heading.split(" > ") if part)
        return cls(quote.hit.title, headings, quote.unit, tuple(filter(None, lines)))


@dataclass(frozen=True)
class Evidence:
    """The best quotes, best first, and the probability that they answer the question. Where the answer was
    computed from a table, the first quote is of the rows that it comes from."""

    quotes: list[Quote]
    probability: float
    computed: ComputedFromTable | None = None

    @property
    def units(self) -> list[QuotedUnit]:
        """What a model reads: each quote whole, under its headings."""
        return [QuotedUnit.of(quote) for quote in self.quotes]

    def certainty(self, threshold: float) -> Certainty:
        """How sure it is that they answer, where below `threshold` they do not."""
        if not self.quotes or self.probability < threshold:
            return Certainty.NONE
        if self.probability >= SURE:
            return Certainty.SURE
        return Certainty.LIKELY if self.probability >= LIKELY else Certainty.MAYBE


@dataclass(frozen=True)
class ChosenUnit:
    """A unit that was chosen, the sentences in it that were read, and the probability that they answer."""

    passage: PassageRead
    unit: EvidenceUnit
    sentences: tuple[ReadSentence, ...]
    best: ReadSentence
    probability: float
    value: float = 0.0  # what it is chosen by; comparable within one question

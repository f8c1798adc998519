"""Which sentences of the found passages answer the question, and how likely they do. Pure: it opens
nothing and asks no model.

A sentence is judged by what share of the question's weight it carries (with its title and headings, and
with its neighbours), by whether it has the kind of thing that is asked for, by what it says that the
question does not, and by its passage. The weights are those of a logistic regression over pairs of a right
and a wrong sentence, fitted on one half of five open question sets; `python -m bench.fitting` does it again.
Passages are put in order by the best sentence in them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from retrieval.cues import Wanted, carries, wanted
from retrieval.search import Hit
from retrieval.text import query_tokens, sentences, tokens

PASSAGES_READ = 20  # passages whose sentences are looked at; the others keep their order behind them
PASSAGES_QUOTED = 10
LONGEST = 600  # characters of a quote; a longer "sentence" is a table or a list without ends
NEW_TOKENS = 12  # a sentence with so many tokens that the question lacks says something new for certain

# Of a passage: its fused score counts 1.
PASSAGE_COVERED, BEST_SENTENCE, BEST_AROUND = 0.2, 1.4, 0.8
BEST_CUE, BEST_NEW = 0.12, 0.15
# Of a sentence.
OWN, AROUND, PASSAGE, COVERED, CUE, NEW, FIRST = 6.5, 3.4, 3.8, 7.9, 1.2, 1.8, 0.7


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


@dataclass
class _Unit:
    """A sentence with what it carries: shares of the question's weight, 0 to 1."""

    page: int
    start: int
    end: int
    text: str
    own: float
    around: float
    cue: int  # 1: has what is asked for, -1: has not, 0: the question does not tell
    new: float
    first: bool


@dataclass
class _Read:
    """A hit whose sentences were read."""

    hit: Hit
    covered: float
    units: list[_Unit]

    @property
    def rank(self) -> float:
        best = max((u.own + BEST_CUE * u.cue + BEST_NEW * u.new for u in self.units), default=0.0)
        around = max((unit.around for unit in self.units), default=0.0)
        return self.hit.score + PASSAGE_COVERED * self.covered + BEST_SENTENCE * best + BEST_AROUND * around


@dataclass(frozen=True)
class Question:
    """A question taken apart: the weight of each of its tokens, and what it asks for."""

    text: str
    weights: Mapping[str, float]
    total: float
    words: frozenset[str]
    wanted: Wanted | None

    @classmethod
    def parse(cls, text: str, frequencies: Mapping[str, int], passages: int) -> Question:
        """`frequencies` says in how many of the index's `passages` passages each query token stands."""
        weights = {
            token: count * inverse_frequency(frequencies.get(token, 0), passages)
            for token, count in Counter(query_tokens(text)).items()
        }
        return cls(text, weights, sum(weights.values()), frozenset(tokens(text)), wanted(text))

    def share(self, words: set[str]) -> float:
        """The share of the question's weight that those words carry."""
        if self.total <= 0:
            return 0.0
        return sum(weight for token, weight in self.weights.items() if token in words) / self.total


@dataclass(frozen=True)
class Reading:
    """Hits in their final order, and the sentences of the best of them."""

    question: Question
    hits: list[Hit]
    read: list[_Read]

    def evidence(self, quotes: int) -> Evidence:
        """The best `quotes` sentences, each different, and the probability that they answer."""
        read = self.read[:PASSAGES_QUOTED]
        best_hit = max((one.hit.score for one in read), default=0.0) or 1.0
        scored = sorted(
            ((_score(unit, one, one.hit.score / best_hit), unit, one) for one in read for unit in one.units),
            key=lambda row: -row[0],
        )
        chosen: list[Quote] = []
        sources: list[tuple[_Unit, _Read]] = []
        seen: set[str] = set()
        for score, unit, one in scored:
            if len(chosen) == quotes:
                break
            if unit.text not in seen:  # copies of one document answer once
                seen.add(unit.text)
                chosen.append(Quote(one.hit, unit.page, unit.start, unit.end, unit.text, score))
                sources.append((unit, one))
        return Evidence(chosen, _probability(sources))


def inverse_frequency(documents: int, total: int) -> float:
    """BM25's weight of a token that stands in so many of all passages (Robertson, Spärck Jones)."""
    return math.log(1 + (total - documents + 0.5) / (documents + 0.5))


def read_closely(question: Question, hits: Sequence[Hit]) -> Reading:
    """Read the sentences of the best hits and put those hits in order by what they say."""
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    read = [_read(question, replace(hit, score=hit.score / best)) for hit in hits[:PASSAGES_READ]]
    read.sort(key=lambda one: -one.rank)
    least = read[-1].rank if read else 0.0
    ordered = [replace(one.hit, score=one.rank) for one in read]
    # Those that were not read stay behind those that were, in their order.
    ordered += [replace(hit, score=least * hit.score / best) for hit in hits[PASSAGES_READ:]]
    return Reading(question, ordered, read)


def _read(question: Question, hit: Hit) -> _Read:
    head = set(tokens(f"{hit.title}\n{hit.passage.heading}"))
    units: list[_Unit] = []
    words: list[set[str]] = []
    offset = 0
    for page, start, end in hit.passage.pieces:
        piece = hit.passage.text[offset : offset + end - start]
        offset += end - start + 1
        for first, last in sentences(piece):
            last = min(last, first + LONGEST)
            text = piece[first:last]
            found = tokens(text)
            own = set(found)
            words.append(own)
            asked = question.wanted
            units.append(
                _Unit(
                    page,
                    start + first,
                    start + last,
                    text,
                    question.share(own | head),
                    0.0,
                    (1 if carries(text, asked, question.text) else -1) if asked else 0,
                    min(1.0, sum(token not in question.words for token in found) / NEW_TOKENS),
                    not units,
                )
            )
    for number, unit in enumerate(units):
        near = set().union(head, *words[max(0, number - 1) : number + 2])
        unit.around = question.share(near)
    return _Read(hit, question.share(set().union(head, *words)), units)


def _score(unit: _Unit, one: _Read, passage: float) -> float:
    return (
        OWN * unit.own
        + AROUND * unit.around
        + PASSAGE * passage
        + COVERED * one.covered
        + CUE * unit.cue
        + NEW * unit.new
        + FIRST * unit.first
    )


def _probability(sources: Sequence[tuple[_Unit, _Read]]) -> float:
    """The most of the question's weight that a quote carries: its passage's share counts for four fifths."""
    return max((unit.own + 0.8 * (one.covered - unit.own) for unit, one in sources), default=0.0)

"""Which sentences of the found passages answer the question, and how likely they do. Pure but for nothing:
it opens no file and no model.

A sentence is scored by BM25 over its own tokens, its document's title and headings counted with less
weight, and by the score of the passage it stands in. The probability that it answers comes from the
share of the question's weight that the sentence and its passage carry.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retrieval.search import Hit
from retrieval.text import query_tokens, sentences, tokens

K1, B = 0.9, 0.3  # BM25 over sentences: they are short and of like length, so length says little
PASSAGE_SHARE = 0.7  # of the passage's score beside the sentence's own
TITLE_SHARE = 0.3  # of a title's or heading's token beside one of the sentence
PASSAGES_READ = 10  # passages whose sentences are looked at
LONGEST = 600  # characters of a quote; a longer "sentence" is a table or a list without ends


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
class _Unit:
    hit: Hit
    page: int
    start: int
    end: int
    text: str
    words: Counter[str]


def find_evidence(
    question: str,
    hits: Sequence[Hit],
    frequencies: Mapping[str, int],
    passages: int,
    *,
    quotes: int,
) -> Evidence:
    """The best `quotes` sentences of those hits.

    `frequencies` says in how many of the `passages` passages of the index each query token stands.
    """
    query = Counter(query_tokens(question))
    weights = {
        token: count * inverse_frequency(frequencies.get(token, 0), passages)
        for token, count in query.items()
    }
    units = [unit for hit in hits[:PASSAGES_READ] for unit in _units(hit)]
    if not units or not weights:
        return Evidence([], 0.0)
    best_hit = max(hit.score for hit in hits) or 1.0
    mean = sum(unit.words.total() for unit in units) / len(units) or 1.0
    heads = {hit.passage.id: Counter(tokens(f"{hit.title}\n{hit.passage.heading}")) for hit in hits}
    own = [_bm25(unit, heads[unit.hit.passage.id], weights, mean) for unit in units]
    best_own = max(own) or 1.0
    scored = sorted(
        (
            (score / best_own + PASSAGE_SHARE * unit.hit.score / best_hit, unit)
            for unit, score in zip(units, own, strict=True)
        ),
        key=lambda pair: -pair[0],
    )
    chosen = [
        Quote(unit.hit, unit.page, unit.start, unit.end, unit.text, score)
        for score, unit in _different(scored)[:quotes]
    ]
    return Evidence(chosen, _probability(weights, chosen))


def inverse_frequency(documents: int, total: int) -> float:
    """BM25's weight of a token that stands in so many of all passages (Robertson, Spärck Jones)."""
    return math.log(1 + (total - documents + 0.5) / (documents + 0.5))


def _units(hit: Hit) -> list[_Unit]:
    """The sentences of a passage. None crosses a page: a quote can be shown on its page."""
    units = []
    offset = 0
    for page, start, end in hit.passage.pieces:
        piece = hit.passage.text[offset : offset + end - start]
        offset += end - start + 1
        for first, last in sentences(piece):
            last = min(last, first + LONGEST)
            text = piece[first:last]
            units.append(_Unit(hit, page, start + first, start + last, text, Counter(tokens(text))))
    return units


def _bm25(unit: _Unit, head: Counter[str], weights: Mapping[str, float], mean_length: float) -> float:
    norm = K1 * (1 - B + B * unit.words.total() / mean_length)
    total = 0.0
    for token, weight in weights.items():
        count = unit.words[token] + TITLE_SHARE * min(head[token], 1)
        total += weight * count * (K1 + 1) / (count + norm)
    return total


def _different(scored: list[tuple[float, _Unit]]) -> list[tuple[float, _Unit]]:
    """Without the second of two quotes that say the same: copies of one document answer once."""
    seen: set[str] = set()
    kept = []
    for score, unit in scored:
        if unit.text not in seen:
            seen.add(unit.text)
            kept.append((score, unit))
    return kept


def _probability(weights: Mapping[str, float], quotes: Sequence[Quote]) -> float:
    """The share of the question's weight that the best quote, or its passage for less, carries."""
    total = sum(weights.values())
    if not quotes or total <= 0:
        return 0.0
    best = 0.0
    for quote in quotes:
        own = set(tokens(quote.text))
        around = set(tokens(f"{quote.hit.title}\n{quote.hit.passage.heading}\n{quote.hit.passage.text}"))
        carried = sum(
            weight * (1.0 if token in own else 0.8 if token in around else 0.0)
            for token, weight in weights.items()
        )
        best = max(best, carried / total)
    return best

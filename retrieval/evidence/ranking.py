"""Which sentences of the found passages answer the question, and how likely they do. Pure: it opens
nothing but its weights and asks no model.

`retrieval.evidence.features` says in numbers what each sentence and each passage carries of the question;
boosted trees, fitted by `python -m bench.answers.fitting` on open question sets, weigh the clues. Passages
are put in order first, then the sentences of the best of them, then it is said how likely the chosen ones
answer (`retrieval.evidence.answerability`). A quote is one sentence, and the one beside it where the first
may not suffice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from language.labels import stands_alone
from retrieval.evidence import answerability, features
from retrieval.evidence.answerability import REFUSAL_CLUES
from retrieval.evidence.features import PASSAGE_CLUES, SENTENCE_CLUES, PassageRead, Question, Unit
from retrieval.evidence.trees import Scores, Trees
from retrieval.evidence.types import Chosen, Evidence, Quote
from retrieval.index.search import Hit

WEIGHTS = Path(__file__).parent / "weights.json"
PASSAGES_READ = 20  # passages whose sentences are looked at; the others keep their order behind them
PASSAGES_QUOTED = 10
JUDGED = 3  # quotes that the probability speaks of; those behind them are spare

# The chance, for each character that it adds, that a neighbour must have of holding the answer where no
# quote before holds it, to be shown with its sentence. Less shows more; bench/answers/fitting.py
# reports the length.
WORTH = {"ja": 0.0012, "zh": 0.0016, "en": 0.0005}  # a letter says less than a Chinese character does
SUREST = 0.001  # a reranker is never believed more than this near to 0 or 1
LONGEST_TOGETHER = 400  # characters of a quote of two sentences


@dataclass(frozen=True)
class Weights:
    """The three forests: of passages, of sentences, of the whole evidence."""

    passage: Trees
    sentence: Trees
    refusal: Trees


@cache
def shipped() -> Weights:
    """The weights that Shoko is shipped with."""
    given = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Weights(
        Trees.read(given["passage"], PASSAGE_CLUES),
        Trees.read(given["sentence"], SENTENCE_CLUES),
        Trees.read(given["refusal"], REFUSAL_CLUES),
    )


@dataclass(frozen=True)
class Reading:
    """Hits in their final order, and the best of them read, with the chance of each sentence."""

    question: Question
    hits: list[Hit]
    read: list[PassageRead]
    chances: list[list[float]]

    def chosen(self, quotes: int) -> list[Chosen]:
        """The sentences of the best `quotes` quotes, each different, best first."""
        places = [(row, at) for row, one in enumerate(self.read) for at in range(len(one.units))]
        places.sort(key=lambda place: -self.chances[place[0]][place[1]])
        found: list[Chosen] = []
        seen: set[str] = set()
        left = 1.0  # the chance that no quote so far holds the answer
        for row, at in places:
            if len(found) == quotes:
                break
            unit = self.read[row].units[at]
            if unit.sentence.text in seen:  # copies of one document answer once
                continue
            together = self._with_neighbour(row, at, seen, WORTH[self.question.language] * left)
            units = tuple(self.read[row].units[number] for number in together)
            seen.update(one.sentence.text for one in units)
            chance = sum(self.chances[row][number] for number in together)
            left = max(0.0, left - chance)
            found.append(Chosen(self.read[row], units, chance))
        return found

    def _with_neighbour(self, row: int, at: int, seen: set[str], worth: float) -> list[int]:
        """The sentence, with the likelier one of its neighbours where that is worth its length."""
        units, chances = self.read[row].units, self.chances[row]
        beside = [
            other
            for other in (at + 1, at - 1)
            if 0 <= other < len(units)
            and units[other].piece == units[at].piece
            and units[other].sentence.text not in seen
            and max(units[at].end, units[other].end) - min(units[at].start, units[other].start)
            <= LONGEST_TOGETHER
            and not _apart(*sorted((units[at], units[other]), key=lambda unit: unit.start))
        ]
        if beside:
            other = max(beside, key=lambda number: chances[number])
            if chances[other] > worth * len(units[other].sentence.text):
                return sorted((at, other))
        return [at]

    def evidence(self, quotes: int, *, weights: Weights | None = None) -> Evidence:
        """The best `quotes` quotes and the probability that they answer."""
        chosen = self.chosen(quotes)
        if not chosen:
            return Evidence([], 0.0)
        rows = answerability.row(self.question, self.read, chosen[:JUDGED])
        score = float((weights or shipped()).refusal.score(rows)[0])
        return Evidence([_quote(one) for one in chosen], float(1 / (1 + np.exp(-score))))


def read_closely(
    question: Question,
    hits: Sequence[Hit],
    judged: Sequence[float] | None = None,
    *,
    weights: Weights | None = None,
) -> Reading:
    """Read the sentences of the best hits and put those hits in order by what they say. `judged` are a
    reranker's chances, 0 to 1, of the first PASSAGES_READ hits; `weights` others than the shipped ones."""
    weights = weights or shipped()
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    read = features.read_passages(
        question, [replace(hit, score=hit.score / best) for hit in hits[:PASSAGES_READ]]
    )
    scores = weights.passage.score(features.passage_rows(read)) if read else np.zeros(0)
    if judged is not None:  # two judges' log-odds add up
        chances = np.clip(np.array(judged[: len(read)], np.float64), SUREST, 1 - SUREST)
        scores = scores + np.log(chances / (1 - chances))
    order = np.argsort(-scores, kind="stable")
    read, scores = [read[place] for place in order], scores[order]
    ordered = [
        replace(one.hit, score=float(score)) for one, score in zip(read, chance_of(scores), strict=True)
    ]
    # Those that were not read stay behind those that were, in their order.
    least = ordered[-1].score if ordered else 0.0
    ordered += [replace(hit, score=least * hit.score / best) for hit in hits[PASSAGES_READ:]]
    quotable = [replace_hit(one, hit) for one, hit in zip(read, ordered, strict=False)][:PASSAGES_QUOTED]
    rows = features.sentence_rows(question, quotable, scores[:PASSAGES_QUOTED].tolist())
    each = iter(chance_of(weights.sentence.score(rows)).tolist() if len(rows) else ())
    return Reading(question, ordered, quotable, [[next(each) for _ in one.units] for one in quotable])


def replace_hit(one: PassageRead, hit: Hit) -> PassageRead:
    """The same reading of a hit with another score."""
    return replace(one, hit=hit)


def chance_of(scores: Scores) -> Scores:
    """Scores as chances that sum to 1 (softmax)."""
    if not len(scores):
        return scores
    powers = np.exp(scores - scores.max())
    chances: Scores = powers / powers.sum()
    return chances


def _apart(unit: Unit, following: Unit) -> bool:
    """Whether one of two neighbours is a label with its value on a line of its own, and the other is not."""
    behind = following.sentence.text
    labels = [stands_alone(unit.sentence.text, behind), stands_alone(behind, "")]
    return labels[0] != labels[1]


def _quote(chosen: Chosen) -> Quote:
    """The stretch of the page from the first to the last of the sentences."""
    first, last = chosen.units[0], chosen.units[-1]
    text = first.sentence.text
    if last is not first:
        text = _between(chosen.one.hit, first.page, first.start, last.end)
    return Quote(chosen.one.hit, first.page, first.start, last.end, text, chosen.chance)


def _between(hit: Hit, page: int, start: int, end: int) -> str:
    """The passage's text at that stretch of the page."""
    offset = 0
    for number, first, last in hit.passage.pieces:
        if number == page and first <= start and end <= last:
            return hit.passage.text[offset + start - first : offset + end - first]
        offset += last - first + 1
    return ""

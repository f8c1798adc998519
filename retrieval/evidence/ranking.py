"""Which units of the found passages answer the question, and how likely they do. Pure: it opens nothing but
its weights and asks no model.

`retrieval.evidence.features` says in numbers what each sentence and each passage carries of the question;
boosted trees, fitted by `python -m bench.answers.fitting` on open question sets, weigh the features. Passages
are put in order first, then the sentences of the best of them; around the likeliest sentences the smallest
complete units are taken (`retrieval.evidence.units`), and it is said how likely these answer
(`retrieval.evidence.answerability`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from retrieval.evidence import answerability, features
from retrieval.evidence.answerability import REFUSAL_FEATURES
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.features import PASSAGE_FEATURES, SENTENCE_FEATURES
from retrieval.evidence.outline_nodes import OutlineKind
from retrieval.evidence.question_kinds import QuestionKind
from retrieval.evidence.reading import PassageRead, ReadSentence
from retrieval.evidence.reservations import reservations
from retrieval.evidence.surroundings import Surroundings
from retrieval.evidence.trees import Scores, Trees
from retrieval.evidence.types import ChosenUnit, Evidence, Quote, Stretch
from retrieval.evidence.unit_values import outdated, tells_changes, unit_value, worth_beside
from retrieval.evidence.units import EvidenceUnit, unit_around
from retrieval.index.search import Hit

WEIGHTS = Path(__file__).parent / "weights"
PASSAGES_READ = 24  # passages whose sentences are looked at; the others keep their order behind them
PASSAGES_QUOTED = 10
CANDIDATES = 14  # units that are compared
AS_LIKELY = 0.35  # of an item's probability, that another of its list has where both are meant
JUDGED = 3  # quotes that the probability speaks of; those behind them are spare

OUTDATED = 2.0  # log-odds that a document loses whose name says that another has taken its place
CHANGES = 8.0  # that a sentence of a list of changes loses, where what holds is asked for
SUREST = 0.001  # a reranker is never believed more than this near to 0 or 1


@dataclass(frozen=True)
class Weights:
    """The three forests: of passages, of sentences, of the whole evidence."""

    passage: Trees
    sentence: Trees
    refusal: Trees


@cache
def weights_for(embedder: str = "") -> Weights:
    """The weights for what was found with that embedder; "" for words alone. Cosines of one embedder say
    nothing of another's, so one that no weights were fitted to is weighed by words: its meaning counts in the
    order that fusion gave alone."""
    path = WEIGHTS / f"{embedder}.json"
    if not embedder or not path.exists():
        path = WEIGHTS / "words.json"
    given = json.loads(path.read_text(encoding="utf-8"))
    return Weights(
        Trees.read(given["passage"], PASSAGE_FEATURES),
        Trees.read(given["sentence"], SENTENCE_FEATURES),
        Trees.read(given["refusal"], REFUSAL_FEATURES),
    )


@dataclass(frozen=True)
class Reading:
    """Hits in their final order, and the best of them read, with the probability of each sentence."""

    question: AskedQuestion
    hits: list[Hit]
    read: list[PassageRead]
    probabilities: list[list[float]]
    weights: Weights

    def chosen(self, quotes: int) -> list[ChosenUnit]:
        """The best `quotes` units, none within another, best first."""
        chosen: list[ChosenUnit] = []
        left = self._candidates()
        said: set[str] = set()
        while left and len(chosen) < quotes:
            unit = max(left, key=lambda unit: unit.value + worth_beside(self.question, unit, chosen))
            left.remove(unit)
            texts = {sentence.sentence.text for sentence in unit.sentences}
            if unit.best.sentence.text in said or texts <= said:  # copies of one text answer once
                continue
            if any(_overlap(unit, other) for other in chosen):
                continue
            old = outdated(self.question, unit.passage.hit)
            if chosen and (old or tells_changes(self.question, unit.passage, unit.best)):
                continue  # what is in use says it otherwise
            said |= texts
            chosen.append(unit)
        return self._joined(chosen)

    def _joined(self, chosen: Sequence[ChosenUnit]) -> list[ChosenUnit]:
        """The units, where several are about equally likely items of one list, that list for them."""
        joined: list[ChosenUnit] = []
        for place, unit in enumerate(chosen):
            if any(_overlap(unit, other) for other in joined):
                continue
            mine = _list_of(unit)
            beside = [
                other
                for other in chosen
                if other is not unit
                and mine is not None
                and _list_of(other) == mine
                and other.probability >= AS_LIKELY * chosen[place].probability
            ]
            whole = self._whole_list(unit) if beside else None
            joined.append(whole or unit)
        return joined

    def _whole_list(self, unit: ChosenUnit) -> ChosenUnit | None:
        """The list that a unit is an item of; None where it is too long to be shown."""
        row = next(place for place, passage in enumerate(self.read) if passage is unit.passage)
        number = unit.passage.sentences.index(unit.best)
        whole = unit_around(unit.passage.outline, unit.best, QuestionKind.LIST, lambda node: 0.0)
        return (
            self._weighed(row, number, whole)
            if len(whole.spans) and whole.length > unit.unit.length
            else None
        )

    def _candidates(self) -> list[ChosenUnit]:
        """The units around the likeliest sentences."""
        ranked = sorted(
            (
                (probability, row, number)
                for row, own in enumerate(self.probabilities)
                for number, probability in enumerate(own)
            ),
            key=lambda place: -place[0],
        )
        candidates: list[ChosenUnit] = []
        covered: list[set[int]] = [set() for _ in self.read]
        for _, row, number in ranked:
            if len(candidates) == CANDIDATES:
                break
            if number not in covered[row]:
                unit = self._unit(row, number)
                covered[row].update(self._inside(row, unit))
                candidates.append(self._weighed(row, number, unit))
        return candidates

    def _unit(self, row: int, number: int) -> EvidenceUnit:
        passage, own = self.read[row], self.probabilities[row]

        def likely(node: int) -> float:
            return sum(
                probability
                for sentence, probability in zip(passage.sentences, own, strict=True)
                if sentence.node == node
            )

        return unit_around(passage.outline, passage.sentences[number], self.question.kind, likely)

    def _weighed(self, row: int, number: int, unit: EvidenceUnit) -> ChosenUnit:
        passage, own = self.read[row], self.probabilities[row]
        inside = self._inside(row, unit)
        probability = sum(own[place] for place in inside)
        sentences = tuple(passage.sentences[place] for place in inside)
        best = passage.sentences[number]
        chosen = ChosenUnit(passage, unit, sentences or (best,), best, probability)
        return replace(chosen, value=unit_value(self.question, chosen))

    def _inside(self, row: int, unit: EvidenceUnit) -> list[int]:
        """Which of the passage's sentences are in the unit."""
        passage = self.read[row]
        return [
            number
            for number, sentence in enumerate(passage.sentences)
            if unit.holds(passage.outline, sentence)
        ]

    def evidence(self, quotes: int) -> Evidence:
        """The best `quotes` quotes and the probability that they answer."""
        chosen = self.chosen(quotes)
        if not chosen:
            return Evidence([], 0.0)
        rows = answerability.row(self.question, self.read, chosen[:JUDGED])
        score = float(self.weights.refusal.score(rows)[0])
        score -= answerability.doubts(self.question, self.read, chosen[:JUDGED])
        score -= reservations(self.question, self.read, chosen[:JUDGED])
        return Evidence([_quote(candidate) for candidate in chosen], float(1 / (1 + np.exp(-score))))


def read_closely(
    question: AskedQuestion,
    hits: Sequence[Hit],
    judged: Sequence[float] | None = None,
    *,
    around: Mapping[str, Surroundings] | None = None,
    weights: Weights | None = None,
) -> Reading:
    """Read the sentences of the best hits and put those hits in order by what they say. `judged` are a
    reranker's probabilities of the first PASSAGES_READ hits; `around` has by a passage's id those of its
    version that it is one of; `weights` are others than the shipped ones."""
    weights = weights or weights_for()
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    read = features.read_passages(
        question, [replace(hit, score=hit.score / best) for hit in hits[:PASSAGES_READ]], around
    )
    scores = weights.passage.score(features.passage_rows(read)) if read else np.zeros(0)
    if judged is not None:  # two judges' log-odds add up
        believed = np.clip(np.array(judged[: len(read)], np.float64), SUREST, 1 - SUREST)
        scores = scores + np.log(believed / (1 - believed))
    scores = scores - np.array([OUTDATED * outdated(question, passage.hit) for passage in read])
    order = np.argsort(-scores, kind="stable")
    read, scores = [read[place] for place in order], scores[order]
    ordered = [
        replace(passage.hit, score=float(score))
        for passage, score in zip(read, probabilities_of(scores), strict=True)
    ]
    # Those that were not read stay behind those that were, in their order.
    least = ordered[-1].score if ordered else 0.0
    ordered += [replace(hit, score=least * hit.score / best) for hit in hits[PASSAGES_READ:]]
    quotable = [replace_hit(passage, hit) for passage, hit in zip(read, ordered, strict=False)][
        :PASSAGES_QUOTED
    ]
    rows = features.sentence_rows(question, quotable, scores[:PASSAGES_QUOTED].tolist())
    lists = [tells_changes(question, passage, own) for passage in quotable for own in passage.sentences]
    judged_sentences = weights.sentence.score(rows) - CHANGES * np.array(lists) if len(rows) else np.zeros(0)
    each = iter(probabilities_of(judged_sentences).tolist())
    probabilities = [[next(each) for _ in sentence.sentences] for sentence in quotable]
    return Reading(question, ordered, quotable, probabilities, weights)


def replace_hit(passage: PassageRead, hit: Hit) -> PassageRead:
    """The same reading of a hit with another score."""
    return replace(passage, hit=hit)


def probabilities_of(scores: Scores) -> Scores:
    """Scores as probabilities that sum to 1 (softmax)."""
    if not len(scores):
        return scores
    powers = np.exp(scores - scores.max())
    probabilities: Scores = powers / powers.sum()
    return probabilities


def _list_of(unit: ChosenUnit) -> tuple[str, int, int] | None:
    """Which list the best sentence of a unit is an item of: its version, and where what it hangs from, or its
    heading, stands."""
    shape = unit.passage.outline
    node = shape.nodes[unit.best.node]
    if node.kind is not OutlineKind.ITEM:
        return None
    version = unit.passage.hit.passage.version_id
    above = shape.nodes[node.parent] if node.parent >= 0 else None
    return (version, above.page, above.start) if above is not None else (version, -1, -1)


def _overlap(unit: ChosenUnit, other: ChosenUnit) -> bool:
    """Whether two units show a part of the same page."""
    if unit.passage.hit.passage.version_id != other.passage.hit.passage.version_id:
        return False
    mine, theirs = (
        [
            (candidate.passage.outline.pieces[span.piece].page, span.start, span.end)
            for span in candidate.unit.spans
        ]
        for candidate in (unit, other)
    )
    return any(
        page == other_page and start < other_end and other_start < end
        for page, start, end in mine
        for other_page, other_start, other_end in theirs
    )


def _quote(chosen: ChosenUnit) -> Quote:
    shape = chosen.passage.outline
    stretches = tuple(
        Stretch(
            shape.pieces[span.piece].page,
            span.start,
            span.end,
            shape.between(span.piece, span.start, span.end),
        )
        for span in chosen.unit.spans
    )
    return Quote.of(
        chosen.passage.hit,
        stretches,
        chosen.probability,
        unit=chosen.unit.kind,
        emphasis=_emphasis(stretches, chosen.best),
    )


def _emphasis(stretches: Sequence[Stretch], best: ReadSentence) -> list[tuple[int, int]]:
    """Where in the quote's text the decisive sentence stands; nothing where it is all of it."""
    offset = 0
    for stretch in stretches:
        if stretch.page == best.page and stretch.start <= best.start and best.end <= stretch.end:
            if len(stretches) == 1 and best.end - best.start > 0.8 * (stretch.end - stretch.start):
                return []
            begin = offset + best.start - stretch.start
            return [(begin, begin + best.end - best.start)]
        offset += len(stretch.text) + 1
    return []

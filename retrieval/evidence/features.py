"""What tells that a sentence answers a question, in numbers: one row for each sentence of the passages
that were found, and one for each passage. Pure; it weighs nothing (see `retrieval.evidence.ranking`).

Shares are of the question's weight: each of its tokens weighs by how rare it is in the library. Words of
the document's title and headings count for every sentence below them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from language.headings import without_number
from language.tokens import tokens
from retrieval.evidence.answer_types import Kind, candidates
from retrieval.evidence.asked import LANGUAGES, AskedQuestion
from retrieval.evidence.outline_nodes import OutlineKind
from retrieval.evidence.question_kinds import QuestionKind
from retrieval.evidence.reading import PassageRead, read_passage
from retrieval.evidence.surroundings import Surroundings
from retrieval.index.rarity import inverse_frequency
from retrieval.index.search import Hit

KINDS, NODE_KINDS, QUESTION_KINDS = list(Kind), list(OutlineKind), list(QuestionKind)

# Characters: how far a word reaches. Letters carry less than characters do.
_NEAR = {"ja": 10, "zh": 10, "en": 30}
_WINDOW = {"ja": 30, "zh": 30, "en": 80}

SENTENCE_FEATURES = (
    "own", "bare", "around", "dense", "local", "within", "grams", "window",
    "candidate", "candidate_around", "candidates", "before", "behind", "close_before", "close_behind",
    "previous", "next", "gain_previous", "gain_next", "candidates_previous", "candidates_next",
    "new", "length", "place", "number",
    "own_below_best", "local_below_best", "within_below_best", "candidate_below_best",
    "passage", "passage_below_best", "passage_rank", "passage_covered", "title",
    "meaning_below_best", "same_language", "node", "children", "depth",
    "kind", "unit", "language", "meaning_below_language", "named", "heading", "heading_said", "asks_for",
)  # fmt: skip
PASSAGE_FEATURES = (
    "score", "rank", "words", "meaning", "words_below_best", "covered", "bare_covered",
    "best_own", "best_around", "best_bare", "best_dense", "best_local", "best_window", "best_grams",
    "best_candidate", "best_candidate_around", "best_close", "title", "title_said", "sentences", "length",
    "covered_below_best", "own_below_best",
    "around_below_best", "score_below_best", "meaning_below_best", "meaning_over_mean",
    "words_alone_rank", "meaning_alone_rank", "asks_for", "same_language", "language", "kind",
    "meaning_below_language", "rank_in_language", "named", "heading", "heading_said",
)  # fmt: skip

MEANT = 0.8  # of a heading that says it in other words, as if it said so much of itself

Rows = NDArray[np.float32]


def read_passages(
    question: AskedQuestion, hits: Sequence[Hit], around: Mapping[str, Surroundings] | None = None
) -> list[PassageRead]:
    """The hits with their sentences and the features of both; `around` has by a passage's id those of its
    version that it is one of."""
    around = around or {}
    read = [read_passage(question, hit, around.get(hit.passage.id)) for hit in hits]
    sentences = [unit for passage in read for unit in passage.sentences]
    standing = Counter(token for unit in sentences for token in unit.carried)
    local = {token: inverse_frequency(count, len(sentences)) for token, count in standing.items()}
    mean = sum(unit.sentence.length for unit in sentences) / len(sentences) if sentences else 1.0
    for passage in read:
        _judge_sentences(question, passage, local, mean)
    _judge_passages(question, read)
    return read


def sentence_rows(question: AskedQuestion, read: Sequence[PassageRead], scores: Sequence[float]) -> Rows:
    """SENTENCE_FEATURES of every sentence of those passages in their order; `scores` are the passages'."""
    best = max(scores, default=0.0)
    rows = []
    for rank, (passage, score) in enumerate(zip(read, scores, strict=True)):
        above = {
            "passage": score,
            "passage_below_best": score - best,
            "passage_rank": 1 / (1 + rank),
            "passage_covered": passage.features["covered"],
            "meaning_below_best": passage.features["meaning_below_best"],
            "same_language": passage.features["same_language"],
            "title": passage.features["title"],
            "meaning_below_language": passage.features["meaning_below_language"],
            "named": passage.features["named"],
            "heading": passage.features["heading"],
            "heading_said": passage.features["heading_said"],
            "asks_for": passage.features["asks_for"],
            "number": float(len(passage.sentences)),
            "kind": float(KINDS.index(question.wanted.kind)),
            "unit": float(bool(question.wanted.unit)),
            "language": float(LANGUAGES.index(question.language)),
        }
        for name in ("own", "local", "within", "candidate"):
            above[f"best_{name}"] = max((unit.features[name] for unit in passage.sentences), default=0.0)
        for unit in passage.sentences:
            features = unit.features | above
            for name in ("own", "local", "within", "candidate"):
                features[f"{name}_below_best"] = features[name] - above[f"best_{name}"]
            rows.append([features[name] for name in SENTENCE_FEATURES])
    return np.array(rows, np.float32).reshape(len(rows), len(SENTENCE_FEATURES))


def passage_rows(read: Sequence[PassageRead]) -> Rows:
    """PASSAGE_FEATURES of each passage."""
    rows = [[passage.features[name] for name in PASSAGE_FEATURES] for passage in read]
    return np.array(rows, np.float32).reshape(len(rows), len(PASSAGE_FEATURES))


def _judge_sentences(
    question: AskedQuestion, passage: PassageRead, local: Mapping[str, float], mean: float
) -> None:
    sentences = passage.sentences
    standing = Counter(token for unit in sentences for token in unit.carried)
    within = {
        token: question.weights[token] * inverse_frequency(count, len(sentences))
        for token, count in standing.items()
    }
    # What no sentence carries at all counts nowhere: it cannot tell one from another.
    all_local = sum(local.values()) or 1.0
    all_within = sum(within.values()) or 1.0
    bare = [question.share(unit.carried) for unit in sentences]
    for number, unit in enumerate(sentences):
        carried = unit.carried
        text = unit.sentence
        known = carried | unit.head
        own = question.share(known)
        before: Set[str] = sentences[number - 1].carried if number else set()
        after: Set[str] = sentences[number + 1].carried if number + 1 < len(sentences) else set()
        where = {token: unit.places[token] for token in carried}
        said = sum(len(index) for token, index in unit.places.items() if token in question.words)
        spans = candidates(text.cased, question.wanted, question.plain)
        near, near_around = _nearest(question, spans, where)
        unit.features = {
            "own": own,
            "bare": bare[number],
            "around": question.share(known | before | after),
            # BM25 of the sentence among the others (k1 .9, b .3)
            "dense": sum(
                question.weights[token]
                * len(places)
                * 1.9
                / (len(places) + 0.9 * (0.7 + 0.3 * text.length / mean))
                for token, places in where.items()
            )
            / question.total,
            "local": sum(map(local.__getitem__, carried)) / all_local,
            "within": sum(map(within.__getitem__, carried)) / all_within,
            "grams": text.grams(question) / max(1, len(question.grams)),
            "window": _window(question, where),
            "candidate": near,
            "candidate_around": near_around,
            "candidates": float(len(spans)),
            "before": question.share_of(question.before, carried),
            "behind": question.share_of(question.behind, carried),
            "close_before": question.share_of(question.close_before, carried),
            "close_behind": question.share_of(question.close_behind, carried),
            "previous": bare[number - 1] if number else 0.0,
            "next": bare[number + 1] if number + 1 < len(sentences) else 0.0,
            "gain_previous": question.share(known | before) - own,
            "gain_next": question.share(known | after) - own,
            "candidates_previous": sentences[number - 1].features["candidates"] if number else -1.0,
            "candidates_next": -1.0,
            "new": 1 - said / max(1, text.length),
            "length": math.log(1 + unit.end - unit.start),
            "place": number / max(1, len(sentences) - 1),
            "node": float(NODE_KINDS.index(passage.outline.nodes[unit.node].kind)),
            "children": math.log(1 + len(passage.outline.nodes[unit.node].children)),
            "depth": float(passage.outline.nodes[unit.node].depth),
        }
        if number:
            sentences[number - 1].features["candidates_next"] = float(len(spans))


def _nearest(
    question: AskedQuestion, spans: Sequence[tuple[int, int]], where: Mapping[str, Sequence[int]]
) -> tuple[float, float]:
    """How near the question's words stand to the best candidate: the share of their weight, each made
    less by its distance; and the same of the words that stand around the question word."""
    if not spans or not where:
        return 0.0, 0.0
    reach = _NEAR[question.language]
    asked = question.asked_around
    weights = [(token, question.weights[token], len(token), token in asked) for token in where]
    total = question.weight_of[asked] or 1.0
    best = best_asked = 0.0
    for start, end in spans:
        here = here_asked = 0.0
        for token, weight, length, is_asked in weights:
            nearest = -1
            for offset in where[token]:
                distance = (
                    offset - end if offset >= end else start - offset - length if offset < start else -1
                )
                if distance >= 0 and (nearest < 0 or distance < nearest):
                    nearest = distance
                elif offset < start and distance < 0:
                    nearest = 0  # it reaches into the candidate
            if nearest >= 0:
                carried = weight / (1 + nearest / reach)
                here += carried
                if is_asked:
                    here_asked += carried
        best, best_asked = max(best, here), max(best_asked, here_asked)
    return best / question.total, best_asked / total


def _window(question: AskedQuestion, where: Mapping[str, Sequence[int]]) -> float:
    """The most of the question's weight within a stretch of text of a clause's length."""
    if not where:
        return 0.0
    width = _WINDOW[question.language]
    places = sorted((offset, token) for token, offsets in where.items() for offset in offsets)
    inside: dict[str, int] = {}
    first, weight, best = 0, 0.0, 0.0
    for offset, token in places:
        inside[token] = inside.get(token, 0) + 1
        if inside[token] == 1:
            weight += question.weights[token]
        while places[first][0] < offset - width:
            left = places[first][1]
            inside[left] -= 1
            if not inside[left]:
                weight -= question.weights[left]
            first += 1
        if weight > best:
            best = weight
    return best / question.total


def _judge_passages(question: AskedQuestion, read: Sequence[PassageRead]) -> None:
    best: dict[str, float] = {}
    known = [passage.hit.meaning for passage in read if passage.hit.meaning > 0]
    least, mean = min(known, default=0.0), sum(known) / max(1, len(known))
    by_words, by_meaning = (
        {
            place: rank
            for rank, place in enumerate(
                np.argsort([-key(passage) for passage in read], kind="stable").tolist()
            )
        }
        for key in (_words_of, _meaning_of)
    )
    for rank, passage in enumerate(read):
        meaning = (
            passage.hit.meaning or least
        )  # what the other retriever found alone is farther away than its last
        title = question.words & set(tokens(passage.hit.title))

        def most(name: str, of_passage: PassageRead = passage) -> float:
            return max((unit.features[name] for unit in of_passage.sentences), default=0.0)

        passage.features = {
            "score": passage.hit.score,
            "rank": 1 / (1 + rank),
            "words": passage.hit.words / question.total,
            "meaning": meaning,
            "meaning_over_mean": meaning - mean,
            "words_alone_rank": 1 / (1 + by_words[rank]),
            "meaning_alone_rank": 1 / (1 + by_meaning[rank]) if known else 0.0,
            "same_language": float(passage.hit.passage.language == question.language),
            "asks_for": float(QUESTION_KINDS.index(question.kind)),
            "covered": question.share(passage.covered),
            "bare_covered": question.share(set().union(*(unit.carried for unit in passage.sentences))),
            "best_own": most("own"),
            "best_around": most("around"),
            "best_bare": most("bare"),
            "best_dense": most("dense"),
            "best_local": most("local"),
            "best_window": most("window"),
            "best_grams": most("grams"),
            "best_candidate": most("candidate"),
            "best_candidate_around": most("candidate_around"),
            "best_close": max(
                (u.features["close_before"] + u.features["close_behind"] for u in passage.sentences),
                default=0.0,
            ),
            "title": len(title) / max(1, len(set(tokens(passage.hit.title)))),
            "title_said": question.share(passage.head),
            "sentences": float(len(passage.sentences)),
            "length": math.log(1 + len(passage.hit.passage.text)),
            "language": float(LANGUAGES.index(question.language)),
            "kind": float(KINDS.index(question.wanted.kind)),
        }
        heading, said = _heading(question, passage)
        passage.features |= {"named": _named(passage.hit), "heading": heading, "heading_said": said}
        for name in ("words", "covered", "best_own", "best_around", "score", "meaning"):
            best[name] = max(best.get(name, 0.0), passage.features[name])
    _judge_in_language(read)
    for passage in read:
        passage.features["score_below_best"] = passage.features["score"] - best["score"]
        passage.features["meaning_below_best"] = passage.features["meaning"] - best["meaning"]
        passage.features["words_below_best"] = passage.features["words"] - best["words"]
        passage.features["covered_below_best"] = passage.features["covered"] - best["covered"]
        passage.features["own_below_best"] = passage.features["best_own"] - best["best_own"]
        passage.features["around_below_best"] = passage.features["best_around"] - best["best_around"]


def _judge_in_language(read: Sequence[PassageRead]) -> None:
    """How near each passage is among those of its own language: an embedder puts a question's own language
    nearer, whatever is said in it."""
    languages: dict[str, list[PassageRead]] = {}
    for passage in read:
        languages.setdefault(passage.hit.passage.language, []).append(passage)
    for own in languages.values():
        own.sort(key=lambda passage: -passage.features["meaning"])
        for rank, passage in enumerate(own):
            best = own[0].features["meaning"]
            passage.features["meaning_below_language"] = passage.features["meaning"] - best
            passage.features["rank_in_language"] = 1 / (1 + rank)


def _named(hit: Hit) -> float:
    return -1.0 if hit.named is None else float(hit.named)


def _heading(question: AskedQuestion, passage: PassageRead) -> tuple[float, float]:
    """How much of the last heading above a passage the question says, and how much of the question that
    heading says; a heading's number counts for nothing."""
    last = without_number(passage.hit.passage.heading.rsplit(" > ", 1)[-1])
    words = set(tokens(last))
    if not words:
        return 0.0, 0.0
    said = question.said_in(last)
    meant = set().union(*(thing.tokens for thing in question.meant if thing.tokens & said))
    own = len(words & question.words) / len(words)
    return max(own, float(bool(meant)) * MEANT), question.share(said)


def _words_of(passage: PassageRead) -> float:
    return passage.hit.words


def _meaning_of(passage: PassageRead) -> float:
    return passage.hit.meaning

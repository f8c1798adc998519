"""What tells that a sentence answers a question, in numbers: one row for each sentence of the passages
that were found, and one for each passage. Pure; it weighs nothing (see `retrieval.evidence.ranking`).

Shares are of the question's weight: each of its tokens weighs by how rare it is in the library. Words of
the document's title and headings count for every sentence below them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
import regex
from numpy.typing import NDArray

from language.characters import folded, one_form
from language.sentences import sentences
from language.tokens import (
    CJK,
    counted_tokens,
    language_of,
    normalised,
    places_of,
    query_tokens,
    tokens,
)
from retrieval.evidence.answer_types import Kind, Wanted, candidates, wanted
from retrieval.evidence.concepts import Meant
from retrieval.index.rarity import inverse_frequency
from retrieval.index.search import Hit
from retrieval.index.widening import NOT_WIDENED, Widening

LONGEST = 600  # characters of a quote; a longer "sentence" is a table or a list without ends
LONGEST_HEADING = 60
ENDS = "。．.!?！？:：;；、，,」』）)"
_HEADING = regex.compile(
    r"第\s*[\p{N}〇一二三四五六七八九十百]+\s*[章編编部節节款条條]|(?:Chapter|Part|Article|Section|Appendix|Annex)\s+[0-9A-Z]+\b"
    r"|[\p{N}A-Z]{1,3}+(?:[.．]\p{N}{1,2}+)*+[.．]?+\s++\p{L}|[一二三四五六七八九十]+[、.．]\s*\p{L}|#|附則|附则|別表|前文"
)
KINDS, LANGUAGES = list(Kind), ("ja", "zh", "en")

# Characters: how far a word reaches, and how far the question's words around its question word are taken.
# Letters carry less than characters do.
_NEAR = {"ja": 10, "zh": 10, "en": 30}
_WINDOW = {"ja": 30, "zh": 30, "en": 80}
_AROUND = {"ja": 14, "zh": 14, "en": 40}
_CLOSE = {"ja": 6, "zh": 6, "en": 16}

SENTENCE_CLUES = (
    "own", "bare", "around", "dense", "local", "within", "grams", "window",
    "candidate", "candidate_around", "candidates", "before", "behind", "close_before", "close_behind",
    "previous", "next", "gain_previous", "gain_next", "candidates_previous", "candidates_next",
    "new", "length", "place", "number",
    "own_below_best", "local_below_best", "within_below_best", "candidate_below_best",
    "passage", "passage_below_best", "passage_rank", "passage_covered", "title",
    "kind", "unit", "language",
)  # fmt: skip
PASSAGE_CLUES = (
    "score", "rank", "words", "meaning", "words_below_best", "covered", "bare_covered",
    "best_own", "best_around", "best_bare", "best_dense", "best_local", "best_window", "best_grams",
    "best_candidate", "best_candidate_around", "best_close", "title", "title_said", "sentences", "length",
    "covered_below_best", "own_below_best",
    "around_below_best", "language", "kind",
)  # fmt: skip

Rows = NDArray[np.float32]


@dataclass(frozen=True)
class Question:
    """A question taken apart: the weight of each of its tokens, and what it asks for."""

    text: str
    plain: str
    language: str
    weights: Mapping[str, float]
    total: float
    words: frozenset[str]
    wanted: Wanted
    grams: frozenset[str | tuple[str, str]]
    before: frozenset[str]
    behind: frozenset[str]
    close_before: frozenset[str]
    close_behind: frozenset[str]
    unknown: frozenset[str]  # tokens that stand in no passage of the library
    runs: tuple[str, ...]  # of its tokens those that are Chinese or Japanese characters
    others: frozenset[str]  # and those that are not
    meant: tuple[Meant, ...]  # what it asks for under other words too

    @classmethod
    def parse(
        cls, text: str, frequencies: Mapping[str, int], passages: int, widening: Widening = NOT_WIDENED
    ) -> Question:
        """`frequencies` says in how many of the index's `passages` passages each query token stands, and each
        token of the widening."""
        frequencies = widening.frequencies(frequencies)
        weights = {
            token: count * inverse_frequency(frequencies.get(token, 0), passages)
            for token, count in Counter(query_tokens(text)).items()
        }
        plain, language, asked = normalised(text), language_of(text), wanted(text)

        def among(part: str) -> frozenset[str]:
            return frozenset(token for token in tokens(part) if token in weights)

        every = {*weights, *tokens(text)}
        runs = tuple(token for token in every if CJK.match(token))
        far, close = _AROUND[language], _CLOSE[language]
        return cls(
            text,
            plain,
            language,
            weights,
            sum(weights.values()) or 1.0,
            frozenset(tokens(text)),
            asked,
            frozenset(_grams(plain, tokens(text), language)),
            among(asked.before[-far:]),
            among(asked.behind[:far]),
            among(asked.before[-close:]),
            among(asked.behind[:close]),
            frozenset(token for token in weights if not frequencies.get(token)),
            runs,
            frozenset(every.difference(runs)),
            tuple(Meant.of(concept) for concept in widening.concepts),
        )

    def said_in(self, text: str) -> set[str]:
        """Those of its tokens that weigh and that a text has, in its own words or in others."""
        words = set(tokens(text))
        found = self.weights.keys() & words
        for thing in self.meant:
            if not found.issuperset(thing.tokens) and thing.stands_in(one_form(normalised(text)), words):
                found |= self.weights.keys() & thing.tokens
        return found

    def share(self, words: Iterable[str]) -> float:
        """The share of the question's weight that those words (each once) carry."""
        return sum(map(self.weights.__getitem__, words)) / self.total

    def share_of(self, part: frozenset[str], words: Set[str]) -> float:
        """The share of some tokens' weight that those words carry; 0 where there are none."""
        total = self.weight_of[part]
        return sum(map(self.weights.__getitem__, part & words)) / total if total > 0 else 0.0

    @cached_property
    def asked_around(self) -> frozenset[str]:
        """The tokens around the question word."""
        return self.before | self.behind

    @cached_property
    def weight_of(self) -> dict[frozenset[str], float]:
        """The weight of the tokens around the question word, of all and of each side's."""
        parts = (self.before, self.behind, self.close_before, self.close_behind, self.asked_around)
        return {part: sum(map(self.weights.__getitem__, part)) for part in parts}


@dataclass(frozen=True)
class Sentence:
    """A sentence of a text, read: its [start, end) and its folded forms."""

    start: int
    end: int
    text: str
    cased: str
    plain: str  # in lower case
    form: str  # and each character in its one form
    language: str
    length: int  # tokens
    others: Mapping[str, list[int]]  # where each of its tokens begins that is not Chinese or Japanese

    @cached_property
    def tokens(self) -> list[str]:
        """All its search tokens, in order."""
        return tokens(self.plain)

    @cached_property
    def words(self) -> frozenset[str]:
        """Its search tokens, each once."""
        return frozenset(self.tokens)

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Its neighbouring words."""
        return frozenset(pairwise(self.tokens))

    def places(self, question: Question) -> dict[str, list[int]]:
        """Where each of the question's tokens begins that it has."""
        found = {token: at for token in question.runs if (at := places_of(token, self.form))}
        for token in self.others.keys() & question.others:
            found[token] = self.others[token]
        for thing in question.meant:
            missing = thing.tokens - found.keys()
            if missing and (at := thing.places(self.form, self.others)):
                found.update(dict.fromkeys(missing, at))
        return found

    def grams(self, question: Question) -> int:
        """How many of the question's grams it has."""
        if (self.language == "en") != (question.language == "en"):
            return 0
        if self.language == "en":
            return len(question.grams & self.pairs)
        return sum(str(gram) in self.plain for gram in question.grams)


@dataclass
class Unit:
    """A sentence of a hit: where it stands on which page, and what it carries of the question."""

    page: int
    start: int
    end: int
    sentence: Sentence
    places: Mapping[str, list[int]]  # of the question's tokens
    carried: Set[str]  # those of them that weigh
    head: Set[str]  # what the document's title, the headings above and the table's first row carry
    piece: int  # which piece of the passage: two sentences of one piece stand on one page in one stretch
    clues: dict[str, float] = field(default_factory=dict)


@dataclass
class PassageRead:
    """A hit whose sentences were read."""

    hit: Hit
    units: list[Unit]
    head: set[str]
    covered: set[str]
    clues: dict[str, float] = field(default_factory=dict)


def read_passages(question: Question, hits: Sequence[Hit]) -> list[PassageRead]:
    """The hits with their sentences and the clues of both."""
    read = [_read(question, hit) for hit in hits]
    units = [unit for one in read for unit in one.units]
    standing = Counter(token for unit in units for token in unit.carried)
    local = {token: inverse_frequency(count, len(units)) for token, count in standing.items()}
    mean = sum(unit.sentence.length for unit in units) / len(units) if units else 1.0
    for one in read:
        _judge_sentences(question, one, local, mean)
    _judge_passages(question, read)
    return read


def sentence_rows(question: Question, read: Sequence[PassageRead], scores: Sequence[float]) -> Rows:
    """SENTENCE_CLUES of every sentence of those passages in their order; `scores` are the passages'."""
    best = max(scores, default=0.0)
    rows = []
    for rank, (one, score) in enumerate(zip(read, scores, strict=True)):
        above = {
            "passage": score,
            "passage_below_best": score - best,
            "passage_rank": 1 / (1 + rank),
            "passage_covered": one.clues["covered"],
            "title": one.clues["title"],
            "number": float(len(one.units)),
            "kind": float(KINDS.index(question.wanted.kind)),
            "unit": float(bool(question.wanted.unit)),
            "language": float(LANGUAGES.index(question.language)),
        }
        for name in ("own", "local", "within", "candidate"):
            above[f"best_{name}"] = max((unit.clues[name] for unit in one.units), default=0.0)
        for unit in one.units:
            clues = unit.clues | above
            for name in ("own", "local", "within", "candidate"):
                clues[f"{name}_below_best"] = clues[name] - above[f"best_{name}"]
            rows.append([clues[name] for name in SENTENCE_CLUES])
    return np.array(rows, np.float32).reshape(len(rows), len(SENTENCE_CLUES))


def passage_rows(read: Sequence[PassageRead]) -> Rows:
    """PASSAGE_CLUES of each passage."""
    rows = [[one.clues[name] for name in PASSAGE_CLUES] for one in read]
    return np.array(rows, np.float32).reshape(len(rows), len(PASSAGE_CLUES))


@lru_cache(maxsize=512)
def _sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text, read; kept, for the same passages are found again and again."""
    found = []
    for start, end in sentences(text):
        end = min(end, start + LONGEST)
        part = text[start:end]
        cased = folded(part)
        plain = cased.lower()
        form = one_form(plain)
        cased = cased if len(cased) == len(plain) else plain
        found.append(Sentence(start, end, part, cased, plain, form, language_of(part), *counted_tokens(form)))
    return tuple(found)


def _grams(plain: str, words: Sequence[str], language: str) -> Iterable[str | tuple[str, str]]:
    """Three neighbouring characters, or two neighbouring words of a language with spaces."""
    if language == "en":
        return pairwise(words)
    return [plain[at : at + 3] for at in range(len(plain) - 2)]


def _read(question: Question, hit: Hit) -> PassageRead:
    asked = question.weights.keys()
    head = question.said_in(f"{hit.title}\n{hit.passage.heading}")
    units: list[Unit] = []
    headings: list[Unit] = []
    offset = 0
    for number, (page, start, end) in enumerate(hit.passage.pieces):
        piece = hit.passage.text[offset : offset + end - start]
        offset += end - start + 1
        first: Unit | None = None  # the first row of the table that this sentence is a row of
        for one in _sentences(piece):
            places = one.places(question)
            carried = asked & places.keys()
            unit = Unit(page, start + one.start, start + one.end, one, places, carried, head, number)
            is_row = _cells(one) > 1 and (first is None or _cells(first.sentence) == _cells(one))
            first = (first or unit) if is_row else None
            if first is not None:
                unit.head = head | first.carried
            if not units and _is_heading(one.text):
                headings.append(unit)
                head = head | unit.carried
            else:
                units.append(unit)
    return PassageRead(hit, units or headings, head, head.union(*(unit.carried for unit in units)))


def _cells(sentence: Sentence) -> int:
    """How many cells a line has; 1 for what is no table row."""
    return 1 + max(sentence.text.count("\t"), sentence.text.count(" | "))


def _is_heading(text: str) -> bool:
    """Whether a passage's first line is the heading of what follows: numbered, short, and no sentence."""
    return len(text) <= LONGEST_HEADING and text[-1] not in ENDS and bool(_HEADING.match(text))


def _judge_sentences(question: Question, one: PassageRead, local: Mapping[str, float], mean: float) -> None:
    units = one.units
    standing = Counter(token for unit in units for token in unit.carried)
    within = {
        token: question.weights[token] * inverse_frequency(count, len(units))
        for token, count in standing.items()
    }
    # What no sentence carries at all counts nowhere: it cannot tell one from another.
    all_local = sum(local.values()) or 1.0
    all_within = sum(within.values()) or 1.0
    bare = [question.share(unit.carried) for unit in units]
    for number, unit in enumerate(units):
        carried = unit.carried
        text = unit.sentence
        known = carried | unit.head
        own = question.share(known)
        before: Set[str] = units[number - 1].carried if number else set()
        after: Set[str] = units[number + 1].carried if number + 1 < len(units) else set()
        where = {token: unit.places[token] for token in carried}
        said = sum(len(at) for token, at in unit.places.items() if token in question.words)
        spans = candidates(text.cased, question.wanted, question.plain)
        near, near_around = _nearest(question, spans, where)
        unit.clues = {
            "own": own,
            "bare": bare[number],
            "around": question.share(known | before | after),
            # BM25 of the sentence among the others (k1 .9, b .3)
            "dense": sum(
                question.weights[token] * len(at) * 1.9 / (len(at) + 0.9 * (0.7 + 0.3 * text.length / mean))
                for token, at in where.items()
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
            "next": bare[number + 1] if number + 1 < len(units) else 0.0,
            "gain_previous": question.share(known | before) - own,
            "gain_next": question.share(known | after) - own,
            "candidates_previous": units[number - 1].clues["candidates"] if number else -1.0,
            "candidates_next": -1.0,
            "new": 1 - said / max(1, text.length),
            "length": math.log(1 + unit.end - unit.start),
            "place": number / max(1, len(units) - 1),
        }
        if number:
            units[number - 1].clues["candidates_next"] = float(len(spans))


def _nearest(
    question: Question, spans: Sequence[tuple[int, int]], where: Mapping[str, Sequence[int]]
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
            for at in where[token]:
                distance = at - end if at >= end else start - at - length if at < start else -1
                if distance >= 0 and (nearest < 0 or distance < nearest):
                    nearest = distance
                elif at < start and distance < 0:
                    nearest = 0  # it reaches into the candidate
            if nearest >= 0:
                carried = weight / (1 + nearest / reach)
                here += carried
                if is_asked:
                    here_asked += carried
        best, best_asked = max(best, here), max(best_asked, here_asked)
    return best / question.total, best_asked / total


def _window(question: Question, where: Mapping[str, Sequence[int]]) -> float:
    """The most of the question's weight within a stretch of text of a clause's length."""
    if not where:
        return 0.0
    width = _WINDOW[question.language]
    places = sorted((at, token) for token, found in where.items() for at in found)
    inside: dict[str, int] = {}
    first, weight, best = 0, 0.0, 0.0
    for at, token in places:
        inside[token] = inside.get(token, 0) + 1
        if inside[token] == 1:
            weight += question.weights[token]
        while places[first][0] < at - width:
            left = places[first][1]
            inside[left] -= 1
            if not inside[left]:
                weight -= question.weights[left]
            first += 1
        if weight > best:
            best = weight
    return best / question.total


def _judge_passages(question: Question, read: Sequence[PassageRead]) -> None:
    best: dict[str, float] = {}
    for rank, one in enumerate(read):
        title = question.words & set(tokens(one.hit.title))

        def most(name: str, one: PassageRead = one) -> float:
            return max((unit.clues[name] for unit in one.units), default=0.0)

        one.clues = {
            "score": one.hit.score,
            "rank": 1 / (1 + rank),
            "words": one.hit.words / question.total,
            "meaning": one.hit.meaning,
            "covered": question.share(one.covered),
            "bare_covered": question.share(set().union(*(unit.carried for unit in one.units))),
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
                (u.clues["close_before"] + u.clues["close_behind"] for u in one.units), default=0.0
            ),
            "title": len(title) / max(1, len(set(tokens(one.hit.title)))),
            "title_said": question.share(one.head),
            "sentences": float(len(one.units)),
            "length": math.log(1 + len(one.hit.passage.text)),
            "language": float(LANGUAGES.index(question.language)),
            "kind": float(KINDS.index(question.wanted.kind)),
        }
        for name in ("words", "covered", "best_own", "best_around"):
            best[name] = max(best.get(name, 0.0), one.clues[name])
    for one in read:
        one.clues["words_below_best"] = one.clues["words"] - best["words"]
        one.clues["covered_below_best"] = one.clues["covered"] - best["covered"]
        one.clues["own_below_best"] = one.clues["best_own"] - best["best_own"]
        one.clues["around_below_best"] = one.clues["best_around"] - best["best_around"]

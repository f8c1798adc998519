"""Do the chosen quotes answer the question at all? Clues for and against it, in numbers. Pure.

Questions that nothing answers come in two kinds: nothing in the library is about them, or something nearly
is, with another name, year, number, or the opposite word. Against the first speaks how much of the question
is found at all, against the second what exactly is missing beside the quotes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

import numpy as np
import regex

from language.characters import one_form
from language.denials import denials
from language.quantities import written
from language.tokens import ENGLISH_STOP, normalised, query_tokens, tokens
from retrieval.evidence.asked import LANGUAGES, AskedQuestion
from retrieval.evidence.features import KINDS, QUESTION_KINDS, Rows
from retrieval.evidence.missing import missing_figures, missing_terms
from retrieval.evidence.reading import PassageRead, ReadSentence
from retrieval.index.search import Hit

if TYPE_CHECKING:
    from retrieval.evidence.types import ChosenUnit

_OF_FIRST = (
    "own", "bare", "around", "dense", "local", "grams", "window", "candidate", "candidate_around",
    "candidates", "before", "behind", "close_before", "close_behind", "new", "length",
)  # fmt: skip
_OF_BEST = ("own", "around", "grams", "window", "candidate", "candidate_around", "dense")
_OF_PASSAGE = (
    "words", "meaning", "meaning_over_mean", "meaning_below_best", "score_below_best", "rank",
    "covered", "bare_covered", "title", "title_said", "same_language",
    "best_own", "best_around", "best_window", "best_grams", "sentences",
    "meaning_below_language", "rank_in_language", "named", "heading", "heading_said",
)  # fmt: skip
REFUSAL_FEATURES = (
    "probability_first", "probability_all", "probability_below_first",
    *(f"first_{name}" for name in _OF_FIRST),
    *(f"most_{name}" for name in _OF_BEST),
    *(f"passage_{name}" for name in _OF_PASSAGE),
    "second_covered", "second_words",
    "rarest_missing_near", "rarest_missing_passage", "unknown",
    "words_missing_near", "words_missing_passage", "run_missing_near", "run_missing_passage",
    "names", "names_missing_near", "names_missing_passage", "han_missing_near", "han_missing_anywhere",
    "numbers", "numbers_missing_near", "numbers_missing_passage", "numbers_missing_anywhere",
    "denial_added", "denial_missing", "opposites", "tokens", "kind", "unit", "language",
    "asks_for", "length", "items", "library",
    "terms_missing_near", "terms_missing_near_mean", "terms_missing_anywhere", "terms_missing_anywhere_mean",
    "terms_missing_unit", "terms_missing_unit_mean", "longest_missing_unit", "last_missing_unit",
    "last_missing_near", "figures_missing", "named_elsewhere", "in_english", "in_chinese",
)  # fmt: skip
# What a weighted sum is fitted to before trees correct it: of few questions without an answer, a sum learns
# what holds for others (bench/answers/fitting.py).
SUMMED_FEATURES = (
    "probability_first", "probability_below_first", "probability_all", "passage_meaning",
    "passage_meaning_below_language", "passage_heading", "passage_heading_said", "first_own", "most_own",
    "passage_covered", "rarest_missing_near", "words_missing_near", "rarest_missing_passage", "unknown",
    "han_missing_near", "han_missing_anywhere", "names_missing_near", "numbers_missing_near",
    "passage_same_language", "length", "first_candidate", "library",
    "terms_missing_near", "terms_missing_near_mean", "terms_missing_anywhere", "terms_missing_anywhere_mean",
    "terms_missing_unit", "terms_missing_unit_mean", "longest_missing_unit", "last_missing_unit",
    "last_missing_near", "figures_missing", "named_elsewhere", "in_english", "in_chinese",
)  # fmt: skip

_NUMBER = regex.compile(r"\d[\d,.]*\d|\d")
_NAME = {
    "en": regex.compile(r"(?<!^)(?<![.?!] )\b\p{Lu}[\p{L}\p{N}]+"),
    "ja": regex.compile(r"[\p{Katakana}ー]{2,}|\p{Latin}{2,}"),
    "zh": regex.compile(
        r"\p{Latin}{2,}|(?<!\p{Han})\p{Han}+·\p{Han}+|(?<=[《「“])[^》」”]{1,60}+(?=[》」”])"
    ),
}
_HAN = regex.compile(r"\p{Han}{2,}|[\p{Katakana}ー]{2,}")  # names among them, and words
_OPPOSITES = [
    ("increas", "decreas"), ("rais", "lower"), ("high", "low"), ("highest", "lowest"), ("more", "less"),
    ("most", "least"), ("larg", "small"), ("largest", "smallest"), ("first", "last"), ("earli", "late"),
    ("begin", "end"), ("start", "end"), ("start", "stop"), ("open", "close"), ("north", "south"),
    ("east", "west"), ("northern", "southern"), ("eastern", "western"), ("male", "femal"),
    ("man", "woman"), ("men", "women"), ("father", "mother"), ("son", "daughter"), ("brother", "sister"),
    ("win", "lose"), ("won", "lost"), ("buy", "sell"), ("bought", "sold"), ("accept", "reject"),
    ("allow", "forbid"), ("allow", "prohibit"), ("legal", "illeg"), ("possibl", "imposs"),
    ("like", "unlik"), ("known", "unknown"), ("before", "after"), ("abov", "below"), ("insid", "outsid"),
    ("old", "new"), ("oldest", "newest"), ("old", "young"), ("strong", "weak"), ("hot", "cold"),
    ("warm", "cold"), ("fast", "slow"), ("long", "short"), ("rich", "poor"), ("easi", "difficult"),
    ("easi", "hard"), ("simpl", "complex"), ("public", "privat"), ("left", "right"), ("support", "oppos"),
    ("agre", "disagre"), ("best", "worst"), ("good", "bad"), ("posit", "negat"), ("add", "remov"),
    ("includ", "exclud"), ("success", "fail"), ("major", "minor"), ("maximum", "minimum"),
    ("save", "destroy"), ("creat", "destroy"), ("live", "die"), ("born", "die"), ("attack", "defend"),
    ("ancient", "modern"), ("intern", "extern"), ("import", "export"), ("rural", "urban"),
    ("cathol", "protest"), ("odd", "even"), ("fewer", "more"), ("wet", "dri"), ("solid", "liquid"),
    ("上", "下"), ("大", "小"), ("高", "低"), ("多", "少"), ("长", "短"), ("前", "后"), ("东", "西"),
    ("南", "北"), ("男", "女"), ("父", "母"), ("增", "减"), ("新", "旧"), ("最大", "最小"),
    ("最高", "最低"), ("胜", "负"),
]  # fmt: skip
_OPPOSITE: dict[str, set[str]] = {}
for _one, _other in _OPPOSITES:
    _OPPOSITE.setdefault(_one, set()).add(_other)
    _OPPOSITE.setdefault(_other, set()).add(_one)


FIGURE_MISSING, UNKNOWN, ALL_SAID = 2.5, 6.0, 3.0  # log-odds
WHOLLY = 0.99  # of the question's weight
_KNOWN_ENOUGH = {"ja": 0.5, "zh": 0.5, "en": 0.15}  # pairs of characters are rarer than words


def doubts(question: AskedQuestion, read: Sequence[PassageRead], chosen: Sequence[ChosenUnit]) -> float:
    """Log-odds against an answer that stand for themselves, for questions that no set has many of: a date,
    a year or an ordinal that neither the quotes nor what stands around them has, and a question of whose
    words the library knows too few. Against that, a sentence that says all of the question's words: in
    sets of whole answers each such one answered."""
    best = chosen[0].passage
    said = (
        unit.sentence.cased for passage in chosen for unit in (*passage.sentences, *passage.passage.sentences)
    )
    against = FIGURE_MISSING * missing_figures(question, " ".join([_head(best.hit), *said]))
    if max(sentence.features["own"] for sentence in chosen[0].sentences) >= WHOLLY:
        against -= ALL_SAID
    if best.features["same_language"]:
        against += UNKNOWN * max(0.0, question.share(question.unknown) - _KNOWN_ENOUGH[question.language])
    return against


def row(question: AskedQuestion, read: Sequence[PassageRead], chosen: Sequence[ChosenUnit]) -> Rows:
    """REFUSAL_FEATURES of the evidence, one row; zeros where nothing was chosen."""
    features = _features(question, read, chosen) if chosen else dict.fromkeys(REFUSAL_FEATURES, 0.0)
    return np.array([[features[name] for name in REFUSAL_FEATURES]], np.float32)


def _features(
    question: AskedQuestion, read: Sequence[PassageRead], chosen: Sequence[ChosenUnit]
) -> dict[str, float]:
    best = chosen[0]
    first = max(best.sentences, key=lambda unit: unit.features["own"])
    every = [unit for passage in chosen for unit in passage.sentences]
    near = _near(best.passage, best.sentences)
    passage = set(best.passage.covered)
    second = next(
        (passage for passage in read if passage.hit.document.id != best.passage.hit.document.id), None
    )
    near_text = " ".join(unit.sentence.cased for unit in near)
    passage_text = " ".join(unit.sentence.cased for unit in best.passage.sentences)
    near_words = _words(near) | best.passage.head
    passage_words = _words(best.passage.sentences) | best.passage.head
    anywhere = f"{passage_text} {best.passage.hit.title} {best.passage.hit.passage.heading}"
    everything = one_form(normalised(" ".join([anywhere, *(quote.best.sentence.cased for quote in chosen)])))
    han = _HAN.findall(one_form(question.plain))
    names, numbers = _names(question), _numbers(question.plain)
    denied, denies = (
        denials(question.plain, question.language),
        denials(near_text.lower(), question.language),
    )
    return (
        {
            "probability_first": best.probability,
            "probability_all": sum(passage.probability for passage in chosen),
            "probability_below_first": best.probability - (chosen[1].probability if len(chosen) > 1 else 0.0),
            "second_covered": second.features["covered"] if second else 0.0,
            "second_words": second.features["words"] if second else 0.0,
            "rarest_missing_near": _rarest_missing(question, near_words),
            "rarest_missing_passage": _rarest_missing(question, passage),
            "unknown": question.share(question.unknown),
            "words_missing_near": _missing(question, near_words),
            "words_missing_passage": _missing(question, passage_words),
            "run_missing_near": float(_longest_missing(question, near_words)),
            "run_missing_passage": float(_longest_missing(question, passage_words)),
            "names": float(len(names)),
            "names_missing_near": float(sum(not near_words.issuperset(tokens(name)) for name in names)),
            "names_missing_passage": float(sum(not passage_words.issuperset(tokens(name)) for name in names)),
            "han_missing_near": float(max((len(run) for run in han if not _stands(run, near)), default=0)),
            "han_missing_anywhere": float(max((len(run) for run in han if run not in everything), default=0)),
            "numbers": float(len(numbers)),
            "numbers_missing_near": float(_numbers_missing(numbers, near_text)),
            "numbers_missing_passage": float(_numbers_missing(numbers, passage_text)),
            "numbers_missing_anywhere": float(_numbers_missing(numbers, everything)),
            "denial_added": float(denied > 0 and denies == 0),
            "denial_missing": float(denied == 0 and denies > 0),
            "opposites": float(
                sum(
                    token not in near_words and not near_words.isdisjoint(_OPPOSITE[token])
                    for token in question.weights.keys() & _OPPOSITE.keys()
                )
            ),
            "tokens": float(len(question.weights)),
            "kind": float(KINDS.index(question.wanted.kind)),
            "unit": float(bool(question.wanted.unit)),
            "language": float(LANGUAGES.index(question.language)),
            "asks_for": float(QUESTION_KINDS.index(question.kind)),
            "length": math.log(1 + best.unit.length),
            "items": math.log(1 + len(best.sentences)),
            "library": math.log10(1 + question.passages),
            "in_english": float(question.language == "en"),
            "in_chinese": float(question.language == "zh"),
        }
        | _terms(question, read, chosen)
        | {f"first_{name}": first.features[name] for name in _OF_FIRST}
        | {f"most_{name}": max(unit.features[name] for unit in every) for name in _OF_BEST}
        | {f"passage_{name}": best.passage.features[name] for name in _OF_PASSAGE}
    )


def _terms(
    question: AskedQuestion, read: Sequence[PassageRead], chosen: Sequence[ChosenUnit]
) -> dict[str, float]:
    """What the question's nouns, figures and names say of the evidence (`retrieval.evidence.missing`)."""
    best = chosen[0]
    head = _head(best.passage.hit)
    quotes = " ".join(sentence.sentence.cased for quote in chosen for sentence in quote.sentences)
    shape = best.passage.outline
    unit = "\n".join(shape.between(span.piece, span.start, span.end) for span in best.unit.spans)
    near = missing_terms(question, [f"{head} {quotes}"])
    inside = missing_terms(question, [f"{head} {unit}"])
    anywhere = missing_terms(
        question, [f"{_head(passage.hit)} {passage.hit.passage.text}" for passage in read]
    )
    return {
        "terms_missing_near": near.most,
        "terms_missing_near_mean": near.mean,
        "terms_missing_anywhere": anywhere.most,
        "terms_missing_anywhere_mean": anywhere.mean,
        "terms_missing_unit": inside.most,
        "terms_missing_unit_mean": inside.mean,
        "longest_missing_unit": inside.longest,
        "last_missing_unit": inside.last,
        "last_missing_near": near.last,
        "figures_missing": float(missing_figures(question, f"{head} {quotes}")),
        "named_elsewhere": float(best.passage.hit.named is False),
    }


def _head(hit: Hit) -> str:
    return f"{hit.title} {hit.document.name} {hit.passage.heading}"


def _words(sentences: Sequence[ReadSentence]) -> set[str]:
    """The tokens of those sentences, and those of the question that they say in other words."""
    return {word for unit in sentences for word in (*unit.sentence.words, *unit.places)}


def _stands(run: str, near: Sequence[ReadSentence]) -> bool:
    return any(run in unit.sentence.form for unit in near)


def _near(passage: PassageRead, sentences: Sequence[ReadSentence]) -> list[ReadSentence]:
    """The sentences of a quote, and the one before and behind them."""
    first = next(index for index, unit in enumerate(passage.sentences) if unit is sentences[0])
    return passage.sentences[max(0, first - 1) : first + len(sentences) + 1]


def _rarest_missing(question: AskedQuestion, words: Set[str]) -> float:
    """The share of the weight that the weightiest missing token has."""
    return (
        max((w for token, w in question.weights.items() if token not in words), default=0.0) / question.total
    )


def _missing(question: AskedQuestion, words: Set[str]) -> float:
    """The share of the question's tokens (each alike) that are missing."""
    return sum(token not in words for token in question.weights) / max(1, len(question.weights))


def _longest_missing(question: AskedQuestion, words: Set[str]) -> int:
    """The most tokens of the question in a row that are missing."""
    longest = run = 0
    for token in query_tokens(question.text):
        run = 0 if token in words else run + 1
        longest = max(longest, run)
    return longest


def _numbers(text: str) -> dict[str, str]:
    """The numbers that a normalised text says in digits, each with its one form."""
    form = one_form(text)
    forms = list(written(form))
    numbers = {form[number.start : number.end]: number.form for number in forms}
    for number in reversed(forms):
        form = form[: number.start] + " " + form[number.end :]
    return numbers | {number: number for number in _NUMBER.findall(form)}


def _numbers_missing(numbers: Mapping[str, str], text: str) -> int:
    """How many of the question's numbers the text has in no form."""
    have = {number.form for number in written(one_form(text.lower()))}
    return sum(said not in text and form not in text and form not in have for said, form in numbers.items())


def _names(question: AskedQuestion) -> list[str]:
    """The names that the question says."""
    names = _NAME[question.language].findall(question.text)
    return [name for name in names if name.lower() not in ENGLISH_STOP]

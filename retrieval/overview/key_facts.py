"""Which facts a summary shows: those that tell most, fair over the sections, each thing once, within a
budget of characters. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from language.figures import figures
from language.tokens import CJK, ENGLISH_STOP, normalised, tokens
from retrieval.evidence.asked import AskedQuestion
from retrieval.overview.facts import LONGEST, Fact
from retrieval.overview.sections import Section
from retrieval.overview.telling import is_empty_heading, says_a_purpose, size, telling

MOST_FACTS = 4000  # of a document that are weighed, so that no document holds an answer up
# Characters (letters count half): of the whole summary, by how much there is.
LEAST_SHOWN, SHARE_SHOWN, MOST_SHOWN = 120.0, 0.42, 1000.0
MOST_QUOTES = 28
CENTRAL, OPENS, ASKED = 0.9, 0.6, 2.0
AGAIN, SAME_ARTICLE = 0.62, 0.8  # what another fact of a section, and of an article, is still worth
SAME_WORDS = 0.6  # share of a fact's words that another one said already: the same thing again
LEAST = 0.9  # a fact that tells less is not shown, however much room there is


@dataclass(frozen=True)
class ChosenFact:
    """A fact that is shown, with its section's place and its value."""

    section: int
    fact: Fact
    value: float


@dataclass(frozen=True)
class _Weighed:
    section: int
    fact: Fact
    value: float
    size: float
    words: frozenset[str]
    figures: frozenset[tuple[str, str]]


def key_facts(
    sections: Sequence[Section], question: AskedQuestion, kept_out: Callable[[str], bool]
) -> list[ChosenFact]:
    """The facts that are shown, in reading order; none whose text is `kept_out`."""
    weighed = _weighed(sections, question, kept_out)
    whole = sum(fact.size for fact in weighed)
    left = min(MOST_SHOWN, LEAST_SHOWN + SHARE_SHOWN * whole)
    weights = _section_weights(sections)
    weighed = [fact for fact in weighed if fact.size <= left]
    chosen: list[_Weighed] = []
    in_section: Counter[int] = Counter()
    in_article: Counter[tuple[int, int]] = Counter()

    def worth(weighed_fact: _Weighed) -> float:
        again = math.pow(AGAIN, in_section[weighed_fact.section] / weights[weighed_fact.section])
        again *= math.pow(SAME_ARTICLE, in_article[weighed_fact.section, weighed_fact.fact.head])
        return weighed_fact.value * again / math.pow(max(weighed_fact.size, 20.0), 0.25)

    while weighed and len(chosen) < MOST_QUOTES:
        best = max(weighed, key=worth)
        weighed.remove(best)
        if _said_before(best, chosen):
            continue
        chosen.append(best)
        left -= best.size
        weighed = [fact for fact in weighed if fact.size <= left]
        in_section[best.section] += 1
        in_article[best.section, best.fact.head] += 1
    chosen.sort(key=lambda fact: (fact.section, fact.fact.places[0]))
    return [ChosenFact(fact.section, fact.fact, fact.value) for fact in chosen]


def _said_before(fact: _Weighed, chosen: Sequence[_Weighed]) -> bool:
    """Whether a single fact that is shown says almost all of it, its figures too."""
    least = SAME_WORDS * len(fact.words)
    return bool(fact.words) and any(
        len(fact.words & other.words) > least and fact.figures <= other.figures for other in chosen
    )


def _section_weights(sections: Sequence[Section]) -> list[float]:
    """How many facts each may well have beside the others: by its length, between half and twice the mean."""
    sizes = [math.sqrt(sum(size(fact.text) for fact in section.facts)) for section in sections]
    mean = sum(sizes) / len(sizes) if sizes else 1.0
    return [min(2.0, max(0.6, own / (mean or 1.0))) for own in sizes]


def _weighed(
    sections: Sequence[Section], question: AskedQuestion, kept_out: Callable[[str], bool]
) -> list[_Weighed]:
    facts: list[tuple[int, Fact, frozenset[str]]] = []
    spread: Counter[str] = Counter()
    for number, section in enumerate(sections):
        if section.empty:
            continue
        for fact in section.facts:
            if len(facts) == MOST_FACTS:
                break
            words = frozenset(_content(fact.text))
            facts.append((number, fact, words))
            spread.update(words)
    named = {word for section in sections for word in _content(f"{section.whole.title} {section.heading}")}
    titles = " ".join({f"{section.whole.title} {section.heading}" for section in sections})
    beyond = question.weights.keys() - question.said_in(titles)
    weighed = []
    for number, fact, words in facts:
        section = sections[number]
        if kept_out(fact.text) or says_a_purpose(fact.text):
            continue
        if fact.head >= 0 and is_empty_heading(section.whole.own_text(fact.head)):
            continue
        value = telling(fact.text) + OPENS * fact.first + CENTRAL * _central(words, spread, named)
        value += ASKED * question.share(beyond & set(tokens(fact.text)))
        length = size(fact.text)
        if length > LONGEST:
            value -= (length - LONGEST) / LONGEST
        if value >= LEAST:
            figured = frozenset(figures(normalised(fact.text)))
            weighed.append(_Weighed(number, fact, value, length, words, figured))
    return weighed


def _central(words: frozenset[str], spread: Mapping[str, int], named: set[str]) -> float:
    """How much a fact speaks of what its document speaks of: 0 to 1."""
    if not words:
        return 0.0
    shared = sum(spread[word] > 2 or word in named for word in words)
    return shared / (len(words) + 4)


def _content(text: str) -> set[str]:
    """The words of a text that say what it is about; of Chinese and Japanese the pairs of characters."""
    return {
        token
        for token in tokens(text)
        if (len(token) > 1 if CJK.match(token) else token not in ENGLISH_STOP and not token.isdigit())
    }

"""The sentences of passages that were found, each with what it carries of the question. Pure.

Sentences are those of the outline's nodes: a list's number is none, and a line's end inside a paragraph ends
none. What stands above a sentence (the title, headings, the stem of its list, its table's header) counts for
it, but is not shown for it here: what is shown together is `retrieval.evidence.units`.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

import regex

from language.characters import folded, one_form
from language.headings import heading_level
from language.tokens import counted_tokens, language_of, places_of, tokens
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.outline import outline
from retrieval.evidence.outline_nodes import Outline, OutlineKind
from retrieval.evidence.surroundings import Surroundings
from retrieval.index.search import Hit

LONGEST = 600  # characters of a sentence; a longer one is a table or a list without ends
LONGEST_HEADING = 60
ENDS = "。．.!?！？:：;；、，,」』）)】|"
_TELLING = regex.compile(r"\p{L}")


@dataclass(frozen=True)
class SentenceText:
    """A sentence's text in its forms."""

    text: str
    cased: str  # folded
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

    def places(self, question: AskedQuestion) -> dict[str, list[int]]:
        """Where each of the question's tokens begins that it has."""
        places = {token: starts for token in question.runs if (starts := places_of(token, self.form))}
        for token in self.others.keys() & question.others:
            places[token] = self.others[token]
        for thing in question.meant:
            missing = thing.tokens - places.keys()
            if missing and (starts := thing.places(self.form, self.others)):
                places.update(dict.fromkeys(missing, starts))
        return places

    def grams(self, question: AskedQuestion) -> int:
        """How many of the question's grams it has."""
        if (self.language == "en") != (question.language == "en"):
            return 0
        if self.language == "en":
            return len(question.grams & self.pairs)
        return sum(str(gram) in self.plain for gram in question.grams)


@dataclass
class ReadSentence:
    """A sentence of a hit: where it stands on which page, and what it carries of the question."""

    page: int
    start: int
    end: int
    sentence: SentenceText
    places: Mapping[str, list[int]]  # of the question's tokens
    carried: Set[str]  # those of them that weigh
    head: Set[str]  # what the title, the headings, the stems and the table's header above it carry
    node: int  # of the outline
    features: dict[str, float] = field(default_factory=dict)


@dataclass
class PassageRead:
    """A hit whose sentences were read; `outline` is that of the passages around it, which it is one of."""

    hit: Hit
    sentences: list[ReadSentence]
    head: set[str]
    covered: set[str]
    outline: Outline
    features: dict[str, float] = field(default_factory=dict)


def read_passage(question: AskedQuestion, hit: Hit, around: Surroundings | None = None) -> PassageRead:
    """The hit's sentences, in what stands around it."""
    shape = outline(around.passages, around.tables) if around else outline([hit.passage])
    asked = question.weights.keys()
    head: set[str] = question.said_in(f"{hit.title}\n{hit.passage.heading}")
    mine = {(page, start): end for page, start, end in hit.passage.pieces}
    read: list[ReadSentence] = []
    headings: list[ReadSentence] = []
    above: dict[int, Set[str]] = {}
    for place, node in enumerate(shape.nodes):
        piece = shape.pieces[node.piece]
        if mine.get((piece.page, piece.start)) != piece.end or node.kind is OutlineKind.ASIDE:
            continue
        if node.parent not in above:
            above[node.parent] = _carried_above(question, shape, place)
        for start, end in shape.sentences_of(place):
            end = min(end, start + LONGEST)
            text = sentence_text(shape.between(node.piece, start, end))
            places = text.places(question)
            carried = asked & places.keys()
            sentence = ReadSentence(node.page, start, end, text, places, carried, head, place)
            whole = shape.between(node.piece, node.start, node.end)
            if node.kind is OutlineKind.HEADING or (not read and not node.children and is_heading(whole)):
                if node.kind is not OutlineKind.HEADING:
                    headings.append(sentence)
                head = head | carried
            elif _TELLING.search(text.text):
                sentence.head = head | above[node.parent]
                read.append(sentence)
    sentences = read or headings
    return PassageRead(
        hit, sentences, head, head.union(*(sentence.carried | sentence.head for sentence in sentences)), shape
    )


def _carried_above(question: AskedQuestion, shape: Outline, place: int) -> Set[str]:
    """What the stems and the header above a node carry of the question."""
    carried: set[str] = set()
    for stem in shape.stems_of(place):
        carried |= question.weights.keys() & sentence_text(shape.nodes[stem].text).places(question).keys()
    return carried


def is_heading(text: str) -> bool:
    """Whether a passage's first line is the heading of what follows: numbered, short, and no sentence."""
    return (
        len(text) <= LONGEST_HEADING and text[-1] not in ENDS and (text[0] == "#" or heading_level(text) > 0)
    )


@lru_cache(maxsize=4096)
def sentence_text(text: str) -> SentenceText:
    """The sentence in its forms; kept, for the same passages are found again and again."""
    cased = folded(text)
    plain = cased.lower()
    form = one_form(plain)
    cased = cased if len(cased) == len(plain) else plain
    return SentenceText(text, cased, plain, form, language_of(text), *counted_tokens(form))

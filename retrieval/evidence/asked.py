"""A question taken apart: its tokens with their weights, and what it asks for. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from language.characters import one_form
from language.tokens import CJK, language_of, normalised, query_tokens, tokens
from retrieval.evidence.answer_types import Wanted, wanted
from retrieval.evidence.concepts import Meant
from retrieval.evidence.question_kinds import QuestionKind, question_kind, question_parts
from retrieval.index.rarity import inverse_frequency
from retrieval.index.widening import NOT_WIDENED, Widening

LANGUAGES = ("ja", "zh", "en")

# Characters: how far the question's words around its question word are taken. Letters carry less than
# characters do.
_AROUND = {"ja": 14, "zh": 14, "en": 40}
_CLOSE = {"ja": 6, "zh": 6, "en": 16}


@dataclass(frozen=True)
class AskedQuestion:
    """A question taken apart: the weight of each of its tokens, and what it asks for."""

    text: str
    plain: str
    language: str
    weights: Mapping[str, float]
    total: float
    words: frozenset[str]
    wanted: Wanted
    kind: QuestionKind
    has_parts: bool
    grams: frozenset[str | tuple[str, str]]
    before: frozenset[str]
    behind: frozenset[str]
    close_before: frozenset[str]
    close_behind: frozenset[str]
    unknown: frozenset[str]  # tokens that stand in no passage of the library
    runs: tuple[str, ...]  # of its tokens those that are Chinese or Japanese characters
    others: frozenset[str]  # and those that are not
    meant: tuple[Meant, ...]  # what it asks for under other words too
    passages: int  # in the library

    @classmethod
    def parse(
        cls, text: str, frequencies: Mapping[str, int], passages: int, widening: Widening = NOT_WIDENED
    ) -> AskedQuestion:
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
            question_kind(text),
            len(question_parts(text)) > 1,
            frozenset(_grams(plain, tokens(text), language)),
            among(asked.before[-far:]),
            among(asked.behind[:far]),
            among(asked.before[-close:]),
            among(asked.behind[:close]),
            frozenset(token for token in weights if not frequencies.get(token)),
            runs,
            frozenset(every.difference(runs)),
            tuple(Meant.of(concept) for concept in widening.concepts),
            passages,
        )

    def said_in(self, text: str) -> set[str]:
        """Those of its tokens that weigh and that a text has, in its own words or in others."""
        words = set(tokens(text))
        said = self.weights.keys() & words
        for thing in self.meant:
            if not said.issuperset(thing.tokens) and thing.stands_in(one_form(normalised(text)), words):
                said |= self.weights.keys() & thing.tokens
        return said

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


def _grams(plain: str, words: Sequence[str], language: str) -> Iterable[str | tuple[str, str]]:
    """Three neighbouring characters, or two neighbouring words of a language with spaces."""
    if language == "en":
        return pairwise(words)
    return [plain[index : index + 3] for index in range(len(plain) - 2)]

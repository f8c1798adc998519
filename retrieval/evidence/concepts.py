"""A thing that a question asks for under several words: a text that has any of them has the thing, once.
Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from language.tokens import CJK, places_of
from retrieval.index.widening import Concept

REACH = 30  # characters between two words of one phrase in Latin letters


@dataclass(frozen=True)
class Meant:
    """The question's tokens of a thing, and the words that stand for all of them where a text has one."""

    tokens: frozenset[str]
    runs: tuple[str, ...]  # in Chinese or Japanese characters: to be found as they are
    phrases: tuple[tuple[str, ...], ...]  # of stems

    @classmethod
    def of(cls, concept: Concept) -> Meant:
        """A concept of the question as texts are read for it."""
        runs = tuple(
            alternative.plain for alternative in concept.alternatives if CJK.search(alternative.plain)
        )
        phrases = tuple(
            alternative.tokens for alternative in concept.alternatives if not CJK.search(alternative.plain)
        )
        return cls(concept.tokens, runs, phrases)

    def places(self, form: str, others: Mapping[str, Sequence[int]]) -> list[int]:
        """Where its words begin in a text in `one_form`; `others` are the places of the text's tokens that
        are not Chinese or Japanese."""
        starts = [start for run in self.runs for start in places_of(run, form)]
        for phrase in self.phrases:
            if all(word in others for word in phrase):
                starts += [other for other in others[phrase[0]] if _goes_on(other, phrase[1:], others)]
        return sorted(set(starts))

    def stands_in(self, form: str, words: Set[str]) -> bool:
        """Whether a text in `one_form` with those tokens has one of its words."""
        return any(run in form for run in self.runs) or any(words >= set(phrase) for phrase in self.phrases)


def _goes_on(start: int, rest: Sequence[str], others: Mapping[str, Sequence[int]]) -> bool:
    """Whether the other words of a phrase follow the one there, each near the one before."""
    for word in rest:
        following = [place for place in others[word] if start < place <= start + REACH]
        if not following:
            return False
        start = following[0]
    return True

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
        found = [at for run in self.runs for at in places_of(run, form)]
        for phrase in self.phrases:
            if all(word in others for word in phrase):
                found += [at for at in others[phrase[0]] if _goes_on(at, phrase[1:], others)]
        return sorted(set(found))

    def stands_in(self, form: str, words: Set[str]) -> bool:
        """Whether a text in `one_form` with those tokens has one of its words."""
        return any(run in form for run in self.runs) or any(words >= set(phrase) for phrase in self.phrases)


def _goes_on(at: int, rest: Sequence[str], others: Mapping[str, Sequence[int]]) -> bool:
    """Whether the other words of a phrase follow the one there, each near the one before."""
    for word in rest:
        following = [place for place in others[word] if at < place <= at + REACH]
        if not following:
            return False
        at = following[0]
    return True

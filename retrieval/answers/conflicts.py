"""Where two documents in force do not agree: quotes that answer the same question with other figures. Pure.

Two quotes conflict when they stand in different documents, carry the same words of the question, are
written alike, and give different values in the same unit. Anything less sure is not called a conflict:
a false alarm costs the reader's trust as much as a missed one.
"""

from __future__ import annotations

from collections.abc import Sequence

from language.figures import figures
from language.tokens import CJK, normalised, query_tokens
from retrieval.evidence.types import Quote

# Of the content tokens of the shorter quote, figures apart. Two wordings of one rule share half of their
# tokens and more; rules on other things that share a form ("x is reimbursed at …") share fewer.
LEAST_ALIKE = 0.5


def conflicts(question: str, quotes: Sequence[Quote]) -> list[tuple[int, int]]:
    """The pairs of marks (from 1, the lower first) whose quotes do not agree."""
    return [
        (first, second)
        for second in range(2, len(quotes) + 1)
        for first in range(1, second)
        if quotes[first - 1].hit.document.id != quotes[second - 1].hit.document.id
        and disagree(question, quotes[first - 1].text, quotes[second - 1].text)
    ]


def disagree(question: str, sentence: str, other: str) -> bool:
    """Whether both texts answer that question, with different values in the same unit."""
    mine, theirs = _content(sentence), _content(other)
    if not mine or not theirs or _words(question) & _words(sentence) != _words(question) & _words(other):
        return False
    if len(mine & theirs) < LEAST_ALIKE * min(len(mine), len(theirs)):
        return False
    said = figures(normalised(question))
    have, has = figures(normalised(sentence)) - said, figures(normalised(other)) - said
    return any(
        {number for number, of in have if of == unit}.isdisjoint(number for number, of in has if of == unit)
        for unit in {unit for _, unit in have} & {unit for _, unit in has}
    )


def _words(text: str) -> set[str]:
    """The words of a text; of Chinese and Japanese runs the single characters, for a pair of them also
    says what stands beside a word."""
    return {token for token in _content(text) if len(token) == 1 or not CJK.search(token)}


def _content(text: str) -> set[str]:
    """What a text is about: its query tokens without figures."""
    return {token for token in query_tokens(text) if not any(letter.isdigit() for letter in token)}

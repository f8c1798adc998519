"""Where the words of a query stand in a text, to be shown to a person. Pure; it ranks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import regex

from language.characters import folded_with_places, one_form
from language.quantities import written
from language.stems import stem
from language.terms import Term, Terms, Use, WordForm
from language.tokens import CJK, ENGLISH_STOP, normalised, query_tokens

_WORD = regex.compile(r"[\p{L}\p{N}]+")
_HAN = regex.compile(r"\p{Script=Han}")
_BEFORE = regex.compile(r"^\p{Script=Hiragana}+")  # particles around a word
_BEHIND = regex.compile(r"(?<!\p{Script=Hiragana})\p{Script=Hiragana}+$")


def marked_words(query: str, text: str, also: Sequence[str] = ()) -> list[tuple[int, int]]:
    """The [start, end) in `text` of what the query asks for, in order, none touching another; `also` are
    words that it was widened by, which count where they stand whole.

    Words are the same by their stem, numbers by their value. Of Japanese and Chinese, two neighbouring
    characters of the query count, and a single one only where it is a Han character that the query has alone.
    """
    wanted = set(query_tokens(query))
    alone = {run.group() for run in CJK.finditer(one_form(normalised(query))) if _HAN.fullmatch(run.group())}
    plain, places = folded_with_places(text)
    alike = one_form(_lower(plain))
    spans = [(number.start, number.end) for number in written(alike) if number.form in wanted]
    for run in CJK.finditer(alike):
        spans += _pairs(run.group(), run.start(), wanted, alone)
    for word in _WORD.finditer(CJK.sub(lambda match: " " * len(match.group()), alike)):
        if word.group() not in ENGLISH_STOP and stem(word.group()) in wanted:
            spans.append(word.span())
    if also:
        spans += [(term.start, term.end) for term in _terms_of(tuple(also)).said(alike)]
    in_text = sorted((places[start][0], places[end - 1][1]) for start, end in spans)
    return [_bare(text, *span) for span in _joined(in_text, text)]


@lru_cache(maxsize=64)  # the passages of one search are marked by the same words
def _terms_of(words: tuple[str, ...]) -> Terms:
    return Terms(Term(word, (WordForm(word, "", Use.WRITTEN),)) for word in words)


def _lower(text: str) -> str:
    """In lower case, each character in its place."""
    return "".join(new if len(new := old.lower()) == 1 else old for old in text)


def _pairs(run: str, offset: int, wanted: set[str], alone: set[str]) -> Iterable[tuple[int, int]]:
    pairs = {token for token in wanted if len(token) == 2 and CJK.fullmatch(token)}
    spans = [
        (offset + index, offset + index + 2)
        for index in range(len(run) - 1)
        if run[index : index + 2] in pairs
    ]
    return spans + [
        (offset + index, offset + index + 1) for index, character in enumerate(run) if character in alone
    ]


def _joined(spans: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Overlapping or touching spans as one, and those with nothing but spaces or one hyphen between them."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        between = text[joined[-1][1] : start] if joined else ""
        if joined and (start <= joined[-1][1] or between.isspace() or between in ("-", ".", "/")):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without hiragana at its ends, where anything else is in it."""
    word = text[start:end]
    left = _BEFORE.match(word)
    start += len(left.group()) if left and left.group() != word else 0
    bare = _BEHIND.sub("", text[start:end])
    return (start, start + len(bare)) if bare else (start, end)

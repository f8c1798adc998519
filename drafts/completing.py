"""What a model's sentences of a section left out of the section's quotes, given back in the documents' words:
a draft loses no figure, name or second sentence. Nothing is written here. Pure.

An answer is read beside its quotes, and is completed only where a list or a rule is torn
(`retrieval.answers.writing.completion`). A draft is sent without them: each part of its quotes is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from language.figures import figures
from language.tokens import language_of, normalised
from retrieval.answers.writing.parts import quote_parts
from retrieval.answers.writing.verification import codes, share_carried

SAID = 0.85  # of a part's content words that have to stand in the section
CARRIED = 0.66  # of a sentence's content words in a part: then the part says what the sentence does
_NAMES = regex.compile(r"\p{Katakana}[\p{Katakana}ー]+|\p{Latin}{2,}")  # in Japanese and Chinese
_CAPITALS = regex.compile(r"(?<!^)(?<![.!?]\s)\b\p{Lu}[\p{L}\p{N}]*")  # in English, within a sentence
# 5 p.m., U.S.: small models break off behind the first dot.
_ABBREVIATED = regex.compile(r"\b(?:\p{L}\.){2,}")


@dataclass(frozen=True)
class Said:
    """A sentence of a section, with the marks (from 1) of the quotes that it rests on."""

    text: str
    marks: tuple[int, ...]


@dataclass(frozen=True)
class _Part:
    text: str
    mark: int


def completed(written: Sequence[Said], quotes: Sequence[str]) -> list[Said]:
    """The section whole, in the order of the quotes: the model's sentences where they say all of a part, the
    part itself where they do not, in place of those that say less of it than it does."""
    parts = [
        _Part(part.text, mark) for mark, quote in enumerate(quotes, start=1) for part in quote_parts(quote)
    ]
    home = [_home(sentence, parts) for sentence in written]
    said = "\n".join(sentence.text for sentence in written)
    whole: list[Said] = [sentence for sentence, at_home in zip(written, home, strict=True) if at_home is None]
    for number, part in enumerate(parts):
        own = [sentence for sentence, at_home in zip(written, home, strict=True) if at_home == number]
        if _says(said, part.text):
            whole += own
        else:
            given = "\n".join(sentence.text for sentence in whole)
            whole += _beside(own, part)
            if not given or not _says(given, part.text):
                whole.append(Said(part.text, (part.mark,)))
    return whole


def _home(sentence: Said, parts: Sequence[_Part]) -> int | None:
    """The part that has most of a sentence's words, of the quotes that it rests on."""
    text = normalised(sentence.text)
    shares = [
        (share_carried(text, normalised(part.text)), -number)
        for number, part in enumerate(parts)
        if part.mark in sentence.marks
    ]
    best = max(shares, default=(0.0, 0))
    return -best[1] if best[0] > 0 else None


def _beside(sentences: Sequence[Said], part: _Part) -> Iterator[Said]:
    """Those of a part's sentences that say more than the part does."""
    for sentence in sentences:
        share = share_carried(normalised(sentence.text), normalised(part.text))
        if share < CARRIED or not _facts(sentence.text) <= _facts(part.text):
            yield sentence


def _says(said: str, part: str) -> bool:
    """Whether a text has every figure and name of a part, and nearly all of its other words."""
    if not _facts(part) <= _facts(said) | _words(said):
        return False
    return share_carried(normalised(part), normalised(said)) >= SAID


def _facts(text: str) -> set[tuple[str, str]]:
    """The figures of a text with their units, and its codes and names."""
    plain = normalised(text)
    names = map(normalised, _CAPITALS.findall(text)) if language_of(text) == "en" else _NAMES.findall(plain)
    return {
        *figures(plain),
        *((name, "name") for name in (*codes(plain), *names, *_ABBREVIATED.findall(plain))),
    }


def _words(text: str) -> set[tuple[str, str]]:
    return {(word, "name") for word in regex.findall(r"[\p{L}\p{N}]+", normalised(text))}

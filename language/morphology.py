"""Japanese words with their part of speech: MeCab with the IPA dictionary, whose words textlint's rules
know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import regex

JAPANESE = regex.compile(r"[\p{Hiragana}\p{Katakana}]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word at [start, start + len(surface)) of its text. `kind` is the part of speech, `detail` its first
    division, `inflection` the type of its inflection, `form` the form it stands in, `base` the
    dictionary's."""

    surface: str
    start: int
    kind: str
    detail: str = "*"
    detail2: str = "*"
    inflection: str = "*"
    form: str = "*"
    base: str = "*"

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.surface)


@cache
def _tagger() -> Any:
    import fugashi
    import ipadic

    return fugashi.GenericTagger(ipadic.MECAB_ARGS)


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """The words of a text; spaces are left out."""
    parsed: list[Word] = []
    position = 0
    for line in text.split("\n"):
        for node in _tagger()(line.replace("\0", " ")):
            start = text.find(node.surface, position)
            if start < 0:
                continue
            feature = [*node.feature, *["*"] * 9]
            parsed.append(
                Word(
                    node.surface,
                    start,
                    feature[0],
                    feature[1],
                    feature[2],
                    feature[4],
                    feature[5],
                    feature[6],
                )
            )
            position = start + len(node.surface)
    return tuple(parsed)

"""The parts of a quote: its sentences, and the items of its lists with what announces them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import regex

from language.clauses import announces
from language.marks import ITEMS, MarkKind, mark_of
from language.sentences import sentences

# A rule holds only so far.
CONDITION = regex.compile(
    r"に限[りる]|場合に限|のみ|を除[きく]|上限|限度"
    r"|\b(?:only|unless|except|provided that|up to|no more than|at most|subject to)\b"
    r"|仅限|方可|除外|不得超过|上限|为限"
)


@dataclass(frozen=True)
class QuotePart:
    """A sentence of a quote, or an item of a list in it with the text that announces the list."""

    text: str
    item: bool = False
    stem: str = ""

    @property
    def whole(self) -> str:
        """The part with what it cannot be understood without."""
        return f"{self.stem} {self.text}" if self.stem else self.text


@lru_cache(maxsize=256)  # each sentence of an answer is compared with the same few quotes
def quote_parts(quote: str) -> tuple[QuotePart, ...]:
    """Its parts in reading order. Numbers alone make no item, since they count the paragraphs of an article
    too; behind what announces a list they do, and so do lines without any sign."""
    parts: list[QuotePart] = []
    stem = ""
    for start, end in sentences(quote):
        text = " ".join(quote[start:end].split())
        mark = mark_of(text)
        marked = mark is not None and mark.kind in ITEMS
        bullet = mark is not None and mark.kind is MarkKind.BULLET
        item = bullet or (bool(stem) and (marked or text[-1:] not in "。."))
        parts.append(QuotePart(text, item, stem if item else ""))
        if announces(text):
            stem = text
        elif not item:
            stem = ""
    return tuple(parts)

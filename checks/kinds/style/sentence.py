"""style.sentence: how long a sentence may be, how many commas it may have, how long a row of kanji."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from checks.document.document import MASK, DocumentPiece, RunKind
from checks.findings import RuleMatch
from checks.patterns import Pattern
from checks.rules import Context, Rule, pattern_of
from language.morphology import Word, words
from language.sentences import sentences

_KANJI = Pattern(r"[\p{Han}々〆]+")
_WORD = Pattern(r"[\p{L}\p{N}]+(?:['’.-][\p{L}\p{N}]+)*")


class SentenceRule(Rule):
    """Lengths that a sentence may have."""

    kind: Literal["style.sentence"] = "style.sentence"
    max: int | None = Field(None, ge=1, description="Characters of a sentence.")
    max_words: int | None = Field(None, ge=1)
    max_commas: int | None = Field(None, ge=0, description="Commas that a sentence may have.")
    max_kanji: int | None = Field(None, ge=1, description="Kanji in a row.")
    comma: str = "、"
    separators: str = "。．.?!？！"
    allow: list[str] = []
    skip_patterns: list[str] = []
    skip_urls: bool = True
    count_by: Literal["codeunits", "codepoints"] = "codepoints"

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each sentence that goes beyond."""
        skipped = [pattern_of(source) for source in self.skip_patterns]
        for index, piece, _ in self.texts(context):
            text = piece.text
            for start, end in sentences(piece.prose, self.separators, paragraph=True):
                yield from self._sentence(index, piece, text, start, end, skipped)
            if self.max_kanji is not None:
                yield from self._kanji(index, self.read(piece), self.max_kanji)

    def _sentence(
        self, index: int, piece: DocumentPiece, text: str, start: int, end: int, skipped: list[Pattern]
    ) -> Iterator[RuleMatch]:
        if self.max is not None:
            shown = text[start:end]
            for pattern in skipped:
                shown = pattern.compiled.sub("", shown)
            if self.skip_urls and any(
                run.kind is RunKind.LINK and run.start <= start and run.end >= end - 1 for run in piece.runs
            ):
                shown = ""
            length = len(shown) if self.count_by == "codepoints" else len(shown.encode("utf-16-le")) // 2
            if length > self.max:
                values: dict[str, object] = {"length": length, "max": self.max}
                yield RuleMatch(index, start, end, "sentence_length", values)
        if self.max_words is not None:
            count = sum(1 for _ in _WORD.finditer(piece.prose[start:end]))
            if count > self.max_words:
                values = {"length": count, "max": self.max_words}
                yield RuleMatch(index, start, end, "sentence_words", values)
        if self.max_commas is not None:
            places = self._commas(piece.prose, start, end)
            if len(places) > self.max_commas:
                offset = places[self.max_commas]
                values = {"count": len(places), "max": self.max_commas, "mark": self.comma}
                yield RuleMatch(index, offset, offset + 1, "sentence_commas", values)

    def _commas(self, prose: str, start: int, end: int) -> list[int]:
        """The commas that divide a sentence: not those between the nouns of a list."""
        text = prose[start:end]
        places = [start + match.start() for match in re.finditer(re.escape(self.comma), text)]
        if len(places) <= (self.max_commas or 0):
            return places
        tagged = words(text)
        kept = []
        for index, word in enumerate(tagged):
            if word.surface != self.comma:
                continue
            before = tagged[index - 1] if index else None
            after = tagged[index + 1] if index + 1 < len(tagged) else None
            if before is not None and after is not None and _noun(before) and _noun(after):
                continue
            kept.append(start + word.start)
        return kept

    def _kanji(self, index: int, text: str, most: int) -> Iterator[RuleMatch]:
        for match in _KANJI.finditer(text):
            row = match[0]
            for word in self.allow:
                row = row.replace(word, "")
            if len(row) > most:
                values = {"found": match[0], "length": len(match[0]), "max": most}
                yield RuleMatch(index, match.start(), match.end(), "sentence_kanji", values)


def _noun(word: Word) -> bool:
    return word.kind == "名詞" or MASK in word.surface or word.detail in ("括弧開", "括弧閉")

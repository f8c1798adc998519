"""Words for one thing: what documents write, what people say, in three languages; and where a text says one
of them. Pure.

A `Term` is a group of such words. The lexicon that ships and a company's own glossary have this shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

import regex

from language.characters import one_form
from language.stems import stem
from language.tokens import CJK, normalised

LANGUAGES = ("ja", "en", "zh")
_WORD = regex.compile(r"[\p{L}\p{N}]+")
_KATAKANA = regex.compile(r"[\p{Katakana}ー]")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
# What only Chinese writes, in simplified characters: a text without kana may be Japanese too.
_CHINESE = regex.compile(
    r"[吗呢么们这那哪吧怎您你谁几什很]|可以|多少|是否|没有|需要|应该|能不能|会不会|有没有|要不要"
)
_LATIN = regex.compile(r"[\p{Latin}\p{N}]")


class Use(StrEnum):
    """How a word is used."""

    WRITTEN = "written"  # documents write it: a question with any other word of the term asks for it
    SAID = "said"  # people say it, or it abbreviates: looked up too, in its own language
    AVOIDED = "avoided"  # the company does not want it: understood in questions, never proposed


@dataclass(frozen=True)
class WordForm:
    """A word or phrase of a term."""

    text: str
    language: str
    use: Use


@dataclass(frozen=True)
class Term:
    """Words for one thing. `but_not` are longer texts that hold one of them and mean something else."""

    id: str
    forms: tuple[WordForm, ...]
    but_not: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Said:
    """A word of some terms at [start, end) of a text."""

    start: int
    end: int
    terms: tuple[Term, ...]


_Entry = tuple[str, Term | None]  # in which language a word is whose; of no term: it means something else


class Terms:
    """Terms, to be found in texts: the longest word that stands at a place is taken, and no two overlap.

    Words in Latin letters are found by their stems and whole; words in Chinese or Japanese characters as they
    stand, except that katakana and Latin letters at their ends must not go on.
    """

    def __init__(self, terms: Iterable[Term] = ()) -> None:
        self._runs: dict[str, list[_Entry]] = {}
        self._words: dict[tuple[str, ...], list[_Entry]] = {}
        for term in terms:
            for form in term.forms:
                self._add(form.text, form.language, term)
            for other in term.but_not:
                self._add(other, "", None)
        self._lengths = _longest_first(self._runs)
        self._counts = _longest_first(self._words)

    def _add(self, text: str, language: str, term: Term | None) -> None:
        plain = one_form(normalised(text))
        if CJK.search(plain):
            self._runs.setdefault(plain, []).append((language, term))
        else:  # Latin letters are at home in every language
            named = tuple(stem(word) for word in _WORD.findall(plain))
            self._words.setdefault(named, []).append(("", term))

    def said(self, text: str) -> list[Said]:
        """Which of the words a text says, in order; the text is in `one_form` of its `normalised` form.
        Words of a language that the text is not in are passed over: 要約 is a summary in Japanese, and an
        offer in Chinese."""
        languages = _languages_of(text)
        words = [
            (stem(word.group()), *word.span())
            for word in _WORD.finditer(CJK.sub(lambda run: " " * len(run.group()), text))
        ]
        at_word = {start: number for number, (_, start, _) in enumerate(words)}
        matches: list[Said] = []
        position = 0
        while position < len(text):
            end, entries = max(
                self._run_at(text, position, languages),
                self._phrase_at(words, at_word.get(position)),
                key=lambda candidate: candidate[0],
            )
            terms = tuple(dict.fromkeys(term for _, term in entries if term is not None))
            if terms:
                matches.append(Said(position, end, terms))
            position = max(end, position + 1)
        return matches

    def _run_at(self, text: str, position: int, languages: Set[str]) -> tuple[int, list[_Entry]]:
        """Where the longest word in Chinese or Japanese characters ends that begins there, and whose it
        is."""
        for length in self._lengths.get(text[position], ()):
            end = position + length
            entries = [
                entry
                for entry in self._runs.get(text[position:end], ())
                if not entry[0] or entry[0] in languages
            ]
            if entries and end <= len(text) and _whole(text, position, end):
                return end, entries
        return 0, []

    def _phrase_at(
        self, words: Sequence[tuple[str, int, int]], number: int | None
    ) -> tuple[int, list[_Entry]]:
        """The same of words in Latin letters; `words` have their stems and places."""
        if number is not None:
            for count in self._counts.get(words[number][0], ()):
                phrase = words[number : number + count]
                entries = self._words.get(tuple(word for word, _, _ in phrase))
                if entries and len(phrase) == count:
                    return phrase[-1][2], entries
        return 0, []


def _languages_of(text: str) -> frozenset[str]:
    """The languages that the Chinese characters of a text can be of."""
    if _KANA.search(text):
        return frozenset(("ja",))
    return frozenset(("zh",)) if _CHINESE.search(text) else frozenset(("ja", "zh"))


def _longest_first(named: Mapping[str, object] | Mapping[tuple[str, ...], object]) -> dict[str, list[int]]:
    """How long the words are that begin so, longest first."""
    lengths: dict[str, set[int]] = {}
    for name in named:
        if name:
            lengths.setdefault(name[0], set()).add(len(name))
    return {first: sorted(sizes, reverse=True) for first, sizes in lengths.items()}


def _whole(text: str, start: int, end: int) -> bool:
    """Whether what stands there is no part of a longer word in katakana or Latin letters."""
    return not any(
        kind.match(inside) and kind.match(outside)
        for inside, outside in ((text[start], text[start - 1 : start]), (text[end - 1], text[end : end + 1]))
        for kind in (_KATAKANA, _LATIN)
    )

"""Is a sentence of the model carried by the quotes it cites? Pure, and the reason why nothing of a model
is shown unchecked.

A sentence passes when every mark in it exists; every number, date, code and name in it stands in a cited
quote; it denies what the quote denies and nothing else; and enough of its other words stand there too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

from retrieval.text import ENGLISH_STOP, language_of, normalised, tokens

LEAST_SHARE = 0.6  # of a sentence's content words that its quotes must carry

MARK = re.compile(r"\[(\d{1,2})\]")
_NUMBER = regex.compile(r"\d+(?:[.,:/-]\d+)*")
_CODE = regex.compile(
    r"\b(?=[\p{Latin}\d._/-]*\d)(?=[\p{Latin}\d._/-]*\p{Latin})[\p{Latin}\d]+(?:[-._/][\p{Latin}\d]+)*"
)
_CAPITAL = regex.compile(r"\b\p{Lu}[\p{L}\p{N}]*\b")
_KATAKANA = regex.compile(r"[\p{Script=Katakana}ー]{2,}")
_LATIN = regex.compile(r"\p{Latin}{2,}")
_KANJI_NUMBER = regex.compile(
    r"[〇一二三四五六七八九十百千万億]{2,}|[一二三四五六七八九十](?=[日月年人名件回円か箇個週時分条章])"
)
_DENIALS = {
    "en": regex.compile(r"\b(?:not|no|never|without|cannot|none|neither|nor)\b|n['’]t\b"),
    "ja": regex.compile(r"ない|ません|なかった|なく|ず(?:、|に)|不可|禁止|禁ずる|禁じ|除く|以外"),
    "zh": regex.compile(r"不|没|無|无|非|未|勿|禁止|禁|除外|以外"),
}


class Flaw(StrEnum):
    """Why a sentence was struck."""

    NO_MARK = "no_mark"  # it cites nothing
    UNKNOWN_MARK = "unknown_mark"  # it cites a quote that was not given
    NUMBER = "number"  # a number or date that no cited quote has
    NAME = "name"  # a name or code that no cited quote has
    DENIAL = "denial"  # it denies what the quote does not deny, or the other way round
    UNSUPPORTED = "unsupported"  # too few of its words stand in the cited quotes
    EMPTY = "empty"  # nothing is left without its marks


@dataclass(frozen=True)
class Verdict:
    """What became of a sentence: its text without marks, the marks, and the flaw if it is struck."""

    text: str
    marks: tuple[int, ...]
    flaw: Flaw | None
    detail: str = ""

    @property
    def stands(self) -> bool:
        """Whether the sentence may be shown."""
        return self.flaw is None


def verify(sentence: str, quotes: Sequence[str]) -> Verdict:
    """Judge one sentence against the quotes; mark [1] means quotes[0]."""
    marks = tuple(sorted({int(mark) for mark in MARK.findall(sentence)}))
    text = " ".join(MARK.sub("", sentence).split()).strip()
    text = re.sub(r"\s+([.,;:!?])", r"\1", text)

    def struck(flaw: Flaw, detail: str = "") -> Verdict:
        return Verdict(text, marks, flaw, detail)

    if not any(character.isalnum() for character in text):
        return struck(Flaw.EMPTY)
    if not marks:
        return struck(Flaw.NO_MARK)
    if any(not 1 <= mark <= len(quotes) for mark in marks):
        return struck(Flaw.UNKNOWN_MARK)
    cited = normalised("\n".join(quotes[mark - 1] for mark in marks))
    said = normalised(text)
    if missing := _missing_numbers(said, cited):
        return struck(Flaw.NUMBER, missing)
    if missing := _missing_names(text, cited):
        return struck(Flaw.NAME, missing)
    language = language_of(text)
    if bool(_DENIALS[language].search(said)) != bool(_DENIALS[language_of(cited)].search(cited)):
        return struck(Flaw.DENIAL)
    share = _share(said, cited)
    if share < LEAST_SHARE:
        return struck(Flaw.UNSUPPORTED, f"{share:.2f}")
    return Verdict(text, marks, None)


def _plain(number: str) -> str:
    return number.replace(",", "")


def _missing_numbers(said: str, cited: str) -> str:
    """The first number of the sentence that is not in the cited text; "10" is not in "100"."""
    have = {_plain(number) for number in _NUMBER.findall(cited)}
    for number in have.copy():
        have.update(re.split(r"[.:/-]", number) if not re.fullmatch(r"\d+\.\d+", number) else [])
    for number in _NUMBER.findall(said):
        if _plain(number) not in have:
            return str(number)
    for number in _KANJI_NUMBER.findall(said):
        if number not in cited:
            return str(number)
    return ""


def _missing_names(text: str, cited: str) -> str:
    """The first name or code of the sentence that is not in the cited text.

    Names are taken to be: codes with letters and digits; in Latin text capitalised words but for the
    first; in Japanese and Chinese text Latin words and runs of katakana.
    """
    names = list(_CODE.findall(text))
    if language_of(text) == "en":
        first = len(text) - len(text.lstrip("\"'“‘( "))
        names += [match.group() for match in _CAPITAL.finditer(text) if match.start() != first]
    else:
        names += _LATIN.findall(text) + _KATAKANA.findall(text)
    for name in names:
        if normalised(name) not in cited and normalised(name) not in ENGLISH_STOP:
            return str(name)
    return ""


def _share(said: str, cited: str) -> float:
    """The share of the sentence's content tokens that stand in the cited text."""
    have = set(tokens(cited))
    words = [
        token
        for token in tokens(said)
        if token not in ENGLISH_STOP and not (len(token) == 1 and not token.isdigit())
    ] or tokens(said)
    return sum(token in have for token in words) / len(words) if words else 0.0

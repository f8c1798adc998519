"""Where the words of a query stand in a text, to be shown to a person. Pure; it ranks nothing."""

from __future__ import annotations

import unicodedata

import regex

from language.tokens import CJK, ENGLISH_STOP, one_form, query_tokens, stem

_WORD = regex.compile(r"[\p{L}\p{N}]+")
_HAN = regex.compile(r"\p{Script=Han}")
_BEFORE = regex.compile(r"^\p{Script=Hiragana}+")  # particles around a word
_BEHIND = regex.compile(r"(?<!\p{Script=Hiragana})\p{Script=Hiragana}+$")


def marked_words(query: str, text: str) -> list[tuple[int, int]]:
    """The [start, end) in `text` of what the query asks for, in order, none touching another.

    Words are the same by their stem. Of Japanese and Chinese, two neighbouring characters of the query
    count, and a single one only where it is a Han character that the query has alone.
    """
    wanted = set(query_tokens(query))
    alone = {run.group() for run in CJK.finditer(_alike(query)) if _HAN.fullmatch(run.group())}
    found: list[tuple[int, int]] = []
    alike = _alike(text)
    for run in CJK.finditer(alike):
        found += _pairs(run.group(), run.start(), wanted, alone)
    for word in _WORD.finditer(CJK.sub(lambda match: " " * len(match.group()), alike)):
        if word.group() not in ENGLISH_STOP and stem(word.group()) in wanted:
            found.append(word.span())
    return [_bare(text, *span) for span in _joined(sorted(found), text)]


def _alike(text: str) -> str:
    """The text with what looks alike made equal, each character in its place."""
    folded = (unicodedata.normalize("NFKC", character).lower() for character in text)
    alike = "".join(new if len(new) == 1 else old for new, old in zip(folded, text, strict=True))
    return one_form(alike)


def _pairs(run: str, at: int, wanted: set[str], alone: set[str]) -> list[tuple[int, int]]:
    pairs = {token for token in wanted if len(token) == 2 and CJK.fullmatch(token)}
    found = [(at + one, at + one + 2) for one in range(len(run) - 1) if run[one : one + 2] in pairs]
    return found + [(at + one, at + one + 1) for one, character in enumerate(run) if character in alone]


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

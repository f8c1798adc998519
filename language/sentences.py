"""Cuts a paragraph into sentences, for rules that count by the sentence. Knows no language but its marks."""

from __future__ import annotations

import re
from functools import lru_cache

SEPARATORS = "。．.?!？！"
_PAIRS = {"「": "」", "『": "』", "（": "）", "(": ")", "【": "】", "“": "”", "《": "》", "[": "]"}
_CLOSERS = frozenset("」』）)】”》]\"'")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|[Mm]r|[Mm]rs|[Mm]s|[Dd]r|[Pp]rof|[Ss]t|[Nn]o|[Vv]ol|[Ff]ig|[Ee]q|[Aa]pprox|[Vv]s|"
    r"[Ii]nc|[Ll]td|[Cc]o|[Cc]orp|[Ee]tc|i\.e|e\.g|a\.m|p\.m|U\.S|cf|al|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|"
    r"Oct|Nov|Dec)$"
)


@lru_cache(maxsize=8192)  # many rules ask for the same paragraph
def sentences(text: str, separators: str = SEPARATORS) -> tuple[tuple[int, int], ...]:
    """The sentences as [start, end) without the space around them, their end marks with them.

    A mark within brackets ends no sentence; a full stop ends one only before a space or the end.
    """
    out: list[tuple[int, int]] = []
    start, open_marks = 0, list[str]()
    at = 0
    while at < len(text):
        character = text[at]
        if character in _PAIRS and _PAIRS[character] in text[at:]:
            open_marks.append(_PAIRS[character])
        elif open_marks and character == open_marks[-1]:
            open_marks.pop()
        elif character in separators and not open_marks and _ends(text, at, character, start):
            end = at + 1
            while end < len(text) and (text[end] in separators or text[end] in _CLOSERS):
                end += 1
            _add(text, start, end, out)
            start = at = end
            continue
        at += 1
    _add(text, start, len(text), out)
    return tuple(out)


def _ends(text: str, at: int, character: str, start: int) -> bool:
    if character not in ".?!":
        return True
    following = text[at + 1 : at + 2]
    if character == "." and following and not following.isspace() and following not in _CLOSERS:
        return False
    if character in "?!" and following and following.isascii() and following.isalnum():
        return False
    return not (character == "." and _ABBREVIATION.search(text[start:at]) and following)


def _add(text: str, start: int, end: int, out: list[tuple[int, int]]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        out.append((start, end))

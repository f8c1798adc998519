"""Cuts a text into sentences. Pure; it knows no language but its marks.

A list's number belongs to what it counts ("4. 休職の期間は…"), an abbreviation to its sentence ("Art. 5"),
a mark within brackets to the sentence around them, and a line that was wrapped to the line behind it.
"""

from __future__ import annotations

from functools import cache, lru_cache

import regex

from language.labels import stands_alone
from language.marks import mark_of
from language.tokens import is_cjk

SEPARATORS = "。｡．.?!？！…"
_STOPS = ".．"  # in numbers, codes and abbreviations too
_CLOSING = "」』）)】〉》〕”’\"'］]"
_OPENERS, _CLOSERS = "「『（(【〈《〔［[", "」』）)】〉》〕］]"
_BRACKET = regex.compile(f"[{regex.escape(_OPENERS + _CLOSERS)}]")
_PARTNER = dict(zip(_CLOSERS, _OPENERS, strict=True))
_ABBREVIATION = regex.compile(
    r"(?:(?<![\p{L}\p{N}])(?:[A-Za-z]|(?i:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|Nos?|vs|etc|Inc|Ltd|Co|Corp|Figs?|Arts?|Secs?|Eqs?"
    r"|Vols?|pp?|cf|al|approx|ext|e\.g|i\.e|a\.m|p\.m|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec))"
    r"|\b\p{Lu}\.\p{Lu})$"
)
# A list's number or letter, and nothing else. Not longer: "Yes." and "1990." are sentences.
_NUMBER = regex.compile(r"[\s　]*+[（(]?(?:\p{Nd}{1,3}+(?:[.．]\p{Nd}{1,3}+)*+|[A-Za-z]|[ivxIVX]{1,5})[)）]?")
_BARE = regex.compile(_NUMBER.pattern + r"[.．、)）]?[\s　]*+")
# Of a line that was wrapped: it ends where a sentence cannot, or the next one begins so.
LEAST_WRAPPED = {True: 15, False: 30}  # characters of a line that was filled, Chinese or Japanese and other
FULL_LINE = 60  # of Latin letters, where the next line begins with a capital
_ENDED = regex.compile(r"[。｡．.?!？！…:：;；|]$|[」』）)】〉》］\]\"']$")
_BROKEN = regex.compile(r"[、，,・をにはがのとでもへやてしりうるい]$")
_KANA = regex.compile(r"\p{Hiragana}")


@lru_cache(maxsize=8192)  # many rules ask for the same paragraph
def sentences(
    text: str, separators: str = SEPARATORS, *, paragraph: bool = False
) -> tuple[tuple[int, int], ...]:
    """The [start, end) of each sentence with its end marks, trimmed; a bare list number is not one. A line's
    end ends one unless the line was wrapped, or the whole text is one `paragraph`."""
    spans: list[tuple[int, int]] = []
    start, depth_at, depth = 0, 0, 0
    for match in _ends(separators).finditer(text):
        mark = match.start() + 1  # behind the first end sign, before what closes after it
        depth += _deeper(text[depth_at:mark])
        inside = depth > 0
        depth += _deeper(text[mark : match.end()])
        depth_at = match.end()
        if match.group().startswith("\n"):
            if paragraph or _wrapped(text, start, match.start(), match.end()):
                continue
            depth = 0
        elif (depth > 0 and _closes(text, start, match.end())) or not _ends_there(
            text, start, match.start(), match.end(), inside=inside
        ):
            continue
        else:
            depth = 0
        if _BARE.fullmatch(text, start, match.end()):
            continue  # the number of what follows
        _add(spans, text, start, match.end())
        start = match.end()
    if not _BARE.fullmatch(text, start) or not spans:
        _add(spans, text, start, len(text))
    return tuple(spans)


@cache
def _ends(separators: str) -> regex.Pattern[str]:
    hard = "".join(mark for mark in separators if mark not in _STOPS)
    stops = "".join(mark for mark in separators if mark in _STOPS)
    forms = (
        [rf"[{regex.escape(hard)}][{regex.escape(separators)}]*[{regex.escape(_CLOSING)}]*"] if hard else []
    )
    if "." in stops:
        forms.append(rf"\.[{regex.escape(separators)}]*[{regex.escape(_CLOSING)}]*(?=\s|\Z)")
    if "．" in stops:
        forms.append(rf"．[{regex.escape(_CLOSING)}]*(?!\p{{Nd}})")
    return regex.compile("|".join([*forms, r"\n+"]))


def _ends_there(text: str, start: int, mark: int, end: int, *, inside: bool) -> bool:
    """Whether the mark there ends the sentence that began at `start`."""
    if inside and _goes_on(text, start, end):
        return False
    sign = text[mark]
    if sign in "?!":
        return not (end == mark + 1 and text[end : end + 1].isascii() and text[end : end + 1].isalnum())
    if sign not in _STOPS:
        return True
    if _NUMBER.fullmatch(text, start, mark):
        return False
    return not (sign == "." and (_abbreviated(text, start, mark) or not _opens(text, end)))


def _abbreviated(text: str, start: int, end: int) -> bool:
    """Whether what ends there is an abbreviation; the longest has six letters, or ends as one does."""
    return _ABBREVIATION.search(text, max(start, end - 16), end) is not None


def _deeper(text: str) -> int:
    """How many brackets that text opens more than it closes."""
    return sum(1 if bracket in _OPENERS else -1 for bracket in _BRACKET.findall(text))


def _closes(text: str, start: int, position: int) -> bool:
    """Whether a bracket that is open at `position` is closed later in the line: one that never closes, as in
    a smiley or a wrong paste, must not hold everything behind it together."""
    line_end = text.find("\n\n", position)
    rest = text[position : line_end if line_end >= 0 else len(text)]
    opened = [bracket for bracket in _BRACKET.findall(text[start:position]) if bracket in _OPENERS]
    return any(_PARTNER[closer] in opened for closer in _BRACKET.findall(rest) if closer in _CLOSERS)


def _goes_on(text: str, start: int, position: int) -> bool:
    """Whether a sentence goes on behind a bracket that closed at `position`: 「はい。」と答えた。 does, and
    （注を見よ。） that stands for itself does not."""
    alone = text[start:].lstrip()[:1] in "（(【［["
    return not alone and position < len(text) and not text[position].isspace()


def _opens(text: str, position: int) -> bool:
    """Whether what follows can begin a sentence: no lower-case letter after the space."""
    rest = text[position : position + 3].lstrip()
    return not rest or not rest[0].islower()


def _wrapped(text: str, start: int, end: int, behind: int) -> bool:
    """Whether the line that ends there was merely full, so that its sentence continues on the next."""
    if behind - end > 1 or behind >= len(text):
        return False
    line_start = max(start, text.rfind("\n", 0, end) + 1)
    before = text[line_start:end].strip()
    line_end = text.find("\n", behind)
    after = text[behind : line_end if line_end >= 0 else len(text)].strip()
    if not before or not after:
        return False
    return is_wrapped(before, after)


def is_wrapped(before: str, after: str) -> bool:
    """Whether a line goes on in the line behind it, as text does that was wrapped at a width."""
    wide = is_cjk(before[-1]) and is_cjk(after[0])
    if len(before) < LEAST_WRAPPED[wide] or _ENDED.search(before) or mark_of(after) or " | " in before:
        return False
    if stands_alone(before, after):
        return False
    if not wide:
        full = len(before) >= FULL_LINE and (before[-1] in ",;" or before[-1].islower())
        return after[0].islower() or full
    return bool(_BROKEN.search(before) or _KANA.match(after))


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    end -= len(part) - len(part.rstrip())
    if start < end:
        spans.append((start, end))

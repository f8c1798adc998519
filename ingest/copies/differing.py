"""Where another copy says something else than a quote: the same place of its text, and what differs. Pure."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_ALIKE = 0.5  # of a quote's characters that stand in the other text too; below, it is not there
SLACK = 40  # characters that a place may be longer than the quote
PAGES_ALIGNED = 2
LONGEST_QUOTE = 1500
JOINED = 2  # characters between two changes that are told as one
FIGURES = "0123456789,"
_ENDS = "。．.!?！？\n"


@dataclass(frozen=True)
class CopyDifference:
    """[start, end) of the quote; the page and the words of the other copy in its place (0 and none: it lacks
    them); and the parts that differ: [start, end) of the quote, [start, end) of those words."""

    start: int
    end: int
    page: int
    text: str
    changes: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True)
class _Squeezed:
    """A text without blanks and widths, and where each character of it stands in the original."""

    text: str
    places: tuple[int, ...]


def differences(
    quote: str, stretches: Sequence[tuple[int, int]], pages: Sequence[tuple[int, str]]
) -> list[CopyDifference]:
    """What another copy (number and text of its pages) says in place of those stretches of a quote; empty
    where it says the same."""
    squeezed = [(number, _squeeze(text), text) for number, text in pages]
    whole = "".join(page.text for _, page, _ in squeezed)
    deviations = []
    for start, end in stretches:
        part = _squeeze(quote[start : min(end, start + LONGEST_QUOTE)])
        if not part.text or part.text in whole:
            continue
        deviations.append(_difference(start, end, part, squeezed))
    return deviations


def _squeeze(text: str) -> _Squeezed:
    letters, places = [], []
    for place, letter in enumerate(text):
        for plain in unicodedata.normalize("NFKC", letter).lower():
            if not plain.isspace():
                letters.append(plain)
                places.append(place)
    return _Squeezed("".join(letters), tuple(places))


def _difference(
    start: int, end: int, part: _Squeezed, pages: Sequence[tuple[int, _Squeezed, str]]
) -> CopyDifference:
    pairs = _pairs(part.text)
    near = sorted(pages, key=lambda page: -len(pairs & _pairs(page[1].text)))[:PAGES_ALIGNED]
    best: tuple[float, CopyDifference] | None = None
    for number, page, text in near:
        aligned = _aligned(part.text, page.text)
        if aligned is None or (best is not None and best[0] >= aligned[0]):
            continue
        share, low, high = aligned
        first, last = page.places[low], page.places[high - 1] + 1
        changes = _changes(part, page, low, high, start, first)
        best = (share, CopyDifference(start, end, number, text[first:last], changes))
    if best is None or best[0] < LEAST_ALIKE:
        return CopyDifference(start, end, 0, "", ())
    return best[1]


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


def _aligned(part: str, page: str) -> tuple[float, int, int] | None:
    """The share of the part that stands at its place of the page, and [low, high) of that place."""
    matcher = difflib.SequenceMatcher(None, part, page, autojunk=False)
    anchor = matcher.find_longest_match()
    if not anchor.size:
        return None
    low = max(0, anchor.b - anchor.a - SLACK)
    high = min(len(page), anchor.b - anchor.a + len(part) + SLACK)
    blocks = [
        block
        for block in difflib.SequenceMatcher(None, part, page[low:high], autojunk=False).get_matching_blocks()
        if block.size
    ]
    matched = sum(block.size for block in blocks)
    first, last = blocks[0], blocks[-1]
    begins = max(low, low + first.b - first.a)  # what is changed at its beginning is about as long
    ends = low + last.b + last.size
    missing = len(part) - last.a - last.size
    if missing:  # and so is what is changed at its end, up to the end of the sentence
        limit = min(len(page), ends + missing + 8)
        stop = next((place + 1 for place in range(ends, limit) if page[place] in _ENDS), None)
        ends = stop if stop is not None else min(len(page), ends + missing)
    return matched / len(part), begins, max(ends, begins + 1)


def _changes(
    part: _Squeezed, page: _Squeezed, low: int, high: int, quote_start: int, text_start: int
) -> tuple[tuple[int, int, int, int], ...]:
    theirs = page.text[low:high]
    matcher = difflib.SequenceMatcher(None, part.text, theirs, autojunk=False)
    spans: list[tuple[int, int, int, int]] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        if spans and a - spans[-1][1] <= JOINED and c - spans[-1][3] <= JOINED:
            a, c = spans[-1][0], spans[-1][2]
            spans.pop()
        spans.append(_whole_figures(part.text, theirs, a, b, c, d))
    changes = []
    for a, b, c, d in spans:
        mine = _place(part, a), part.places[b - 1] + 1 if b > a else _place(part, a)
        first = _place(page, low + c)
        other = first, page.places[low + d - 1] + 1 if d > c else first
        changes.append(
            (quote_start + mine[0], quote_start + mine[1], other[0] - text_start, other[1] - text_start)
        )
    return tuple(changes)


def _whole_figures(mine: str, theirs: str, a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    """The change, wide enough that no figure is cut: 3,000 and 2,500, not 3,0 and 2,5."""
    if not any(letter.isdigit() for letter in mine[a:b] + theirs[c:d]):
        return a, b, c, d
    while a and c and mine[a - 1] == theirs[c - 1] and mine[a - 1] in FIGURES:
        a, c = a - 1, c - 1
    while b < len(mine) and d < len(theirs) and mine[b] == theirs[d] and mine[b] in FIGURES:
        b, d = b + 1, d + 1
    return a, b, c, d


def _place(text: _Squeezed, index: int) -> int:
    """Where a character stands; behind the last one, behind it."""
    return text.places[index] if index < len(text.places) else (text.places[-1] + 1 if text.places else 0)

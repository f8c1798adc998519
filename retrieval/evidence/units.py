"""The smallest complete stretch of a document around a sentence: a list's stem with its items, an article with
its provisos, a table's row with its header. Pure.

How much is complete depends on what is asked for: a fact is a sentence, a procedure all its steps. What would
be longer than a person reads at once is made smaller, never cut inside a node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

from retrieval.evidence.outline import LONGEST_STEM, STEM_WORDS
from retrieval.evidence.outline_nodes import CAPTION, Outline, OutlineKind
from retrieval.evidence.question_kinds import QuestionKind
from retrieval.evidence.reading import ReadSentence


class UnitKind(StrEnum):
    """What a quote is, for those who show it."""

    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"
    LIST = "list"
    SECTION = "section"
    ROWS = "rows"


@dataclass(frozen=True)
class Span:
    """[start, end) of a page, inside one piece of an outline."""

    piece: int
    start: int
    end: int


@dataclass(frozen=True)
class EvidenceUnit:
    """What is shown together; its spans are in reading order and touch none of another."""

    kind: UnitKind
    spans: tuple[Span, ...]

    @property
    def length(self) -> int:
        """Characters."""
        return sum(span.end - span.start for span in self.spans)

    def holds(self, shape: Outline, sentence: ReadSentence) -> bool:
        """Whether the sentence is a part of it."""
        piece = shape.nodes[sentence.node].piece
        return any(
            span.piece == piece and span.start <= sentence.start and sentence.end <= span.end
            for span in self.spans
        )


# Characters up to which a whole is shown for its part, by what is asked for.
_LONGEST_NODE = {QuestionKind.FACT: 110, QuestionKind.YES_NO: 320, QuestionKind.OVERVIEW: 400}
_LONGEST_SECTION = {
    QuestionKind.LIST: 500,
    QuestionKind.PROCEDURE: 1000,
    QuestionKind.CONDITIONS: 650,
    QuestionKind.SUMMARY: 1000,
    QuestionKind.COMPARISON: 500,
    QuestionKind.OVERVIEW: 400,
    QuestionKind.YES_NO: 520,  # "may I …?" is answered by a rule with what limits it
}
_LONGEST_LIST = {QuestionKind.FACT: 500, QuestionKind.YES_NO: 500}
LONGEST_LIST = 1000
SHORT_LIST = 240  # a list that is shown whole though one of its items answers
SHORT_ITEM = 60
MOST_ROWS = 6
LATIN = 2.0  # letters say less than characters: every length above counts double for a text in letters

_PROVISO = regex.compile(
    r"\s*(?:ただし|但し|但|なお|もっとも|この場合|その場合|この際|又は|但是|不过|except|however|unless|provided|but\b|in (?:this|that|such) case)",
    regex.I,
)
_POINTS_BACK = regex.compile(
    r"\s*(?:この|その|これ|それ|前者|後者|同(?:日|月|年|社|氏|人)|前項|此|该|該|其|上述|前款|this\b|these\b|that\b|those\b|it\b|they\b|he\b|she\b|such\b)",
    regex.I,
)
_SAYS = regex.compile(r"[\p{L}\p{N}]")


def unit_around(
    shape: Outline, sentence: ReadSentence, kind: QuestionKind, likely: Callable[[int], float]
) -> EvidenceUnit:
    """The smallest complete unit around a sentence for a question of that kind; `likely` says how likely a
    node of the outline answers, which chooses among a table's rows."""
    unit = _unit_around(shape, sentence, kind, likely)
    if unit.spans:
        return _over_pages(shape, unit)
    piece = shape.nodes[sentence.node].piece
    return EvidenceUnit(UnitKind.SENTENCE, (Span(piece, sentence.start, sentence.end),))


def _over_pages(shape: Outline, unit: EvidenceUnit) -> EvidenceUnit:
    """The unit with the sentences whole that a page's end cuts in two."""
    spans = list(unit.spans)
    for place, node in enumerate(shape.nodes):
        if node.before < 0:
            continue
        before = shape.nodes[node.before]
        begins, ends = shape.sentences_of(node.before)[-1:], shape.sentences_of(place)[:1]
        if not begins or not ends:
            continue
        first, last = Span(before.piece, *begins[0]), Span(node.piece, *ends[0])
        if any(_within(last, span) for span in unit.spans) != any(
            _within(first, span) for span in unit.spans
        ):
            spans += [first, last]
    return unit if len(spans) == len(unit.spans) else EvidenceUnit(unit.kind, _merged(shape, spans))


def _within(inner: Span, outer: Span) -> bool:
    return inner.piece == outer.piece and outer.start <= inner.start and inner.end <= outer.end


def _unit_around(
    shape: Outline, sentence: ReadSentence, kind: QuestionKind, likely: Callable[[int], float]
) -> EvidenceUnit:
    place = sentence.node
    node = shape.nodes[place]
    scale = LATIN if sentence.sentence.language == "en" else 1.0
    if node.kind in (OutlineKind.ROW, OutlineKind.HEADER):
        return _rows(shape, place, kind, likely, scale)
    section = _LONGEST_SECTION.get(kind)
    if section is not None and kind is not QuestionKind.LIST:
        whole = _section(shape, place)
        if _length(shape, whole) <= section * scale:
            return _unit(shape, UnitKind.SECTION if len(whole) > 1 else UnitKind.PARAGRAPH, whole)
    if section is not None and kind is not QuestionKind.YES_NO:
        listed = _highest_list(shape, place, LONGEST_LIST * scale)
        if listed:
            return _unit(shape, UnitKind.LIST, listed)
        whole = _section(shape, place)
        if _length(shape, whole) <= section * scale:
            return _unit(shape, UnitKind.SECTION if len(whole) > 1 else UnitKind.PARAGRAPH, whole)
        return _unit(shape, UnitKind.PARAGRAPH, [*_stems(shape, place), place])
    return _for_a_fact(shape, sentence, kind, likely, scale)


def _for_a_fact(
    shape: Outline,
    sentence: ReadSentence,
    kind: QuestionKind,
    likely: Callable[[int], float],
    scale: float,
) -> EvidenceUnit:
    place = sentence.node
    node = shape.nodes[place]
    below = [child for child in node.children if shape.nodes[child].kind is not OutlineKind.HEADING]
    if below and _announces(shape, sentence):
        if shape.nodes[below[0]].kind in (OutlineKind.HEADER, OutlineKind.ROW):
            return _rows(shape, below[0], kind, likely, scale)
        tree = shape.descendants(place)
        if _length(shape, tree) <= _LONGEST_LIST.get(kind, LONGEST_LIST) * scale:
            return _unit(shape, UnitKind.LIST, [*_stems(shape, place), *tree])
        best = max(below, key=likely)
        return _unit(shape, UnitKind.LIST, [*_stems(shape, place), place, *shape.descendants(best)])
    stems = _stems(shape, place)
    if node.kind is OutlineKind.ITEM and stems and not below:
        listed = shape.descendants(stems[-1])
        if _length(shape, listed) <= SHORT_LIST * scale:
            return _unit(shape, UnitKind.LIST, [*stems[:-1], *listed])
    spans = [Span(shape.nodes[stem].piece, shape.nodes[stem].start, shape.nodes[stem].end) for stem in stems]
    if node.length <= _LONGEST_NODE.get(kind, 110) * scale:
        own = Span(node.piece, node.start, node.end)
        alone = UnitKind.PARAGRAPH if len(shape.sentences_of(place)) > 1 else UnitKind.SENTENCE
        return EvidenceUnit(UnitKind.LIST if spans else alone, _merged(shape, [*spans, own]))
    own = _with_provisos(shape, sentence)
    return EvidenceUnit(UnitKind.LIST if spans else UnitKind.SENTENCE, _merged(shape, [*spans, own]))


def _with_provisos(shape: Outline, sentence: ReadSentence) -> Span:
    """The sentence with what limits it behind it, and with the one before it that it points back at."""
    node = shape.nodes[sentence.node]
    every = shape.sentences_of(sentence.node)
    number = next((index for index, (start, _) in enumerate(every) if start == sentence.start), 0)
    first = last = number
    texts = [shape.between(node.piece, start, end) for start, end in every]
    if first and (_POINTS_BACK.match(texts[first]) or _PROVISO.match(texts[first])):
        first -= 1
    while last + 1 < len(every) and _PROVISO.match(texts[last + 1]):
        last += 1
    return Span(node.piece, every[first][0], every[last][1] if last > number else sentence.end)


def _announces(shape: Outline, sentence: ReadSentence) -> bool:
    """Whether the sentence is one that its node's items complete."""
    every = shape.sentences_of(sentence.node)
    return bool(every) and (every[-1][0] == sentence.start or bool(STEM_WORDS.search(sentence.sentence.text)))


def _stems(shape: Outline, place: int) -> list[int]:
    """What a node needs above it to be understood: the short stems of its list."""
    return [
        stem
        for stem in shape.stems_of(place)
        if shape.nodes[stem].length <= LONGEST_STEM and shape.nodes[stem].kind is not OutlineKind.ASIDE
    ]


def _section(shape: Outline, place: int) -> list[int]:
    """Everything under the nearest heading, without the headings below it and what is under them."""
    heading = shape.heading_of(place)
    if heading >= 0:
        roots = shape.nodes[heading].children
    else:
        roots = [number for number, node in enumerate(shape.nodes) if node.parent < 0]
        roots = [number for number in roots if shape.nodes[number].kind is not OutlineKind.HEADING]
    return [
        below
        for root in roots
        if shape.nodes[root].kind is not OutlineKind.HEADING
        for below in shape.descendants(root)
        if shape.nodes[below].kind is not OutlineKind.ASIDE
    ]


def _highest_list(shape: Outline, place: int, longest: float) -> list[int]:
    """The highest stem above a node (or the node) that items hang from, with all of them, that is not too
    long; empty where there is none."""
    for root in [*shape.stems_of(place), place]:
        items = [child for child in shape.nodes[root].children if shape.nodes[child].kind is OutlineKind.ITEM]
        if len(items) > 1 and _length(shape, tree := shape.descendants(root)) <= longest:
            return [*(stem for stem in _stems(shape, root)), *tree]
    siblings = _section(shape, place)
    items = [number for number in siblings if shape.nodes[number].kind is OutlineKind.ITEM]
    if place in items and not shape.stems_of(place) and _length(shape, siblings) <= longest / 2:
        return siblings  # a list right under its heading
    return []


def _rows(
    shape: Outline, place: int, kind: QuestionKind, likely: Callable[[int], float], scale: float
) -> EvidenceUnit:
    """The rows of a table that answer, under their header: a short table whole, of a long one the likeliest."""
    header = place if shape.nodes[place].kind is OutlineKind.HEADER else shape.nodes[place].parent
    if header < 0 or shape.nodes[header].kind is not OutlineKind.HEADER:
        return _unit(shape, UnitKind.ROWS, [place])
    rows = shape.nodes[header].children
    whole = [header, *rows]
    above = shape.nodes[header].parent
    stem = shape.nodes[above] if above >= 0 and shape.nodes[above].kind is not OutlineKind.HEADING else None
    named = stem is not None and (stem.marker == CAPTION or STEM_WORDS.search(stem.text))
    if stem is not None and named and stem.length <= SHORT_LIST:
        whole = [above, *whole]
    most = LONGEST_LIST if kind in _LONGEST_SECTION or kind is QuestionKind.COMPUTE else SHORT_LIST
    if _length(shape, whole) <= most * scale:
        return _unit(shape, UnitKind.ROWS, whole)
    data = [row for row in rows if shape.nodes[row].kind is OutlineKind.ROW]
    best = max((likely(row) for row in data), default=0.0)
    ranked = sorted(data, key=lambda row: -likely(row))
    number = MOST_ROWS if kind in _LONGEST_SECTION or kind is QuestionKind.COMPUTE else 2
    chosen = [row for row in ranked[:number] if likely(row) >= best / 3]
    if place in data and place not in chosen:
        chosen = [place, *chosen[: number - 1]]
    names = [number for number in whole if shape.nodes[number].kind is not OutlineKind.ROW]
    if any(": " in shape.nodes[row].text for row in chosen):
        names = []  # each cell says its column
    return _unit(shape, UnitKind.ROWS, [*names, *chosen])


def _unit(shape: Outline, kind: UnitKind, places: Sequence[int]) -> EvidenceUnit:
    spans = [
        Span(shape.nodes[place].piece, shape.nodes[place].start, shape.nodes[place].end)
        for place in sorted(set(places))
        if shape.nodes[place].kind is not OutlineKind.ASIDE
    ]
    return EvidenceUnit(kind, _merged(shape, spans))


def _merged(shape: Outline, spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans in reading order; those with nothing said between them as one."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.piece, span.start)):
        last = merged[-1] if merged else None
        if last is not None and last.piece == span.piece:
            if span.end <= last.end:
                continue
            between = shape.between(span.piece, last.end, span.start) if span.start > last.end else ""
            if span.start <= last.end or not _SAYS.search(between):
                merged[-1] = Span(span.piece, last.start, span.end)
                continue
        merged.append(span)
    return tuple(merged)


def _length(shape: Outline, places: Sequence[int]) -> int:
    return sum(shape.nodes[place].length for place in places)

"""What a written answer left out of the quotes it rests on: the other items of a list, the exception behind a
rule, the condition within it. Small models leave such parts out, and what they wrote is true by itself. Pure.

The parts are given back word for word, so they need no check; what is said of them is only where they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from language.clauses import announces, limits
from language.tokens import language_of, normalised
from retrieval.answers.writing.parts import CONDITION, QuotePart, quote_parts
from retrieval.answers.writing.verification import share_carried
from retrieval.evidence.question_kinds import QuestionKind, question_kind

SAID = 0.6  # of a part's content words in the answer: then the answer says it
CARRIES = 0.5  # of a sentence's content words in a part: then it may rest on it
MOST_PARTS, MOST_CHARACTERS = 12, 600
_WHOLE = (QuestionKind.LIST, QuestionKind.PROCEDURE, QuestionKind.CONDITIONS, QuestionKind.OVERVIEW)


@dataclass(frozen=True)
class LeftOutPart:
    """A part of quote `mark` (from 1) that the answer does not say, in the document's words."""

    mark: int
    text: str


def left_out(
    question: str, written: Sequence[tuple[str, Sequence[int]]], quotes: Sequence[str]
) -> list[LeftOutPart]:
    """The parts that `written`, the answer's sentences with their marks, needs to be whole, in the quotes'
    order. At most MOST_PARTS, and none where they would be longer than MOST_CHARACTERS."""
    said = normalised("\n".join(text for text, _ in written))
    whole = question_kind(question) in _WHOLE
    missing: list[LeftOutPart] = []
    for mark in sorted({mark for _, marks in written for mark in marks}):
        resting = [normalised(text) for text, marks in written if mark in marks]
        if language_of(quotes[mark - 1]) != language_of(said):
            continue  # the answer is a translation: its words say nothing of what it left out
        parts = quote_parts(quotes[mark - 1])
        wanted = _items(parts, said, whole=whole) | _limits(parts, resting, said)
        if any(announces(text) for text in resting) and not any(part.item for part in parts):
            wanted |= {number for number, part in enumerate(parts) if not _is_said(part, said)}
        missing += [LeftOutPart(mark, parts[number].text) for number in sorted(wanted)]
    missing = missing[:MOST_PARTS]
    return missing if sum(len(part.text) for part in missing) <= MOST_CHARACTERS else []


def _items(parts: Sequence[QuotePart], said: str, *, whole: bool) -> set[int]:
    """The items that are not said, where the answer gives some of them, or only what announces them, or none
    although a list was asked for."""
    items = [number for number, part in enumerate(parts) if part.item]
    if len(items) < 2:
        return set()
    given = {number for number in items if _is_said(parts[number], said)}
    stem = any(announces(part.text) and _is_said(part, said) for part in parts if not part.item)
    if not (len(given) > 1 or whole or (stem and not given)):
        return set()
    return set(items) - given


def _limits(parts: Sequence[QuotePart], resting: Sequence[str], said: str) -> set[int]:
    """The provisos behind what was said, and the rules of which the answer left the condition out."""
    wanted = set()
    for number, part in enumerate(parts):
        if part.item or _is_said(part, said):
            continue
        before = normalised(parts[number - 1].text) if number else ""
        proviso = limits(part.text) and any(share_carried(text, before) >= CARRIES for text in resting)
        condition = (
            CONDITION.search(normalised(part.text)) is not None
            and CONDITION.search(said) is None
            and any(share_carried(text, normalised(part.text)) >= CARRIES for text in resting)
        )
        if proviso or condition:
            wanted.add(number)
    return wanted


def _is_said(part: QuotePart, said: str) -> bool:
    return share_carried(normalised(part.text), said) >= SAID

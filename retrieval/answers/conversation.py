"""Earlier turns of a conversation, and what of them a prompt has room for. Pure.

Nothing is cut silently: a turn is given whole, or shortened by a rule (its question, and the first sentence
of its answer), or left out; how many were shortened and left out is told to the model and kept in the record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SHORTENED = 160  # characters that are kept of a turn's question, and of its answer

_SENTENCE_END = re.compile(r"(?<=[.!?])\s|(?<=[。！？])|\n")
_MARKS = re.compile(r"(?:(?<!\s)\s++)?\[\d{1,2}\]")


@dataclass(frozen=True)
class Turn:
    """One earlier question and what was answered to it."""

    question: str
    answer: str


@dataclass(frozen=True)
class Recalled:
    """What a prompt says of the turns before: its lines, and how many turns are shortened or left out."""

    lines: tuple[str, ...]
    shortened: int
    left_out: int


NOTHING_RECALLED = Recalled((), 0, 0)

_WORDS = {
    "en": ("Earlier in this conversation:", "Asked", "Answered", "({} earlier turns are left out here.)"),
    "ja": ("この会話のこれまで：", "質問", "回答", "（それより前の {} 件は省いています。）"),
    "zh": ("此前的对话：", "提问", "回答", "（更早的 {} 轮已省略。）"),
}


def shortened(turn: Turn) -> Turn:
    """The turn's question and the first sentence of its answer, each of at most 160 characters."""
    first = _SENTENCE_END.split(_MARKS.sub("", turn.answer).strip(), maxsplit=1)[0]
    return Turn(_clipped(turn.question), _clipped(first))


def _clipped(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHORTENED else text[: SHORTENED - 1].rstrip() + "…"


def recall(turns: Sequence[Turn], language: str, *, whole: int, kept: int) -> Recalled:
    """The last `kept` turns, the last `whole` of them as they were and the others shortened."""
    if not turns:
        return NOTHING_RECALLED
    kept = min(kept, len(turns))
    whole = min(whole, kept)
    title, asked, answered, left = _WORDS[language]
    lines = [title]
    if left_out := len(turns) - kept:
        lines.append(left.format(left_out))
    changed = 0
    for place, turn in enumerate(turns[len(turns) - kept :]):
        shown = turn if place >= kept - whole else shortened(turn)
        changed += shown != turn
        lines.append(f"{asked}: {' '.join(shown.question.split())}")
        if shown.answer:
            lines.append(f"{answered}: {' '.join(_MARKS.sub('', shown.answer).split())}")
    return Recalled(tuple(lines), changed, left_out)


@dataclass(frozen=True)
class Fit:
    """What of the passages and turns the context has room for."""

    passages: int  # the first so many of those given, each whole
    recalled: Recalled
    tokens: int  # of the whole prompt


def fit(
    passages: int,
    turns: Sequence[Turn],
    language: str,
    count: Callable[[int, Recalled], int],
    room: int,
) -> Fit | None:
    """The most that fits into `room` tokens, or None where not even one passage does.

    `count` gives the tokens of a prompt with so many passages and those turns. First turns are shortened, all
    but the last; then they are left out, the oldest first; then passages are, the least useful (last) first.
    """
    stages = [(len(turns), len(turns)), (1, len(turns)), (0, len(turns))]
    stages += [(0, kept) for kept in _halvings(len(turns))]
    seen = set()
    for whole, kept in stages:
        recalled = recall(turns, language, whole=whole, kept=kept)
        if recalled in seen:
            continue
        seen.add(recalled)
        tokens = count(passages, recalled)
        if tokens <= room:
            return Fit(passages, recalled, tokens)
    recalled = recall(turns, language, whole=0, kept=0)
    for fewer in range(passages - 1, 0, -1):
        tokens = count(fewer, recalled)
        if tokens <= room:
            return Fit(fewer, recalled, tokens)
    return None


def _halvings(number: int) -> list[int]:
    """Ever fewer: a hundred turns are tried in seven steps."""
    marks = []
    while number > 0:
        number = number * 2 // 3 if number > 2 else number - 1
        marks.append(number)
    return marks

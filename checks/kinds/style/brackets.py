"""style.brackets: brackets and quotation marks come in pairs, and of the width that the house uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from checks.findings import RuleMatch
from checks.rules import Context, Rule

PAIRS = (
    "「」",
    "『』",
    "（）",
    "()",
    "【】",
    "[]",
    "［］",
    "{}",
    "｛｝",
    '""',
    "“”",
    "«»",
    "‹›",
    "〈〉",
    "《》",
)
_WIDE_ROUND = {"(": "（", ")": "）"}
_WIDE_SQUARE = {"[": "［", "]": "］"}


class BracketsRule(Rule):
    """Pairs of brackets, and which width they have beside Japanese."""

    kind: Literal["style.brackets"] = "style.brackets"
    pairs: list[str] = []
    round: Literal["full", "any"] = "any"
    square: Literal["full", "any"] = "any"

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each bracket without its partner, and each of the wrong width."""
        for index, _, text in self.texts(context):
            if self.pairs:
                yield from _unmatched(index, text, self.pairs)
            if self.round == "full":
                yield from _narrow(index, text, _WIDE_ROUND)
            if self.square == "full":
                yield from _narrow(index, text, _WIDE_SQUARE)


def _unmatched(index: int, text: str, pairs: list[str]) -> Iterator[RuleMatch]:
    opening = {pair[0]: pair[1] for pair in pairs}
    closing = {pair[1]: pair[0] for pair in pairs}
    open_marks: list[tuple[str, int]] = []
    for at, character in enumerate(text):
        if character in opening and opening[character] == character:  # one sign for both ends
            if open_marks and open_marks[-1][0] == character:
                open_marks.pop()
            elif any(mark == character for mark, _ in open_marks):
                while open_marks[-1][0] != character:
                    yield _hit(index, open_marks.pop(), opening)
                open_marks.pop()
            else:
                open_marks.append((character, at))
        elif character in opening:
            open_marks.append((character, at))
        elif character in closing:
            if any(mark == closing[character] for mark, _ in open_marks):
                while open_marks[-1][0] != closing[character]:
                    yield _hit(index, open_marks.pop(), opening)
                open_marks.pop()
            elif not _numbering(text, at):
                yield RuleMatch(index, at, at + 1, "bracket_unopened", {"open": closing[character]})
    for mark in open_marks:
        yield _hit(index, mark, opening)


def _numbering(text: str, at: int) -> bool:
    """Whether a closing bracket belongs to a numbering such as `1)` or `例)`."""
    return text[at] in ")）" and at <= 3


def _hit(index: int, mark: tuple[str, int], opening: dict[str, str]) -> RuleMatch:
    return RuleMatch(index, mark[1], mark[1] + 1, "bracket_unclosed", {"close": opening[mark[0]]})


def _narrow(index: int, text: str, wide: dict[str, str]) -> Iterator[RuleMatch]:
    """Half-width brackets that touch, or whose content touches, a Japanese or Chinese character."""
    open_mark, close_mark = wide
    open_at: list[int] = []
    done: set[int] = set()
    for at, character in enumerate(text):
        if character == open_mark:
            open_at.append(at)
        elif character == close_mark:
            begin = open_at.pop() if open_at else -1
            inside = text[begin + 1 : at] if begin >= 0 else ""
            beside = text[at - 1 : at] if begin < 0 else ""
            before = text[begin - 1 : begin] if begin > 0 else ""
            after = text[at + 1 : at + 2]
            # A square one is a sign of the text around it: 配列[0] too.
            square = open_mark == "[" and begin >= 0 and (_any_wide(before) or _any_wide(after))
            if square or _any_wide(inside) or _any_wide(beside) or (_any_wide(before) and not inside):
                done.update((begin, at) if begin >= 0 else (at,))
    for begin in open_at:
        if _any_wide(text[begin + 1 : begin + 2]):
            done.add(begin)
    for at in sorted(done):
        yield RuleMatch(index, at, at + 1, "bracket_narrow", {"wide": wide[text[at]]}, wide[text[at]])


def _any_wide(text: str) -> bool:
    return any("\u3040" <= character <= "\u30ff" or "\u4e00" <= character <= "\u9fff" for character in text)

"""style.brackets: brackets and quotation marks come in pairs, and of the width that the house uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from checks.document.document import CheckedDocument, DocumentFormat
from checks.findings import RuleMatch
from checks.patterns import Pattern
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
MOST_DIVIDED = 3  # stretches of a PDF over which one pair may reach
_LATIN_END = Pattern(r"[A-Za-z0-9>;]\s?$")
_ROUND = frozenset({"（）", "()"})
_OTHER_WIDTH = {")": "（", "）": "("}
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
        unmatched: list[RuleMatch] = []
        for index, _, text in self.texts(context):
            if self.pairs:
                unmatched += _unmatched(index, text, self.pairs)
            if self.round == "full":
                yield from _narrow(index, text, _WIDE_ROUND)
            if self.square == "full":
                yield from _narrow(index, text, _WIDE_SQUARE)
        yield from _left(context.document, unmatched)


def _left(document: CheckedDocument, hits: list[RuleMatch]) -> Iterator[RuleMatch]:
    """The unmatched ones but for pairs that a reader's stretches divide: the lines of a PDF, and quotations of
    several paragraphs, of which each opens with a mark and the last alone closes."""
    pieces, place = document.pieces, 0
    while place < len(hits):
        hit = hits[place]
        after = hits[place + 1] if place + 1 < len(hits) else None
        mark = pieces[hit.piece].text[hit.start]
        if (
            document.format is DocumentFormat.PDF and after is not None
            and hit.message == "bracket_unclosed" and after.message == "bracket_unopened"
            and hit.values["close"] == pieces[after.piece].text[after.start]
            and after.piece - hit.piece <= MOST_DIVIDED
        ):  # fmt: skip
            place += 2
            continue
        if (
            mark == "“"
            and hit.message == "bracket_unclosed"
            and not pieces[hit.piece].text[: hit.start].strip()
        ):
            following = pieces[hit.piece + 1].text.lstrip() if hit.piece + 1 < len(pieces) else ""
            if following.startswith("“"):
                place += 1
                continue
        yield hit
        place += 1


def _unmatched(index: int, text: str, pairs: list[str]) -> Iterator[RuleMatch]:
    # Of round ones both widths are followed, so that one that closes the other is told as that.
    followed = [*pairs, *(pair for pair in ("（）", "()") if pair not in pairs and _ROUND & set(pairs))]
    opening = {pair[0]: pair[1] for pair in followed}
    closing = {pair[1]: pair[0] for pair in followed}
    asked = set("".join(pairs))
    open_marks: list[tuple[str, int]] = []
    hits: list[RuleMatch] = []
    for offset, character in enumerate(text):
        if character in opening and opening[character] == character:  # one sign for both ends
            if any(mark == character for mark, _ in open_marks):
                hits += _closed(index, open_marks, character, opening)
            else:
                open_marks.append((character, offset))
        elif character in opening:
            open_marks.append((character, offset))
        elif character in closing:
            if any(mark == closing[character] for mark, _ in open_marks):
                hits += _closed(index, open_marks, closing[character], opening)
            elif open_marks and open_marks[-1][0] == _OTHER_WIDTH.get(character):
                # （…) is one pair of two widths, not two brackets that lack their partners.
                mark, begin = open_marks.pop()
                if {mark, character} & asked:
                    hits.append(RuleMatch(index, begin, offset + 1, "bracket_widths", {"open": mark}))
            elif not _numbering(text, offset) and not _smiley(text, offset):
                hits.append(
                    RuleMatch(index, offset, offset + 1, "bracket_unopened", {"open": closing[character]})
                )
    hits += [_hit(index, mark, opening) for mark in open_marks if not _smiley(text, mark[1])]
    for hit in hits:
        if hit.message == "bracket_widths" or text[hit.start] in asked:
            yield hit


def _closed(
    index: int, open_marks: list[tuple[str, int]], mark: str, opening: dict[str, str]
) -> list[RuleMatch]:
    """Close the last open `mark`; what was opened behind it lacks its partner."""
    left = []
    while open_marks[-1][0] != mark:
        left.append(_hit(index, open_marks.pop(), opening))
    open_marks.pop()
    return left


def _smiley(text: str, offset: int) -> bool:
    """Whether a bracket is the mouth of :-) or ;("""
    return text[offset] in "()" and text[max(0, offset - 2) : offset].rstrip("-").endswith((":", ";"))


def _numbering(text: str, offset: int) -> bool:
    """Whether a closing bracket belongs to a numbering such as `1)` or `例)`."""
    return text[offset] in ")）" and offset <= 3


def _hit(index: int, mark: tuple[str, int], opening: dict[str, str]) -> RuleMatch:
    return RuleMatch(index, mark[1], mark[1] + 1, "bracket_unclosed", {"close": opening[mark[0]]})


def _narrow(index: int, text: str, wide: dict[str, str]) -> Iterator[RuleMatch]:
    """Half-width brackets that touch, or whose content touches, a Japanese or Chinese character."""
    open_mark, close_mark = wide
    open_at: list[int] = []
    done: set[int] = set()
    for offset, character in enumerate(text):
        if character == open_mark:
            open_at.append(offset)
        elif character == close_mark:
            begin = open_at.pop() if open_at else -1
            inside = text[begin + 1 : offset] if begin >= 0 else ""
            beside = text[offset - 1 : offset] if begin < 0 else ""
            before = text[begin - 1 : begin] if begin > 0 else ""
            after = text[offset + 1 : offset + 2]
            # A square one is a sign of the text around it: 配列[0] too.
            if open_mark == "[" and (
                _LATIN_END.search(text[max(0, begin - 2) : max(0, begin)]) or inside[:1] in ("^", ".")
            ):
                continue  # Option[Int]型, a note's mark, a directive of a slide
            square = open_mark == "[" and begin >= 0 and (_any_wide(before) or _any_wide(after))
            if square or _any_wide(inside) or _any_wide(beside) or (_any_wide(before) and not inside):
                done.update((begin, offset) if begin >= 0 else (offset,))
    for begin in open_at:
        if _any_wide(text[begin + 1 : begin + 2]):
            done.add(begin)
    for offset in sorted(done):
        yield RuleMatch(
            index, offset, offset + 1, "bracket_narrow", {"wide": wide[text[offset]]}, wide[text[offset]]
        )


def _any_wide(text: str) -> bool:
    return any("\u3040" <= character <= "\u30ff" or "\u4e00" <= character <= "\u9fff" for character in text)

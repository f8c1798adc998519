"""numbering: the ladder of signs that headings climb (第1, 1, (1), ア …), without gaps, and captions of
figures and tables with their numbers and places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pydantic import field_validator

from checks.document.captions import Mention, captions, mentions, targets
from checks.document.document import DocumentPiece, Zone
from checks.findings import NotApplicable, RuleMatch
from checks.kinds.statutes import is_statute, statute_faults
from checks.rules import Context, Rule, RulePart
from language.headings import number_end
from language.numerals import SPACES, Sign, sign

LEAST_UNSIGNED = 4  # headings without a sign: from there on their share is looked at
_LONG_NUMBER = re.compile(r"[(（]?[0-9０-９]{3,}[)）.．、]?")  # nobody numbers paragraphs so far by hand
_COUNTED = re.compile(r"[ \u00a0][がをはのとにでもや]")
# Parts that go without a number by custom.
_UNNUMBERED = re.compile(
    r"目次|目录|目錄|もくじ|はじめに|おわりに|まえがき|あとがき|序文|序言|前言|引言|结论|结语|结束语|後記|后记|附则|附則|附录|付録"
    r"|別紙|別記|別表|附表|備考|参考文献|参考资料|谢辞|謝辞|致谢|摘要|概要|(?i:contents|references|appendix|abstract)"
)
_SPACE = {"full_width_space": "　", "space": " ", "none": "", "any": None}


class Captions(RulePart):
    """How figures and tables are named, and on which side of them."""

    figure: str | None = None
    table: str | None = None
    place: Literal["above", "below", "any"] = "any"
    place_table: Literal["above", "below", "any"] = "any"


@dataclass(frozen=True)
class _Step:
    piece: int
    rung: Sign
    number: int
    length: int  # of the sign in the shown text (automatic number included)


class NumberingRule(Rule):
    """Numbers of headings, figures and tables."""

    kind: Literal["numbering"] = "numbering"
    ladder: list[str] = []
    after_sign: Literal["full_width_space", "space", "none", "any"] = "any"
    sequence: bool = True
    captions: Captions | None = None
    references: Literal["must_resolve", "any"] = "any"
    headings_only: bool = False

    @cached_property
    def rungs(self) -> list[Sign]:
        """The ladder."""
        return [sign(text, index) for index, text in enumerate(self.ladder)]

    @field_validator("ladder")
    @classmethod
    def _sound(cls, ladder: list[str]) -> list[str]:
        taken: dict[str, str] = {}
        for number, text in enumerate(ladder):
            pattern = sign(text, number).pattern.pattern
            if pattern in taken:
                raise ValueError(f"{taken[pattern]} and {text} are the same rung of the ladder")
            taken[pattern] = text
        return ladder

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Signs that are not of the ladder, gaps, missing numbers, captions on the wrong side."""
        if self.rungs and not any("条" in rung for rung in self.ladder) and is_statute(context.document):
            yield from statute_faults(context.document)
        elif self.rungs:
            yield from self._ladder(context)
        if self.captions is not None:
            yield from self._captions(context)
        if self.references == "must_resolve":
            yield from unresolved(context, ("figure", "table"))

    def _ladder(self, context: Context) -> Iterator[RuleMatch]:
        steps = list(self._steps(context))
        if not steps and not any(
            _has_sign(context.document.pieces[index]) for index in context.document.headings
        ):
            raise NotApplicable("no_numbered")
        unsigned = list(self._unsigned(context, {step.piece for step in steps}))
        yield from unsigned
        if any(hit.message == "numbering_signs" for hit in unsigned):
            return  # this ladder is none of the document's: that is what there is to say
        last: dict[int, int] = {}
        depth = -1
        for step in steps:
            piece = context.document.pieces[step.piece]
            shown = max(0, min(step.length - len(piece.number), len(piece.text)))
            end = shown or len(piece.text)
            level = step.rung.order
            if level > depth + 1:
                values = {"sign": step.rung.text, "expected": self.ladder[depth + 1]}
                yield RuleMatch(step.piece, 0, end, "numbering_skipped", values)
            elif self.sequence:
                expected = last.get(level, 0) + 1 if level <= depth else 1
                if step.number != expected and not (step.number == 0 and expected == 1):
                    numbers = {"number": step.number, "expected": expected}
                    yield RuleMatch(step.piece, 0, end, "numbering_sequence", numbers)
            last = {rung: number for rung, number in last.items() if rung < level} | {level: step.number}
            depth = level
            yield from self._space(context, step)

    def _unsigned(self, context: Context, signed: set[int]) -> Iterator[RuleMatch]:
        """The headings without a sign of the ladder: each of a few, but all of them at once where the
        document
        numbers its headings in another way or not at all."""
        pieces = context.document.pieces
        headings = [index for index in context.document.headings if pieces[index].level]
        # The only heading of the highest level, at the top, is the document's title.
        if headings and headings[0] not in signed and all(
            pieces[index].level > pieces[headings[0]].level for index in headings[1:]
        ):  # fmt: skip
            del headings[0]
        headings = [i for i in headings if i in signed or not _UNNUMBERED.fullmatch(pieces[i].text.strip())]
        without = [index for index in headings if index not in signed]
        ladder = " → ".join(self.ladder)
        if len(without) >= LEAST_UNSIGNED and 2 * len(without) > len(headings):
            first = without[0]
            values: dict[str, object] = {"ladder": ladder, "heading": pieces[first].whole.strip(),
                                         "count": len(without), "all": len(headings)}  # fmt: skip
            yield RuleMatch(first, 0, len(pieces[first].text), "numbering_signs", values)
            return
        for index in without:
            values = {"ladder": ladder, "heading": pieces[index].whole.strip()}
            yield RuleMatch(index, 0, len(pieces[index].text), "numbering_sign", values)

    def _steps(self, context: Context) -> Iterator[_Step]:
        zones = {Zone.HEADING} if self.headings_only else {Zone.HEADING, Zone.BODY, Zone.LIST}
        for index, piece in context.document.of(frozenset(zones)):
            shown = piece.whole
            for rung in sorted(self.rungs, key=lambda rung: -len(rung.text)):
                read = rung.read(shown)
                if read is None:
                    continue
                number, length = read
                after = shown[length : length + 1]
                heading = piece.zone is Zone.HEADING and piece.level > 0
                if not heading and not piece.number and (number == 0 or _COUNTED.match(shown, length)):
                    continue  # 0 が代入される speaks of a number
                if not piece.number and _LONG_NUMBER.fullmatch(shown, 0, length):
                    continue  # 500 Internal Server Error is no item 500
                if heading or after in tuple(SPACES) or (piece.number and length <= len(piece.number)):
                    yield _Step(index, rung, number, length)
                    break

    def _space(self, context: Context, step: _Step) -> Iterator[RuleMatch]:
        wanted = _SPACE[self.after_sign]
        piece = context.document.pieces[step.piece]
        if wanted is None or (piece.number and step.length <= len(piece.number.rstrip(SPACES))):
            return  # what automatic numbering sets is a tab or an indent, and no character
        rest = piece.whole[step.length :]
        given = rest[: len(rest) - len(rest.lstrip(SPACES))]
        start = step.length - len(piece.number)
        if given != wanted and rest.strip():
            end = start + len(given)
            text = piece.text[max(0, start - 1) : end]
            fix = f"{piece.text[start - 1 : start]}{wanted}"
            yield RuleMatch(step.piece, max(0, start - 1), end, "numbering_space", {"found": text}, fix)

    def _captions(self, context: Context) -> Iterator[RuleMatch]:
        assert self.captions is not None
        document = context.document
        named = captions(document)
        spec = self.captions
        for what, form in (("figure", spec.figure), ("table", spec.table)):
            if form is None:
                continue
            rung = sign(form, 0)
            expected = 0
            for caption in named:
                if caption.what != what:
                    continue
                piece = document.pieces[caption.piece]
                read = rung.read(piece.whole.strip())
                expected += 1
                if read is None:
                    values = {"found": caption.text, "form": form}
                    yield RuleMatch(caption.piece, caption.start, caption.end, "caption_form", values)
                elif read[0] != expected:
                    numbers = {"number": read[0], "expected": expected}
                    yield RuleMatch(caption.piece, caption.start, caption.end, "caption_sequence", numbers)
                    expected = read[0]
            place = spec.place if what == "figure" else spec.place_table
            if place != "any":
                yield from self._place(context, what, place, named)

    def _place(self, context: Context, what: str, place: str, named: list[Mention]) -> Iterator[RuleMatch]:
        document = context.document
        if what == "figure" and not any(piece.picture for piece in document.pieces):
            return
        for caption in named:
            if caption.what != what:
                continue
            before = _is(context, caption.piece - 1, what)
            after = _is(context, caption.piece + 1, what)
            wrong = (place == "above" and before and not after) or (place == "below" and after and not before)
            if wrong:
                yield RuleMatch(
                    caption.piece, caption.start, caption.end, f"caption_{place}", {"found": caption.text}
                )


def _has_sign(piece: DocumentPiece) -> bool:
    return piece.level > 0 and number_end(piece.whole) > 0


def _is(context: Context, index: int, what: str) -> bool:
    pieces = context.document.pieces
    if not 0 <= index < len(pieces):
        return False
    return pieces[index].table >= 0 if what == "table" else pieces[index].picture


def unresolved(context: Context, whats: tuple[str, ...], cited: bool = False) -> Iterator[RuleMatch]:
    """Mentions of what is not there; with `cited`, also figures and tables that nothing mentions."""
    any_found = False
    for what in whats:
        known = targets(context.document, what)  # type: ignore[arg-type]  # the callers' models hold the words
        pointed = set()
        for mention in mentions(context.document, what):  # type: ignore[arg-type]  # as above
            any_found = True
            pointed.add(mention.number)
            if mention.number not in known:
                yield RuleMatch(
                    mention.piece,
                    mention.start,
                    mention.end,
                    "reference_missing",
                    {"found": mention.text.strip()},
                )
        if cited and what in ("figure", "table"):
            for caption in captions(context.document):
                any_found = True
                if caption.what == what and caption.number not in pointed:
                    yield RuleMatch(
                        caption.piece,
                        caption.start,
                        caption.end,
                        "reference_uncited",
                        {"found": caption.text},
                    )
    if not any_found and not captions(context.document):
        raise NotApplicable("no_references")

"""style.punctuation: which comma and full stop, not mixed, and what may stand at a sentence's end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from checks.document.document import MASK, Zone
from checks.findings import NotApplicable, RuleMatch
from checks.patterns import Pattern
from checks.rules import Context, Rule, RuleScope
from language.morphology import JAPANESE, words

_WIDE = r"\p{Han}\p{Hiragana}\p{Katakana}ー々〆"
_PERIODS = {"。": Pattern("。"), "．": Pattern("(?<![0-9０-９])．|．(?![0-9０-９])"),
            ".": Pattern(rf"(?<=[{_WIDE}」』）])\.(?![A-Za-z0-9.])")}  # fmt: skip
_COMMAS = {"、": Pattern("、"), "，": Pattern("(?<![0-9０-９])，|，(?![0-9０-９])"),
           ",": Pattern(rf"(?<=[{_WIDE}」』）]),(?![A-Za-z0-9])")}  # fmt: skip
_CJK = Pattern(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_ANNOUNCED = (Zone.CODE, Zone.LIST, Zone.TABLE)
ENDED_TO_BARE = 5  # so many times more paragraphs have a mark where one without is a slip
LONGEST_ENDING = 20  # characters that tell how a sentence ends
_ENDS = "。．！？!?…：:；;」』）)】》〉〕］]\"'”’>♪"


class PunctuationRule(Rule):
    """Commas and full stops of the house."""

    kind: Literal["style.punctuation"] = "style.punctuation"
    period: Literal["。", "．", "."] | None = None
    comma: Literal["、", "，", ","] | None = None
    only: list[str] = Field([], description="The wrong marks to look for; empty: all others.")
    forbid_mix: bool = False
    end_mark: Literal["required", "forbidden", "same", "any"] = "any"
    end_marks: str = Field(_ENDS, description="Marks that count as a sentence's end.")
    end_words: list[str] = Field([], description="Endings that need no mark.")
    end_zones: list[Zone] = [Zone.BODY]
    list_end_mark: Literal["same", "forbidden", "any"] = "any"
    no_mark_before_bracket: bool = False
    exclamation: Literal["full", "half", "any"] = "any"
    exclamation_marks: str = Field("!?", description="Which of the two signs exclamation is about.")
    scope: RuleScope | list[Zone] | None = RuleScope(skip=["code"])

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each mark that should be another, and each that is missing."""
        texts = [
            (index, piece, text) for index, piece, text in self.texts(context) if _CJK.search(piece.text)
        ]
        if not texts:
            raise NotApplicable("no_cjk")
        plain = [(index, text) for index, _, text in texts]
        # In Chinese both stand side by side: 、 between the items of a list, ， between clauses.
        chinese = not any(JAPANESE.search(piece.text) for _, piece, _ in texts)
        commas = {mark: comma for mark, comma in _COMMAS.items() if not chinese or mark != "、"}
        for wanted, marks in ((self.period, _PERIODS), (self.comma, commas)):
            yield from self._marks(wanted, marks, plain)
        for index, piece, text in texts:
            if piece.zone in self.end_zones and self.end_mark in ("required", "forbidden"):
                yield from self._end(index, text, self.end_mark == "required")
            if self.no_mark_before_bracket:
                for match in _BEFORE_BRACKET.finditer(text):
                    yield RuleMatch(index, match.start(), match.end(), "punctuation_bracket", {}, "")
            if self.exclamation != "any":
                yield from self._exclamation(index, text)
        if self.end_mark == "same":
            pieces = context.document.pieces
            # What a listing, a list or a table follows announces it, and often has no full stop.
            before = {i for i, piece in enumerate(pieces) if i and piece.zone in _ANNOUNCED}
            ends = [(i, text) for i, piece, text in texts if piece.zone in self.end_zones]
            yield from self._same_end([(i, text) for i, text in ends if i + 1 not in before])
        if self.list_end_mark != "any":
            yield from self._lists(
                [(index, piece.group, text) for index, piece, text in texts if piece.zone is Zone.LIST]
            )

    def _marks(
        self, wanted: str | None, marks: dict[str, Pattern], texts: list[tuple[int, str]]
    ) -> Iterator[RuleMatch]:
        by_mark = {mark: [(i, m.start()) for i, t in texts for m in pattern.finditer(t)]
                 for mark, pattern in marks.items()}  # fmt: skip
        if wanted is None:
            count = Counter({mark: len(places) for mark, places in by_mark.items()})
            used = [mark for mark, number in count.items() if number]
            if not self.forbid_mix or len(used) < 2:
                return
            wanted = count.most_common(1)[0][0]
        for mark, places in by_mark.items():
            if mark != wanted and (not self.only or mark in self.only):
                for index, offset in places:
                    values = {"found": mark, "expected": wanted}
                    yield RuleMatch(index, offset, offset + 1, "punctuation", values, wanted)

    def _end(self, index: int, text: str, required: bool) -> Iterator[RuleMatch]:
        shown = text.rstrip(" \t　\n")
        if not shown or shown.endswith(MASK):
            return
        last = shown[-1]
        if required:
            enough = last in self.end_marks or any(shown.endswith(word) for word in self.end_words)
            # A line without a verb's ending is a label or a title that stands among the text.
            if not enough and _CJK.search(shown) and (_CJK.search(last) or last in "：:.．"):
                mark = self.period or "。"
                values = {"mark": mark}
                fix = mark if last in ".．" else None if last in "：:" else last + mark
                yield RuleMatch(index, len(shown) - 1, len(shown), "punctuation_end", values, fix)
        elif last in "。．":
            yield RuleMatch(index, len(shown) - 1, len(shown), "punctuation_no_end", {}, "")

    def _same_end(self, texts: list[tuple[int, str]]) -> Iterator[RuleMatch]:
        """The sentences without a mark in a text that has them: the last of several sentences, or one of few
        paragraphs that end in a verb and no mark. Slides and labels have none, and are left alone."""
        missing = [
            (index, text, hits) for index, text in texts if (hits := list(self._end(index, text, True)))
        ]
        bare = [each for each in missing if _predicate(each[1])]
        ended = len(texts) - len(missing)
        for _, text, hits in missing:
            wrong_mark = text.rstrip().endswith((".", "．"))
            several = wrong_mark or _SENTENCE_END.search(text.rstrip(" \t　\n。．")) is not None
            if several or (ended >= ENDED_TO_BARE * len(bare) and _predicate(text)):
                yield from hits

    def _lists(self, items: list[tuple[int, int, str]]) -> Iterator[RuleMatch]:
        groups: dict[int, list[tuple[int, str]]] = {}
        for index, group, text in items:
            if not text.endswith(MASK):  # code at its end says nothing of its mark
                groups.setdefault(group, []).append((index, text.rstrip(" \t　\n")))
        for items_of_one in groups.values():
            marked = [(index, text) for index, text in items_of_one if text.endswith(("。", "．"))]
            bare = [(index, text) for index, text in items_of_one if text and not text.endswith(("。", "．"))]
            if self.list_end_mark == "forbidden":
                for index, text in marked:
                    yield RuleMatch(index, len(text) - 1, len(text), "punctuation_no_end", {}, "")
            elif marked and bare:
                few = marked if len(marked) < len(bare) else bare
                for index, text in few:
                    fix = "" if few is marked else text[-1] + "。"
                    yield RuleMatch(index, len(text) - 1, len(text), "punctuation_list", {}, fix)

    def _exclamation(self, index: int, text: str) -> Iterator[RuleMatch]:
        if self.exclamation == "full":
            for match in _HALF_MARK.finditer(text):
                if match[0] not in self.exclamation_marks:
                    continue
                wide = chr(ord(match[0]) + 0xFEE0)
                values = {"found": match[0], "expected": wide}
                yield RuleMatch(index, match.start(), match.end(), "punctuation", values, wide)
        else:
            for match in _FULL_MARK.finditer(text):
                narrow = chr(ord(match[0]) - 0xFEE0)
                if narrow not in self.exclamation_marks:
                    continue
                values = {"found": match[0], "expected": narrow}
                yield RuleMatch(index, match.start(), match.end(), "punctuation", values, narrow)


def _predicate(text: str) -> bool:
    """Whether a text ends as a Japanese sentence does: in a verb, an adjective or what follows one."""
    tagged = [word for word in words(text.rstrip()[-LONGEST_ENDING:]) if word.kind != "記号"]
    return bool(tagged) and tagged[-1].kind in ("動詞", "助動詞", "形容詞")


_SENTENCE_END = Pattern("[。．？！](?![」』）)])")
_BEFORE_BRACKET = Pattern(r"[。．](?=[」』])")
_HALF_MARK = Pattern(rf"(?<=[{_WIDE}」』）])[!?]")
_FULL_MARK = Pattern("[！？]")

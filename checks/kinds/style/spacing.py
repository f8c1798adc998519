"""style.spacing: whether a space stands between half and full width, beside brackets, between kana words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from checks.document.document import MASK
from checks.findings import RuleMatch
from checks.patterns import Pattern
from checks.rules import Context, Rule

# Letters and marks of full width that are no punctuation: kanji, kana, wide letters and digits.
_WIDE = r"\p{Han}\p{Hiragana}\p{Katakana}ー々〆〇０-９Ａ-Ｚａ-ｚ"
_WIDE_MARKS = "、。，．・：；？！（）「」『』【】〈〉《》［］｛｝〔〕“”"
_NARROW = "A-Za-z0-9"
_OPEN, _CLOSE = "「『（【〈《［｛〔", "」』）】〉》］｝〕"
_SQUARE_OPEN, _SQUARE_CLOSE = r"\[", r"\]"  # half-width ones stand in Japanese text as signs of its own


class SpacingRule(Rule):
    """Spaces between characters of different width, beside brackets and between katakana words."""

    kind: Literal["style.spacing"] = "style.spacing"
    between_widths: Literal["never", "always", "any"] = "any"
    except_punctuation: bool = True
    wide_spaces: bool = Field(default=False, description="between_widths: never means full-width spaces too.")
    around_brackets: Literal["never", "any"] = "any"
    between_wide: Literal["never", "any"] = "any"
    after_question: Literal["always", "full", "any"] = Field(
        default="any", description="full: where a space stands behind the mark, it is a full-width one."
    )
    marks: str = Field(default="？！", description="The marks that after_question is about.")

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Each space that should not be, and each that is missing."""
        for index, _, text in self.texts(context):
            yield from self._spaces(index, text)

    def _spaces(self, index: int, text: str) -> Iterator[RuleMatch]:
        taken: set[int] = set()
        if self.around_brackets == "never":
            for match in _BESIDE_BRACKETS.finditer(text):
                taken.update(range(*match.span()))
                # A full-width space outside is layout: it is told nowhere, and taken out nowhere.
                if "　" not in match[0] or _inside(text, *match.span()):
                    yield RuleMatch(index, match.start(), match.end(), "space_bracket", {}, "")
        if self.between_widths == "never":
            pattern = _BETWEEN if self.except_punctuation else _BETWEEN_AND_MARKS
            for match in pattern.finditer(text):
                if match.start() not in taken and (self.wide_spaces or "　" not in match[0]):
                    yield RuleMatch(index, match.start(), match.end(), "space_never", {}, "")
        elif self.between_widths == "always":
            pattern = _TOUCHING if self.except_punctuation else _TOUCHING_AND_MARKS
            for match in pattern.finditer(text):
                left = text[match.start()]
                if left != MASK:
                    yield RuleMatch(index, match.start(), match.start() + 1, "space_always", {}, f"{left} ")
        if self.between_wide == "never":
            for match in _BETWEEN_WIDE.finditer(text):
                if match.start() not in taken:
                    yield RuleMatch(index, match.start(), match.end(), "space_wide", {}, "")
        if self.after_question == "always":
            for match in _AFTER_QUESTION.finditer(text):
                if match[0] in self.marks:
                    yield RuleMatch(index, match.start(), match.end(), "space_question", {}, f"{match[0]}　")
        elif self.after_question == "full":
            for match in _NARROW_AFTER_MARK.finditer(text):
                if text[match.start() - 1] in self.marks:
                    yield RuleMatch(index, match.start(), match.end(), "space_question", {}, "　")


def _inside(text: str, start: int, end: int) -> bool:
    """Whether a stretch stands within brackets, at one of their ends."""
    return text[start - 1 : start] in tuple(_OPEN) or text[end : end + 1] in tuple(_CLOSE)


_BETWEEN = Pattern(rf"(?<=[{_WIDE}])[ 　\t]+(?=[{_NARROW}])|(?<=[{_NARROW}])[ 　\t]+(?=[{_WIDE}])")
_BETWEEN_AND_MARKS = Pattern(
    rf"(?<=[{_WIDE}{_WIDE_MARKS}])[ 　\t]+(?=[{_NARROW}])|(?<=[{_NARROW}])[ 　\t]+(?=[{_WIDE}{_WIDE_MARKS}])"
)
_TOUCHING = Pattern(rf"[{_WIDE}](?=[{_NARROW}])|[{_NARROW}](?=[{_WIDE}])")
_TOUCHING_AND_MARKS = Pattern(rf"[{_WIDE}{_WIDE_MARKS}](?=[{_NARROW}])|[{_NARROW}](?=[{_WIDE}{_WIDE_MARKS}])")
# A Japanese character and a half-width space: between two of them; katakana words may keep theirs.
_BETWEEN_WIDE = Pattern(
    r"(?<=[\p{Han}\p{Hiragana}、。]) +(?=[\p{Han}\p{Hiragana}\p{Katakana}])"
    r"|(?<=[\p{Katakana}ー]) +(?=[\p{Han}\p{Hiragana}])"
)
_BESIDE_BRACKETS = Pattern(
    rf"(?<=[{_OPEN}])[ 　\t]+|(?<![ 　\t])[ 　\t]++(?=[{_CLOSE}])"
    rf"|(?<=[{_CLOSE}])[ 　\t]+(?=[^\s|])|(?<=[^\s|])[ 　\t]+(?=[{_OPEN}])"
    rf"|(?<=[{_WIDE}])[ \t]+(?={_SQUARE_OPEN})|(?<={_SQUARE_CLOSE})[ \t]+(?=[{_WIDE}])"
)
_NARROW_AFTER_MARK = Pattern(r"(?<=[？！])[ \t](?=\S)")
_AFTER_QUESTION = Pattern(r"[？！](?=[^\s　？！」』）】〉》\]］｝〕、。\ufffcと])")

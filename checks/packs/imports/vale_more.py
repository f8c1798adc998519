"""Vale's extension points `sequence`, `metric` and `readability`, as far as they can be told without Vale's
English tagger and its count of syllables; what cannot be is refused with the reason."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from checks.document.document import Zone
from checks.findings import NotApplicable, RuleMatch
from checks.packs.imports.vale_rules import ValeRule
from checks.patterns import Pattern, PatternDialect
from checks.rules import Context, RulePart
from language.sentences import sentences

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*|[^\w\s]")
_PROSE = frozenset({Zone.BODY, Zone.LIST, Zone.QUOTE, Zone.TEXTBOX})
LONG_WORD = 7  # letters, as LIX counts
NEEDS_TAGS = "a token with `tag` needs Vale's tagger of English parts of speech, which is not here"
NEEDS_SYLLABLES = "{name} counts syllables as Vale's English word list does, which is not here"
SCRIPT = (
    "a script is a program in Tengo, and no program of a pack is run here; say the same with a rule of kind "
    "pattern, structure or condition, or with Vale's existence, occurrence, conditional or metric"
)
_SYLLABLES = ("syllables", "complex_words", "polysyllabic_words")
# The formulas of Vale's `readability` that count letters, words and sentences alone.
GRADES: dict[str, Callable[[dict[str, float]], float]] = {
    "Automated Readability": lambda count: (
        4.71 * count["characters"] / count["words"] + 0.5 * count["words"] / count["sentences"] - 21.43
    ),
    "Coleman-Liau": lambda count: (
        5.88 * count["characters"] / count["words"] - 29.6 * count["sentences"] / count["words"] - 15.8
    ),
}
COUNTS = ("characters", "words", "sentences", "paragraphs", "long_words", "heading_h1", "heading_h2",
          "heading_h3", "heading_h4", "heading_h5", "heading_h6", "list", "blockquote", "pre")  # fmt: skip


def why_not(extends: str, data: dict[str, Any]) -> str:
    """Why a rule of that kind cannot be run here; empty where it can."""
    if extends == "script":
        return SCRIPT
    if extends == "sequence":
        tokens = data.get("tokens") or []
        tagged = any(isinstance(token, dict) and token.get("tag") for token in tokens)
        return NEEDS_TAGS if tagged else ""
    if extends == "metric":
        name = next((name for name in _SYLLABLES if name in str(data.get("formula", ""))), "")
        return NEEDS_SYLLABLES.format(name=name) if name else ""
    if extends == "readability":
        names = [str(name) for name in data.get("metrics") or []]
        name = next((name for name in names if name not in GRADES), "")
        return NEEDS_SYLLABLES.format(name=name) if name else ""
    return ""


def counts_of(context: Context) -> dict[str, float]:
    """What Vale's formulas count, over the prose of a document."""
    counted = dict.fromkeys(COUNTS, 0.0)
    for _, piece in context.document.of(_PROSE):
        text = piece.prose
        words = [word for word in _WORD.findall(text) if word[0].isalnum()]
        counted["paragraphs"] += 1
        counted["words"] += len(words)
        counted["sentences"] += sum(1 for _ in sentences(text, ".?!。？！", paragraph=True))
        counted["characters"] += sum(map(len, words))
        counted["long_words"] += sum(len(word) >= LONG_WORD for word in words)
        counted["list"] += piece.zone is Zone.LIST
        counted["blockquote"] += piece.zone is Zone.QUOTE
    for index in context.document.headings:
        if 1 <= (level := context.document.pieces[index].level) <= 6:
            counted[f"heading_h{level}"] += 1
    counted["pre"] = float(sum(piece.zone is Zone.CODE for piece in context.document.pieces))
    return counted


def _counted(context: Context) -> dict[str, float]:
    counted = counts_of(context)
    if not counted["words"] or not counted["sentences"]:
        raise NotApplicable("no_text_in_scope")
    return counted


class Readability(ValeRule):
    """The grade of school for which a text is written, at most."""

    kind: Literal["vale.readability"] = "vale.readability"
    metrics: list[str] = Field(min_length=1)
    grade: float

    def alerts(self, context: Context) -> Iterator[RuleMatch]:
        """One alert on the whole document where the mean of the grades is higher."""
        counted = _counted(context)
        mean = sum(GRADES[name](counted) for name in self.metrics) / len(self.metrics)
        if mean > self.grade:
            yield self.hit((-1, 0, ""), 0, 0, f"{mean:.2f}")


_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
_COMPARED = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "==": operator.eq,
             "!=": operator.ne}  # fmt: skip
_CONDITION = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(-?[0-9]+(?:\.[0-9]+)?)\s*")
_LONGEST = 2000  # characters of a formula


class Metric(ValeRule):
    """A formula over counts of the whole document, and the value that it must not take."""

    kind: Literal["vale.metric"] = "vale.metric"
    formula: str = Field(max_length=_LONGEST)
    condition: str

    @field_validator("condition")
    @classmethod
    def _comparison(cls, condition: str) -> str:
        if not _CONDITION.fullmatch(condition):
            raise ValueError("condition is a comparison such as > 8")
        return condition

    @model_validator(mode="after")
    def _sound(self) -> Metric:
        try:
            _value(self._tree, dict.fromkeys(COUNTS, 1.0))
        except (RecursionError, OverflowError) as error:
            raise ValueError("the formula is nested too deep, or has too long a number") from error
        return self

    @cached_property
    def _tree(self) -> ast.expr:
        try:
            return ast.parse(self.formula.strip(), mode="eval").body
        except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
            raise ValueError(f"the formula cannot be read: {error}") from error

    def alerts(self, context: Context) -> Iterator[RuleMatch]:
        """One alert on the whole document where the condition holds."""
        value = _value(self._tree, _counted(context))
        condition = _CONDITION.fullmatch(self.condition)
        assert condition is not None
        if _COMPARED[condition[1]](value, float(condition[2])):
            yield self.hit((-1, 0, ""), 0, 0, f"{value:.2f}")


def _value(node: ast.expr, counted: dict[str, float]) -> float:
    """What a formula comes to: numbers, counts, + - * / and math.sqrt. Raises ValueError for aught else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.Name):
        if node.id not in counted:
            raise ValueError(f"the formula names {node.id}; it may be {', '.join(COUNTS)}")
        return counted[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _value(node.left, counted), _value(node.right, counted)
        return 0.0 if isinstance(node.op, ast.Div) and not right else _OPERATORS[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.operand, counted))
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "math.sqrt" and len(node.args) == 1:
        return math.sqrt(max(0.0, _value(node.args[0], counted)))
    raise ValueError("the formula has something other than numbers, counts, + - * / and math.sqrt")


class SequenceToken(RulePart):
    """A word of a sequence: what it must (or, negated, must not) be, after at most so many others."""

    pattern: str = ""
    negate: bool = False
    skip: int = Field(0, ge=0, le=20)


class Sequence(ValeRule):
    """Words that follow one another."""

    kind: Literal["vale.sequence"] = "vale.sequence"
    tokens: list[SequenceToken] = Field(min_length=1, max_length=30)

    @cached_property
    def _patterns(self) -> list[Pattern]:
        case = "(?i)" if self.ignorecase else ""
        return [Pattern(f"{case}^(?:{token.pattern})$", PatternDialect.DOTNET) for token in self.tokens]

    def alerts(self, context: Context) -> Iterator[RuleMatch]:
        """Each place where all of them follow one another, from the left, none twice."""
        for block in self.blocks(context):
            words = [(match.start(), match.end(), match[0]) for match in _WORD.finditer(block[2])]
            behind = 0
            for first in range(len(words)):
                if first < behind:
                    continue
                last = self._ends(words, first)
                if last is not None:
                    start, end = words[first][0], words[last][1]
                    behind = last + 1
                    yield self.hit(block, start, end, block[2][start:end])

    def _ends(self, words: list[tuple[int, int, str]], first: int) -> int | None:
        """The last word of a sequence that begins at that one."""
        place = first - 1
        for number, token in enumerate(self.tokens):
            reach = range(place + 1, min(len(words), place + 2 + (token.skip if number else 0)))
            fitting = next((place for place in reach if self._fits(number, token, words[place][2])), None)
            if fitting is None:
                return None
            place = fitting
        return place

    def _fits(self, number: int, token: SequenceToken, word: str) -> bool:
        if not token.pattern:
            return True
        return (self._patterns[number].search(word) is not None) != token.negate


MORE: dict[str, type[ValeRule]] = {
    "sequence": Sequence, "metric": Metric, "readability": Readability,
}  # fmt: skip

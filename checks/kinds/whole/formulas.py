"""Formulas of tables as a pack writes them: `金額 = 単価 * 数量`, `消費税 = sum(金額 where 税率 is 8%) * 8%`.

Numbers are exact fractions, so that a tenth of an amount is rounded as people round it, and not as a
machine's approximation would be. Nothing but arithmetic can be written, and nothing is evaluated as code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from language.amounts import number_of, shown_number

Rounding = Literal["none", "floor", "round", "ceil"]
_SIGNS = str.maketrans("×÷＊／＋－（）％", "*/*/+-()%")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9][0-9,]*(?:\.[0-9]+)?)(?P<percent>%?)(?=[\s*/+\-()]|$)"
    r"|\"(?P<quoted>[^\"]+)\"|「(?P<hooked>[^」]+)」|(?P<sign>[*/+\-()])|(?P<name>[^\s*/+\-()\"「」][^*/+\-()\"「」]*))"
)
_SUM = re.compile(r"\s*sum\s*\(", re.IGNORECASE)
_WHERE = re.compile(" where | is ", re.IGNORECASE)
_QUOTES = '"「」 \t　'
_DEEPEST = 20
_LONGEST = 1000  # characters of a formula


class FormulaBad(ValueError):
    """The text is no formula, and why."""


@dataclass(frozen=True)
class Sum:
    """The sum of a column, over the rows in which another column has that value."""

    column: str
    where: str = ""
    value: str = ""


@dataclass(frozen=True)
class Number:
    """A number as it is written in the formula."""

    value: Fraction
    shown: str


@dataclass(frozen=True)
class Operation:
    """Two parts and the sign between them."""

    sign: str
    left: Term
    right: Term


Term = str | Sum | Number | Operation  # a text is a name: of a column, of a total, of a field


@dataclass(frozen=True)
class Formula:
    """What must be equal to what."""

    text: str
    result: str
    term: Term


def formula(text: str) -> Formula:
    """That formula. Raises FormulaBad."""
    if len(text) > _LONGEST:
        raise FormulaBad(f"a formula has at most {_LONGEST} characters, and this one has {len(text)}")
    left, sign, right = text.translate(_SIGNS).replace("＝", "=").partition("=")
    result = left.strip(_QUOTES)
    if not sign or not result or not right.strip():
        raise FormulaBad(f"a formula is NAME = …, such as 金額 = 単価 * 数量, and not {text!r}")
    reader = _FormulaReader(right)
    term = reader.sum_of_terms(0)
    if reader.rest:
        raise FormulaBad(f"in {text!r} something is too much: {reader.rest!r}")
    return Formula(text.strip(), result, term)


class _FormulaReader:
    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0

    @property
    def rest(self) -> str:
        return self.text[self.position :].strip()

    def sum_of_terms(self, deep: int) -> Term:
        return self._chain("+-", deep)

    def _chain(self, signs: str, deep: int) -> Term:
        def below() -> Term:
            return self._chain("*/", deep) if signs == "+-" else self._factor(deep)

        term = below()
        while self.rest[:1] and self.rest[0] in signs:
            sign = self.rest[0]
            self.position = self.text.index(sign, self.position) + 1
            term = Operation(sign, term, below())
        return term

    def _factor(self, deep: int) -> Term:
        if deep > _DEEPEST:
            raise FormulaBad("the formula is nested too deep")
        if opened := _SUM.match(self.text, self.position):
            return self._sum(opened.end())
        token = _TOKEN.match(self.text, self.position)
        if token is None:
            raise FormulaBad(f"something is missing in {self.text.strip()!r}")
        self.position = token.end()
        if token["sign"] == "(":
            term = self.sum_of_terms(deep + 1)
            if self.rest[:1] != ")":
                raise FormulaBad(f"a bracket is not closed in {self.text.strip()!r}")
            self.position = self.text.index(")", self.position) + 1
            return term
        if token["sign"]:
            raise FormulaBad(f"a name or a number is expected before {token['sign']!r}")
        if token["number"]:
            value = Fraction(token["number"].replace(",", ""))
            return Number(value / 100 if token["percent"] else value, token["number"] + token["percent"])
        return (token["quoted"] or token["hooked"] or token["name"]).strip()

    def _sum(self, start: int) -> Sum:
        deep, end, quoted = 1, start, ""
        while end < len(self.text) and deep:
            character = self.text[end]
            if quoted:
                quoted = "" if character == quoted else quoted
            elif character in '"「':
                quoted = "」" if character == "「" else '"'
            else:
                deep += {"(": 1, ")": -1}.get(character, 0)
            end += 1
        if deep:
            raise FormulaBad(f"a bracket is not closed in {self.text.strip()!r}")
        self.position = end
        inside = " ".join(self.text[start : end - 1].split())
        parts = [part.strip(_QUOTES) for part in _WHERE.split(inside)]
        if len(parts) not in (1, 3) or not all(parts):
            raise FormulaBad("a sum is sum(COLUMN) or sum(COLUMN where COLUMN is VALUE)")
        return Sum(*parts)


def columns_of(term: Term) -> Iterator[str]:
    """The columns whose sums it takes."""
    if isinstance(term, Sum):
        yield from (name for name in (term.column, term.where) if name)
    elif isinstance(term, Operation):
        yield from columns_of(term.left)
        yield from columns_of(term.right)


def names_of(term: Term) -> Iterator[str]:
    """The names that it takes values of, those of sums aside."""
    if isinstance(term, str):
        yield term
    elif isinstance(term, Operation):
        yield from names_of(term.left)
        yield from names_of(term.right)


def computed(term: Term, value_of: Callable[[str | Sum], Fraction]) -> tuple[Fraction, str]:
    """What it comes to, and the arithmetic in numbers. Raises ZeroDivisionError, and what `value_of` does."""
    if isinstance(term, Number):
        return term.value, term.shown
    if not isinstance(term, Operation):
        value = value_of(term)
        return value, shown_number(value)
    left, before = computed(term.left, value_of)
    right, behind = computed(term.right, value_of)
    if term.sign in "*/":
        before, behind = (
            f"({text})" if isinstance(side, Operation) and side.sign in "+-" else text
            for side, text in ((term.left, before), (term.right, behind))
        )
    sign = {"*": "×", "/": "÷", "+": "+", "-": "−"}[term.sign]
    value = {
        "*": lambda: left * right, "/": lambda: left / right, "+": lambda: left + right,
        "-": lambda: left - right,
    }[term.sign]()  # fmt: skip
    return value, f"{before} {sign} {behind}"


def rounded(value: Fraction, rounding: Rounding, decimals: int) -> Fraction:
    """The value to that many places; `floor` goes towards nought and `ceil` away from it, as with money."""
    if rounding == "none":
        return value
    scaled = abs(value) * 10**decimals
    whole = {"floor": scaled // 1, "round": (2 * scaled + 1) // 2, "ceil": -(-scaled // 1)}[rounding]
    return Fraction(whole if value >= 0 else -whole, 10**decimals)


def written_number(text: str) -> Fraction | None:
    """The number in a cell; of a percentage its share. None where there is none."""
    number = number_of(text)
    if number is None:
        return None
    value = Fraction(str(number))
    folded = unicodedata.normalize("NFKC", text)
    return value / 100 if re.search(r"[0-9]\s?%", folded) else value
